package persona

import (
	"math"
	"time"

	"github.com/robfig/cron/v3"
)

// Slots is a schedule as a persona lives it: each time that it names comes
// once, also on the days on which clocks are changed. Cron alone runs a job of
// 02:30 not at all on the one day and twice on the other.
type Slots struct {
	schedule cron.Schedule
	zone     *time.Location
	fixed    bool // it names hours
}

// starBit is how cron marks a field that is "*".
const starBit = 1 << 63

// NewSlots returns the slots of a schedule from ParseSchedule in a time zone.
func NewSlots(schedule cron.Schedule, zone *time.Location) Slots {
	spec, ok := schedule.(*cron.SpecSchedule)
	return Slots{schedule: schedule, zone: zone, fixed: ok && spec.Hour&starBit == 0}
}

// Next returns the first slot after t, and its name, which no other slot of the
// schedule has.
//
// A time that clocks leap over comes at the moment of the leap, together with
// all others that they leap over; one that clocks show twice comes the first
// time. A schedule that names no hours, such as "*/20 * * * *", goes on in real
// time. The zero time means that there is none.
func (s Slots) Next(t time.Time) (at time.Time, name string) {
	if s.fixed {
		return s.nextFixed(t)
	}
	at = s.nextSteady(t)
	return at, at.UTC().Format(time.RFC3339)
}

// nextFixed asks cron for times of day, as if there were no time zones, and
// then places them.
func (s Slots) nextFixed(t time.Time) (at time.Time, name string) {
	const mostPassed = 3 * 24 * 60 // slots of one a minute in days that a zone skips
	local := t.In(s.zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	for range mostPassed {
		if wall = s.schedule.Next(wall); wall.IsZero() {
			break
		}
		day := time.Date(wall.Year(), wall.Month(), wall.Day(), 12, 0, 0, 0, s.zone)
		at, _ = wallClock(day, 0, wall.Hour()*60+wall.Minute())
		if eve := at.Add(-time.Second); at.In(s.zone).Day() != wall.Day() && eve.In(s.zone).Day() == wall.Day() {
			at = eve // Nuuk leaps from 23:00 into the next day, which has a run of its own
		}
		if at.After(t) {
			return at, wall.Format("2006-01-02T15:04")
		}
	}
	return time.Time{}, ""
}

// nextSteady asks cron from one change of the clocks to the next, with clocks
// that never change.
func (s Slots) nextSteady(t time.Time) time.Time {
	for range math.MaxInt8 {
		local := t.In(s.zone)
		_, offset := local.Zone()
		at := s.schedule.Next(t.In(time.FixedZone("", offset)))
		_, change := local.ZoneBounds()
		if at.IsZero() || change.IsZero() || at.Before(change) {
			return at
		}
		// The slot at the very moment of the change belongs to what follows.
		_, offset = change.In(s.zone).Zone()
		at = s.schedule.Next(change.Add(-1).In(time.FixedZone("", offset)))
		if _, next := change.In(s.zone).ZoneBounds(); at.IsZero() || next.IsZero() || at.Before(next) {
			return at
		}
		t = change
	}
	return time.Time{}
}
