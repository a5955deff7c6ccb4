package generation_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/generation"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// studio is a sandbox, a persona's client and journal, and its generator.
type studio struct {
	*sandbox.Clock
	t         *testing.T
	sandbox   *sandbox.Server
	store     *state.Store
	client    *apiclient.Client
	url       string
	id        string
	secret    string
	generator *generation.Generator
}

func newStudio(t *testing.T, failing float64) *studio {
	t.Helper()
	return newStudioWith(t, sandbox.Config{FailGenerations: failing})
}

func newStudioWith(t *testing.T, config sandbox.Config) *studio {
	t.Helper()
	s := &studio{t: t, Clock: sandbox.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	var err error
	config.Seed, config.Pace, config.Now = 2, -1, s.Now
	if config.GenerationTime == 0 {
		config.GenerationTime = time.Minute
	}
	if s.sandbox, err = sandbox.New(config); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.sandbox)
	t.Cleanup(server.Close)
	if s.store, err = state.Open(filepath.Join(t.TempDir(), "state", "nova.db"), "nova_test"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	agent, err := s.connect(server.URL, "", "").Register(t.Context(), apiclient.NewAgent{Handle: "nova_test", Name: "Nova"})
	if err != nil {
		t.Fatal(err)
	}
	s.url, s.id, s.secret = server.URL, agent.ClientID, agent.ClientSecret
	s.client = s.connect(s.url, s.id, s.secret)
	if _, err := s.client.ConnectService(t.Context(), "OPENAI", "key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	s.restart()
	return s
}

func (s *studio) connect(url, id, secret string) *apiclient.Client {
	s.t.Helper()
	c, err := apiclient.New(apiclient.Config{BaseURL: url, ID: id, Secret: secret, Now: s.Now, Sleep: s.Sleep})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// restart forgets everything that is not in the journal.
func (s *studio) restart() {
	s.t.Helper()
	me, err := s.client.Me(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	performer := &actions.Performer{Client: s.client, Store: s.store, Persona: &persona.Persona{}, Self: me.Agent, Settle: time.Minute, Now: s.Now}
	s.generator = &generation.Generator{Client: s.client, Store: s.store, Performer: performer, Now: s.Now}
}

func (s *studio) start(slot, prompt string) state.Entry {
	s.t.Helper()
	e, err := s.generator.Performer.Do(s.t.Context(), actions.Action{
		Kind: actions.Generate, Slot: slot, Text: "From the desk.",
		Media: &state.Request{Provider: "OPENAI", Type: "image", Prompt: prompt},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// follow polls every ten seconds for a time and returns the statuses seen.
func (s *studio) follow(d time.Duration) (seen []string) {
	s.t.Helper()
	for end := s.Now().Add(d); s.Now().Before(end); s.Advance(10 * time.Second) {
		if _, err := s.generator.Performer.SettleOpen(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		changed, err := s.generator.Poll(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, m := range changed {
			seen = append(seen, m.Status)
		}
	}
	return seen
}

func (s *studio) media() []state.Media {
	s.t.Helper()
	ms, err := s.store.MediaSince(time.Time{})
	if err != nil {
		s.t.Fatal(err)
	}
	return ms
}

func (s *studio) effects(op string) (n int) {
	for _, e := range s.sandbox.Effects() {
		if e.Op == op {
			n++
		}
	}
	return n
}

func TestPoll_FollowsToThePost(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.start("noon", "fog")
	seen := strings.Join(s.follow(2*time.Minute), " ")
	if seen != "generating uploading completed" {
		t.Errorf("saw %q", seen)
	}
	m := s.media()[0]
	if !m.Ended || m.PostID == "" || m.Result == "" {
		t.Fatalf("media %+v", m)
	}
	post, err := s.client.Post(t.Context(), m.PostID)
	if err != nil || post.Content != "From the desk." || len(post.MediaURLs) != 1 {
		t.Errorf("post %+v, %v", post, err)
	}
}

// TestPoll_RestartedInEveryState picks up a job that outlived the process.
func TestPoll_RestartedInEveryState(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 25 * time.Second, 45 * time.Second, 5 * time.Minute, 3 * time.Hour} {
		s := newStudio(t, 0)
		s.start("noon", "fog")
		s.follow(min(after, 10*time.Second))
		s.Advance(after)
		s.restart()
		s.follow(2 * time.Minute)
		if m := s.media()[0]; m.Status != state.MediaCompleted || m.PostID == "" {
			t.Errorf("restarted after %s: %+v", after, m)
		}
	}
}

// TestPoll_FailsAndGivesUp: three retries, each once, then no more.
func TestPoll_FailsAndGivesUp(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 1)
	s.start("noon", "fog")
	s.follow(30 * time.Minute)
	m := s.media()[0]
	if m.Status != state.MediaGivenUp || !m.Ended || m.Retries != 3 || !strings.Contains(m.Error, "failed after 3 retries") {
		t.Errorf("media %+v", m)
	}
	if n := s.effects("retryGeneration"); n != 3 {
		t.Errorf("%d retries, want 3", n)
	}
	if n := s.effects("startGeneration"); n != 1 {
		t.Errorf("%d starts, want 1", n)
	}
}

// TestPoll_LostRetry: a retry whose answer was lost is read back, not sent
// again.
func TestPoll_LostRetry(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 1)
	s.start("noon", "fog")
	s.sandbox.SetFaults(sandbox.Fault{Op: "retryGeneration", Kind: sandbox.AppliedReset, Rate: 1})
	s.follow(time.Hour)
	if n := s.effects("retryGeneration"); n != 3 {
		t.Errorf("%d retries, want 3", n)
	}
	if m := s.media()[0]; m.Status != state.MediaGivenUp || m.Retries != 3 {
		t.Errorf("media %+v", m)
	}
	dropped, err := s.store.Entries(state.Filter{Status: state.Dropped}, 0)
	if err != nil || len(dropped) > 0 {
		t.Errorf("polling left %d dropped entries, %v", len(dropped), err)
	}
}

// TestPoll_LostStart: the answer was lost, or cannot be read; the job is found
// by its prompt and followed to its post.
func TestPoll_LostStart(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{sandbox.AppliedReset, sandbox.Truncated} {
		s := newStudio(t, 0)
		s.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: kind, Rate: 1})
		s.start("noon", "fog over "+string(kind))
		s.sandbox.SetFaults()
		s.follow(15 * time.Minute)
		if m := s.media()[0]; m.Status != state.MediaCompleted || m.PostID == "" || m.JobID == "" {
			t.Errorf("%s: media %+v", kind, m)
		}
		if n := s.effects("startGeneration"); n != 1 {
			t.Errorf("%s: %d starts, want 1", kind, n)
		}
	}
}

func TestPoll_StartWasRefused(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.start("noon", strings.Repeat("x", 1001))
	s.follow(time.Minute)
	if m := s.media()[0]; m.Status != state.MediaNotStarted || !m.Ended {
		t.Errorf("media %+v", m)
	}
}

func TestPoll_NothingToFollowAsksNothing(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.sandbox.SetFaults(sandbox.Fault{Op: "listPendingGenerations", Kind: sandbox.NotApplied, Rate: 1})
	if changed, err := s.generator.Poll(t.Context()); err != nil || len(changed) != 0 {
		t.Errorf("%v, %v", changed, err)
	}
}

// TestPoll_PlatformLosesTheJob: a job that is in no list is given up in the
// end, so that its place becomes free.
func TestPoll_PlatformLosesTheJob(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	e, err := s.store.Plan(state.Entry{Kind: "generate", Key: "k", PlannedAt: s.Now(), Media: &state.Request{Provider: "OPENAI", Type: "image", Prompt: "gone"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Status, e.RemoteID = state.Done, "job_of_another_world"
	if _, err := s.store.Record(e, s.Now()); err != nil {
		t.Fatal(err)
	}
	s.follow(15 * time.Minute)
	if m := s.media()[0]; m.Status != state.MediaGivenUp || !m.Ended {
		t.Errorf("media %+v", m)
	}
}

func TestUsable(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	openai, runware := persona.Recipe{Provider: "OPENAI", Type: "image"}, persona.Recipe{Provider: "RUNWARE", Type: "image"}
	check := func(name string, recipes []persona.Recipe, want int, says string) {
		t.Helper()
		usable, why, err := s.generator.Usable(t.Context(), recipes)
		if err != nil || len(usable) != want || !strings.Contains(why, says) {
			t.Errorf("%s: %d usable, %q, %v", name, len(usable), why, err)
		}
	}
	check("none", nil, 0, "no recipes")
	check("not connected", []persona.Recipe{runware}, 0, "RUNWARE is not connected")
	check("one of two", []persona.Recipe{runware, openai}, 1, "")
	for _, slot := range []string{"1", "2", "3"} {
		s.start(slot, "fog "+slot)
	}
	check("three run", []persona.Recipe{openai}, 0, "3 generations are under way")
}

// TestPoll_StuckJobEnds: a job that the platform never finishes does not hold
// its place for ever.
func TestPoll_StuckJobEnds(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.start("noon", "fog")
	s.client = s.through(func(body string) string {
		return strings.NewReplacer(`"status":"completed"`, `"status":"cancelled"`, `"status":"generating"`, `"status":"cancelled"`,
			`"status":"uploading"`, `"status":"cancelled"`).Replace(body)
	})
	s.restart()
	s.follow(25 * time.Minute)
	if m := s.media()[0]; m.Status != state.MediaGivenUp || !strings.Contains(m.Error, "cancelled") {
		t.Errorf("media %+v", m)
	}
}

// TestPoll_OneJobIsNotTwoMedia: two starts with one prompt whose answers could
// not be read; each finds a job of its own.
func TestPoll_OneJobIsNotTwoMedia(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: sandbox.Truncated, Rate: 1})
	s.start("1", "the same fog")
	s.start("2", "the same fog")
	s.sandbox.SetFaults()
	s.follow(5 * time.Minute)
	ms := s.media()
	if ms[0].PostID == "" || ms[1].PostID == "" || ms[0].PostID == ms[1].PostID || ms[0].JobID == ms[1].JobID {
		t.Errorf("media %+v", ms)
	}
}

// meddler changes the text of answers.
type meddler func(string) string

func (m meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	text := m(string(body))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	return resp, err
}

func (s *studio) through(m meddler) *apiclient.Client {
	s.t.Helper()
	c, err := apiclient.New(apiclient.Config{BaseURL: s.url, ID: s.id, Secret: s.secret, Now: s.Now, Sleep: s.Sleep, Transport: m})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// listener hears what is sent.
type listener func(r *http.Request, body string)

func (l listener) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.GetBody != nil {
		copied, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(copied)
		if err != nil {
			return nil, err
		}
		body = string(text)
	} else if r.Body != nil {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body, r.Body = string(text), io.NopCloser(strings.NewReader(string(text)))
	}
	l(r, body)
	return http.DefaultTransport.RoundTrip(r)
}

func (s *studio) listening(l listener) *apiclient.Client {
	s.t.Helper()
	c, err := apiclient.New(apiclient.Config{BaseURL: s.url, ID: s.id, Secret: s.secret, Now: s.Now, Sleep: s.Sleep, Transport: l})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func operation(t *testing.T, id string) contract.Operation {
	t.Helper()
	op, ok := contract.Lookup(id)
	if !ok {
		t.Fatalf("no operation %s", id)
	}
	return op
}

func body(text string) apiclient.Call { return apiclient.Call{Body: []byte(text)} }

// TestPoll_ClockIsAhead: a wall clock that is ahead of the platform's hides no
// finished job.
func TestPoll_ClockIsAhead(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-25 * time.Minute, 25 * time.Minute} {
		s := newStudio(t, 0)
		ahead := func() time.Time { return s.Now().Add(off) }
		s.generator.Now, s.generator.Performer.Now = ahead, ahead
		s.start("noon", "fog")
		s.follow(30 * time.Minute)
		if m := s.media()[0]; m.Status != state.MediaCompleted || m.PostID == "" {
			t.Errorf("%v: %+v", off, m)
		}
	}
}
