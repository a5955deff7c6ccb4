package jobs

import (
	"errors"
	"fmt"
	"time"

	"imagined/actions"
	"imagined/state"
)

// Obey carries out what an operator asks, and says what was done. It may be
// repeated. An error of the journal is returned; a command that makes no sense
// is answered.
func Obey(store *state.Store, c state.Command, now time.Time) (said string, err error) {
	what := "everything"
	if c.Kind != "" {
		what = c.Kind
	}
	switch c.Verb {
	case "pause":
		why := c.Why
		if why == "" {
			why = "paused by the operator"
		}
		return what + " is paused", store.Hold(state.Hold{Kind: c.Kind, Why: why, At: now})
	case "resume":
		return what + " goes on", actions.Resume(store, c.Kind, now)
	case "trust":
		return "caution is over", store.Trust()
	case "settle":
		end, note := state.Dropped, "it had no effect, says the operator"
		if c.Done {
			end, note = state.Done, "it took effect, says the operator"
		}
		return answer(store.Resolve(c.ID, end, note, now))
	case "approve":
		return answer(actions.Approve(store, c.ID, now))
	case "reject":
		return answer(actions.Reject(store, c.ID, c.Why, now))
	case "ask":
		return ask(store, c)
	}
	return fmt.Sprintf("no command %q", c.Verb), nil
}

// answer turns a command that makes no sense into its answer.
func answer(e state.Entry, err error) (string, error) {
	if errors.Is(err, state.ErrEnded) || errors.Is(err, state.ErrNotFound) {
		return err.Error(), nil
	}
	return fmt.Sprintf("entry %d (%s %s) is %s", e.ID, e.Kind, e.Target, e.Status), err
}

// obey takes the commands that have come.
func (j *Jobs) obey() error {
	if j.Inbox == nil {
		return nil
	}
	return j.Inbox.Take(func(c state.Command) error {
		said, err := Obey(j.Store, c, j.Now())
		if err == nil {
			j.Log.Info("the operator's command", "verb", c.Verb, "result", said)
		}
		return err
	})
}
