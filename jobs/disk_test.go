package jobs_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagined/planner"
)

// TestRun_DiskFillsDuringARun: the disk counts as full until something could be
// written to it, also while nothing is due that would be written.
func TestRun_DiskFillsDuringARun(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	w := newWorld(t)
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	w.path = filepath.Join(small, "nova.db")
	w.open()
	j := w.jobs(planner.NewOffline())
	ballast := filepath.Join(small, "ballast")
	ctx, stop := context.WithCancel(t.Context())
	end := w.Now().Add(3 * time.Hour)
	j.Sleep = func(ctx context.Context, d time.Duration) error {
		if strings.Contains(w.log.String(), "msg=done") { // between two actions
			fill(ballast)
		}
		if !w.Now().Before(end) {
			stop()
		}
		return w.Sleep(ctx, d)
	}
	if err := j.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if log := w.log.String(); strings.Count(log, "the journal cannot be written") != 1 || strings.Contains(log, "can be written again") {
		t.Errorf("a disk that stays full:\n%s", log)
	}
	if h := j.Health(); h.Disk != "the disk is full" {
		t.Errorf("disk %q, %q", h.Disk, h.Why)
	}
	_ = os.Remove(ballast)
	w.live(j, 2*time.Hour)
	if h := j.Health(); !h.Healthy || !strings.Contains(w.log.String(), "can be written again") {
		t.Errorf("with room again: %q", h.Why)
	}
}

// fill writes to a file until the disk takes no more.
func fill(path string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	_ = f.Close()
}
