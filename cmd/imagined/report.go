package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"imagined/state"
)

// reports prints what became of everything that was planned in this process: a
// table of one life, or one line a persona of several.
func (h *household) reports(w io.Writer) error {
	var told []tally
	for _, l := range h.lives {
		if !l.identified {
			continue
		}
		t, err := l.tally()
		if err != nil {
			return err
		}
		told = append(told, t)
	}
	switch len(told) {
	case 0:
	case 1:
		told[0].print(w)
	default:
		printHousehold(w, told)
	}
	return nil
}

// tally is what became of one life.
type tally struct {
	life    *life
	entries []state.Entry
	media   []state.Media
	usage   state.Usage
}

func (l *life) tally() (t tally, err error) {
	t.life = l
	if t.entries, err = l.store.Entries(state.Filter{Since: l.began}, 0); err != nil {
		return t, err
	}
	if t.media, err = l.store.MediaSince(l.began); err != nil {
		return t, err
	}
	day, _, err := l.store.Day(time.Now(), l.persona.Location())
	if err == nil {
		t.usage, err = l.store.UsageOf(day)
	}
	return t, err
}

func (t tally) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "\n@%s lived %s\n\n", t.life.handle, time.Since(t.life.began).Round(time.Second))
	printKinds(w, t.entries)
	_, _ = fmt.Fprintf(w, "\nmodel today: %d %s, %d tokens in, %d tokens out\n", t.usage.Calls, plural(t.usage.Calls, "call"), t.usage.Input, t.usage.Output)
	for _, m := range t.media {
		_, _ = fmt.Fprintf(w, "media: %s by %s, %s%s\n", m.Request.Type, m.Request.Provider, plain(m.Status), became(m))
	}
}

// printHousehold prints a row a persona, and what they did together.
func printHousehold(w io.Writer, told []tally) {
	_, _ = fmt.Fprintf(w, "\n%d personas lived %s\n\n", len(told), time.Since(told[0].life.began).Round(time.Second))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "persona\tdone\tdropped\trefused\topen\tparked\tquiet runs\tmedia\tcalls today\ttokens today\t")
	var all row
	for _, one := range told {
		r := one.row()
		r.print(t, "@"+one.life.handle)
		all.add(r)
	}
	all.print(t, "together")
	_ = t.Flush() // w is a terminal or a buffer
}

// row counts what became of one persona's entries, or of those of all.
type row struct{ done, dropped, refused, open, parked, quiet, media, calls, tokens int }

func (t tally) row() row {
	r := row{media: len(t.media), calls: t.usage.Calls, tokens: t.usage.Input + t.usage.Output}
	for _, e := range t.entries {
		r.count(e)
	}
	return r
}

func (r *row) count(e state.Entry) {
	switch {
	case e.Kind == "plan": // a run that came to nothing
		r.quiet++
	case e.Status == state.Done:
		r.done++
	case e.Status == state.Dropped:
		r.dropped++
	case e.Status == state.Refused:
		r.refused++
	case e.Status == state.Parked:
		r.parked++
	default:
		r.open++
	}
}

func (r row) planned() int { return r.done + r.dropped + r.refused + r.open + r.parked }

func (r *row) add(o row) {
	r.done, r.dropped, r.refused, r.open, r.parked = r.done+o.done, r.dropped+o.dropped, r.refused+o.refused, r.open+o.open, r.parked+o.parked
	r.quiet, r.media, r.calls, r.tokens = r.quiet+o.quiet, r.media+o.media, r.calls+o.calls, r.tokens+o.tokens
}

func (r row) print(w io.Writer, name string) {
	_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, r.done, r.dropped, r.refused, r.open, r.parked, r.quiet, r.media, r.calls, r.tokens)
}

func became(m state.Media) string {
	switch {
	case m.PostID != "":
		return " as post " + plain(m.PostID)
	case m.Error != "":
		return ": " + plain(m.Error)
	}
	return ""
}

// printKinds prints the table: a row a kind, a column an outcome.
func printKinds(w io.Writer, entries []state.Entry) {
	rows := make(map[string]*row)
	var all row
	for _, e := range entries {
		all.count(e)
		if e.Kind == "plan" {
			continue
		}
		if rows[e.Kind] == nil {
			rows[e.Kind] = &row{}
		}
		rows[e.Kind].count(e)
	}
	kinds := slices.SortedFunc(maps.Keys(rows), func(a, b string) int { return cmp.Or(rows[b].planned()-rows[a].planned(), cmp.Compare(a, b)) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "kind\tplanned\tdone\tdropped\trefused\topen\tparked\t")
	for _, kind := range kinds {
		r := rows[kind]
		_, _ = fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", kind, r.planned(), r.done, r.dropped, r.refused, r.open, r.parked)
	}
	_ = t.Flush() // w is a terminal or a buffer
	if all.quiet > 0 {
		_, _ = fmt.Fprintf(w, "\nruns that came to nothing, each with its reason in the journal: %d\n", all.quiet)
	}
}
