// Package jobs is a persona's day: the schedule, and one file per job that
// observes, has the planner decide, and performs.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/generation"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// Jobs works the jobs of one persona, one at a time.
type Jobs struct {
	Persona   *persona.Persona
	Client    *apiclient.Client
	Store     *state.Store
	Planner   *planner.Planner
	Performer *actions.Performer
	Generator *generation.Generator
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	Seed      uint64        // of all chance: the same seed and the same answers give the same journal
	Pause     time.Duration // between two actions of one run, on average
	Eager     time.Duration // jobs that never ran do so one after the other, this far apart; 0: as scheduled
	Later     []string      // jobs that are as scheduled all the same
	Log       *slog.Logger
	Inbox     *state.Inbox // of the operator's commands; may be nil
	Upkeep    Upkeep
	Reload    func() (Change, error) // looks whether the persona file was edited; may be nil
	Folder    string                 // that the persona file is in; empty: it has no avatar and no media

	reflection *reflection // that a run of reflect has come to and not kept yet

	vitals   vitals
	hints    hints
	upkeepAt time.Time        // when the journal is looked after next; zero: not known yet
	badFile  string           // the latest fault of the persona file, said once
	edited   bool             // the persona was, and its jobs are not placed yet: the disk may be full
	mended   time.Time        // due times are right for the clock as it stood then; zero: not known
	lookedAt map[string]stamp // media files that cannot be used, as they were
	shut     bool             // the inbox is another user's
	stop     *state.Hold      // on all writing, as it stood when it was last looked at; nil: not looked at
	stopAt   uint64           // commits of the journal then

	settleAgain  time.Time // after a panic: not before; zero: settling is in order
	deliverAgain time.Time // after a panic: not before

	hidden planner.Unreadable // conversations
}

// run is what one run of a job gets.
type run struct {
	rand   *rand.Rand
	slot   time.Time // when it was due
	day    bool      // it began before quiet hours, in which it rests
	again  bool      // what it leaves undone is found by the next one
	recipe int       // that a person asked for, from 1; 0: any
}

const (
	// longestSleep bounds every wait, so that a clock that was set or a machine
	// that slept is noticed soon.
	longestSleep = 30 * time.Second
	// inboxEvery is how soon a command of the operator is noticed.
	inboxEvery = 2 * time.Second
	// settleLimit is how long settling may take: the long list of a slow platform,
	// or a film.
	settleLimit = 15 * time.Minute
	// settleRest is how long nothing is settled after a panic.
	settleRest = time.Minute
)

// Run works the jobs as they fall due until ctx is done, which is not an error.
// While the disk refuses to write it waits, and nothing is sent.
func (j *Jobs) Run(ctx context.Context) error {
	var jobs schedule
	wait := time.Second
	for ctx.Err() == nil {
		err := j.room()
		if err == nil {
			err = j.turn(ctx, &jobs)
		}
		reason, passes := state.DiskFault(err)
		switch {
		case err == nil:
			wait = time.Second
		case !passes:
			return err
		default:
			j.diskIs(reason)
			if err := j.Sleep(ctx, wait); err != nil && ctx.Err() == nil {
				return err
			}
			wait = min(2*wait, time.Minute)
		}
	}
	return nil
}

// turn is one round of the loop: what has come meanwhile, then the job that is
// due, or a wait.
func (j *Jobs) turn(ctx context.Context, jobs *schedule) error {
	j.beat(0)
	if err := j.obey(); err != nil {
		return err
	}
	if err := j.asked(ctx); err != nil {
		return err
	}
	if err := j.upkeep(); err != nil {
		return err
	}
	if err := j.settle(ctx); err != nil {
		return err
	}
	if err := j.deliver(ctx); err != nil {
		return err
	}
	if err := j.stopped(); err != nil {
		return err
	}
	// Last before a job begins: the slot may not be one of the edited schedule.
	j.edited = j.reload() || j.edited
	if j.edited || *jobs == nil {
		placed, err := j.schedule()
		if err != nil {
			return err
		}
		*jobs, j.edited = placed, false
	}
	j.mend(*jobs, j.Now())
	j.hinted(*jobs, j.Now())
	due := jobs.next()
	if due == nil || j.Now().Before(due.state.Next) {
		return j.wait(ctx, due)
	}
	return j.work(ctx, due)
}

// room tries the disk that refused to write: a turn in which nothing is due
// writes nothing, and so proves nothing.
func (j *Jobs) room() error {
	j.vitals.mu.Lock()
	disk := j.vitals.disk
	j.vitals.mu.Unlock()
	if disk == "" {
		return nil
	}
	j.beat(0)
	err := j.Store.Probe()
	if err == nil {
		j.diskIs("")
	}
	return err
}

// diskIs notes what is wrong with the disk, and says it once: when it begins,
// when it changes, and when it is over.
func (j *Jobs) diskIs(reason string) {
	j.vitals.mu.Lock()
	before := j.vitals.disk
	j.vitals.disk = reason
	j.vitals.mu.Unlock()
	switch reason {
	case before:
	case "":
		j.Log.Info("the journal can be written again")
	default:
		j.Log.Error("the journal cannot be written; nothing is sent until it can", "reason", reason, "journal", j.Store.Path())
	}
}

// stopped says that all writing is stopped, where that came about since it was
// looked at last: the persona goes on, and does nothing. The operator's own pause
// is no news.
func (j *Jobs) stopped() error {
	commits := j.Store.Commits()
	if j.stop != nil && j.stopAt == commits { // nothing was written since
		return nil
	}
	hold, held, err := j.Store.Held("")
	if err != nil {
		return err
	}
	j.stopAt = commits
	if held && j.stop != nil && hold.Why != j.stop.Why {
		j.Log.Error("all writing is stopped; look at it, then: imagined resume", "why", hold.Why)
	}
	j.stop = &hold
	return nil
}

// Once works every job that is not off once, now, in the order of the table,
// and settles what can be settled. A job that fails does not stop the others;
// the error names all that did. A brain that gives nothing usable is in the log
// only.
func (j *Jobs) Once(ctx context.Context) error {
	var failed []error
	if err := errors.Join(j.enter(), j.stopped()); err != nil {
		return err
	}
	for _, row := range j.table() {
		if j.Persona.Schedule[row.name].Cron == "off" || ctx.Err() != nil {
			continue
		}
		if err := errors.Join(j.settle(ctx), j.deliver(ctx)); err != nil {
			return err
		}
		if err := j.do(ctx, row, j.Now()); err != nil && !errors.Is(err, errNoPlan) {
			failed = append(failed, fmt.Errorf("job %s: %w", row.name, err))
		}
	}
	return errors.Join(append(failed, j.settle(ctx), j.deliver(ctx), j.stopped())...)
}

// wait sleeps until the next job or settlement is due.
func (j *Jobs) wait(ctx context.Context, due *scheduled) error {
	now := j.Now()
	until := now.Add(longestSleep)
	if j.Inbox != nil {
		until = now.Add(inboxEvery)
	}
	if due != nil && due.state.Next.Before(until) {
		until = due.state.Next
	}
	settle, some, err := j.nextSettle()
	if err != nil {
		return err
	}
	if some && settle.Before(until) {
		until = settle
	}
	if err := j.Sleep(ctx, max(until.Sub(now), time.Millisecond)); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// work runs a due job. The run is on disk before it begins, under the name of
// its slot: a slot that was begun before, by this process or another, is passed
// over, wherever the clock stands.
func (j *Jobs) work(ctx context.Context, s *scheduled) error {
	slot, name, before := s.state.Next, s.state.Slot, s.state
	s.state.Started = j.Now()
	s.advance(s.state.Started)
	j.mended = s.state.Started
	switch err := j.begin(s, name); {
	case errors.Is(err, state.ErrDuplicate):
		return j.keep(s)
	case err != nil:
		s.state = before // it has not begun
		return err
	}
	j.beat(s.limit)
	j.note(s.name, func(h *JobHealth) { h.Running, h.Started = true, s.state.Started })
	failure := j.do(ctx, s.job, slot)
	s.state.Finished = j.Now()
	s.state.Runs++
	s.state.Error = ""
	switch {
	case failure != nil:
		s.state.Error = failure.Error()
	case ctx.Err() == nil: // else it was stopped in the middle
		s.state.OK = s.state.Finished
	}
	j.noteEnd(s, failure)
	if err := j.keep(s); err != nil {
		return err
	}
	var broken *journalError
	if errors.As(failure, &broken) {
		return failure
	}
	return nil
}

func (j *Jobs) begin(s *scheduled, slot string) error {
	if s.quick || slot == "" { // not due by its schedule
		return j.keep(s)
	}
	return j.Store.Begin(s.name, slot, s.state)
}

func (j *Jobs) keep(s *scheduled) error {
	if s.quick {
		return nil
	}
	return j.Store.SaveJob(s.name, s.state)
}

// do runs a job once: deadline, panic, one summary line. A job that fails or
// panics is logged and counted; the others go on.
func (j *Jobs) do(ctx context.Context, row job, slot time.Time) (err error) {
	began, stopped := j.Now(), ctx
	ctx, cancel := context.WithTimeout(ctx, row.limit)
	defer cancel()
	log := j.Log.With("job", row.name)
	defer func() {
		if p := recover(); p != nil {
			log.Error("job panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &panicError{p}
		}
	}()
	_, asleep := j.Persona.Quiet(began)
	t, err := j.once(ctx, row, run{rand: j.chance(row.name, slot), slot: slot, day: row.awake && !asleep, again: row.again})
	t.took = j.Now().Sub(began)
	switch {
	case stopped.Err() != nil:
		log.Debug("stopped")
		return nil //nolint:nilerr // stopped, not failed
	case err != nil:
		log.Warn("job failed", "err", err, "took", t.took)
	case row.quick: // it has said what it saw
		log.Debug("ran", slog.Any("", t))
	default:
		log.Info("ran", slog.Any("", t)) // an empty key inlines the group
	}
	return err
}

// panicError is the failure of a job that panicked.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("panicked: %v", e.value) }

// once observes, decides and performs. While everything is held, nothing that
// would be acted on is read.
func (j *Jobs) once(ctx context.Context, row job, r run) (tally, error) {
	if hold, held, err := j.Store.Held(""); err != nil {
		return tally{}, &journalError{err}
	} else if held && row.decide != nil {
		return tally{note: "held: " + hold.Why}, nil
	}
	if row.decide == nil {
		return row.work(ctx)
	}
	if err := j.apply(); err != nil {
		return tally{}, err
	}
	plan, err := row.decide(ctx, r)
	if err != nil {
		return tally{}, err
	}
	t, err := j.carryOut(ctx, r, row.name, plan)
	if err == nil && (plan.Decided() || plan.Broke != "") { // else nothing was spent
		err = j.logBudgets(plan.Broke)
	}
	if row.after != nil && (err == nil || errors.Is(err, errNoPlan)) { // without a text, too, the rest was done
		if failed := row.after(ctx); failed != nil {
			err = failed
		}
	}
	return t, err
}

// Preview returns what a job would do now, and does none of it. Only the model
// budget is written: hand in a copy of the journal where nothing may be.
func (j *Jobs) Preview(ctx context.Context, name string) (planner.Plan, error) {
	now := j.Now()
	for _, row := range j.table() {
		if row.name == name && row.decide != nil {
			if err := j.apply(); err != nil {
				return planner.Plan{}, err
			}
			return row.decide(ctx, run{rand: j.chance(name, now), slot: now})
		}
	}
	return planner.Plan{}, fmt.Errorf("job %q decides nothing", name)
}

// chance is the randomness of one run: the same whatever ran before it.
func (j *Jobs) chance(name string, slot time.Time) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(j.Persona.Handle + "/" + name))                   // never fails
	return rand.New(rand.NewPCG(j.Seed, h.Sum64()^uint64(slot.UnixNano()))) //nolint:gosec // chance, not secrecy
}

// settle takes open entries further and logs what became of them. One that
// panics is no reason for the jobs to stop: it is tried again later.
func (j *Jobs) settle(ctx context.Context) (err error) {
	next, some, err := j.nextSettle()
	if err != nil || !some || j.Now().Before(next) {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			j.Log.Error("settling panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			j.settleAgain = j.Now().Add(settleRest)
			j.noteSettle(&panicError{p})
		}
	}()
	j.beat(settleLimit)
	changed, err := j.Performer.SettleOpen(ctx)
	for _, e := range changed {
		j.logEntry(e)
	}
	if err == nil && !j.settleAgain.IsZero() {
		j.settleAgain = time.Time{}
		j.noteSettle(nil)
	}
	return err
}

// nextSettle is when there is something to settle, if anything is open.
func (j *Jobs) nextSettle() (next time.Time, some bool, err error) {
	next, some, err = j.Performer.NextSettle()
	again := j.settleAgain
	if again.After(next) && !again.After(j.Now().Add(settleRest)) { // the clock may have been set back
		next = again
	}
	return next, some, err
}
