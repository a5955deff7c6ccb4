package planner_test

import (
	"io/fs"
	"strings"
	"testing"

	"imagined/actions"
	"imagined/persona"
	"imagined/personas"
	"imagined/planner"
)

// The examples live on their lines when there is no model: each must pass the
// guards that it will meet.
func TestOffline_examplePersonas(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(personas.Files, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := personas.Files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := persona.Parse(name, data)
			if err != nil {
				t.Fatal(err)
			}
			f := offline(t, p)
			for _, line := range p.Voice.Lines {
				for _, in := range p.Interests {
					text := strings.NewReplacer("{topic}", in.Topic, "{author}", "luma").Replace(line)
					if err := f.CheckText(planner.Text{Kind: actions.Comment, Text: text, Author: "luma", Thread: "p1"}); err != nil {
						t.Errorf("%q: %v", text, err)
					}
				}
			}
			c := post("p1", "luma", p.Interests[0].Topic+" "+strings.Join(p.Interests[0].Keywords, " ")+" "+p.Voice.Style)
			plan := f.engage(t, c)
			if len(p.Voice.Lines) == 0 { // it says nothing at all
				if acts(plan) != "like p1" {
					t.Errorf("actions %q, refused %q, note %q", acts(plan), refusals(plan), plan.Note)
				}
				return
			}
			if got := acts(plan); !strings.HasPrefix(got, "like p1, comment p1") && !strings.HasPrefix(got, "like p1, quote p1") {
				t.Errorf("actions %q, refused %q, note %q", acts(plan), refusals(plan), plan.Note)
			}
			own, err := f.Post(t.Context(), seeded(1), nil)
			if err != nil || len(own.Actions) != 1 {
				t.Errorf("post %q, refused %q, note %q, %v", acts(own), refusals(own), own.Note, err)
			}
			for _, recipe := range p.Generation.Recipes {
				made, err := f.Generate(t.Context(), seeded(1), recipe, "noon")
				if err != nil || len(made.Actions) != 1 && !recipe.Auto() || recipe.Auto() && made.Note == "" {
					t.Errorf("generate %q, refused %q, note %q, %v", acts(made), refusals(made), made.Note, err)
				}
			}
		})
	}
}
