package planner_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

const (
	clientSecret = "imagined-client-secret-7Qx2"
	shortSecret  = "tr1cky-pw"
	modelKey     = "modelkey-9f3Kd02LmQ8zR1"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func nova() *persona.Persona {
	return &persona.Persona{
		Handle: "nova_curator", Name: "Nova", Bio: "I collect machine-made art that someone clearly cared about.",
		Capabilities: persona.Capabilities{Languages: []string{"en"}},
		Voice: persona.Voice{
			Style: "Warm, curious, brief.", Never: []string{"ask for follows"},
			Lines: []string{
				"{topic} done with patience. Thank you, @{author}.", "The quiet parts carry this one.", "What a stubborn little composition, @{author}.",
				"I keep looking at the edges here.", "More {topic} like this, please.", "Somebody cared about every stroke.",
			},
		},
		Interests: []persona.Interest{
			{Topic: "generative art", Keywords: []string{"shader", "plotter"}, Hashtags: []string{"generativeart"}, Weight: 3},
			{Topic: "maps", Keywords: []string{"\u5730\u56fe"}, Weight: 1},
		},
		Avoid:    persona.Avoid{Keywords: []string{"airdrop"}, Agents: []string{"spam_bot"}},
		Timezone: "Europe/Paris",
		Links:    []string{"example.org"},
		Limits: persona.Limits{
			"like": {Hour: new(20)}, "comment": {Hour: new(6)}, "amplify": {Hour: new(3)},
			"author": {Day: new(3)}, "thread": {Total: new(3)}, "post": {Day: new(6)}, "generate": {Day: new(2)},
		},
		Acts: persona.Acts{"repost": 0, "quote": 0, "follow": 0}, // but in their own tests
		LLM:  persona.LLM{Model: "test-model", MaxTokensPerDay: new(200_000)},
	}
}

// fixture is a planner over a real journal.
type fixture struct {
	*planner.Planner
	model *model
}

func offline(t *testing.T, p *persona.Persona) fixture {
	t.Helper()
	store, err := state.Open(filepath.Join(t.TempDir(), "nova.db"), p.Handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return fixture{Planner: &planner.Planner{
		Persona: p, Self: apiclient.Agent{ID: "agt_nova", Handle: apiclient.Handle(p.Handle)}, Store: store, Brain: planner.NewOffline(),
		Secrets: []string{clientSecret, modelKey, shortSecret}, Now: func() time.Time { return start },
	}}
}

// online asks a model server that answers with reply.
func online(t *testing.T, p *persona.Persona, reply reply, models ...string) fixture {
	t.Helper()
	f := offline(t, p)
	f.model = serve(t, reply)
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{
		BaseURL: f.model.url, Key: modelKey, Model: "test-model", Fallback: models, Timeout: 2 * time.Second, Now: f.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Brain = brain
	return f
}

func (f fixture) engage(t *testing.T, cs ...planner.Candidate) planner.Plan {
	t.Helper()
	plan, err := f.Engage(t.Context(), seeded(1), cs)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// journal plans an action as jobs would.
func (f fixture) journal(t *testing.T, a actions.Action) {
	t.Helper()
	e := state.Entry{Kind: string(a.Kind), Target: a.Target, Text: a.Text, Author: a.Author, Key: a.Key(), PlannedAt: f.Now()}
	if a.Kind == actions.Comment {
		e.Thread = a.Target
	}
	if _, err := f.Store.Plan(e, a.Charges(f.Persona.Limits)); err != nil {
		t.Fatal(err)
	}
}

func seeded(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 7)) }

func post(id, author, text string) planner.Candidate {
	return planner.Candidate{Source: "feed", Post: apiclient.Post{
		ID: id, Content: text, CommentCount: 2, Agent: apiclient.Agent{ID: "agt_" + author, Handle: apiclient.Handle(author), Name: author},
		CreatedAt: start.Add(-6 * time.Hour),
	}}
}

// request is what the model server was sent.
type request struct {
	header http.Header
	body   string
	Model  string
	// Numbers of the posts offered, in order.
	numbers  []int
	Messages []struct{ Role, Content string }
	Format   struct{ Type string } `json:"response_format"`
	Choice   json.RawMessage       `json:"tool_choice"`
}

// form is how the request forces its answer.
func (r request) form() string {
	switch {
	case string(r.Choice) == `"required"`:
		return "tool_any"
	case r.Choice != nil:
		return "tool"
	}
	return cmp.Or(r.Format.Type, "text")
}

func (r request) all(i int) string { return r.Messages[i].Content }

type reply func(w http.ResponseWriter, r *http.Request, q request, n int)

type model struct {
	url string

	mu       sync.Mutex
	requests []request
}

func (m *model) seen() []request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

var offered = regexp.MustCompile(`(?m)^\{"post":(\d+),`)

func serve(t *testing.T, reply reply) *model {
	t.Helper()
	m := &model{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		q := request{header: r.Header.Clone(), body: string(body)}
		if err := json.Unmarshal(body, &q); err != nil || r.URL.Path != "/v1/chat/completions" {
			t.Errorf("request %s %s: %v", r.Method, r.URL.Path, err)
		}
		for _, found := range offered.FindAllStringSubmatch(q.all(1), -1) {
			n, _ := strconv.Atoi(found[1])
			q.numbers = append(q.numbers, n)
		}
		m.mu.Lock()
		m.requests = append(m.requests, q)
		n := len(m.requests)
		m.mu.Unlock()
		reply(w, r, q, n)
	}))
	t.Cleanup(server.Close)
	m.url = server.URL + "/v1"
	return m
}

// say answers with content; $1, $2 ... stand for the numbers offered.
func say(content string) reply {
	return func(w http.ResponseWriter, _ *http.Request, q request, _ int) { writeAnswer(w, q, content) }
}

func writeAnswer(w http.ResponseWriter, q request, content string) {
	for i, n := range q.numbers {
		content = strings.ReplaceAll(content, "$"+strconv.Itoa(i+1), strconv.Itoa(n))
	}
	quoted, _ := json.Marshal(content)
	raw(w, 200, `{"id":"c1","object":"chat.completion","created":1,"model":"test-model","choices":[{"index":0,"finish_reason":"stop",`+
		`"message":{"role":"assistant","content":`+string(quoted)+`}}],"usage":{"prompt_tokens":700,"completion_tokens":40,"total_tokens":740}}`)
}

func raw(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// inTurn gives each request its own reply; the last one repeats.
func inTurn(replies ...reply) reply {
	return func(w http.ResponseWriter, r *http.Request, q request, n int) {
		replies[min(n, len(replies))-1](w, r, q, n)
	}
}

// decide builds the content of an answer from "number act" pairs.
func decide(pairs ...string) string {
	var ds []string
	for _, pair := range pairs {
		number, act, _ := strings.Cut(pair, " ")
		ds = append(ds, fmt.Sprintf(`{"post":%s,"act":%q,"why":"it is good"}`, number, act))
	}
	return `{"decisions":[` + strings.Join(ds, ",") + `]}`
}

func acts(plan planner.Plan) string {
	var all []string
	for _, a := range plan.Actions {
		all = append(all, string(a.Kind)+" "+a.Target)
	}
	return strings.Join(all, ", ")
}

func refusals(plan planner.Plan) string {
	var all []string
	for _, r := range plan.Refused {
		all = append(all, string(r.Action.Kind)+" "+r.Action.Target+": "+r.Reason)
	}
	return strings.Join(all, "; ")
}

func reasonOf(err error) planner.Reason {
	var refused *planner.TextError
	if errors.As(err, &refused) {
		return refused.Reason
	}
	if err != nil {
		return planner.Reason("not a refusal: " + err.Error())
	}
	return ""
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
