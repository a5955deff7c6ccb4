package actions

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/state"
)

// finding is what a read-back saw. Not found counts as absent only when the
// scan was complete: when it went back well past the moment of the intent.
type finding struct {
	found    bool
	remoteID string
	complete bool
	gone     bool // the target does not exist any more, and the effect with it
	// mark names what was found where it has no id and may have been so before:
	// a look before the first attempt puts it into the baseline.
	mark string
}

var (
	absent = finding{complete: true}
	there  = finding{found: true}
)

const (
	// slack is how much older than its intent an item may look: clocks differ.
	slack = 10 * time.Minute
	// scanItems is how many items a read-back may take: half a minute's reads,
	// or eight posts a second on the timeline. Beyond it the scan is not complete.
	scanItems = 50 * contract.MaxPage
	// olderItems is how many items in a row must be older than the intent
	// before the rest of a list is taken to be older, too: lists may hold a
	// pinned or a moved item.
	olderItems = contract.MaxPage
)

// scan walks a list until ours is found, the list ends, or so many items in a
// row are older that the rest must be. nil: nothing is older, since the order
// of the list is not known.
func scan[T any](items iter.Seq2[T, error], older func(T) bool, ours func(T) (string, bool)) (finding, error) {
	n, old := 0, 0
	for item, err := range items {
		if errors.Is(err, apiclient.ErrIncomplete) {
			return finding{}, nil
		}
		if err != nil {
			return finding{}, err
		}
		if id, ok := ours(item); ok {
			return finding{found: true, remoteID: id}, nil
		}
		old++
		if older == nil || !older(item) {
			old = 0
		}
		if old >= olderItems {
			return absent, nil
		}
		if n++; n >= scanItems {
			return finding{}, nil
		}
	}
	return absent, nil
}

// pick is scan for the item itself. It is zero when it was not found.
func pick[T any](items iter.Seq2[T, error], is func(T) bool) (picked T, in finding, err error) {
	in, err = scan(items, nil, func(item T) (string, bool) {
		if is(item) {
			picked = item
			return "", true
		}
		return "", false
	})
	return picked, in, err
}

// missing turns the search for an item into the search for its absence.
func missing(in finding, err error) (finding, error) {
	switch {
	case err != nil:
		return finding{}, err
	case in.found:
		return absent, nil
	case in.gone || in.complete:
		return there, nil
	}
	return in, nil
}

// deleted takes the error of reading an item for whether it was deleted.
func deleted(err error) (finding, error) {
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return there, nil
	case err != nil:
		return finding{}, err
	}
	return absent, nil
}

// holds compares what a read showed with what it should be.
func holds(as bool, err error) (finding, error) {
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return finding{gone: true}, nil
	case err != nil:
		return finding{}, err
	case as:
		return there, nil
	}
	return absent, nil
}

// below is the verdict of a list below an item. A list that is not there says
// nothing by itself; an item that is not there says that all below it is gone.
func below[T any](ctx context.Context, id string, item func(ctx context.Context, id string) (T, error), in finding, err error) (finding, error) {
	if !errors.Is(err, apiclient.ErrNotFound) {
		return in, err
	}
	if _, itemErr := item(ctx, id); errors.Is(itemErr, apiclient.ErrNotFound) {
		return finding{gone: true}, nil
	}
	return finding{}, err
}

// again is the read-back of what may safely be done again and does not show.
func again(context.Context, *Performer, state.Entry) (finding, error) { return absent, nil }

// wrote reports whether an item is the one that the entry was to make, and
// notices own items that the journal does not know. Items without a text of
// their own are not for it: after a lost answer nothing tells them apart.
func (p *Performer) wrote(e state.Entry, id string, by apiclient.Agent, text string, at time.Time) bool {
	if !p.own(by) {
		return false
	}
	if fold(text) == fold(e.Text) && p.fresh(e, id, at) {
		return true
	}
	if by.ID != "" {
		p.notice(Kind(e.Kind), id, text, at)
	}
	return false
}

// own reports whether an item is the persona's, for all that is said about it.
// The contract lets some lists leave out whose an item is: what is otherwise the
// one that is looked for is not sent again then.
func (p *Performer) own(by apiclient.Agent) bool { return by.ID == "" || by.ID == p.Self.ID }

// fresh reports whether an own item may come from the entry: it is not older
// than the intent, was not there before, and was not made by another entry.
func (p *Performer) fresh(e state.Entry, id string, at time.Time) bool {
	return !older(e, at) && p.unclaimed(e, id)
}

// older reports whether an item is too old to come from the entry. An item
// without a time may come from any.
func older(e state.Entry, at time.Time) bool {
	return !at.IsZero() && at.Before(e.ServerAt.Add(-slack))
}

// since reports whether something happened after the intent, by the platform's
// clock on both sides. Without a time it did not.
func since(e state.Entry, at time.Time) bool {
	return !at.IsZero() && !at.Before(e.ServerAt.Truncate(time.Second))
}

// unclaimed reports whether no other entry made the item. When the journal
// cannot be read the item counts as claimed, so that nothing is marked done
// on a guess.
func (p *Performer) unclaimed(e state.Entry, id string) bool {
	if slices.Contains(e.Baseline, id) {
		return false
	}
	for _, kind := range alike(Kind(e.Kind)) {
		maker, known, err := p.Store.Maker(string(kind), id)
		if err != nil || known && maker != e.ID {
			return false
		}
	}
	return true
}

// alike lists the kinds that make the same things.
func alike(k Kind) []Kind {
	switch k {
	case Message, FirstMessage:
		return []Kind{Message, FirstMessage}
	}
	return []Kind{k}
}
