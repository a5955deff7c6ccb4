package jobs

import (
	"slices"
	"sync"
	"time"
)

// Hintable are the jobs that look at what others did to the persona.
var Hintable = []string{"respond", "messages"}

// hintEvery is how often a job is made due by hints at most.
const hintEvery = time.Minute

// hints are the jobs that somebody says have something to see. Nobody is
// believed: a job that is due sooner reads what it would have read later.
type hints struct {
	mu   sync.Mutex
	due  map[string]bool
	last map[string]time.Time
}

// Hint makes one of the Hintable jobs due at once, unless it is off, rests, or
// was hinted at within a minute: then when that is over. It may be called from
// any goroutine.
func (j *Jobs) Hint(name string) {
	if !slices.Contains(Hintable, name) {
		return
	}
	j.hints.mu.Lock()
	defer j.hints.mu.Unlock()
	if j.hints.due == nil {
		j.hints.due, j.hints.last = make(map[string]bool), make(map[string]time.Time)
	}
	j.hints.due[name] = true
}

// take reports whether a job is to be made due by a hint now.
func (h *hints) take(name string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if since := now.Sub(h.last[name]); !h.due[name] || since >= 0 && since < hintEvery {
		return false
	}
	delete(h.due, name)
	h.last[name] = now
	return true
}

// hinted makes the jobs due that were hinted at.
func (j *Jobs) hinted(jobs schedule, now time.Time) {
	for _, s := range jobs {
		if j.hints.take(s.name, now) && s.state.Next.After(now) {
			s.state.Next, s.state.Slot = now, ""
			s.wake(now)
		}
	}
}
