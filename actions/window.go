package actions

import (
	"time"

	"imagined/state"
)

// DefaultSettle is the settle window for a client whose round trips end after
// the given timeout.
func DefaultSettle(timeout time.Duration) time.Duration { return max(2*timeout, time.Minute) }

// wait starts the settle window of an entry. It ends at a point in time, on the
// wall clock and on that of the boot, so that restarts do not move it.
func (p *Performer) wait(e state.Entry, now time.Time) state.Entry {
	window := p.window(Kind(e.Kind))
	e.SettleAt, e.SettleBoot, e.BootID = now.Add(window), 0, ""
	if p.Boot != nil {
		boot, since := p.Boot()
		e.BootID, e.SettleBoot = boot, since+window
	}
	return e
}

// settled is when the settle window of an entry is over. On the clock of the
// boot nobody can set it, forward or back. A point on the wall clock that lies
// further ahead than it was ever set is from a clock that was wrong, and counts
// as now.
func (p *Performer) settled(e state.Entry, now time.Time) time.Time {
	if e.BootID != "" && p.Boot != nil {
		if boot, since := p.Boot(); boot == e.BootID {
			return now.Add(e.SettleBoot - since)
		}
	}
	if e.SettleAt.After(now.Add(p.window(Kind(e.Kind)))) {
		return now
	}
	return e.SettleAt
}

// rebooted reports whether the settle window of an entry was measured on the
// clock of an earlier boot. How much of it is over cannot be told then.
func (p *Performer) rebooted(e state.Entry) bool {
	if e.BootID == "" || p.Boot == nil {
		return false
	}
	boot, _ := p.Boot()
	return boot != e.BootID
}
