package actions

import (
	"context"
	"fmt"
	"slices"
	"time"

	"imagined/apiclient"
	"imagined/state"
)

// SettleOpen takes every open entry one step further if its time has come:
// intents are sent, unknown outcomes read back. Requests that were on their
// way when the process ended are unknown. It returns the entries that changed;
// an error means that the journal could not be read or written. A platform that
// answers slowly leaves entries for the next time. An entry whose settlement
// panicked comes last from then on, so that the others are settled.
func (p *Performer) SettleOpen(ctx context.Context) (changed []state.Entry, err error) {
	open, err := p.Store.OpenEntries()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(open, func(a, b state.Entry) int { return p.broke[a.ID] - p.broke[b.ID] })
	ctx = apiclient.Complete(apiclient.Urgent(ctx))
	began := p.Now()
	for _, e := range open {
		if ctx.Err() != nil || p.Now().Sub(began) > settleTurn {
			return changed, nil //nolint:nilerr // stopped, not failed
		}
		after, err := p.settleOne(ctx, e)
		if err != nil {
			return changed, fmt.Errorf("settle entry %d: %w", e.ID, err)
		}
		if after.Status != e.Status {
			changed = append(changed, after)
		}
	}
	return changed, nil
}

// settleOne is settle, which remembers the entries that it panicked over.
func (p *Performer) settleOne(ctx context.Context, e state.Entry) (state.Entry, error) {
	if p.broke == nil {
		p.broke = make(map[uint64]int)
	}
	p.broke[e.ID]++
	after, err := p.settle(ctx, e)
	delete(p.broke, e.ID) // else it panicked
	return after, err
}

// NextSettle is when SettleOpen has something to do, if any entry is open.
func (p *Performer) NextSettle() (next time.Time, some bool, err error) {
	commits := p.Store.Commits()
	if p.idle == commits+1 {
		return next, false, nil
	}
	open, err := p.Store.OpenEntries()
	if err == nil && len(open) == 0 {
		p.idle = commits + 1
	}
	now := p.Now()
	for _, e := range open {
		due := p.due(e, now)
		if !some || due.Before(next) {
			next, some = due, true
		}
	}
	return next, some, err
}

// settleTurn is after how long SettleOpen begins with no further entry: the
// jobs, and whoever watches the loop, want their turn.
const settleTurn = 2 * time.Minute

// heldWait is how soon an intent that is held is looked at again.
const heldWait = time.Minute

// due is when an entry can be taken further.
func (p *Performer) due(e state.Entry, now time.Time) time.Time {
	switch e.Status {
	case state.Waiting:
		return Expires(e)
	case state.Intent:
		if _, held, err := p.Store.Held(e.Kind); held || err != nil {
			return now.Add(heldWait)
		}
		if until, quiet := p.Persona.Quiet(now); quiet {
			return until
		}
		return notBefore(e, now)
	case state.Sending:
		return time.Time{} // left by a process that died
	default:
		if p.rebooted(e) {
			return time.Time{}
		}
		return p.settled(e, now)
	}
}

// notBefore is when an intent may be sent. A point that lies further ahead than
// it was ever set is from a clock that was wrong, and counts as now.
func notBefore(e state.Entry, now time.Time) time.Time {
	if e.NotBefore.After(now.Add(25 * time.Hour)) { // a day's limit at most
		return now
	}
	return e.NotBefore
}

func (p *Performer) settle(ctx context.Context, e state.Entry) (state.Entry, error) {
	now := p.Now()
	if now.Before(p.due(e, now)) {
		return e, nil
	}
	old := now.Sub(wanted(e)) > maxAge
	barred, err := p.barred(Kind(e.Kind))
	if err != nil {
		return e, err
	}
	switch {
	case e.Status == state.Waiting:
		e.Status, e.Error = state.Dropped, "nobody approved it in time"
	case e.Status == state.Sending:
		e.Status, e.Error = state.Unknown, "the process ended before the answer came"
		if rows[Kind(e.Kind)].find == nil {
			e = park(e, "nothing on the platform shows whether it took effect")
		}
	case e.Status == state.Intent && old && e.Attempts == 0:
		e.Status, e.Error = state.Dropped, "it could not be sent in time: "+e.Error
	case e.Status == state.Intent && old:
		e = park(e, "it is too old to be sent again")
	case e.Status == state.Intent && barred != "":
		e = giveUp(e, barred)
	case e.Status == state.Intent:
		return p.attempt(ctx, e)
	case rows[Kind(e.Kind)].find == nil: // of a version that knew how
		e = park(e, "this version cannot read it back")
	case p.rebooted(e):
		e = p.wait(e, now)
	default:
		return p.reconcile(ctx, e)
	}
	e, err = p.Store.Record(e, now)
	p.step("settled")
	return e, err
}

// reconcile settles an unknown outcome by reading. Only absence seen twice, by
// complete scans a settle window apart, lets an action be sent again.
func (p *Performer) reconcile(ctx context.Context, e state.Entry) (state.Entry, error) {
	p.step("unknown")
	seen, err := p.readBack(ctx, e)
	p.step("read back")
	now := p.Now()
	old := now.Sub(wanted(e)) > maxAge
	switch {
	case ctx.Err() != nil:
		return e, nil //nolint:nilerr // stopped, not failed
	case seen.gone:
		e = park(e, "its target is gone, and what was done to it")
	case err != nil && old:
		e = park(e, "it could not be read back in time")
	case err != nil:
		e = p.wait(e, now)
		e.Error = "read back: " + err.Error()
	case seen.found:
		e.Status, e.RemoteID, e.Error = state.Done, seen.remoteID, ""
	case !seen.complete:
		e.Scans++
		e = p.wait(e, now)
		if e.Scans >= maxAttempts {
			e = park(e, "the lists are too long to read back to its time")
		}
	case e.AbsentAt.IsZero() && !old:
		e = p.wait(e, now)
		e.AbsentAt = now
	case e.Attempts >= rows[Kind(e.Kind)].most():
		e = park(e, fmt.Sprintf("sent %d times without effect", e.Attempts))
	case old:
		e = park(e, "it did not show, and is too old to be sent again")
	default:
		e.Status, e.NotBefore = state.Intent, now
	}
	if p.stranger != "" {
		if _, err := p.halt(e); err != nil {
			return e, err
		}
	}
	e, err = p.Store.Record(e, now)
	p.step("settled")
	return e, err
}

// wanted is when it was last said that an action shall be done: a person may
// say so a day after it was planned.
func wanted(e state.Entry) time.Time {
	if e.ApprovedAt.After(e.PlannedAt) {
		return e.ApprovedAt
	}
	return e.PlannedAt
}
