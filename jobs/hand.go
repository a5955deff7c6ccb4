package jobs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"imagined/actions"
	"imagined/state"
)

// Obey carries out what an operator asks, and says what was done. It may be
// repeated. An error is the journal's, or a *VainError.
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
	case "forget":
		err := store.Forget(c.Handle)
		if errors.Is(err, state.ErrNotFound) {
			return "nothing is known of @" + c.Handle, nil
		}
		return "@" + c.Handle + " is forgotten", err
	case "unlearn":
		return unlearn(store, now)
	case "pardon":
		return pardon(store, c.Handle)
	case "generate":
		return askFor(store, c)
	case "approve":
		return answer(actions.Approve(store, c.ID, c.Hash, now))
	case "reject":
		return answer(actions.Reject(store, c.ID, c.Why, now))
	case "undo":
		return undo(store, c.ID, now)
	case "ask":
		return ask(store, c)
	}
	return fmt.Sprintf("no command %q", c.Verb), nil
}

// pardon ends the quarantine of an agent or of a post.
func pardon(store *state.Store, what string) (string, error) {
	author, err := store.Pardon(state.ShunAuthor(what))
	if err != nil {
		return "", err
	}
	post, err := store.Pardon(state.ShunPost(what))
	if err == nil && !author && !post {
		return what + " is not left alone", nil
	}
	return what + " is read again", err
}

// answer turns a command that makes no sense into its answer.
func answer(e state.Entry, err error) (string, error) {
	if errors.Is(err, state.ErrEnded) || errors.Is(err, state.ErrNotFound) || errors.Is(err, actions.ErrOtherBytes) {
		return "", &VainError{err}
	}
	return fmt.Sprintf("entry %d (%s) is %s", e.ID, deed(e), fate(e)), err
}

// VainError says why a command came to nothing: there is nothing that it could
// be done to.
type VainError struct{ Err error }

func (e *VainError) Error() string { return e.Err.Error() }
func (e *VainError) Unwrap() error { return e.Err }

func deed(e state.Entry) string { return strings.TrimSpace(e.Kind + " " + e.Target) }

// fate is the entry's status and, where nothing was sent yet, who sends it.
func fate(e state.Entry) string {
	if e.Status == state.Intent {
		return "intent: imagined run sends it"
	}
	return string(e.Status)
}

// undo takes back what an entry did.
func undo(store *state.Store, id uint64, now time.Time) (string, error) {
	by, err := actions.TakeBack(store, id, now)
	var stands *actions.StandsError
	switch {
	case errors.As(err, &stands):
		return fmt.Sprintf("entry %d stands: %s", id, stands.Reason), nil
	case err != nil || by.ID == id:
		return answer(by, err)
	}
	said := fmt.Sprintf("entry %d is taken back by entry %d (%s), which is %s", id, by.ID, deed(by), fate(by))
	hold, held, err := store.Held(by.Kind)
	if held && by.Status == state.Intent {
		said += "; it waits for imagined resume, since " + by.Kind + " is held: " + hold.Why
	}
	return said, err
}

// obey takes the commands that have come. An inbox that another user has made
// is no reason to stop living: it is said, once.
func (j *Jobs) obey() error {
	if j.Inbox == nil {
		return nil
	}
	err := j.Inbox.Take(func(c state.Command) error {
		now := j.Now()
		if c.Verb == "resume" { // what another writer made has the platform's time
			now = j.Client.ServerTime()
		}
		said, err := Obey(j.Store, c, now)
		j.edited = j.edited || c.Verb == "unlearn" // hours may be others
		j.stop = nil                               // whoever pauses it knows
		if vain, is := errors.AsType[*VainError](err); is {
			said, err = vain.Error(), nil
		}
		if err == nil {
			j.Log.Info("the operator's command", "verb", c.Verb, "result", said)
		}
		return err
	})
	shut := errors.Is(err, fs.ErrPermission)
	if shut && !j.shut {
		j.Log.Error("the operator's commands cannot be taken: give them to the user that runs this", "err", err)
	}
	if j.shut = shut; shut {
		return nil
	}
	return err
}
