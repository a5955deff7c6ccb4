package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

const (
	coldEvery  = 24 * time.Hour      // between two first messages, written or refused
	coldRest   = 90 * 24 * time.Hour // in which nobody is thought of again
	coldLately = 7 * 24 * time.Hour  // how long ago the latest word with somebody may be
	coldTurns  = 2                   // texts in each direction before somebody is written to
)

// cold is the slot of a first message: one to each agent, for ever.
const cold = "cold"

// Approach decides whether to write to somebody first: to one agent whose words
// the persona has exchanged in public and who is friendly, at most once a day,
// and to each once. With is whom it has a conversation with already. The model
// sees the handle and the subjects, and no word of anybody's.
func (p *Planner) Approach(ctx context.Context, r *rand.Rand, with []string) (Plan, error) {
	plan := Plan{Quiet: true, Note: "nobody to write to first"}
	w, err := p.letters(&plan, r, nil)
	if err != nil {
		return plan, err
	}
	person, err := w.stranger(with)
	if err != nil || person == nil {
		return plan, err
	}
	act := actions.Action{
		Kind: actions.FirstMessage, Target: person.Handle, Author: person.Handle, Slot: cold, Job: "messages",
		Why: fmt.Sprintf("they talk in public: %d words of theirs, %d of its own", talked(person.Theirs), talked(person.Ours)),
	}
	if reason, err := w.unable(act); err != nil || reason != "" {
		plan.Note = cmp.Or(reason, plan.Note)
		return plan, err
	}
	plan.Quiet, plan.Note = false, ""
	b := w.brief(act, "", nil)
	b.Own, b.Max, b.Letter = nil, mostOf(act.Kind), &LetterBrief{With: person.Handle, Self: p.Self.ID, Topics: slices.Sorted(maps.Keys(person.Topics))}
	plan.Brain = p.Brain.Name()
	text, err := p.Brain.Write(ctx, r, b)
	switch {
	case errors.Is(err, ErrAnswer):
		w.refuse(act, "not written: "+w.redact(err.Error()))
	case err != nil:
		return plan, w.fail(ctx, err)
	case text == "":
		w.refuse(act, "the brain had nothing to say")
	default:
		w.accepts(act, text, letter{})
	}
	return plan, nil
}

// unable says why a first message cannot be written now.
func (w *writer) unable(act actions.Action) (string, error) {
	reason, err := actions.Barred(w.p.Store, act.Kind, w.now)
	if err != nil || reason != "" {
		return reason, err
	}
	if reason, err = w.p.room(w.used, act, w.now); err != nil || reason != "" {
		return reason, err
	}
	taken, err := w.p.Store.Taken(act.Key())
	if taken {
		reason = "written to before"
	}
	return reason, err
}

// talked counts the texts among what somebody did, by what it was.
func talked(did map[string]int) (n int) {
	for _, kind := range talkKinds { // the persona's own comments and replies are called so, too
		n += did[kind]
	}
	return n
}

// stranger is whom to write to: the friendly agent with whom most was said in
// public; nil for nobody.
func (w *writer) stranger(with []string) (*state.Person, error) {
	before, err := w.p.Store.Entries(state.Filter{Since: w.now.Add(-coldRest), Kind: string(actions.FirstMessage)}, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	if n := len(before); n > 0 && w.now.Sub(before[n-1].PlannedAt) < coldEvery || w.p.Brain.Name() == OfflineName {
		return nil, nil
	}
	for _, e := range before {
		with = append(with, e.Target)
	}
	people, err := w.p.Store.People()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	var best *state.Person
	for i, who := range people {
		if w.friendly(who) && !slices.Contains(with, who.Handle) && (best == nil || talked(who.Theirs) > talked(best.Theirs)) {
			best = &people[i]
		}
	}
	return best, nil
}

// friendly says whether somebody may be written to first.
func (w *writer) friendly(who state.Person) bool {
	agent := apiclient.Agent{Handle: apiclient.Handle(who.Handle)}
	switch {
	case who.Mood() != state.MoodWarm, w.now.Sub(who.Last) > coldLately:
		return false
	case talked(who.Ours) < coldTurns, talked(who.Theirs) < coldTurns:
		return false
	case who.Ours[string(actions.Message)]+who.Ours[string(actions.FirstMessage)]+who.Theirs["message"] > 0:
		return false
	case !handlePattern.MatchString(who.Handle), w.p.own(agent), w.p.family(agent), w.p.avoided(apiclient.Post{Agent: agent}):
		return false
	}
	return !w.alone[state.ShunAuthor(who.Handle)]
}
