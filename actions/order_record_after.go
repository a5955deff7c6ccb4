//go:build record_after

package actions

import (
	"context"

	"imagined/state"
)

// perform is deliberately wrong: it calls first and records afterwards, as
// most bots do. The crash test builds the program with it and must find
// duplicates.
func (p *Performer) perform(ctx context.Context, e state.Entry, charges []state.Charge) (state.Entry, error) {
	if taken, err := p.Store.Taken(e.Key); err != nil || taken {
		return e, state.ErrDuplicate
	}
	if err := p.Store.Room(charges, e.PlannedAt); err != nil {
		return e, err
	}
	id, callErr := rows[Kind(e.Kind)].do(ctx, p, e)
	planned, err := p.Store.Plan(e, charges)
	if err != nil {
		return e, err
	}
	planned.Attempts = 1
	return p.Store.Record(p.outcome(planned, id, callErr), p.Now())
}
