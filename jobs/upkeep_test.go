package jobs_test

import (
	"testing"
	"time"

	"imagined/jobs"
	"imagined/planner"
	"imagined/state"
)

// TestUpkeep_ClockSetWhileLiving: a journal is looked after every day, also
// when the clock was years ahead for a while, or is years behind now.
func TestUpkeep_ClockSetWhileLiving(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for _, tt := range []struct {
		name  string
		jumps []time.Duration
	}{
		{"ahead, and mended", []time.Duration{12 * year, 0}},
		{"back", []time.Duration{-12 * year}},
		{"back, and mended", []time.Duration{-12 * year, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			shift, folder := time.Duration(0), t.TempDir()
			j := w.jobs(planner.NewOffline())
			j.Now = func() time.Time { return w.Now().Add(shift) }
			j.Upkeep = jobs.Upkeep{Every: 24 * time.Hour, Folder: folder, Keep: 7}
			w.live(j, time.Hour)
			for _, shift = range tt.jumps {
				w.live(j, time.Hour)
			}
			before := j.Now()
			w.live(j, 26*time.Hour)
			shots, err := state.Snapshots(folder, "nova_test")
			if err != nil {
				t.Fatal(err)
			}
			fresh := 0
			for _, shot := range shots {
				if shot.At.After(before) && !shot.At.After(j.Now()) {
					fresh++
				}
			}
			if fresh < 1 || fresh > 2 {
				t.Errorf("%d snapshots in 26 hours, want 1 or 2: %v\n%s", fresh, shots, w.log)
			}
		})
	}
}
