package persona

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"imagined/contract"
)

// addresses are the params that would make a provider fetch something. They
// are never taken from a file.
var addresses = []string{"referenceImage"}

func (c *checker) generation() {
	g := c.persona.Generation
	if g.PerDay < 0 || g.PerDay > MaxGenerationsPerDay {
		c.fault("generation.per_day", fmt.Sprintf("%d is out of range", g.PerDay), fmt.Sprintf("write 0 to %d", MaxGenerationsPerDay))
	}
	if day := c.persona.Limits["generate"].Day; day != nil && *day > g.PerDay && len(g.Recipes) > 0 && c.given("limits.generate.day") {
		c.fault("limits.generate.day", fmt.Sprintf("%d is more than generation.per_day, which is %d", *day, g.PerDay), "raise generation.per_day, or leave this out")
	}
	for i, r := range g.Recipes {
		c.recipe(index("generation.recipes", i), r)
	}
}

func (c *checker) recipe(at string, r Recipe) {
	for _, key := range []string{"provider", "type", "prompt"} {
		if !c.given(at + "." + key) {
			c.fault(at+"."+key, "is missing", "a recipe needs provider, type and prompt")
		}
	}
	if r.Weight <= 0 || r.Weight > 10 {
		c.fault(at+".weight", fmt.Sprintf("%v is out of range", r.Weight), "write a number above 0, up to 10")
	}
	if c.given(at + ".model") {
		c.model(at+".model", r.Model)
	}
	c.template(at+".prompt", r.Prompt, contract.MaxPrompt, "{topic}")
	types, known := contract.Capabilities[r.Provider]
	if !known {
		c.one(at+".provider", r.Provider, sorted(contract.Capabilities))
		return
	}
	params, known := types[r.Type]
	if !known {
		c.fault(at+".type", fmt.Sprintf("%s does not make %s", r.Provider, quote(r.Type)), c.suggest(r.Type, sorted(types)))
		return
	}
	for name, value := range r.Params {
		c.param(join(at+".params", name), name, value, params)
	}
}

func (c *checker) param(at, name string, value any, params map[string]contract.Param) {
	param, known := params[name]
	switch {
	case slices.Contains(addresses, name):
		c.faultKey(at, "addresses are not taken from this file", "remove it; the program never tells a provider what to fetch")
	case !known:
		known := slices.DeleteFunc(sorted(params), func(s string) bool { return slices.Contains(addresses, s) })
		c.faultKey(at, "is not an option of this provider and type", c.suggest(name, known))
	case !fits(value, param):
		c.fault(at, fmt.Sprintf("must be %s, not %s", want(param), describe(c.nodes[at])), example(param))
	}
}

// fits reports whether the provider takes value, as far as the contract says.
func fits(value any, param contract.Param) bool {
	switch x := value.(type) {
	case string:
		return param.Type == "string" && x != "" && length(x) <= maxWord && !strings.Contains(x, "://") &&
			(len(param.Enum) == 0 || slices.Contains(param.Enum, x))
	case int:
		return (param.Type == "integer" || param.Type == "number") && x > 0
	case float64:
		return param.Type == "number" && x > 0
	}
	return false
}

func want(param contract.Param) string {
	switch {
	case len(param.Enum) > 0:
		return "one of " + strings.Join(param.Enum, ", ")
	case param.Type == "integer":
		return "a whole number above 0"
	case param.Type == "number":
		return "a number above 0"
	}
	return "a short text that is no address"
}

func example(param contract.Param) string {
	if param.Default == "" {
		return "look it up in the provider's manual or remove the line"
	}
	if param.Type == "string" {
		return fmt.Sprintf("write, for example, %q", param.Default)
	}
	return "write, for example, " + param.Default
}

func sorted[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}
