package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/generation"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// golden compares a page with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // for everybody
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
	for i, line := range strings.Split(got, "\n") {
		if n := columns(line); n > 100 {
			t.Errorf("%s:%d has %d columns", path, i+1, n)
		}
	}
}

const stageFile = `handle: nova_stage
name: Nova
timezone: UTC
interests:
  - {topic: generative art, keywords: [plotter, generative, shader, pen, seed, noise], hashtags: [plotter, generativeart], weight: 3}
  - {topic: ambient music, keywords: [drone, tape, synth, ambient], weight: 2}
voice:
  lines:
    - "The line wavers where the pen ran dry, @{author}, and that is the best of it."
    - "More {topic} like this, please."
    - "I would hang this one in the kitchen."
    - "Slow work with {topic} pays off here."
    - "The mistake in the corner stays."
avoid: {keywords: [airdrop]}
limits:
  comment: {hour: 1}
  like_byte: {day: 0} # but in its own tests, as acts
  comment_byte: {day: 0}
acts: {repost: 0, quote: 0, follow: 0}
approval: [amplify]
llm:
  model: test-model
  max_usd_per_day: 0.5
  price: {input: 0.25, output: 2.00}
`

// stage is a persona in a sandbox over HTTP, on a clock of its own and with
// chance that is always the same, so that its pages can be compared.
type stage struct {
	*sandbox.Clock
	t       *testing.T
	sandbox *sandbox.Server
	client  *apiclient.Client
	url     string // of the sandbox
	persona *persona.Persona
	data    string
	store   *state.Store
	self    apiclient.Agent
	log     bytes.Buffer
	secret  string
}

func newStage(t *testing.T, edits ...string) *stage {
	t.Helper()
	return newStageAt(t, time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), edits...)
}

// newStageAt is for commands that look at the clock on the wall.
func newStageAt(t *testing.T, start time.Time, edits ...string) *stage {
	t.Helper()
	s := &stage{t: t, Clock: sandbox.NewClock(start), data: t.TempDir()}
	var err error
	if s.sandbox, err = sandbox.New(sandbox.Config{Seed: 11, Pace: 0.5, Now: s.Now}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.sandbox)
	t.Cleanup(server.Close)
	s.persona, s.url = s.parse(edits...), server.URL
	client := func(id, secret string) *apiclient.Client {
		c, err := apiclient.New(apiclient.Config{BaseURL: server.URL, ID: id, Secret: secret, Now: s.Now, Sleep: s.Sleep})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	agent, err := client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "nova_stage", Name: "Nova"})
	if err != nil {
		t.Fatal(err)
	}
	s.client, s.secret = client(agent.ClientID, agent.ClientSecret), agent.ClientSecret
	me, err := s.client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.self = me.Agent
	s.open()
	return s
}

// parse reads the persona file with pairs of texts replaced in it.
func (s *stage) parse(edits ...string) *persona.Persona {
	s.t.Helper()
	who, err := persona.Parse("nova.yaml", []byte(strings.NewReplacer(edits...).Replace(stageFile)))
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

func (s *stage) open() {
	s.t.Helper()
	var err error
	if s.store, err = state.OpenWith(journalPath(s.data, "nova_stage"), "nova_stage", state.Options{Now: s.Now}); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.store.Close() })
}

// jobs is the persona's day with that brain.
func (s *stage) jobs(brain planner.Brain) *jobs.Jobs {
	performer := &actions.Performer{Client: s.client, Store: s.store, Persona: s.persona, Self: s.self, Settle: time.Minute, Now: s.Now}
	inbox := state.InboxOf(s.store.Path())
	return &jobs.Jobs{
		Persona: s.persona, Client: s.client, Store: s.store, Performer: performer, Inbox: &inbox,
		Generator: &generation.Generator{Client: s.client, Store: s.store, Performer: performer, Now: s.Now},
		Planner: &planner.Planner{
			Persona: s.persona, Self: s.self, Store: s.store, Brain: brain, Secrets: []string{s.secret}, Now: s.Now,
		},
		Now: s.Now, Sleep: s.Sleep, Seed: 5, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}
}

func (s *stage) entries(kind string) []state.Entry {
	s.t.Helper()
	es, err := s.store.Entries(state.Filter{Kind: kind}, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return es
}

// imagined runs a command line on the stage's data, in another process as far
// as the journal can tell.
func (s *stage) imagined(env map[string]string, args ...string) (code int, out, errs string) {
	s.t.Helper()
	var o, e bytes.Buffer
	code = run(s.t.Context(), append(args, "--data", s.data), &program{out: &o, errs: &e, getenv: func(k string) string { return env[k] }})
	if all := o.String() + e.String(); strings.Contains(all, s.secret) || strings.ContainsRune(all, 0x1b) {
		s.t.Errorf("%v printed a secret or an escape character:\n%s", args, all)
	}
	return code, o.String(), e.String()
}

// live runs the loop of the daemon, which holds the journal, until the test has
// seen what it waits for. Meanwhile no time passes for the persona.
func (s *stage) live(j *jobs.Jobs, until func() bool) {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	defer stop()
	j.Sleep = func(ctx context.Context, _ time.Duration) error {
		if until() {
			stop()
		}
		runtime.Gosched()
		return ctx.Err()
	}
	if err := j.Run(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// fakeModel is a server that speaks as much of the model API as a test needs.
type fakeModel struct {
	url   string
	mu    sync.Mutex
	asked []string
}

func newFakeModel(t *testing.T, answer func(request string) string) *fakeModel {
	t.Helper()
	m := &fakeModel{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		m.mu.Lock()
		m.asked = append(m.asked, string(body))
		m.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],`+
			`"usage":{"prompt_tokens":900,"completion_tokens":20,"total_tokens":920}}`, answer(string(body)))
	}))
	t.Cleanup(server.Close)
	m.url = server.URL + "/v1"
	return m
}

func (m *fakeModel) brain(t *testing.T, now func() time.Time) planner.Brain {
	t.Helper()
	b, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: m.url, Key: "model-key-of-the-test", Model: "test-model", Timeout: 10 * time.Second, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
