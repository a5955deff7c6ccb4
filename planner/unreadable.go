package planner

import (
	"maps"
	"time"
)

// Unreadable is what the platform did not show, by id, and when. For an hour it
// comes after all else, or where nothing is owed to anybody, is left alone: a few
// that are never shown must not stand before the others in every run.
type Unreadable map[string]time.Time

const unreadableFor = time.Hour

// Add notes one more.
func (u *Unreadable) Add(id string, now time.Time) {
	if *u == nil {
		*u = make(Unreadable)
	}
	maps.DeleteFunc(*u, func(_ string, at time.Time) bool { return now.Sub(at).Abs() >= unreadableFor })
	(*u)[id] = now
}

// Compare sorts what is unreadable behind what is not.
func (u Unreadable) Compare(a, b string, now time.Time) int { return u.rank(a, now) - u.rank(b, now) }

func (u Unreadable) rank(id string, now time.Time) int {
	if at, known := u[id]; known && now.Sub(at).Abs() < unreadableFor {
		return 1
	}
	return 0
}
