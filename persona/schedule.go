package persona

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // names of time zones in an image without any files

	"github.com/robfig/cron/v3"
)

// maxSpec is the longest schedule that is given to the parser.
const maxSpec = 100

// fieldMax is the largest number that each of the five cron fields can count.
var fieldMax = [5]int{59, 23, 31, 12, 6}

var cronStep = regexp.MustCompile(`/([0-9]+)`)

// ParseSchedule reads five cron fields, a descriptor such as "@daily", or
// "@every 20m" with whole seconds. "off" is a nil Schedule without an error.
// Next must be called with a time in the persona's Location; it never returns
// the zero time for a schedule that was accepted.
func ParseSchedule(spec string) (cron.Schedule, error) {
	spec = strings.TrimSpace(spec)
	if spec == "off" {
		return nil, nil
	}
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	schedule, err := parseCron(spec)
	if err != nil {
		return nil, err
	}
	// Cron gives up after five years; any five years from here have a leap day.
	if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, errors.New("it never fires")
	}
	return schedule, nil
}

// checkSpec refuses what cron's parser takes and then runs as something else,
// and what makes it panic.
func checkSpec(spec string) error {
	if len(spec) > maxSpec {
		return fmt.Errorf("it is longer than %d characters", maxSpec)
	}
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return errors.New("the time zone belongs in the key timezone")
	}
	if every, found := strings.CutPrefix(spec, "@every "); found {
		return checkEvery(every)
	}
	fields := strings.Fields(spec)
	for i := 0; i < len(fields) && i < len(fieldMax); i++ {
		for _, m := range cronStep.FindAllStringSubmatch(fields[i], -1) {
			if n, err := strconv.Atoi(m[1]); err != nil || n > fieldMax[i] {
				return fmt.Errorf("the step %s is too large for its field", m[0])
			}
		}
	}
	return nil
}

func checkEvery(every string) error {
	d, err := time.ParseDuration(every)
	switch {
	case err != nil || !durationForm.MatchString(every) && d > 0:
		return fmt.Errorf("%q is not a duration", every)
	case d < time.Second:
		return errors.New("it repeats faster than once a second")
	case d%time.Second != 0:
		return errors.New("it does not count whole seconds")
	case d > 366*24*time.Hour:
		return errors.New("it repeats less than once a year")
	}
	return nil
}

// parseCron is the only call of cron's parser, which is known to panic.
func parseCron(spec string) (schedule cron.Schedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			schedule, err = nil, fmt.Errorf("the parser gave up (%v)", r)
		}
	}()
	schedule, err = cron.ParseStandard(spec)
	return schedule, err
}

// zones are those that were read, by name: the schedule asks for them several
// times a second, and each is a file.
var zones sync.Map

// Location returns the persona's time zone, and UTC when it has none that is
// known.
func (p *Persona) Location() *time.Location {
	if zone, read := zones.Load(p.Timezone); read {
		return zone.(*time.Location) //nolint:forcetypeassert // of nothing else
	}
	zone, err := time.LoadLocation(p.Timezone)
	if err != nil || p.Timezone == "Local" {
		return time.UTC
	}
	zones.Store(p.Timezone, zone)
	return zone
}

// Quiet reports whether t lies in the quiet hours, and when these end. A day
// whose clock is changed is taken so that the quiet hours are the longer ones:
// of an hour that comes twice they begin with the first and end with the last,
// and an end that the clock leaps over is the moment of the leap.
func (p *Persona) Quiet(t time.Time) (until time.Time, quiet bool) {
	from, to, ok := quietHours(p.QuietHours)
	if !ok {
		return time.Time{}, false
	}
	local := t.In(p.Location())
	for day := -1; day <= 0; day++ {
		start, _ := wallClock(local, day, from)
		end := day
		if to <= from {
			end++
		}
		_, until := wallClock(local, end, to)
		if !t.Before(start) && t.Before(until) {
			return until, true
		}
	}
	return time.Time{}, false
}

// quietHours returns the two ends of "23:00-07:00" in minutes since midnight.
func quietHours(s string) (from, to int, ok bool) {
	if len(s) != len("23:00-07:00") || s[5] != '-' {
		return 0, 0, false
	}
	from, begins := minutes(s[:5])
	to, ends := minutes(s[6:])
	return from, to, begins && ends
}

// minutes reads "23:00" as minutes since midnight. It is asked for at every turn
// of the loop, which is no place for a pattern.
func minutes(s string) (n int, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	hour, minute := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return hour*60 + minute, hour < 24 && minute < 60
}

// wallClock returns the first and the last moment at which clocks show that
// minute of the day, counted in days from the day of t. Both are the moment of
// the leap when clocks never show it.
func wallClock(t time.Time, day, minute int) (first, last time.Time) {
	want := time.Date(t.Year(), t.Month(), t.Day()+day, 0, minute, 0, 0, time.UTC)
	at := time.Date(t.Year(), t.Month(), t.Day()+day, 0, minute, 0, 0, t.Location())
	begin, end := at.ZoneBounds()
	// Date chooses one side of a leap; the leap is the border of its zone.
	switch shown := shift(at, t.UTC()); {
	case at.Add(shown).After(want):
		return begin, begin
	case at.Add(shown).Before(want):
		return end, end
	}
	first, last = at, at
	if earlier := at.Add(shift(at, begin.Add(-1))); !begin.IsZero() && earlier.Before(begin) {
		first = earlier
	}
	if later := at.Add(shift(at, end)); !end.IsZero() && !later.Before(end) {
		last = later
	}
	return first, last
}

// shift returns how much later than a clocks must be read in the zone of b to
// show the same.
func shift(a, b time.Time) time.Duration {
	_, x := a.Zone()
	_, y := b.Zone()
	return time.Duration(x-y) * time.Second
}

// tooFast reports whether a poll would use more of the platform's reads than
// it is worth. Cron fields cannot say less than a minute.
func tooFast(s cron.Schedule) bool {
	every, ok := s.(cron.ConstantDelaySchedule)
	return ok && every.Delay < 5*time.Second
}
