package planner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"imagined/actions"
	"imagined/persona"
)

// OfflineName is the name of the brain that needs no model.
const OfflineName = "offline"

const maxOfflineLikes = 5 // a plan

// Offline picks by interest score and says only what the operator wrote in
// voice.lines. It needs no key and costs nothing.
type Offline struct{}

// NewOffline returns the brain that needs no model.
func NewOffline() *Offline { return &Offline{} }

// Name returns OfflineName.
func (*Offline) Name() string { return OfflineName }

// metToFollow is how many likes and comments come before a follow.
const metToFollow = 3

// Choose likes what scores above the middle, and above 0: more speaks for it than
// against it. It comments on the best one or two
// posts in a script that the persona writes, and hands the best one on when it
// is about a favourite subject. It follows whom it has liked before. It cannot
// judge what it does not understand, so it leaves alone what looks like
// promotion.
func (*Offline) Choose(_ context.Context, r *rand.Rand, q Question) (Answer, error) {
	var answer Answer
	most := map[string]int{"like": maxOfflineLikes, "comment": 1 + r.IntN(2), "amplify": 1, "repost": 1, "quote": 1, "follow": 1}
	middle := middleScore(q.Choices)
	tongue := script(strings.Join(q.Persona.Voice.Lines, " "))
	for i, c := range q.Choices {
		if loud(c.Post.Content) {
			continue
		}
		best, loved := c.Score > 0 && c.Score >= middle, favourite(q.Persona, c.Candidate)
		wants := map[string]bool{
			"like":    best,
			"comment": best && script(c.Post.Content) == tongue,
			"follow":  best && loved && c.Met >= metToFollow,
		}
		follows := wants["follow"] && slices.Contains(c.Acts, actions.Follow)
		if i == 0 && loved && !follows { // three acts on one author are a lot for a day
			way := passOn(r, c.Acts)
			wants[way] = true
			wants["comment"] = wants["comment"] && way != "quote" // one word about a post is enough
		}
		for _, act := range c.Acts {
			if !wants[actOf(act)] || most[actOf(act)] == 0 {
				continue
			}
			most[actOf(act)]--
			answer = append(answer, Decision{
				Number: c.Number, Act: actOf(act), Why: fmt.Sprintf("interest score %.1f; no model was asked", c.Score),
			})
		}
	}
	return answer, nil
}

// passOn draws one of the ways to hand a post on that are possible, to amplify
// it more often than not; empty when none is.
func passOn(r *rand.Rand, acts []actions.Kind) string {
	ways := slices.DeleteFunc(slices.Clone(acts), func(k actions.Kind) bool { return !slices.Contains(passing, k) })
	switch {
	case len(ways) == 0:
		return ""
	case len(ways) == 1, ways[0] == actions.Amplify && r.IntN(4) > 0:
		return string(ways[0])
	}
	return string(ways[r.IntN(len(ways))])
}

// script names the script that most letters of a text are written in.
func script(text string) string {
	count := make(map[string]int)
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Latin, r):
			count["latin"]++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			count["japanese"]++
		case unicode.Is(unicode.Han, r):
			count["han"]++
		case unicode.IsLetter(r):
			count["other"]++
		}
	}
	if count["japanese"] > 0 && count["japanese"]+count["han"] > count["latin"] {
		return "japanese" // which is written with Han characters, too
	}
	best := ""
	for _, name := range []string{"latin", "han", "other"} {
		if count[name] > count[best] {
			best = name
		}
	}
	return best
}

// Write fills one of the persona's lines in, or returns "" when all of them
// were said too lately.
func (*Offline) Write(_ context.Context, r *rand.Rand, b Brief) (string, error) {
	if b.Make != "" {
		return "", nil // it describes nothing
	}
	if b.Order != nil {
		return "", nil // a line of the operator's is not what was ordered
	}
	if b.Letter != nil {
		return b.Letter.line(r, b.Persona), nil
	}
	if own := ownWords(b); own != "" {
		return own, nil
	}
	author := b.answers()
	recent := recentLines(b.Persona)
	var fresh []string
	for _, line := range b.Persona.Voice.Lines {
		if b.Comment != nil && (!strings.Contains(line, "{author}") || loud(b.Comment.Content)) {
			continue // an answer speaks to somebody, and not to whoever gives orders
		}
		text, ok := fillLine(line, b.Topic, author)
		if b.Kind == actions.Post && slices.ContainsFunc(b.Own, func(o OwnLine) bool {
			return slices.Contains(posted, actions.Kind(o.Kind)) && foldCase(o.Text) == foldCase(text)
		}) {
			continue // a post is never said twice; a comment is, elsewhere
		}
		if b.Kind == actions.Quote && shown(linePattern(line, b.Persona.Interests), b.Own) {
			continue // nor does a page show one line twice, to whomever
		}
		ok = ok && (!strings.Contains(line, "{author}") || mentionable(b.Persona, author))
		if ok && !spent(linePattern(line, b.Persona.Interests), author, recent, b.Own) {
			fresh = append(fresh, text)
		}
	}
	if len(fresh) == 0 {
		return "", nil
	}
	return fresh[r.IntN(len(fresh))], nil
}

// mentionable reports whether a handle may stand in the persona's own text. A
// stranger chose it, and can make it say things.
func mentionable(p *persona.Persona, handle string) bool {
	words := strings.ReplaceAll(handle, "_", " ")
	return !loud(words) && !slices.ContainsFunc(p.Avoid.Keywords, func(word string) bool { return hasWord(foldCase(words), foldCase(word)) })
}

// fillLine reports false for a line that needs what is not there.
func fillLine(line, topic, author string) (string, bool) {
	if strings.Contains(line, "{author}") && author == "" || strings.Contains(line, "{topic}") && topic == "" {
		return "", false
	}
	text := strings.NewReplacer("{topic}", topic, "{author}", author).Replace(line)
	if strings.HasPrefix(line, "{topic}") {
		first, size := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	return text, longest(text) <= maxText
}

// recentLines is how many of its newest texts the offline brain stays away
// from. Half of the lines remain to choose from, so that it never falls
// silent for good.
func recentLines(p *persona.Persona) int { return len(p.Voice.Lines) / 2 }

// spent says whether a line has been used too lately: among the newest
// texts, or as the last thing said to this author, however long ago.
func spent(line *regexp.Regexp, author string, recent int, own []OwnLine) bool {
	toAuthor := slices.IndexFunc(own, func(o OwnLine) bool { return author != "" && o.Author == author })
	for i, o := range own {
		if (i < recent || i == toAuthor) && line.MatchString(o.Text) {
			return true
		}
	}
	return false
}

// shown says whether a line stands on the persona's own page.
func shown(line *regexp.Regexp, own []OwnLine) bool {
	return slices.ContainsFunc(own, func(o OwnLine) bool { return slices.Contains(posted, actions.Kind(o.Kind)) && line.MatchString(o.Text) })
}

// linePattern matches what a line can become. A topic is one of the persona's:
// with any other text in its place, a line of little else would match all.
func linePattern(line string, interests []persona.Interest) *regexp.Regexp {
	topics := make([]string, len(interests))
	for i, in := range interests {
		topics[i] = regexp.QuoteMeta(nameOf(in))
	}
	pattern := regexp.QuoteMeta(line)
	pattern = strings.NewReplacer(`\{topic\}`, "(?:"+strings.Join(topics, "|")+")", `\{author\}`, `[a-z0-9_]+`).Replace(pattern)
	return regexp.MustCompile(`(?is)^` + pattern + `$`)
}

// middleScore is the median of the scores.
func middleScore(cs []Choice) float64 {
	if len(cs) == 0 {
		return 0
	}
	return cs[len(cs)/2].Score // best first
}

// favourite says whether a post is about an interest that no other outweighs.
func favourite(p *persona.Persona, c Candidate) bool {
	top, of := 0.0, 0.0
	for _, in := range p.Interests {
		top = max(top, weightOf(in))
		if nameOf(in) == c.Topic {
			of = weightOf(in)
		}
	}
	return of > 0 && of == top
}
