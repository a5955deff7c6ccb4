package actions_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/state"
)

// waits plans a comment that waits for a person.
func (w *world) waits(text string) state.Entry {
	w.t.Helper()
	w.performer.Persona.Approval = []string{"comment"}
	e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: text})
	if e.Status != state.Waiting {
		w.t.Fatalf("it is %s", e.Status)
	}
	return e
}

func (w *world) settle() {
	w.t.Helper()
	if _, err := w.performer.SettleOpen(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// TestApprove_TheBytesThatWereSeen: an approval of other bytes leaves the entry
// waiting, and everything that is sent is part of the hash.
func TestApprove_TheBytesThatWereSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.waits("May I?")
	for name, change := range map[string]func(*state.Entry){
		"kind":   func(e *state.Entry) { e.Kind = "reply" },
		"target": func(e *state.Entry) { e.Target = "pst_other" },
		"slot":   func(e *state.Entry) { e.Slot = "cmt_other" },
		"text":   func(e *state.Entry) { e.Text = "May I? " },
		"body":   func(e *state.Entry) { e.Body = []byte(`{"amount":1}`) },
		"media":  func(e *state.Entry) { e.Media = &state.Request{Prompt: "a crown"} },
	} {
		other := e
		change(&other)
		if actions.Hash(other) == actions.Hash(e) {
			t.Errorf("another %s has the same hash", name)
		}
		if _, err := actions.Approve(w.store, e.ID, actions.Hash(other), w.Now()); !errors.Is(err, actions.ErrOtherBytes) {
			t.Errorf("another %s was approved: %v", name, err)
		}
	}
	if _, err := actions.Approve(w.store, e.ID, "", w.Now()); !errors.Is(err, actions.ErrOtherBytes) {
		t.Errorf("approved without a hash: %v", err)
	}
	w.settle()
	if n := w.effects("createComment"); n != 0 || w.entry(e.ID).Status != state.Waiting {
		t.Errorf("%d comments, the entry is %s", n, w.entry(e.ID).Status)
	}
	if _, err := actions.Approve(w.store, e.ID, actions.Hash(e), w.Now()); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n := w.effects("createComment"); n != 1 || w.entry(e.ID).Status != state.Done {
		t.Errorf("%d comments, the entry is %s", n, w.entry(e.ID).Status)
	}
	if _, err := actions.Approve(w.store, e.ID, actions.Hash(e), w.Now()); !errors.Is(err, state.ErrEnded) {
		t.Errorf("approved twice: %v", err)
	}
}

// TestApprove_Expires: nobody answers for a day; then no approval helps, and the
// entry is dropped. One that is approved in the last minute has its whole time.
func TestApprove_Expires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late, last := w.waits("Late?"), w.waits("At the last minute?")
	if want := late.PlannedAt.Add(24 * time.Hour); !actions.Expires(late).Equal(want) {
		t.Errorf("expires %s, want %s", actions.Expires(late), want)
	}
	w.Advance(24*time.Hour - time.Minute)
	if _, err := actions.Approve(w.store, last.ID, actions.Hash(last), w.Now()); err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Hour) // the persona was not there
	_, err := actions.Approve(w.store, late.ID, actions.Hash(late), w.Now())
	if !errors.Is(err, state.ErrEnded) || !strings.Contains(err.Error(), "waited for more than 24h") {
		t.Errorf("approved after its time: %v", err)
	}
	w.settle()
	if e := w.entry(late.ID); e.Status != state.Dropped || e.Error != "nobody approved it in time" {
		t.Errorf("late: %s %q", e.Status, e.Error)
	}
	if e := w.entry(last.ID); e.Status != state.Done {
		t.Errorf("at the last minute: %s %q", e.Status, e.Error)
	}
}

// TestApprove_NothingElseWaits: while a comment waits, the persona goes on.
func TestApprove_NothingElseWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.waits("May I?")
	like := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	post := w.do(actions.Action{Kind: actions.Post, Text: "Ink first, doubts later."})
	if like.Status != state.Done || post.Status != state.Done {
		t.Errorf("like %s, post %s", like.Status, post.Status)
	}
	if _, err := actions.Reject(w.store, e.ID, "not today", w.Now()); err != nil {
		t.Fatal(err)
	}
	if e = w.entry(e.ID); e.Status != state.Dropped || !strings.Contains(e.Error, "not today") {
		t.Errorf("rejected: %s %q", e.Status, e.Error)
	}
}

// TestTakeBack counts at the platform what undo takes back, once.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		action actions.Action
		op     string
	}{
		{actions.Action{Kind: actions.Like, Target: w.posts[0].ID, Decision: 7}, "unlikePost"},
		{actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "The margin is the best part."}, "deleteComment"},
		{actions.Action{Kind: actions.Amplify, Target: w.posts[0].ID}, "removeAmplify"},
		{actions.Action{Kind: actions.Post, Text: "Ink first, doubts later."}, "deletePost"},
		{actions.Action{Kind: actions.Follow, Target: string(w.posts[0].Agent.Handle)}, "unfollowAgent"},
	}
	for _, tt := range tests {
		e := w.do(tt.action)
		if e.Status != state.Done {
			t.Fatalf("%s is %s: %s", e.Kind, e.Status, e.Error)
		}
		var by [2]state.Entry
		for i := range by {
			var err error
			if by[i], err = actions.TakeBack(w.store, e.ID, w.Now()); err != nil {
				t.Fatalf("%s: %v", e.Kind, err)
			}
			w.settle()
		}
		if by[0].ID != by[1].ID || by[0].Job != "undo" {
			t.Errorf("%s is taken back by entries %d and %d of %q", e.Kind, by[0].ID, by[1].ID, by[0].Job)
		}
		if n := w.effects(tt.op); n != 1 {
			t.Errorf("%d %s, want 1", n, tt.op)
		}
	}
	w.performer.Persona.Limits["unlike"] = limit(1) // one has been spent
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID})
	if _, err := actions.TakeBack(w.store, e.ID, w.Now()); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n := w.effects("unlikePost"); n != 1 {
		t.Errorf("%d unlikes above the limit of one", n)
	}
}

// TestTakeBack_BeforeItIsSent: what waits or could not be sent is dropped.
func TestTakeBack_BeforeItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.waits("May I?")
	for range 2 {
		if got, err := actions.TakeBack(w.store, e.ID, w.Now()); err != nil || got.ID != e.ID || got.Status != state.Dropped {
			t.Errorf("%+v, %v", got, err)
		}
	}
	w.settle()
	if n := w.effects("createComment"); n != 0 {
		t.Errorf("%d comments", n)
	}
}

// TestTakeBack_Stands says why what stands does.
func TestTakeBack_Stands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name  string
		entry state.Entry
		end   state.Status
		says  string
	}{
		{"dropped", state.Entry{Kind: "like", Target: "p1"}, state.Dropped, "no effect"},
		{"refused", state.Entry{Kind: "like", Target: "p2"}, state.Refused, "no effect"},
		{"parked", state.Entry{Kind: "like", Target: "p3"}, state.Parked, "imagined settle"},
		{"unknown", state.Entry{Kind: "like", Target: "p4"}, state.Unknown, "not known yet"},
		{"generation", state.Entry{Kind: "generate", Key: "g"}, state.Done, "nothing on the platform takes back a generate"},
		{"lost id", state.Entry{Kind: "post", Key: "p"}, state.Done, "id is not known"},
	}
	for _, tt := range tests {
		tt.entry.Key, tt.entry.PlannedAt = tt.name, w.Now()
		e, err := w.store.Plan(tt.entry, nil)
		if err != nil {
			t.Fatal(err)
		}
		e.Status = tt.end
		if e, err = w.store.Record(e, w.Now()); err != nil {
			t.Fatal(err)
		}
		var stands *actions.StandsError
		if _, err := actions.TakeBack(w.store, e.ID, w.Now()); !errors.As(err, &stands) || !strings.Contains(stands.Reason, tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := actions.TakeBack(w.store, 9999, w.Now()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("an entry that is not there: %v", err)
	}
}
