package planner

// Without removes a rule, so that a test can show that it is the one that
// holds.
func (p *Planner) Without(rule string) { p.off = map[string]bool{rule: true} }

// Rules names every rule that can be removed.
func Rules() (names []string) {
	for _, r := range (&textGuard{}).rules() {
		names = append(names, string(r.reason))
	}
	return append(names, ruleNumber, ruleAct, ruleTwice, ruleActs, ruleRoom, ruleRing, ruleOwn, ruleShun, ruleAvoid, ruleParams)
}
