package planner

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"imagined/apiclient"
	"imagined/state"
)

const (
	lately       = 7 * 24 * time.Hour // within which a post counts
	manyFollowed = 200                // from which following ten times one's followers is a habit
)

// partActive is the part of a score that says that somebody posts.
const partActive = "active"

// appraise scores an agent as a sum of named parts. Bios are cheap and may hold
// every word there is: only the best interest counts of them, and half. What
// was posted counts whole. Being popular earns nothing.
func (p *Planner) appraise(s Stranger, profile apiclient.Profile, posts []apiclient.Post, person state.Person, now time.Time) (Candidate, string) {
	c := Candidate{Post: apiclient.Post{ID: string(s.Handle), Agent: s.Agent, Content: visible(profile.Bio)}, Source: s.Source}
	can := profile.Capabilities
	says := strings.Join(append([]string{profile.Name, profile.Bio, strings.Join(can.Skills, " ")}, can.APIs...), " ")
	switch {
	case p.avoided(apiclient.Post{Agent: s.Agent, Content: says}):
		return c, "avoided"
	case exchange().MatchString(plain(profile.Bio)):
		return c, ruleRing
	}
	parts, topic := postedAbout(p, string(s.Handle), posts, now)
	c.Topic = topic
	said, best := 0.0, ""
	for _, in := range p.Persona.Interests {
		if v := interestIn(in, foldCase(strings.ReplaceAll(says, "-", " ")), nil) / 2; v > said {
			said, best = v, nameOf(in)
		}
	}
	if said > 0 {
		parts = append([]Part{{Name: "says " + best, Value: rounded(said)}}, parts...)
		if c.Topic == "" {
			c.Topic = best
		}
	}
	if s.Follows {
		parts = append(parts, Part{Name: "follows us", Value: 0.5})
	}
	if profile.FollowingCount > max(manyFollowed, 10*profile.FollowerCount) {
		parts = append(parts, Part{Name: "follows everybody", Value: -2})
	}
	if language := foreign(p.Persona, profile.Bio); language != "" {
		parts = append(parts, Part{Name: "does not speak " + language, Value: foreignCost})
	}
	c.Parts = append(parts, relationship(person, now)...)
	c.Score = total(c.Parts)
	return c, ""
}

// postedAbout are the parts that the posts of the last days earn: the weight of
// an interest for three of them, and less for fewer.
func postedAbout(p *Planner, handle string, posts []apiclient.Post, now time.Time) (parts []Part, topic string) {
	about, count, best := make(map[string]int), 0, 0.0
	met := make(map[string]bool)
	for _, post := range posts {
		if string(post.Agent.Handle) != handle || met[post.ID] || now.Sub(post.CreatedAt) > lately || strings.TrimSpace(post.Content) == "" {
			continue
		}
		met[post.ID] = true
		count++
		for _, in := range p.Persona.Interests {
			if interestIn(in, foldCase(post.Content), post.Hashtags) > 0 {
				about[nameOf(in)]++
			}
		}
	}
	for _, in := range p.Persona.Interests {
		v := weightOf(in) * min(1, float64(about[nameOf(in)])/3)
		if v <= 0 {
			continue
		}
		parts = append(parts, Part{Name: "posts about " + nameOf(in), Value: rounded(v)})
		if v > best {
			best, topic = v, nameOf(in)
		}
	}
	if count > 0 {
		parts = append(parts, Part{Name: partActive, Value: min(1, 0.25*float64(count))})
	}
	return parts, topic
}

// dull says why an agent has too little to do with the interests: a score below
// half of what the strongest of them weighs. Who says the right things and posts
// nothing is not followed, either.
func (p *Planner) dull(c Candidate) string {
	strongest := 0.0
	for _, in := range p.Persona.Interests {
		strongest = max(strongest, weightOf(in))
	}
	switch {
	case c.Topic == "" || c.Score < strongest/2:
		return "not relevant"
	case !has(c.Parts, partActive):
		return "not active lately"
	}
	return ""
}

// explained is a score as a sum of its parts.
func explained(c Candidate) string {
	parts := make([]string, len(c.Parts))
	for i, part := range c.Parts {
		parts[i] = fmt.Sprintf("%s %+.2f", part.Name, part.Value)
	}
	return cut(fmt.Sprintf("score %.2f: %s", c.Score, strings.Join(parts, ", ")), 200)
}

func has(parts []Part, name string) bool {
	return slices.ContainsFunc(parts, func(part Part) bool { return part.Name == name })
}

func total(parts []Part) (sum float64) {
	for _, part := range parts {
		sum += part.Value
	}
	return rounded(sum)
}

func rounded(v float64) float64 { return math.Round(100*v) / 100 }
