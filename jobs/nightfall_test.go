package jobs_test

import (
	"slices"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
)

// TestNightfall: a run that began before the quiet hours ends with them, and what
// it left is done in the morning.
func TestNightfall(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.persona.Schedule = map[string]persona.Job{"respond": {Cron: "55 * * * *"}}
	var asked []string
	for i, handle := range []string{"luma_test", "brio_test", "tide_test"} {
		own := w.says(w.client, "A plotter drew the same wave nine times: "+novel(int64(100+i)))
		w.comments(w.neighbour(handle), own.ID, "", "Which pen was it?")
		asked = append(asked, own.ID)
	}
	w.Advance(14*time.Hour + 45*time.Minute - time.Duration(w.Now().Second())*time.Second) // 22:4x
	j := w.jobs(distinct(t).brain(t))
	j.Pause = 4 * time.Minute
	w.live(j, time.Hour)
	night := 0
	for _, op := range w.sandbox.Effects() {
		if _, asleep := w.persona.Quiet(op.At); asleep {
			t.Errorf("%s at %s", op.Op, op.At.Format(time.TimeOnly))
		}
	}
	for _, post := range asked {
		night += len(w.answers(post))
	}
	w.live(j, 10*time.Hour)
	all := 0
	for _, post := range asked {
		all += len(w.answers(post))
	}
	if night == 0 || night == 3 || all != 3 || w.unread() != 0 {
		t.Errorf("%d answers before the night, %d in all, %d unread", night, all, w.unread())
	}
}

// TestNightfall_Waits: what a run has come to that no later one would find again
// is sent in the morning, when the quiet hours began while it was decided.
func TestNightfall_Waits(t *testing.T) {
	t.Parallel()
	for job, op := range map[string]string{"post": "createPost", "generate": "startGeneration"} {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
			w.persona.Schedule = map[string]persona.Job{job: {Cron: "59 22 * * *"}}
			before := len(w.sandbox.Effects())
			w.Advance(14 * time.Hour)
			m := newModel(t, func(string) (int, string) {
				w.Advance(time.Minute)
				return 200, says(`{"text":"` + novel(1) + `"}`)
			})
			w.live(w.jobs(m.brain(t)), 10*time.Hour)
			var at []string
			for _, e := range w.sandbox.Effects()[before:] {
				at = append(at, e.Op+e.At.UTC().Format(" 15"))
			}
			if want := []string{op + " 07"}; !slices.Equal(at, want) || m.count() != 1 {
				t.Errorf("%q with %d requests, want %q", at, m.count(), want)
			}
		})
	}
}

// TestPoll_RestsAtNight: what failed late in the evening is tried again in the
// morning: a retry is a write, and ends in a post.
func TestPoll_RestsAtNight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace, c.FailGenerations = -1, 1 })
	w.persona.Schedule = map[string]persona.Job{"generate": {Cron: "58 22 * * *"}, "poll": {Cron: "@every 1m"}}
	w.Advance(14 * time.Hour)
	w.live(w.jobs(planner.NewOffline()), 10*time.Hour)
	var at []string
	for _, e := range w.sandbox.Effects() {
		if e.Op == "startGeneration" || e.Op == "retryGeneration" {
			at = append(at, e.Op+e.At.UTC().Format(" 15"))
		}
	}
	want := []string{"startGeneration 22", "retryGeneration 07", "retryGeneration 07", "retryGeneration 07"}
	if !slices.Equal(at, want) {
		t.Errorf("%q, want %q", at, want)
	}
}
