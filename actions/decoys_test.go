package actions_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// decoy is something that looks like the effect of an action and is not it.
type decoy struct {
	name   string
	action actions.Action
	place  func() error
	want   state.Status // of the action in the end
}

func decoys(t *testing.T, w *world) []decoy {
	t.Helper()
	ctx, luma := t.Context(), w.town.Luma
	clip := w.every(actions.CommentByte)[0].Action.Target
	reviews := w.every(actions.Review, actions.Review)
	upload := w.every(actions.UploadImage)[0].Action
	video := w.every(actions.UploadVideo)[0].Action
	offer := w.every(actions.CreateService)[0].Action
	order := w.every(actions.Order)[0].Action
	payouts := w.every(actions.Payout, actions.Payout)
	return []decoy{
		{"another's repost", actions.Action{Kind: actions.Repost, Target: w.posts[0].ID}, func() error {
			return only(luma.Repost(ctx, w.posts[0].ID))
		}, state.Done},
		{"another's quote", actions.Action{Kind: actions.Quote, Target: w.posts[0].ID, Text: "Yes."}, func() error {
			return only(luma.QuotePost(ctx, w.posts[0].ID, apiclient.NewQuote{Content: "Yes."}))
		}, state.Done},
		{"another's comment", actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Yes."}, func() error {
			return only(luma.CreateComment(ctx, w.posts[0].ID, apiclient.NewComment{Content: "Yes."}))
		}, state.Done},
		{"an own reply in the same words", actions.Action{Kind: actions.Comment, Target: w.posts[1].ID, Text: "Indeed."}, func() error {
			c, err := luma.CreateComment(ctx, w.posts[1].ID, apiclient.NewComment{Content: "Fog?"})
			w.do(actions.Action{Kind: actions.Reply, Target: w.posts[1].ID, Text: "Indeed.", Body: actions.ReplyTo{ParentID: c.ID}})
			return err
		}, state.Done},
		{"an own reply on the byte", actions.Action{Kind: actions.CommentByte, Target: clip, Text: "Indeed."}, func() error {
			c, err := luma.CreateByteComment(ctx, clip, apiclient.NewByteComment{Content: "Gulls?"})
			w.do(actions.Action{Kind: actions.CommentByte, Target: clip, Text: "Indeed.", Slot: "2", Body: actions.ReplyTo{ParentID: c.ID}})
			return err
		}, state.Done},
		{"an own quote in the words of a post", actions.Action{Kind: actions.Post, Text: "Low tide."}, func() error {
			w.do(actions.Action{Kind: actions.Quote, Target: w.posts[2].ID, Text: "Low tide."})
			return nil
		}, state.Done},
		{"another file", upload, func() error {
			return only(w.client.UploadImage(ctx, apiclient.Upload{Path: picture(t, 50), Purpose: "post"}))
		}, state.Done},
		{"a file of another type", video, func() error {
			return only(w.client.UploadImage(ctx, apiclient.Upload{Path: picture(t, video.Body.(actions.File).Size)}))
		}, state.Done},
		{"another's service", offer, func() error { return only(luma.CreateService(ctx, offer.Body.(apiclient.NewService))) }, state.Done},
		{"an order with other requirements", order, func() error {
			return only(w.client.PlaceOrder(ctx, apiclient.NewOrder{ServiceID: order.Target, Requirements: "In the sun.", PaymentMethod: "CARD"}))
		}, state.Parked},
		{"the review of another order", reviews[0].Action, func() error {
			return only(w.client.CreateReview(ctx, apiclient.NewReview{OrderID: reviews[1].Action.Target, Rating: 4, Content: "Patient lines."}))
		}, state.Done},
		{"another payout", payouts[0].Action, func() error { return only(w.client.RequestPayout(ctx, payouts[1].Action.Target)) }, state.Done},
	}
}

// TestReadBack_Decoys: the action had no effect, and something came into the
// list meanwhile that looks like it but is not it.
func TestReadBack_Decoys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range decoys(t, w) {
		mend := w.strike(actions.Operation(tt.action.Kind), sandbox.NotApplied)
		e := w.do(tt.action)
		mend()
		if e.Status != state.Unknown {
			t.Fatalf("%s: %s (%s)", tt.name, e.Status, e.Error)
		}
		if err := tt.place(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != tt.want || tt.want == state.Done && e.Attempts != 2 {
			t.Errorf("%s: %s after %d attempts (%s), want %s", tt.name, e.Status, e.Attempts, e.Error, tt.want)
		}
	}
}

func only[T any](_ T, err error) error { return err }

// picture is a GIF of that many bytes.
func picture(t *testing.T, size int64) string {
	t.Helper()
	const gif = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
	return write(t, "dot.gif", gif+strings.Repeat("\x00", int(size)-len(gif)))
}

// TestReadBack_OldTwins: more old items in the same words than a baseline
// notes do not stand for a new one.
func TestReadBack_OldTwins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 12 {
		if err := only(w.client.CreatePost(t.Context(), apiclient.NewPost{Content: "Good morning."})); err != nil {
			t.Fatal(err)
		}
	}
	w.Advance(time.Hour)
	mend := w.strike("createPost", sandbox.NotApplied)
	e := w.do(actions.Action{Kind: actions.Post, Text: "Good morning."})
	mend()
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 2 {
		t.Errorf("%s after %d attempts (%s)", e.Status, e.Attempts, e.Error)
	}
}

// TestReadBack_DeactivatedService: the platform keeps a service with open
// orders, and deleting it was all the same done.
func TestReadBack_DeactivatedService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.every(actions.DeleteService)[0]
	if err := only(w.town.Luma.PlaceOrder(t.Context(), apiclient.NewOrder{ServiceID: c.Action.Target, PaymentMethod: "CARD"})); err != nil {
		t.Fatal(err)
	}
	mend := w.strike(c.Op, sandbox.AppliedReset)
	e := w.do(c.Action)
	mend()
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("%s after %d attempts (%s)", e.Status, e.Attempts, e.Error)
	}
}

// TestDo_AnswersWithNothing: where the answer is what matters, one that does
// not say it is asked for again.
func TestDo_AnswersWithNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	empty := true
	w.meddle(func(r *http.Request, resp *http.Response) {
		if empty && r.Method != http.MethodGet && !strings.HasPrefix(r.URL.Path, "/api/auth/") {
			_ = resp.Body.Close()
			resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
		}
	})
	cases := w.every(actions.TestConnection, actions.SetupPayments)
	for _, a := range []actions.Action{
		cases[0].Action, cases[1].Action,
		{Kind: actions.Webhook, Body: apiclient.WebhookUpdate{URL: "https://nova.example.com/hook", RegenerateSecret: true}},
	} {
		empty = true
		e := w.do(a)
		empty = false
		if e.Status != state.Unknown {
			t.Errorf("%s: %s (%s), want unknown", a.Kind, e.Status, e.Error)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 2 {
			t.Errorf("%s: %s after %d attempts (%s)", a.Kind, e.Status, e.Attempts, e.Error)
		}
	}
}

// TestReadBack_OneMessageCannotStandForTwo: a first message that was lost, and
// meanwhile the same words in the conversation.
func TestReadBack_OneMessageCannotStandForTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	talk := w.every(actions.ReadConversation)[0].Action.Target
	mend := w.strike("startConversation", sandbox.NotApplied)
	lost := w.do(actions.Action{Kind: actions.FirstMessage, Target: "@luma_test", Text: "Good morning."})
	mend()
	said := w.do(actions.Action{Kind: actions.Message, Target: talk, Text: "Good morning."})
	w.settleAll()
	if lost = w.entry(lost.ID); lost.Status != state.Done || lost.Attempts != 2 || lost.RemoteID == said.RemoteID {
		t.Errorf("%s after %d attempts as %s; the other is %s", lost.Status, lost.Attempts, lost.RemoteID, said.RemoteID)
	}
}

// TestReadBack_LostIdsAreNoStrangers: own items without a text, whose ids were
// lost, are not taken for another writer's.
func TestReadBack_LostIdsAreNoStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(actions.Action{Kind: actions.Post, Text: "The journal begins."})
	w.do(actions.Action{Kind: actions.Post, Text: "From here on it should know everything."})
	clips := w.every(actions.Byte, actions.Byte)
	clips[0].Action.Text = ""
	lose := func(a actions.Action, kind sandbox.FaultKind) {
		t.Helper()
		w.Advance(time.Hour) // past what is forgiven at the start
		mend := w.strike(actions.Operation(a.Kind), kind)
		e := w.do(a)
		mend()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done {
			t.Errorf("%s: %s (%s)", a.Kind, e.Status, e.Error)
		}
		if hold, held, err := w.store.Held("like"); held || err != nil {
			t.Fatalf("after %s: %s %v", a.Kind, hold.Why, err)
		}
	}
	lose(actions.Action{Kind: actions.Repost, Target: w.posts[0].ID}, sandbox.Truncated)
	lose(actions.Action{Kind: actions.Quote, Target: w.posts[0].ID, Text: "Once more."}, sandbox.NotApplied)
	lose(actions.Action{Kind: actions.Post, Text: "Low tide."}, sandbox.NotApplied)
	lose(clips[0].Action, sandbox.Truncated)
	lose(clips[1].Action, sandbox.NotApplied)
}

// TestReadBack_NotSignedInToBytes: a token that is not valid any more makes
// every byte say "not liked", until something that needs it is asked for.
func TestReadBack_NotSignedInToBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unlike := w.every(actions.UnlikeByte)[0]
	valid := false
	w.meddle(func(r *http.Request, resp *http.Response) {
		switch {
		case r.Method != http.MethodGet:
		case r.URL.Path == "/api/agents/me":
			valid = true
		case strings.HasPrefix(r.URL.Path, "/api/bytes/") && !valid:
			replace(t, resp, `"isLiked":true`, `"isLiked":false`)
		}
	})
	mend := w.strike("unlikeByte", sandbox.NotApplied)
	e := w.do(unlike.Action)
	mend()
	w.settleAll()
	if n := unlike.Count(w.sandbox.Effects()); n != 1 {
		t.Errorf("%s with %d effects", w.entry(e.ID).Status, n)
	}
}

// TestReadBack_NewNotificationsStayNew: what came after the intent is not
// marked as read unseen.
func TestReadBack_NewNotificationsStayNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.every(actions.ReadNotifications)[0].Action
	mend := w.strike("markNotificationsRead", sandbox.AppliedReset)
	e := w.do(a)
	mend()
	w.Advance(10 * time.Second)
	if err := only(w.town.Luma.Follow(t.Context(), "nova_test")); err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	n, err := w.client.UnreadNotifications(t.Context())
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 || n != 1 || err != nil {
		t.Errorf("%s after %d attempts, %d unread, %v; want 1", e.Status, e.Attempts, n, err)
	}
}

// TestDo_RefusedKey: the answer is all there is to a test of a provider's key.
func TestDo_RefusedKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := only(w.client.ConnectService(t.Context(), "RUNWARE", "sk-invalid-key-0001")); err != nil {
		t.Fatal(err)
	}
	e := w.do(actions.Action{Kind: actions.TestConnection, Target: "RUNWARE"})
	if e.Status != state.Refused || !strings.Contains(e.Error, `RUNWARE refuses it: "Invalid API key"`) {
		t.Errorf("%s %q", e.Status, e.Error)
	}
}

// TestDo_SendsTheText: the text goes out in the field that is its kind's.
func TestDo_SendsTheText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var sent string
	w.meddle(func(r *http.Request, _ *http.Response) {
		if r.Method == http.MethodGet || r.GetBody == nil {
			return
		}
		body, err := r.GetBody()
		if err != nil {
			t.Error(err)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		sent = string(text)
	})
	for kind, want := range map[actions.Kind]string{
		actions.Report: `"description":"The same link under every post."`, actions.Deliver: `"deliverables":"https://nova.example.com/port.png"`,
		actions.Order: `"requirements":"A harbour in the rain, please."`, actions.Review: `"content":"Patient lines."`,
		actions.Byte: `"caption":"Twelve seconds of tide."`, actions.Generate: `"content":"From the desk."`,
	} {
		a := w.every(kind)[0].Action
		if e := w.do(a); e.Status != state.Done || !strings.Contains(sent, want) {
			t.Errorf("%s: %s (%s), sent %s", kind, e.Status, e.Error, sent)
		}
	}
}

// TestDo_FilesHaveTheirTime: a file may be on its way for longer than any other
// request.
func TestDo_FilesHaveTheirTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range w.every(actions.Avatar, actions.UploadImage, actions.UploadVideo) {
		mend := w.strike(tt.Op, sandbox.AppliedReset)
		e := w.do(tt.Action)
		mend()
		if wait := e.SettleAt.Sub(w.Now()); wait < 2*w.client.UploadTimeout()-time.Second {
			t.Errorf("%s is read back after %s", tt.Kind, wait)
		}
	}
}

// TestDo_ThreadsAreCounted for every text below a post or a byte.
func TestDo_ThreadsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.performer.Persona.Limits["thread"] = persona.Limit{Total: new(0)}
	for _, tt := range w.every(actions.Comment, actions.Reply, actions.CommentByte) {
		if e := w.do(tt.Action); e.Status != state.Dropped || !strings.Contains(e.Error, "thread/") {
			t.Errorf("%s: %s %q", tt.Kind, e.Status, e.Error)
		}
	}
}
