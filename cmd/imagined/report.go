package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"imagined/state"
)

// report prints what became of everything that the persona planned in this
// process.
func (l *life) report(w io.Writer) error {
	entries, err := l.store.Entries(state.Filter{Since: l.began}, 0)
	if err != nil {
		return err
	}
	media, err := l.store.MediaSince(l.began)
	if err != nil {
		return err
	}
	day, _, err := l.store.Day(time.Now(), l.persona.Location())
	if err != nil {
		return err
	}
	usage, err := l.store.UsageOf(day)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "\n@%s lived %s\n\n", l.persona.Handle, time.Since(l.began).Round(time.Second))
	printKinds(w, entries)
	_, _ = fmt.Fprintf(w, "\nmodel today: %d calls, %d tokens in, %d tokens out\n", usage.Calls, usage.Input, usage.Output)
	for _, m := range media {
		_, _ = fmt.Fprintf(w, "media: %s by %s, %s%s\n", m.Request.Type, m.Request.Provider, plain(m.Status), became(m))
	}
	return nil
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
	type row struct{ planned, done, dropped, refused, unknown, parked int }
	rows := make(map[string]*row)
	silent := 0
	for _, e := range entries {
		if e.Kind == "plan" { // a tick that came to nothing
			silent++
			continue
		}
		if rows[e.Kind] == nil {
			rows[e.Kind] = &row{}
		}
		r := rows[e.Kind]
		r.planned++
		switch e.Status {
		case state.Done:
			r.done++
		case state.Dropped:
			r.dropped++
		case state.Refused:
			r.refused++
		case state.Parked:
			r.parked++
		default:
			r.unknown++
		}
	}
	kinds := make([]string, 0, len(rows))
	for kind := range rows {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(rows[b].planned-rows[a].planned, cmp.Compare(a, b)) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "kind\tplanned\tdone\tdropped\trefused\tunknown\tparked\t")
	for _, kind := range kinds {
		r := rows[kind]
		_, _ = fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", kind, r.planned, r.done, r.dropped, r.refused, r.unknown, r.parked)
	}
	_ = t.Flush() // w is a terminal or a buffer
	if silent > 0 {
		_, _ = fmt.Fprintf(w, "\nruns that came to nothing, each with its reason in the journal: %d\n", silent)
	}
}
