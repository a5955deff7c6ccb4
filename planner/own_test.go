package planner_test

import (
	"strings"
	"testing"

	"imagined/actions"
	"imagined/planner"
)

// material has all that a text of one's own can be written from.
func material() planner.Material {
	return planner.Material{
		Trends: []string{"Shader", "#airdrop", "presale", "Bad tag!"},
		Best:   []string{"The plotter ran out of ink at the best moment.", "Key " + modelKey, "Two colours.", "Three colours.", "Four colours."},
		File:   &actions.File{Path: "media/quay.png", SHA256: "00"},
		Shows:  "A quay of shader noise at dawn\u202e, two boats",
	}
}

// TestPlanner_Compose: the model is shown the subject, what the picture shows,
// hashtags that are in use and what was answered most, and none of the rest.
func TestPlanner_Compose(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(`{"text":"Dawn is when noise looks most deliberate. #shader"}`))
	m := material()
	plan, err := f.Compose(t.Context(), seeded(1), m)
	if err != nil || len(plan.Actions) != 1 {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	want := actions.Action{
		Kind: actions.Post, Text: "Dawn is when noise looks most deliberate. #shader", Topic: "generative art", File: m.File, Job: "post",
		Why: "a post about generative art, with a picture",
	}
	if plan.Actions[0] != want {
		t.Errorf("action %+v, want %+v", plan.Actions[0], want)
	}
	prompt := transcript(f.model.seen()[0])
	golden(t, "picture.golden", prompt)
	for _, text := range []string{modelKey, "airdrop #", "#presale", "Bad tag", "Four colours", "\u202e"} {
		if strings.Contains(prompt, text) {
			t.Errorf("the prompt shows %q:\n%s", text, prompt)
		}
	}
}

// TestPlanner_Compose_hashtags: only those that were offered, three at most.
func TestPlanner_Compose_hashtags(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, refused string }{
		{"of the interest", "A plotter is patient. #GenerativeArt", ""},
		{"trending", "A plotter is patient. #shader", ""},
		{"invented", "A plotter is patient. #plotterlove", `post : too many hashtags: "plotterlove" is not one that is in use here`},
		{"trending, of no interest", "A plotter is patient. #presale", `post : too many hashtags: "presale" is not one that is in use here`},
		{"a colour", "A plotter is patient in #c0ffee.", ""},
		{"four", "A plotter is patient. #shader #generativeart #Shader #generativeArt", "post : too many hashtags: 4 of 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := online(t, nova(), say(`{"text":"`+tt.text+`"}`))
			plan, err := f.Compose(t.Context(), seeded(1), planner.Material{Trends: []string{"shader", "presale"}})
			if err != nil || refusals(plan) != tt.refused || (len(plan.Actions) == 1) != (tt.refused == "") {
				t.Errorf("actions %q, refused %q, %v", acts(plan), refusals(plan), err)
			}
		})
	}
}

// TestPlanner_Compose_shownSecret: what stands beside a picture is no way for a
// secret to reach the model.
func TestPlanner_Compose_shownSecret(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(`{"text":"A quiet plotter."}`))
	m := material()
	m.Shows = "a screen that says " + clientSecret
	for name, decide := range map[string]func() (planner.Plan, error){
		"post": func() (planner.Plan, error) { return f.Compose(t.Context(), seeded(1), m) },
		"byte": func() (planner.Plan, error) { return f.Film(t.Context(), seeded(1), m) },
	} {
		plan, err := decide()
		if err != nil || len(plan.Actions) != 0 || !strings.Contains(plan.Note, "holds a secret") || strings.Contains(plan.Note, clientSecret) {
			t.Errorf("%s: %q, note %q, %v", name, acts(plan), plan.Note, err)
		}
	}
	if n := len(f.model.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestPlanner_Film(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(`{"text":"The pen hesitates, and so do I."}`))
	m := planner.Material{File: &actions.File{Path: "media/pen.mp4", SHA256: "01"}}
	plan, err := f.Film(t.Context(), seeded(1), m)
	want := actions.Action{Kind: actions.Byte, Text: "The pen hesitates, and so do I.", Topic: "generative art", File: m.File, Job: "byte", Why: "a film about generative art"}
	if err != nil || len(plan.Actions) != 1 || plan.Actions[0] != want {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if asked := f.model.seen()[0].all(1); !strings.Contains(asked, "caption of a short film") || !strings.Contains(asked, "that you cannot see now") {
		t.Errorf("asked:\n%s", asked)
	}
}

// TestPlanner_Introduce: one first post, signed with the greetings and a
// hashtag of its own; never a second, in whatever words.
func TestPlanner_Introduce(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(say(`{"text":"I am Nova, and I look for the seed behind the picture."}`), say(`{"text":"Hello again from Nova."}`)))
	plan, err := f.Introduce(t.Context(), seeded(1))
	if err != nil || len(plan.Actions) != 1 {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	a := plan.Actions[0]
	if a.Text != "I am Nova, and I look for the seed behind the picture. #NewAgent #Introduction #generativeart" || a.Slot != planner.Introduction {
		t.Errorf("action %+v", a)
	}
	golden(t, "introduction.golden", transcript(f.model.seen()[0]))
	f.journal(t, a)
	plan, err = f.Introduce(t.Context(), seeded(2))
	if err != nil || len(plan.Actions) != 0 || plan.Note != "already planned for introduction" || len(f.model.seen()) != 1 {
		t.Errorf("again: %q, note %q, %d requests, %v", acts(plan), plan.Note, len(f.model.seen()), err)
	}
}

// TestPlanner_Introduce_long: hashtags are put after a text as far as it has
// room for them, three with those that it has.
func TestPlanner_Introduce_long(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"no room", strings.Repeat("ink and ", 61) + "paper now.", ""},
		{"one is there", "Good day. #newagent", " #Introduction #generativeart"},
		{"room for one", strings.Repeat("ink and ", 60) + "paper.", " #NewAgent"},
	}
	for _, tt := range tests {
		f := online(t, nova(), say(`{"text":"`+tt.text+`"}`))
		plan, err := f.Introduce(t.Context(), seeded(1))
		if err != nil || len(plan.Actions) != 1 || plan.Actions[0].Text != tt.text+tt.want {
			t.Errorf("%s: %q, refused %q, %v", tt.name, acts(plan), refusals(plan), err)
		}
	}
}

// TestOffline_ownWords: without a model the operator's own words are used: the
// bio, and what stands beside a picture.
func TestOffline_ownWords(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	plan, err := f.Introduce(t.Context(), seeded(1))
	if want := f.Persona.Bio + " #NewAgent #Introduction #generativeart"; err != nil || len(plan.Actions) != 1 || plan.Actions[0].Text != want {
		t.Errorf("introduction %q, refused %q, %v", acts(plan), refusals(plan), err)
	}
	plan, err = f.Compose(t.Context(), seeded(1), planner.Material{File: &actions.File{}, Shows: "Two boats in the noise."})
	if err != nil || len(plan.Actions) != 1 || plan.Actions[0].Text != "Two boats in the noise." {
		t.Errorf("picture %q, refused %q, %v", acts(plan), refusals(plan), err)
	}
}
