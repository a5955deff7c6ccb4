package actions_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

// nthFails lets one request fail: before it has left, or when it is done.
type nthFails struct {
	n     int
	after bool
	count int
}

var errWire = errors.New("the wire broke")

func (f *nthFails) RoundTrip(r *http.Request) (*http.Response, error) {
	f.count++
	if f.count != f.n {
		return http.DefaultTransport.RoundTrip(r)
	}
	if !f.after {
		return nil, errWire
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
	}
	return nil, errWire
}

// some is one action of a few kinds, whose ways differ.
func (w *world) some() []actions.Action {
	return []actions.Action{
		{Kind: actions.Like, Target: w.posts[0].ID},
		{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Said once."},
		{Kind: actions.Amplify, Target: w.posts[0].ID},
		{Kind: actions.Post, Text: "Morning light on wet paper."},
		generation(),
	}
}

// once holds the platform against the journal: nothing twice, and done exactly
// what is done there.
func (w *world) once(what string) {
	w.t.Helper()
	entries, err := w.store.Entries(state.Filter{}, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		n := w.effects(actions.Operation(actions.Kind(e.Kind)))
		switch {
		case e.Status.Open():
			w.t.Errorf("%s: %s is left %s", what, e.Kind, e.Status)
		case n > 1:
			w.t.Errorf("%s: %s took effect %d times", what, e.Kind, n)
		case e.Status == state.Done && n != 1:
			w.t.Errorf("%s: %s is done, with %d effects", what, e.Kind, n)
		case e.Status != state.Done && e.Status != state.Parked && n > 0:
			w.t.Errorf("%s: %s is %s, with %d effects", what, e.Kind, e.Status, n)
		}
	}
}

// TestF20_NthRequestFails lets every single request of a run fail, before and
// after it reached the platform.
func TestF20_NthRequestFails(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t)
			wire := &nthFails{n: n, after: after}
			w.performer.Client = w.must(apiclient.New(apiclient.Config{
				BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: wire,
			}))
			for _, a := range w.some() {
				w.do(a)
			}
			w.settleAll()
			w.once(fmt.Sprintf("request %d, after %t", n, after))
			if wire.count < n {
				t.Logf("%d requests failed, one at a time, after %t", n-1, after)
				break
			}
		}
	}
}

// TestF20_NthStepFails takes the journal away at every single step of a run:
// nothing more can be written, as when its disk has gone. Then the process
// begins again.
func TestF20_NthStepFails(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		w := newWorld(t)
		path := filepath.Join(t.TempDir(), "own.db")
		begin := func() {
			store, err := state.Open(path, "nova_test")
			if err != nil {
				t.Fatal(err)
			}
			w.store, w.performer.Store = store, store
		}
		begin()
		count := 0
		w.performer.Step = func(string) {
			if count++; count == n {
				_ = w.store.Close()
			}
		}
		w.sandbox.SetFaults(sandbox.Fault{Op: "*", Kind: sandbox.AppliedReset, Rate: 0.3}, sandbox.Fault{Op: "*", Kind: sandbox.NotApplied, Rate: 0.3})
		for _, a := range w.some() {
			before := len(w.sandbox.Effects())
			if _, err := w.performer.Do(t.Context(), a); err != nil {
				if made := len(w.sandbox.Effects()) - before; made > 1 {
					t.Errorf("step %d: %d effects of one action", n, made)
				}
				begin()
			}
		}
		w.sandbox.SetFaults()
		for range 100 {
			next, some, err := w.performer.NextSettle()
			if err != nil {
				begin()
				continue
			}
			if !some {
				break
			}
			w.Advance(max(next.Sub(w.Now()), 0) + time.Millisecond)
			if _, err := w.performer.SettleOpen(t.Context()); err != nil {
				begin()
			}
		}
		w.once(fmt.Sprintf("step %d", n))
		_ = w.store.Close()
		if count < n {
			t.Logf("the journal failed at %d steps, one at a time", n-1)
			break
		}
	}
}
