package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"imagined/actions"
	"imagined/planner"
	"imagined/state"
)

type whyCmd struct {
	dataFlag
	ID      string `arg:"" help:"The platform's id of a post or of something that the persona made, an entry as log shows it, or a decision (d12)."`
	Full    bool   `help:"Show the prompts and the answers whole."`
	JSON    bool   `help:"Print one JSON object a step." name:"json"`
	Persona string `help:"Persona; may be left out when there is one journal, or for the id of a post." placeholder:"HANDLE"`
}

// Run tells the story of one thing, from every journal that knows it. It works
// beside a running daemon.
func (c whyCmd) Run(p *program) error {
	data, names, err := c.journals(p, c.Persona)
	if err != nil {
		return err
	}
	if _, badly := state.ParseID(c.ID); len(names) > 1 && (badly == nil || decisionID.MatchString(c.ID)) {
		return usagef("every journal has its own %s: name one of the personas with --persona: %v", c.ID, names)
	}
	s, found := sheet{p.out, time.Local}, 0
	for _, name := range names {
		t, err := readStory(data, name, c.ID)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("journal of %s: %w", name, err)
		}
		if found++; c.JSON {
			err = t.encode(json.NewEncoder(p.out))
		} else {
			s.story(t, c.ID, c.Full)
		}
		if err != nil {
			return err
		}
	}
	if found == 0 {
		return fmt.Errorf("%s was never met, by any persona of %s, or longer ago than the journal keeps", plain(c.ID), data)
	}
	return nil
}

func readStory(data, name, id string) (*story, error) {
	store, done, err := openCopy(data, name)
	if err != nil {
		return nil, err
	}
	defer done()
	return tell(store, name, id)
}

func (t *story) encode(enc *json.Encoder) error {
	if t.Decision != nil {
		if err := enc.Encode(t.Decision); err != nil {
			return err
		}
	}
	for _, m := range t.Moments {
		if err := enc.Encode(m); err != nil {
			return err
		}
	}
	return nil
}

// story prints what happened, oldest first.
func (s sheet) story(t *story, id string, full bool) {
	if d := t.Decision; d != nil {
		s.decision(t, full)
		return
	}
	author, text := t.post()
	if _, err := state.ParseID(id); err == nil {
		id = "entry " + id
	}
	s.line("%s%s, in the journal of @%s", plain(id), byAuthor(author), t.Persona)
	if text != "" {
		s.wrapped("  ", inQuotes(text, 0))
	}
	for _, m := range t.Moments {
		s.line("")
		switch m.What {
		case "gone":
			where := ""
			if m.Found != "" {
				where = " in " + plain(m.Found)
			}
			s.wrapped(fmt.Sprintf("%s  %s ", s.time(m.At), runOf(m)), fmt.Sprintf("found%s; it fell away before anybody was asked: %s", where, plain(m.Gone)))
		case "considered":
			s.considered(m, full)
		case "wrote":
			s.wrote(m, full)
		case "entry":
			s.entry(m)
		case "seen":
			s.wrapped(s.time(m.At)+"  ", fmt.Sprintf("last considered, with %d %s; it is considered again when it has more", m.Seen.Comments, plural(m.Seen.Comments, "comment")))
		}
	}
}

// decision prints a whole decision, and then what became of its entries.
func (s sheet) decision(t *story, full bool) {
	d := t.Decision
	var entries []state.Entry
	for _, m := range t.Moments {
		entries = append(entries, m.entry)
	}
	s.line("decision d%d of @%s: %s, %s", d.ID, t.Persona, d.Job, s.time(d.At))
	s.line("%d read, %d considered; brain: %s", d.Read, len(d.Shown), asked(*d))
	s.candidates(d.Shown, deedsDone(entries))
	if d.Note != "" {
		s.line("")
		s.wrapped("", plain(d.Note))
	}
	s.held(d.Held)
	s.gone(d.Gone)
	s.exchanges(d.Exchanges, full)
	for _, m := range t.Moments {
		if m.entry.Kind != "plan" {
			s.line("")
			s.entry(m)
		}
	}
}

// margin is how far a step's lines stand below its time.
const margin = "                 "

func runOf(m moment) string { return fmt.Sprintf("d%d, %s:", m.Decision, m.Job) }

// considered is a decision that showed the post to a brain.
func (s sheet) considered(m moment, full bool) {
	c := m.Shown
	whom := plain(m.Brain)
	if m.Brain == planner.OfflineName {
		whom = "the offline brain (no model was asked)"
	}
	s.wrapped(fmt.Sprintf("%s  %s ", s.time(m.At), runOf(m)), fmt.Sprintf("found in %s, shown to %s as number %d, %s of %d", plain(c.Source), whom, c.Number, ordinal(m.Place), m.Of))
	s.wrapped(margin+"score ", fmt.Sprintf("%.2f = %s", c.Score, partsOf(c.Parts)))
	s.line("%spossible %s", margin, strings.Join(c.Acts, ", "))
	for _, a := range m.Answered {
		s.wrapped(margin+"answered ", fmt.Sprintf("%s: %s", plain(a.Act), inQuotes(a.Why, 0)))
	}
	switch {
	case m.Note != "":
		s.wrapped(margin+"no plan: ", plain(m.Note))
	case m.Silent:
		s.line("%snot chosen: it was left alone", margin)
	}
	s.asked(m, full)
}

// asked shows what the model was asked for a step, and what that cost.
func (s sheet) asked(m moment, full bool) {
	for _, x := range m.Asked {
		about := plain(x.Purpose)
		if x.Purpose == "choose" && m.Of > 1 {
			about += fmt.Sprintf(" (of %d posts)", m.Of)
		}
		s.line("%sasked %s: %s, %s", margin, about, plain(x.Model), tokens(x))
		if x.Answer != "" && x.Purpose != "choose" && !full {
			s.line("%s  %s", margin, clipped(compact(x.Answer), sheetWidth-len(margin)-2))
		}
		if x.Error != "" {
			s.wrapped(margin+"  failed: ", plain(x.Error))
		}
		if full {
			s.block("system", x.System)
			s.block("user", x.User)
			s.block("answer", x.Answer)
		}
	}
}

// wrote is a decision that was about no post.
func (s sheet) wrote(m moment, full bool) {
	whom := ""
	switch m.Brain {
	case "":
	case planner.OfflineName:
		whom = " the offline brain; no model was asked"
	default:
		whom = " " + plain(m.Brain)
	}
	s.line("%s  %s%s", s.time(m.At), runOf(m), whom)
	if m.Note != "" {
		s.wrapped(margin, plain(m.Note))
	}
	s.asked(m, full)
}

// entry is an action with all that happened to it.
func (s sheet) entry(m moment) {
	e := m.entry
	kind := e.Kind
	if e.Post != "" { // it is about somebody
		kind += " @" + plain(e.Target)
	}
	head := fmt.Sprintf("%s  entry %d, %s: %s", s.time(m.At), e.ID, kind, e.Status)
	if e.RemoteID != "" && e.RemoteID != e.Target {
		head += ", became " + plain(e.RemoteID)
	}
	s.line("%s", head)
	if e.Text != "" {
		s.wrapped(margin, inQuotes(e.Text, 0))
	}
	if e.Media != nil {
		s.wrapped(margin, fmt.Sprintf("%s %s, prompt %s", plain(e.Media.Provider), plain(e.Media.Type), inQuotes(e.Media.Prompt, 0)))
	}
	if e.Why != "" {
		s.wrapped(margin+"why: ", plain(e.Why))
	}
	for _, ev := range m.Events {
		at := ev.At.In(s.loc).Format(time.TimeOnly)
		if ev.At.Sub(e.PlannedAt) > 12*time.Hour {
			at = s.time(ev.At)
		}
		s.wrapped(fmt.Sprintf("%s%s %-8s ", margin, at, ev.Status), plain(ev.Note))
	}
	s.outlook(m)
}

// outlook is how an entry goes on, and what it took.
func (s sheet) outlook(m moment) {
	e := m.entry
	if e.Attempts > 1 {
		s.line("%s%d attempts", margin, e.Attempts)
	}
	switch e.Status {
	case state.Waiting:
		s.line("%swaits until %s: imagined approve %d %s", margin, s.time(actions.Expires(e)), e.ID, actions.Hash(e))
	case state.Unknown:
		s.line("%sis read back after %s", margin, s.time(e.SettleAt))
	case state.Parked:
		s.line("%slook at the platform, then: imagined settle %d --done | --not-done", margin, e.ID)
	}
	if m.Media != nil {
		s.wrapped(margin+"media: ", plain(m.Media.Status)+became(*m.Media))
	}
}

func ordinal(n int) string {
	switch {
	case n%100/10 == 1:
	case n%10 == 1:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}
