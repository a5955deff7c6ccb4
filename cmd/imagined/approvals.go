package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"imagined/actions"
	"imagined/state"
)

type approvalsCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; without it all of the data folder."`
	JSON   bool   `help:"Print one JSON object an action." name:"json"`
}

// Run lists what waits for a person, oldest first. It works beside a running
// daemon.
func (c approvalsCmd) Run(p *program) error {
	data, names, err := c.journals(p, c.Handle)
	if err != nil {
		return err
	}
	s, now := sheet{p.out, time.Local}, time.Now()
	n := 0
	err = eachJournal(names, func(_ int, name string) error {
		waiting, err := waitingOf(data, name)
		if err != nil {
			return err
		}
		for _, e := range waiting {
			if n++; c.JSON {
				err = json.NewEncoder(p.out).Encode(asApproval(e))
			} else {
				s.approval(e, now)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if n == 0 && !c.JSON && err == nil {
		s.line("nothing waits for you")
	}
	return err
}

func waitingOf(data, name string) (waiting []state.Entry, err error) {
	store, done, err := openCopy(data, name)
	if err != nil {
		return nil, err
	}
	defer done()
	open, err := store.OpenEntries()
	for _, e := range open {
		if e.Status == state.Waiting {
			waiting = append(waiting, e)
		}
	}
	return waiting, err
}

// approvalJSON is a waiting action for other programs.
type approvalJSON struct {
	ID        string          `json:"id"`
	Persona   string          `json:"persona"`
	Kind      string          `json:"kind"`
	Operation string          `json:"operation"`
	Target    string          `json:"target"`
	Author    string          `json:"author"`
	Text      string          `json:"text"`
	Body      json.RawMessage `json:"body"`
	Media     *state.Request  `json:"media"`
	Why       string          `json:"why"`
	Hash      string          `json:"hash"`
	PlannedAt time.Time       `json:"planned_at"`
	ExpiresAt time.Time       `json:"expires_at"`
}

func asApproval(e state.Entry) approvalJSON {
	return approvalJSON{
		ID: state.FormatID(e.ID), Persona: e.Persona, Kind: e.Kind, Operation: actions.Operation(actions.Kind(e.Kind)), Target: e.Target, Author: e.Author,
		Text: e.Text, Body: e.Body, Media: e.Media, Why: e.Why, Hash: actions.Hash(e), PlannedAt: e.PlannedAt.UTC(), ExpiresAt: actions.Expires(e).UTC(),
	}
}

// approval shows one waiting action: first the bytes that will be sent, then
// what was said about them.
func (s sheet) approval(e state.Entry, now time.Time) {
	s.bytes(e)
	if e.Why != "" {
		s.wrapped("  why      ", plain(e.Why))
	}
	left := "it has expired"
	if at := actions.Expires(e); now.Before(at) {
		left = strings.TrimSuffix(at.Sub(now).Round(time.Minute).String(), "0s") + " left"
	}
	s.line("  planned  %s", s.time(e.PlannedAt))
	s.line("  expires  %s, %s", s.time(actions.Expires(e)), left)
	s.line("  ->       imagined approve %d %s --persona %s", e.ID, actions.Hash(e), e.Persona)
	s.line("           imagined reject %d --persona %s\n", e.ID, e.Persona)
}

// bytes shows all that an entry sends, and its hash.
func (s sheet) bytes(e state.Entry) {
	s.line("@%s wants to %s, entry %d", e.Persona, e.Kind, e.ID)
	s.line("  sends    %s, hash %s", actions.Operation(actions.Kind(e.Kind)), actions.Hash(e))
	if e.Target != "" {
		s.line("  target   %s%s", plain(e.Target), byAuthor(e.Author))
	}
	if e.Slot != "" {
		s.line("  slot     %s", plain(e.Slot))
	}
	if e.Text != "" {
		s.line("  text     %s", inQuotes(e.Text, 0))
	}
	if e.Media != nil {
		media, _ := json.Marshal(e.Media) // what was read from JSON
		s.line("  media    %s", printable(string(media)))
	}
	if len(e.Body) > 0 {
		s.line("  body     %s", printable(string(e.Body)))
	}
}

func byAuthor(handle string) string {
	if handle == "" {
		return ""
	}
	return " by @" + plain(handle)
}

type approveCmd struct {
	dataFlag
	ID      uint64 `arg:"" help:"Entry, as approvals shows it."`
	Hash    string `arg:"" optional:"" help:"Hash of the bytes that you have seen; without it those that the command shows."`
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// Run lets an entry go that waits for a person, if it is still the one that the
// person has seen.
func (c approveCmd) Run(ctx context.Context, p *program) error {
	_, e, err := p.entry(c.dataFlag, c.Persona, c.ID)
	if err != nil {
		return err
	}
	switch {
	case e.Status != state.Waiting:
		return fmt.Errorf("entry %d is %s and waits for nobody", e.ID, e.Status)
	case !time.Now().Before(actions.Expires(e)):
		return fmt.Errorf("entry %d waited until %s, and is dropped by the next run", e.ID, actions.Expires(e).Local().Format(time.DateTime))
	case c.Hash != "" && c.Hash != actions.Hash(e):
		return fmt.Errorf("entry %d has the hash %s, not %s: look again with imagined approvals", e.ID, actions.Hash(e), plain(c.Hash))
	}
	sheet{p.out, time.Local}.bytes(e)
	return p.tell(ctx, c.dataFlag, e.Persona, state.Command{Verb: "approve", ID: e.ID, Hash: actions.Hash(e)})
}

type rejectCmd struct {
	dataFlag
	ID      uint64 `arg:"" help:"Entry, as approvals shows it."`
	Why     string `help:"Reason, for the journal."`
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// Run drops an entry that waits for a person.
func (c rejectCmd) Run(ctx context.Context, p *program) error {
	return p.tell(ctx, c.dataFlag, c.Persona, state.Command{Verb: "reject", ID: c.ID, Why: c.Why})
}

// entry reads one entry of a persona's journal.
func (p *program) entry(d dataFlag, handle string, id uint64) (data string, e state.Entry, err error) {
	data, name, err := d.one(p, handle)
	if err != nil {
		return data, e, err
	}
	if _, _, err := d.journals(p, name); err != nil {
		return data, e, err
	}
	store, done, err := openCopy(data, name)
	if err != nil {
		return data, e, err
	}
	defer done()
	if e, err = store.Entry(id); err != nil {
		return data, e, fmt.Errorf("entry %d of @%s: %w", id, name, err)
	}
	e.Persona = name
	return data, e, nil
}
