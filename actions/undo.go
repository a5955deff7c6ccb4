package actions

import (
	"fmt"

	"imagined/state"
)

// Undo is the action that takes back what an entry did. Its slot is the id of
// that entry, so that it is done once. An error says why there is none.
func Undo(e state.Entry) (Action, error) {
	row := rows[Kind(e.Kind)]
	if row.undo == "" {
		return Action{}, fmt.Errorf("nothing takes back the %s of entry %d", e.Kind, e.ID)
	}
	a := Action{Kind: row.undo, Target: e.Target, Slot: state.FormatID(e.ID), Why: "takes back entry " + state.FormatID(e.ID)}
	if row.undo == DeleteComment {
		a.Slot = e.RemoteID
	} else if rows[row.undo].target != row.target {
		a.Target = e.RemoteID
	}
	if a.Slot == "" || a.Target == "" && rows[row.undo].target != "" {
		return Action{}, fmt.Errorf("entry %d made something whose id is not known, since the answer was lost: delete it by hand", e.ID)
	}
	return a, nil
}
