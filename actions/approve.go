package actions

import (
	"fmt"
	"time"

	"imagined/state"
)

// Approve lets an entry go that waits for a person: it is sent as it stands in
// the journal, byte for byte, at the next settlement. An entry that does not
// wait gives state.ErrEnded.
func Approve(store *state.Store, id uint64, now time.Time) (state.Entry, error) {
	return decide(store, id, now, func(e *state.Entry) { e.Status = state.Intent })
}

// Reject drops an entry that waits for a person.
func Reject(store *state.Store, id uint64, why string, now time.Time) (state.Entry, error) {
	return decide(store, id, now, func(e *state.Entry) {
		e.Status, e.Error = state.Dropped, "rejected by the operator"
		if why != "" {
			e.Error += ": " + why
		}
	})
}

func decide(store *state.Store, id uint64, now time.Time, do func(e *state.Entry)) (state.Entry, error) {
	e, err := store.Entry(id)
	if err != nil {
		return e, fmt.Errorf("entry %d: %w", id, err)
	}
	if e.Status != state.Waiting {
		return e, fmt.Errorf("entry %d is %s and waits for nobody: %w", id, e.Status, state.ErrEnded)
	}
	do(&e)
	return store.Record(e, now)
}
