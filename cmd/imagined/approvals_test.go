package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/planner"
	"imagined/state"
)

// do performs an action as the persona.
func (s *stage) do(a actions.Action) state.Entry {
	s.t.Helper()
	e, err := s.jobs(planner.NewOffline()).Performer.Do(s.t.Context(), a)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

func (s *stage) effects(op string) (n int) {
	for _, e := range s.sandbox.Effects() {
		if e.Op == op {
			n++
		}
	}
	return n
}

// firstPost is a post of the timeline.
func (s *stage) firstPost() (id, author string) {
	s.t.Helper()
	for post, err := range s.client.PublicTimeline(s.t.Context()) {
		if err != nil {
			s.t.Fatal(err)
		}
		return post.ID, string(post.Agent.Handle)
	}
	s.t.Fatal("an empty timeline")
	return "", ""
}

// bait is a text that a terminal could obey, and that looks harmless in part.
const bait = "Lovely \x1b[2Kwork\u202e \"really\""

func (s *stage) twoWait() (order, comment state.Entry) {
	s.t.Helper()
	s.persona.Approval = []string{"comment", "order"}
	id, author := s.firstPost()
	order = s.do(actions.Action{
		Kind: actions.Order, Target: "svc_portrait", Author: author, Text: "A portrait of a plotter, please.",
		Body: map[string]any{"serviceId": "svc_portrait", "paymentMethod": "CARD"}, Why: "a portrait to learn from",
	})
	if order.Status == state.Dropped || order.Status == state.Refused {
		s.t.Fatalf("order: %s %s", order.Status, order.Error)
	}
	s.Advance(90 * time.Minute)
	comment = s.do(actions.Action{Kind: actions.Comment, Target: id, Author: author, Text: bait, Why: "it is lovely"})
	return order, comment
}

func TestApprovals_Page(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.twoWait()
	var page strings.Builder
	waiting, err := waitingOf(s.data, "nova_stage")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range waiting {
		sheet{&page, time.UTC}.approval(e, s.Now())
	}
	golden(t, "approvals.golden", page.String())
}

func TestApprovals_JSON(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, comment := s.twoWait()
	code, out, errs := s.imagined(nil, "approvals", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitOK || len(lines) != 2 {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	var got approvalJSON
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	if got.Text != bait || got.Hash != actions.Hash(comment) || !got.ExpiresAt.Equal(comment.PlannedAt.Add(24*time.Hour)) {
		t.Errorf("%+v", got)
	}
	if code, _, errs := s.imagined(nil, "approve", got.ID); code != exitFailed || !strings.Contains(errs, "dropped by the next run") {
		t.Errorf("months later: exit %d: %s", code, errs) // than the clock of the stage
	}
	if code, _, errs := s.imagined(nil, "approvals", "nobody"); code != exitFailed || !strings.Contains(errs, "nova_stage") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestApprove_BesideADaemon: the daemon holds the journal; a hash of other bytes
// is refused by the command, and by the daemon when the command was fooled.
func TestApprove_BesideADaemon(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, time.Now().Add(-2*time.Hour))
	_, e := s.twoWait()
	id := fmt.Sprint(e.ID)
	if code, _, errs := s.imagined(nil, "approve", id, "0123456789ab"); code != exitFailed || !strings.Contains(errs, actions.Hash(e)) {
		t.Errorf("exit %d: %s", code, errs)
	}
	// As if another journal had been restored after the operator looked.
	if _, err := state.InboxOf(s.store.Path()).Post(state.Command{Verb: "approve", ID: e.ID, Hash: "0123456789ab", At: s.Now()}); err != nil {
		t.Fatal(err)
	}
	j := s.jobs(planner.NewOffline())
	s.live(j, func() bool { return strings.Contains(s.log.String(), "not what was approved") })
	if now, err := s.store.Entry(e.ID); err != nil || now.Status != state.Waiting {
		t.Fatalf("%s, %v", now.Status, err)
	}
	told := make(chan string, 1)
	go func() {
		_, out, errs := s.imagined(nil, "approve", id, actions.Hash(e))
		told <- out + errs
	}()
	s.live(j, func() bool { return s.effects("createComment") == 1 })
	if said := <-told; !strings.Contains(said, `text     "Lovely \x1b[2Kwork\u202e \"really\""`) || !strings.Contains(said, "has taken") {
		t.Errorf("it said: %s", said)
	}
	if code, _, errs := s.imagined(nil, "approve", id); code != exitFailed || !strings.Contains(errs, "waits for nobody") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestApprove_WithoutADaemon: what was approved is sent by the next run, and
// what was rejected never is.
func TestApprove_WithoutADaemon(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, time.Now().Add(-2*time.Hour))
	order, comment := s.twoWait()
	_ = s.store.Close()
	if code, out, errs := s.imagined(nil, "approve", fmt.Sprint(comment.ID)); code != exitOK || !strings.Contains(out, "is intent") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := s.imagined(nil, "reject", fmt.Sprint(order.ID), "--why", "too dear"); code != exitOK || !strings.Contains(out, "is dropped") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if _, out, _ := s.imagined(nil, "approvals"); out != "nothing waits for you\n" {
		t.Errorf("approvals: %s", out)
	}
	s.open()
	if _, err := s.jobs(planner.NewOffline()).Performer.SettleOpen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, m := s.effects("createComment"), s.effects("placeOrder"); n != 1 || m != 0 {
		t.Errorf("%d comments, %d orders", n, m)
	}
}

// TestApproval_TheRunGoesOn: likes wait for a person, and the rest of the same
// run is done.
func TestApproval_TheRunGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, "approval: [amplify]", "approval: [like]")
	s.tick(planner.NewOffline(), "engage")
	for kind, want := range map[string]state.Status{"like": state.Waiting, "comment": state.Done, "amplify": state.Done} {
		found := false
		for _, e := range s.entries(kind) {
			found = found || e.Status == want
		}
		if !found {
			t.Errorf("no %s is %s: %+v", kind, want, s.entries(kind))
		}
	}
	if n := s.effects("likePost"); n != 0 {
		t.Errorf("%d likes without approval", n)
	}
}
