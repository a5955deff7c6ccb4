//go:build !record_after && !record_before

package actions

import (
	"context"

	"imagined/state"
)

// perform takes a new entry through its first attempt. The order is the
// point: the intent is on disk before anything else happens, the attempt is on
// disk before the request leaves, and the outcome after it. Whatever moment
// the process dies at, the journal knows that there is something to find out.
//
// order_record_after.go is this function done wrong, for the crash test to
// catch.
func (p *Performer) perform(ctx context.Context, e state.Entry, charges []state.Charge) (state.Entry, error) {
	planned, err := p.Store.Plan(e, charges)
	if err != nil {
		return e, err
	}
	if planned.Status == state.Waiting || planned.NotBefore.After(p.Now()) || ctx.Err() != nil {
		return planned, nil //nolint:nilerr // stopped, not failed
	}
	return p.attempt(ctx, planned)
}
