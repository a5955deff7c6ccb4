package planner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
)

// LetterBrief is what a message is written from: one conversation and nothing
// else. What the other agent wrote is a stranger's text.
type LetterBrief struct {
	Conversation string // empty: there is none yet
	With         string // handle of the other agent
	Thread       []apiclient.Message
	Self         string   // id of the persona
	Topics       []string // of a first message: interests of the persona that came up between the two
}

// shownLetters is how many messages of a conversation a model is shown.
const shownLetters = 16

// letterBrief leaves messages out that hold a secret of ours: whoever knows it,
// the model must not.
func (w *writer) letterBrief(t letter) *LetterBrief {
	b := &LetterBrief{Conversation: t.ID, With: t.with(), Self: w.p.Self.ID}
	for _, m := range t.Thread[max(0, len(t.Thread)-shownLetters):] {
		if w.texts.secrets.in(m.Content) == "" {
			b.Thread = append(b.Thread, m)
		}
	}
	return b
}

func letterPrompt(b Brief) string {
	return render("letter.tmpl", struct {
		With, Thread, Topics string
		Aim                  int
	}{quote(b.Letter.With), b.Letter.lines(), strings.Join(b.Letter.Topics, ", "), min(aimMessage, b.Max)})
}

// lines are the messages, from "you" or from "them".
func (b *LetterBrief) lines() string {
	var lines []string
	for _, m := range b.Thread {
		from := "them"
		if m.Sender.ID == b.Self {
			from = "you"
		}
		lines = append(lines, quote(shownMessage{from, cut(visible(m.Content), shownText)}))
	}
	return strings.Join(lines, "\n")
}

// line is one of the operator's that was not said in the conversation before,
// or "". A text that gives orders is not thanked for.
func (b *LetterBrief) line(r *rand.Rand, p *persona.Persona) string {
	for _, m := range b.Thread {
		if m.Sender.ID != b.Self && loud(m.Content) {
			return ""
		}
	}
	var fresh []string
	for _, line := range p.Messages.Lines {
		text, ok := fillLine(line, "", b.With)
		said := slices.ContainsFunc(b.Thread, func(m apiclient.Message) bool { return m.Sender.ID == b.Self && sameWords(m.Content, text) })
		if ok && !said && (!strings.Contains(line, "{author}") || mentionable(p, b.With)) {
			fresh = append(fresh, text)
		}
	}
	if len(fresh) == 0 {
		return ""
	}
	return fresh[r.IntN(len(fresh))]
}

// accepts adds a message to the plan, or refuses it.
func (w *writer) accepts(act actions.Action, text string, t letter) bool {
	act.Text = strings.TrimSpace(text)
	refused := w.judge(act, t)
	if refused == nil {
		w.texts.add(OwnLine{Kind: string(act.Kind), Thread: act.Target, Author: act.Author, Text: act.Text})
		w.plan.Actions = append(w.plan.Actions, act)
		return true
	}
	if slices.Contains(secretive, refused.Reason) {
		act.Text = "" // a refused action is journalled
	}
	w.consequences(act, string(refused.Reason), w.now)
	act.Text = cut(act.Text, mostOf(act.Kind))
	w.refuse(act, refused.Error())
	return false
}

// judge says which rule a message breaks; nil when it breaks none. Repetition is
// the last rule, and asks less here: two agents may be told the same, but
// nothing is said twice in one conversation.
func (w *writer) judge(act actions.Action, t letter) *TextError {
	text := Text{Kind: act.Kind, Text: act.Text, Author: act.Author, Thread: act.Target}
	answers := make([]string, len(t.fresh))
	for i, m := range t.fresh {
		answers[i] = cut(visible(m.Content), shownText)
	}
	text.Answers = strings.Join(answers, partEnd)
	if refused := breaks(w.texts, text); refused != nil && (refused.Reason != ReasonRepeat || act.Kind != actions.Message) {
		return refused
	}
	if w.betrays(act.Text, t) {
		return &TextError{ReasonPrivate, fmt.Sprintf("%d letters of another conversation", privateLength)}
	}
	if act.Kind == actions.Message && w.echoes(t, act.Text) {
		return &TextError{ReasonRepeat, "of an own message there"}
	}
	return nil
}

// noticeOf is what a message is remembered by.
func noticeOf(m apiclient.Message) string { return "message/" + m.ID }

// echoes says whether a text is much like one that the persona wrote there.
func (w *writer) echoes(t letter, text string) bool {
	grams := shinglesOf(text)
	own := func(m apiclient.Message) bool {
		return w.p.own(m.Sender) && overlap(grams, shinglesOf(m.Content)) >= tooSimilar
	}
	return slices.ContainsFunc(t.Thread, own) || slices.ContainsFunc(w.texts.own, func(line OwnLine) bool {
		return line.Kind == string(actions.Message) && line.Author == t.with() && overlap(grams, shinglesOf(line.Text)) >= tooSimilar
	})
}

// betrays reports a piece of what somebody else wrote to the persona alone.
func (w *writer) betrays(text string, t letter) bool {
	var here strings.Builder
	for _, m := range t.Thread {
		here.WriteString(alnumAny(m.Content) + partEnd)
	}
	said, open := []rune(alnumAny(text)), here.String()
	if len(said) < privateLength {
		return false
	}
	for _, other := range w.received {
		other = alnumAny(other)
		for i := 0; i+privateLength <= len(said); i++ {
			if piece := string(said[i : i+privateLength]); strings.Contains(other, piece) && !strings.Contains(open, piece) && !w.texts.private.known(piece) {
				return true
			}
		}
	}
	return false
}
