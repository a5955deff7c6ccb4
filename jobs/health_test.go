package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// TestHealth follows a life through what can be wrong with it.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	w.live(j, time.Hour)
	h := j.Health()
	if !h.Healthy || h.Why != "" || h.Handle != "nova_test" || len(h.Jobs) != 4 || !j.Alive() {
		t.Errorf("after an hour: %+v", h)
	}
	for _, job := range h.Jobs {
		if job.Name == "engage" && (job.Runs != 1 || job.OK.IsZero() || job.Late || job.Schedule != "*/30 * * * *") {
			t.Errorf("engage: %+v", job)
		}
	}
	w.Advance(2 * time.Hour) // nobody turns the loop
	if j.Alive() || j.Health().Why != "the loop has stopped turning" {
		t.Errorf("after two hours without a turn: %q", j.Health().Why)
	}
	if err := w.store.Hold(state.Hold{Why: "a rest", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	w.live(j, time.Hour)
	if h := j.Health(); !h.Healthy || len(h.Holds) != 1 || h.Holds[0].Why != "a rest" {
		t.Errorf("held: %+v", h)
	}
}

// TestHealth_LateJob: a job that has not succeeded in two of its own runs is
// late, whatever the others do.
func TestHealth_LateJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	w.live(j, time.Hour)
	j.Planner.Brain = &broken{Brain: planner.NewOffline(), panics: true}
	w.live(j, 30*time.Minute)
	if h := j.Health(); !h.Healthy {
		t.Errorf("one run is no sign yet: %s", h.Why)
	}
	w.live(j, 3*time.Hour)
	h := j.Health()
	if h.Healthy || !strings.Contains(h.Why, "job engage has not succeeded in time: panicked") {
		t.Errorf("%q", h.Why)
	}
	for _, job := range h.Jobs {
		if job.Name == "engage" && (job.Panics == 0 || job.Failures < job.Panics) {
			t.Errorf("%+v", job)
		}
		if job.Name == "poll" && (job.Late || job.Failures > 0) {
			t.Errorf("%+v", job)
		}
	}
}

// TestHealth_Token: refused credentials show until they are accepted, also
// while a job succeeds that needs none.
func TestHealth_Token(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	j.Client = w.newClient(w.id, "another secret")
	w.live(j, 70*time.Minute)
	if h := j.Health(); h.Healthy || h.Token == "ok" {
		t.Errorf("refused: healthy %t, token %q, %q", h.Healthy, h.Token, h.Why)
	}
	j.Client = w.client
	w.live(j, 70*time.Minute)
	if h := j.Health(); !h.Healthy || h.Token != "ok" {
		t.Errorf("accepted: token %q, %q", h.Token, h.Why)
	}
}

// stopping is a brain that is stopped while it thinks.
type stopping struct {
	planner.Brain
	stop func()
}

func (s *stopping) Choose(ctx context.Context, _ *rand.Rand, _ planner.Question) (planner.Answer, error) {
	s.stop()
	return nil, ctx.Err()
}

// TestHealth_LastSuccess outlives a restart, and a run that is cut off by a stop
// is none.
func TestHealth_LastSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live(w.jobs(planner.NewOffline()), 50*time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	var before state.JobState
	j := w.jobs(&stopping{Brain: planner.NewOffline(), stop: func() { before, _ = w.store.Job("engage"); stop() }})
	if err := j.Run(ctx); err != nil || before.OK.IsZero() {
		t.Fatalf("%+v %v", before, err)
	}
	after, err := w.store.Job("engage")
	if err != nil || after.Runs != before.Runs+1 || !after.OK.Equal(before.OK) {
		t.Errorf("stopped in the middle: %+v, before %+v, %v", after, before, err)
	}
	j = w.jobs(planner.NewOffline())
	w.live(j, time.Second)
	for _, job := range j.Health().Jobs {
		if job.Name == "engage" && !job.OK.Equal(before.OK) {
			t.Errorf("after a restart the latest success is of %s, want %s", job.OK, before.OK)
		}
	}
}

// TestHealth_NoPlan: a run whose model gives nothing usable is no success.
func TestHealth_NoPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(&broken{Brain: planner.NewOffline()})
	w.live(j, 4*time.Hour)
	if h := j.Health(); h.Healthy || !strings.Contains(h.Why, "job engage has not succeeded in time") || !strings.Contains(h.Why, errBroken.Error()) {
		t.Errorf("healthy %t: %q", h.Healthy, h.Why)
	}
}

// blackHole answers no read: it lets the time of one pass.
type blackHole struct {
	inProcess
	deaf  bool
	waits func()
}

func (b *blackHole) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.deaf {
		b.waits()
		return nil, errors.New("no answer")
	}
	return b.inProcess.RoundTrip(r)
}

// TestHealth_SettlingTakesLong: a platform that does not answer while many
// outcomes are to be read back is no loop that is stuck.
func TestHealth_SettlingTakesLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	stuck := false
	hole := &blackHole{inProcess: inProcess{w.sandbox}}
	hole.waits = func() {
		w.Advance(30 * time.Second)
		stuck = stuck || !j.Alive()
	}
	var err error
	j.Performer.Client, err = apiclient.New(apiclient.Config{
		BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: hole,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.NotApplied, Rate: 1})
	for post, err := range w.client.PublicTimeline(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := j.Performer.Do(t.Context(), actions.Action{Kind: actions.Like, Target: post.ID})
		if err != nil {
			t.Fatal(err)
		}
		if e.Status == state.Dropped { // as many as its limit allows
			break
		}
	}
	w.sandbox.SetFaults()
	hole.deaf = true
	w.live(j, time.Hour)
	if stuck {
		t.Error("the loop counts as stuck while it reads back")
	}
}

// crawl answers the timeline in many pages, each of which takes its time.
type crawl struct {
	inProcess
	pages int
	waits func()
}

func (c *crawl) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.pages == 0 || r.Method != http.MethodGet || r.URL.Path != "/api/posts" {
		return c.inProcess.RoundTrip(r)
	}
	c.waits()
	c.pages--
	rec := httptest.NewRecorder()
	_, _ = fmt.Fprintf(rec, `{"posts":[],"nextCursor":"page-%d"}`, c.pages)
	return rec.Result(), nil
}

// TestHealth_LongReadBack: nor is one outcome that takes many slow pages to be
// read back. A service manager that ended the program for it would do so at
// each start.
func TestHealth_LongReadBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	stuck := false
	slow := &crawl{inProcess: inProcess{w.sandbox}, waits: func() {
		w.Advance(20 * time.Second)
		stuck = stuck || !j.Alive()
	}}
	j.Performer.Client = w.throughTransport(slow)
	w.sandbox.SetFaults(sandbox.Fault{Op: "createPost", Kind: sandbox.Applied502, Rate: 1})
	e, err := j.Performer.Do(t.Context(), actions.Action{Kind: actions.Post, Text: "The long way home."})
	if err != nil || e.Status != state.Unknown {
		t.Fatal(e.Status, err)
	}
	w.sandbox.SetFaults()
	slow.pages = 30
	w.live(j, time.Hour)
	if e, err = w.store.Entry(e.ID); err != nil || e.Status != state.Done || slow.pages != 0 {
		t.Errorf("%s after all but %d pages, %v", e.Status, slow.pages, err)
	}
	if stuck {
		t.Error("the loop counts as stuck while it reads back")
	}
}

// TestRun_DiskFaultIsWaitedOut: an error of the disk is said once, waited out,
// and the loop goes on.
func TestRun_DiskFaultIsWaitedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	waits := 0
	_ = w.store.Close() // not a fault of the disk: it ends the life
	if err := j.Run(t.Context()); err == nil {
		t.Error("a journal that is closed is waited for")
	}
	w.open()
	j = w.jobs(planner.NewOffline())
	j.Sleep = func(context.Context, time.Duration) error { waits++; return errors.New("no more") }
	if err := j.Run(t.Context()); err == nil || waits != 1 {
		t.Errorf("%v after %d waits", err, waits)
	}
}
