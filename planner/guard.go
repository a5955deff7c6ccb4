package planner

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"imagined/actions"
	"imagined/persona"
)

// maxDecisions bounds an answer; more than every act on every post is
// nonsense: of amplify, repost and quote a post gets one.
const maxDecisions = maxShown * 4

// Rules about decisions, by the names under which a test removes them.
const (
	ruleNumber = "number not offered"
	ruleAct    = "act not offered"
	ruleTwice  = "decided twice"
	ruleActs   = "acted on"
	ruleRoom   = "limits"
	ruleRing   = "one hand washes the other"
	ruleOwn    = "own"
	ruleShun   = "quarantined"
	ruleAvoid  = "avoided"
	ruleParams = "params"
	rulePassed = "passed on before"
	ruleShares = "share"
)

// chosen is a decision whose number and act are known to be real.
type chosen struct {
	Candidate
	act actions.Kind
	why string
}

// match finds the candidates that an answer speaks of, best first. One
// decision about a number or an act that was not offered spoils the whole
// answer: whoever wrote it was not answering this question.
func (q Question) match(answer Answer) ([]chosen, error) {
	if len(answer) > maxDecisions {
		return nil, fmt.Errorf("%w: %d decisions about %d posts", ErrAnswer, len(answer), len(q.Choices))
	}
	places := make(map[int]int, len(q.Choices))
	for i, c := range q.Choices {
		places[c.Number] = i
	}
	type placed struct {
		place int
		chosen
	}
	var found []placed
	for _, d := range answer {
		place, ok := places[d.Number]
		if !ok && !q.off[ruleNumber] {
			return nil, fmt.Errorf("%w: post %d was not offered", ErrAnswer, d.Number)
		}
		act := actions.Kind(d.Act)
		if !slices.Contains(q.Acts, act) && !q.off[ruleAct] {
			return nil, fmt.Errorf("%w: act %q was not offered", ErrAnswer, cut(d.Act, 40))
		}
		c := q.Choices[place].Candidate
		found = append(found, placed{place, chosen{Candidate: c, act: c.kindOf(act), why: d.Why}})
	}
	sort.SliceStable(found, func(i, j int) bool {
		if found[i].place != found[j].place {
			return found[i].place < found[j].place
		}
		return slices.Index(engageKinds, found[i].act) < slices.Index(engageKinds, found[j].act)
	})
	all := make([]chosen, len(found))
	for i, f := range found {
		all[i] = f.chosen
	}
	return all, nil
}

// tally counts what one plan has already charged to each counter: the store
// learns of it only when the actions are journalled.
type tally map[string]int

func (t tally) add(a actions.Action, limits persona.Limits) {
	for _, c := range a.Charges(limits) {
		t[c.Counter]++
	}
}

// room says which limit an action would break on top of the tally; empty for
// none.
func (p *Planner) room(used tally, a actions.Action, now time.Time) (string, error) {
	charges := a.Charges(p.Persona.Limits)
	for i, c := range charges {
		n := used[c.Counter]
		charges[i].Hour, charges[i].Day, charges[i].Total = less(c.Hour, n), less(c.Day, n), less(c.Total, n)
	}
	over, err := p.over(charges, now)
	if over == nil || err != nil {
		return "", err
	}
	whole := *over
	whole.Cap += used[over.Counter]
	return whole.Error(), nil
}

func less(limit *int, n int) *int {
	if limit == nil {
		return nil
	}
	return new(*limit - n)
}
