package jobs_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/jobs"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// TestRun_AMonth lives thirty days on the virtual clock: no limit of the
// persona or the platform is crossed, and the same seed gives the same journal.
func TestRun_AMonth(t *testing.T) {
	if testing.Short() {
		t.Skip("a month takes minutes under the race detector")
	}
	t.Parallel()
	w := newWorld(t)
	watch := &watch{t: t, next: w.sandbox, now: w.Now}
	w.client = w.through(watch)
	w.live(w.jobs(planner.NewOffline()), 5*24*time.Hour)
	early := w.trace()
	w.live(w.jobs(planner.NewOffline()), 25*24*time.Hour) // after a restart
	if watch.requests < 5000 || watch.limited > 0 {
		t.Errorf("%d requests, %d of them answered 429", watch.requests, watch.limited)
	}
	twin := newWorld(t)
	twin.live(twin.jobs(planner.NewOffline()), 5*24*time.Hour)
	if got := twin.trace(); got != early {
		t.Errorf("the same seed gave two journals: %s and %s", early, got)
	}
	entries := w.entries()
	checkWindows(t, entries, "like", 4, 20)
	checkWindows(t, entries, "comment", 2, 6)
	checkWindows(t, entries, "amplify", 1, 3)
	checkWindows(t, entries, "post", 1, 2)
	checkWindows(t, entries, "generate", 1, 1)
	done := make(map[string]int)
	for _, e := range entries {
		if e.Status.Open() {
			t.Errorf("entry %d is still %s", e.ID, e.Status)
		}
		if hour := e.PlannedAt.Hour(); e.Job != "poll" && (hour == 23 || hour < 7) {
			t.Errorf("entry %d was planned at %s, in quiet hours", e.ID, e.PlannedAt)
		}
		if e.Status == state.Done {
			done[e.Kind]++
		}
	}
	for kind, least := range map[string]int{"like": 100, "comment": 3, "amplify": 20, "post": 2, "generate": 3} {
		if done[kind] < least {
			t.Errorf("only %d %s in a month, want at least %d", done[kind], kind, least)
		}
	}
	sum := 0
	for kind, n := range done {
		if kind != "read_notifications" {
			sum += n
		}
	}
	if effects := len(w.sandbox.Effects()) - 2; effects != sum {
		t.Errorf("%d effects on the platform, the journal knows %v", effects, done) // 2: the registration and the connected service
	}
	t.Logf("done: %v", done)
}

// checkWindows counts what was really attempted in any rolling hour and day.
func checkWindows(t *testing.T, entries []state.Entry, kind string, hour, day int) {
	t.Helper()
	var times []time.Time
	for _, e := range entries {
		if e.Kind == kind && e.Status != state.Dropped {
			times = append(times, e.PlannedAt)
		}
	}
	for i, from := range times {
		inHour, inDay := 0, 0
		for _, at := range times[i:] {
			if d := at.Sub(from); d < time.Hour {
				inHour++
				inDay++
			} else if d < 24*time.Hour {
				inDay++
			}
		}
		if inHour > hour || inDay > day {
			t.Errorf("%s from %s: %d in an hour, %d in a day; allowed are %d and %d", kind, from, inHour, inDay, hour, day)
		}
	}
}

// watch counts requests and refusals.
type watch struct {
	t                 *testing.T
	next              http.Handler
	now               func() time.Time
	requests, limited int
}

func (w *watch) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	w.next.ServeHTTP(rec, r)
	w.requests++
	if rec.Code == http.StatusTooManyRequests {
		w.limited++
	}
	for k, v := range rec.Header() {
		rw.Header()[k] = v
	}
	rw.WriteHeader(rec.Code)
	_, _ = rw.Write(rec.Body.Bytes())
}

// through returns a client whose requests pass a handler.
func (w *world) through(h http.Handler) *apiclient.Client {
	w.t.Helper()
	c, err := apiclient.New(apiclient.Config{
		BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: inProcess{h},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// trace is a hash of the whole journal.
func (w *world) trace() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, e := range w.entries() {
		_ = enc.Encode(e)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// TestRun_RestartIsNeverDue: due times are in the store, so that a restart
// runs nothing by itself and skips nothing that is still ahead.
func TestRun_RestartIsNeverDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	w.live(j, 50*time.Minute)
	ran := len(w.entries())
	if ran == 0 {
		t.Fatal("nothing happened in 50 minutes")
	}
	before, err := w.store.Job("engage")
	if err != nil {
		t.Fatal(err)
	}
	for range 20 { // restarts within a minute
		w.live(w.jobs(planner.NewOffline()), time.Second)
	}
	after, err := w.store.Job("engage")
	if err != nil {
		t.Fatal(err)
	}
	if len(w.entries()) != ran || !after.Next.Equal(before.Next) {
		t.Errorf("restarts made %d entries and moved the next run from %s to %s", len(w.entries())-ran, before.Next, after.Next)
	}
}

// TestRun_MissedRuns: what the process slept through is skipped, or made up
// for once, and never comes as a burst.
func TestRun_MissedRuns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		missed string
		want   int
	}{{"skip", 0}, {"once", 1}} {
		t.Run(tt.missed, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			spec := w.persona.Schedule["engage"]
			spec.Missed, spec.Jitter, spec.MaxLate = tt.missed, 0, 0
			w.persona.Schedule["engage"] = spec
			w.live(w.jobs(planner.NewOffline()), 30*time.Minute)
			before, _ := w.store.Job("engage")
			w.Advance(5 * time.Hour) // 15 runs
			w.Advance(time.Minute - time.Duration(w.Now().Second())*time.Second)
			w.live(w.jobs(planner.NewOffline()), time.Minute)
			after, _ := w.store.Job("engage")
			if got := after.Runs - before.Runs; got != tt.want {
				t.Errorf("%d runs after the gap, want %d", got, tt.want)
			}
		})
	}
}

// TestRun_PanicAndFailure: a job that panics or fails is logged and the others
// go on.
func TestRun_PanicAndFailure(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{true, false} {
		w := newWorld(t)
		w.live(w.jobs(&broken{Brain: planner.NewOffline(), panics: panics}), 26*time.Hour)
		log := w.log.String()
		if panics && (!strings.Contains(log, "job panicked") || !strings.Contains(log, "jobs_test")) {
			t.Error("the panic is not in the log with its stack")
		}
		if !panics && !strings.Contains(log, errBroken.Error()) {
			t.Error("the failure is not in the log")
		}
		posts := 0
		for _, e := range w.entries() {
			if e.Kind == "post" && e.Status == state.Done {
				posts++
			}
		}
		if posts == 0 {
			t.Errorf("panics %t: the job post did not go on", panics)
		}
		if s, _ := w.store.Job("engage"); s.Runs < 10 || panics && s.Error == "" {
			t.Errorf("panics %t: engage ran %d times, error %q", panics, s.Runs, s.Error)
		}
	}
}

// TestRun_PanicInASettlement: what panics while outcomes are settled is logged
// with its stack, counted, and tried again later; the jobs go on.
func TestRun_PanicInASettlement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.NotApplied, Rate: 1})
	panics := 0
	j.Performer.Step = func(name string) {
		if name == "unknown" {
			panics++
			panic("in a settlement")
		}
	}
	w.live(j, 10*time.Hour)
	log := w.log.String()
	if panics == 0 || !strings.Contains(log, "in a settlement") || !strings.Contains(log, "jobs_test") {
		t.Errorf("%d panics, and none is in the log with its stack", panics)
	}
	if s, _ := w.store.Job("engage"); panics > 11*60 || s.Runs < 10 {
		t.Errorf("%d panics in ten hours, %d runs of engage", panics, s.Runs)
	}
	if h := j.Health(); h.Healthy || !strings.Contains(h.Why, "settle") {
		t.Errorf("healthy %t: %q", h.Healthy, h.Why)
	}
	j.Performer.Step = nil
	w.sandbox.SetFaults()
	w.live(j, time.Hour)
	if h := j.Health(); !h.Healthy {
		t.Errorf("in order again, and not healthy: %q", h.Why)
	}
}

// TestRun_NothingNew: a tick without anything new asks no brain and leaves an
// entry that says so.
func TestRun_NothingNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	counting := &counter{Brain: planner.NewOffline()}
	j := w.jobs(counting)
	w.live(j, 3*time.Hour)
	before := counting.asked
	entries := len(w.entries())
	w.live(j, 45*time.Minute) // no post and no generation is due
	if counting.asked != before {
		t.Errorf("the brain was asked %d times about nothing new", counting.asked-before)
	}
	quiet := w.entries()[entries:]
	if len(quiet) < 2 {
		t.Fatalf("%d entries in 45 minutes, want one a tick", len(quiet))
	}
	for _, e := range quiet {
		if e.Kind != "plan" || e.Status != state.Dropped || !strings.Contains(e.Error, "nothing new") {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.jobs(planner.NewOffline()).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	kinds := make(map[string]int)
	for _, e := range w.entries() {
		kinds[e.Kind]++
	}
	if kinds["like"] == 0 || kinds["post"] != 1 || kinds["generate"] != 1 {
		t.Errorf("entries by kind: %v", kinds)
	}
}

func TestPreview_WritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	plan, err := j.Preview(t.Context(), "engage")
	if err != nil || len(plan.Actions) == 0 {
		t.Fatalf("%d actions, %v", len(plan.Actions), err)
	}
	if n := len(w.entries()); n != 0 || len(w.sandbox.Effects()) != 2 { // the registration and the connected service
		t.Errorf("%d entries, effects %v", n, w.sandbox.Effects())
	}
	if _, err := j.Preview(t.Context(), "poll"); err == nil {
		t.Error("poll decides nothing, yet was previewed")
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona.Schedule["post"] = w.persona.Schedule["generate"]
	spec := w.persona.Schedule["generate"]
	spec.Cron = "off"
	w.persona.Schedule["generate"] = spec
	runs, err := jobs.Next(w.persona, time.Date(2026, 3, 1, 22, 50, 0, 0, time.UTC), 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := runs["generate"]; ok {
		t.Error("a job that is off has runs")
	}
	for _, at := range runs["engage"] {
		if at.Hour() == 23 || at.Hour() < 7 {
			t.Errorf("engage runs at %s, in quiet hours", at)
		}
	}
	if got := fmt.Sprint(runs["post"][0].Format("15:04")); !strings.HasPrefix(got, "12:") {
		t.Errorf("post runs at %s, want after 12:00", got)
	}
}

// TestRun_StopLosesNoDecision: what a stop cuts off in the middle of a plan is
// decided about again, and what was done is not done again.
func TestRun_StopLosesNoDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	ctx, stop := context.WithCancel(t.Context())
	j := w.jobs(planner.NewOffline())
	j.Sleep = func(context.Context, time.Duration) error { stop(); return context.Canceled } // the first pause
	if err := j.Once(ctx); err != nil {
		t.Fatalf("a stop is an error: %v", err)
	}
	before := len(w.entries())
	if n := len(w.sandbox.Effects()) - 2; n != 1 {
		t.Fatalf("%d effects before the stop, want 1", n)
	}
	if err := w.jobs(planner.NewOffline()).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	likes := 0
	for _, e := range w.entries()[before:] {
		if e.Kind == "like" && e.Status == state.Done {
			likes++
		}
	}
	if likes == 0 {
		t.Error("the posts that were about to be liked are forgotten")
	}
	checkOnce(t, w)
}

// checkOnce fails when the platform saw the same effect twice.
func checkOnce(t *testing.T, w *world) {
	t.Helper()
	seen := make(map[string]bool)
	for _, e := range w.sandbox.Effects() {
		if key := e.Op + "/" + e.Target + "/" + e.Text; seen[key] {
			t.Errorf("twice: %s", key)
		} else {
			seen[key] = true
		}
	}
}

func TestOnce_SparesJobsThatAreOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range jobs.Names() {
		spec := w.persona.Schedule[name]
		spec.Cron = "off"
		w.persona.Schedule[name] = spec
	}
	if err := w.jobs(planner.NewOffline()).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.entries()); n != 0 {
		t.Errorf("%d entries of jobs that are off", n)
	}
}

func TestOnce_AFailureStopsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.jobs(&broken{Brain: planner.NewOffline(), panics: true}).Once(t.Context())
	if err == nil || !strings.Contains(err.Error(), "job engage: panicked") {
		t.Errorf("error %v", err)
	}
	posts := 0
	for _, e := range w.entries() {
		if e.Kind == "post" && e.Status == state.Done {
			posts++
		}
	}
	if posts != 1 {
		t.Errorf("%d posts after a panic in engage, want 1", posts)
	}
}

// TestF10_ClockSet: a clock that was years ahead and is put right, in the
// process or between two of them, stops nothing and causes no storm.
func TestF10_ClockSet(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		w := newWorld(t)
		ahead := 12 * 365 * 24 * time.Hour
		j := w.jobs(planner.NewOffline())
		shift := ahead
		now := func() time.Time { return w.Now().Add(shift) }
		j.Now, j.Planner.Now, j.Performer.Now = now, now, now
		w.live(j, 2*time.Hour)
		shift = 0
		before, _ := w.store.Job("engage")
		if restart {
			j = w.jobs(planner.NewOffline())
		}
		w.live(j, 6*time.Hour)
		after, _ := w.store.Job("engage")
		if n := after.Runs - before.Runs; n < 11 || n > 13 {
			t.Errorf("restart %t: %d runs in six hours after the clock was put right, want 12", restart, n)
		}
	}
}

// TestRun_NothingAwakeInQuietHours, not even a run that was missed before.
func TestRun_NothingAwakeInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, spec := range w.persona.Schedule {
		spec.Missed, spec.MaxLate = "once", 0
		w.persona.Schedule[name] = spec
	}
	w.live(w.jobs(planner.NewOffline()), 9*time.Hour) // until 17:00
	w.Advance(10 * time.Hour)                         // 18:00 is missed; it is 3 at night
	before := len(w.entries())
	w.live(w.jobs(planner.NewOffline()), 3*time.Hour)
	for _, e := range w.entries()[before:] {
		t.Errorf("at %s: %s", e.PlannedAt, e.Kind)
	}
	w.live(w.jobs(planner.NewOffline()), 3*time.Hour)
	posts := 0
	for _, e := range w.entries()[before:] {
		if e.Kind == "post" {
			posts++
		}
	}
	if posts == 0 {
		t.Error("the missed post was not made up for in the morning")
	}
}

func TestRun_NeverAwakeIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := w.persona.Schedule["post"]
	spec.Cron = "0 3 * * *"
	w.persona.Schedule["post"] = spec
	if err := w.jobs(planner.NewOffline()).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "schedule.post") {
		t.Errorf("error %v", err)
	}
}
