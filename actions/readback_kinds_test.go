package actions_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/sandbox"
	"imagined/state"
)

// lists matches the paths of the contract's lists.
var lists = func() *regexp.Regexp {
	var all []string
	for _, op := range contract.Operations {
		if strings.HasPrefix(op.ID, "list") {
			all = append(all, regexp.MustCompile(`\{\w+\}`).ReplaceAllString(op.Path, `[^/]+`))
		}
	}
	return regexp.MustCompile("^(" + strings.Join(all, "|") + ")$")
}()

// TestReadBack_404OfEveryList is an error of the platform, not a verdict: no
// kind is sent again, or given up, because of it.
func TestReadBack_404OfEveryList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := false
	w.meddle(func(r *http.Request, resp *http.Response) {
		if broken && r.Method == http.MethodGet && lists.MatchString(r.URL.Path) {
			resp.StatusCode = http.StatusNotFound
		}
	})
	for _, tt := range w.every() {
		mend := w.strike(tt.Op, sandbox.AppliedReset)
		e := w.do(tt.Action)
		mend()
		if e.Status != state.Unknown || repeatable(tt.Kind) {
			w.settleAll()
			continue
		}
		broken = true
		w.Advance(11 * settle)
		if _, err := w.performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		broken = false
		if e = w.entry(e.ID); e.Status != state.Unknown && e.Status != state.Done {
			t.Errorf("%s: %s (%s), want unknown still", tt.Kind, e.Status, e.Error)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 || tt.Count(w.sandbox.Effects()) != 1 {
			t.Errorf("%s: %s after %d attempts (%s)", tt.Kind, e.Status, e.Attempts, e.Error)
		}
	}
}

// TestReadBack_BadLists: reads that lag and cursors that go round lead to no
// second effect, and to an end.
func TestReadBack_BadLists(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{
		{Op: "*", Kind: sandbox.Stale, Rate: 1, Delay: settle / 2},
		{Op: "*", Kind: sandbox.LoopingCursor, Rate: 1},
	} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, tt := range w.every() {
				w.sandbox.SetFaults(sandbox.Fault{Op: tt.Op, Kind: sandbox.AppliedReset, Rate: 1}, fault)
				e := w.do(tt.Action)
				w.sandbox.SetFaults(fault)
				w.settleAll()
				w.sandbox.SetFaults()
				e = w.entry(e.ID)
				op, _ := contract.Lookup(tt.Op)
				n := tt.Count(w.sandbox.Effects())
				switch {
				case op.Repeat == contract.RepeatHarmless && !unreadable(tt.Kind):
					if e.Status != state.Done {
						t.Errorf("%s: %s (%s), want done", tt.Kind, e.Status, e.Error)
					}
				case n != 1 || e.Status != state.Done && e.Status != state.Parked:
					t.Errorf("%s: %s after %d attempts (%s), %d effects", tt.Kind, e.Status, e.Attempts, e.Error, n)
				case fault.Kind == sandbox.Stale && e.Status != state.Done && !unreadable(tt.Kind):
					t.Errorf("%s: %s (%s), want done: the lists lag less than a settle window", tt.Kind, e.Status, e.Error)
				}
			}
		})
	}
}

// TestReadBack_TargetIsGone: what was to be done to something that is gone
// cannot be told; what was to be taken back from it is taken back.
func TestReadBack_TargetIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func() string {
		return w.do(actions.Action{Kind: actions.Post, Text: "Soon gone.", Slot: w.Now().String()}).RemoteID
	}
	clip := w.every(actions.DeleteByte)[0].Action.Target
	for _, tt := range []struct {
		action actions.Action
		before []actions.Kind // done to it first
		want   state.Status
	}{
		{actions.Action{Kind: actions.Like}, nil, state.Parked},
		{actions.Action{Kind: actions.Comment, Text: "Still here?"}, nil, state.Parked},
		{actions.Action{Kind: actions.Repost}, nil, state.Parked},
		{actions.Action{Kind: actions.Quote, Text: "Look."}, nil, state.Parked},
		{actions.Action{Kind: actions.Unlike}, []actions.Kind{actions.Like}, state.Done},
		{actions.Action{Kind: actions.UndoRepost}, []actions.Kind{actions.Repost}, state.Done},
		{actions.Action{Kind: actions.DeletePost}, nil, state.Done},
		{actions.Action{Kind: actions.DeleteComment, Slot: "cmt_1"}, nil, state.Done},
		{actions.Action{Kind: actions.CommentByte, Target: clip, Text: "Still here?"}, nil, state.Parked},
	} {
		if tt.action.Target == "" {
			w.Advance(time.Hour)
			tt.action.Target = post()
		}
		for _, k := range tt.before {
			w.do(actions.Action{Kind: k, Target: tt.action.Target})
		}
		mend := w.strike(actions.Operation(tt.action.Kind), sandbox.NotApplied)
		e := w.do(tt.action)
		mend()
		var err error
		if tt.action.Target == clip {
			err = w.client.DeleteByte(t.Context(), clip)
		} else {
			err = w.client.DeletePost(t.Context(), tt.action.Target)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != tt.want || e.Attempts != 1 {
			t.Errorf("%s: %s after %d attempts (%s), want %s after 1", tt.action.Kind, e.Status, e.Attempts, e.Error, tt.want)
		}
	}
}

// TestReadBack_RepostsAndQuotes stand in one list, and are not taken for each
// other, nor for another writer's when their ids were lost.
func TestReadBack_RepostsAndQuotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kinds := []actions.Action{
		{Kind: actions.Quote, Target: w.posts[0].ID, Text: "Look at the left edge."},
		{Kind: actions.Repost, Target: w.posts[0].ID},
		{Kind: actions.Repost, Target: w.posts[1].ID},
		{Kind: actions.Quote, Target: w.posts[1].ID, Text: "And at the right one."},
		{Kind: actions.Quote, Target: w.posts[1].ID, Text: "And at the left one."},
	}
	for i, a := range kinds {
		// The first answer of each pair is unreadable, the other ones are lost without effect.
		kind := sandbox.NotApplied
		if i%2 == 0 {
			kind = sandbox.Truncated
		}
		mend := w.strike(actions.Operation(a.Kind), kind)
		e := w.do(a)
		mend()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1+i%2 {
			t.Errorf("%d: %s: %s after %d attempts (%s)", i, a.Kind, e.Status, e.Attempts, e.Error)
		}
	}
	if n := w.effects("repostPost") + w.effects("quotePost"); n != len(kinds) {
		t.Errorf("%d effects, want %d", n, len(kinds))
	}
	if hold, held, _ := w.store.Held("like"); held {
		t.Errorf("own items were taken for another writer's: %s", hold.Why)
	}
}

// TestReadBack_NotSignedIn: where the platform forgets who asks, "not liked"
// means nothing.
func TestReadBack_NotSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unlike := w.every(actions.Unlike)[0]
	like := w.every(actions.Like)[0]
	w.meddle(func(r *http.Request, resp *http.Response) {
		if r.Method == http.MethodGet && regexp.MustCompile(`^/api/posts/[^/]+$`).MatchString(r.URL.Path) {
			replace(t, resp, `"isLiked":true`, `"isLiked":false`)
		}
	})
	mend := w.strike("likePost", sandbox.AppliedReset)
	e := w.do(like.Action)
	mend()
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("like: %s after %d attempts (%s)", e.Status, e.Attempts, e.Error)
	}
	mend = w.strike("unlikePost", sandbox.NotApplied)
	e = w.do(unlike.Action)
	mend()
	w.settleAll()
	if n := unlike.Count(w.sandbox.Effects()); n != 1 {
		t.Errorf("unlike: %s with %d effects", w.entry(e.ID).Status, n)
	}
}

// TestReadBack_OrderSteps: a later state proves an earlier step, and an
// earlier round does not prove a later one.
func TestReadBack_OrderSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deliver := w.every(actions.Deliver)[0].Action
	lost := func(a actions.Action, kind sandbox.FaultKind) state.Entry {
		mend := w.strike("updateOrder", kind)
		defer mend()
		return w.do(a)
	}
	luma := func(order, step string) {
		if _, err := w.town.Luma.UpdateOrder(t.Context(), order, apiclient.OrderUpdate{Action: step}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(name string, e state.Entry, attempts int) {
		t.Helper()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != attempts {
			t.Errorf("%s: %s after %d attempts (%s), want done after %d", name, e.Status, e.Attempts, e.Error, attempts)
		}
	}
	first := lost(deliver, sandbox.AppliedReset)
	luma(deliver.Target, "request_revision")
	check("delivered, then sent back", first, 1)

	deliver.Text = "https://nova.example.com/port-2.png"
	check("second delivery, not applied", lost(deliver, sandbox.NotApplied), 2)

	revise := w.every(actions.RequestRevision)[0].Action
	again := lost(revise, sandbox.AppliedReset)
	w.Advance(10 * time.Second)
	luma(revise.Target, "deliver")
	check("sent back, then delivered again", again, 1)

	revise = w.every(actions.RequestRevision)[0].Action
	check("sent back, not applied", lost(revise, sandbox.NotApplied), 2)

	revise.Target = w.every(actions.Dispute)[0].Action.Target // an order that luma works on
	luma(revise.Target, "deliver")
	check("delivered in this very second, sent back, not applied", lost(revise, sandbox.NotApplied), 2)

	start := w.every(actions.StartOrder)[0].Action
	begun := lost(start, sandbox.AppliedReset)
	if _, err := w.client.UpdateOrder(t.Context(), start.Target, apiclient.OrderUpdate{Action: "deliver"}); err != nil {
		t.Fatal(err)
	}
	check("started, then delivered", begun, 1)
}

// TestReadBack_SameWordsBefore: the first message of this text was said long
// ago, past the program; it does not stand for a new one.
func TestReadBack_SameWordsBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.every(actions.FirstMessage)[0].Action
	c, err := w.client.StartConversation(t.Context(), apiclient.NewConversation{Participant: apiclient.Handle(a.Target), Message: a.Text})
	if err != nil {
		t.Fatal(err)
	}
	mend := w.strike("startConversation", sandbox.NotApplied)
	e := w.do(a)
	mend()
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 2 || e.RemoteID == c.LastMessage.ID {
		t.Errorf("%s after %d attempts as %s", e.Status, e.Attempts, e.RemoteID)
	}
	mend = w.strike("sendMessage", sandbox.NotApplied)
	e = w.do(actions.Action{Kind: actions.Message, Target: c.ID, Text: a.Text})
	mend()
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 2 {
		t.Errorf("the same words in the conversation: %s after %d attempts", e.Status, e.Attempts)
	}
}

// TestReadBack_ReadMarksSpareTheNew: what came after the intent is not marked
// as read unseen.
func TestReadBack_ReadMarksSpareTheNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.every(actions.ReadConversation)[0].Action
	mend := w.strike("markConversationRead", sandbox.AppliedReset)
	e := w.do(a)
	mend()
	w.Advance(10 * time.Second)
	if _, err := w.town.Luma.SendMessage(t.Context(), a.Target, apiclient.NewMessage{Content: "And one more thing."}); err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("%s after %d attempts", e.Status, e.Attempts)
	}
	if n, err := w.client.UnreadMessages(t.Context()); err != nil || n != 1 {
		t.Errorf("%d unread messages, %v; want 1", n, err)
	}
}
