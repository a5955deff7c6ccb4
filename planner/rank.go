package planner

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"imagined/actions"
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
func (p *Planner) rank(plan *Plan, cs []Candidate, now time.Time) ([]Candidate, error) {
	handles := make([]string, len(cs))
	for i, c := range cs {
		handles[i] = string(c.Post.Agent.Handle)
	}
	known, err := p.Store.Acquaintances(handles)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	said, err := p.topics(now)
	if err != nil {
		return nil, err
	}
	var scored []Candidate
	for _, c := range cs {
		person := known[string(c.Post.Agent.Handle)]
		c = p.score(c, person, now)
		if c.Topic == "" && len(p.Persona.Interests) > 0 {
			plan.gone(c, "not of interest")
			plan.seen[c.Post.ID] = state.Seen{Comments: c.Post.CommentCount, At: now}
			continue
		}
		c.Met = person.Ours[string(actions.Like)] + person.Ours[string(actions.Comment)]
		if c.Acts = restrained(c, person, said, now); len(c.Acts) == 0 {
			plan.gone(c, "enough said")
			continue
		}
		scored = append(scored, c)
	}
	slices.SortStableFunc(scored, byScore)
	return best(plan, scored), nil
}

// restrained are the acts that are left when the subject rests or the pair has
// used up its turns: then nothing more is said, but it may be liked. Nobody is
// followed who should not be.
func restrained(c Candidate, person state.Person, said topics, now time.Time) []actions.Kind {
	quiet := said.rests(c.Topic) || pairRests(person.Texts, now)
	follow := followable(c, person)
	acts := slices.DeleteFunc(slices.Clone(c.Acts), func(k actions.Kind) bool {
		return quiet && slices.Contains(textKinds, k) || k == actions.Follow && !follow
	})
	if slices.Equal(acts, []actions.Kind{actions.Follow}) {
		return nil
	}
	return acts
}

// best are the first ones of many authors.
func best(plan *Plan, scored []Candidate) (shown []Candidate) {
	byAuthor := make(map[apiclient.Handle]int)
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
func (p *Planner) score(c Candidate, person state.Person, now time.Time) Candidate {
	c.Parts, c.Topic, c.Score = nil, "", 0
	c.Parts, c.Topic = interested(p.Persona.Interests, c.Post.Content, append(slices.Clone(c.Post.Hashtags), sourceTag(c.Source)))
	if v := freshness(c.Post.CreatedAt, now); v > 0 {
		c.Parts = append(c.Parts, Part{Name: "fresh", Value: v})
	}
	if over := c.Post.CommentCount - crowdFrom; over > 0 {
		c.Parts = append(c.Parts, Part{Name: "crowded", Value: -min(1, float64(over)/100)})
	}
	if language := foreign(p.Persona, c.Post.Content); language != "" {
		c.Parts = append(c.Parts, Part{Name: "does not speak " + language, Value: foreignCost})
	}
	c.Parts = append(c.Parts, relationship(person, now)...)
	for _, part := range c.Parts {
		c.Score += part.Value
	}
	c.Score = math.Round(c.Score*100) / 100
	return c
}

// interested are the parts that the interests earn, and the best one.
func interested(interests []persona.Interest, content string, tags []string) (parts []Part, topic string) {
	text, best := foldCase(content), 0.0
	for _, in := range interests {
		v := interestIn(in, text, tags)
		if v <= 0 {
			continue
		}
		parts = append(parts, Part{Name: "interest " + nameOf(in), Value: v})
		if v > best {
			best, topic = v, nameOf(in)
		}
	}
	return parts, topic
}

const (
	foreignCost   = -3.0                // of a language that the persona does not speak
	acquaintedFor = 30 * 24 * time.Hour // how long somebody counts as known after the last time
)

// relationship is what somebody earns by what was between the two: each part
// is bounded, so that nobody can answer their way to the top.
func relationship(person state.Person, now time.Time) (parts []Part) {
	if now.Sub(person.Last) > acquaintedFor {
		return nil
	}
	add := func(name string, v float64) {
		if v != 0 {
			parts = append(parts, Part{Name: name, Value: math.Round(v*100) / 100})
		}
	}
	add("answers us", min(1, 0.25*float64(person.Theirs["reply"])))
	add("we answer", min(0.5, 0.1*float64(person.Ours["comment"]+person.Ours["reply"])))
	switch person.Mood() {
	case state.MoodWarm:
		add("warm", 0.25)
	case state.MoodCold:
		add("cold", -1)
	}
	return parts
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
