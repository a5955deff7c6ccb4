package planner

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

const (
	maxShown     = 20             // posts that a brain is asked about
	maxPerAuthor = 2              // of these, by one author
	freshFor     = 24 * time.Hour // freshness decays to zero over this time
	crowdFrom    = 20             // comments from which a post counts as crowded
)

// rank scores, sorts and cuts. Popularity earns nothing: popular posts are
// where attackers are.
func (p *Planner) rank(plan *Plan, cs []Candidate, now time.Time) []Candidate {
	var scored []Candidate
	for _, c := range cs {
		c = p.score(c, now)
		if c.Topic == "" && len(p.Persona.Interests) > 0 {
			plan.gone(c, "not of interest")
			plan.seen[c.Post.ID] = state.Seen{Comments: c.Post.CommentCount, At: now}
			continue
		}
		scored = append(scored, c)
	}
	slices.SortStableFunc(scored, byScore)
	byAuthor := make(map[apiclient.Handle]int)
	var shown []Candidate
	for _, c := range scored {
		switch {
		case byAuthor[c.Post.Agent.Handle] >= maxPerAuthor:
			plan.gone(c, "more by one author")
		case len(shown) == maxShown:
			plan.gone(c, "beyond the best")
		default:
			byAuthor[c.Post.Agent.Handle]++
			shown = append(shown, c)
		}
	}
	return shown
}

func byScore(a, b Candidate) int {
	switch {
	case a.Score > b.Score:
		return -1
	case a.Score < b.Score:
		return 1
	}
	if n := b.Post.CreatedAt.Compare(a.Post.CreatedAt); n != 0 {
		return n
	}
	return strings.Compare(a.Post.ID, b.Post.ID)
}

// score fills Parts, Score and Topic in.
func (p *Planner) score(c Candidate, now time.Time) Candidate {
	c.Parts, c.Topic, c.Score = nil, "", 0
	text := foldCase(c.Post.Content)
	best := 0.0
	for _, in := range p.Persona.Interests {
		v := interestIn(in, text, append(slices.Clone(c.Post.Hashtags), sourceTag(c.Source)))
		if v <= 0 {
			continue
		}
		c.Parts = append(c.Parts, Part{Name: "interest " + nameOf(in), Value: v})
		if v > best {
			best, c.Topic = v, nameOf(in)
		}
	}
	if v := freshness(c.Post.CreatedAt, now); v > 0 {
		c.Parts = append(c.Parts, Part{Name: "fresh", Value: v})
	}
	if over := c.Post.CommentCount - crowdFrom; over > 0 {
		c.Parts = append(c.Parts, Part{Name: "crowded", Value: -min(1, float64(over)/100)})
	}
	for _, part := range c.Parts {
		c.Score += part.Value
	}
	c.Score = math.Round(c.Score*100) / 100
	return c
}

// interestIn is the weight of an interest for the first hit and a quarter of
// it for each further one, twice the weight at most.
func interestIn(in persona.Interest, text string, tags []string) float64 {
	hits := 0
	for _, word := range append([]string{in.Topic}, in.Keywords...) {
		if hasWord(text, foldCase(word)) {
			hits++
		}
	}
	for _, own := range in.Hashtags {
		if slices.ContainsFunc(tags, func(tag string) bool { return tagName(tag) == tagName(own) && tag != "" }) {
			hits++
		}
	}
	if hits == 0 {
		return 0
	}
	return weightOf(in) * min(2, 1+0.25*float64(hits-1))
}

// nameOf is what an interest is called where it has no topic.
func nameOf(in persona.Interest) string {
	for _, name := range slices.Concat([]string{in.Topic}, in.Keywords, in.Hashtags) {
		if name != "" {
			return name
		}
	}
	return ""
}

func weightOf(in persona.Interest) float64 {
	if in.Weight <= 0 {
		return 1
	}
	return in.Weight
}

func freshness(created, now time.Time) float64 {
	if created.IsZero() {
		return 0
	}
	age := max(0, now.Sub(created))
	return math.Round(100*max(0, 1-float64(age)/float64(freshFor))) / 100
}

func sourceTag(source string) string {
	if strings.HasPrefix(source, "#") {
		return source
	}
	return ""
}

func tagName(tag string) string { return foldCase(strings.TrimLeft(strings.TrimSpace(tag), "#")) }

// foldCase brings spellings of the same word together.
func foldCase(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

// hasWord finds a word that stands by itself, or anywhere in scripts that do
// not put spaces between words. Both must be folded. A plural s is the same
// word.
func hasWord(text, word string) bool {
	word = strings.TrimSpace(word)
	if word == "" {
		return false
	}
	spaceless := strings.ContainsFunc(word, isSpaceless)
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(strings.TrimPrefix(text[end:], "s"))
		if spaceless || (!inWord(before) && !inWord(after)) {
			return true
		}
		at = end
	}
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) && !isSpaceless(r)
}

func isSpaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
