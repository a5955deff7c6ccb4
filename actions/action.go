// Package actions is what a persona can do on the platform: one row per kind
// of action, each performed with at most one effect.
package actions

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"imagined/persona"
	"imagined/state"
)

// Action is something to do, decided and guarded, not yet journalled.
type Action struct {
	Kind   Kind
	Target string         // the platform's id of what it acts on, or a handle; rows.go says which
	Author string         // handle of the counterpart; empty when there is none
	Text   string         // exactly what is published; empty where the kind has none
	Media  *state.Request // what to generate
	Body   any            // what is sent beside the text; rows.go has its type. Never a secret
	// Slot tells two actions apart that are meant to be two. What can be done,
	// taken back and done again (like, follow, a step of an order, a profile
	// that returns to what it was) needs one of the caller's choice for all
	// but the first time: the id of the entry that it takes back, as Undo
	// gives it, or a date. A generation has the run that wanted it, a retry its
	// number, a deleted comment the comment's id. A reply with the comment that
	// it answers, or a comment on a post that mentions the persona with
	// "mention", is one answer for ever, whatever it says; so is a message with
	// the one that it answers, and a first message with any slot.
	Slot string
	// Post is the post that led to it, where that is not the target; may be empty.
	Post string
	// Topic is the persona's interest that it is about; may be empty.
	Topic string
	// File is uploaded first; the post or the byte is made of it. Whoever performs
	// the action sees to that: Performer.Do makes one request.
	File *File
	Why  string
	Job  string // job that wants it
	// Decision is the journal's number of the decision that led to it; may be 0.
	Decision uint64
}

// occasional are the kinds whose text does not count where there is a slot.
var occasional = []Kind{Reply, Comment, Post, Quote, Message, FirstMessage}

// Key is the dedupe key: no two entries of a journal hold the same one. Where
// the text is the point it is part of the key, so that the same words are
// never said twice in one place. Where there is no text the body is; but not
// of an order, which is the same however it is paid. A post for an occasion,
// its slot, is made once, in whatever words, and so is a quote; a file is the
// same under any name.
func (a Action) Key() string {
	parts := []string{string(a.Kind), a.target(), a.Slot}
	body := bodyJSON(a)
	switch {
	case a.Kind == Generate, a.Slot != "" && slices.Contains(occasional, a.Kind):
	case a.Kind == UploadImage || a.Kind == UploadVideo:
		if f, ok := a.Body.(File); ok {
			parts = append(parts, f.SHA256)
		}
	case a.Text != "":
		parts = append(parts, fingerprint(a.Text))
	case body != nil && a.Kind != Order:
		parts = append(parts, fingerprint(string(body)))
	}
	return strings.Join(parts, "/")
}

// target is the target in its one spelling: a handle may come with its @.
func (a Action) target() string { return strings.TrimPrefix(a.Target, "@") }

// Charges lists the counters that the action takes from, with the persona's
// caps.
func (a Action) Charges(limits persona.Limits) []state.Charge { return charges(a.entry(), limits) }

func charges(e state.Entry, limits persona.Limits) []state.Charge {
	cs := []state.Charge{charge("kind/"+e.Kind, limits[e.Kind])}
	if e.Author != "" && e.Kind != string(Message) { // a message is done to nobody's posts
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
		Job: a.Job, Kind: string(a.Kind), Target: a.target(), Text: a.Text, Why: a.Why,
		Key: a.Key(), Slot: a.Slot, Author: a.Author, Post: a.Post, Topic: a.Topic, Media: a.Media, Body: bodyJSON(a),
		Decision: a.Decision,
	}
	switch a.Kind {
	case Comment, Reply, CommentByte:
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
