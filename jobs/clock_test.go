package jobs_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
)

// TestF10_ClockJumps: wherever the clock is set, no job runs as a burst, none
// runs twice for one slot, and all go on soon.
func TestF10_ClockJumps(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	jumps := []struct {
		name  string
		jumps []time.Duration
	}{
		{"an hour ahead", []time.Duration{time.Hour}},
		{"an hour back", []time.Duration{-time.Hour}},
		{"ten minutes of sleep", []time.Duration{10 * time.Minute}},
		{"three days of sleep", []time.Duration{72 * time.Hour}},
		{"to 1970", []time.Duration{-56 * year}},
		{"to 2038", []time.Duration{12 * year}},
		{"years ahead, and mended", []time.Duration{12 * year, -12 * year}},
		{"years back, and mended", []time.Duration{-20 * year, 20 * year}},
		{"back and forth by minutes", []time.Duration{-time.Minute, time.Minute, -20 * time.Minute, 20 * time.Minute, -time.Minute}},
	}
	for _, tt := range jumps {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.persona.Schedule["engage"] = persona.Job{Cron: "*/20 * * * *"}
			w.persona.QuietHours = ""
			shift := time.Duration(0)
			live := func(d time.Duration) (runs int) {
				t.Helper()
				before, _ := w.store.Job("engage")
				j := w.jobs(planner.NewOffline())
				j.Now = func() time.Time { return w.Now().Add(shift) }
				w.live(j, d)
				after, _ := w.store.Job("engage")
				return after.Runs - before.Runs
			}
			if n := live(time.Hour); n < 2 || n > 4 {
				t.Fatalf("%d runs in the first hour", n)
			}
			for _, d := range tt.jumps {
				shift += d
				// */20: 3 or 4 runs an hour, and after a step back up to an hour of none,
				// whose slots are over.
				least := 2
				if d < 0 && d > -24*time.Hour {
					least = 0
				}
				if n := live(time.Hour); n < least || n > 4 {
					t.Errorf("after a jump of %s: %d runs in an hour", d, n)
				}
			}
			if n := live(time.Hour); n < 2 || n > 4 {
				t.Errorf("in the end: %d runs in an hour", n)
			}
		})
	}
}

// TestF10_ClockSetWhileLiving: the same, without a restart.
func TestF10_ClockSetWhileLiving(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 72 * time.Hour, -40 * 365 * 24 * time.Hour, 12 * 365 * 24 * time.Hour} {
		w := newWorld(t)
		w.persona.Schedule["engage"] = persona.Job{Cron: "*/20 * * * *"}
		w.persona.QuietHours = ""
		shift, began := time.Duration(0), w.Now()
		j := w.jobs(planner.NewOffline())
		j.Now = func() time.Time {
			if w.Now().Sub(began) > 70*time.Minute {
				shift = jump
			}
			return w.Now().Add(shift)
		}
		w.live(j, 4*time.Hour)
		state, err := w.store.Job("engage")
		if err != nil {
			t.Fatal(err)
		}
		if state.Runs < 7 || state.Runs > 14 {
			t.Errorf("a jump of %s: %d runs in four hours", jump, state.Runs)
		}
	}
}

// TestDefaults_ThousandPersonas: in the busiest second of a week at most one in
// fifty default personas begins a job. Most of them are respond, which begins
// with one small read and mostly ends with it.
func TestDefaults_ThousandPersonas(t *testing.T) {
	long(t)
	t.Parallel()
	const many, most = 1000, 20
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 1))
	for _, handles := range []func(i int) string{
		func(i int) string { return fmt.Sprintf("agent_%04d", i) },
		func(int) string { return fmt.Sprintf("a%x", r.Uint64()) },
	} {
		busy := make(map[int64]int)
		for i := range many {
			who, err := persona.Parse("p.yaml", fmt.Appendf(nil, "handle: %s\nname: A\n", handles(i)))
			if err != nil {
				t.Fatal(err)
			}
			who.Schedule["poll"] = persona.Job{Cron: "off"} // makes no request while nothing is generated
			runs, err := jobs.Next(who, from, 80)           // a day of engage and more of the others
			if err != nil {
				t.Fatal(err)
			}
			for _, times := range runs {
				for _, at := range times {
					if at.Sub(from) < 7*24*time.Hour {
						busy[at.Unix()]++
					}
				}
			}
		}
		worst := 0
		for _, n := range busy {
			worst = max(worst, n)
		}
		t.Logf("%d of %d personas in the busiest second", worst, many)
		if worst > most {
			t.Errorf("%d personas begin a job in one second, want at most %d", worst, most)
		}
	}
}
