//go:build record_before

package actions

import (
	"context"

	"imagined/state"
)

// perform is deliberately wrong: it records an action as done before it is
// sent, so that a crash loses it. The crash test builds the program with it and
// must find what was lost.
func (p *Performer) perform(ctx context.Context, e state.Entry, charges []state.Charge) (state.Entry, error) {
	planned, err := p.Store.Plan(e, charges)
	if err != nil || planned.Status == state.Waiting {
		return planned, err
	}
	planned.Status, planned.Attempts = state.Done, 1
	if planned, err = p.Store.Record(planned, p.Now()); err != nil {
		return planned, err
	}
	_, _ = rows[Kind(e.Kind)].do(ctx, p, planned) // whatever came of it
	return planned, nil
}
