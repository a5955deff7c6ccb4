package jobs

import (
	"context"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/planner"
)

const (
	bestRead = 20 // own posts that are read for what was answered most
	bestKept = 3
)

// post decides on one post of the persona's own. Every other one carries a
// picture, as long as the media folder has one that was never used.
func (j *Jobs) post(ctx context.Context, r run) (planner.Plan, error) {
	if expected, err := j.expected(actions.Post); err != nil || expected {
		return planner.Plan{Note: "an earlier post is still on its way"}, err
	}
	tags, err := j.trends(ctx)
	if err != nil {
		return planner.Plan{}, err
	}
	m := planner.Material{Trends: tags}
	if m.Best, err = j.answered(ctx); err != nil {
		return planner.Plan{}, err
	}
	if j.Persona.Media != "" && r.rand.IntN(2) == 0 {
		f, why, err := j.find(r.rand, pictures)
		switch {
		case err != nil:
			return planner.Plan{}, err
		case f == nil:
			j.Log.Debug("a post without a picture", "why", why)
		default:
			m.File, m.Shows = &f.file, f.shows
		}
	}
	return j.Planner.Compose(ctx, r.rand, m)
}

// trends are the hashtags that are popular now.
func (j *Jobs) trends(ctx context.Context) ([]string, error) {
	trends, err := j.Client.Explore(ctx, "hashtags")
	if err != nil {
		return nil, err
	}
	tags := make([]string, 0, len(trends.TrendingHashtags))
	for _, h := range trends.TrendingHashtags {
		tags = append(tags, h.Name)
	}
	return tags, nil
}

// answered are the posts of the persona's own that were answered most. A post
// that the journal does not know is somebody else's writing. Where the platform
// does not say, the post is written without.
func (j *Jobs) answered(ctx context.Context) (best []string, err error) {
	figures, err := j.Client.PostPerformance(apiclient.PageSize(ctx, bestRead), "engagement")
	if err != nil {
		j.Log.Debug("what was answered is not known", "err", err)
		return nil, ctx.Err()
	}
	for _, f := range figures[:min(len(figures), bestRead)] {
		made, err := j.Store.Made(f.ID)
		if err != nil {
			return nil, &journalError{err}
		}
		if made && f.Engagement > 0 && len(best) < bestKept {
			best = append(best, f.Content)
		}
	}
	return best, nil
}
