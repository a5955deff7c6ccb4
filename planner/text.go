package planner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"imagined/actions"
	"imagined/persona"
	"imagined/state"
)

// Reason names the rule that a text breaks.
type Reason string

// The rules, in the order in which they are asked.
const (
	ReasonEmpty     Reason = "empty"
	ReasonLong      Reason = "too long"
	ReasonSecret    Reason = "secret"
	ReasonLeak      Reason = "prompt leak"
	ReasonHidden    Reason = "invisible character"
	ReasonMarks     Reason = "piled marks"
	ReasonDisguised Reason = "disguised letters"
	ReasonMachine   Reason = "machine text"
	ReasonLink      Reason = "link"
	ReasonMention   Reason = "mention"
	ReasonHashtags  Reason = "too many hashtags"
	ReasonRefusal   Reason = "refusal phrase"
	ReasonBait      Reason = "instructions to agents"
	ReasonClaim     Reason = "claim or money"
	ReasonAvoided   Reason = "avoided word"
	ReasonRepeat    Reason = "near-duplicate"
	ReasonParrot    Reason = "repeats the post"
)

// TextError says why a text must not be published.
type TextError struct {
	Reason Reason
	Detail string // may be empty; never holds a secret
}

func (e *TextError) Error() string {
	if e.Detail == "" {
		return string(e.Reason)
	}
	return string(e.Reason) + ": " + e.Detail
}

// Text is something that is about to be said in public.
type Text struct {
	Kind    actions.Kind
	Text    string
	Author  string // whom a comment answers: the only handle it may mention
	Thread  string // post that it answers
	Answers string // that post's text
}

// CheckText judges a text as the planner judges the brain's, against what the
// persona said before. It returns a *TextError for a refusal; any other error
// is the store's.
func (p *Planner) CheckText(t Text) error {
	g, err := p.textGuard("")
	if err != nil {
		return err
	}
	return g.check(t)
}

// textGuard judges the texts of one plan.
type textGuard struct {
	persona *persona.Persona
	secrets secrets
	canary  string
	prompt  string     // folded system prompt; empty when no model is asked
	own     []OwnLine  // newest first
	grams   []shingles // of own, in the same order; nil for the offline brain
	offline bool       // the lines are the operator's own and may come again
}

func (p *Planner) textGuard(canary string) (textGuard, error) {
	g := textGuard{persona: p.Persona, secrets: newSecrets(p.Secrets), canary: canary}
	g.offline = p.Brain != nil && p.Brain.Name() == OfflineName
	if !g.offline {
		private := *p.Persona
		private.Bio = "" // everybody can read it
		g.prompt = alnumAny(systemPrompt(&private, canary))
	}
	texts, err := p.Store.OwnTexts(ownTexts)
	if err != nil {
		return g, fmt.Errorf("%w: %w", errStore, err)
	}
	for i, t := range texts {
		line := OwnLine{Kind: t.Kind, Thread: t.Thread, Text: t.Text}
		if i < ownAuthors {
			e, err := p.Store.Entry(t.Entry)
			if err != nil && !errors.Is(err, state.ErrNotFound) { // texts outlive their entries
				return g, fmt.Errorf("%w: %w", errStore, err)
			}
			line.Author = e.Author
		}
		g.own = append(g.own, line)
		if !g.offline {
			g.grams = append(g.grams, shinglesOf(t.Text))
		}
	}
	return g, nil
}

// add makes a text of this plan one of the texts said before.
func (g *textGuard) add(line OwnLine) {
	g.own = slices.Insert(g.own, 0, line)
	if !g.offline {
		g.grams = slices.Insert(g.grams, 0, shinglesOf(line.Text))
	}
}

func (g *textGuard) check(t Text) error {
	rules := []func(Text) *TextError{
		checkEmpty, checkLength, g.checkSecret, g.checkLeak, checkLetters, checkMachine,
		g.checkLinks, checkMentions, checkHashtags, checkPhrases, g.checkAvoided, g.checkRepeat,
	}
	for _, rule := range rules {
		if refused := rule(t); refused != nil {
			return refused
		}
	}
	return nil
}

func checkEmpty(t Text) *TextError {
	word := strings.ToLower(strings.Trim(strings.TrimSpace(t.Text), `"'.`))
	if slices.Contains([]string{"null", "nil", "none", "undefined", "nan", "n/a", "[object object]"}, word) {
		return &TextError{ReasonEmpty, fmt.Sprintf("%q", word)}
	}
	if !strings.ContainsFunc(t.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return &TextError{Reason: ReasonEmpty}
	}
	return nil
}

func checkLength(t Text) *TextError {
	if n, most := longest(t.Text), mostOf(t.Kind); n > most {
		return &TextError{ReasonLong, fmt.Sprintf("%d of %d characters", n, most)}
	}
	return nil
}

// checkSecret also reads the text on from the newest ones: a secret may come
// in parts.
func (g *textGuard) checkSecret(t Text) *TextError {
	if what := g.secrets.in(t.Text); what != "" {
		return &TextError{ReasonSecret, what}
	}
	var earlier []string
	for _, line := range g.own[:min(10, len(g.own))] {
		earlier = append(earlier, line.Text)
	}
	slices.Reverse(earlier)
	if g.secrets.split(earlier, t.Text) {
		return &TextError{ReasonSecret, "one of ours in parts"}
	}
	if looksLikeKey(t.Text) {
		return &TextError{ReasonSecret, "something shaped like a key"}
	}
	return nil
}

// leakLength is how many letters in a row of the prompt give it away.
const leakLength = 40

func (g *textGuard) checkLeak(t Text) *TextError {
	letters := []rune(alnumAny(t.Text))
	if g.canary != "" && strings.Contains(string(letters), g.canary) {
		return &TextError{ReasonLeak, "the prompt's mark"}
	}
	for i := 0; g.prompt != "" && i+leakLength <= len(letters); i++ {
		if strings.Contains(g.prompt, string(letters[i:i+leakLength])) {
			return &TextError{ReasonLeak, fmt.Sprintf("%d letters of the prompt", leakLength)}
		}
	}
	return nil
}

func checkLetters(t Text) *TextError {
	if r, found := hidden(t.Text); found {
		return &TextError{ReasonHidden, codePoint(r)}
	}
	if piled(t.Text) {
		return &TextError{Reason: ReasonMarks}
	}
	if word := disguised(t.Text); word != "" {
		return &TextError{ReasonDisguised, fmt.Sprintf("%+q", cut(word, 40))}
	}
	return nil
}

func (g *textGuard) checkAvoided(t Text) *TextError {
	text := foldCase(t.Text)
	for _, word := range g.persona.Avoid.Keywords {
		if hasWord(text, foldCase(word)) {
			return &TextError{ReasonAvoided, fmt.Sprintf("%q", word)}
		}
	}
	return nil
}

// checkRepeat compares with what was said before and with what is answered.
func (g *textGuard) checkRepeat(t Text) *TextError {
	grams := shinglesOf(t.Text)
	if overlap(grams, shinglesOf(t.Answers)) >= tooSimilar {
		return &TextError{Reason: ReasonParrot}
	}
	for i, line := range g.own {
		same := foldCase(strings.TrimSpace(line.Text)) == foldCase(strings.TrimSpace(t.Text))
		near := g.offline && (i < min(10, recentLines(g.persona)) || t.Thread != "" && line.Thread == t.Thread)
		switch {
		case same && (near || !g.offline):
			return &TextError{ReasonRepeat, fmt.Sprintf("of own text %d back", i+1)}
		case !g.offline && overlap(grams, g.grams[i]) >= tooSimilar:
			return &TextError{ReasonRepeat, fmt.Sprintf("of own text %d back", i+1)}
		}
	}
	return nil
}

// alnumAny keeps letters and digits of any script, folded.
func alnumAny(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, foldCase(text))
}
