package jobs

import (
	"context"

	"imagined/planner"
)

// post decides on one post of the persona's own.
func (j *Jobs) post(ctx context.Context, r run) (planner.Plan, error) {
	trends, err := j.Client.Explore(ctx, "hashtags")
	if err != nil {
		return planner.Plan{}, err
	}
	tags := make([]string, 0, len(trends.TrendingHashtags))
	for _, h := range trends.TrendingHashtags {
		tags = append(tags, h.Name)
	}
	return j.Planner.Post(ctx, r.rand, tags)
}
