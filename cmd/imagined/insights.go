package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

type insightsCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; without it every one that has a journal in the data folder."`
	JSON   bool   `help:"Print one JSON object a persona." name:"json"`
	ASCII  bool   `help:"Draw with plain characters." name:"ascii"`
	Reset  bool   `help:"Go back to the weights and hours of the persona file; the figures stay."`
}

// Run shows what became of a persona's weeks, and what it has learned. It works
// beside a running daemon.
func (c insightsCmd) Run(ctx context.Context, p *program) error {
	if c.Reset {
		return p.tell(ctx, c.dataFlag, strings.TrimPrefix(c.Handle, "@"), state.Command{Verb: "unlearn"})
	}
	data, names, err := c.journals(p, c.Handle)
	if err != nil {
		return err
	}
	bars := blocks
	if c.ASCII || !speaksUTF8(p) {
		bars = plainBars
	}
	return eachJournal(names, func(i int, name string) error {
		in, err := insightsIn(data, name)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(p.out).Encode(in)
		}
		if i > 0 {
			_, _ = fmt.Fprintln(p.out)
		}
		in.print(sheet{p.out, in.zone}, bars)
		return nil
	})
}

// speaksUTF8 says whether the terminal shows more than ASCII, as far as the
// environment tells.
func speaksUTF8(p *program) bool {
	locale := strings.ToLower(cmp.Or(p.getenv("LC_ALL"), p.getenv("LC_CTYPE"), p.getenv("LANG")))
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}

// insights are a persona's weeks, as far as its journal tells.
type insights struct {
	Persona string           `json:"persona"`
	Learn   bool             `json:"learn"`          // whether weights and hours move
	Since   time.Time        `json:"since,omitzero"` // of the latest reset
	Weeks   []planner.Week   `json:"weeks"`
	Changes []planner.Change `json:"changes"` // from the file to now

	who  *persona.Persona
	zone *time.Location
}

func insightsIn(data, name string) (insights, error) {
	store, done, err := openCopy(data, name)
	if err != nil {
		return insights{}, err
	}
	defer done()
	return insightsOf(store, name)
}

func insightsOf(store *state.Store, name string) (in insights, err error) {
	in = insights{Persona: name, Learn: true, zone: time.Local, Weeks: []planner.Week{}, Changes: []planner.Change{}}
	weeks, err := jobs.Weeks(store)
	if err != nil {
		return in, err
	}
	learned, err := jobs.Learned(store)
	if err != nil {
		return in, err
	}
	in.Weeks, in.Since = append(in.Weeks, weeks...), learned.Since
	if in.who, err = jobs.Living(store); err != nil || in.who == nil {
		return in, err
	}
	in.Learn, in.zone = in.who.Learns(), in.who.Location()
	in.Changes = append(in.Changes, learned.Changes(in.who)...)
	return in, nil
}

// A chart has one character a week, the latest ones.
const (
	blocks     = "▁▂▃▄▅▆▇█"
	plainBars  = "_.-:=+*#"
	chartWidth = 26
)

// chart draws figures, oldest first, between 0 and the largest of them, so that
// nothing is made to look more than it is.
func chart(figures []float64, bars string) string {
	levels := []rune(bars)
	figures = figures[max(0, len(figures)-chartWidth):]
	top := slices.Max(append([]float64{0}, figures...))
	var b strings.Builder
	for _, x := range figures {
		at := 0
		if top > 0 && x > 0 {
			at = int(math.Round(x / top * float64(len(levels)-1)))
		}
		b.WriteRune(levels[at])
	}
	return b.String()
}
