package planner_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

func status(code int, body string) reply {
	return func(w http.ResponseWriter, _ *http.Request, _ request, _ int) { raw(w, code, body) }
}

// bare answers with a whole body.
func bare(body string) reply { return status(200, body) }

func choice(finish, message string) string {
	return `{"choices":[{"index":0,"finish_reason":` + finish + `,"message":` + message + `}]}`
}

const twice = "model answer refused: twice not the asked form: "

// No answer that breaks the form leads to an effect.
func TestF19_UnusableAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply reply
		calls int
		note  string // its beginning
	}{
		{name: "number as string", reply: say(decide(`"$1" like`)), calls: 2, note: twice + "decisions[0]: post is not a number"},
		{name: "number with a fraction", reply: say(decide(`$1.0 like`)), calls: 2, note: twice + "decisions[0]: post is not a whole number"},
		{name: "number huge", reply: say(decide(`99999999999999999999 like`)), calls: 2, note: twice + "decisions[0]: post is not a whole number"},
		{name: "null number", reply: say(decide(`null like`)), calls: 2, note: twice + "decisions[0]: post is not a number"},
		{name: "act null", reply: say(`{"decisions":[{"post":$1,"act":null,"why":""}]}`), calls: 2, note: twice + "decisions[0]: act is not a string"},
		{name: "extra key", reply: say(`{"decisions":[{"post":$1,"act":"like","why":"","text":"hi"}]}`), calls: 2, note: twice + `decisions[0]: key "text" is not known`},
		{name: "extra key outside", reply: say(`{"decisions":[],"tool":"x"}`), calls: 2, note: twice + `key "tool" is not known`},
		{name: "missing key", reply: say(`{"decisions":[{"post":$1,"act":"like"}]}`), calls: 2, note: twice + `decisions[0]: key "why" is missing`},
		{name: "key in capitals", reply: say(`{"Decisions":[]}`), calls: 2, note: twice + `key "decisions" is missing`},
		{name: "duplicate key", reply: say(`{"decisions":[],"decisions":[{"post":$1,"act":"like","why":""}]}`), calls: 2, note: twice + `key "decisions" comes twice`},
		{name: "prose around", reply: say("Here you go: " + decide("$1 like")), calls: 2, note: twice + "not JSON"},
		{name: "fenced", reply: say("```json\n" + decide("$1 like") + "\n```"), calls: 2, note: twice + "not JSON"},
		{name: "two documents", reply: say(decide("$1 like") + decide("$2 like")), calls: 2, note: twice + "text after the JSON object"},
		{name: "comment", reply: say(`{"decisions":[] /* all */}`), calls: 2, note: twice + "not JSON"},
		{name: "NaN", reply: say(decide("NaN like")), calls: 2, note: twice + "not JSON"},
		{name: "null", reply: say("null"), calls: 2, note: twice + "not a JSON object"},
		{name: "array", reply: say("[]"), calls: 2, note: twice + "not a JSON object"},
		{name: "empty", reply: say(""), calls: 2, note: twice + "not JSON"},
		{name: "cut short", reply: say(`{"decisions":[{"post":$1`), calls: 2, note: twice + "not JSON"},
		{name: "deep", reply: say(strings.Repeat("[", 100_000/8)), calls: 2, note: twice + "nested deeper than 8"},
		{name: "long", reply: say(`{"decisions":[]}` + strings.Repeat(" ", 65<<10)), calls: 2, note: twice + "66576 bytes, more than 65536"},
		{name: "endless reasons", reply: say(`{"decisions":[{"post":$1,"act":"like","why":"` + strings.Repeat("x", 501) + `"}]}`), calls: 2, note: twice + "decisions[0]: why is longer"},
		{name: "eighty-one decisions", reply: say(decide(strings.Split(strings.Repeat("$1 like,", 81), ",")[:81]...)), calls: 1, note: "model answer refused: 81 decisions"},
		{name: "no choices", reply: bare(`{"choices":[]}`), calls: 1, note: "model answer refused: no choices in it"},
		{name: "cut off", reply: bare(choice(`"length"`, `{"content":"{\"decisions\":[]}"}`)), calls: 2, note: `model answer refused: finish_reason is "length"`},
		{name: "finish null", reply: bare(choice(`null`, `{"content":"{\"decisions\":[]}"}`)), calls: 1, note: `model answer refused: finish_reason is ""`},
		{name: "tool call", reply: bare(choice(`"tool_calls"`, `{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"x","arguments":"{}"}}]}`)), calls: 1, note: `model answer refused: finish_reason is "tool_calls"`},
		{name: "error under 200", reply: bare(`{"error":{"message":"quota"},"choices":[{"finish_reason":"stop","message":{"content":"{\"decisions\":[]}"}}]}`), calls: 1, note: "model test-model: status 200 with an error inside: \"quota\"; next try after 2026-11-20T12:00:30Z"},
		{name: "garbage", reply: bare(`<html>hello</html>`), calls: 1, note: "model test-model: unusable answer"},
		{name: "wrong types", reply: bare(`{"choices":{"a":1}}`), calls: 1, note: "model test-model: unusable answer"},
		{name: "10 MB", reply: bare(`{"choices":[{"finish_reason":"stop","message":{"content":"` + strings.Repeat("x", 10<<20) + `"}}]}`), calls: 1, note: "model test-model: the answer has more than 4 MiB"},
		{name: "broken off", reply: func(w http.ResponseWriter, _ *http.Request, _ request, _ int) {
			w.Header().Set("Content-Length", "500")
			raw(w, 200, `{"choices":[`)
		}, calls: 1, note: "model test-model: unusable answer"},
		{name: "busy", reply: status(429, `{"error":{"message":"slow down"}}`), calls: 1, note: `model test-model: status 429: "slow down"; next try after 2026-11-20T12:00:30Z`},
		{name: "broken", reply: status(500, "oops \x1b[31m"), calls: 1, note: `model test-model: status 500: "oops \x1b[31m"; next try`},
		{name: "no such model", reply: status(404, `{"error":{"message":"no such model"}}`), calls: 1, note: "model test-model: status 404"},
		{name: "wrong key", reply: status(401, `{"error":{"message":"Incorrect API key provided: `+modelKey+`"}}`), calls: 1, note: `model test-model: status 401: "Incorrect API key provided: [secret]"`},
		{name: "key in pieces", reply: status(400, strings.Join(strings.Split(modelKey, ""), " ")), calls: 5, note: `model test-model: status 400: "[held back: it holds a secret]"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := online(t, nova(), tt.reply)
			plan := f.engage(t, three()...)
			if len(plan.Actions) != 0 || len(plan.Refused) != 0 || !plan.Failed {
				t.Errorf("failed %v, actions %q, refused %q", plan.Failed, acts(plan), refusals(plan))
			}
			if !strings.HasPrefix(plan.Note, tt.note) {
				t.Errorf("note %q, want %q", plan.Note, tt.note)
			}
			if len(plan.Note) > 600 || strings.Contains(plan.Note, modelKey) {
				t.Errorf("note %q", plan.Note)
			}
			if got := len(f.model.seen()); got != tt.calls || plan.Calls != tt.calls {
				t.Errorf("%d requests, %d counted, want %d", got, plan.Calls, tt.calls)
			}
			kept := planner.Usage{}
			for _, x := range f.Decision(plan, "engage", start).Exchanges {
				kept.Input, kept.Output = kept.Input+x.Input, kept.Output+x.Output
			}
			if kept != plan.Usage {
				t.Errorf("the exchanges cost %+v, the plan %+v", kept, plan.Usage)
			}
			if len(f.Seen(plan)) != 0 {
				t.Errorf("a failed plan remembers %v", f.Seen(plan))
			}
			if usage, err := f.Store.UsageOf("2026-11-20"); err != nil || usage.Reserved != 0 || usage.Calls != tt.calls {
				t.Errorf("usage %+v, %v", usage, err)
			}
		})
	}
}

// A model that declines, or whose provider does, was asked: the same posts do
// not cost a second answer.
func TestOpenAI_silence(t *testing.T) {
	t.Parallel()
	for why, reply := range map[string]reply{
		"refusal":        bare(choice(`"stop"`, `{"content":"","refusal":"I would rather not."}`)),
		"content_filter": bare(choice(`"content_filter"`, `{"content":""}`)),
	} {
		f := online(t, nova(), reply)
		plan := f.engage(t, three()...)
		if plan.Failed || len(plan.Actions) != 0 || plan.Note != "the model declined: "+why+" (3 shown)" || len(f.Seen(plan)) != 3 {
			t.Errorf("failed %v, note %q, seen %v", plan.Failed, plan.Note, f.Seen(plan))
		}
	}
}

func TestOpenAI_repairsOnce(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(say("Sure! "+decide("$1 like")), say(decide("$1 like"))))
	plan := f.engage(t, three()...)
	// The repair request offers the same numbers: they stand in its second message too.
	if acts(plan) != "like p1" || plan.Calls != 2 {
		t.Fatalf("actions %q, note %q, calls %d", acts(plan), plan.Note, plan.Calls)
	}
	repair := f.model.seen()[1]
	if len(repair.Messages) != 4 || !strings.Contains(repair.all(3), "cannot be used: not JSON") {
		t.Errorf("repair request: %+v", repair.Messages)
	}
}

func TestOpenAI_slow(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.model = serve(t, func(_ http.ResponseWriter, r *http.Request, _ request, _ int) { <-r.Context().Done() })
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: f.model.url, Model: "m", Timeout: 50 * time.Millisecond, Now: f.Now})
	if err != nil {
		t.Fatal(err)
	}
	f.Brain = brain
	plan := f.engage(t, three()...)
	if !plan.Failed || plan.Note != "model m: no answer within 50ms; next try after 2026-11-20T12:00:30Z" {
		t.Errorf("note %q", plan.Note)
	}
	if plan.Usage.Output != 1200 { // the server may have worked all the time
		t.Errorf("usage %+v", plan.Usage)
	}
}

func TestOpenAI_fallback(t *testing.T) {
	t.Parallel()
	for _, code := range []int{404, 429, 500, 503} {
		f := online(t, nova(), inTurn(status(code, "{}"), say(decide("$1 like"))), "second-model")
		if plan := f.engage(t, three()...); acts(plan) != "like p1" || f.model.seen()[1].Model != "second-model" {
			t.Errorf("%d: actions %q, note %q", code, acts(plan), plan.Note)
		}
	}
	f := online(t, nova(), status(401, "{}"), "second-model")
	if plan := f.engage(t, three()...); len(f.model.seen()) != 1 || !plan.Failed {
		t.Errorf("401: %d requests", len(f.model.seen()))
	}
}

// A server that fails is left alone, for longer each time.
func TestOpenAI_rests(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(
		func(w http.ResponseWriter, _ *http.Request, _ request, _ int) {
			w.Header().Set("Retry-After", "120")
			raw(w, 429, "{}")
		},
		status(500, "{}"), say(decide("$1 like"))))
	now := start
	f.Now = func() time.Time { return now }
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: f.model.url, Model: "m", Now: f.Now})
	if err != nil {
		t.Fatal(err)
	}
	f.Brain = brain
	for _, step := range []struct {
		at       time.Duration
		requests int
		note     string
	}{
		{0, 1, `model m: status 429: "{}"; next try after 2026-11-20T12:02:00Z`},
		{119 * time.Second, 1, `no model answered lately (model m: status 429: "{}"): next try after 2026-11-20T12:02:00Z`},
		{120 * time.Second, 2, `model m: status 500: "{}"; next try after 2026-11-20T12:03:00Z`},
		{180 * time.Second, 3, ""},
	} {
		now = start.Add(step.at)
		plan := f.engage(t, three()...)
		if plan.Note != step.note || len(f.model.seen()) != step.requests {
			t.Errorf("after %s: %d requests, note %q, want %d and %q", step.at, len(f.model.seen()), plan.Note, step.requests, step.note)
		}
	}
}

func TestOpenAI_jsonMode(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), func(w http.ResponseWriter, _ *http.Request, q request, _ int) {
		if q.Format.Type == "json_schema" {
			raw(w, 400, `{"error":{"message":"'response_format' of type json_schema is not supported"}}`)
			return
		}
		writeAnswer(w, q, decide("$1 like"))
	})
	for i, want := range []int{2, 3} { // remembered: the second plan asks once
		if plan := f.engage(t, three()...); acts(plan) != "like p1" || len(f.model.seen()) != want {
			t.Errorf("plan %d: %q, note %q, %d requests", i, acts(plan), plan.Note, len(f.model.seen()))
		}
	}
	if got := f.model.seen()[2].Format.Type; got != "json_object" {
		t.Errorf("response format %q", got)
	}
}

// Models that think first refuse max_tokens and temperatures; go-openai
// checks that before it sends.
func TestOpenAI_thinkingModel(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide("$1 like")))
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: f.model.url + "/", Model: "gpt-5-mini", Now: f.Now})
	if err != nil {
		t.Fatal(err)
	}
	f.Brain = brain
	plan := f.engage(t, three()...)
	if acts(plan) != "like p1" {
		t.Fatalf("note %q", plan.Note)
	}
	q := f.model.seen()[0]
	if strings.Contains(q.body, `"max_tokens"`) || !strings.Contains(q.body, `"max_completion_tokens":4200,`) || q.header.Get("Authorization") != "" {
		t.Errorf("authorization %q, body %s", q.header.Get("Authorization"), q.body)
	}
}

// A check of the model needs no plan, and so no budget.
func TestOpenAI_outsideAPlan(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(`{"text":"Here."}`))
	text, err := f.Brain.Write(t.Context(), seeded(1), planner.Brief{Persona: f.Persona, Kind: actions.Post, Max: 100})
	if err != nil || text != "Here." {
		t.Errorf("%q, %v", text, err)
	}
}

func TestOpenAI_redirect(t *testing.T) {
	t.Parallel()
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	f := online(t, nova(), func(w http.ResponseWriter, r *http.Request, _ request, _ int) {
		http.Redirect(w, r, other.URL+"/v1/chat/completions", http.StatusTemporaryRedirect)
	})
	plan := f.engage(t, three()...)
	if asked || !strings.Contains(plan.Note, "redirected to another host") {
		t.Errorf("followed %v, note %q", asked, plan.Note)
	}
}

func TestOpenAI_unreachable(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	dead := httptest.NewServer(nil)
	dead.Close()
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: dead.URL, Model: "m", Now: f.Now})
	if err != nil {
		t.Fatal(err)
	}
	f.Brain = brain
	if plan := f.engage(t, three()...); !strings.Contains(plan.Note, "the fix: check llm.base_url") {
		t.Errorf("note %q", plan.Note)
	}
}

func TestNewOpenAI_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]planner.OpenAIConfig{
		"no address":     {Model: "m"},
		"no scheme":      {Model: "m", BaseURL: "api.openai.com/v1"},
		"file":           {Model: "m", BaseURL: "file:///etc/passwd"},
		"credentials":    {Model: "m", BaseURL: "https://me:pass@example.com/v1"},
		"key in a query": {Model: "m", BaseURL: "https://example.com/v1?key=" + modelKey},
		"no model":       {BaseURL: "https://example.com/v1"},
	} {
		if _, err := planner.NewOpenAI(c); err == nil || strings.Contains(err.Error(), modelKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlanner_budget(t *testing.T) {
	t.Parallel()
	price := &persona.Price{Input: 1, Output: 10}
	tests := []struct {
		name string
		llm  persona.LLM
		want string
	}{
		{name: "tokens", llm: persona.LLM{MaxTokensPerDay: new(1500)}, want: "model budget of the day is spent: 0 of 1500 tokens used"},
		{name: "no calls at all", llm: persona.LLM{MaxTokensPerDay: new(0)}, want: "model budget of the day is spent"},
		{name: "money", llm: persona.LLM{MaxUSDPerDay: new(0.01), Price: price}, want: "model budget of the day is spent: $0.0000 of $0.01 used"},
		{name: "money without a price", llm: persona.LLM{MaxUSDPerDay: new(5.0)}, want: "llm.max_usd_per_day needs llm.price"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := nova()
			p.LLM = tt.llm
			f := online(t, p, say(decide("$1 like")))
			plan := f.engage(t, three()...)
			if len(f.model.seen()) != 0 || plan.Calls != 0 || len(plan.Actions) != 0 {
				t.Errorf("%d requests, actions %q", len(f.model.seen()), acts(plan))
			}
			if !strings.HasPrefix(plan.Note, tt.want) || plan.Failed || len(f.Seen(plan)) != 0 {
				t.Errorf("note %q, failed %v, to remember %v", plan.Note, plan.Failed, f.Seen(plan))
			}
		})
	}
}

func TestPlanner_budgetIsSettled(t *testing.T) {
	t.Parallel()
	p := nova()
	p.LLM.Price = &persona.Price{Input: 1, Output: 10}
	f := online(t, p, say(decide("$1 like")))
	plan := f.engage(t, three()...)
	usage, err := f.Store.UsageOf("2026-11-20")
	want := state.Usage{Calls: 1, Input: 700, Output: 40, USD: 0.0011}
	if err != nil || usage != want || plan.Usage != (planner.Usage{Input: 700, Output: 40}) {
		t.Errorf("usage %+v, plan %+v, %v; want %+v", usage, plan.Usage, err, want)
	}
}

// A server's own count is believed only within reason.
func TestPlanner_budgetLies(t *testing.T) {
	t.Parallel()
	for _, said := range []string{`-1`, `1`, `1000000000000`} {
		f := online(t, nova(), func(w http.ResponseWriter, _ *http.Request, _ request, _ int) {
			raw(w, 200, `{"choices":[{"finish_reason":"stop","message":{"content":"{\"decisions\":[]}"}}],"usage":{"prompt_tokens":`+said+`,"completion_tokens":`+said+`}}`)
		})
		plan := f.engage(t, three()...)
		if plan.Usage.Input < 400 || plan.Usage.Input > 2000 || plan.Usage.Output < 1 || plan.Usage.Output > 1200 {
			t.Errorf("server says %s, we believe %+v", said, plan.Usage)
		}
	}
}

// A model that fails to write does not take the other actions along.
func TestOpenAI_failsToWrite(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(say(decide("$1 comment", "$2 like")), status(500, "{}")))
	plan := f.engage(t, three()...)
	if acts(plan) != "like p2" || !strings.HasPrefix(refusals(plan), "comment p1: not written: model test-model: status 500") {
		t.Errorf("actions %q, refused %q", acts(plan), refusals(plan))
	}
	if _, ok := f.Seen(plan)["p1"]; ok {
		t.Error("the post whose comment is missing counts as seen")
	}
	g := online(t, nova(), status(500, "{}"))
	post, err := g.Post(t.Context(), seeded(1), nil)
	if err != nil || !post.Failed || len(post.Actions) != 0 {
		t.Errorf("post: %+v, %v", post, err)
	}
}
