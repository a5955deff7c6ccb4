package actions

import (
	"time"

	"imagined/state"
)

// Ask journals an action that a person wants. The next settlement sends it; a
// kind that is never sent without approval waits for that first. It gives
// state.ErrDuplicate when the same was asked for before. Limits hold when it is
// sent, where the persona is known.
func Ask(store *state.Store, a Action, now time.Time) (state.Entry, error) {
	e := a.entry()
	e.PlannedAt, e.ServerAt = now, now
	if NeedsApproval(a.Kind) {
		e.Status = state.Waiting
	}
	if err := rows[a.Kind].fits(e); err != nil {
		return e, err
	}
	return store.Plan(e, charges(e, nil))
}
