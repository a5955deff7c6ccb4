package actions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/state"
)

// mostAlike is how many items of one look a baseline notes at most.
const mostAlike = 10

// Barred says why nothing of a kind may be done at present; empty when it may.
func Barred(store *state.Store, k Kind, now time.Time) (string, error) {
	if !Known(k) {
		return fmt.Sprintf("%q is no kind of action of this version", k), nil
	}
	hold, held, err := store.Held(string(k))
	if err != nil {
		return "", err
	}
	if held {
		return "held: " + hold.Why, nil
	}
	caution, cautious, err := store.Caution(now)
	if err != nil || !cautious {
		return "", err
	}
	why := fmt.Sprintf("cautious until %s (%s): ", caution.Until.UTC().Format(time.DateTime), caution.Why)
	switch row := rows[k]; {
	case row.money:
		return why + "no money is spent", nil
	case row.find == nil:
		return why + "nothing shows whether it was done before", nil
	}
	return "", nil
}

func (p *Performer) barred(k Kind) (string, error) { return Barred(p.Store, k, p.Now()) }

// look reads the platform before an intent is sent, in two cases. While the
// journal may not know everything (see state.Caution), an effect that is there
// already ends the intent as done, also one that was sent before. And where a
// repeated request would act again, or what shows the effect may be there without
// it, items that are there already and look like the effect are noted, so that a
// later read-back does not take one of them for it. The look also hears the
// platform's time: an intent that was given a later one would not know its own
// effect again.
//
// The entry that comes back is an intent that may be sent, one that waits, or
// one that has ended; it is not recorded yet.
func (p *Performer) look(ctx context.Context, e state.Entry) (state.Entry, error) {
	row := rows[Kind(e.Kind)]
	if opposite, err := p.opposed(e); err != nil || opposite {
		e.Error = "waits until what it takes back or replaces, or what took it back, is settled"
		return p.postpone(e, resend), err
	}
	if row.find == nil {
		return e, nil
	}
	_, cautious, err := p.Store.Caution(p.Now())
	first := e.Attempts == 0 && (row.look || row.repeat() == contract.RepeatDuplicates)
	if err != nil || !cautious && !first {
		return e, err
	}
	if unsettled, err := p.alike(e); err != nil || unsettled {
		e.Error = "waits until an action that looks the same is settled"
		return p.postpone(e, p.window(Kind(e.Kind))), err
	}
	ctx = apiclient.Complete(ctx)
	for len(e.Baseline) < mostAlike {
		seen, err := p.readBack(ctx, e)
		if now := p.Client.ServerTime(); err == nil && now.Before(e.ServerAt.Add(-slack/2)) {
			// The wall clock was set after the platform had last told its time, or
			// all that was known of the platform's time was a wall clock that is ahead.
			e.ServerAt = now
			continue
		}
		switch {
		case ctx.Err() != nil:
			return e, nil //nolint:nilerr // stopped, not failed
		case err != nil:
			e.Error = "look before sending: " + err.Error()
			return p.postpone(e, resend), nil //nolint:nilerr // it waits, and is tried again
		case seen.gone:
			return giveUp(e, "its target is gone"), nil
		case p.stranger != "":
			return p.halt(e)
		case seen.found && cautious && seen.mark == "":
			e.Status, e.RemoteID, e.Error = state.Done, seen.remoteID, ""
			return e, nil
		case !seen.found && !seen.complete && cautious:
			return giveUp(e, "the lists are too long to see whether it was done before"), nil
		case !seen.found:
			return e, nil
		}
		e.Baseline = append(e.Baseline, cmp.Or(seen.mark, seen.remoteID))
	}
	return e, nil
}

// giveUp ends an intent: dropped where it was never sent, else parked.
func giveUp(e state.Entry, why string) state.Entry {
	if e.Attempts > 0 {
		return park(e, why)
	}
	e.Status, e.Error = state.Dropped, why
	return e
}

// opposed reports whether an older action is open that does the opposite to the
// same target, or sets the same thing to something else: a like that is sent
// again must not undo a later unlike, nor an old name replace a newer one.
func (p *Performer) opposed(e state.Entry) (bool, error) {
	open, err := p.Store.OpenEntries()
	return slices.ContainsFunc(open, func(o state.Entry) bool {
		opposite := opposites[[2]string{o.Kind, e.Kind}] || o.Kind == e.Kind && rows[Kind(e.Kind)].sets()
		return opposite && o.ID < e.ID && o.Target == e.Target && o.Status != state.Waiting
	}), err
}

// alike reports whether the outcome of another action is open whose effect
// would look like that of e.
func (p *Performer) alike(e state.Entry) (bool, error) {
	open, err := p.Store.OpenEntries()
	return slices.ContainsFunc(open, func(o state.Entry) bool {
		return o.ID != e.ID && (o.Status == state.Sending || o.Status == state.Unknown) && looks(o) == looks(e)
	}), err
}

// looks is what a read-back can see of an action.
func looks(e state.Entry) string {
	parts := []string{e.Kind, e.Target, fold(e.Text)}
	if e.Media != nil {
		parts = append(parts[:2], e.Media.Provider, e.Media.Type, fold(e.Media.Prompt))
	}
	return strings.Join(parts, "\x00")
}

// readBack looks for the effect of an entry, and meanwhile for items that
// another writer made in the persona's name.
func (p *Performer) readBack(ctx context.Context, e state.Entry) (finding, error) {
	p.stranger = ""
	return rows[Kind(e.Kind)].find(ctx, p, e)
}

// halt stops all writing: somebody else writes in the persona's name, most
// likely a second copy of the program with a journal of its own. Neither can
// know what the other does.
func (p *Performer) halt(e state.Entry) (state.Entry, error) {
	err := p.Store.Hold(state.Hold{
		Why: "another writer uses this account: " + p.stranger + ". Stop the other one, then: imagined resume " + p.Persona.Handle,
		At:  p.Now(),
	})
	return p.postpone(e, resend), err
}

// notice remembers an own item that the journal does not know. What is older
// than the journal, or than the latest time at which a person said that all is
// well, does not count.
func (p *Performer) notice(k Kind, id, text string, at time.Time) {
	if p.stranger != "" || at.IsZero() {
		return
	}
	since, err := p.aloneSince()
	if err != nil || !at.After(since.Add(slack)) || p.knows(k, id, text) {
		return
	}
	p.stranger = fmt.Sprintf("%s of %s is its own, and the journal does not know it", id, at.UTC().Format(time.DateTime))
}

const cursorAlone = "alone since"

// aloneSince is the platform's time from which on the journal should know
// everything that the persona made.
func (p *Performer) aloneSince() (time.Time, error) {
	text, err := p.Store.Cursor(cursorAlone)
	if err != nil {
		return time.Time{}, err
	}
	since, err := time.Parse(time.RFC3339Nano, text)
	if err != nil { // never noted
		since = p.Client.ServerTime()
		err = p.Store.SetCursor(cursorAlone, since.Format(time.RFC3339Nano))
	}
	caution, cautious, cautionErr := p.Store.Caution(p.Now())
	if cautionErr == nil && cautious && caution.Since.After(since) {
		since = caution.Since
	}
	return since, err
}

// Resume ends the hold on a kind, or with an empty kind every hold. Items that
// another writer made until now, the platform's time, are not held against it
// again.
func Resume(store *state.Store, kind string, now time.Time) error {
	if err := store.SetCursor(cursorAlone, now.Format(time.RFC3339Nano)); err != nil {
		return err
	}
	return store.Release(kind)
}

// knows reports whether the journal knows an item: by its id, or, where an
// answer was lost, by its text. The platform makes posts of generations, which
// count as known while they are followed.
func (p *Performer) knows(k Kind, id, text string) bool {
	if made, err := p.Store.Made(id); made || err != nil {
		return true
	}
	if following, err := p.Store.Following(); err != nil || k == Post && len(following) > 0 {
		return true
	}
	own, err := p.Store.OwnTexts(ownTexts)
	return err != nil || slices.ContainsFunc(own, func(t state.OwnText) bool { return fold(t.Text) == fold(text) })
}

// ownTexts is how many of the newest own texts are compared.
const ownTexts = 500
