package planner

import (
	"fmt"
	"slices"
	"strings"

	"imagined/actions"
	"imagined/state"
)

// letters are the kinds whose texts somebody reads alone.
var letters = []actions.Kind{actions.FirstMessage, actions.Message, actions.OrderMessage, actions.Deliver}

// privateLength is how many letters in a row of a private text give it away.
const privateLength = 30

// privateTexts are what was said between the persona and one other, folded, and
// what everybody may read all the same: what stands in the persona's file, and
// what it has said in public. Without that, whoever sends it its own words in a
// message could silence it.
type privateTexts struct {
	texts  []string
	public []string // as it was said: hardly ever needed
}

// known says whether a piece of a private text is a public one, too.
func (p privateTexts) known(piece string) bool {
	return slices.ContainsFunc(p.public, func(text string) bool { return strings.Contains(alnumAny(text), piece) })
}

func (p *Planner) privateTexts(own []state.OwnText) (all privateTexts, err error) {
	received, err := p.Store.PrivateTexts()
	if err != nil {
		return all, fmt.Errorf("%w: %w", errStore, err)
	}
	for _, text := range received {
		all.texts = append(all.texts, alnumAny(text))
	}
	voice := p.Persona.Voice
	all.public = slices.Concat(voice.Lines, voice.Examples, []string{p.Persona.Bio})
	for _, t := range own {
		if slices.Contains(letters, actions.Kind(t.Kind)) {
			all.texts = append(all.texts, alnumAny(t.Text))
		} else {
			all.public = append(all.public, t.Text)
		}
	}
	return all, nil
}

// told reports a public text that holds a piece of a private one. What the
// post that it answers says is public, whoever wrote it in a letter, too.
func (p privateTexts) told(t Text) (string, bool) {
	if len(p.texts) == 0 || slices.Contains(letters, t.Kind) {
		return "", false
	}
	said, open := []rune(alnumAny(t.Text)), alnumAny(t.Answers)
	for i := 0; i+privateLength <= len(said); i++ {
		piece := string(said[i : i+privateLength])
		if !strings.Contains(open, piece) && slices.ContainsFunc(p.texts, func(text string) bool { return strings.Contains(text, piece) }) && !p.known(piece) {
			return fmt.Sprintf("%d letters of a message", privateLength), true
		}
	}
	return "", false
}
