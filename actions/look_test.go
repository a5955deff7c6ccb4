package actions_test

import (
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

func (w *world) cautious() {
	w.t.Helper()
	c := state.Caution{Why: "the journal was restored", Since: w.Now(), Until: w.Now().Add(24 * time.Hour)}
	if err := w.store.SetCaution(c); err != nil {
		w.t.Fatal(err)
	}
}

// TestLook_Baseline: what looked like the effect before is not taken for it.
func TestLook_Baseline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fault  sandbox.FaultKind
		before int // own comments with the same words, that the journal does not know
		want   int
	}{
		{"none before, applied", sandbox.AppliedReset, 0, 1},
		{"one before, applied", sandbox.AppliedReset, 1, 2},
		{"one before, not applied", sandbox.NotApplied, 1, 2},
		{"two before, not applied", sandbox.NotApplied, 2, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			const text = "The same words."
			for range tt.before {
				if _, err := w.client.CreateComment(t.Context(), w.posts[0].ID, apiclient.NewComment{Content: text}); err != nil {
					t.Fatal(err)
				}
			}
			w.sandbox.SetFaults(sandbox.Fault{Op: "createComment", Kind: tt.fault, Rate: 1})
			e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: text})
			w.sandbox.SetFaults()
			w.settleAll()
			if e = w.entry(e.ID); e.Status != state.Done || len(e.Baseline) != tt.before {
				t.Errorf("%s with a baseline of %v: %s", e.Status, e.Baseline, e.Error)
			}
			if n := w.effects("createComment"); n != tt.want {
				t.Errorf("%d comments, want %d", n, tt.want)
			}
		})
	}
}

// TestCaution: while the journal may not know everything, nothing is done that
// may have been done before, and no money is spent.
func TestCaution(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.posts[0].ID
	if _, err := w.client.LikePost(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	made, err := w.client.CreateComment(t.Context(), post, apiclient.NewComment{Content: "Said before."})
	if err != nil {
		t.Fatal(err)
	}
	w.cautious()
	for _, tt := range []struct {
		action actions.Action
		status state.Status
		id     string
		says   string
	}{
		{actions.Action{Kind: actions.Like, Target: post}, state.Done, "", ""},
		{actions.Action{Kind: actions.Comment, Target: post, Text: "Said before."}, state.Done, made.ID, ""},
		{actions.Action{Kind: actions.Amplify, Target: post}, state.Dropped, "", "nothing shows whether it was done before"},
		{generation(), state.Dropped, "", "no money is spent"},
	} {
		e := w.do(tt.action)
		if e.Status != tt.status || e.Attempts != 0 || e.RemoteID != tt.id || !strings.Contains(e.Error, tt.says) {
			t.Errorf("%s: %s as %q after %d attempts: %s", tt.action.Kind, e.Status, e.RemoteID, e.Attempts, e.Error)
		}
	}
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID})
	if e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("a new like: %s after %d attempts", e.Status, e.Attempts)
	}
	w.Advance(25 * time.Hour)
	for _, op := range []string{"amplifyPost", "startGeneration"} {
		if n := w.effects(op); n != 0 {
			t.Errorf("%s: %d effects", op, n)
		}
	}
	if e := w.do(actions.Action{Kind: actions.Amplify, Target: w.posts[1].ID}); e.Status != state.Done {
		t.Errorf("a day later: %s %s", e.Status, e.Error)
	}
}

// TestCaution_OpenIntents: intents from before are not sent on trust either.
func TestCaution_OpenIntents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "amplifyPost", Kind: sandbox.TooMany, Rate: 1})
	e := w.do(actions.Action{Kind: actions.Amplify, Target: w.posts[0].ID})
	w.sandbox.SetFaults()
	w.cautious()
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Dropped || w.effects("amplifyPost") != 0 {
		t.Errorf("%s: %s", e.Status, e.Error)
	}
}

// TestHold: what is held is dropped with the reason, or waits when it was
// decided before.
func TestHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.TooMany, Rate: 1})
	waits := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	w.sandbox.SetFaults()
	if err := w.store.Hold(state.Hold{Kind: "like", Why: "a rest", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	if e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID}); e.Status != state.Dropped || e.Error != "held: a rest" {
		t.Errorf("%s %q", e.Status, e.Error)
	}
	if e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[1].ID, Text: "Still here."}); e.Status != state.Done {
		t.Errorf("another kind: %s %s", e.Status, e.Error)
	}
	for range 10 {
		w.Advance(5 * time.Minute)
		if _, err := w.performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		if next, some, err := w.performer.NextSettle(); err != nil || !some || !next.After(w.Now()) {
			t.Fatalf("next settlement %s %t %v: the loop would spin", next, some, err)
		}
	}
	if e := w.entry(waits.ID); e.Status != state.Intent || w.effects("likePost") != 0 {
		t.Errorf("held: %s", e.Status)
	}
	if err := actions.Resume(w.store, "", w.Now()); err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	if e := w.entry(waits.ID); e.Status != state.Done {
		t.Errorf("resumed: %s %s", e.Status, e.Error)
	}
}

// TestTwoWriters: an own item that the journal does not know stops all writing,
// until a person says that all is well.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	say := func(text string) state.Entry {
		return w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: text})
	}
	other := func(text string) {
		t.Helper()
		if _, err := w.client.CreateComment(t.Context(), w.posts[0].ID, apiclient.NewComment{Content: text}); err != nil {
			t.Fatal(err)
		}
	}
	other("From before the journal.")
	if e := say("One."); e.Status != state.Done {
		t.Fatalf("alone: %s %s", e.Status, e.Error)
	}
	w.Advance(time.Hour)
	if e := say("Two."); e.Status != state.Done {
		t.Fatalf("an older item counts: %s %s", e.Status, e.Error)
	}
	other("From another host.")
	e := say("Three.")
	if e.Status != state.Intent || e.Attempts != 0 {
		t.Errorf("with another writer: %s after %d attempts", e.Status, e.Attempts)
	}
	hold, held, err := w.store.Held("like")
	if err != nil || !held || !strings.Contains(hold.Why, "another writer") || !strings.Contains(hold.Why, "imagined resume") {
		t.Fatalf("held %t: %q, %v", held, hold.Why, err)
	}
	if e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID}); e.Status != state.Dropped || w.effects("likePost") != 0 {
		t.Errorf("a like meanwhile: %s", e.Status)
	}
	w.Advance(time.Hour)
	if err := actions.Resume(w.store, "", w.Now()); err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done {
		t.Errorf("after resume: %s %s", e.Status, e.Error)
	}
	w.Advance(time.Hour)
	other("Here again.")
	say("Four.")
	if _, held, _ := w.store.Held(""); !held {
		t.Error("the other writer is not noticed a second time")
	}
}

// TestTwoWriters_OwnAnswerLost: an item whose answer was lost is nobody else's.
func TestTwoWriters_OwnAnswerLost(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.FaultKind{sandbox.AppliedReset, sandbox.HTML, sandbox.LateApply} {
		w := newWorld(t)
		w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Before."})
		w.Advance(time.Hour)
		w.sandbox.SetFaults(sandbox.Fault{Op: "createComment", Kind: fault, Rate: 1})
		w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Lost on the way."})
		w.sandbox.SetFaults()
		w.late.run()
		if e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "After."}); e.Status != state.Done {
			t.Errorf("%s: %s %s", fault, e.Status, e.Error)
		}
		if _, held, _ := w.store.Held(""); held {
			t.Errorf("%s: its own comment was taken for another writer's", fault)
		}
	}
}

// TestLook_AlikeStarts: of two starts with the same prompt the second waits
// until the first is settled: nothing could tell their jobs apart.
func TestLook_AlikeStarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := func(slot string) state.Entry {
		return w.do(actions.Action{
			Kind: actions.Generate, Slot: slot, Media: &state.Request{Provider: "OPENAI", Type: "image", Prompt: "fog over a harbour"},
		})
	}
	w.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: sandbox.AppliedReset, Rate: 1})
	one, two := start("noon"), start("evening")
	if two.Status != state.Intent || two.Attempts != 0 {
		t.Errorf("the second is %s after %d attempts", two.Status, two.Attempts)
	}
	w.settleAll()
	one, two = w.entry(one.ID), w.entry(two.ID)
	if one.Status != state.Done || two.Status != state.Done || one.RemoteID == two.RemoteID {
		t.Errorf("%s %s, %s %s", one.Status, one.RemoteID, two.Status, two.RemoteID)
	}
	if n := w.effects("startGeneration"); n != 2 {
		t.Errorf("%d starts, want 2", n)
	}
}

// TestLook_Opposites: what takes an action back waits until that is settled, and
// so does what follows it: a request that is sent again comes in its turn.
func TestLook_Opposites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.posts[0].ID
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.NotApplied, Rate: 1})
	like := w.do(actions.Action{Kind: actions.Like, Target: post})
	w.sandbox.SetFaults()
	unlike := w.do(actions.Action{Kind: actions.Unlike, Target: post})
	if like.Status != state.Unknown || unlike.Status != state.Intent || unlike.Attempts != 0 {
		t.Errorf("like %s, unlike %s after %d attempts", like.Status, unlike.Status, unlike.Attempts)
	}
	w.settleAll()
	var ops []string
	for _, e := range w.sandbox.Effects() {
		if strings.HasSuffix(e.Op, "likePost") {
			ops = append(ops, e.Op)
		}
	}
	if got := strings.Join(ops, " "); got != "likePost unlikePost" {
		t.Errorf("effects: %s", got)
	}
	if like, unlike = w.entry(like.ID), w.entry(unlike.ID); like.Status != state.Done || unlike.Status != state.Done {
		t.Errorf("like %s, unlike %s", like.Status, unlike.Status)
	}
}

// TestLook_Successors: of two actions that set the same thing the later one
// waits until the earlier is settled: sent again after it, the earlier would
// bring back what the later one replaced.
func TestLook_Successors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rename := func(name string) state.Entry {
		return w.do(actions.Action{Kind: actions.Profile, Body: apiclient.ProfileUpdate{Name: &name}})
	}
	end := w.strike("updateProfile", sandbox.NotApplied)
	first := rename("Nova One")
	end()
	second := rename("Nova Two")
	w.settleAll()
	me, err := w.client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first, second = w.entry(first.ID), w.entry(second.ID); first.Status != state.Done || second.Status != state.Done || me.Name != "Nova Two" {
		t.Errorf("first %s, second %s, and the name is %q", first.Status, second.Status, me.Name)
	}
}

// TestTwoWriters_FirstLook: a stranger's item counts although it is the first
// own item that a read-back meets.
func TestTwoWriters_FirstLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	w.Advance(time.Hour)
	if _, err := w.client.CreateComment(t.Context(), w.posts[0].ID, apiclient.NewComment{Content: "From another host."}); err != nil {
		t.Fatal(err)
	}
	e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "One."})
	if _, held, _ := w.store.Held(""); !held || e.Status != state.Intent {
		t.Errorf("held %t, the comment is %s", held, e.Status)
	}
}

// TestTwoWriters_WhileGenerating: a generation under way may bring an own post
// that the journal does not know yet, but no comment.
func TestTwoWriters_WhileGenerating(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "One."})
	w.Advance(time.Hour)
	w.do(generation())
	if _, err := w.client.CreateComment(t.Context(), w.posts[0].ID, apiclient.NewComment{Content: "From another host."}); err != nil {
		t.Fatal(err)
	}
	w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Two."})
	if _, held, _ := w.store.Held(""); !held {
		t.Error("the other writer is not noticed")
	}
}

// TestF10_ClockSetBeforeTheIntent: a wall clock that is set after the platform
// has last told its time, or that is ahead when a person asks for something,
// hides no effect from the read-back.
func TestF10_ClockSetBeforeTheIntent(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 50 * 365 * 24 * time.Hour} {
		for _, kind := range []actions.Kind{actions.Comment, actions.Post, actions.FirstMessage, actions.Generate, actions.OrderMessage} {
			t.Run(jump.String()+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.every(kind)[0]
				var shift time.Duration
				w.performer.Now = func() time.Time { return w.Now().Add(shift) }
				var err error
				w.performer.Client, err = apiclient.New(apiclient.Config{BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.performer.Now, Sleep: w.Sleep})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.performer.Client.Me(t.Context()); err != nil {
					t.Fatal(err)
				}
				shift = jump
				op := actions.Operation(kind)
				before := w.effects(op)
				end := w.strike(op, sandbox.AppliedReset)
				var e state.Entry
				if kind == actions.OrderMessage {
					if e, err = actions.Ask(w.store, c.Action, w.performer.Now()); err != nil {
						t.Fatal(err)
					}
					if _, err := w.performer.SettleOpen(t.Context()); err != nil {
						t.Fatal(err)
					}
				} else {
					e = w.do(c.Action)
				}
				end()
				for range 20 {
					w.Advance(10 * settle)
					if _, err := w.performer.SettleOpen(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
					t.Errorf("%s after %d attempts: %s", e.Status, e.Attempts, e.Error)
				}
				if n := w.effects(op) - before; n != 1 {
					t.Errorf("%d effects", n)
				}
			})
		}
	}
}

// TestCaution_SecondAttempt: an intent that was sent once without effect is read
// back, too, before it is sent again from an older journal: that may have been
// done since.
func TestCaution_SecondAttempt(t *testing.T) {
	t.Parallel()
	for _, since := range []bool{true, false} {
		w := newWorld(t)
		const text = "The second try."
		end := w.strike("createComment", sandbox.NotApplied)
		e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: text})
		end()
		for e.Status == state.Unknown {
			w.Advance(settle)
			if _, err := w.performer.SettleOpen(t.Context()); err != nil {
				t.Fatal(err)
			}
			e = w.entry(e.ID)
		}
		if e.Status != state.Intent || e.Attempts != 1 {
			t.Fatalf("%s after %d attempts", e.Status, e.Attempts)
		}
		if since {
			if _, err := w.client.CreateComment(t.Context(), w.posts[0].ID, apiclient.NewComment{Content: text}); err != nil {
				t.Fatal(err)
			}
		}
		w.cautious()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || w.effects("createComment") != 1 {
			t.Errorf("done since %t: %s with %d effects: %s", since, e.Status, w.effects("createComment"), e.Error)
		}
	}
}
