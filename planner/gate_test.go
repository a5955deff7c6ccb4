package planner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

func TestPlanner_Engage_gone(t *testing.T) {
	t.Parallel()
	with := func(change func(*planner.Candidate)) planner.Candidate {
		c := post("p1", "luma", "a new shader")
		change(&c)
		return c
	}
	tests := []struct {
		name   string
		before func(t *testing.T, f fixture)
		give   []planner.Candidate
		gone   map[string]int
		shown  int
	}{
		{name: "fit", give: []planner.Candidate{post("p1", "luma", "a new shader")}, gone: map[string]int{}, shown: 1},
		{name: "own by id", give: []planner.Candidate{with(func(c *planner.Candidate) { c.Post.Agent.ID = "agt_nova" })}, gone: map[string]int{"own": 1}},
		{name: "own by handle", give: []planner.Candidate{post("p1", "nova_curator", "a new shader")}, gone: map[string]int{"own": 1}},
		{
			name: "found twice", give: []planner.Candidate{post("p1", "luma", "a new shader"), post("p1", "luma", "a new shader")},
			gone: map[string]int{"duplicate": 1}, shown: 1,
		},
		{
			name: "plain repost", gone: map[string]int{"repost": 1},
			give: []planner.Candidate{with(func(c *planner.Candidate) { c.Post.Content, c.Post.RepostOf = "", &apiclient.Post{ID: "p0"} })},
		},
		{name: "too old", gone: map[string]int{"too old": 1}, give: []planner.Candidate{with(func(c *planner.Candidate) { c.Post.CreatedAt = start.Add(-49 * time.Hour) })}},
		{name: "avoided word", give: []planner.Candidate{post("p1", "luma", "shader AIRDROPS tonight")}, gone: map[string]int{"avoided": 1}},
		{name: "avoided agent", give: []planner.Candidate{post("p1", "spam_bot", "a new shader")}, gone: map[string]int{"avoided": 1}},
		{name: "not of interest", give: []planner.Candidate{post("p1", "luma", "shaderless soup")}, gone: map[string]int{"not of interest": 1}},
		{name: "malformed id", give: []planner.Candidate{post("p/../1", "luma", "a new shader")}, gone: map[string]int{"malformed": 1}},
		{name: "malformed handle", give: []planner.Candidate{post("p1", "lu\x00ma", "a new shader")}, gone: map[string]int{"malformed": 1}},
		{name: "our secret", give: []planner.Candidate{post("p1", "luma", "shader "+clientSecret)}, gone: map[string]int{"holds a secret": 1}},
		{
			name: "seen", gone: map[string]int{"seen": 1}, give: []planner.Candidate{post("p1", "luma", "a new shader")},
			before: func(t *testing.T, f fixture) { markSeen(t, f, "p1", 2) },
		},
		{
			name: "seen with fewer comments", gone: map[string]int{}, shown: 1, give: []planner.Candidate{post("p1", "luma", "a new shader")},
			before: func(t *testing.T, f fixture) { markSeen(t, f, "p1", 1) },
		},
		{ // a comment that comes and goes is nothing to think about
			name: "seen with more comments", gone: map[string]int{"seen": 1}, give: []planner.Candidate{post("p1", "luma", "a new shader")},
			before: func(t *testing.T, f fixture) { markSeen(t, f, "p1", 3) },
		},
		{
			name: "author limit", gone: map[string]int{"author limit": 1}, give: []planner.Candidate{post("p1", "luma", "a new shader")},
			before: func(t *testing.T, f fixture) {
				for i := range 3 {
					f.journal(t, actions.Action{Kind: actions.Like, Target: fmt.Sprint("q", i), Author: "luma"})
				}
			},
		},
		{
			name: "everything done", gone: map[string]int{"acted on": 1}, give: []planner.Candidate{post("p1", "luma", "a new shader")},
			before: func(t *testing.T, f fixture) {
				f.Persona.Limits["author"] = persona.Limit{}
				f.journal(t, actions.Action{Kind: actions.Like, Target: "p1", Author: "luma"})
				f.journal(t, actions.Action{Kind: actions.Comment, Target: "p1", Author: "luma", Text: "hello"})
				f.journal(t, actions.Action{Kind: actions.Amplify, Target: "p1", Author: "luma"})
			},
		},
		{
			name: "no budget", gone: map[string]int{"limits reached": 1}, give: []planner.Candidate{post("p1", "luma", "a new shader")},
			before: func(_ *testing.T, f fixture) {
				for _, kind := range []string{"like", "comment", "amplify"} {
					f.Persona.Limits[kind] = persona.Limit{Hour: new(0)}
				}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := online(t, nova(), say(decide()))
			if tt.before != nil {
				tt.before(t, f)
			}
			plan := f.engage(t, tt.give...)
			if diff := cmp.Diff(tt.gone, plan.Gone); diff != "" {
				t.Errorf("gone (-want +got):\n%s", diff)
			}
			if len(plan.Shown) != tt.shown || len(f.model.seen()) != tt.shown || plan.Calls != tt.shown {
				t.Errorf("shown %d, requests %d, calls %d, want %d each", len(plan.Shown), len(f.model.seen()), plan.Calls, tt.shown)
			}
			if asked := plan.Brain != ""; asked != (tt.shown > 0) {
				t.Errorf("brain %q with %d shown", plan.Brain, tt.shown)
			}
		})
	}
}

func markSeen(t *testing.T, f fixture, id string, comments int) {
	t.Helper()
	if err := f.Store.MarkSeen(map[string]state.Seen{id: {Comments: comments, At: start}}); err != nil {
		t.Fatal(err)
	}
}

func TestPlanner_Engage_nothingNew(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide()))
	markSeen(t, f, "p1", 2)
	markSeen(t, f, "p2", 2)
	plan := f.engage(t, post("p1", "luma", "shader"), post("p2", "luma", "shader"), post("p3", "nova_curator", "shader"))
	if want := "nothing new (3 read: 2 seen, 1 own)"; plan.Note != want || len(f.model.seen()) != 0 {
		t.Errorf("note %q after %d requests, want %q after none", plan.Note, len(f.model.seen()), want)
	}
	if plan = f.engage(t); plan.Note != "nothing new (0 read)" || plan.Failed {
		t.Errorf("empty feed: %+v", plan)
	}
}

// A plan may only offer what can still be done with a post.
func TestPlanner_Engage_actsLeft(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.Persona.Limits["amplify"] = persona.Limit{Hour: new(0)}
	f.journal(t, actions.Action{Kind: actions.Like, Target: "p1", Author: "luma"})
	f.journal(t, actions.Action{Kind: actions.Comment, Target: "p2", Author: "brio", Text: "hello there"})
	liked := post("p3", "kilo", "plotter")
	liked.Post.IsLiked = true
	plan := f.engage(t, post("p1", "luma", "shader"), post("p2", "brio", "plotter"), liked)
	got := make(map[string][]actions.Kind)
	for _, c := range plan.Shown {
		got[c.Post.ID] = c.Acts
	}
	want := map[string][]actions.Kind{"p1": {actions.Comment}, "p2": {actions.Like}, "p3": {actions.Comment}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
}

func TestPlanner_Engage_ranking(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	tagged := post("tagged", "brio", "see this")
	tagged.Source = "#GenerativeArt"
	crowded := post("crowded", "kilo", "plotter at work")
	crowded.Post.CommentCount = 120
	plan := f.engage(t,
		crowded, post("map", "mira", "\u65e7\u5730\u56fe\u6536\u85cf"), tagged, post("double", "luma", "plotter output of a shader"),
		post("third", "brio", "one more plotter"), post("fourth", "brio", "shader and plotter"))
	var ids []string
	for _, c := range plan.Shown {
		ids = append(ids, c.Post.ID)
	}
	if want := "double fourth tagged crowded map"; strings.Join(ids, " ") != want {
		t.Errorf("order %v, want %s", ids, want)
	}
	if plan.Gone["more by one author"] != 1 {
		t.Errorf("gone %v, want one more by one author", plan.Gone)
	}
	want := []planner.Part{{Name: "interest generative art", Value: 3}, {Name: "fresh", Value: 0.75}, {Name: "crowded", Value: -1}}
	if diff := cmp.Diff(want, plan.Shown[3].Parts); diff != "" || plan.Shown[3].Score != 2.75 || plan.Shown[3].Topic != "generative art" {
		t.Errorf("crowded: score %v, topic %q, parts (-want +got):\n%s", plan.Shown[3].Score, plan.Shown[3].Topic, diff)
	}
}

func TestPlanner_Engage_atMostTwentyShown(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide()))
	var cs []planner.Candidate
	for i := range 50 {
		cs = append(cs, post(fmt.Sprint("p", i), fmt.Sprint("agent_", i), "shader"))
	}
	plan := f.engage(t, cs...)
	if len(plan.Shown) != 20 || plan.Gone["beyond the best"] != 30 {
		t.Fatalf("shown %d, gone %v", len(plan.Shown), plan.Gone)
	}
	numbers := f.model.seen()[0].numbers
	distinct := make(map[int]bool)
	for _, n := range numbers {
		distinct[n] = true
		if n < 1 || n > 99 {
			t.Errorf("number %d", n)
		}
	}
	if len(distinct) != 20 {
		t.Errorf("numbers %v: want 20 different ones", numbers)
	}
	if seen := f.Seen(plan); len(seen) != 20 || seen[plan.Shown[0].Post.ID].Comments != 2 {
		t.Errorf("to remember: %v", seen)
	}
}

func TestPlanner_Engage_stops(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Engage(ctx, seeded(1), []planner.Candidate{post("p1", "luma", "shader")}); err == nil {
		t.Error("a done context gives no error")
	}
	if err := f.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Engage(t.Context(), seeded(1), []planner.Candidate{post("p1", "luma", "shader")}); err == nil {
		t.Error("a closed journal gives no error")
	}
}

// TestPlanner_Cautious: while the journal may not know everything, older posts
// are left alone, and acts that nothing shows are not offered.
func TestPlanner_Cautious(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	err := f.Store.SetCaution(state.Caution{Why: "restored", Since: start.Add(-30 * time.Minute), Until: start.Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	older, newer := post("p1", "luma", "shader"), post("p2", "brio", "plotter")
	older.Post.CreatedAt, newer.Post.CreatedAt = start.Add(-time.Hour), start.Add(-time.Minute)
	plan := f.engage(t, older, newer)
	if len(plan.Shown) != 1 || plan.Shown[0].Post.ID != "p2" {
		t.Fatalf("shown %+v", plan.Shown)
	}
	if diff := cmp.Diff([]actions.Kind{actions.Like, actions.Comment}, plan.Shown[0].Acts); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
}

// TestPlanner_AfterCaution: posts are acted on for two days, and caution lasts
// one. What is older than a restore is left alone when it is over, too.
func TestPlanner_AfterCaution(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	restored := start.Add(-25 * time.Hour)
	if err := f.Store.SetCaution(state.Caution{Why: "restored", Since: restored, Until: start.Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	older, newer := post("p1", "luma", "shader"), post("p2", "brio", "plotter")
	older.Post.CreatedAt, newer.Post.CreatedAt = restored.Add(-time.Hour), restored.Add(time.Hour)
	plan := f.engage(t, older, newer)
	if len(plan.Shown) != 1 || plan.Shown[0].Post.ID != "p2" || !slices.Contains(plan.Shown[0].Acts, actions.Amplify) {
		t.Errorf("shown %+v", plan.Shown)
	}
	if err := f.Store.Trust(); err != nil {
		t.Fatal(err)
	}
	if plan := f.engage(t, older); len(plan.Shown) != 1 {
		t.Errorf("trusted: shown %+v", plan.Shown)
	}
}

// TestPlanner_Held: what may not be done is not thought about.
func TestPlanner_Held(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide()))
	if err := f.Store.Hold(state.Hold{Why: "a rest", At: start}); err != nil {
		t.Fatal(err)
	}
	if plan := f.engage(t, post("p1", "luma", "shader")); plan.Note != "nothing new (1 read: 1 held back)" {
		t.Errorf("engage: %q", plan.Note)
	}
	if plan, err := f.Post(t.Context(), seeded(1), nil); err != nil || plan.Note != "held: a rest" {
		t.Errorf("post: %q, %v", plan.Note, err)
	}
	if n := len(f.model.seen()); n != 0 {
		t.Errorf("%d requests to the model", n)
	}
}
