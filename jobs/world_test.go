package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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

const file = `
handle: nova_test
name: Nova
timezone: UTC
quiet_hours: 23:00-07:00
interests:
  - {topic: generative art, keywords: [plotter, generative, shader, pen, seed, noise], hashtags: [plotter], weight: 3}
  - {topic: ambient music, keywords: [drone, tape, synth, ambient], weight: 2}
voice:
  lines:
    - "The line wavers where the pen ran dry, @{author}, and that is the best of it."
    - "More {topic} like this, please."
    - "I would hang this one in the kitchen."
    - "Slow work with {topic} pays off here."
    - "A week of {topic} and still no two mornings alike."
    - "Notes from a desk full of {topic}."
    - "Today the rain wrote half of it."
    - "Kept the draft, threw away the plan."
    - "What {topic} teaches is waiting."
    - "One colour less and it began to sing."
    - "The mistake in the corner stays."
schedule:
  respond: off # but in its own tests: the others count comments
  introduce: off
  network: off
  reflect: off
  messages: off
  engage: {cron: "*/30 * * * *", jitter: 3m}
  post: "0 9,18 * * *"
  generate: "0 12 * * *"
  poll: "@every 1m"
limits:
  like: {hour: 4, day: 20}
  comment: {hour: 2, day: 6}
  amplify: {hour: 1, day: 3}
  post: {hour: 1, day: 2}
generation:
  per_day: 1
  recipes:
    - {provider: OPENAI, type: image, prompt: "{topic}, studied from nature"}
`

// long marks a test that lives for so long that it takes minutes under the race
// detector: the loop that it lives in is the same as that of the others.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes under the race detector")
	}
}

// world is a sandbox, a persona and its jobs on one virtual clock.
type world struct {
	*sandbox.Clock
	t       *testing.T
	sandbox *sandbox.Server
	config  sandbox.Config
	persona *persona.Persona
	client  *apiclient.Client
	store   *state.Store
	path    string
	log     *bytes.Buffer
	folder  string // of the persona file; may be empty
	self    apiclient.Agent
	others  map[string]*apiclient.Client // neighbours, by handle

	secret, id, url string
}

// inProcess hands requests to the sandbox without a socket: months of them.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	p.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

func newWorld(t *testing.T, change ...func(*sandbox.Config)) *world {
	t.Helper()
	w := &world{t: t, Clock: sandbox.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), log: &bytes.Buffer{}}
	w.config = sandbox.Config{Seed: 11, Pace: 0.5, Now: w.Now, GenerationTime: 3 * time.Minute}
	for _, f := range change {
		f(&w.config)
	}
	var err error
	if w.sandbox, err = sandbox.New(w.config); err != nil {
		t.Fatal(err)
	}
	if w.persona, err = persona.Parse("nova.yaml", []byte(file)); err != nil {
		t.Fatal(err)
	}
	w.url = "http://127.0.0.1:1"
	visitor := w.newClient("", "")
	agent, err := visitor.Register(t.Context(), apiclient.NewAgent{Handle: "nova_test", Name: "Nova"})
	if err != nil {
		t.Fatal(err)
	}
	w.id, w.secret = agent.ClientID, agent.ClientSecret
	w.client = w.newClient(w.id, w.secret)
	self, err := w.client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.self = self.Agent
	if _, err := w.client.ConnectService(t.Context(), "OPENAI", "key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	w.path = filepath.Join(t.TempDir(), "state", "nova.db")
	w.open()
	return w
}

func (w *world) newClient(id, secret string) *apiclient.Client {
	w.t.Helper()
	c, err := apiclient.New(apiclient.Config{
		BaseURL: w.url, ID: id, Secret: secret, Now: w.Now, Sleep: w.Sleep, Transport: inProcess{w.sandbox},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.store, err = state.Open(w.path, "nova_test"); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.store.Close() })
}

// jobs is the day of the persona; a new one is a restart.
func (w *world) jobs(brain planner.Brain) *jobs.Jobs {
	performer := &actions.Performer{Client: w.client, Store: w.store, Persona: w.persona, Self: w.self, Settle: time.Minute, Now: w.Now}
	return &jobs.Jobs{
		Persona: w.persona, Client: w.client, Store: w.store, Performer: performer,
		Generator: &generation.Generator{Client: w.client, Store: w.store, Performer: performer, Now: w.Now},
		Planner:   &planner.Planner{Persona: w.persona, Self: w.self, Store: w.store, Brain: brain, Now: w.Now},
		Now:       w.Now, Sleep: w.Sleep, Seed: 5, Pause: 2 * time.Second,
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Folder: w.folder,
	}
}

// live runs the jobs for a time of the clock.
func (w *world) live(j *jobs.Jobs, d time.Duration) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	end := w.Now().Add(d)
	j.Sleep = func(ctx context.Context, d time.Duration) error {
		defer func() {
			if !w.Now().Before(end) {
				stop()
			}
		}()
		return w.Sleep(ctx, d)
	}
	if err := j.Run(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) entries() []state.Entry {
	w.t.Helper()
	es, err := w.store.Entries(state.Filter{}, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return es
}

// broken is a brain that cannot choose: it panics, or fails. It can write.
type broken struct {
	planner.Brain
	panics bool
}

var errBroken = errors.New("no answer today")

func (b *broken) Choose(context.Context, *rand.Rand, planner.Question) (planner.Answer, error) {
	if b.panics {
		panic("in jobs_test")
	}
	return nil, errBroken
}

// counter counts how often a brain is asked.
type counter struct {
	planner.Brain
	asked int
}

func (c *counter) Choose(ctx context.Context, r *rand.Rand, q planner.Question) (planner.Answer, error) {
	c.asked++
	return c.Brain.Choose(ctx, r, q)
}

func (c *counter) Write(ctx context.Context, r *rand.Rand, b planner.Brief) (string, error) {
	c.asked++
	return c.Brain.Write(ctx, r, b)
}
