package planner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// Reason names the rule that a text breaks.
type Reason string

// The rules, in the order in which they are asked.
const (
	ReasonEmpty     Reason = "empty"
	ReasonLong      Reason = "too long"
	ReasonSecret    Reason = "secret" // one of ours
	ReasonKey       Reason = "shaped like a key"
	ReasonLeak      Reason = "prompt leak"
	ReasonPrivate   Reason = "private text"
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
	ReasonHarm      Reason = "harmful words"
	ReasonNever     Reason = "what it never says"
	ReasonAvoided   Reason = "avoided word"
	ReasonParrot    Reason = "repeats the post"
	ReasonRepeat    Reason = "near-duplicate"
)

// textRule is one of them. It returns what breaks it, never with a secret in it.
type textRule struct {
	reason Reason
	breaks func(Text) (detail string, broken bool)
}

func (g *textGuard) rules() []textRule {
	return []textRule{
		{ReasonEmpty, empty},
		{ReasonLong, long},
		{ReasonSecret, g.secret},
		{ReasonKey, func(t Text) (string, bool) { return "", looksLikeKey(t.Text) }},
		{ReasonLeak, g.leak},
		{ReasonPrivate, g.private.told},
		{ReasonHidden, invisible},
		{ReasonMarks, func(t Text) (string, bool) { return "", piled(t.Text) }},
		{ReasonDisguised, inDisguise},
		{ReasonMachine, machine},
		{ReasonLink, g.link},
		{ReasonMention, strangers},
		{ReasonHashtags, g.hashtags},
		{ReasonRefusal, phrase(refusalPhrase)},
		{ReasonBait, phrase(bait)},
		{ReasonClaim, phrase(claim)},
		{ReasonHarm, harmful},
		{ReasonNever, g.never},
		{ReasonAvoided, g.avoided},
		{ReasonParrot, parrot},
		{ReasonRepeat, g.repeat},
	}
}

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
	Answers string // that post's text, with all else that was shown of it
	// Others are the texts of others in that thread: what they said need not be
	// said again.
	Others []string
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
	private privateTexts
	off     map[string]bool // rules that a test has removed
	prompt  string          // folded system prompt, and what the others say; empty when no model is asked
	own     []OwnLine       // newest first
	grams   []shingles      // of own, in the same order; nil for the offline brain
	tags    []string        // the only hashtags it may have; nil: any
	offline bool            // the lines are the operator's own and may come again
}

func (p *Planner) textGuard(canary string) (textGuard, error) {
	g := textGuard{persona: p.Persona, secrets: newSecrets(p.secrets()), canary: canary, off: p.off}
	g.offline = p.Brain != nil && p.Brain.Name() == OfflineName
	if !g.offline {
		g.prompt = alnumAny(systemPrompt(p.Persona, canary))
		for _, public := range []string{p.Persona.Bio, topicsOf(p.Persona)} { // everybody can read the one and see the other
			if public = alnumAny(public); utf8.RuneCountInString(public) >= leakLength/2 { // less of it gives nothing away
				g.prompt = strings.ReplaceAll(g.prompt, public, "|")
			}
		}
		g.prompt += "|" + promptWords()
	}
	texts, err := p.Store.OwnTexts(ownTexts)
	if err != nil {
		return g, fmt.Errorf("%w: %w", errStore, err)
	}
	if !g.offline { // else every line is the operator's, whoever has sent it back in a message
		if g.private, err = p.privateTexts(texts); err != nil {
			return g, err
		}
	}
	for i, t := range texts {
		line := OwnLine{Kind: t.Kind, Thread: t.Thread, Author: t.Author, Text: t.Text}
		if line.Author == "" && i < ownAuthors { // a text of before authors were kept with it
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
	for _, r := range g.rules() {
		if g.off[string(r.reason)] {
			continue
		}
		if detail, broken := r.breaks(t); broken {
			return &TextError{r.reason, detail}
		}
	}
	return nil
}

func empty(t Text) (string, bool) {
	word := strings.ToLower(strings.Trim(strings.TrimSpace(t.Text), `"'.`))
	if slices.Contains([]string{"null", "nil", "none", "undefined", "nan", "n/a", "[object object]"}, word) {
		return fmt.Sprintf("%q", word), true
	}
	return "", !strings.ContainsFunc(t.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func long(t Text) (string, bool) {
	n, most := longest(t.Text), mostOf(t.Kind)
	return fmt.Sprintf("%d of %d characters", n, most), n > most
}

// secret also reads the text on from the newest ones: a secret may come in
// parts.
func (g *textGuard) secret(t Text) (string, bool) {
	if what := g.secrets.in(t.Text); what != "" {
		return what, true
	}
	var earlier []string
	for _, line := range g.own[:min(10, len(g.own))] {
		earlier = append(earlier, line.Text)
	}
	slices.Reverse(earlier)
	return "one of ours in parts", g.secrets.split(earlier, t.Text)
}

// leakLength is how many letters in a row of the prompt give it away.
const leakLength = 40

func (g *textGuard) leak(t Text) (string, bool) {
	if newSecrets([]string{g.canary}).in(t.Text) != "" {
		return "the prompt's mark", true
	}
	letters := alnumAny(t.Text)
	return fmt.Sprintf("%d letters of the prompt", leakLength), g.prompt != "" && shares([]rune(letters), g.prompt, leakLength)
}

// shares reports whether that many letters in a row are also in another text.
func shares(letters []rune, other string, length int) bool {
	for i := 0; i+length <= len(letters); i++ {
		if strings.Contains(other, string(letters[i:i+length])) {
			return true
		}
	}
	return false
}

func invisible(t Text) (string, bool) {
	r, found := hidden(t.Text)
	return codePoint(r), found
}

func inDisguise(t Text) (string, bool) {
	word := disguised(t.Text)
	return fmt.Sprintf("%+q", cut(word, 40)), word != ""
}

func (g *textGuard) avoided(t Text) (string, bool) {
	text := foldCase(t.Text)
	for _, word := range g.persona.Avoid.Keywords {
		if hasWord(text, foldCase(word)) {
			return fmt.Sprintf("%q", word), true
		}
	}
	return "", false
}

// partEnd stands between the parts of what is answered.
const partEnd = "\x00"

// answerable is all that a brain is shown of a post's text.
func answerable(post apiclient.Post) string {
	s := show(post)
	return strings.Join([]string{s.Text, s.Quotes, strings.Join(s.Hashtags, " ")}, partEnd)
}

// mostOfIt is how much of a text may come from what it answers: quoting is
// fine, but a text that somebody else has worded is not the persona's.
const mostOfIt = 0.8

// parrot finds a text that says again what it answers, or a part of it.
func parrot(t Text) (string, bool) {
	grams := shinglesOf(t.Text)
	for part := range strings.SplitSeq(t.Answers, partEnd) {
		there := shinglesOf(part)
		if overlap(grams, there) >= tooSimilar || within(grams, there) >= mostOfIt {
			return "", true
		}
	}
	return "", false
}

// within is the share of a that is also in b.
func within(a, b shingles) float64 {
	both := 0
	for gram := range a {
		if _, ok := b[gram]; ok {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)))
}

// repeat compares with what was said before.
func (g *textGuard) repeat(t Text) (string, bool) {
	grams := shinglesOf(t.Text)
	for _, other := range t.Others {
		if overlap(grams, shinglesOf(other)) >= tooSimilar {
			return "of another's comment there", true
		}
	}
	for i, line := range g.own {
		same := foldCase(strings.TrimSpace(line.Text)) == foldCase(strings.TrimSpace(t.Text))
		near := g.offline && (i < min(10, recentLines(g.persona)) || t.Thread != "" && line.Thread == t.Thread)
		if same && (near || !g.offline) || !g.offline && overlap(grams, g.grams[i]) >= tooSimilar {
			return fmt.Sprintf("of own text %d back", i+1), true
		}
	}
	return "", false
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
