package planner

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
	return append(names, ruleNumber, ruleAct, ruleTwice, ruleActs, ruleRoom, ruleRing, ruleOwn, ruleShun, ruleAvoid, ruleParams)
}
