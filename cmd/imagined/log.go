package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagined/actions"
	"imagined/state"
)

type logCmd struct {
	dataFlag
	Since   string `help:"How far back: 90m, 24h, 7d, 2w (default: 24h; all of what is open or parked, where --status asks for it)." placeholder:"TIME"`
	Kind    string `help:"Only this kind, for example like or comment."`
	Status  string `help:"Only this status: waiting intent sending done refused dropped unknown parked." enum:",waiting,intent,sending,done,refused,dropped,unknown,parked" default:""`
	Persona string `help:"Only this handle." placeholder:"HANDLE"`
	Story   bool   `help:"Tell it as a story, a day at a time, without the runs that found nothing to do." xor:"form"`
	JSON    bool   `help:"Print one JSON object an entry." name:"json" xor:"form"`
}

// Run prints the journals, oldest entry first. It works beside a running
// daemon.
func (c logCmd) Run(p *program) error {
	since, err := c.since()
	if err != nil {
		return err
	}
	if c.Kind != "" && c.Kind != "plan" && !slices.Contains(actions.Kinds(), actions.Kind(c.Kind)) {
		return usagef("no kind %q; there are plan and %v", c.Kind, actions.Kinds())
	}
	data, names, err := c.journals(p, c.Persona)
	if err != nil {
		return err
	}
	var entries []state.Entry
	unread := eachJournal(names, func(_ int, name string) error {
		es, err := c.entries(data, name, since)
		entries = append(entries, es...)
		return err
	})
	slices.SortStableFunc(entries, func(a, b state.Entry) int { return a.PlannedAt.Compare(b.PlannedAt) })
	switch {
	case c.JSON:
		return errors.Join(printJSON(p.out, entries), unread)
	case c.Story:
		sheet{p.out, time.Local}.tale(entries, len(names) > 1)
	default:
		for _, e := range entries {
			printEntry(p.out, e, len(names) > 1)
		}
	}
	switch {
	case unread != nil:
	case len(entries) == 0 && since.IsZero():
		_, _ = fmt.Fprintln(p.errs, "no such entries")
	case len(entries) == 0:
		_, _ = fmt.Fprintf(p.errs, "no such entries since %s\n", since.Format(time.DateTime))
	}
	return unread
}

// since is when the log begins; zero: at its beginning, since what waits for a
// person may be old. Days and weeks are what people ask for, so 7d and 2w are
// understood, too.
func (c logCmd) since() (time.Time, error) {
	text := c.Since
	if status := state.Status(c.Status); text == "" && (status.Open() || status == state.Parked) {
		return time.Time{}, nil
	}
	text = cmp.Or(text, "24h")
	for unit, hours := range map[string]int{"d": 24, "w": 7 * 24} {
		if n, err := strconv.Atoi(strings.TrimSuffix(text, unit)); err == nil && strings.HasSuffix(text, unit) {
			text = fmt.Sprintf("%dh", n*hours)
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return time.Time{}, usagef("--since=%s: want a time such as 90m, 24h, 7d or 2w", c.Since)
	}
	return time.Now().Add(-d), nil
}

func (c logCmd) entries(data, name string, since time.Time) ([]state.Entry, error) {
	store, done, err := openCopy(data, name)
	if err != nil {
		return nil, err
	}
	defer done()
	return store.Entries(state.Filter{Since: since, Kind: c.Kind, Status: state.Status(c.Status)}, 0)
}

// entryJSON is the journal's interface to other programs.
type entryJSON struct {
	ID        string     `json:"id"`
	Persona   string     `json:"persona"`
	Job       string     `json:"job"`
	Kind      string     `json:"kind"`
	Target    string     `json:"target"`
	Post      string     `json:"post,omitempty"` // that led to it, where that is not the target
	Status    string     `json:"status"`
	Text      string     `json:"text"`
	Why       string     `json:"why"`
	RemoteID  string     `json:"remote_id"`
	Attempts  int        `json:"attempts"`
	Error     string     `json:"error"`
	PlannedAt time.Time  `json:"planned_at"`
	DoneAt    *time.Time `json:"done_at"`
}

func printJSON(w io.Writer, entries []state.Entry) error {
	enc := json.NewEncoder(w)
	for _, e := range entries {
		if err := enc.Encode(newEntryJSON(e)); err != nil {
			return err
		}
	}
	return nil
}

func newEntryJSON(e state.Entry) entryJSON {
	out := entryJSON{
		ID: state.FormatID(e.ID), Persona: e.Persona, Job: e.Job, Kind: e.Kind, Target: e.Target, Post: e.Post, Status: string(e.Status),
		Text: e.Text, Why: e.Why, RemoteID: e.RemoteID, Attempts: e.Attempts, Error: e.Error, PlannedAt: e.PlannedAt.UTC(),
	}
	if !e.DoneAt.IsZero() {
		at := e.DoneAt.UTC()
		out.DoneAt = &at
	}
	return out
}

// printEntry prints one line. What strangers and models wrote is quoted, so
// that no control character reaches the terminal.
func printEntry(w io.Writer, e state.Entry, named bool) {
	parts := []string{e.PlannedAt.Local().Format("Jan 02 15:04:05"), fmt.Sprintf("%5s", state.FormatID(e.ID))}
	if named {
		parts = append(parts, "@"+e.Persona)
	}
	if e.Kind == "plan" { // a run that came to nothing
		parts = append(parts, fmt.Sprintf("%-12s quiet    ", e.Job))
	} else {
		parts = append(parts, fmt.Sprintf("%-12s %-9s", e.Kind, e.Status))
	}
	if e.Target != "" && e.Target != e.Author {
		parts = append(parts, plain(e.Target))
	}
	switch {
	case e.Author != "" && e.Target == e.Author: // to follow somebody
		parts = append(parts, "@"+plain(e.Author))
	case e.Author != "":
		parts = append(parts, "by @"+plain(e.Author))
	}
	if e.Post != "" {
		parts = append(parts, "for "+plain(e.Post))
	}
	if e.Text != "" {
		parts = append(parts, fmt.Sprintf("%q", e.Text))
	}
	if e.RemoteID != "" && e.RemoteID != e.Target {
		parts = append(parts, "-> "+plain(e.RemoteID))
	}
	for _, reason := range []string{e.Why, e.Error} {
		if reason != "" {
			parts = append(parts, "("+plain(reason)+")")
		}
	}
	_, _ = fmt.Fprintln(w, strings.Join(parts, " "))
	if e.Status == state.Parked {
		_, _ = fmt.Fprintf(w, "    look at the platform whether it took effect, then: imagined settle %d --done | --not-done --persona %s\n", e.ID, e.Persona)
	}
	if e.Status == state.Waiting {
		_, _ = fmt.Fprintf(w, "    waits for you: imagined approvals shows the bytes; imagined approve %d | reject %d --persona %s\n", e.ID, e.ID, e.Persona)
	}
}

// plain quotes a text only when it holds something that is not printable.
func plain(s string) string {
	q := fmt.Sprintf("%q", s)
	if q == `"`+s+`"` {
		return s
	}
	return q
}
