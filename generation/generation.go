// Package generation follows media jobs from the start that a persona decided
// on to the post that the platform makes of the result.
package generation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/state"
)

// The platform itself fails a job after 5 minutes.
const (
	lostAfter  = 2 * contract.GenerationTimeout // in neither list for this long: given up
	stuckAfter = 4 * contract.GenerationTimeout // neither completed nor failed anew for this long: given up
)

// Generator looks after the media of one persona.
type Generator struct {
	Client    *apiclient.Client
	Store     *state.Store
	Performer *actions.Performer
	Now       func() time.Time
}

// Poll looks at every generation that has not ended and takes it one step
// further. It makes no request when there is none. It returns those that
// changed; an error of the platform ends the poll, to be tried again at the
// next one.
func (g *Generator) Poll(ctx context.Context) (changed []state.Media, err error) {
	following, err := g.Store.Following()
	if err != nil || len(following) == 0 {
		return nil, err
	}
	var started []state.Media
	for _, m := range following {
		after, err := g.begin(m)
		if err != nil {
			return changed, err
		}
		switch {
		case after.Ended:
			changed = append(changed, after)
		case after.Status != state.MediaStarting:
			started = append(started, after)
		}
	}
	if len(started) == 0 {
		return changed, nil
	}
	jobs, err := g.jobs(ctx, started)
	if err != nil {
		return changed, err
	}
	for _, m := range started {
		after, err := g.step(ctx, m, jobs)
		if err != nil {
			return changed, err
		}
		if after.Status != m.Status || after.Retries != m.Retries {
			changed = append(changed, after)
		}
	}
	return changed, nil
}

// begin looks whether the start of the media is settled.
func (g *Generator) begin(m state.Media) (state.Media, error) {
	if m.Status != state.MediaStarting {
		return m, nil
	}
	e, err := g.Store.Entry(m.ID)
	if err != nil {
		return m, err
	}
	switch {
	case e.Status == state.Done:
		m.Status, m.JobID, m.StartedAt = "pending", e.RemoteID, e.DoneAt
	case e.Status.Open():
		return m, nil
	default:
		m.Status, m.Error = state.MediaNotStarted, string(e.Status)+": "+e.Error
		m.Ended, m.EndedAt = true, g.Now()
	}
	return m, g.Store.SaveMedia(m)
}

// jobs reads what the platform knows about the media: the pending list, and
// the history back to the oldest of those that are not in it.
func (g *Generator) jobs(ctx context.Context, ms []state.Media) ([]apiclient.GenerationJob, error) {
	jobs, err := g.Client.PendingGenerations(ctx)
	if err != nil {
		return nil, err
	}
	missing := 0
	oldest := g.Client.ServerTime()
	for _, m := range ms {
		if g.find(jobs, m) == nil {
			missing++
			oldest = earlier(oldest, g.planned(m))
		}
	}
	if missing == 0 {
		return jobs, nil
	}
	for j, err := range g.Client.GenerationHistory(ctx) {
		if err != nil {
			return nil, err
		}
		if j.CreatedAt.Before(oldest.Add(-lostAfter)) {
			break
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// find returns the platform's job of the media. A start whose answer could not
// be read left no job id: then the prompt tells, among the jobs that belong to
// no other start.
func (g *Generator) find(jobs []apiclient.GenerationJob, m state.Media) *apiclient.GenerationJob {
	for i, j := range jobs {
		if j.ID == m.JobID || m.JobID == "" && g.fits(j, m) {
			return &jobs[i]
		}
	}
	return nil
}

func (g *Generator) fits(j apiclient.GenerationJob, m state.Media) bool {
	if j.Prompt != m.Request.Prompt || j.Provider != m.Request.Provider || j.Type != m.Request.Type {
		return false
	}
	if j.CreatedAt.Before(g.planned(m).Add(-lostAfter)) {
		return false
	}
	_, taken, err := g.Store.Maker(string(actions.Generate), j.ID)
	return err == nil && !taken
}

// planned is when the media were planned, by the platform's clock, which is the
// one that its jobs are dated by.
func (g *Generator) planned(m state.Media) time.Time {
	if e, err := g.Store.Entry(m.ID); err == nil && !e.ServerAt.IsZero() {
		return e.ServerAt
	}
	return m.PlannedAt
}

// step takes one started generation further by what the platform says.
func (g *Generator) step(ctx context.Context, m state.Media, jobs []apiclient.GenerationJob) (state.Media, error) {
	now := g.Now()
	j := g.find(jobs, m)
	switch {
	case j == nil && now.Sub(m.StartedAt) > lostAfter:
		return g.giveUp(m, "the platform does not list the job any more")
	case j == nil:
		return m, nil
	case j.Status == state.MediaCompleted:
		m.JobID, m.Status, m.Retries = j.ID, j.Status, j.RetryCount
		return g.completed(ctx, m, *j)
	case j.Status == statusFailed:
		return g.failed(ctx, m, *j, running(jobs))
	case now.Sub(m.StartedAt) > stuckAfter:
		m.JobID, m.Cause = j.ID, string(CauseTimeout)
		return g.lost(m, fmt.Sprintf("the platform has called the job %q for too long", j.Status))
	default:
		m.JobID, m.Status, m.Retries, m.RetryAt = j.ID, j.Status, j.RetryCount, time.Time{}
		m.Cause, m.Error = "", ""
	}
	return m, g.Store.SaveMedia(m)
}

// completed ends media with their post, and then looks at what came of them: a
// crash in between costs the look.
func (g *Generator) completed(ctx context.Context, m state.Media, j apiclient.GenerationJob) (state.Media, error) {
	m.PostID, m.Result, m.Error, m.Cause, m.Ended, m.EndedAt, m.RetryAt = j.PostID, j.ResultURL, "", "", true, g.Now(), time.Time{}
	if err := errors.Join(g.worked(m.Request.Provider), g.Store.SaveMedia(m)); err != nil {
		return m, err
	}
	m.Seen, m.Fault = g.look(ctx, m)
	return m, g.Store.SaveMedia(m)
}

// failed retries a failed job as often as the platform allows and its cause
// gives hope, then gives up.
func (g *Generator) failed(ctx context.Context, m state.Media, j apiclient.GenerationJob, running int) (state.Media, error) {
	now, why := g.Now(), causeOf(j.ErrorMessage)
	if m.Status != statusFailed || m.Retries != j.RetryCount {
		m.RetryAt = now.Add(why.wait)
	}
	m.JobID, m.Status, m.Retries, m.Error, m.Cause = j.ID, j.Status, j.RetryCount, j.ErrorMessage, string(why.name)
	_, asleep := g.Performer.Persona.Quiet(now)
	retried, err := g.retried(j)
	switch {
	case err != nil:
		return m, err
	case j.RetryCount >= contract.MaxRetries:
		return g.lost(m, fmt.Sprintf("failed after %d retries: %s", j.RetryCount, j.ErrorMessage))
	case retried && now.Sub(m.StartedAt) > stuckAfter: // and yet the job stays as it is
		return g.lost(m, fmt.Sprintf("the platform has called the job %q for too long", j.Status))
	case !why.again:
		return g.lost(m, j.ErrorMessage)
	case !retried && (m.RetryAt.After(now) || asleep || running >= contract.MaxGenerations):
		return m, g.Store.SaveMedia(m) // later
	}
	reason, err := actions.Unaffordable(g.Store, g.Performer.Persona, m.Request.Cents, now)
	switch {
	case err != nil:
		return m, err
	case reason != "" && !retried:
		return g.lost(m, j.ErrorMessage+"; no retry: "+reason)
	}
	e, err := g.retry(ctx, j)
	switch {
	case err != nil:
		return m, err
	case e.Status == state.Refused, e.Status == state.Parked, e.Status == state.Dropped:
		return g.giveUp(m, fmt.Sprintf("the retry was %s: %s", e.Status, e.Error))
	case e.Status == state.Done && e.DoneAt.After(m.StartedAt):
		m.StartedAt = e.DoneAt
	}
	return m, g.Store.SaveMedia(m)
}

// retried reports whether the next retry of a job was asked for before.
func (g *Generator) retried(j apiclient.GenerationJob) (bool, error) {
	return g.Store.Taken(retryOf(j).Key())
}

// retry asks for the next retry of a job, unless that was done before: then it
// returns the entry that did.
func (g *Generator) retry(ctx context.Context, j apiclient.GenerationJob) (state.Entry, error) {
	a := retryOf(j)
	e, err := g.Store.Holder(a.Key())
	if errors.Is(err, state.ErrNotFound) {
		return g.Performer.Do(ctx, a)
	}
	return e, err
}

func retryOf(j apiclient.GenerationJob) actions.Action {
	return actions.Action{
		Kind: actions.RetryGeneration, Target: j.ID, Slot: strconv.Itoa(j.RetryCount + 1), Job: "poll",
		Why: fmt.Sprintf("it failed (%s): %s", causeOf(j.ErrorMessage).name, j.ErrorMessage),
	}
}

// lost gives up what its provider did not bring to an end.
func (g *Generator) lost(m state.Media, why string) (state.Media, error) {
	if err := g.struck(m); err != nil {
		return m, err
	}
	return g.giveUp(m, why)
}

func (g *Generator) giveUp(m state.Media, why string) (state.Media, error) {
	m.Status, m.Error, m.Ended, m.EndedAt = state.MediaGivenUp, why, true, g.Now()
	m.RetryAt = time.Time{}
	return m, g.Store.SaveMedia(m)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
