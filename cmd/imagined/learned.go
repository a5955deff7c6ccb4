package main

import (
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// changesIn are the differences between a persona's file and what it lives by.
func changesIn(store *state.Store, who *persona.Persona) ([]planner.Change, error) {
	learned, err := jobs.Learned(store)
	if err != nil {
		return nil, err
	}
	return append([]planner.Change{}, learned.Changes(who)...), nil
}

// learnedIn is the persona of a file with what the one of the data folder has
// learned; the file's where none has lived there.
func learnedIn(data string, who *persona.Persona) (*persona.Persona, []planner.Change, error) {
	store, done, err := openCopy(data, who.Handle)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	learned, err := jobs.Learned(store)
	if err != nil {
		return nil, nil, err
	}
	changes, err := changesIn(store, who)
	return learned.Effective(who), changes, err
}

// learned shows by what a plan was made instead of the file's values.
func (s sheet) learned(changes []planner.Change) {
	if len(changes) == 0 {
		return
	}
	s.line("")
	s.line("learned (imagined insights --reset goes back to the file)")
	printChanges(s, changes)
}
