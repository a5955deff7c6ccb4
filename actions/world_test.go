package actions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/actions"
	"imagined/actions/actionstest"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// late collects what the sandbox means to do later.
type late struct {
	mu sync.Mutex
	do []func()
}

func (l *late) after(_ time.Duration, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.do = append(l.do, f)
}

func (l *late) run() {
	l.mu.Lock()
	do := l.do
	l.do = nil
	l.mu.Unlock()
	for _, f := range do {
		f()
	}
}

const settle = time.Minute

// world is a real sandbox on loopback and a persona with a real client, a real
// journal and a clock that both sides share.
type world struct {
	*sandbox.Clock
	t         *testing.T
	sandbox   *sandbox.Server
	late      *late
	url       string
	id        string
	secret    string
	requests  func() int
	client    *apiclient.Client
	store     *state.Store
	performer *actions.Performer
	posts     []apiclient.Post // of the population, newest first
	town      *actionstest.World
	secrets   map[string]string // what the performer was given to keep
}

func newWorld(t *testing.T, change ...func(*sandbox.Config)) *world {
	t.Helper()
	w := &world{t: t, Clock: sandbox.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), late: &late{}, secrets: map[string]string{}}
	var err error
	cfg := sandbox.Config{Seed: 7, Pace: -1, Now: w.Now, After: w.late.after, GenerationTime: 3 * time.Minute}
	for _, f := range change {
		f(&cfg)
	}
	w.sandbox, err = sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	w.requests = func() int { mu.Lock(); defer mu.Unlock(); return n }
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		mu.Unlock()
		w.sandbox.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	if w.store, err = state.Open(filepath.Join(t.TempDir(), "state", "nova.db"), "nova_test"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	w.url = server.URL
	w.register(server.URL)
	return w
}

func (w *world) register(url string) {
	w.t.Helper()
	ctx := w.t.Context()
	var err error
	w.town, err = actionstest.New(ctx, actionstest.Platform{URL: url, Now: w.Now, Sleep: w.Sleep, Dir: w.t.TempDir()})
	if err != nil {
		w.t.Fatal(err)
	}
	nova := w.town.Nova
	w.id, w.secret, w.client = nova.ID, nova.Secret, nova.Client
	for post, err := range w.client.PublicTimeline(ctx) {
		if err != nil {
			w.t.Fatal(err)
		}
		w.posts = append(w.posts, post)
	}
	w.performer = &actions.Performer{
		Client: w.client, Store: w.store, Persona: &persona.Persona{Limits: persona.Limits{}}, Self: nova.Self,
		Settle: settle, Now: w.Now, Secret: w.town.Secret,
		KeepSecret: func(name, secret string) error { w.secrets[name] = secret; return nil },
	}
}

func (w *world) must(c *apiclient.Client, err error) *apiclient.Client {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) do(a actions.Action) state.Entry {
	w.t.Helper()
	e, err := w.performer.Do(w.t.Context(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	if e.Status != state.Waiting || !actions.NeedsApproval(a.Kind) {
		return e
	}
	if _, err := actions.Approve(w.store, e.ID, actions.Hash(e), w.Now()); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.performer.SettleOpen(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return w.entry(e.ID)
}

// settleAll lets time pass until no entry is open, at most a day.
func (w *world) settleAll() {
	w.t.Helper()
	for range 200 {
		next, some, err := w.performer.NextSettle()
		if err != nil {
			w.t.Fatal(err)
		}
		if !some {
			return
		}
		if wait := next.Sub(w.Now()); wait > 0 {
			w.Advance(wait)
		}
		if _, err := w.performer.SettleOpen(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	w.t.Fatal("entries stay open for ever")
}

func (w *world) entry(id uint64) state.Entry {
	w.t.Helper()
	e, err := w.store.Entry(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// effects counts what the platform really did.
func (w *world) effects(op string) (n int) {
	for _, e := range w.sandbox.Effects() {
		if e.Op == op {
			n++
		}
	}
	return n
}

// every prepares one action of every kind, or of those named.
func (w *world) every(only ...actions.Kind) []actionstest.Case {
	w.t.Helper()
	cases, err := w.town.Every(w.t.Context(), only...)
	if err != nil {
		w.t.Fatal(err)
	}
	return cases
}

// generation is the start of a picture.
func generation() actions.Action {
	return actions.Action{
		Kind: actions.Generate, Slot: "noon", Text: "From the desk.",
		Media: &state.Request{Provider: "OPENAI", Type: "image", Prompt: "fog over a harbour"},
	}
}

// remove deletes a post as the persona, past the client.
func (w *world) remove(id string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodDelete, w.url+"/api/posts/"+id, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // test
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("delete %s: %s", id, resp.Status)
	}
}

// token gets an access token as any other client would.
func (w *world) token() string {
	w.t.Helper()
	body := fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, w.id, w.secret)
	resp, err := http.Post(w.url+"/api/auth/token", "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // test
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		w.t.Fatalf("token: %v", err)
	}
	return answer.Token
}

func limit(n int) persona.Limit { return persona.Limit{Hour: &n} }

// strike makes an operation go wrong until the end of what it returns.
func (w *world) strike(op string, kind sandbox.FaultKind) (end func()) {
	w.sandbox.SetFaults(sandbox.Fault{Op: op, Kind: kind, Rate: 1, Delay: time.Second})
	return func() { w.sandbox.SetFaults() }
}

func toJSON(t *testing.T, values ...any) string {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
