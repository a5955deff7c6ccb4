package jobs

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"imagined/persona"
	"imagined/state"
)

// scheduled is a job with its place in the persona's day.
type scheduled struct {
	job
	spec    persona.Job
	slots   persona.Slots
	persona *persona.Persona
	state   state.JobState
}

type schedule []*scheduled

// schedule places every job that is not off. Due times come from the store: a
// restart makes nothing due, and neither a restart nor an edit of the file costs
// a run that is not too late yet.
func (j *Jobs) schedule() (schedule, error) {
	jobs := make(schedule, 0, len(j.table()))
	now := j.Now()
	j.mended = time.Time{}
	j.forget()
	if err := j.enter(); err != nil {
		return nil, err
	}
	if err := j.apply(); err != nil {
		return nil, err
	}
	unsure, err := j.unsure(now)
	if err != nil {
		return nil, err
	}
	for _, row := range j.table() {
		s, err := place(row, j.Planner.Persona, now)
		if err != nil {
			return nil, err
		}
		kept, err := j.Store.Job(row.name)
		if err != nil {
			return nil, err
		}
		if s == nil {
			if err := errors.Join(j.rest(row, kept), j.unworked(row)); err != nil {
				return nil, err
			}
			continue
		}
		s.state = kept
		missed := s.resume(now, unsure)
		if kept.Next.IsZero() && j.Eager > 0 && !slices.Contains(j.Later, row.name) {
			s.state.Next, s.state.Slot = now.Add(j.Eager*time.Duration(len(jobs)+1)), ""
		}
		if err := s.hurry(now); err != nil {
			return nil, err
		}
		if err := j.keep(s); err != nil {
			return nil, err
		}
		j.logMissed(s, missed)
		j.note(s.name, func(h *JobHealth) {
			h.Schedule, h.Next, h.deadline = s.spec.Cron, s.state.Next, s.overdue(now)
			if !s.quick { // else nothing was kept
				h.OK = s.state.OK
			}
		})
		jobs = append(jobs, s)
	}
	return jobs, nil
}

// unsure is until when runs may have been made of which the journal does not
// know, since it is an older one; zero: it knows of all.
func (j *Jobs) unsure(now time.Time) (time.Time, error) {
	caution, cautious, err := j.Store.Caution(now)
	if !cautious {
		return time.Time{}, err
	}
	return caution.Since, err
}

// hurry makes a job due that is urgent, whatever its schedule says.
func (s *scheduled) hurry(now time.Time) error {
	if s.urgent == nil || !s.state.Next.After(now) {
		return nil
	}
	urgent, err := s.urgent()
	if urgent {
		s.state.Next, s.state.Slot = now, ""
		s.wake(now, s.start(now))
	}
	return err
}

// rest forgets when a job that is off was due: what it does not do meanwhile is
// not missed.
func (j *Jobs) rest(row job, kept state.JobState) error {
	if row.quick || kept.Spec == "" {
		return nil
	}
	kept.Spec, kept.Next, kept.Slot = "", time.Time{}, ""
	return j.Store.SaveJob(row.name, kept)
}

// place puts a job into a persona's day: nil when it is off, or not in it at all.
func place(row job, who *persona.Persona, now time.Time) (*scheduled, error) {
	spec, planned := who.Schedule[row.name]
	if !planned {
		return nil, nil
	}
	s := &scheduled{job: row, spec: spec, persona: who}
	when, err := persona.ParseSchedule(s.spec.Cron)
	if err != nil {
		return nil, fmt.Errorf("schedule.%s: %w", row.name, err)
	}
	if when == nil {
		return nil, nil
	}
	s.slots = persona.NewSlots(when, who.Location())
	if !s.advance(now) {
		return nil, fmt.Errorf("schedule.%s: %q never falls outside quiet_hours %s: change one of them", row.name, s.spec.Cron, who.QuietHours)
	}
	return s, nil
}

// resume decides what to do about a due time that has passed, or that a
// different schedule left. A run that is not later than it may be is on time.
// Later ones are skipped, or where the schedule says so the latest is made up for:
// never more than one run, whatever was missed; none where it may have been made
// before unsure. It returns the due time that was given up, if one was.
func (s *scheduled) resume(now, unsure time.Time) (missed time.Time) {
	spec := s.spec.Cron + " " + s.persona.Timezone
	changed := s.state.Spec != spec
	s.state.Spec = spec
	start := s.start(now)
	switch {
	case changed, s.state.Next.IsZero():
		s.advance(now)
	case s.state.Next.Before(unsure):
		missed = s.state.Next
		s.advance(now)
	case s.state.Next.After(start), s.spec.Missed != "once" && start.Sub(s.state.Next) <= s.spec.Lateness():
	case s.spec.Missed == "once" && s.makeUp(start):
	default:
		missed = s.state.Next
		s.advance(now)
	}
	s.wake(now, start)
	return missed
}

// start is when a run that is due can begin: after the quiet hours.
func (s *scheduled) start(now time.Time) time.Time {
	if !s.awake {
		return now
	}
	if until, quiet := s.persona.Quiet(now); quiet {
		return until
	}
	return now
}

// makeUp moves on to the latest run that could still begin at start. It reports
// whether there is one that is not too late, and not so late that it would come
// just before the next.
func (s *scheduled) makeUp(start time.Time) bool {
	latest := *s
	if oldest := start.Add(-s.spec.Lateness()); latest.state.Next.Before(oldest) {
		latest.advance(oldest)
	}
	next := latest
	for next.advance(next.state.Next) && !next.state.Next.After(start) {
		latest = next
	}
	late := start.Sub(latest.state.Next)
	if late < 0 || next.state.Next.Sub(start) < late/10 {
		return false
	}
	s.state = latest.state
	return true
}

// logMissed says that a run was skipped.
func (j *Jobs) logMissed(s *scheduled, missed time.Time) {
	if !missed.IsZero() && !s.quick {
		j.Log.Info("a run was missed and is skipped", "job", s.name, "due", missed, "next", s.state.Next)
	}
}

// mend puts due times right after the machine slept or its clock was set: a
// run that is long overdue is treated as missed, and one that is further ahead
// than the schedule would place it from now is placed anew. The latter comes
// only of a clock that was set back.
func (j *Jobs) mend(jobs schedule, now time.Time) {
	back := j.mended.IsZero() || now.Before(j.mended)
	j.mended = now
	for _, s := range jobs {
		start := now
		if !s.state.Next.After(now) {
			start = s.start(now)
		}
		if start.Sub(s.state.Next) > s.spec.Lateness() {
			j.logMissed(s, s.resume(now, time.Time{}))
		}
		fresh := *s
		if back && fresh.advance(now) && s.state.Next.After(fresh.state.Next) {
			s.state.Next, s.state.Slot = fresh.state.Next, fresh.state.Slot
		}
		s.wake(now, start)
	}
}

// wake keeps a run that is due out of quiet hours: start is when these end.
func (s *scheduled) wake(now, start time.Time) {
	if s.state.Next.Before(start) && start.After(now) {
		s.state.Next = start
	}
}

// advance moves on to the first run after now that is not in quiet hours. It
// reports whether there is one.
func (s *scheduled) advance(now time.Time) bool {
	slot := now
	for range 1000 { // each round leaves at least one quiet night behind
		var name string
		if slot, name = s.slots.Next(slot); slot.IsZero() {
			break
		}
		due := slot.Add(s.jitter(slot))
		free := s.start(due)
		if free.Equal(due) {
			s.state.Next, s.state.Slot = due, name
			return true
		}
		slot = free.Add(-time.Second)
	}
	return false
}

// jitter spreads runs over up to the job's jitter, and never past the next slot,
// which would take the place of this one: the same for the same persona, job and
// slot, so that a restart does not move a run.
func (s *scheduled) jitter(slot time.Time) time.Duration {
	if s.spec.Jitter <= 0 {
		return 0
	}
	most := s.spec.Jitter
	if next, _ := s.slots.Next(slot); !next.IsZero() {
		most = min(most, next.Sub(slot))
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%s/%d", s.persona.Handle, s.name, slot.Unix()) // never fails
	return time.Duration(h.Sum64() % uint64(most)).Truncate(time.Second)     //nolint:gosec // less than the jitter
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
		s, err := place(row, p, now)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		for at := now; len(runs[row.name]) < n; at = s.state.Next {
			if !s.advance(at) {
				return nil, fmt.Errorf("schedule.%s: %q has no further run", row.name, s.spec.Cron)
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
