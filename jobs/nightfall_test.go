package jobs_test

import (
	"testing"
	"time"

	"imagined/persona"
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
