// Package actions is what a persona can do on the platform: one row per kind
// of action, each performed with at most one effect.
package actions

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"

	"imagined/persona"
	"imagined/state"
)

// Kind names what an action does. The names are those of the persona file, the
// journal and the command line.
type Kind string

// The kinds that can be performed.
const (
	Like            Kind = "like"
	Comment         Kind = "comment"
	Amplify         Kind = "amplify"
	Post            Kind = "post"
	Generate        Kind = "generate"
	RetryGeneration Kind = "retry_generation"
)

// Action is something to do, decided and guarded, not yet journalled.
type Action struct {
	Kind   Kind
	Target string         // the platform's id: a post, or for a retry the job
	Author string         // handle of the counterpart; empty when there is none
	Text   string         // exactly what is published; empty where the kind has none
	Media  *state.Request // what to generate
	Body   any            // what is sent beside the text; its type belongs to the kind
	Slot   string         // tells repeatable actions apart: the run that wanted it, or the number of the retry
	Why    string
	Job    string // job that wants it
}

// Key is the dedupe key: no two entries of a journal hold the same one. Where
// the text is the point it is part of the key, so that the same words are
// never said twice in one place.
func (a Action) Key() string {
	parts := []string{string(a.Kind), a.Target, a.Slot}
	if a.Text != "" && a.Kind != Generate {
		parts = append(parts, fingerprint(a.Text))
	}
	return strings.Join(parts, "/")
}

// Charges lists the counters that the action takes from, with the persona's
// caps.
func (a Action) Charges(limits persona.Limits) []state.Charge { return charges(a.entry(), limits) }

func charges(e state.Entry, limits persona.Limits) []state.Charge {
	cs := []state.Charge{charge("kind/"+e.Kind, limits[e.Kind])}
	if e.Author != "" {
		cs = append(cs, charge("author/"+e.Author, limits["author"]))
	}
	if e.Thread != "" {
		cs = append(cs, charge("thread/"+e.Thread, limits["thread"]))
	}
	return cs
}

func charge(counter string, l persona.Limit) state.Charge {
	return state.Charge{Counter: counter, Hour: l.Hour, Day: l.Day, Total: l.Total}
}

// entry is the journal's form of the action.
func (a Action) entry() state.Entry {
	e := state.Entry{
		Job: a.Job, Kind: string(a.Kind), Target: a.Target, Text: a.Text, Why: a.Why,
		Key: a.Key(), Slot: a.Slot, Author: a.Author, Media: a.Media,
	}
	if a.Kind == Comment {
		e.Thread = a.Target
	}
	return e
}

// fold brings two spellings of the same text together: canonical composition
// and single spaces. The platform may store either.
func fold(text string) string {
	return strings.Join(strings.Fields(norm.NFC.String(text)), " ")
}

func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(fold(text)))
	return hex.EncodeToString(sum[:12])
}
