package jobs_test

import (
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// TestRun_Missed: which run is made up for after a time without the program,
// and how late it may be.
func TestRun_Missed(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		when, err := time.Parse("2006-01-02 15:04", "2026-03-"+clock)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, tt := range []struct {
		name            string
		job             persona.Job
		down, up, until string // days of March 2026
		want            int    // runs from up to until
		restarts        bool
		restored        bool // the journal: it does not know what was done while it was away
	}{
		{name: "a restart at the wrong moment", job: persona.Job{Cron: "0 9 * * *", Missed: "skip"},
			down: "02 08:59", up: "02 09:05", until: "02 12:00", want: 1},
		{name: "a restart that took too long", job: persona.Job{Cron: "0 9 * * *", Missed: "skip"},
			down: "02 08:59", up: "02 09:11", until: "02 12:00", want: 0},
		{name: "the latest that is not too late", job: persona.Job{Cron: "*/30 * * * *", Missed: "once", MaxLate: time.Hour},
			down: "02 09:10", up: "02 14:10", until: "02 14:25", want: 1},
		{name: "all too late", job: persona.Job{Cron: "0 9 * * *", Missed: "once", MaxLate: time.Hour},
			down: "02 08:10", up: "02 10:30", until: "02 12:00", want: 0},
		{name: "one day, not two", job: persona.Job{Cron: "0 9 * * *", Missed: "once"},
			down: "02 08:10", up: "04 20:10", until: "05 08:30", want: 1},
		{name: "the next is near", job: persona.Job{Cron: "0 9 * * *", Missed: "once"},
			down: "02 08:10", up: "05 08:10", until: "05 09:30", want: 1},
		{name: "made up for, then on as ever", job: persona.Job{Cron: "0 9,18 * * *", Missed: "once"},
			down: "02 08:10", up: "02 11:00", until: "02 19:00", want: 2},
		{name: "not twice within minutes", job: persona.Job{Cron: "0 9,18 * * *", Missed: "once"},
			down: "02 08:10", up: "02 17:58", until: "02 19:00", want: 1},
		{name: "nor with restarts", job: persona.Job{Cron: "0 9,18 * * *", Missed: "once"},
			down: "02 08:10", up: "02 17:58", until: "02 19:00", want: 1, restarts: true},
		{name: "too late when the night ends", job: persona.Job{Cron: "0 18 * * *", Missed: "once", MaxLate: 6 * time.Hour},
			down: "02 17:30", up: "02 23:30", until: "03 10:00", want: 0},
		{name: "not too late when the night ends", job: persona.Job{Cron: "0 18 * * *", Missed: "once"},
			down: "02 17:30", up: "02 23:30", until: "03 10:00", want: 1},
		{name: "an older journal, at the wrong moment", job: persona.Job{Cron: "0 9 * * *", Missed: "skip"},
			down: "02 08:59", up: "02 09:05", until: "02 12:00", want: 0, restored: true},
		{name: "an older journal makes up for nothing", job: persona.Job{Cron: "0 9 * * *", Missed: "once"},
			down: "02 08:10", up: "02 11:00", until: "03 08:30", want: 0, restored: true},
		{name: "and goes on as ever", job: persona.Job{Cron: "0 9 * * *", Missed: "once"},
			down: "02 08:10", up: "02 11:00", until: "03 10:00", want: 1, restored: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.persona.Schedule["post"] = tt.job
			w.live(w.jobs(planner.NewOffline()), at(tt.down).Sub(w.Now()))
			before := w.runs("post")
			w.Advance(at(tt.up).Sub(w.Now()))
			if tt.restored {
				caution := state.Caution{Why: "the journal was restored", Since: w.Now(), Until: w.Now().Add(24 * time.Hour)}
				if err := w.store.SetCaution(caution); err != nil {
					t.Fatal(err)
				}
			}
			for tt.restarts && w.Now().Before(at(tt.until)) {
				w.live(w.jobs(planner.NewOffline()), time.Minute)
			}
			w.live(w.jobs(planner.NewOffline()), at(tt.until).Sub(w.Now()))
			if n := w.runs("post") - before; n != tt.want {
				t.Errorf("%d runs, want %d:\n%s", n, tt.want, w.log)
			}
		})
	}
}

// TestRun_SleptIntoTheNight: a run that is due just before the quiet hours and
// cannot begin in time is skipped, and does not wait for the morning.
func TestRun_SleptIntoTheNight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona.Schedule["post"] = persona.Job{Cron: "55 22 * * *", Missed: "skip"}
	w.Advance(14*time.Hour + 50*time.Minute)
	shift := time.Duration(0)
	j := w.jobs(planner.NewOffline())
	j.Now = func() time.Time {
		if w.Now().Hour() == 22 && w.Now().Minute() >= 54 {
			shift = 8 * time.Minute
		}
		return w.Now().Add(shift)
	}
	w.live(j, 12*time.Hour)
	if n := w.runs("post"); n != 0 {
		t.Errorf("%d runs, want none:\n%s", n, w.log)
	}
}

// TestRun_FirstRunsTakeNoSlot: what runs at once because it is new does not
// use up a slot of the schedule.
func TestRun_FirstRunsTakeNoSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona.Schedule["post"] = persona.Job{Cron: "0 9 * * *"}
	j := w.jobs(planner.NewOffline())
	j.Eager = time.Second
	w.live(j, 2*time.Hour)
	if n := w.runs("post"); n != 2 {
		t.Errorf("%d runs, want the first one and that of 09:00", n)
	}
}

// TestRun_Later: a job may keep to its schedule while the new ones are eager.
func TestRun_Later(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona.Schedule["post"] = persona.Job{Cron: "0 9 * * *"}
	j := w.jobs(planner.NewOffline())
	j.Eager, j.Later = time.Second, []string{"post"}
	w.live(j, 2*time.Hour)
	if n := w.runs("post"); n != 1 {
		t.Errorf("%d runs, want that of 09:00", n)
	}
}

// TestRun_JitterLongerThanTheGap: a run may be late by so much that the next
// slot has come, yet each slot has its run.
func TestRun_JitterLongerThanTheGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona.QuietHours = ""
	w.persona.Schedule["engage"] = persona.Job{Cron: "*/20 * * * *", Jitter: time.Hour}
	w.live(w.jobs(planner.NewOffline()), 10*time.Hour)
	if n := w.runs("engage"); n < 29 || n > 31 {
		t.Errorf("%d runs of 30 slots", n)
	}
}
