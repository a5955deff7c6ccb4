package jobs_test

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
)

// TestSoak lives through 20,000 runs on the virtual clock, a million in the
// long run (make long): goroutines, files and memory stay as they were.
func TestSoak(t *testing.T) {
	ticks := 20_000
	if testing.Short() {
		ticks = 4_000
	}
	if os.Getenv("IMAGINED_LONG") != "" {
		ticks = 1_000_000
	}
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 }) // its population would fill the memory that is measured
	w.persona.QuietHours = ""
	w.only()
	w.persona.Schedule["poll"], w.persona.Schedule["engage"] = persona.Job{Cron: "@every 5s"}, persona.Job{Cron: "@every 2h"}
	j := w.jobs(planner.NewOffline())
	j.Log = slog.New(slog.DiscardHandler)
	type sample struct {
		ticks, goroutines, files int
		heap                     uint64
	}
	var samples []sample
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	polls, next := 0, ticks/4
	began := w.Now()
	j.Sleep = func(ctx context.Context, d time.Duration) error {
		err := w.Sleep(ctx, d)
		if polls = int(w.Now().Sub(began) / (5 * time.Second)); polls >= next {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			samples = append(samples, sample{polls, runtime.NumGoroutine(), openFiles(t), m.HeapAlloc})
			next += ticks / 4
		}
		if polls >= ticks {
			stop()
		}
		return err
	}
	if err := j.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		t.Logf("%d ticks: %d goroutines, %d files, heap %d KiB", s.ticks, s.goroutines, s.files, s.heap>>10)
	}
	first, last := samples[1], samples[len(samples)-1] // what is made once, and caches, come first
	if last.goroutines > first.goroutines || last.files > first.files {
		t.Errorf("goroutines %d -> %d, files %d -> %d", first.goroutines, last.goroutines, first.files, last.files)
	}
	grown := int64(last.heap) - int64(first.heap)                                    //nolint:gosec // small
	if per := (grown - 512<<10) * 1000 / int64(last.ticks-first.ticks); per > 1024 { // what is being collected is half a MiB
		t.Errorf("the heap grows by %d bytes in 1,000 ticks", per)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0 // another system
	}
	return len(files)
}
