package planner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/generation"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// stage is a whole persona on the sandbox, on one virtual clock: its jobs
// read, its planner asks a model that the test plays, and what comes of it is
// counted at the sandbox. Requests are HTTP without sockets.
type stage struct {
	*sandbox.Clock
	t         testing.TB
	sandbox   *sandbox.Server
	persona   *persona.Persona
	store     *state.Store
	client    *apiclient.Client
	self      apiclient.Agent
	planner   *planner.Planner
	jobs      *jobs.Jobs
	log       bytes.Buffer
	secret    string
	others    map[int]*apiclient.Client                       // who posts; they register when they first do
	paths     map[string]int                                  // requests to the platform by method and path
	twist     func(r *http.Request, body []byte) []byte       // what a hostile platform makes of its answers
	fault     func(r *http.Request) (status int, body string) // in its place; 0: none
	failed    int
	model     func(q request) string // content of an answer
	asked     []request
	began     int // effects before the play
	postsMade int
}

type handler func(w http.ResponseWriter, r *http.Request)

// RoundTrip answers in process.
func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	h(rec, r)
	return rec.Result(), nil
}

const stageModelKey = "stage-model-key-4c1d9aZ07q"

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{Clock: sandbox.NewClock(start), t: t, paths: make(map[string]int), others: make(map[int]*apiclient.Client)}
	var err error
	if s.sandbox, err = sandbox.New(sandbox.Config{Seed: 3, Pace: -1, Agents: 1, Now: s.Now, GenerationTime: time.Minute}); err != nil {
		t.Fatal(err)
	}
	s.persona = stagePersona(t)
	s.client, s.secret, s.self = s.register("nova_curator")
	if _, err := s.client.ConnectService(t.Context(), "OPENAI", "key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state", "nova.db")
	if s.store, err = state.OpenWith(path, "nova_curator", state.Options{Now: s.Now, NoSync: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	s.build()
	s.began = len(s.sandbox.Effects())
	return s
}

// stagePersona has limits that leave the guard to itself.
func stagePersona(t testing.TB) *persona.Persona {
	t.Helper()
	p, err := persona.Parse("nova.yaml", []byte(`
handle: nova_curator
name: Nova
bio: I collect machine-made art that someone clearly cared about.
timezone: UTC
voice:
  style: Warm, curious, brief, with an eye for the one detail that others pass by.
  never: [ask for follows, give financial advice, call anything a game changer]
avoid: {keywords: [airdrop], agents: [agent_19]}
interests: [{topic: plotters, keywords: [plotter], hashtags: [plotter]}]
generation: {recipes: [{provider: OPENAI, type: image, prompt: "{topic}, studied from nature", params: {size: 1024x1024}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"like", "comment", "amplify", "post", "generate", "reply", "author", "thread", "topic", "repost", "quote", "follow", "like_byte", "comment_byte"} {
		p.Limits[kind] = persona.Limit{}
	}
	p.Acts = nil
	p.LLM.Model, p.LLM.MaxTokensPerDay = "test-model", new(1<<60)
	return p
}

func (s *stage) register(handle string) (*apiclient.Client, string, apiclient.Agent) {
	s.t.Helper()
	agent, err := s.newClient("", "").Register(s.t.Context(), apiclient.NewAgent{Handle: handle, Name: "A " + handle})
	if err != nil {
		s.t.Fatal(err)
	}
	c := s.newClient(agent.ClientID, agent.ClientSecret)
	self, err := c.Me(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.Advance(time.Minute) // the platform's rates
	return c, agent.ClientSecret, self.Agent
}

func (s *stage) newClient(id, secret string) *apiclient.Client {
	s.t.Helper()
	c, err := apiclient.New(apiclient.Config{BaseURL: "http://127.0.0.1:1", ID: id, Secret: secret, Now: s.Now, Sleep: s.Sleep, Transport: handler(s.platform)})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// platform is the sandbox, with what a hostile one would do to its answers.
func (s *stage) platform(w http.ResponseWriter, r *http.Request) {
	s.paths[r.Method+" "+r.URL.Path]++
	if s.fault != nil {
		if status, body := s.fault(r); status != 0 {
			raw(w, status, body)
			return
		}
	}
	if s.twist == nil {
		s.sandbox.ServeHTTP(w, r)
		return
	}
	rec := httptest.NewRecorder()
	s.sandbox.ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	body := s.twist(r, rec.Body.Bytes())
	w.Header().Del("Content-Length")
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}

// build wires the persona's day.
func (s *stage) build() {
	s.t.Helper()
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{
		BaseURL: "http://model.example/v1", Key: stageModelKey, Model: "test-model", Transport: handler(s.answer), Now: s.Now,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.planner = &planner.Planner{
		Persona: s.persona, Self: s.self, Store: s.store, Brain: brain, Secrets: []string{s.secret, stageModelKey}, Live: s.client.Secrets, Now: s.Now,
	}
	performer := &actions.Performer{Client: s.client, Store: s.store, Persona: s.persona, Self: s.self, Settle: time.Minute, Now: s.Now}
	s.jobs = &jobs.Jobs{
		Persona: s.persona, Client: s.client, Store: s.store, Performer: performer, Planner: s.planner,
		Generator: &generation.Generator{Client: s.client, Store: s.store, Performer: performer, Now: s.Now},
		Now:       s.Now, Sleep: s.Sleep, Seed: 5, Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func (s *stage) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	q := request{header: r.Header.Clone(), body: string(body)}
	if err := json.Unmarshal(body, &q); err != nil {
		s.t.Errorf("request to the model: %v", err)
	}
	for _, found := range offered.FindAllStringSubmatch(q.all(1), -1) {
		n, _ := strconv.Atoi(found[1])
		q.numbers = append(q.numbers, n)
	}
	s.asked = append(s.asked, q)
	content := s.model(q)
	if strings.HasPrefix(content, "RAW ") {
		raw(w, 200, content[4:])
		return
	}
	writeAnswer(w, q, content)
}

// chooses reports whether a request asks what to do, and not for a text.
func (q request) chooses() bool { return strings.Contains(q.all(1), "Pick the posts that deserve") }

var marker = regexp.MustCompile(`mark \d{6}`)

func handleOf(by int) string { return fmt.Sprintf("agent_%02d", by) }

// post is a post by one of the others, about a plotter. It returns its id.
func (s *stage) post(by int, text string) string {
	s.t.Helper()
	s.postsMade++
	if s.postsMade%25 == 0 {
		s.Advance(2 * time.Minute)
	}
	if s.others[by] == nil {
		s.others[by], _, _ = s.register(handleOf(by))
	}
	p, err := s.others[by].CreatePost(s.t.Context(), apiclient.NewPost{Content: text})
	if err != nil {
		s.t.Fatal(err)
	}
	return p.ID
}

// run works one job once.
func (s *stage) run(job string) {
	s.t.Helper()
	for name, spec := range s.persona.Schedule {
		spec.Cron = "off"
		if name == job {
			spec.Cron = "@every 1h"
		}
		s.persona.Schedule[name] = spec
	}
	s.Advance(3 * time.Minute)
	if err := s.jobs.Once(s.t.Context()); err != nil && context.Cause(s.t.Context()) == nil {
		s.t.Log(err)
	}
}

// effects are what the persona did since the play began.
func (s *stage) effects() (mine []sandbox.Effect) {
	for _, e := range s.sandbox.Effects()[s.began:] {
		if e.Agent == s.persona.Handle {
			mine = append(mine, e)
		}
	}
	return mine
}

// refused are the reasons of dropped entries, oldest first.
func (s *stage) refused() (reasons []string) {
	s.t.Helper()
	es, err := s.store.Entries(state.Filter{Status: state.Dropped}, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range es {
		reasons = append(reasons, e.Kind+": "+e.Error)
	}
	return reasons
}

func (s *stage) held() bool {
	s.t.Helper()
	_, held, err := s.store.Held("")
	if err != nil {
		s.t.Fatal(err)
	}
	return held
}

func (s *stage) shunned() (names []string) {
	s.t.Helper()
	list, err := s.store.Shunned(s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, sh := range list {
		names = append(names, sh.What)
	}
	slices.Sort(names)
	return names
}
