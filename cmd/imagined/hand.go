package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagined/actions"
	"imagined/jobs"
	"imagined/state"
)

type pauseCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	Kind   string `help:"Pause only this kind of action, such as comment; the rest goes on."`
	Why    string `help:"Reason, for the journal."`
}

// Run pauses a persona until it is resumed, across restarts.
func (c pauseCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Handle, state.Command{Verb: "pause", Kind: c.Kind, Why: c.Why})
}

type resumeCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	Kind   string `help:"Resume only this kind; without it all that is paused goes on."`
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

const (
	tellTries = 20 // to see whether a daemon takes a command
	tellEvery = 250 * time.Millisecond
)

// tell carries commands out: by itself when nobody holds the journal, else by
// leaving them for the daemon that does.
func (p *program) tell(ctx context.Context, d dataFlag, handle string, commands ...state.Command) error {
	data, name, err := d.one(p, handle)
	if err != nil {
		return err
	}
	if _, _, err := d.journals(p, name); err != nil {
		return err
	}
	now := time.Now()
	for i, c := range commands {
		if c.Kind != "" && !actions.Known(actions.Kind(c.Kind)) {
			return usagef("no kind %q; there are %v", c.Kind, actions.Kinds())
		}
		commands[i].At = now.Add(time.Duration(i)) // they are taken in this order
	}
	path := journalPath(data, name)
	store, err := state.Open(path, name)
	var locked *state.LockedError
	if errors.As(err, &locked) {
		return p.leave(ctx, path, name, commands)
	}
	if err == nil {
		if err = state.Sound(path, name); err != nil { // what is written to it would end with it
			err = errors.Join(err, store.Close())
		}
	}
	if err != nil {
		return explained(path, name, err)
	}
	for _, c := range commands {
		said, obeyed := jobs.Obey(store, c, c.At)
		if obeyed == nil {
			_, _ = fmt.Fprintf(p.out, "@%s: %s\n", name, said)
		}
		err = errors.Join(err, obeyed)
	}
	return errors.Join(err, store.Close())
}

// leave puts the commands into the inbox and waits a little for the daemon.
func (p *program) leave(ctx context.Context, path, name string, commands []state.Command) (err error) {
	inbox := state.InboxOf(path)
	last, verb := "", ""
	for _, c := range commands {
		if last, err = inbox.Post(c); err != nil {
			return err
		}
		verb = c.Verb
	}
	for range tellTries {
		if !inbox.Waits(last) {
			_, _ = fmt.Fprintf(p.out, "@%s: the running daemon has taken %q; its log says what came of it\n", name, verb)
			return nil
		}
		if err := sleep(ctx, tellEvery); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(p.out, "@%s: the running daemon will take %q when its present job has ended\n", name, verb)
	return nil
}
