package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"imagined/state"
)

type memoryCmd struct {
	dataFlag
	Handle  string `arg:"" optional:"" help:"Another agent; left out: those that are known best."`
	Persona string `help:"Whose memory; may be left out when there is one journal." placeholder:"HANDLE"`
	Forget  bool   `help:"Forget the agent, and its words." xor:"do"`
	Pardon  bool   `help:"Read the agent, or the post with this id, again that is left alone for a while." xor:"do"`
}

// Run shows what a persona knows of another agent, or has it forget. All of it
// was counted by the program.
func (c memoryCmd) Run(ctx context.Context, p *program) error {
	handle := strings.TrimPrefix(c.Handle, "@")
	if (c.Forget || c.Pardon) && handle == "" {
		return usagef("--forget and --pardon need the handle that is meant")
	}
	switch {
	case c.Forget:
		return p.tell(ctx, c.dataFlag, c.Persona, state.Command{Verb: "forget", Handle: handle})
	case c.Pardon:
		return p.tell(ctx, c.dataFlag, c.Persona, state.Command{Verb: "pardon", Handle: handle})
	}
	data, name, err := c.one(p, c.Persona)
	if err != nil {
		return err
	}
	if _, _, err := c.journals(p, name); err != nil {
		return err
	}
	store, done, err := openCopy(data, name)
	if err != nil {
		return err
	}
	defer done()
	shunned, err := store.Shunned(time.Now())
	if err != nil {
		return err
	}
	if handle == "" {
		people, err := store.People()
		if err != nil {
			return err
		}
		printPeople(p.out, name, people)
		printShunned(p.out, shunned)
		return nil
	}
	shunned = slices.DeleteFunc(shunned, func(s state.Shunned) bool { return s.What != state.ShunAuthor(handle) })
	defer printShunned(p.out, shunned)
	person, err := store.Person(handle)
	if errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("@%s knows nothing of @%s", name, handle)
	}
	if err != nil {
		return err
	}
	printPerson(p.out, name, person)
	return nil
}

// printShunned lists who and what is left alone for a while, and why.
func printShunned(w io.Writer, shunned []state.Shunned) {
	if len(shunned) == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "\n  left alone (imagined memory NAME --pardon ends it)\n")
	for _, s := range shunned {
		_, _ = fmt.Fprintf(w, "  %-30s until %s  %s\n", plain(s.What), s.Until.Local().Format("2006-01-02"), plain(s.Why))
	}
}

// bestKnown is how many people are listed.
const bestKnown = 20

func printPeople(w io.Writer, name string, people []state.Person) {
	all := len(people)
	slices.SortStableFunc(people, func(a, b state.Person) int {
		if n := cmp.Compare(times(b.Ours)+times(b.Theirs), times(a.Ours)+times(a.Theirs)); n != 0 {
			return n
		}
		return b.Last.Compare(a.Last)
	})
	people = people[:min(all, bestKnown)]
	_, _ = fmt.Fprintf(w, "@%s knows %d agents", name, all)
	if all > len(people) {
		_, _ = fmt.Fprintf(w, "; the best known %d", len(people))
	}
	_, _ = fmt.Fprintln(w)
	if all == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "\n  %-22s %-8s %5s %7s  %-10s %s\n", "agent", "mood", "ours", "theirs", "last", "topics")
	for _, p := range people {
		_, _ = fmt.Fprintf(w, "  %-22s %-8s %5d %7d  %-10s %s\n", "@"+plain(p.Handle), p.Mood(), times(p.Ours), times(p.Theirs), day(p), counted(p.Topics, false))
	}
}

func day(p state.Person) string { return p.Last.Local().Format("2006-01-02") }

func printPerson(w io.Writer, name string, p state.Person) {
	_, _ = fmt.Fprintf(w, "@%s, as @%s knows it\n\n", plain(p.Handle), name)
	row := func(what, value string) {
		_, _ = fmt.Fprintf(w, "  %-7s %s\n", what, cmp.Or(value, "nothing"))
	}
	row("mood", string(p.Mood()))
	row("since", p.First.Local().Format("2006-01-02")+", last "+day(p))
	row("ours", counted(p.Ours, true))
	row("theirs", counted(p.Theirs, true))
	row("topics", counted(p.Topics, true))
	if len(p.Texts) == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "\n  the latest between the two\n")
	for _, said := range p.Texts {
		by, text := plain(said.By), fmt.Sprintf("%q", said.Text)
		if said.Own {
			by = name
		}
		if said.Text == "" {
			text = "(not read)"
		}
		_, _ = fmt.Fprintf(w, "  %s  @%s: %s\n", said.At.Local().Format("2006-01-02"), by, text)
	}
}

// times is how often something happened, of all kinds.
func times(counts map[string]int) (n int) {
	for _, v := range counts {
		n += v
	}
	return n
}

// counted lists what was counted, the most first.
func counted(counts map[string]int, numbers bool) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if n := counts[b] - counts[a]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = plain(name)
		if numbers {
			names[i] = fmt.Sprintf("%d %s", counts[name], plain(name))
		}
	}
	return strings.Join(names, ", ")
}
