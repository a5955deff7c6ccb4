package planner_test

import (
	"strings"
	"testing"

	"imagined/planner"
	"imagined/state"
)

// TestReplay_ReadsWhatCame: the answer of then is read in whatever form it came,
// after a repair, and when the model declined; what was no answer is none.
func TestReplay_ReadsWhatCame(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), say(decide("$1 like")))
	plan := f.engage(t, post("p1", "luma", "a shader"), post("p2", "brio", "a plotter"))
	d := f.Decision(plan, "engage", start)
	if !plan.Decided() || len(d.Exchanges) != 1 || !strings.HasPrefix(acts(plan), "like p") {
		t.Fatalf("%+v", d)
	}
	said := d.Exchanges[0].Answer
	tests := []struct {
		name   string
		change func(x state.Exchange) []state.Exchange
		want   string
		failed bool
	}{
		{"as it came", func(x state.Exchange) []state.Exchange { return []state.Exchange{x} }, "the same", false},
		{"fenced, after thoughts", func(x state.Exchange) []state.Exchange {
			x.Answer = "<think>two posts</think>\n```json\n" + said + "\n```"
			return []state.Exchange{x}
		}, "the same", false},
		{"repaired", func(x state.Exchange) []state.Exchange {
			repair := x
			x.Answer, repair.User = "I like the first one.", "That answer cannot be used: no JSON."
			return []state.Exchange{x, repair}
		}, "the same", false},
		{"declined", func(x state.Exchange) []state.Exchange {
			x.Answer, x.Error = "", "the model declined: refusal"
			return []state.Exchange{x}
		}, "", false},
		{"cut off", func(x state.Exchange) []state.Exchange {
			x.Error = "finish_reason is \"length\""
			return []state.Exchange{x}
		}, "", true},
		{"garbage", func(x state.Exchange) []state.Exchange { x.Answer = "?"; return []state.Exchange{x} }, "", true},
		{"another prompt", func(x state.Exchange) []state.Exchange { x.User += "\n"; return []state.Exchange{x} }, "", true},
		{"another persona", func(x state.Exchange) []state.Exchange { x.System += "\n"; return []state.Exchange{x} }, "", true},
	}
	for _, tt := range tests {
		again, then := *f.Planner, d
		again.Brain, then.Exchanges = nil, tt.change(d.Exchanges[0])
		got, recalled, err := again.Replay(t.Context(), seeded(2), then, state.Entry{})
		if tt.want == "the same" {
			tt.want = acts(plan)
		}
		if err != nil || acts(got) != tt.want || got.Failed != tt.failed || (recalled == 0) != tt.failed {
			t.Errorf("%s: %q, recalled %d, failed %t, %q, %v", tt.name, acts(got), recalled, got.Failed, got.Note, err)
		}
		if tt.failed && !strings.Contains(got.Note, planner.ErrNoBrain.Error()) {
			t.Errorf("%s: note %q", tt.name, got.Note)
		}
	}
}
