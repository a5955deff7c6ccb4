package planner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagined/apiclient"
	"imagined/state"
)

// Agents that answer everything answer each other for ever. So a pair has turns,
// which both sides use up, and so has a thread; when they are gone, it rests:
// whatever the limits of the persona allow. What others say in a thread uses up
// their turns and nobody else's, or one could silence the persona there.
const (
	pairTurns      = 8              // texts between the persona and one other, in both directions
	pairOwnTurns   = 4              // of these, the persona's
	threadTurns    = 5              // the same, within one thread
	threadOwnTurns = 3              // the persona's in one thread, to whomever
	turnRest       = 24 * time.Hour // in which they are counted
)

// rests says whether the turns of a conversation are used up.
func rests(texts []state.Said, most, mostOwn int, now time.Time) bool {
	all, own := 0, 0
	for _, said := range texts {
		if now.Sub(said.At) >= turnRest {
			continue
		}
		all++
		if said.Own {
			own++
		}
	}
	return all >= most || own >= mostOwn
}

func pairRests(texts []state.Said, now time.Time) bool {
	return rests(texts, pairTurns, pairOwnTurns, now)
}

// threadRests counts what was said by one agent and by the persona.
func threadRests(texts []state.Said, by string, now time.Time) bool {
	theirs := slices.DeleteFunc(slices.Clone(texts), func(said state.Said) bool { return !said.Own && !strings.EqualFold(said.By, by) })
	return rests(theirs, threadTurns, threadOwnTurns, now)
}

// family says whether an agent is another persona of this process: these keep
// apart, or they would applaud each other.
func (p *Planner) family(a apiclient.Agent) bool {
	return slices.ContainsFunc(p.Household, func(handle string) bool { return strings.EqualFold(handle, string(a.Handle)) })
}

// conversation is what was said with somebody and in a thread, kept up to date
// while a plan is made.
type conversation struct {
	people  map[string]state.Person
	threads map[string]state.Thread
}

// with returns what is known of an agent and of a thread.
func (c *conversation) with(store *state.Store, handle, post string) (*state.Person, *state.Thread, error) {
	if _, known := c.people[handle]; !known {
		person, err := store.Person(handle)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return nil, nil, fmt.Errorf("%w: %w", errStore, err)
		}
		c.people[handle] = person
	}
	if _, known := c.threads[post]; !known {
		thread, err := store.Thread(post)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return nil, nil, fmt.Errorf("%w: %w", errStore, err)
		}
		c.threads[post] = thread
	}
	person, thread := c.people[handle], c.threads[post]
	return &person, &thread, nil
}

// add notes a text of this plan, on either side, in a conversation that with
// was asked for.
func (c *conversation) add(handle, post string, said state.Said) {
	if _, known := c.people[handle]; !known {
		return
	}
	person, thread := c.people[handle], c.threads[post]
	person.Texts = append(slices.Clip(person.Texts), said)
	thread.Texts = append(slices.Clip(thread.Texts), said)
	c.people[handle], c.threads[post] = person, thread
}
