package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

const (
	// maxAttempts is how often one action may be sent at most.
	maxAttempts = 3
	// maxAge is how long an action is pursued. Older ones are dropped when
	// they were never sent, and parked when they may have been.
	maxAge = 24 * time.Hour
	// approvalAge is how long an action waits for a person.
	approvalAge = 24 * time.Hour
	// resend is how long an action that could not be sent waits at least.
	resend = 5 * time.Second
)

// Performer carries out actions of one persona, each at most once. It is used
// by one goroutine at a time: a persona has one pair of hands.
type Performer struct {
	Client  *apiclient.Client
	Store   *state.Store
	Persona *persona.Persona
	Self    apiclient.Agent // who the persona is on the platform
	// Settle is how long after sending an unknown outcome is read back: the
	// platform may apply a write later than it lost the answer.
	Settle time.Duration
	Now    func() time.Time
	// Boot is the clock that settle windows are measured on; see BootClock. nil:
	// they are measured on Now, which may be set.
	Boot func() (boot string, since time.Duration)
	// Step, where it is not nil, is called at each step of an action with its
	// name: a crash test ends the process there.
	Step func(name string)

	// KeepSecret stores a secret that an answer holds: "webhook", "onboarding",
	// "order/<id>/card" or "order/<id>/coinbase". It is never in the journal.
	// nil: actions whose answer holds one are refused.
	KeepSecret func(name, secret string) error
	// Secret gets the API key of a provider such as OPENAI, when it is sent to
	// the platform. nil: no provider can be connected.
	Secret func(name string) (string, error)

	broke    map[uint64]int // how often settling an entry panicked, since it last did not
	idle     uint64         // one more than the commits of the journal when nothing was open
	stranger string         // own item of nobody's making, seen by the latest read-back
}

// Do journals the action and performs it, and returns its entry. An action
// that may not be done (it was done before, a limit is reached, or its kind is
// held) comes back dropped, and one whose outcome is not known comes back
// unknown, to be taken up by SettleOpen. An error means that the journal could
// not be written: then nothing was sent after the last record in it.
func (p *Performer) Do(ctx context.Context, a Action) (state.Entry, error) {
	return p.DoFrom(ctx, a, time.Time{})
}

// DoFrom is Do, not before a time: until then the entry is an intent, which
// SettleOpen sends.
func (p *Performer) DoFrom(ctx context.Context, a Action, notBefore time.Time) (state.Entry, error) {
	reason, err := p.barred(a.Kind)
	if err != nil {
		return a.entry(), err
	}
	if reason == "" {
		if reason, err = p.unaffordable(a); err != nil {
			return a.entry(), err
		}
	}
	if reason != "" {
		return p.Drop(a, reason)
	}
	if _, err := p.aloneSince(); err != nil { // before there is anything to notice
		return a.entry(), err
	}
	e := a.entry()
	e.PlannedAt, e.ServerAt, e.NotBefore = p.Now(), p.Client.ServerTime(), notBefore
	if NeedsApproval(a.Kind) || slices.Contains(p.Persona.Approval, e.Kind) {
		e.Status = state.Waiting
	}
	e, err = p.perform(ctx, e, a.Charges(p.Persona.Limits))
	var over *state.OverLimitError
	if errors.Is(err, state.ErrDuplicate) || errors.As(err, &over) {
		e.Error = err.Error()
		return p.Store.Drop(e)
	}
	if err != nil {
		return e, fmt.Errorf("%s %s: %w", e.Kind, e.Target, err)
	}
	return e, nil
}

// send records that a request is about to leave, makes it, and works out what
// became of it. It does not record the outcome. A limit that has no room at
// this moment gives a *state.OverLimitError, and nothing is sent.
func (p *Performer) send(ctx context.Context, e state.Entry) (state.Entry, error) {
	row := rows[Kind(e.Kind)]
	now := p.Now()
	e.Status, e.Error, e.NotBefore = state.Sending, "", time.Time{}
	e.AbsentAt, e.Scans = time.Time{}, 0
	e.Attempts++
	e = p.wait(e, now)
	e, err := p.Store.Send(e, charges(e, p.Persona.Limits), now)
	if err != nil {
		return e, err
	}
	p.step("sending")
	id, err := row.do(ctx, p, e)
	p.step("answered")
	return p.outcome(e, id, err), nil
}

func (p *Performer) step(name string) {
	if p.Step != nil {
		p.Step(name)
	}
}

// attempt sends an intent and records the outcome. Before the first time it may
// look whether the platform shows such an effect already. An intent that has
// waited may find its limit used up meanwhile: then it waits on.
func (p *Performer) attempt(ctx context.Context, intent state.Entry) (state.Entry, error) {
	p.step("intended")
	intent, err := p.look(ctx, intent)
	p.step("looked")
	if err != nil || ctx.Err() != nil {
		return intent, err
	}
	if intent.Status != state.Intent || intent.NotBefore.After(p.Now()) {
		return p.Store.Record(intent, p.Now())
	}
	e, err := p.send(ctx, intent)
	var over *state.OverLimitError
	if errors.As(err, &over) {
		intent.Error = over.Error()
		intent.NotBefore = over.FreeAt
		if !over.FreeAt.After(p.Now()) {
			intent.NotBefore = p.Now().Add(time.Hour)
		}
		return p.Store.Record(intent, p.Now())
	}
	if err != nil {
		return e, err
	}
	e, err = p.Store.Record(e, p.Now())
	p.step("recorded")
	return e, err
}

// outcome moves an entry on after its request: one of done, refused, unknown,
// or back to intent where it is proven that the platform did nothing.
func (p *Performer) outcome(e state.Entry, id string, err error) state.Entry {
	if err == nil || errors.Is(err, apiclient.ErrAnswer) {
		// A 2xx with an unreadable body took effect all the same.
		e.Status, e.RemoteID = state.Done, id
		return e
	}
	e.Error = err.Error()
	var field *apiclient.FieldError
	var api *apiclient.APIError
	switch {
	case errors.As(err, &field):
		e.Status = state.Refused
	case apiclient.NotSent(err):
		return p.back(e, resend)
	case !errors.As(err, &api):
		e.Status = state.Unknown
	case api.Status == 429:
		return p.back(e, max(api.RetryAfter, resend))
	case api.Status == 401:
		return p.back(e, resend) // the client has forgotten the token
	case api.Status == 409 && rows[Kind(e.Kind)].once():
		e.Status = state.Done // it was done before, and once is all there is
	case apiclient.Final(err):
		e.Status = state.Refused
	default:
		e.Status = state.Unknown
	}
	if e.Status == state.Unknown && rows[Kind(e.Kind)].find == nil {
		return park(e, "nothing on the platform shows whether it took effect")
	}
	return e
}

// back returns an entry whose request had no effect to intent. That attempt
// does not count.
func (p *Performer) back(e state.Entry, wait time.Duration) state.Entry {
	e.Status = state.Intent
	e.Attempts--
	return p.postpone(e, wait)
}

// postpone lets an intent wait, ever more slowly.
func (p *Performer) postpone(e state.Entry, wait time.Duration) state.Entry {
	now := p.Now()
	wait = max(wait, now.Sub(e.PlannedAt)/2)
	e.NotBefore = now.Add(min(wait, 15*time.Minute))
	return e
}

func park(e state.Entry, why string) state.Entry {
	e.Status = state.Parked
	if e.Error != "" {
		why += "; last error: " + e.Error
	}
	e.Error = why
	return e
}

// Drop journals an action that was decided against, with the reason.
func (p *Performer) Drop(a Action, reason string) (state.Entry, error) {
	e := a.entry()
	e.PlannedAt, e.Error = p.Now(), reason
	return p.Store.Drop(e)
}
