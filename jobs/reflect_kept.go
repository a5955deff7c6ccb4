package jobs

import (
	"encoding/json"
	"fmt"
	"time"

	"imagined/planner"
	"imagined/state"
)

const (
	cursorWeeks   = "weeks"   // the series
	cursorLearned = "learned" // by which it lives; apart, as it is read in each run
	keptWeeks     = 104
)

// Weeks is the series of a persona's weeks, oldest first, two years at most.
func Weeks(store *state.Store) (weeks []planner.Week, err error) {
	err = recall(store, cursorWeeks, &weeks)
	return weeks, err
}

// Learned is what a persona has learned from them; zero for nothing.
func Learned(store *state.Store) (learned planner.Learned, err error) {
	err = recall(store, cursorLearned, &learned)
	return learned, err
}

func keepWeeks(store *state.Store, weeks []planner.Week) error {
	return keep(store, cursorWeeks, weeks[max(0, len(weeks)-keptWeeks):])
}

func keepLearned(store *state.Store, learned planner.Learned) error {
	return keep(store, cursorLearned, learned)
}

func recall(store *state.Store, cursor string, into any) error {
	text, err := store.Cursor(cursor)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", cursor, err)
	}
	return nil
}

func keep(store *state.Store, cursor string, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		err = store.SetCursor(cursor, string(text))
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", cursor, err)
	}
	return nil
}

// unlearn goes back to what the file says. The series stays; what it says up to
// now does not count any more.
func unlearn(store *state.Store, now time.Time) (string, error) {
	learned, err := Learned(store)
	if err != nil {
		return "", err
	}
	// The name of the week stays, so that it is counted anew from here.
	err = keepLearned(store, planner.Learned{Week: learned.Week, Since: now})
	return "weights and hours are as the file says again", err
}
