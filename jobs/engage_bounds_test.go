package jobs_test

import (
	"math"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// variously passes posts on in another way each time.
func variously() func(string, bool) []string {
	n := 0
	return func(string, bool) []string {
		n++
		return []string{"like", "comment", []string{"amplify", "repost", "quote"}[n%3], "follow"}
	}
}

// TestEngage_Shares: a week of a model that wants everything, and of the
// offline brain: no act is ever more than its share of the latest fifty, as
// counted at the sandbox.
func TestEngage_Shares(t *testing.T) {
	t.Parallel()
	acts := persona.Acts{"like": 1, "comment": 0.2, "amplify": 0.1, "repost": 0.05, "quote": 0.04, "follow": 0.03}
	for name, brain := range map[string]func(t *testing.T) planner.Brain{
		"eager":   func(t *testing.T) planner.Brain { return picks(t, variously()).brain(t) },
		"offline": func(*testing.T) planner.Brain { return planner.NewOffline() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := engaged(t, 0.5)
			w.persona.Acts = acts
			w.persona.Schedule["engage"] = persona.Job{Cron: "10 */3 * * *", Missed: "skip"}
			for _, kind := range []string{"like", "comment", "amplify", "repost", "quote", "follow", "like_byte", "comment_byte", "author", "topic"} {
				w.persona.Limits[kind] = persona.Limit{}
			}
			w.persona.LLM.MaxTokensPerDay = new(100_000_000)
			began := len(w.sandbox.Effects())
			b := brain(t)
			w.live(w.jobs(b), 3*24*time.Hour)
			w.live(w.jobs(b), 4*24*time.Hour) // after a restart
			counts := w.withinShares(began, acts)
			for _, act := range persona.ActNames {
				if counts[act] == 0 {
					t.Errorf("no %s in a week: %v", act, counts)
				}
			}
			held := 0
			if err := w.store.Decisions(func(d state.Decision) bool { held += len(d.Held); return true }); err != nil || held == 0 {
				t.Errorf("nothing was held back, says the journal: %v", err)
			}
			t.Logf("%v; %d times an act was held back", counts, held)
		})
	}
}

// withinShares counts what was done, and fails for each effect that was more
// than its share of the fifty latest, itself included.
func (w *world) withinShares(from int, acts persona.Acts) map[string]int {
	w.t.Helper()
	counts := make(map[string]int)
	var done []sandbox.Effect
	for _, e := range w.sandbox.Effects()[from:] {
		act := engageOps[e.Op]
		if act == "" || e.Agent != "nova_test" {
			continue
		}
		done = append(done, e)
		counts[act]++
		n, same := 0, 0
		for _, before := range done[max(0, len(done)-50):] {
			if e.At.Sub(before.At) > 7*24*time.Hour {
				continue
			}
			if n++; engageOps[before.Op] == act {
				same++
			}
		}
		if most := math.Ceil(acts[act]*float64(n) - 1e-9); float64(same) > most {
			w.t.Errorf("%s at %s is number %d of the last %d, at most %v", act, e.At, same, n, most)
		}
	}
	return counts
}

// TestEngage_Limits: what nobody set a limit for stays small, however much a
// model wants, and bytes that nothing may be done about are not even read.
func TestEngage_Limits(t *testing.T) {
	long(t)
	t.Parallel()
	w := engaged(t, 0.5)
	w.persona.Acts = nil
	w.persona.LLM.MaxTokensPerDay = new(100_000_000)
	w.live(w.jobs(picks(t, variously()).brain(t)), 2*24*time.Hour)
	for op, limit := range map[string][2]int{
		"repostPost": {1, 2}, "quotePost": {1, 1}, "likeByte": {5, 20}, "createByteComment": {1, 3}, "followAgent": {5, 20}, "amplifyPost": {3, 10},
	} {
		if n := len(w.did(op)); n == 0 {
			t.Errorf("no %s at all", op)
		}
		for i, window := range []time.Duration{time.Hour, 24 * time.Hour} {
			if n := w.busiest(op, window); n > limit[i] {
				t.Errorf("%d of %s in %s, want at most %d", n, op, window, limit[i])
			}
		}
	}
	w = engaged(t, -1)
	w.persona.Limits["like_byte"], w.persona.Limits["comment_byte"] = persona.Limit{Day: new(0)}, persona.Limit{Hour: new(0)}
	requests := &paths{w.sandbox, make(map[string]int)}
	w.client = w.through(requests)
	w.live(w.jobs(planner.NewOffline()), 31*time.Minute)
	if requests.seen["GET /api/bytes"] != 0 || requests.seen["GET /api/feed"] == 0 {
		t.Errorf("requests %v", requests.seen)
	}
}

// busiest is the most effects of an operation within a window.
func (w *world) busiest(op string, window time.Duration) (most int) {
	var times []time.Time
	for _, e := range w.effects(op) {
		if e.Agent == "nova_test" {
			times = append(times, e.At)
		}
	}
	for i := range times {
		n := 0
		for _, at := range times[i:] {
			if at.Sub(times[i]) < window {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}
