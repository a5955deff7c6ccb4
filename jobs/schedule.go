package jobs

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/robfig/cron/v3"

	"imagined/persona"
	"imagined/state"
)

// lateness is how late a run may begin and still count as on time: the job
// before it may have taken a while.
const lateness = 10 * time.Minute

// scheduled is a job with its place in the persona's day.
type scheduled struct {
	job
	spec    persona.Job
	when    cron.Schedule
	persona *persona.Persona
	state   state.JobState
}

type schedule []*scheduled

// schedule places every job that is not off. Due times come from the store: a
// restart makes nothing due.
func (j *Jobs) schedule() (schedule, error) {
	var jobs schedule
	now := j.Now()
	for _, row := range j.table() {
		s := &scheduled{job: row, spec: j.Persona.Schedule[row.name], persona: j.Persona}
		var err error
		if s.when, err = persona.ParseSchedule(s.spec.Cron); err != nil {
			return nil, fmt.Errorf("schedule.%s: %w", row.name, err)
		}
		if s.when == nil {
			continue
		}
		if !s.advance(now) {
			return nil, fmt.Errorf("schedule.%s: %q never falls outside quiet_hours %s: change one of them", row.name, s.spec.Cron, j.Persona.QuietHours)
		}
		if s.state, err = j.Store.Job(row.name); err != nil {
			return nil, err
		}
		fresh := s.state.Next.IsZero()
		s.resume(now)
		if fresh && j.Eager > 0 {
			s.state.Next = now.Add(j.Eager * time.Duration(len(jobs)+1))
		}
		if err := j.keep(s); err != nil {
			return nil, err
		}
		jobs = append(jobs, s)
	}
	return jobs, nil
}

// resume decides what to do about the due time that an earlier process left.
// A run that was missed is skipped, or made up for once, never more often.
func (s *scheduled) resume(now time.Time) {
	spec := s.spec.Cron + " " + s.persona.Timezone
	changed := s.state.Spec != spec
	s.state.Spec = spec
	late := now.Sub(s.state.Next)
	switch {
	case changed, s.state.Next.IsZero(), late > 0 && s.spec.Missed != "once":
		s.advance(now)
	case late > 0:
		s.state.Next = now
	}
	s.wake(now)
}

// mend puts due times right after the machine slept or its clock was set: a
// run that is long overdue is treated as missed, and one that is further ahead
// than the schedule would place it from now is placed anew.
func (jobs schedule) mend(now time.Time) {
	for _, s := range jobs {
		if now.Sub(s.state.Next) > lateness {
			s.resume(now)
		}
		fresh := *s
		if fresh.advance(now); s.state.Next.After(fresh.state.Next) {
			s.state.Next = fresh.state.Next
		}
		s.wake(now)
	}
}

// wake keeps a run that is due out of quiet hours.
func (s *scheduled) wake(now time.Time) {
	if until, quiet := s.persona.Quiet(now); quiet && s.awake && s.state.Next.Before(until) {
		s.state.Next = until
	}
}

// advance moves on to the first run after now that is not in quiet hours. It
// reports whether there is one.
func (s *scheduled) advance(now time.Time) bool {
	slot := now.In(s.persona.Location())
	for range 1000 { // each round leaves at least one quiet night behind
		slot = s.when.Next(slot)
		if slot.IsZero() {
			break
		}
		due := slot.Add(s.jitter(slot))
		until, quiet := s.persona.Quiet(due)
		if !quiet || !s.awake {
			s.state.Next = due
			return true
		}
		slot = until.Add(-time.Second)
	}
	return false
}

// jitter spreads runs over up to the job's jitter: the same for the same
// persona, job and slot, so that a restart does not move a run.
func (s *scheduled) jitter(slot time.Time) time.Duration {
	if s.spec.Jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%s/%d", s.persona.Handle, s.name, slot.Unix())      // never fails
	return time.Duration(h.Sum64() % uint64(s.spec.Jitter)).Truncate(time.Second) //nolint:gosec // less than the jitter
}

// next is the job that is due first; nil when all are off. Of two due at the
// same time the one higher in the table goes first.
func (jobs schedule) next() *scheduled {
	var due *scheduled
	for _, s := range jobs {
		if due == nil || s.state.Next.Before(due.state.Next) {
			due = s
		}
	}
	return due
}

// Next lists when each job runs next, n times, by job name: what a person
// wants to see before a persona goes live.
func Next(p *persona.Persona, now time.Time, n int) (map[string][]time.Time, error) {
	j := &Jobs{Persona: p}
	runs := make(map[string][]time.Time)
	for _, row := range j.table() {
		s := &scheduled{job: row, spec: p.Schedule[row.name], persona: p}
		var err error
		if s.when, err = persona.ParseSchedule(s.spec.Cron); err != nil {
			return nil, fmt.Errorf("schedule.%s: %w", row.name, err)
		}
		if s.when == nil {
			continue
		}
		for at := now; len(runs[row.name]) < n; at = s.state.Next {
			if !s.advance(at) {
				return nil, fmt.Errorf("schedule.%s: %q never falls outside quiet_hours %s: change one of them", row.name, s.spec.Cron, p.QuietHours)
			}
			runs[row.name] = append(runs[row.name], s.state.Next)
		}
	}
	return runs, nil
}

// Names lists the jobs in the order in which a persona prefers them.
func Names() []string {
	var names []string
	for _, row := range (&Jobs{}).table() {
		names = append(names, row.name)
	}
	return names
}
