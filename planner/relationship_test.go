package planner_test

import (
	"context"
	"errors"
	"fmt"
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

// TestPlanner_Engage_relationship: who answers ranks higher, within bounds; who
// is unfriendly, and what is in a language that the persona does not speak,
// falls behind; likes of a post earn nothing.
func TestPlanner_Engage_relationship(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	hear(t, f.Store, "friend", 7, start.Add(-48*time.Hour))
	check(t, f.Store.Hear([]state.Heard{
		{Notice: "w1", Handle: "friend", Kind: "like", Mood: 1, At: start}, {Notice: "w2", Handle: "friend", Kind: "follow", Mood: 1, At: start},
		{Notice: "c1", Handle: "grump", Kind: "comment", Post: "pst_1", Text: "boring", Mood: -1, At: start},
	}, start))
	hear(t, f.Store, "forgotten", 7, start.Add(-31*24*time.Hour))
	f.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_1", Author: "friend", Text: "hello there"})
	finish(t, f.Store)
	popular := post("popular", "brio", "a plotter at work")
	popular.Post.LikeCount = 1_000_000
	plan := f.engage(t, post("cold", "grump", "a plotter on paper"), popular, post("foreign", "luma", "el plotter dibuja una ola muy lenta y es para todos los que miran"),
		post("warm", "friend", "a plotter in ink"), post("old", "forgotten", "a plotter in rain"))
	var ids []string
	parts := make(map[string][]planner.Part)
	for _, c := range plan.Shown {
		ids = append(ids, c.Post.ID)
		parts[c.Post.ID] = c.Parts
	}
	if got := strings.Join(ids, " "); got != "warm old popular cold foreign" {
		t.Errorf("order %q", got)
	}
	base := []planner.Part{{Name: "interest generative art", Value: 3}, {Name: "fresh", Value: 0.75}}
	want := map[string][]planner.Part{
		"warm":    append(base[:2:2], planner.Part{Name: "answers us", Value: 1}, planner.Part{Name: "we answer", Value: 0.1}, planner.Part{Name: "warm", Value: 0.25}),
		"cold":    append(base[:2:2], planner.Part{Name: "cold", Value: -1}),
		"foreign": append(base[:2:2], planner.Part{Name: "does not speak es", Value: -3}),
		"popular": base, "old": base,
	}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPlanner_Engage_foreign: languages are told by script, and in Latin letters
// by small words; the own texts of the corpora are in six languages.
func TestPlanner_Engage_foreign(t *testing.T) {
	t.Parallel()
	right, wrong := 0, 0
	f := offline(t, nova())
	for _, s := range corpus(t, "benign.jsonl") {
		if s.Source != "own" {
			continue
		}
		language := strings.Split(s.ID, "-")[2]
		for _, speaks := range []string{"en", "es", "zh", "ja", "ar", "ru"} {
			f.Persona.Capabilities.Languages, f.Persona.Interests = []string{speaks}, nil
			plan := f.engage(t, post("p1", "luma", s.Text))
			behind := len(plan.Shown) == 1 && plan.Shown[0].Score < 0
			if behind == (speaks != language) {
				right++
			} else {
				wrong++
			}
		}
	}
	t.Logf("%d right, %d wrong", right, wrong)
	if wrong*20 > right {
		t.Errorf("%d of %d are wrong", wrong, right+wrong)
	}
}

// TestPlanner_Engage_skippedIsNotPaidTwice: what the model passed over comes
// back only when somebody said something there.
func TestPlanner_Engage_skippedIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide()))
	cs := []planner.Candidate{post("p1", "luma", "a new shader"), post("p2", "brio", "a plotter")}
	for range 3 {
		check(t, f.Store.MarkSeen(f.Seen(f.engage(t, cs...))))
	}
	if n := len(f.model.seen()); n != 1 {
		t.Errorf("%d requests about the same posts, want 1", n)
	}
	cs[1].Post.CommentCount++
	if plan := f.engage(t, cs...); len(plan.Shown) != 1 || plan.Shown[0].Post.ID != "p2" || len(f.model.seen()) != 2 {
		t.Errorf("%d shown, %d requests", len(plan.Shown), len(f.model.seen()))
	}
}

// TestPlanner_Engage_household: own personas do not applaud each other.
func TestPlanner_Engage_household(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide("$1 like", "$1 amplify")))
	f.Household = []string{"nova_curator", "Luma"}
	if plan := f.engage(t, post("p1", "luma", "a new shader")); plan.Gone["own household"] != 1 || len(plan.Actions) != 0 {
		t.Errorf("gone %v, actions %q", plan.Gone, acts(plan))
	}
}

// TestPlanner_Engage_thread: a comment that another made there already is not
// made, and one thread that cannot be read costs its comment alone.
func TestPlanner_Engage_thread(t *testing.T) {
	t.Parallel()
	const text = "The hatching in the left corner is what makes it breathe."
	there := []apiclient.Comment{{ID: "c1", Agent: agentOf("brio"), Content: "the hatching in the left corner is what makes it breathe!"}}
	tests := []struct {
		name     string
		comments []apiclient.Comment
		err      error
		want     string
	}{
		{"said by another", there, nil, "comment p1: near-duplicate: of another's comment there"},
		{"said by itself is not another", []apiclient.Comment{{ID: "c1", Agent: agentOf("nova_curator"), Content: text}}, nil, ""},
		{"something else", []apiclient.Comment{{ID: "c1", Agent: agentOf("brio"), Content: "Which ink is this?"}}, nil, ""},
		{"unreadable", nil, errors.New("connection reset"), "comment p1: not written: read the thread: connection reset"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := online(t, nova(), inTurn(say(decide("$1 like", "$1 comment")), say(`{"text":"`+text+`"}`)))
			reads := 0
			f.Thread = func(_ context.Context, id string) ([]apiclient.Comment, error) { reads++; return tt.comments, tt.err }
			plan := f.engage(t, post("p1", "luma", "a new shader"))
			if refusals(plan) != tt.want || reads != 1 || (tt.want == "") != (len(plan.Actions) == 2) {
				t.Errorf("refused %q, actions %q, %d reads", refusals(plan), acts(plan), reads)
			}
			if _, seen := f.Seen(plan)["p1"]; seen == (tt.err != nil) {
				t.Errorf("seen %v", f.Seen(plan))
			}
		})
	}
}

// TestPlanner_Engage_turnsUsedUp: with whom enough was said, nothing more is
// said; it may be liked.
func TestPlanner_Engage_turnsUsedUp(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	hear(t, f.Store, "luma", 8, start.Add(-time.Hour))
	plan := f.engage(t, post("p1", "luma", "a new shader"))
	if len(plan.Shown) != 1 || fmt.Sprint(plan.Shown[0].Acts) != "[like amplify]" {
		t.Errorf("shown %+v", plan.Shown)
	}
}

// TestPlanner_TopicRests: after three texts in an hour a subject rests, for
// comments of one plan as for those of earlier ones, and for posts.
func TestPlanner_TopicRests(t *testing.T) {
	t.Parallel()
	limit := persona.Limit{Hour: new(3), Day: new(12)}
	f := online(t, nova(), inTurn(say(decide("$1 comment", "$2 comment", "$3 comment", "$4 comment")),
		say(`{"text":"The hatching breathes."}`), say(`{"text":"Cold edges, warm middle."}`), say(`{"text":"I would hang this in a stairwell."}`), say(`{"text":"Old maps lie beautifully."}`)))
	f.Persona.Limits["topic"] = limit
	plan := f.engage(t, post("p1", "a_one", "shader"), post("p2", "b_two", "shader"), post("p3", "c_three", "shader"), post("p4", "d_four", "shader"))
	if len(plan.Actions) != 3 || !strings.Contains(refusals(plan), "the subject rests: enough was said about generative art") {
		t.Fatalf("actions %q, refused %q", acts(plan), refusals(plan))
	}
	for _, a := range plan.Actions {
		e := state.Entry{Kind: string(a.Kind), Target: a.Target, Thread: a.Target, Text: a.Text, Topic: a.Topic, Key: a.Key(), PlannedAt: start}
		_, err := f.Store.Plan(e, nil)
		check(t, err)
	}
	if plan := f.engage(t, post("p5", "e_five", "shader")); len(plan.Shown) != 1 || fmt.Sprint(plan.Shown[0].Acts) != "[like amplify]" {
		t.Errorf("shown %+v", plan.Shown)
	}
	for range 5 { // never about what rests
		if plan, err := f.Post(t.Context(), seeded(1), nil); err != nil || len(plan.Actions) != 1 || plan.Actions[0].Topic != "maps" {
			t.Errorf("%+v, %v", plan, err)
		}
	}
	f.Persona.Interests = f.Persona.Interests[:1]
	if plan, err := f.Post(t.Context(), seeded(1), nil); err != nil || plan.Note != "every subject rests: enough was said about each" {
		t.Errorf("%+v, %v", plan, err)
	}
	f.Now = func() time.Time { return start.Add(time.Hour) }
	if plan := f.engage(t, post("p6", "f_six", "shader")); len(plan.Shown) != 1 || len(plan.Shown[0].Acts) != 3 {
		t.Errorf("after an hour: shown %+v", plan.Shown)
	}
}

// TestCorpora_nearDuplicates measures the bound: no two own texts of the
// corpora collide, and each collides with itself reordered, decorated, or cut
// by a fifth.
func TestCorpora_nearDuplicates(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, s := range corpus(t, "benign.jsonl") {
		if s.Source == "own" {
			texts = append(texts, s.Text)
		}
	}
	collide := func(a, b string) bool {
		f := offline(t, nova())
		f.Brain = nil
		return reasonOf(f.CheckText(planner.Text{Kind: actions.Comment, Text: a, Others: []string{b}})) == planner.ReasonRepeat
	}
	f := offline(t, nova())
	for i, text := range texts {
		others := append(append([]string{}, texts[:i]...), texts[i+1:]...)
		if got := reasonOf(f.CheckText(planner.Text{Kind: actions.Comment, Text: text, Others: others})); got == planner.ReasonRepeat {
			t.Errorf("%q collides with another", text)
		}
	}
	missed, varied := 0, 0
	for _, text := range texts[:60] {
		rs := []rune(text)
		if len(rs) < 60 {
			continue
		}
		varied++
		half := len(rs) / 2
		for _, again := range []string{string(rs[half:]) + " " + string(rs[:half]), text + " \u2728", string(rs[:len(rs)*4/5])} {
			if !collide(again, text) {
				missed++
			}
		}
	}
	t.Logf("%d own texts do not collide; of %d variations %d were missed", len(texts), 3*varied, missed)
	if missed > 0 || varied < 20 {
		t.Errorf("%d of %d variations were missed", missed, 3*varied)
	}
}
