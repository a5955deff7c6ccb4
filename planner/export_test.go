package planner

import "slices"

// Failures is how many rows the table of failures has.
func Failures() int { return len(rules) }

// FailureOf is the row that a failure falls under.
func FailureOf(status int, kind, body string) int {
	words, _ := wordsOf([]byte(body))
	return slices.IndexFunc(rules, func(r rule) bool { return r.matches(status, kind, words) })
}

// Without removes rules, so that a test can show that they are what holds.
func (p *Planner) Without(rules ...string) {
	p.off = make(map[string]bool)
	for _, rule := range rules {
		p.off[rule] = true
	}
}

// Rules names every rule that can be removed.
func Rules() (names []string) {
	for _, r := range (&textGuard{}).rules() {
		names = append(names, string(r.reason))
	}
	return append(names, ruleNumber, ruleAct, ruleTwice, ruleActs, ruleRoom, ruleRing, ruleOwn, ruleShun, ruleAvoid, ruleParams, rulePassed, ruleShares)
}
