package planner

import (
	"context"
	"errors"
	"math/rand/v2"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
)

// Brain chooses and writes. Whatever it returns is judged before it has an
// effect; it holds no secret and no tool.
type Brain interface {
	// Name is what plans call it: "offline" or the model.
	Name() string
	// Choose says what to do about posts; an empty answer is a good one.
	Choose(ctx context.Context, r *rand.Rand, q Question) (Answer, error)
	// Write returns one text, or "" for silence.
	Write(ctx context.Context, r *rand.Rand, b Brief) (string, error)
}

// ErrAnswer says that the brain was asked, answered, and that the answer
// cannot be used.
var ErrAnswer = errors.New("model answer refused")

// Question is what a brain chooses from.
type Question struct {
	Persona *persona.Persona
	Choices []Choice       // best first
	Acts    []actions.Kind // what is possible for at least one choice; to like a byte is to like

	canary string
	meter  *meter
	off    map[string]bool // rules that a test has removed
}

// Choice is a candidate under the random number that stands for it in this
// question and nowhere else.
type Choice struct {
	Number int
	Candidate
}

// Answer is what a brain wants to do.
type Answer []Decision

// Decision is one act on one choice, as the brain put it: nothing in it is
// checked yet.
type Decision struct {
	Number int
	Act    string
	Why    string
}

// Brief is what a brain needs to write one text.
type Brief struct {
	Persona *persona.Persona
	Kind    actions.Kind       // comment, comment_byte, quote, reply, post or generate (a caption)
	Post    *apiclient.Post    // what a comment answers or a quote shows; nil for the others
	Comment *apiclient.Comment // what a reply answers, on that post; nil for the others
	Topic   string             // an interest; may be empty
	Prompt  string             // what the media shows, for a caption
	Own     []OwnLine          // newest own texts, newest first
	Max     int                // most characters
	Make    string             // type of media whose prompt is wanted instead of a text; empty for a text
	About   About              // of a post or a byte
	Order   *OrderBrief        // what a text for an order is written from; nil for the others
	Letter  *LetterBrief       // what a message is written from; nil for the others

	asked  string // the prompt itself, of a text that is asked for again; else it is made of the rest
	canary string
	meter  *meter
}

// answers is who the text speaks to; empty for nobody.
func (b Brief) answers() string {
	handle := ""
	switch {
	case b.Letter != nil:
		handle = b.Letter.With
	case b.Comment != nil:
		handle = string(b.Comment.Agent.Handle)
	case b.Post != nil:
		handle = string(b.Post.Agent.Handle)
	}
	if !handlePattern.MatchString(handle) {
		return ""
	}
	return handle
}

// OwnLine is something the persona wrote before.
type OwnLine struct {
	Kind   string
	Thread string // post that it answered; may be empty
	Author string // whom it answered; known for the newest lines only
	Text   string
}
