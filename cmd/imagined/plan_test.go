package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/planner"
)

// planned is the page of one dry tick.
func (s *stage) planned(brain planner.Brain, job string, full bool) string {
	s.t.Helper()
	j := s.jobs(brain)
	plan, err := j.Preview(s.t.Context(), job)
	if err != nil {
		s.t.Fatal(err)
	}
	d := j.Planner.Decision(plan, job, s.Now())
	var page strings.Builder
	sheet{&page, time.UTC}.plan(s.persona, plan, d, full)
	return page.String()
}

// numberOf finds the number that stands for a post in a choose prompt.
var numberOf = regexp.MustCompile(`\\"post\\":(\d+),\\"author\\":\\"([a-z0-9_]+)\\"`)

// chooser is a model that likes the first post, comments on the second, and
// amplifies what it was told not to.
func chooser(request string) string {
	if strings.Contains(request, "Write a comment") {
		return `{"text":"The margin is where the pen hesitates, and the paper keeps it."}`
	}
	if !strings.Contains(request, "Pick the posts") {
		return `{"text":"A seed is only luck until somebody writes it down."}`
	}
	posts := numberOf.FindAllStringSubmatch(request, -1)
	return fmt.Sprintf(`{"decisions":[{"post":%s,"act":"like","why":"patient work"},{"post":%s,"act":"like","why":"the tape hiss"},{"post":%s,"act":"comment","why":"I know this margin"},{"post":%s,"act":"like","why":"again"}]}`,
		posts[0][1], posts[1][1], posts[1][1], posts[0][1])
}

func TestPlan_Pages(t *testing.T) {
	t.Parallel()
	for _, job := range []string{"engage", "post"} {
		s := newStage(t)
		golden(t, "plan-"+job+"-offline.golden", s.planned(planner.NewOffline(), job, false))
		model := newFakeModel(t, chooser)
		golden(t, "plan-"+job+"-model.golden", s.planned(model.brain(t, s.Now), job, false))
		if n := len(s.sandbox.Effects()); n != 1 { // it registered
			t.Errorf("%d effects: %+v", n, s.sandbox.Effects())
		}
	}
}

// TestPlan_Full shows the prompts, and nothing in them that a terminal obeys.
func TestPlan_Full(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	page := s.planned(newFakeModel(t, chooser).brain(t, s.Now), "engage", true)
	for _, want := range []string{"    | You are Nova (@nova_stage)", "    | Pick the posts that deserve", "[mark] marks this text", "    | {\"decisions\":["} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in:\n%s", want, page)
		}
	}
	if got := printable("a\x1b[2K\u202eb\nc\u009b"); got != "a\\x1b[2K\\u202eb\nc\\u009b" {
		t.Errorf("printable %q", got)
	}
}

// TestPlan_Off: a job that never runs is not shown as if it did.
func TestPlan_Off(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("nova.yaml", novaFile+"schedule: {post: off}\n")
	for job, off := range map[string]bool{"post": true, "byte": true, "market": true, "network": false} {
		code, out, errs := h.imagined("plan @nova.yaml --job " + job)
		if code != exitOK || strings.Contains(out, "the job is off") != off {
			t.Errorf("%s: exit %d: %s%s", job, code, out, errs)
		}
	}
}

func TestPlan_JSON(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, out, errs := h.imagined("plan --json @nova.yaml")
	var got planJSON
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK {
		t.Fatalf("exit %d: %v: %s%s", code, err, out, errs)
	}
	if len(got.Decision.Shown) == 0 || len(got.Deeds) == 0 || got.Decision.Brain != "offline" || got.Cost.Calls != 0 {
		t.Errorf("%+v", got)
	}
}
