package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// story is the page of why.
func (s *stage) story(id string) string {
	s.t.Helper()
	t, err := readStory(s.data, "nova_stage", id)
	if err != nil {
		s.t.Fatalf("%s: %v", id, err)
	}
	var page strings.Builder
	sheet{&page, time.UTC}.story(t, id, false)
	return page.String()
}

// tick runs one job once.
func (s *stage) tick(brain planner.Brain, job string) {
	s.t.Helper()
	j := s.jobs(brain)
	for name, row := range s.persona.Schedule {
		if row.Cron = "off"; name == job {
			row.Cron = "@every 1h"
		}
		s.persona.Schedule[name] = row
	}
	if err := j.Once(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// aDay is a model's tick whose comment's answer is lost, half an hour later an
// offline one, and a post.
func aDay(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.sandbox.SetFaults(sandbox.Fault{Op: "createComment", Kind: sandbox.AppliedError, Rate: 1})
	s.tick(newFakeModel(t, chooser).brain(t, s.Now), "engage")
	s.sandbox.SetFaults()
	s.Advance(30 * time.Minute)
	s.tick(planner.NewOffline(), "engage")
	s.tick(planner.NewOffline(), "post")
	return s
}

// post finds a post by what was decided about it.
func (s *stage) postThat(t func(d state.Decision, c state.Considered) bool) string {
	s.t.Helper()
	found := ""
	if err := s.store.Decisions(func(d state.Decision) bool {
		for _, c := range d.Shown {
			if t(d, c) {
				found = c.Post
			}
		}
		return true
	}); err != nil || found == "" {
		s.t.Fatalf("no such post: %v", err)
	}
	return found
}

func TestWhy_Pages(t *testing.T) {
	t.Parallel()
	s := aDay(t)
	comment, posts := s.entries("comment")[0], s.entries("post")
	left := s.postThat(func(d state.Decision, c state.Considered) bool {
		return d.ID == 1 && !strings.Contains(d.Exchanges[0].Answer, fmt.Sprintf(`"post":%d,`, c.Number))
	})
	first, err := s.store.Decision(1)
	if err != nil {
		t.Fatal(err)
	}
	away := ""
	for id, reason := range first.Gone {
		if reason == "repost" && (away == "" || id < away) {
			away = id
		}
	}
	for name, id := range map[string]string{
		"why-commented": comment.Target, "why-left": left, "why-gone": away, "why-decision": "d1", "why-offline": "d2",
		"why-entry": state.FormatID(comment.ID), "why-made": posts[0].RemoteID,
	} {
		golden(t, name+".golden", s.story(id))
	}
}

// TestWhy_Lines is the command beside a process that holds the journal.
func TestWhy_Lines(t *testing.T) {
	t.Parallel()
	s := aDay(t)
	comment := s.entries("comment")[0]
	tests := []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"post", []string{"why", comment.Target}, exitOK, []string{"fresh +", "answered comment", "unknown", "done, became cmt_"}},
		{"full", []string{"why", "--full", comment.Target}, exitOK, []string{"| Pick the posts", "[mark]"}},
		{"what it made", []string{"why", comment.RemoteID}, exitOK, []string{"entry ", "comment: done"}},
		{"never seen", []string{"why", "pst_nobody_saw"}, exitFailed, []string{"was never met"}},
		{"no such entry", []string{"why", "999"}, exitFailed, []string{"was never met"}},
		{"no such decision", []string{"why", "d999"}, exitFailed, []string{"was never met"}},
		{"no such persona", []string{"why", "d1", "--persona", "luma"}, exitFailed, []string{"nova_stage"}},
	}
	for _, tt := range tests {
		code, out, errs := s.imagined(nil, tt.args...)
		if code != tt.code {
			t.Errorf("%s: exit %d", tt.name, code)
		}
		for _, want := range tt.says {
			if !strings.Contains(out+errs, want) {
				t.Errorf("%s: no %q in:\n%s%s", tt.name, want, out, errs)
			}
		}
	}
}

func TestWhy_JSON(t *testing.T) {
	t.Parallel()
	s := aDay(t)
	_, out, errs := s.imagined(nil, "why", "--json", s.entries("comment")[0].Target)
	what := make(map[string]int)
	for line := range strings.Lines(out) {
		var m moment
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s%s", err, line, errs)
		}
		what[m.What]++
		if m.What == "considered" && (m.Shown.Score == 0 || len(m.Answered) == 0 || len(m.Asked) == 0 || m.Persona != "nova_stage") {
			t.Errorf("considered: %s", line)
		}
		if m.What == "entry" && len(m.Events) == 0 {
			t.Errorf("entry: %s", line)
		}
	}
	if what["considered"] == 0 || what["entry"] < 2 || what["seen"] != 1 {
		t.Errorf("steps %v", what)
	}
}

// TestWhy_LongAgo: what was pruned is said to be, and what is left is told.
func TestWhy_LongAgo(t *testing.T) {
	t.Parallel()
	s := aDay(t)
	comment := s.entries("comment")[0]
	for range 300 {
		if _, err := s.store.SaveDecision(state.Decision{At: s.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if page := s.story(comment.Target); !strings.Contains(page, "the decision is no longer kept") || !strings.Contains(page, "comment: done") {
		t.Errorf("page:\n%s", page)
	}
}

// TestPages_NothingATerminalObeys: whatever strangers and models wrote, and
// wherever it stands in the journal, the pages hold printable text only.
func TestPages_NothingATerminalObeys(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	const evil = "a\x1b[2Kb\u202ec\u009bd\re\x07f\u200bg"
	d := state.Decision{
		Job: evil, At: s.Now(), Brain: evil, Read: 2, Gone: map[string]string{"gone" + evil: evil}, Found: map[string]string{"gone" + evil: evil}, Note: evil, Failed: true,
		Shown: []state.Considered{{
			Number: 5, Post: "p1", Author: evil, Text: evil, Source: evil, Topic: evil, Acts: []string{evil}, Score: 2, Parts: []state.Part{{Name: evil, Value: 2}},
		}},
		Exchanges: []state.Exchange{
			{Purpose: "choose", Model: evil, System: evil, User: evil, Answer: `{"decisions":[{"post":5,"act":"like","why":"` + "\u202e\u009b" + `"}]}`},
			{Purpose: evil, Target: "p1", Model: evil, System: evil, User: evil, Answer: evil, Error: evil},
		},
	}
	id, err := s.store.SaveDecision(d)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.store.Plan(state.Entry{
		Kind: "comment", Target: "p1", Author: evil, Text: evil, Why: evil, Slot: evil, Job: evil, Decision: id, Status: state.Waiting, Key: "k", PlannedAt: s.Now(),
		Body: []byte(`{"parentId":"` + "\u202e\u009b" + `"}`), Media: &state.Request{Provider: evil, Type: evil, Model: evil, Prompt: evil},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.SaveMedia(state.Media{ID: e.ID, Status: evil, Error: evil, PlannedAt: s.Now()}); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	sh := sheet{&page, time.UTC}
	for _, id := range []string{"d1", "1", "p1", "gone" + evil} {
		told, err := readStory(s.data, "nova_stage", id)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		sh.story(told, id, true)
		sh.story(told, id, false)
	}
	sh.approval(e, s.Now())
	sh.undo([]state.Entry{e})
	d.ID = id
	sh.replay(replay{Then: d, Did: deedsDone([]state.Entry{e}), Now: state.Decision{Gone: map[string]string{"p1": evil}, Note: evil}, who: s.persona}, evil, true)
	sh.replay(replay{Then: d, Now: d, Would: deedsDone([]state.Entry{e}), who: s.persona}, evil, true)
	sh.plan(s.persona, planner.Plan{Note: evil, Gone: map[string]int{evil: 1, "x" + evil: 1}}, d, true)
	for _, r := range page.String() {
		if r != '\n' && !strconv.IsPrint(r) {
			t.Errorf("%q in the pages:\n%q", r, page.String())
			break
		}
	}
}
