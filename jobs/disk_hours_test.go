package jobs_test

import (
	"context"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/planner"
)

// alone runs the test once more in a process of its own, whose files it may
// limit. It reports whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	const mark = "IMAGINED_TEST_ALONE"
	if os.Getenv(mark) != "" {
		return true
	}
	t.Parallel()
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// fileLimit is how far files may be written from now on.
func fileLimit(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(n, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}

// TestF12_FullForHours: that the disk is full is said once and shown for as long
// as it is, also when no run is due meanwhile; then work goes on.
func TestF12_FullForHours(t *testing.T) {
	if !alone(t) {
		return
	}
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	w.live(j, 10*time.Minute)
	full := w.Now().Add(2 * time.Hour)
	end := full.Add(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var well []jobs.Health
	j.Sleep = func(ctx context.Context, d time.Duration) error {
		switch now := w.Now(); {
		case !now.Before(end):
			stop()
		case !now.Before(full):
			fileLimit(t, math.MaxInt64)
		default: // the jobs are placed
			fileLimit(t, 4096)
			if now.Before(full.Add(-90*time.Minute)) || !j.Health().Healthy && j.Alive() {
				break
			}
			well = append(well, j.Health())
		}
		return w.Sleep(ctx, d)
	}
	if err := j.Run(ctx); err != nil {
		t.Fatal(err)
	}
	log := w.log.String()
	if no, yes := strings.Count(log, "cannot be written"), strings.Count(log, "can be written again"); no != 1 || yes != 1 {
		t.Errorf("said %d times that the disk is full and %d times that it is not, want once each:\n%s", no, yes, log)
	}
	if len(well) > 0 {
		t.Errorf("%d times healthy or stuck on a full disk: %+v", len(well), well[0])
	}
	if n := w.runs("engage"); n < 1 || !j.Health().Healthy {
		t.Errorf("%d runs when there was room again, %s", n, j.Health().Why)
	}
}
