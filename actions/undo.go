package actions

import (
	"errors"
	"fmt"
	"time"

	"imagined/state"
)

// Undo is the action that takes back what an entry did. Its slot is the id of
// that entry, so that it is done once. A *StandsError says why there is none.
func Undo(e state.Entry) (Action, error) {
	row := rows[Kind(e.Kind)]
	switch {
	case e.Status == state.Dropped || e.Status == state.Refused:
		return Action{}, stands("it had no effect: it was %s", e.Status)
	case e.Status == state.Parked:
		return Action{}, stands("it is not known whether it took effect: imagined settle %d --done or --not-done comes first", e.ID)
	case e.Status == state.Sending || e.Status == state.Unknown:
		return Action{}, stands("it is not known yet whether it took effect: ask again when it is settled")
	case row.undo == "":
		return Action{}, stands("nothing on the platform takes back a %s", e.Kind)
	}
	a := Action{Kind: row.undo, Target: e.Target, Slot: state.FormatID(e.ID), Why: "takes back entry " + state.FormatID(e.ID)}
	if row.undo == DeleteComment {
		a.Slot = e.RemoteID
	} else if rows[row.undo].target != row.target {
		a.Target = e.RemoteID
	}
	if a.Slot == "" || a.Target == "" && rows[row.undo].target != "" {
		return Action{}, stands("it made something whose id is not known, since the answer was lost: delete it by hand")
	}
	return a, nil
}

// TakeBack journals what takes back the effect of an entry; the next settlement
// sends it. What was not sent yet is dropped instead. It returns the entry that
// does it, or the one that was dropped, and may be repeated: then it returns
// the same. An error that is a *StandsError says why the entry stands.
func TakeBack(store *state.Store, id uint64, now time.Time) (state.Entry, error) {
	e, err := store.Entry(id)
	if err != nil {
		return e, fmt.Errorf("entry %d: %w", id, err)
	}
	switch e.Status {
	case state.Waiting, state.Intent:
		e.Status, e.Error = state.Dropped, takenBack
		return store.Record(e, now)
	case state.Dropped:
		if e.Error == takenBack {
			return e, nil
		}
	}
	a, err := Undo(e)
	if err != nil {
		return e, err
	}
	before, err := store.Holder(a.Key())
	if err == nil || !errors.Is(err, state.ErrNotFound) {
		return before, err
	}
	undo := a.entry()
	undo.Job, undo.PlannedAt = "undo", now
	// Its limits hold when it is sent, where the persona is known.
	undo, err = store.Plan(undo, charges(undo, nil))
	if errors.Is(err, state.ErrDuplicate) {
		return e, stands("it was taken back long ago")
	}
	return undo, err
}

// takenBack marks an entry that was taken back before it was sent.
const takenBack = "taken back by the operator before it was sent"

// StandsError says why an entry cannot be taken back.
type StandsError struct{ Reason string }

func (e *StandsError) Error() string { return e.Reason }

func stands(format string, args ...any) error { return &StandsError{fmt.Sprintf(format, args...)} }
