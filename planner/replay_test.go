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

// TestReplay_respond: answers are decided again, each to its own comment; another
// persona asks the model anew, in the words of then.
func TestReplay_respond(t *testing.T) {
	t.Parallel()
	s := speaking(t, inTurn(say(`{"text":"About as long as the rain took."}`), say("I would say: blue."), say(`{"text":"Only the blue one, and it leaked."}`)))
	s.comment("pst_own", "", "luma", "How long did it take?")
	s.comment("pst_own", "", "brio", "Which pen is that?")
	then := s.respond(t)
	d := s.Decision(then, "respond", start)
	if len(then.Actions) != 2 || len(d.Exchanges) != 3 {
		t.Fatalf("actions %q, refused %q, %d exchanges", acts(then), refusals(then), len(d.Exchanges))
	}
	again := *s.Planner
	again.Brain = nil
	same, recalled, err := again.Replay(t.Context(), seeded(2), d, state.Entry{})
	if err != nil || recalled != 2 || len(same.Actions) != 2 {
		t.Fatalf("recalled %d, actions %q, refused %q, %q, %v", recalled, acts(same), refusals(same), same.Note, err)
	}
	for i, a := range same.Actions {
		if b := then.Actions[i]; a.Kind != b.Kind || a.Target != b.Target || a.Author != b.Author || a.Text != b.Text {
			t.Errorf("answer %d: %+v, then %+v", i, a, b)
		}
	}
	other := nova()
	other.Voice.Style, other.Avoid.Agents = "Dry.", []string{"luma"}
	again.Persona, again.Brain = other, s.Brain
	plan, recalled, err := again.Replay(t.Context(), seeded(2), d, state.Entry{})
	asked := s.model.seen()
	if err != nil || recalled != 0 || len(plan.Actions) != 1 || plan.Actions[0].Author != "brio" || plan.Gone["avoided"] != 1 || len(asked) != 4 {
		t.Fatalf("recalled %d, actions %+v, gone %v, %d requests, %v", recalled, plan.Actions, plan.Gone, len(asked), err)
	}
	if q := asked[3]; !strings.Contains(q.all(0), "Dry.") || q.all(1) != asked[1].all(1) {
		t.Errorf("asked %q and %q", q.all(0), q.all(1))
	}
}
