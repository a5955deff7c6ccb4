package persona

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"imagined/contract"
)

// AutoPrompt stands for a prompt that the model writes for each piece of media
// in the persona's voice. A recipe without a prompt has it.
const AutoPrompt = "auto"

// Auto reports whether the model writes the prompt.
func (r Recipe) Auto() bool { return r.Prompt == AutoPrompt }

// Cents is what one piece of media costs, in whole US cents, rounded up; 0 when
// the file does not say.
func (r Recipe) Cents() int {
	if r.USD == nil {
		return 0
	}
	return int(math.Ceil(*r.USD*100 - roundOff))
}

// MaxCents is the most that media may cost in 24 hours, in whole US cents;
// false when nothing caps it.
func (g Generation) MaxCents() (most int, capped bool) {
	if g.MaxUSDPerDay == nil {
		return 0, false
	}
	return int(math.Floor(*g.MaxUSDPerDay*100 + roundOff)), true
}

// roundOff is what binary fractions of a dollar are off by at most: 0.07 times
// 100 is a little more than 7.
const roundOff = 1e-6

// With returns the recipe with another value of a param.
func (r Recipe) With(param string, value any) Recipe {
	r.Params = maps.Clone(r.Params)
	r.Params[param] = value
	return r
}

// Check says what of a recipe the contract's table of providers does not allow.
// A recipe from a file has passed it; one from elsewhere may not have.
func (r Recipe) Check() error {
	types, known := contract.Capabilities[r.Provider]
	if !known {
		return fmt.Errorf("provider %q is not known: use %s", r.Provider, strings.Join(sorted(contract.Capabilities), ", "))
	}
	params, known := types[r.Type]
	if !known {
		return fmt.Errorf("%s does not make %q: it makes %s", r.Provider, r.Type, strings.Join(sorted(types), ", "))
	}
	for _, name := range sorted(r.Params) {
		param, known := params[name]
		switch {
		case slices.Contains(addresses, name):
			return fmt.Errorf("param %s is an address: leave it out", name)
		case !known:
			return fmt.Errorf("param %s is not one of %s %s", name, r.Provider, r.Type)
		case !fits(r.Params[name], param):
			return fmt.Errorf("param %s must be %s", name, want(param))
		}
	}
	return nil
}

// generationMoney checks that what is capped has a price.
func (c *checker) generationMoney() {
	g := c.persona.Generation
	if g.MaxUSDPerDay != nil {
		c.amount("generation.max_usd_per_day", *g.MaxUSDPerDay)
	}
	for i, r := range g.Recipes {
		at := index("generation.recipes", i)
		switch {
		case r.USD != nil:
			c.amount(at+".usd", *r.USD)
		case g.MaxUSDPerDay != nil && !c.bad[at] && !c.bad[at+".usd"]:
			c.fault(at, "has no price, and generation.max_usd_per_day caps what media may cost",
				`add a line such as "usd: 0.04", what one costs in US dollars; 0 when it is free`)
		}
	}
}
