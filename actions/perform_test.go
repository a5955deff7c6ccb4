package actions_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

// TestSettle_WaitsForTheWindow: nothing is read before the window has passed,
// and a restart does not move it.
func TestSettle_WaitsForTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.LateApply, Rate: 1, Delay: time.Second})
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	w.sandbox.SetFaults()
	before := w.requests()
	for range 3 { // three restarts within the window
		w.Advance(settle/3 - time.Second)
		if _, err := w.performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.requests() - before; n != 0 {
		t.Errorf("%d requests within the settle window", n)
	}
	if next, _, _ := w.performer.NextSettle(); !next.Equal(e.SettleAt) {
		t.Errorf("next settlement at %s, want %s", next, e.SettleAt)
	}
	w.late.run() // the effect comes within the window
	w.Advance(3 * time.Second)
	if _, err := w.performer.SettleOpen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("%s after %d attempts", e.Status, e.Attempts)
	}
}

// TestSettle_WhatACrashLeaves: an intent is sent, a request that was on its way
// is read back, and an unreadable one is parked.
func TestSettle_WhatACrashLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan := func(a actions.Action, status state.Status) state.Entry {
		e, err := w.store.Plan(state.Entry{
			Kind: string(a.Kind), Target: a.Target, Key: a.Key(), Text: a.Text, PlannedAt: w.Now(), ServerAt: w.Now(),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if status == state.Sending {
			e.Status, e.Attempts, e.SettleAt = status, 1, w.Now().Add(settle)
			if e, err = w.store.Record(e, w.Now()); err != nil {
				t.Fatal(err)
			}
		}
		return e
	}
	intent := plan(actions.Action{Kind: actions.Like, Target: w.posts[0].ID}, state.Intent)
	sent := plan(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "It was on its way."}, state.Sending)
	unsent := plan(actions.Action{Kind: actions.Post, Text: "It never left."}, state.Sending)
	blind := plan(actions.Action{Kind: actions.Amplify, Target: w.posts[0].ID}, state.Sending)
	if _, err := w.client.CreateComment(t.Context(), w.posts[0].ID, apiclient.NewComment{Content: "It was on  its way."}); err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	for _, tt := range []struct {
		name     string
		entry    state.Entry
		want     state.Status
		attempts int
		op       string
		effects  int
	}{
		{"intent", intent, state.Done, 1, "likePost", 1},
		{"sent", sent, state.Done, 1, "createComment", 1},
		{"not sent", unsent, state.Done, 2, "createPost", 1},
		{"no read-back", blind, state.Parked, 1, "amplifyPost", 0},
	} {
		e := w.entry(tt.entry.ID)
		if e.Status != tt.want || e.Attempts != tt.attempts {
			t.Errorf("%s: %s after %d attempts, want %s after %d", tt.name, e.Status, e.Attempts, tt.want, tt.attempts)
		}
		if n := w.effects(tt.op); n != tt.effects {
			t.Errorf("%s: %d effects, want %d", tt.name, n, tt.effects)
		}
	}
}

func TestSettle_GivesUpAfterThreeAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.NotApplied, Rate: 1})
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Parked || e.Attempts != 3 {
		t.Errorf("%s after %d attempts, want parked after 3", e.Status, e.Attempts)
	}
	if taken, _ := w.store.Taken(e.Key); !taken {
		t.Error("a parked entry gave its key back")
	}
}

func TestSettle_TargetIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.do(actions.Action{Kind: actions.Post, Text: "Soon gone."})
	w.sandbox.SetFaults(sandbox.Fault{Op: "createComment", Kind: sandbox.NotApplied, Rate: 1})
	e := w.do(actions.Action{Kind: actions.Comment, Target: own.RemoteID, Text: "Still here?"})
	w.sandbox.SetFaults()
	w.remove(own.RemoteID)
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Parked || e.Attempts != 1 {
		t.Errorf("%s after %d attempts, want parked after 1: its post was deleted, and it cannot be told", e.Status, e.Attempts)
	}
}

// TestSettle_OneJobCannotStandForTwoStarts: two starts with the same prompt,
// one of which was lost without effect.
func TestSettle_OneJobCannotStandForTwoStarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	media := &state.Request{Provider: "OPENAI", Type: "image", Prompt: "the same fog"}
	w.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: sandbox.NotApplied, Rate: 1})
	lost := w.do(actions.Action{Kind: actions.Generate, Slot: "1", Media: media})
	w.sandbox.SetFaults()
	kept := w.do(actions.Action{Kind: actions.Generate, Slot: "2", Media: media})
	if lost.Status != state.Unknown || kept.Status != state.Intent {
		t.Fatalf("lost %s, kept %s", lost.Status, kept.Status)
	}
	w.settleAll()
	lost, kept = w.entry(lost.ID), w.entry(kept.ID)
	if lost.Status != state.Done || lost.Attempts != 2 || lost.RemoteID == kept.RemoteID {
		t.Errorf("lost start: %s after %d attempts as %s; the other is %s", lost.Status, lost.Attempts, lost.RemoteID, kept.RemoteID)
	}
	if n := w.effects("startGeneration"); n != 2 {
		t.Errorf("%d starts, want 2", n)
	}
}

// TestSettle_StartIsFoundByPrompt also when the job has completed meanwhile
// and left the pending list.
func TestSettle_StartIsFoundByPrompt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: sandbox.AppliedReset, Rate: 1})
	e := w.do(generation())
	w.sandbox.SetFaults()
	if wait := e.SettleAt.Sub(w.Now()); wait < 6*settle-time.Second {
		t.Errorf("a generation start waits %s, want 6 settle windows", wait)
	}
	w.settleAll()
	e = w.entry(e.ID)
	if e.Status != state.Done || e.Attempts != 1 || e.RemoteID == "" {
		t.Errorf("%s after %d attempts as %q", e.Status, e.Attempts, e.RemoteID)
	}
}

func TestDo_RetryGeneration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.FailGenerations = 1 })
	start := w.do(generation())
	w.Advance(10 * time.Minute)
	w.sandbox.SetFaults(sandbox.Fault{Op: "retryGeneration", Kind: sandbox.AppliedReset, Rate: 1})
	e := w.do(actions.Action{Kind: actions.RetryGeneration, Target: start.RemoteID, Slot: "1"})
	w.sandbox.SetFaults()
	if e.Status != state.Unknown {
		t.Fatalf("%s (%s), want unknown", e.Status, e.Error)
	}
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("%s after %d attempts (%s)", e.Status, e.Attempts, e.Error)
	}
	if n := w.effects("retryGeneration"); n != 1 {
		t.Errorf("%d retries, want 1", n)
	}
}

func TestDo_LimitsAndApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.performer.Persona.Limits["like"] = limit(1)
	w.performer.Persona.Approval = []string{"comment"}
	w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	over := w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID})
	if over.Status != state.Dropped || !strings.Contains(over.Error, "kind/like 1 an hour") {
		t.Errorf("over the limit: %s %q", over.Status, over.Error)
	}
	waits := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "May I?"})
	if waits.Status != state.Waiting {
		t.Errorf("needs approval: %s", waits.Status)
	}
	w.settleAll()
	if waits = w.entry(waits.ID); waits.Status != state.Dropped {
		t.Errorf("nobody approved: %s", waits.Status)
	}
	if n := w.effects("createComment"); n != 0 {
		t.Errorf("%d comments without approval", n)
	}
}

// TestDo_NoNetwork: what provably never left goes back to intent, counts as no
// attempt, and is sent once the network is back, or dropped when that takes
// too long.
func TestDo_NoNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	online := w.performer.Client
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	w.performer.Client = w.must(apiclient.New(apiclient.Config{BaseURL: "http://" + addr, ID: "x", Secret: "yyyyyyyy", Now: w.Now, Sleep: w.Sleep}))
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	if e.Status != state.Intent || e.Attempts != 0 || !e.NotBefore.After(w.Now()) {
		t.Fatalf("offline: %s, %d attempts, not before %s", e.Status, e.Attempts, e.NotBefore)
	}
	stale := w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID})
	w.performer.Client = online
	w.Advance(time.Minute)
	if _, err := w.performer.SettleOpen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("online: %s after %d attempts", e.Status, e.Attempts)
	}
	if stale = w.entry(stale.ID); stale.Status != state.Done {
		t.Errorf("online: %s", stale.Status)
	}
	w.performer.Client = w.must(apiclient.New(apiclient.Config{BaseURL: "http://" + addr, ID: "x", Secret: "yyyyyyyy", Now: w.Now, Sleep: w.Sleep}))
	e = w.do(actions.Action{Kind: actions.Like, Target: w.posts[2].ID})
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Dropped || e.Attempts != 0 {
		t.Errorf("offline for days: %s after %d attempts, want dropped", e.Status, e.Attempts)
	}
}

// TestDo_StopsInFlight: a call that is cut off by the end of the process is
// unknown, and after a cancelled ctx nothing is sent at all.
func TestDo_StopsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arrived, leave := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/auth/") {
			_, _ = rw.Write([]byte(`{"access_token":"iat_1","token_type":"Bearer","expires_in":3600}`))
			return
		}
		close(arrived)
		<-leave
	}))
	defer slow.Close()
	defer close(leave)
	w.performer.Client = w.must(apiclient.New(apiclient.Config{BaseURL: slow.URL, ID: "x", Secret: "yyyyyyyy", Now: w.Now, Sleep: w.Sleep}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	e, err := w.performer.Do(ctx, actions.Action{Kind: actions.Like, Target: "pst_1"})
	if err != nil || e.Status != state.Unknown {
		t.Errorf("cut off: %s, %v; want unknown", e.Status, err)
	}
	e, err = w.performer.Do(ctx, actions.Action{Kind: actions.Like, Target: "pst_2"})
	if err != nil || e.Status != state.Intent || e.Attempts != 0 {
		t.Errorf("after the end: %s after %d attempts, %v; want an intent", e.Status, e.Attempts, err)
	}
}

func TestDo_TooLongIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.do(actions.Action{Kind: actions.Post, Text: strings.Repeat("x", 501)})
	if e.Status != state.Refused || !strings.Contains(e.Error, "at most 500") || w.effects("createPost") != 0 {
		t.Errorf("%s: %s", e.Status, e.Error)
	}
}

func TestDo_JournalThatFailsSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_ = w.store.Close()
	before := w.requests()
	_, err := w.performer.Do(t.Context(), actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	if err == nil || errors.Is(err, state.ErrDuplicate) {
		t.Errorf("no error from a closed journal: %v", err)
	}
	if n := w.requests() - before; n != 0 {
		t.Errorf("%d requests without a durable intent", n)
	}
}

func TestAction_Key(t *testing.T) {
	t.Parallel()
	a := actions.Action{Kind: actions.Comment, Target: "pst_1", Text: "caf\u00e9  noir"}
	same := actions.Action{Kind: actions.Comment, Target: "pst_1", Text: "cafe\u0301 noir", Why: "else", Job: "other"}
	if a.Key() != same.Key() {
		t.Error("two spellings of one text have two keys")
	}
	for _, other := range []actions.Action{
		{Kind: actions.Comment, Target: "pst_2", Text: a.Text},
		{Kind: actions.Comment, Target: "pst_1", Text: "tea"},
		{Kind: actions.Post, Target: "pst_1", Text: a.Text},
		{Kind: actions.Comment, Target: "pst_1", Text: a.Text, Slot: "2"},
	} {
		if a.Key() == other.Key() {
			t.Errorf("%+v has the key of another action", other)
		}
	}
	if kinds := actions.Kinds(); !slices.Contains(kinds, actions.Like) || !slices.IsSorted(kinds) {
		t.Errorf("kinds %v", kinds)
	}
}
