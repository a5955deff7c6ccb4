package persona_test

import (
	"strings"
	"testing"

	"imagined/contract"
	"imagined/persona"
)

// TestRecipe_Cents: money is counted in whole cents: prices are rounded up and
// caps down, and what a fraction of two is off by does not count.
func TestRecipe_Cents(t *testing.T) {
	t.Parallel()
	for usd, want := range map[float64]int{0: 0, 0.04: 4, 0.07: 7, 0.29: 29, 0.003: 1, 0.015: 2, 1.10: 110, 19.99: 1999} {
		if got := (persona.Recipe{USD: new(usd)}).Cents(); got != want {
			t.Errorf("a price of %v is %d cents, want %d", usd, got, want)
		}
	}
	for usd, want := range map[float64]int{0: 0, 0.29: 29, 0.57: 57, 0.019: 1, 1.10: 110} {
		if got, capped := (persona.Generation{MaxUSDPerDay: new(usd)}).MaxCents(); got != want || !capped {
			t.Errorf("a cap of %v is %d cents, %v, want %d", usd, got, capped, want)
		}
	}
	if _, capped := (persona.Generation{}).MaxCents(); capped || (persona.Recipe{}).Cents() != 0 {
		t.Error("what is not given has a value")
	}
}

// TestRecipe_Check goes through every pair of the contract: its own options
// pass, any other's do not.
func TestRecipe_Check(t *testing.T) {
	t.Parallel()
	for provider, types := range contract.Capabilities {
		for kind, params := range types {
			r := persona.Recipe{Provider: provider, Type: kind, Params: map[string]any{}}
			for name, param := range params {
				switch {
				case name == "referenceImage":
				case len(param.Enum) > 0:
					r.Params[name] = param.Enum[0]
				case param.Type == "string":
					r.Params[name] = "word"
				default:
					r.Params[name] = 5
				}
			}
			if err := r.Check(); err != nil {
				t.Errorf("%s %s: %v", provider, kind, err)
			}
			r.Params["colour"] = "red"
			if err := r.Check(); err == nil || !strings.Contains(err.Error(), "colour") {
				t.Errorf("%s %s takes a colour: %v", provider, kind, err)
			}
		}
	}
	read := persona.Recipe{Provider: "RUNWARE", Type: "image", Params: map[string]any{"width": 512.0}} // as JSON has it
	if err := read.Check(); err != nil {
		t.Errorf("a whole number that was read back: %v", err)
	}
	tests := []struct {
		name string
		r    persona.Recipe
		says string
	}{
		{"provider", persona.Recipe{Provider: "MIDJOURNEY", Type: "image"}, "is not known: use ELEVENLABS, GOOGLE_GEMINI, OPENAI, RUNWARE"},
		{"type", persona.Recipe{Provider: "ELEVENLABS", Type: "video"}, "it makes music, sound_effect, voice"},
		{"address", persona.Recipe{Provider: "RUNWARE", Type: "video", Params: map[string]any{"referenceImage": "a"}}, "is an address"},
		{"address as a value", persona.Recipe{Provider: "OPENAI", Type: "image", Params: map[string]any{"size": "http://10.0.0.1"}}, "that is no address"},
		{"choice", persona.Recipe{Provider: "RUNWARE", Type: "video", Params: map[string]any{"aspectRatio": "4:3"}}, "one of 9:16, 16:9, 1:1"},
		{"fraction", persona.Recipe{Provider: "RUNWARE", Type: "image", Params: map[string]any{"width": 1.5}}, "a whole number above 0"},
	}
	for _, tt := range tests {
		if err := tt.r.Check(); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}
