package planner

import (
	"fmt"
	"math"
	"slices"
	"time"

	"imagined/actions"
	"imagined/persona"
)

const (
	engageJob = "engage"
	// The acts among which a share is counted, with the one that is asked about.
	shareOf  = 50
	shareFor = 7 * 24 * time.Hour
)

// actOf is what a brain and `acts` of the persona file call a kind.
func actOf(k actions.Kind) string {
	switch k {
	case actions.LikeByte:
		return string(actions.Like)
	case actions.CommentByte:
		return string(actions.Comment)
	}
	return string(k)
}

// proportions keep each act of engage within its share of the latest acts.
type proportions struct {
	bounds persona.Acts
	recent []string // acts, newest first
	held   []string // what was held back, with the figures
}

func (p *Planner) proportions(now time.Time) (*proportions, error) {
	kinds := make([]string, len(engageKinds))
	for i, k := range engageKinds {
		kinds[i] = string(k)
	}
	recent, err := p.Store.Recent(engageJob, kinds, now.Add(-shareFor), shareOf-1)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	for i, kind := range recent {
		recent[i] = actOf(actions.Kind(kind))
	}
	return &proportions{bounds: p.Persona.Acts, recent: recent}, nil
}

// over says why one more of a kind would be more than its share; empty when
// it would not.
func (s *proportions) over(k actions.Kind) string {
	act, n := actOf(k), 1
	for _, before := range s.recent {
		if before == act {
			n++
		}
	}
	of := len(s.recent) + 1
	if n <= s.bounds.Most(act, of) {
		return ""
	}
	percent := math.Round(1000*s.bounds[act]) / 10
	return fmt.Sprintf("acts: %s is at most %v%% of what it does, and would be %d of the last %d", act, percent, n, of)
}

// off reports whether the persona never does it.
func (s *proportions) off(k actions.Kind) bool { return s.bounds.Most(actOf(k), shareOf) == 0 }

// hold notes once what was held back.
func (s *proportions) hold(why string) {
	if !slices.Contains(s.held, why) {
		s.held = append(s.held, why)
	}
}

// add counts one more.
func (s *proportions) add(k actions.Kind) {
	s.recent = slices.Insert(s.recent, 0, actOf(k))
	s.recent = s.recent[:min(len(s.recent), shareOf-1)]
}
