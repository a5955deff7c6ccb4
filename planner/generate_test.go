package planner_test

import (
	"slices"
	"strings"
	"testing"

	"imagined/contract"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

var auto = persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: persona.AutoPrompt}

// TestGenerate_TheModelWritesThePrompt: a recipe without a prompt gets one from
// the model, and the caption is written about that.
func TestGenerate_TheModelWritesThePrompt(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(say(`{"text":"One plotted line that folds over itself until the paper gives in."}`), say(`{"text":"It gave in on the third night."}`)))
	plan, err := f.Generate(t.Context(), seeded(4), auto, "noon")
	if err != nil || len(plan.Actions) != 1 || plan.Calls != 2 {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	a := plan.Actions[0]
	if a.Media.Prompt != "One plotted line that folds over itself until the paper gives in." || a.Text != "It gave in on the third night. #generativeart" {
		t.Errorf("prompt %q, text %q", a.Media.Prompt, a.Text)
	}
	if asked := f.model.seen()[1].all(1); !strings.Contains(asked, a.Media.Prompt) {
		t.Errorf("the caption is not about the prompt:\n%s", asked)
	}
	golden(t, "make.golden", transcript(f.model.seen()[0]))
}

// TestGenerate_EveryType: each type of media is asked for in its own words.
func TestGenerate_EveryType(t *testing.T) {
	t.Parallel()
	asked := make(map[string]string)
	for provider, types := range contract.Capabilities {
		for kind := range types {
			f := online(t, nova(), inTurn(say(`{"text":"A slow bell under water."}`), say(`{"text":"Listen to the end."}`)))
			plan, err := f.Generate(t.Context(), seeded(4), persona.Recipe{Provider: provider, Type: kind, Prompt: persona.AutoPrompt}, "noon")
			if err != nil || len(plan.Actions) != 1 || plan.Actions[0].Media.Type != kind {
				t.Fatalf("%s %s: %+v, %v", provider, kind, plan, err)
			}
			asked[kind], _, _ = strings.Cut(f.model.seen()[0].all(1), ".")
		}
	}
	for kind, a := range asked {
		for other, b := range asked {
			if kind != other && a == b {
				t.Errorf("%s and %s are asked for in the same words: %q", kind, other, a)
			}
		}
	}
	if len(asked) != 5 || !strings.Contains(asked["voice"], "say aloud") {
		t.Errorf("asked %q", asked)
	}
}

// TestGenerate_PromptIsGuarded: a prompt leaves the program, and may be spoken:
// what no text may hold, no prompt may.
func TestGenerate_PromptIsGuarded(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, prompt, note string }{
		{"secret", "A wall with " + clientSecret + " on it", "the prompt was refused: secret"},
		{"address", "What stands at http://169.254.169.254/latest", "the prompt was refused: link"},
		{"refusal", "As an AI language model I paint nothing", "the prompt was refused: refusal phrase"},
		{"mention", "A portrait of @luma", "the prompt was refused: mention"},
		{"avoided", "Coins of an airdrop in the snow", "the prompt was refused: avoided word"},
		{"too long", strings.Repeat("fog and ", 100) + "rain", "the prompt was refused: too long"},
		{"made before", "A lighthouse drawn with a ruler, in the fog!", "the prompt was refused: near-duplicate"},
		{"nothing", "", "the brain had nothing to make"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := online(t, nova(), say(`{"text":`+quoted(tt.prompt)+`}`))
			before := persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "A lighthouse drawn with a ruler, in the fog"}
			f.made(t, before, "morning")
			n := len(f.model.seen())
			plan, err := f.Generate(t.Context(), seeded(4), auto, "noon")
			if err != nil || len(plan.Actions) != 0 || !strings.HasPrefix(plan.Note, tt.note) || plan.Failed {
				t.Errorf("plan %q, note %q, %v", acts(plan), plan.Note, err)
			}
			if strings.Contains(plan.Note, clientSecret) {
				t.Errorf("the note holds the secret: %q", plan.Note)
			}
			if len(f.model.seen()) != n+1 {
				t.Errorf("%d requests, want one: no caption for what is not made", len(f.model.seen())-n)
			}
		})
	}
}

// made journals a generation by a recipe.
func (f fixture) made(t *testing.T, r persona.Recipe, slot string) {
	t.Helper()
	p := *f.Planner
	p.Brain = planner.NewOffline()
	plan, err := p.Generate(t.Context(), seeded(4), r, slot)
	if err != nil || len(plan.Actions) != 1 {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	a := plan.Actions[0]
	e := state.Entry{Kind: string(a.Kind), Text: a.Text, Key: a.Key(), PlannedAt: f.Now(), Media: a.Media}
	if _, err := f.Store.Plan(e, a.Charges(f.Persona.Limits)); err != nil {
		t.Fatal(err)
	}
}

// TestGenerate_Offline: without a model there is nobody to write a prompt, and
// lines are said word for word.
func TestGenerate_Offline(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	plan, err := f.Generate(t.Context(), seeded(4), auto, "noon")
	if err != nil || len(plan.Actions) != 0 || plan.Note != "the prompt of this recipe is written by a model, and there is none" || plan.Brain != "" {
		t.Errorf("plan %+v, %v", plan, err)
	}
	plan, err = f.Generate(t.Context(), seeded(4), persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "{topic}"}, "noon")
	if err != nil || len(plan.Actions) != 1 || strings.Contains(plan.Actions[0].Text, "#") {
		t.Errorf("plan %+v, %v", plan, err)
	}
}

// TestGenerate_Money: the cap is asked before the model is, and counts what is
// under way; a recipe without a price is refused with the line to add.
func TestGenerate_Money(t *testing.T) {
	t.Parallel()
	who := nova()
	who.Limits["generate"] = persona.Limit{Day: new(9)}
	who.Generation.MaxUSDPerDay = new(0.10)
	f := online(t, who, say(`{"text":"Fine."}`))
	recipe := persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "fog"}
	plan, err := f.Generate(t.Context(), seeded(4), recipe, "1")
	if err != nil || !strings.Contains(plan.Note, `add a line such as "usd: 0.04"`) {
		t.Errorf("unpriced: %+v, %v", plan, err)
	}
	recipe.USD = new(0.04)
	for _, slot := range []string{"1", "2"} {
		f.made(t, recipe, slot)
	}
	n := len(f.model.seen())
	plan, err = f.Generate(t.Context(), seeded(4), recipe, "3")
	if err != nil || len(plan.Actions) != 0 || len(f.model.seen()) != n ||
		plan.Note != "limit reached: media for $0.08 were made in 24 hours, generation.max_usd_per_day is $0.10 and this costs $0.04" {
		t.Errorf("%d requests to the model, note %q, %v", len(f.model.seen())-n, plan.Note, err)
	}
	budgets, err := f.Budgets(f.Now())
	i := slices.IndexFunc(budgets, func(b planner.Budget) bool { return b.Group == planner.GroupMedia && b.Name == "usd" })
	if err != nil || i < 0 || budgets[i].Cap != 0.10 || budgets[i].Used != 0.08 || budgets[i].Left != 0.02 {
		t.Errorf("budgets %+v, %v", budgets, err)
	}
	recipe.USD = new(0.02) // exactly what is left
	if plan, err = f.Generate(t.Context(), seeded(4), recipe, "4"); err != nil || len(plan.Actions) != 1 || plan.Actions[0].Media.Cents != 2 {
		t.Errorf("plan %+v, %v", plan, err)
	}
}

// TestGenerate_Hashtags: those of the topic, at most two in all, and never past
// the length of a post.
func TestGenerate_Hashtags(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("fog over the plotter and ", 20))[:490]
	tests := []struct{ name, says, want string }{
		{"none", "Fine.", "Fine. #generativeart #aiart"},
		{"one of them", "Fine #AIart.", "Fine #AIart. #generativeart"},
		{"two others", "Fine #slow #ink", "Fine #slow #ink"},
		{"no room", long, long},
	}
	for _, tt := range tests {
		who := nova()
		who.Interests = []persona.Interest{{Topic: "generative art", Hashtags: []string{"generativeart", "aiart", "art"}, Weight: 1}}
		f := online(t, who, say(`{"text":`+quoted(tt.says)+`}`))
		plan, err := f.Generate(t.Context(), seeded(4), persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "fog"}, "noon")
		if err != nil || len(plan.Actions) != 1 || plan.Actions[0].Text != tt.want {
			t.Errorf("%s: %+v, %v", tt.name, plan, err)
		}
	}
}
