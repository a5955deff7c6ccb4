package state

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Clocks is what a process can read of the time at one moment. The journal has
// a clock of its own, on which budgets are kept, and moves it by these: a clock
// that is set, forward or back, opens no budget twice.
//
// Within one boot only that boot's clock moves it. After another boot the
// platform's clock says how long it was. Where there is neither, the wall clock
// is believed. What cannot be held: a wall clock that is set while the machine
// is down and the platform sends no time, or on a system without a boot clock.
// A machine that is frozen from outside (a virtual one that was paused) may not
// count that time until its next boot; then budgets return later, never sooner.
type Clocks struct {
	Wall     time.Time     // anybody may set it
	Platform time.Time     // the platform's, as its answers give it; zero: not known
	Boot     string        // names the boot that Since counts from; empty: there is no such clock
	Since    time.Duration // nobody can set it
}

// tick is the journal's clock at one moment, and what the others showed then.
type tick struct {
	At       time.Time     `json:"at"`
	Wall     time.Time     `json:"wall"`
	Platform time.Time     `json:"platform,omitzero"`
	Boot     string        `json:"boot,omitempty"`
	Since    time.Duration `json:"since,omitempty"`
}

const (
	keyClock = "clock"
	// ahead is how far the wall clock, where it is all there is, may be set back
	// without being believed.
	ahead = 24 * time.Hour
)

// SetClocks gives the journal the clocks that its own goes by, before the first
// use. Without them it goes by the wall clock alone.
func (s *Store) SetClocks(read func() Clocks) { s.clocks = read }

// Tick moves the journal's clock on. It is due at the start of a process, when
// the platform has just told its time: later its clock is only as good as the
// wall clock that it is kept on.
func (s *Store) Tick(now time.Time) error {
	return s.update(func(tx *txn) error {
		t, err := s.tick(tx.Tx, now)
		if err != nil {
			return err
		}
		return tx.put(bucketStanding, []byte(keyClock), t)
	})
}

// BudgetTime is what the journal's clock shows when the wall clock shows now.
func (s *Store) BudgetTime(now time.Time) (at time.Time, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		at = t.At
		return err
	})
	return at, err
}

// Day is the local day that the model's use counts for, and when it ends. The
// latest day stays in force when the zone was changed to one further west.
func (s *Store) Day(now time.Time, zone *time.Location) (day string, ends time.Time, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		local := t.At.In(zone)
		tomorrow := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
		if last, _ := tx.Bucket(bucketUsage).Cursor().Last(); string(last) == tomorrow.Format(time.DateOnly) {
			local, tomorrow = tomorrow, tomorrow.AddDate(0, 0, 1)
		}
		day, ends = local.Format(time.DateOnly), now.Add(tomorrow.Sub(t.At))
		return err
	})
	return day, ends, err
}

// tick reads the clocks and works out where the journal's stands.
func (s *Store) tick(tx *bolt.Tx, now time.Time) (tick, error) {
	c := Clocks{Wall: now}
	if s.clocks != nil {
		c = s.clocks()
		c.Wall = now
	}
	before, err := get[tick](tx.Bucket(bucketStanding), []byte(keyClock))
	switch {
	case errors.Is(err, ErrNotFound):
		before = tick{At: c.Wall, Wall: c.Wall, Platform: c.Platform}
		if !c.Platform.IsZero() {
			before.At = c.Platform
		}
	case err != nil:
		return tick{}, fmt.Errorf("the budgets' clock: %w", err)
	}
	return before.move(c), nil
}

// move is the clock as it stands when the others show c.
func (t tick) move(c Clocks) tick {
	after := tick{At: t.At, Wall: c.Wall, Platform: c.Platform, Boot: c.Boot, Since: c.Since}
	switch {
	case c.Boot != "" && c.Boot == t.Boot:
		passed := max(c.Since-t.Since, 0)
		after.At = t.At.Add(passed)
		if !t.Platform.IsZero() { // not c's, which may have been moved with the wall clock
			after.Platform = t.Platform.Add(passed)
		}
	case !c.Platform.IsZero() && !t.Platform.IsZero():
		after.At = t.At.Add(max(c.Platform.Sub(t.Platform), 0))
	case c.Wall.Before(t.Wall.Add(-ahead)): // else nothing would return for as long as it was wrong
		after.At = c.Wall
	default:
		after.At = t.At.Add(max(c.Wall.Sub(t.Wall), 0))
		after.Wall = latest(c.Wall, t.Wall)
	}
	return after
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
