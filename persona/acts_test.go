package persona_test

import (
	"fmt"
	"testing"

	"imagined/persona"
)

func TestActs_Most(t *testing.T) {
	t.Parallel()
	tests := []struct {
		share    float64
		of, want int
	}{
		{0, 50, 0}, {0.05, 1, 1}, {0.05, 20, 1}, {0.05, 21, 2}, {0.05, 50, 3}, {0.3, 1, 1}, {0.3, 3, 1}, {0.3, 4, 2}, {0.3, 10, 3}, {0.07, 100, 7}, {1, 7, 7},
	}
	for _, tt := range tests {
		if got := (persona.Acts{"quote": tt.share}).Most("quote", tt.of); got != tt.want {
			t.Errorf("a share of %v of %d acts are %d, want %d", tt.share, tt.of, got, tt.want)
		}
	}
	if got := (persona.Acts{"quote": 0}).Most("like", 9); got != 9 {
		t.Errorf("what has no bound: %d of 9", got)
	}
}

func TestParse_Acts(t *testing.T) {
	t.Parallel()
	for _, name := range persona.ActNames {
		p := parse(t, fmt.Sprintf("handle: nova\nname: Nova\nacts: {%s: 0.5, like: 1}\n", map[bool]string{true: "quote", false: name}[name == "like"]))
		if len(p.Acts) != len(persona.ActNames) {
			t.Errorf("with %s: %v", name, p.Acts)
		}
	}
	if p := parse(t, "handle: nova\nname: Nova\nacts: {like: 0.5, comment: 0.35}\n"); p.Acts["comment"] != 0.35 || p.Acts["follow"] != 0.05 {
		t.Errorf("acts %v", p.Acts)
	}
}
