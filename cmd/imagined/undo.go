package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagined/actions"
	"imagined/state"
)

type undoCmd struct {
	dataFlag
	Which   string `arg:"" optional:"" name:"id" help:"Entry, as log shows it; with --last the persona."`
	Last    bool   `help:"Take back all that the last decision did."`
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// Run takes back what an entry, or the last decision that did something, has
// done. It may be repeated.
func (c undoCmd) Run(ctx context.Context, p *program) error {
	handle := c.Persona
	var id uint64
	var err error
	if c.Last && c.Which != "" {
		handle = c.Which
	}
	if !c.Last {
		if id, err = state.ParseID(c.Which); err != nil {
			return usagef("undo takes the number of an entry, as log shows it, or --last")
		}
	}
	data, name, err := c.one(p, handle)
	if err != nil {
		return err
	}
	if _, _, err := c.journals(p, name); err != nil {
		return err
	}
	entries, decision, err := toUndo(data, name, id)
	if err != nil {
		return err
	}
	s := sheet{p.out, time.Local}
	if c.Last {
		s.line("@%s: the last decision that did something is d%d, of %s (%s)", name, decision, entries[0].Job, s.time(entries[0].PlannedAt))
	}
	commands := s.undo(entries)
	if len(commands) == 0 {
		return errors.New("none of it can be taken back")
	}
	return p.tell(ctx, c.dataFlag, name, commands...)
}

// toUndo is the entry of that id or, when it is 0, all that the last decision
// did, newest first, so that an answer goes before what it is an answer to.
func toUndo(data, name string, id uint64) (entries []state.Entry, decision uint64, err error) {
	store, done, err := openCopy(data, name)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	if id != 0 {
		e, err := store.Entry(id)
		if err != nil {
			return nil, 0, fmt.Errorf("entry %d of @%s: %w", id, name, err)
		}
		return []state.Entry{e}, e.Decision, nil
	}
	all, err := store.Entries(state.Filter{Status: state.Done}, 0)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range all {
		decision = max(decision, e.Decision)
	}
	if decision == 0 {
		return nil, 0, fmt.Errorf("no decision in the journal of @%s has done anything", name)
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Decision == decision {
			entries = append(entries, all[i])
		}
	}
	return entries, decision, nil
}

// undo lists what becomes of each entry, and returns the commands that do it.
func (s sheet) undo(entries []state.Entry) (commands []state.Command) {
	for _, e := range entries {
		a, err := actions.Undo(e)
		verdict := fmt.Sprintf("is taken back: %s %s", a.Kind, plain(a.Target))
		switch {
		case e.Status == state.Waiting || e.Status == state.Intent:
			verdict = "is dropped: it was not sent"
		case err != nil:
			verdict = "stands: " + err.Error()
		}
		s.line("  entry %-5d %-10s %s%s", e.ID, e.Kind, plain(e.Target), byAuthor(e.Author))
		if e.Text != "" {
			s.line("              %s", inQuotes(e.Text, sheetWidth-14))
		}
		s.wrapped("              ", verdict)
		if err == nil || e.Status.Open() && e.Status != state.Sending && e.Status != state.Unknown {
			commands = append(commands, state.Command{Verb: "undo", ID: e.ID})
		}
	}
	return commands
}
