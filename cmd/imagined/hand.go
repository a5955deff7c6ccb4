package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/jobs"
	"imagined/state"
)

type pauseCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	Kind   string `help:"Pause only this kind of action."`
	Why    string `help:"Reason, for the journal."`
}

// Run pauses a persona until it is resumed, across restarts.
func (c pauseCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Handle, state.Command{Verb: "pause", Kind: c.Kind, Why: c.Why})
}

type resumeCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	Kind   string `help:"Resume only this kind of action."`
}

// Run ends what pause or the program itself has stopped.
func (c resumeCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Handle, state.Command{Verb: "resume", Kind: c.Kind})
}

type settleCmd struct {
	dataFlag
	ID      uint64 `arg:"" help:"Entry, as log shows it."`
	Done    bool   `help:"It took effect." xor:"end" required:""`
	NotDone bool   `help:"It had no effect, and may be done again." xor:"end" required:""`
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// Run ends an entry whose outcome the program cannot find out.
func (c settleCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Persona, state.Command{Verb: "settle", ID: c.ID, Done: c.Done})
}

type approveCmd struct {
	dataFlag
	ID      uint64 `arg:"" help:"Entry, as log --status waiting shows it."`
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// Run lets an entry go that waits for a person.
func (c approveCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Persona, state.Command{Verb: "approve", ID: c.ID})
}

type rejectCmd struct {
	dataFlag
	ID      uint64 `arg:"" help:"Entry, as log --status waiting shows it."`
	Why     string `help:"Reason, for the journal."`
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// Run drops an entry that waits for a person.
func (c rejectCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Persona, state.Command{Verb: "reject", ID: c.ID, Why: c.Why})
}

const (
	tellTries = 20 // to see whether a daemon takes a command
	tellEvery = 250 * time.Millisecond
)

// tell carries a command out: by itself when nobody holds the journal, else by
// leaving it for the daemon that does.
func (p *program) tell(ctx context.Context, d dataFlag, handle string, c state.Command) error {
	data, name, err := d.one(p, handle)
	if err != nil {
		return err
	}
	if names, err := handles(data); err != nil || !slices.Contains(names, name) {
		return errors.Join(fmt.Errorf("no journal of %q in %s; there are: %s", name, data, strings.Join(names, " ")), err)
	}
	if c.Kind != "" && !actions.Known(actions.Kind(c.Kind)) {
		return usagef("no kind %q; there are %v", c.Kind, actions.Kinds())
	}
	c.At = time.Now()
	path := journalPath(data, name)
	store, err := state.Open(path, name)
	var locked *state.LockedError
	if errors.As(err, &locked) {
		return p.leave(ctx, path, name, c)
	}
	if err != nil {
		return err
	}
	said, err := jobs.Obey(store, c, c.At)
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "@%s: %s\n", name, said)
	return nil
}

// leave puts the command into the inbox and waits a little for the daemon.
func (p *program) leave(ctx context.Context, path, name string, c state.Command) error {
	inbox := state.InboxOf(path)
	command, err := inbox.Post(c)
	if err != nil {
		return err
	}
	for range tellTries {
		if !inbox.Waits(command) {
			_, _ = fmt.Fprintf(p.out, "@%s: the running daemon has taken %q; its log says what came of it\n", name, c.Verb)
			return nil
		}
		if err := sleep(ctx, tellEvery); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(p.out, "@%s: the running daemon will take %q when its present job has ended\n", name, c.Verb)
	return nil
}
