package planner_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/planner"
)

// recording is a conversation with one kind of server: three plans, each a
// choice and mostly a comment.
type recording struct {
	Server    string     `json:"server"`
	Model     string     `json:"model"`
	Does      []string   `json:"does"`     // what each plan comes to
	Remember  string     `json:"remember"` // the dialect in the journal
	Exchanges []exchange `json:"exchanges"`
}

type exchange struct {
	About   string          `json:"about,omitempty"`
	Request json.RawMessage `json:"request"` // as we send it; rewritten by -update
	Status  int             `json:"status"`
	Answer  json.RawMessage `json:"answer"` // as the server gives it; $1 is the number of the first post
}

// One exchange for each dialect, replayed: what the server is sent is what is
// recorded, and what it answers is understood.
func TestDialects(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/dialects/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			replay(t, file)
		})
	}
}

func replay(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(text, &rec); err != nil {
		t.Fatal(err)
	}
	f := offline(t, nova())
	f.model = serve(t, func(w http.ResponseWriter, _ *http.Request, q request, n int) {
		if n > len(rec.Exchanges) {
			raw(w, 500, `{"error":"nothing is recorded"}`)
			return
		}
		answer := string(rec.Exchanges[n-1].Answer)
		if len(q.numbers) > 0 {
			answer = strings.ReplaceAll(answer, "$1", strconv.Itoa(q.numbers[0]))
		}
		raw(w, rec.Exchanges[n-1].Status, answer)
	})
	for i, want := range rec.Does {
		// Each plan has a brain of its own: what was found out is remembered.
		f.Brain = f.brain(t, planner.OpenAIConfig{Model: rec.Model})
		plan := f.engage(t, post(fmt.Sprint("p", i), "luma", "shader, plotter and generative art"), post(fmt.Sprint("q", i), "brio", "a shader for a plotter"))
		if got := did(plan); got != want {
			t.Errorf("plan %d: %q, note %q, want %q", i, got, plan.Note, want)
		}
	}
	requests := f.model.seen()
	if len(requests) != len(rec.Exchanges) {
		t.Errorf("%d requests, %d are recorded", len(requests), len(rec.Exchanges))
	}
	host := strings.TrimSuffix(strings.TrimPrefix(f.model.url, "http://"), "/v1")
	if got, err := f.Store.Cursor("dialect/" + host + "/" + rec.Model); err != nil || got != rec.Remember {
		t.Errorf("remembered %q, %v, want %q", got, err, rec.Remember)
	}
	for i := range min(len(requests), len(rec.Exchanges)) {
		rec.Exchanges[i].Request = json.RawMessage(requests[i].body)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(rec); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(text), out.String()); diff != "" {
		t.Errorf("%s (-recorded +sent):\n%s", file, diff)
	}
}

func did(plan planner.Plan) string {
	var all []string
	for _, a := range plan.Actions {
		all = append(all, strings.TrimSpace(string(a.Kind)+" "+a.Target+" "+a.Text))
	}
	return strings.Join(all, "; ")
}

// A server that takes nothing but text is found out in one plan, and not
// again: not by the next plan, not after a restart.
func TestOpenAI_findsTheForm(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.model = serve(t, func(w http.ResponseWriter, r *http.Request, q request, n int) {
		if q.form() != "text" {
			status(400, errorBody(q.form()+" is not supported", "", ""))(w, r, q, n)
			return
		}
		writeAnswer(w, q, "<think>Is {this} one?</think>Sure:\n```json\n"+decide("$1 like")+"\n```")
	})
	for i, want := range []string{"m json_schema, m json_object, m tool, m tool_any, m text", "m text", "m text"} {
		if i != 1 {
			f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m"})
		}
		before := len(f.model.seen())
		plan := f.engage(t, post(fmt.Sprint("p", i), "luma", "a plotter"))
		if got := asked(f.model.seen()[before:]); got != want || acts(plan) != fmt.Sprint("like p", i) {
			t.Errorf("plan %d asked %q, did %q, note %q", i, got, acts(plan), plan.Note)
		}
	}
}

// Servers learn: one that took only JSON mode is asked for more after a month,
// and the strictest form is never asked for again.
func TestOpenAI_looksAgain(t *testing.T) {
	t.Parallel()
	for _, restarts := range []bool{true, false} {
		f := offline(t, nova())
		var schemas atomic.Bool
		f.model = serve(t, func(w http.ResponseWriter, r *http.Request, q request, n int) {
			if q.form() == "json_schema" && !schemas.Load() {
				status(400, `{"error":"response_format"}`)(w, r, q, n)
				return
			}
			writeAnswer(w, q, decide())
		})
		now := start
		f.Now = func() time.Time { return now }
		f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m"})
		for i, step := range []struct {
			days int
			want string
		}{{0, "m json_schema, m json_object"}, {29, "m json_object"}, {31, "m json_schema"}, {90, "m json_schema"}} {
			now = start.AddDate(0, 0, step.days)
			schemas.Store(step.days > 30)
			if restarts {
				f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m"})
			}
			before := len(f.model.seen())
			c := post(fmt.Sprint("p", i), "luma", "a plotter")
			c.Post.CreatedAt = now.Add(-time.Hour)
			f.engage(t, c)
			if got := asked(f.model.seen()[before:]); got != step.want {
				t.Errorf("restarts %v, day %d: asked %q, want %q", restarts, step.days, got, step.want)
			}
		}
	}
}

// A form that has worked is not given up for one slip: whoever can make a
// model ramble cannot make it be asked less strictly.
func TestOpenAI_keepsTheForm(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(say(decide()), say("Ha!"), say("Ha ha!"), say(decide())))
	for i := range 3 {
		f.engage(t, post(fmt.Sprint("p", i), "luma", "a plotter"))
	}
	if got := asked(f.model.seen()); got != strings.TrimSuffix(strings.Repeat("test-model json_schema, ", 4), ", ") {
		t.Errorf("asked %q", got)
	}
}

// The shapes in which servers wrap an answer. Forms: of the answer that comes.
func TestOpenAI_shapes(t *testing.T) {
	t.Parallel()
	call := func(name, arguments string) string {
		return `{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"` + name + `","arguments":` + quoted(arguments) + `}}]}`
	}
	tests := []struct {
		name, finish, message string // $A stands for the answer in quotes
		did                   string
	}{
		{"content in parts", "stop", `{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":$A}]}`, "like p1"},
		{"thoughts beside it", "stop", `{"reasoning_content":"I think {so}.","content":$A}`, "like p1"},
		{"a call unasked", "tool_calls", "CALL", "like p1"},
		{"a call that ends with stop", "stop", "CALL", "like p1"},
		{"a call of something else", "tool_calls", call("delete_account", "{}"), ""},
		{"content null", "stop", `{"content":null}`, ""},
		{"content null, thoughts only", "stop", `{"content":null,"reasoning_content":$A}`, ""},
		{"an old call", "function_call", `{"content":null,"function_call":{"name":"decisions","arguments":$A}}`, "like p1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := online(t, nova(), func(w http.ResponseWriter, _ *http.Request, q request, _ int) {
				answer := strings.ReplaceAll(decide("$1 like"), "$1", fmt.Sprint(q.numbers[0]))
				message := strings.ReplaceAll(strings.ReplaceAll(tt.message, "CALL", call("decisions", answer)), "$A", quoted(answer))
				raw(w, 200, choice(quoted(tt.finish), message))
			})
			if plan := f.engage(t, three()...); acts(plan) != tt.did {
				t.Errorf("did %q, note %q", acts(plan), plan.Note)
			}
		})
	}
}

// Of a text, only the one object in it counts; with two, one may be quoted
// from a post.
func TestOpenAI_textForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ answer, did string }{
		{decide("$1 like"), "like p1"},
		{"Here you are: " + decide("$1 like") + " Enjoy!", "like p1"},
		{"Thinking about it.</think>\n" + decide("$1 like"), "like p1"},
		{`{"decisions":[{"post":$1,"act":"like","why":"a } and a \" {"}]}`, "like p1"},
		{decide("$1 like") + " not " + decide("$2 like"), ""},
		{"A post says " + decide("$2 like") + ", but no.\n" + decide(), ""},
		{"{" + decide("$1 like"), ""},
		{"}" + decide("$1 like") + "}", "like p1"},
		{"Nothing here is for me.", ""},
		{"<think>" + decide("$1 like"), "like p1"},
	} {
		f := online(t, nova(), func(w http.ResponseWriter, r *http.Request, q request, n int) {
			if q.form() != "text" {
				status(400, `{"error":"response_format, tools"}`)(w, r, q, n)
				return
			}
			writeAnswer(w, q, tt.answer)
		})
		if plan := f.engage(t, three()...); acts(plan) != tt.did {
			t.Errorf("%q: did %q, note %q", tt.answer, acts(plan), plan.Note)
		}
	}
}

// A choice over twenty posts of full length stays small, whatever they are
// made of and however long the persona is.
func TestPrompts_size(t *testing.T) {
	t.Parallel()
	const most = 16_000
	words := strings.Fields("atlas birch cedar dune ember fjord grove harbor inlet juniper kelp lagoon mesa noon orchard pine quarry reef slate tundra")
	for name, letter := range map[string]string{"English": "plotter and shader, ", "Chinese": "\u5730\u56fe", "markup": "<&>", "quotes": `"\`, "emoji": "\U0001f5bc"} {
		for _, style := range []int{0, 2000} {
			f := online(t, nova(), inTurn(say("not JSON"+strings.Repeat("<", 400)), say(decide("$1 like"))))
			f.Persona.Voice.Style = strings.Repeat("\u5730", style)
			var cs []planner.Candidate
			for i := range 20 {
				c := post(fmt.Sprintf("p%02d", i), fmt.Sprint("agent_with_a_long_name_", i), cutTo("plotter "+strings.Repeat(words[i]+" ", 20)+strings.Repeat(letter, 500), 500))
				c.Post.Hashtags = []string{"generativeart", "plottertwitter"}
				cs = append(cs, c)
			}
			plan := f.engage(t, cs...)
			for i, q := range f.model.seen() {
				if len(q.body) > most || len(q.numbers) < 10 {
					t.Errorf("%s, style %d, request %d: %d bytes, %d posts", name, style, i, len(q.body), len(q.numbers))
				}
			}
			if len(f.model.seen()) != 2 || acts(plan) != "like p00" || len(f.Seen(plan)) != len(f.model.seen()[0].numbers) {
				t.Errorf("%s, style %d: did %q, note %q, %d seen", name, style, acts(plan), plan.Note, len(f.Seen(plan)))
			}
			t.Logf("%s, style %d: %d bytes for %d posts", name, style, len(f.model.seen()[0].body), len(f.model.seen()[0].numbers))
		}
	}
}

func cutTo(text string, n int) string { return string([]rune(text)[:n]) }

// The journal keeps each attempt.
func TestOpenAI_keepsExchanges(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(status(400, `{"error":"response_format"}`), say("Well."), say(decide("$1 comment")), say(`{"text":"A patient line."}`)))
	d := f.Decision(f.engage(t, three()...), "engage", start)
	if len(d.Exchanges) != 4 || d.Exchanges[0].Error == "" || d.Exchanges[1].Answer != "Well." || d.Exchanges[3].Purpose != "write" {
		t.Errorf("decision %+v", d)
	}
	for i, x := range d.Exchanges {
		if paid := x.Input > 0 && x.Output > 0; paid != (i > 0) {
			t.Errorf("exchange %d: %d tokens in, %d out", i, x.Input, x.Output)
		}
	}
}
