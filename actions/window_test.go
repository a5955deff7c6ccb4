package actions_test

import (
	"testing"
	"time"

	"imagined/actions"
	"imagined/sandbox"
	"imagined/state"
)

// bootClock is a clock of the machine that a test moves by hand.
type bootClock struct {
	boot  string
	since time.Duration
}

func (c *bootClock) now() (string, time.Duration) { return c.boot, c.since }

// TestF10_BootClock: the settle window is measured on a clock that nobody can
// set, outlives restarts, and begins anew after a reboot.
func TestF10_BootClock(t *testing.T) {
	t.Parallel()
	const later = 365 * 24 * time.Hour
	type step struct {
		wall, boot time.Duration
		reboot     string
		reads      bool // the outcome is read back
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"the wall clock leaps ahead", []step{{wall: later, boot: settle - time.Second}, {boot: time.Second, reads: true}}},
		{"the wall clock leaps back", []step{{wall: -later, boot: settle - time.Second}, {boot: time.Second, reads: true}}},
		{"both go on", []step{{wall: settle, boot: settle, reads: true}}},
		{"restarts do not move it", []step{{boot: settle / 2}, {boot: settle/2 - 1}, {boot: 1, reads: true}}},
		{"a reboot begins it anew", []step{
			{boot: settle - 1}, {reboot: "second", boot: -settle}, {boot: settle - 1}, {boot: 1, reads: true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			clock := &bootClock{boot: "first", since: time.Hour}
			shift := time.Duration(0)
			w.performer.Boot = clock.now
			w.performer.Now = func() time.Time { return w.Now().Add(shift) }
			w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.AppliedReset, Rate: 1})
			e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
			w.sandbox.SetFaults()
			for i, s := range tt.steps {
				shift += s.wall
				clock.since += s.boot
				if s.reboot != "" {
					clock.boot = s.reboot
				}
				before := w.requests()
				if _, err := w.performer.SettleOpen(t.Context()); err != nil {
					t.Fatal(err)
				}
				if reads := w.requests() > before; reads != s.reads {
					t.Fatalf("step %d: read back %t, want %t", i, reads, s.reads)
				}
			}
			if e = w.entry(e.ID); e.Status != state.Done {
				t.Errorf("%s %s", e.Status, e.Error)
			}
		})
	}
}

func TestBootClock(t *testing.T) {
	t.Parallel()
	clock := actions.BootClock()
	if clock == nil {
		t.Skip("this system has none")
	}
	boot, before := clock()
	again, after := clock()
	if boot == "" || boot != again || before <= 0 || after < before {
		t.Errorf("boot %q %q, %s %s", boot, again, before, after)
	}
}
