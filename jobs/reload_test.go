package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
)

// edit is the persona of the world's file with words in it replaced.
func (w *world) edit(pairs ...string) *persona.Persona {
	w.t.Helper()
	text := strings.NewReplacer(pairs...).Replace(file)
	if text == file {
		w.t.Fatalf("the edit changes nothing: %q", pairs)
	}
	p, err := persona.Parse("nova.yaml", []byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// edits hands each persona over at the first look after its time.
func (w *world) edits(at time.Time, personas ...*persona.Persona) func() (jobs.Change, error) {
	return func() (jobs.Change, error) {
		if w.Now().Before(at) || len(personas) == 0 {
			return jobs.Change{}, nil
		}
		p := personas[0]
		personas = personas[1:]
		return jobs.Change{Persona: p}, nil
	}
}

func (w *world) runs(job string) int {
	w.t.Helper()
	s, err := w.store.Job(job)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Runs
}

const (
	engageLine = `engage: {cron: "*/30 * * * *", jitter: 3m}`
	postLine   = `post: "0 9,18 * * *"`
	likeLine   = `like: {hour: 4, day: 20}`
)

// TestReload_KeepsWhatIsDue: an edit that does not touch the schedule, seen at
// the very moment at which a run is due, does not cost that run.
func TestReload_KeepsWhatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona = w.edit(postLine, `post: {cron: "0 9,18 * * *", jitter: 0s}`)
	edited := w.edit(postLine, `post: {cron: "0 9,18 * * *", jitter: 0s}`, likeLine, `like: {hour: 3, day: 20}`)
	j := w.jobs(planner.NewOffline())
	w.Advance(20 * time.Second) // so that no poll falls on the hour
	j.Reload = w.edits(time.Date(2026, 3, 2, 9, 0, 0, 1, time.UTC), edited)
	now := j.Now
	j.Now = func() time.Time { return now().Add(time.Millisecond) } // a timer is never early
	w.live(j, 2*time.Hour)
	if n := w.runs("post"); n != 1 {
		t.Errorf("%d posts by ten, want 1:\n%s", n, w.log)
	}
	if j.Persona != edited || j.Planner.Persona != edited || j.Performer.Persona != edited {
		t.Error("the edit is not in force everywhere")
	}
}

// TestReload_OldSlotNeverFires: a changed schedule is placed anew.
func TestReload_OldSlotNeverFires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	counting := &moments{Brain: planner.NewOffline(), now: w.Now}
	j := w.jobs(counting)
	change := time.Date(2026, 3, 2, 9, 10, 0, 0, time.UTC)
	j.Reload = w.edits(change, w.edit(engageLine, `engage: {cron: "20 10-12 * * *", jitter: 0s}`))
	w.live(j, 5*time.Hour)
	s, _ := w.store.Job("engage")
	if got := s.Started.Format("15:04"); got != "12:20" {
		t.Errorf("the last run began at %s, want 12:20", got)
	}
	if s.Runs != 2+3 { // 08:30, 09:00; 10:20, 11:20, 12:20
		t.Errorf("%d runs, want 5:\n%s", s.Runs, w.log)
	}
}

// TestReload_DuringARun: an edit that comes while a job works waits for its end
// and then holds.
func TestReload_DuringARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	off := w.edit(engageLine, "engage: off")
	brain := &moments{Brain: planner.NewOffline(), now: w.Now}
	j := w.jobs(brain)
	brain.during = func() {
		if j.Reload == nil {
			j.Reload = w.edits(time.Time{}, off)
		}
		if j.Persona == off {
			t.Error("the edit was taken over in the middle of a run")
		}
	}
	w.live(j, 8*time.Hour)
	if n := w.runs("engage"); n != 1 || j.Persona != off {
		t.Errorf("%d runs, want the one in which the file was edited", n)
	}
	if n := w.runs("post"); n != 1 {
		t.Errorf("%d posts, want 1: the other jobs go on", n)
	}
}

// TestReload_HundredEdits leave every job in its place, and as many of them.
func TestReload_HundredEdits(t *testing.T) {
	long(t)
	t.Parallel()
	still, busy := newWorld(t), newWorld(t)
	still.live(still.jobs(planner.NewOffline()), 6*time.Hour)
	var edits []*persona.Persona
	for i := range 100 {
		edits = append(edits, busy.edit("A week of", fmt.Sprintf("%d weeks of", i+2)))
	}
	j := busy.jobs(planner.NewOffline())
	j.Reload = busy.edits(time.Time{}, edits...)
	busy.live(j, 6*time.Hour)
	if j.Persona != edits[99] {
		t.Error("the last edit is not in force")
	}
	for _, name := range jobs.Names() {
		if got, want := busy.runs(name), still.runs(name); got != want {
			t.Errorf("%s ran %d times with edits, %d times without", name, got, want)
		}
	}
	if n := strings.Count(busy.log.String(), "is skipped"); n > 0 {
		t.Errorf("%d runs were taken for missed", n)
	}
}

// TestReload_BadEdits change nothing and are said once: a file that is wrong,
// a schedule that never falls outside quiet hours, another handle.
func TestReload_BadEdits(t *testing.T) {
	t.Parallel()
	wrong := errors.New("nova.yaml:3:1: handel: is not a key of this file")
	for _, tt := range []struct {
		name, says string
		edit       func(w *world) (jobs.Change, error)
	}{
		{"wrong", "handel", func(*world) (jobs.Change, error) { return jobs.Change{}, wrong }},
		{"never awake", "schedule.post", func(w *world) (jobs.Change, error) {
			return jobs.Change{Persona: w.edit(postLine, `post: "0 3 * * *"`)}, nil
		}},
		{"other handle", "nova_other", func(w *world) (jobs.Change, error) {
			return jobs.Change{Persona: w.edit("nova_test", "nova_other")}, nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.persona
			j := w.jobs(planner.NewOffline())
			j.Reload = func() (jobs.Change, error) { return tt.edit(w) }
			w.live(j, 3*time.Hour)
			if j.Persona != before || j.Planner.Persona != before || j.Performer.Persona != before {
				t.Error("the persona before is no longer in force")
			}
			if n := w.runs("engage"); n < 4 {
				t.Errorf("%d runs in three hours", n)
			}
			log := w.log.String()
			if n := strings.Count(log, "not taken over"); n != 1 || !strings.Contains(log, tt.says) {
				t.Errorf("said %d times, want once, with %q:\n%s", n, tt.says, log)
			}
		})
	}
}

// TestReload_SaysANewFaultAgain: the same fault after a time without one is
// news.
func TestReload_SaysANewFaultAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	looks := 0
	j.Reload = func() (jobs.Change, error) {
		if looks++; looks/10%2 == 1 {
			return jobs.Change{}, errors.New("stat nova.yaml: no such file")
		}
		return jobs.Change{}, nil
	}
	w.live(j, 40*time.Minute)
	if n, want := strings.Count(w.log.String(), "not taken over"), (looks+10)/20; n < want-1 || n > want || want < 2 {
		t.Errorf("said %d times, want %d", n, want)
	}
}

// TestReload_OffIsNotMissed: what a job that was off did not do is not made up
// for when it is on again.
func TestReload_OffIsNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	once := w.edit(postLine, `post: {cron: "0 9,18 * * *", jitter: 0s, missed: once}`)
	off := w.edit(postLine, "post: off")
	w.persona = once
	w.live(w.jobs(planner.NewOffline()), 30*time.Minute)
	w.persona = off
	w.live(w.jobs(planner.NewOffline()), 4*time.Hour) // over 09:00
	w.persona = once
	w.live(w.jobs(planner.NewOffline()), 30*time.Minute)
	if n := w.runs("post"); n != 0 {
		t.Errorf("%d runs of a job that was off", n)
	}
}

// TestReload_FullDisk runs itself in a process whose files may not be written
// while an edit comes. The edit holds as soon as they may; the old slot does
// not fire.
func TestReload_FullDisk(t *testing.T) {
	if !alone(t) {
		return
	}
	w := newWorld(t)
	w.live(w.jobs(planner.NewOffline()), 5*time.Minute)
	w.Advance(2 * time.Hour) // runs are missed
	j := w.jobs(planner.NewOffline())
	edited := w.edit(engageLine, `engage: {cron: "20 11-12 * * *", jitter: 0s}`)
	j.Reload = func() (change jobs.Change, err error) {
		if edited != nil && w.Now().Hour() == 10 && w.Now().Minute() >= 10 {
			fileLimit(t, 4096)
			change.Persona, edited = edited, nil
		}
		return change, nil
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	fileLimit(t, 4096) // it starts on a full disk
	waits, end := 0, w.Now().Add(55*time.Minute)
	j.Sleep = func(ctx context.Context, d time.Duration) error {
		if waits++; waits%8 == 0 {
			fileLimit(t, math.MaxInt64)
		}
		if !w.Now().Before(end) {
			stop()
		}
		return w.Sleep(ctx, d)
	}
	if err := j.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(w.log.String(), "is skipped"); n != 2 {
		t.Errorf("missed runs of two jobs were said %d times", n)
	}
	s, _ := w.store.Job("engage")
	if s.Runs != 0 || s.Next.Format("15:04") != "11:20" || edited != nil {
		t.Errorf("%d runs, the next at %s", s.Runs, s.Next.Format("15:04"))
	}
	if n := strings.Count(w.log.String(), "cannot be written"); n != 2 || t.Failed() {
		t.Errorf("the full disk was said %d times, want twice:\n%s", n, w.log)
	}
}

// moments is a brain that lets something happen while it is asked.
type moments struct {
	planner.Brain
	now    func() time.Time
	during func()
}

func (m *moments) Choose(ctx context.Context, r *rand.Rand, q planner.Question) (planner.Answer, error) {
	if m.during != nil {
		m.during()
	}
	return m.Brain.Choose(ctx, r, q)
}
