package jobs

import (
	"context"
	"errors"
	"iter"
	"log/slog"

	"imagined/apiclient"
	"imagined/planner"
)

const (
	perList = 40 // posts read from the feed and the timeline
	perTag  = 15 // posts read from each hashtag page
	maxTags = 6  // hashtag pages read in one run
)

// engage reads the feed, the trends and the bytes and decides about which few
// to do something.
func (j *Jobs) engage(ctx context.Context, r run) (planner.Plan, error) {
	candidates, err := j.gather(ctx)
	if err != nil {
		return planner.Plan{}, err
	}
	j.lendEyes()
	return j.Planner.Engage(ctx, r.rand, candidates)
}

// gather reads what the persona could act on.
func (j *Jobs) gather(ctx context.Context) ([]planner.Candidate, error) {
	var candidates []planner.Candidate
	read := func(source string, most int, posts iter.Seq2[apiclient.Post, error]) error {
		for post, err := range posts {
			if err != nil {
				return err
			}
			candidates = append(candidates, planner.Candidate{Post: post, Source: source})
			if most--; most == 0 {
				break
			}
		}
		return nil
	}
	lists, tags, lost := apiclient.PageSize(ctx, perList), apiclient.PageSize(ctx, perTag), losses{log: j.Log}
	if err := lost.spare(ctx, "feed", read("feed", perList, j.Client.Feed(lists))); err != nil {
		return nil, err
	}
	trends, err := j.Client.Explore(ctx, "posts")
	if err := lost.spare(ctx, "explore", err); err != nil {
		return nil, err
	}
	for _, post := range trends.TrendingPosts {
		candidates = append(candidates, planner.Candidate{Post: post, Source: "explore"})
	}
	for _, tag := range j.tags() {
		err := read("#"+tag, perTag, j.Client.HashtagPosts(tags, tag))
		if errors.Is(err, apiclient.ErrNotFound) { // nobody used it yet
			continue
		}
		if err := lost.spare(ctx, "#"+tag, err); err != nil {
			return nil, err
		}
	}
	if err := lost.spare(ctx, "timeline", read("timeline", perList, j.Client.PublicTimeline(lists))); err != nil {
		return nil, err
	}
	films, err := j.films(ctx)
	return append(candidates, films...), lost.spare(ctx, "bytes", err)
}

// losses are the lists of one run that could not be read. One costs what is in
// it; with a second it is the platform.
type losses struct {
	log *slog.Logger
	any bool
}

// spare returns the error of a list, unless the run can do without it.
func (l *losses) spare(ctx context.Context, list string, err error) error {
	var broken *journalError
	if err == nil || ctx.Err() != nil || l.any || errors.As(err, &broken) {
		return err
	}
	l.any = true
	l.log.Warn("a list cannot be read", "list", list, "err", err)
	return nil
}

// tags are the hashtags of the persona's interests, strongest interest first
// as the file lists them.
func (j *Jobs) tags() (tags []string) {
	for _, interest := range j.Planner.Persona.Interests {
		for _, tag := range interest.Hashtags {
			if len(tags) == maxTags {
				return tags
			}
			tags = append(tags, tag)
		}
	}
	return tags
}
