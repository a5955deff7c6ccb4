package planner

import (
	"fmt"
	"slices"
	"time"

	"imagined/actions"
	"imagined/state"
)

// usual are the reasons that a post has every time it is met again: they say
// nothing about a decision.
var usual = []string{"malformed", "duplicate", "own", "own household", "seen"}

// gone counts a candidate that fell away before the brain was asked.
func (plan *Plan) gone(c Candidate, reason string) {
	plan.Gone[reason]++
	if plan.away != nil && !slices.Contains(usual, reason) {
		plan.away[c.Post.ID] = reason
		if plan.found == nil {
			plan.found = make(map[string]string)
		}
		plan.found[c.Post.ID] = found(c)
	}
}

// found says where a post was found, and what it scored.
func found(c Candidate) string {
	at := cut(c.Source, 40)
	if len(c.Parts) > 0 {
		at += fmt.Sprintf(", score %.2f", c.Score)
	}
	return at
}

// keptAnswer is how many characters of an answer are remembered.
const keptAnswer = 8000

// Decided reports whether a plan is worth remembering.
func (p Plan) Decided() bool {
	return len(p.Shown)+len(p.away)+len(p.exchanges)+len(p.Actions)+len(p.Refused) > 0
}

// Decision is what is to be remembered of a plan, so that it can be explained
// and decided again. It holds no secret.
func (p *Planner) Decision(plan Plan, job string, now time.Time) state.Decision {
	d := state.Decision{
		Job: job, At: now, Persona: p.Persona.Hash(), Brain: plan.Brain, Read: plan.Read, Gone: plan.away, Found: plan.found, Topic: plan.Topic, Note: plan.Note, Failed: plan.Failed, Held: plan.Held,
	}
	scrub := newSecrets(p.secrets()).redact
	for _, x := range plan.exchanges {
		d.Prompt = PromptVersion
		x.System, x.User, x.Answer, x.Error = scrub(x.System), scrub(x.User), scrub(cut(x.Answer, keptAnswer)), scrub(x.Error)
		d.Exchanges = append(d.Exchanges, x)
	}
	d.Material = kept(plan.material, scrub)
	for _, c := range plan.Shown {
		d.Shown = append(d.Shown, considered(c))
	}
	return d
}

// keptTrends is how many popular hashtags are remembered.
const keptTrends = 50

// kept is what is remembered of the material of a post; nil where there was
// none.
func kept(m Material, scrub func(string) string) *state.Material {
	if len(m.Trends)+len(m.Best) == 0 && m.File == nil {
		return nil
	}
	k := &state.Material{Shows: scrub(cut(m.Shows, shownMedia)), Picture: m.File != nil}
	for _, tag := range m.Trends[:min(len(m.Trends), keptTrends)] {
		k.Trends = append(k.Trends, scrub(cut(tag, 100)))
	}
	for _, text := range m.Best {
		k.Best = append(k.Best, scrub(cut(text, shownText)))
	}
	return k
}

// materialOf is the reverse of kept, as far as that goes: what a picture shows
// is known, the picture is not.
func materialOf(k *state.Material) Material {
	if k == nil {
		return Material{}
	}
	m := Material{Trends: k.Trends, Best: k.Best, Shows: k.Shows}
	if k.Picture {
		m.File = new(actions.File)
	}
	return m
}

// considered is a candidate as a brain is shown it.
func considered(c Candidate) state.Considered {
	s := show(c.Post)
	kept := state.Considered{
		Number: c.Number, Post: c.Post.ID, Author: s.Author, Text: s.Text, Hashtags: s.Hashtags, Quotes: s.Quotes, Likes: s.Likes, Comments: s.Comments,
		At: c.Post.CreatedAt, Source: c.Source, Topic: c.Topic, Score: c.Score, Parts: c.Parts, Film: c.Film,
	}
	for _, act := range c.Acts {
		kept.Acts = append(kept.Acts, string(act))
	}
	return kept
}

// hiddenMark stands where a prompt's mark stood.
const hiddenMark = "[mark]"

// keep remembers a request to the model. The prompt's mark is not kept: a text
// that holds it comes from a prompt.
func (m *meter) keep(x state.Exchange, canary string) {
	if m == nil {
		return
	}
	hide := func(text string) string { return withoutMark(text, canary) }
	x.System, x.User, x.Answer, x.Error = hide(x.System), hide(x.User), hide(x.Answer), hide(x.Error)
	x.USD = m.cost(x.Input, x.Output)
	m.plan.exchanges = append(m.plan.exchanges, x)
}
