package jobs

import (
	"context"
	"math/rand/v2"
	"time"

	"imagined/persona"
	"imagined/planner"
)

// generate decides on one media generation; poll follows it to its post.
func (j *Jobs) generate(ctx context.Context, r run) (planner.Plan, error) {
	recipes, why, err := j.Generator.Usable(ctx, j.Persona.Generation.Recipes)
	if err != nil || why != "" {
		return planner.Plan{Note: why}, err
	}
	return j.Planner.Generate(ctx, r.rand, pick(r.rand, recipes), r.slot.UTC().Format(time.RFC3339))
}

// pick draws a recipe by weight.
func pick(r *rand.Rand, recipes []persona.Recipe) persona.Recipe {
	total := 0.0
	for _, recipe := range recipes {
		total += recipe.Weight
	}
	at := r.Float64() * total
	for _, recipe := range recipes {
		if at -= recipe.Weight; at < 0 {
			return recipe
		}
	}
	return recipes[len(recipes)-1]
}
