package actions_test

import (
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/sandbox"
	"imagined/state"
)

// nothingMade are the kinds whose answer has no id that is worth keeping.
func madeSomething(k actions.Kind) bool {
	switch k {
	case actions.Comment, actions.Reply, actions.Post, actions.Repost, actions.Quote, actions.Byte, actions.CommentByte,
		actions.FirstMessage, actions.Message, actions.Generate, actions.UploadImage, actions.UploadVideo, actions.CreateService,
		actions.Order, actions.OrderMessage, actions.Review, actions.ConnectService, actions.Report:
		return true
	}
	return false
}

// unreadable are the kinds of which nothing shows whether they were done: a
// lost answer parks them.
func unreadable(k actions.Kind) bool {
	switch k {
	case actions.Amplify, actions.Unamplify, actions.View, actions.Report:
		return true
	}
	return false
}

// repeatable are the kinds that do no harm when they are done again, and of
// which nothing shows whether they were: a lost answer has them sent again.
func repeatable(k actions.Kind) bool {
	switch k {
	case actions.Avatar, actions.SetupPayments, actions.TestConnection:
		return true
	}
	return false
}

// single are the kinds that are never sent a second time.
func single(k actions.Kind) bool { return k == actions.Order }

// TestDo_EveryKindOnce: done with one effect, and dropped when it is wanted
// again.
func TestDo_EveryKindOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range w.every() {
		e := w.do(tt.Action)
		if e.Status != state.Done || e.Attempts != 1 || e.DoneAt.IsZero() {
			t.Errorf("%s: %s after %d attempts (%s)", tt.Kind, e.Status, e.Attempts, e.Error)
		}
		if made := madeSomething(tt.Kind); made != (e.RemoteID != "") {
			t.Errorf("%s: remote id %q", tt.Kind, e.RemoteID)
		}
		again := w.do(tt.Action)
		if again.Status != state.Dropped || !strings.Contains(again.Error, "already acted on") {
			t.Errorf("%s again: %s %s", tt.Kind, again.Status, again.Error)
		}
		if n := tt.Count(w.sandbox.Effects()); n != 1 {
			t.Errorf("%s: %d effects, want 1", tt.Kind, n)
		}
	}
	if hold, held, _ := w.store.Held("like"); held {
		t.Errorf("own items were taken for another writer's: %s", hold.Why)
	}
}

// TestDo_Faults makes every kind meet every fault: one effect, a known end.
func TestDo_Faults(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name     string
		kind     sandbox.FaultKind
		at       state.Status // after the first attempt
		attempts int          // in the end
		lost     bool         // the answer was, and with it what only the answer shows
		applied  bool         // the first attempt took effect
	}{
		{"F1 applied, then reset", sandbox.AppliedReset, state.Unknown, 1, true, true},
		{"F2 applied, then 503", sandbox.AppliedError, state.Unknown, 1, true, true},
		{"F3 not applied, 503", sandbox.NotApplied, state.Unknown, 2, true, false},
		{"F4 reset, applied late", sandbox.LateApply, state.Unknown, 1, true, true},
		{"F5 truncated answer", sandbox.Truncated, state.Done, 1, false, true},
		{"F5 HTML answer", sandbox.HTML, state.Done, 1, false, true},
		{"F7 token expired", sandbox.Expired, state.Intent, 1, false, false},
		{"F8 429", sandbox.TooMany, state.Intent, 1, false, false},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, tt := range w.every() {
				w.sandbox.SetFaults(sandbox.Fault{Op: tt.Op, Kind: fault.kind, Rate: 1, Delay: time.Second})
				e := w.do(tt.Action)
				w.sandbox.SetFaults()
				at, end, attempts, effects := fault.at, state.Done, fault.attempts, 1
				switch {
				case fault.lost && unreadable(tt.Kind):
					at, end, attempts, effects = state.Parked, state.Parked, 1, btoi(fault.applied)
				case fault.lost && single(tt.Kind) && !fault.applied:
					end, attempts, effects = state.Parked, 1, 0
				case fault.lost && repeatable(tt.Kind):
					attempts, effects = 2, 1+btoi(fault.applied)
				case fault.at == state.Done && answered(tt.Kind):
					at, attempts, effects = state.Unknown, 2, 2
				}
				if e.Status != at {
					t.Errorf("%s: %s after the fault, want %s (%s)", tt.Kind, e.Status, at, e.Error)
				}
				w.late.run()
				w.settleAll()
				e = w.entry(e.ID)
				if e.Status != end || e.Attempts != attempts {
					t.Errorf("%s: %s after %d attempts, want %s after %d (%s)", tt.Kind, e.Status, e.Attempts, end, attempts, e.Error)
				}
				if n := tt.Count(w.sandbox.Effects()); n != effects {
					t.Errorf("%s: %d effects, want %d", tt.Kind, n, effects)
				}
			}
			if hold, held, _ := w.store.Held("like"); held {
				t.Errorf("own items were taken for another writer's: %s", hold.Why)
			}
		})
	}
}

// answered are the repeatable kinds whose point is the answer: one that cannot
// be read is asked for again.
func answered(k actions.Kind) bool {
	return k == actions.SetupPayments || k == actions.TestConnection
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
