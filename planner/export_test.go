package planner

import "slices"

// Rules is how many rows the table of failures has.
func Rules() int { return len(rules) }

// RuleOf is the row that a failure falls under.
func RuleOf(status int, kind, body string) int {
	words, _ := wordsOf([]byte(body))
	return slices.IndexFunc(rules, func(r rule) bool { return r.matches(status, kind, words) })
}
