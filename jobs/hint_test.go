package jobs_test

import (
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/persona"
	"imagined/state"
)

// TestHint: a hint makes a job due at once, once a minute at most, and never in
// quiet hours; a thousand of them cost a read a minute.
func TestHint(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	w.persona.Schedule = map[string]persona.Job{"messages": {Cron: "0 */6 * * *"}, "respond": {Cron: "off"}}
	m := distinct(t)
	j := w.jobs(m.brain(t))
	asked := w.writes(w.neighbour("luma_test"), "Which pen do you use?")
	w.live(j, 5*time.Minute)
	if got := w.wrote(asked); len(got) != 0 {
		t.Fatalf("wrote %q without a hint", got)
	}
	j.Hint("messages")
	j.Hint("respond") // off
	j.Hint("post")    // no hint helps
	w.live(j, time.Minute)
	if got := w.wrote(asked); len(got) != 1 {
		t.Errorf("wrote %q a minute after the hint", got)
	}
	w.Advance(20 * time.Minute)
	rec := w.recorded()
	for end := w.Now().Add(10 * time.Minute); w.Now().Before(end); {
		for range 50 {
			j.Hint("messages")
		}
		w.live(j, 20*time.Second)
	}
	runs := strings.Count(w.log.String(), "msg=ran job=messages")
	if runs > 12 || runs < 10 || len(rec.writes) != 0 {
		t.Errorf("%d runs in 11 minutes, writes %q", runs, rec.writes)
	}
	job, err := w.store.Job("messages")
	if err != nil || job.Next.Hour() != 12 || job.Next.Minute() != 0 {
		t.Errorf("next %s, %v: a hint must not move what is scheduled", job.Next, err)
	}
}

// TestHint_QuietHours: nobody wakes a persona.
func TestHint_QuietHours(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	w.persona.QuietHours = "07:00-09:00"
	w.persona.Schedule = map[string]persona.Job{"messages": {Cron: "0 */6 * * *"}}
	asked := w.writes(w.neighbour("luma_test"), "Which pen do you use?")
	m := distinct(t)
	j := w.jobs(m.brain(t))
	j.Hint("messages")
	w.live(j, 64*time.Minute)
	if got := w.wrote(asked); len(got) != 1 {
		t.Errorf("wrote %q after them", got)
	}
	for _, e := range w.entries() {
		if e.Kind == string(actions.Message) && (e.Status != state.Done || e.PlannedAt.Hour() != 9) {
			t.Errorf("in quiet hours: %+v", e)
		}
	}
}
