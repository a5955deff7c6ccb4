package planner

import (
	"fmt"
	"time"

	"imagined/actions"
	"imagined/persona"
)

// topicTexts is how many own texts are looked at for what they are about.
const topicTexts = 200

// topics counts what was said lately, by subject. One rests when the limit
// "topic" is reached: who speaks of one thing only is a bore.
type topics struct {
	limit     persona.Limit
	hour, day map[string]int
}

func (p *Planner) topics(now time.Time) (topics, error) {
	said := topics{limit: p.Persona.Limits["topic"], hour: make(map[string]int), day: make(map[string]int)}
	texts, err := p.Store.OwnTexts(topicTexts)
	if err != nil {
		return said, fmt.Errorf("%w: %w", errStore, err)
	}
	for _, text := range texts {
		switch actions.Kind(text.Kind) {
		case actions.Comment, actions.CommentByte, actions.Quote, actions.Post: // an answer is about what was asked
		default:
			continue
		}
		age := now.Sub(text.At)
		if age < time.Hour {
			said.hour[text.Topic]++
		}
		if age < 24*time.Hour {
			said.day[text.Topic]++
		}
	}
	return said, nil
}

// add counts one more.
func (s topics) add(topic string) {
	s.hour[topic]++
	s.day[topic]++
}

// rests says whether no more should be said about a subject for a while.
func (s topics) rests(topic string) bool {
	full := func(most *int, n int) bool { return most != nil && n >= *most }
	return topic != "" && (full(s.limit.Hour, s.hour[topic]) || full(s.limit.Day, s.day[topic]))
}

// rested are the interests that something may be said about.
func (s topics) rested(interests []persona.Interest) (rested []persona.Interest) {
	for _, in := range interests {
		if !s.rests(nameOf(in)) {
			rested = append(rested, in)
		}
	}
	return rested
}

// restedOrAll is for what is shown more than said: where every subject rests,
// any will do.
func (s topics) restedOrAll(interests []persona.Interest) []persona.Interest {
	if rested := s.rested(interests); len(rested) > 0 {
		return rested
	}
	return interests
}
