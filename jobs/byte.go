package jobs

import (
	"context"

	"imagined/actions"
	"imagined/planner"
)

// film decides on a byte: a film of the media folder that was never used.
func (j *Jobs) film(ctx context.Context, r run) (planner.Plan, error) {
	if expected, err := j.expected(actions.Byte); err != nil || expected {
		return planner.Plan{Note: "an earlier film is still on its way"}, err
	}
	f, why, err := j.find(r.rand, films)
	if err != nil || f == nil {
		return planner.Plan{Note: why}, err
	}
	tags, err := j.trends(ctx) // of films there is one a week: it does without
	switch {
	case ctx.Err() != nil:
		return planner.Plan{}, ctx.Err()
	case err != nil:
		j.Log.Debug("what is popular is not known", "err", err)
	}
	return j.Planner.Film(ctx, r.rand, planner.Material{Trends: tags, File: &f.file, Shows: f.shows})
}
