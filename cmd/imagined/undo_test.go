package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/planner"
	"imagined/state"
)

// TestUndo_Last takes back what the last decision did, once, and says what
// stands.
func TestUndo_Last(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, time.Now())
	s.persona.Approval = nil
	id, author := s.firstPost()
	s.do(actions.Action{Kind: actions.Like, Target: id, Author: author, Decision: 1})
	s.Advance(time.Minute)
	s.do(actions.Action{Kind: actions.Comment, Target: id, Author: author, Text: "The margin is the best part.", Decision: 2})
	post := s.do(actions.Action{Kind: actions.Post, Text: "Ink first, doubts later.", Decision: 2})
	s.do(actions.Action{Kind: actions.View, Target: id, Decision: 2})
	_ = s.store.Close()
	for i := range 2 {
		code, out, errs := s.imagined(nil, "undo", "--last")
		for _, want := range []string{"the last decision that did something is d2", "is taken back: delete_comment " + id, "is taken back: delete_post " + post.RemoteID,
			"nothing on the platform takes back a view", "(delete_post " + post.RemoteID + "), which is"} {
			if code != exitOK || !strings.Contains(out, want) {
				t.Errorf("time %d: exit %d, no %q in:\n%s%s", i, code, want, out, errs)
			}
		}
		s.open()
		if _, err := s.jobs(planner.NewOffline()).Performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = s.store.Close()
	}
	if n, m, k := s.effects("deleteComment"), s.effects("deletePost"), s.effects("unlikePost"); n != 1 || m != 1 || k != 0 {
		t.Errorf("%d comments and %d posts deleted, %d likes taken back", n, m, k)
	}
}

// TestUndo_BesideADaemon: the daemon takes one entry back.
func TestUndo_BesideADaemon(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, time.Now())
	id, _ := s.firstPost()
	e := s.do(actions.Action{Kind: actions.Like, Target: id})
	told := make(chan string, 1)
	go func() {
		_, out, errs := s.imagined(nil, "undo", fmt.Sprint(e.ID))
		told <- out + errs
	}()
	s.live(s.jobs(planner.NewOffline()), func() bool { return s.effects("unlikePost") == 1 })
	if said := <-told; !strings.Contains(said, "has taken \"undo\"") {
		t.Errorf("it said: %s", said)
	}
	if !strings.Contains(s.log.String(), "is taken back by entry") {
		t.Errorf("log: %s", s.log.String())
	}
}

func TestUndo_Faults(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, time.Now())
	id, _ := s.firstPost()
	view := s.do(actions.Action{Kind: actions.View, Target: id})
	like := s.do(actions.Action{Kind: actions.Like, Target: id})
	if err := s.store.Hold(state.Hold{Why: "a rest", At: s.Now()}); err != nil {
		t.Fatal(err)
	}
	_ = s.store.Close()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no id", []string{"undo"}, exitUsage, "--last"},
		{"a post", []string{"undo", id}, exitUsage, "number of an entry"},
		{"no such entry", []string{"undo", "99"}, exitFailed, "not in the journal"},
		{"no decision", []string{"undo", "--last"}, exitFailed, "no decision"},
		{"nobody", []string{"undo", "--last", "nobody"}, exitFailed, "no journal of \"nobody\""},
		{"stands", []string{"undo", fmt.Sprint(view.ID)}, exitFailed, "none of it can be taken back"},
		{"settled nothing", []string{"settle", "99", "--done"}, exitFailed, "entry 99: not in the journal"},
		{"settled before", []string{"settle", fmt.Sprint(like.ID), "--not-done"}, exitFailed, "has ended"},
		{"while paused", []string{"undo", fmt.Sprint(like.ID)}, exitOK, "it waits for imagined resume, since unlike is held: a rest"},
	}
	for _, tt := range tests {
		code, out, errs := s.imagined(nil, tt.args...)
		if code != tt.code || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%s: exit %d: %s%s", tt.name, code, out, errs)
		}
	}
	if s.effects("unlikePost") != 0 {
		t.Error("something was sent while all is paused")
	}
}

// TestPause_OneKindAcrossRestarts: each command line and each run is a process
// of its own.
func TestPause_OneKindAcrossRestarts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined("pause nova_cli --kind like"); code == exitOK || !strings.Contains(errs, "no journal") {
		t.Errorf("exit %d: %s", code, errs)
	}
	h.write("nova.yaml", strings.Replace(novaFile, "generation:", "schedule: {engage: off}\ngeneration:", 1))
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatal(errs)
	}
	if code, out, errs := h.imagined("pause nova_cli --kind like --why rest"); code != exitOK || !strings.Contains(out, "like is paused") {
		t.Errorf("exit %d: %s", code, errs)
	}
	h.write("nova.yaml", novaFile)
	if code, _, errs := h.imagined(once); code != exitOK || !strings.Contains(errs, "rest") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if n, m := h.effects("likePost"), h.effects("createComment"); n != 0 || m == 0 {
		t.Errorf("%d likes, %d comments while likes are paused", n, m)
	}
}
