package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/planner"
)

const (
	mostTies     = 2000 // agents read of whom the persona follows, and of its followers
	mostGone     = 1000 // that a person unfollowed on the platform, remembered
	perSearch    = 20   // agents and posts read of one search
	maxSearches  = 4    // interests searched for
	maxSimilar   = 2    // followed agents whose like is asked for, beside the persona's own
	recommended  = 40   // recommended agents read
	latePosts    = 100  // posts read from the timeline
	mostFeed     = 1000 // posts of followed agents read, to hear who is silent
	feedOverlap  = time.Hour
	newFollowers = 50 // of them, the newest that are thought about
)

// network looks for agents to follow, and at those who are followed.
func (j *Jobs) network(ctx context.Context, r run) (planner.Plan, error) {
	j.lendEyes()
	circle, err := j.circle(ctx)
	if err != nil {
		return planner.Plan{}, err
	}
	full, err := j.Planner.Full(circle)
	if err == nil && full == "" {
		err = j.strangers(ctx, r, &circle)
	}
	if err != nil {
		return planner.Plan{}, err
	}
	return j.Planner.Network(ctx, r.rand, circle)
}

// circle reads whom the persona follows and who follows it, and remembers it.
func (j *Jobs) circle(ctx context.Context) (c planner.Circle, err error) {
	self := string(j.Planner.Self.Handle)
	c.Following, c.Known, err = whole(j.Client.Following(apiclient.Complete(ctx), self))
	if err != nil || !c.Known {
		return c, wrapped("read whom the persona follows", err)
	}
	followers, _, err := whole(j.Client.Followers(apiclient.Complete(ctx), self)) // too few only make it careful
	if err != nil {
		return c, wrapped("read who follows the persona", err)
	}
	c.Followers = len(followers)
	for _, a := range followers[:min(len(followers), newFollowers)] {
		c.Strangers = append(c.Strangers, planner.Stranger{Agent: a, Source: "followers", Follows: true})
	}
	c.Ties, err = j.ties(ctx, c.Following)
	return c, err
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// whole reads a list to its end, each agent once. False: there is more than is
// read, or the list has no end.
func whole(list iter.Seq2[apiclient.Agent, error]) (agents []apiclient.Agent, known bool, err error) {
	met := make(map[apiclient.Handle]bool)
	for a, err := range list {
		if errors.Is(err, apiclient.ErrIncomplete) {
			return agents, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		if met[a.Handle] {
			continue
		}
		if len(agents) == mostTies {
			return agents, false, nil
		}
		met[a.Handle] = true
		agents = append(agents, a)
	}
	return agents, true, nil
}

// ties brings what is remembered of the followed agents up to date. Somebody
// who was followed and is not any more is remembered where only that tells it:
// a person did both.
func (j *Jobs) ties(ctx context.Context, following []apiclient.Agent) (planner.Ties, error) {
	ties, err := planner.Remembered(j.Store)
	if err != nil {
		return ties, &journalError{err}
	}
	now := j.Now()
	for handle, tie := range ties.Agents {
		tie.Gone = true
		ties.Agents[handle] = tie
	}
	for _, a := range following {
		tie := ties.Agents[string(a.Handle)]
		if tie.Since.IsZero() || tie.Since.After(now) {
			tie.Since = now
		}
		tie.Gone = false
		ties.Agents[string(a.Handle)] = tie
	}
	if j.Persona.Unfollow == "silent" {
		if err := j.hearken(ctx, &ties); err != nil {
			return ties, err
		}
	}
	if err := j.forgetTies(ties); err != nil {
		return ties, err
	}
	text, err := json.Marshal(ties)
	if err == nil {
		err = j.Store.SetCursor(planner.CursorTies, string(text))
	}
	if err != nil {
		return ties, &journalError{err}
	}
	return ties, nil
}

// hearken reads the posts of the followed agents since the last time. Where it
// could not read back that far, whoever was not heard may have posted in
// between: the watch begins anew.
func (j *Jobs) hearken(ctx context.Context, ties *planner.Ties) error {
	now := j.Now()
	heard, gap, n := make(map[string]bool), false, 0
	for post, err := range j.Client.Feed(apiclient.Complete(ctx)) {
		if errors.Is(err, apiclient.ErrIncomplete) {
			gap = true
			break
		}
		if err != nil {
			return wrapped("read the feed", err)
		}
		if post.CreatedAt.Before(ties.Read.Add(-feedOverlap)) {
			break
		}
		if n++; n > mostFeed {
			gap = true
			break
		}
		handle := string(post.Agent.Handle)
		if tie, known := ties.Agents[handle]; known {
			heard[handle] = true
			if post.CreatedAt.After(tie.Heard) && !post.CreatedAt.After(now) {
				tie.Heard = post.CreatedAt
			}
			ties.Agents[handle] = tie
		}
	}
	for handle, tie := range ties.Agents {
		if (gap || ties.Read.IsZero()) && !heard[handle] {
			tie.Since = now
			ties.Agents[handle] = tie
		}
	}
	ties.Read = now
	return nil
}

// forgetTies drops whom the persona does not follow any more: those that the
// program followed, whose keys the journal keeps, and the oldest of too many.
func (j *Jobs) forgetTies(ties planner.Ties) error {
	var gone []string
	for handle, tie := range ties.Agents {
		if !tie.Gone {
			continue
		}
		ours, err := j.Store.Taken(actions.Action{Kind: actions.Follow, Target: handle}.Key())
		if err != nil {
			return &journalError{err}
		}
		if ours {
			delete(ties.Agents, handle)
			continue
		}
		gone = append(gone, handle)
	}
	slices.SortFunc(gone, func(a, b string) int {
		if n := ties.Agents[a].Since.Compare(ties.Agents[b].Since); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for _, handle := range gone[:max(0, len(gone)-mostGone)] {
		delete(ties.Agents, handle)
	}
	return nil
}

// strangers finds agents: those who follow the persona, those that a search for
// its interests finds, those that the platform recommends, those that are like
// the persona or like whom it follows, and those who posted lately.
func (j *Jobs) strangers(ctx context.Context, r run, c *planner.Circle) error {
	add := func(source string, agents ...apiclient.Agent) {
		for _, a := range agents {
			c.Strangers = append(c.Strangers, planner.Stranger{Agent: a, Source: source})
		}
	}
	lost := losses{log: j.Log}
	for _, query := range j.queries() {
		agents, err := some(j.Client.SearchAgents(apiclient.PageSize(ctx, perSearch), query), perSearch)
		if err := lost.spare(ctx, "search "+query, err); err != nil {
			return wrapped("search agents", err)
		}
		add("search "+query, agents...)
	}
	for _, handle := range models(r, string(j.Planner.Self.Handle), c.Following) {
		agents, err := j.Client.SimilarAgents(ctx, handle, apiclient.SimilarFilter{ExcludeFollowing: true})
		if errors.Is(err, apiclient.ErrNotFound) {
			continue
		}
		if err := lost.spare(ctx, "similar to @"+handle, err); err != nil {
			return wrapped("read similar agents", err)
		}
		add("similar to @"+handle, agents...)
	}
	agents, err := some(j.Client.RecommendedAgents(apiclient.PageSize(ctx, recommended), apiclient.RecommendedFilter{Type: "agents"}), recommended)
	if err := lost.spare(ctx, "recommended", err); err != nil {
		return wrapped("read recommended agents", err)
	}
	add("recommended", agents...)
	if c.Posts, err = j.lately(ctx); err != nil {
		return err
	}
	for _, post := range c.Posts {
		add("posts", post.Agent)
	}
	return nil
}

// queries are what agents and posts are searched by: the topics, strongest
// interest first as the file lists them, then their first keywords.
func (j *Jobs) queries() (queries []string) {
	var words []string
	for _, in := range j.Persona.Interests {
		words = append(words, in.Topic)
	}
	for _, in := range j.Persona.Interests {
		if len(in.Keywords) > 0 {
			words = append(words, in.Keywords[0])
		}
	}
	for _, word := range words {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(queries, word) && len(queries) < maxSearches {
			queries = append(queries, word)
		}
	}
	return queries
}

// models are the agents whose like is asked for: the persona, and some of whom it
// follows, by chance.
func models(r run, self string, following []apiclient.Agent) []string {
	handles := []string{self}
	for _, i := range r.rand.Perm(len(following))[:min(len(following), maxSimilar)] {
		handles = append(handles, string(following[i].Handle))
	}
	return handles
}

// lately reads posts that may be about the interests.
func (j *Jobs) lately(ctx context.Context) (posts []apiclient.Post, err error) {
	lists := []iter.Seq2[apiclient.Post, error]{j.Client.PublicTimeline(apiclient.PageSize(ctx, latePosts))}
	most := []int{latePosts}
	for _, tag := range j.tags() {
		lists, most = append(lists, j.Client.HashtagPosts(apiclient.PageSize(ctx, perTag), tag)), append(most, perTag)
	}
	for _, query := range j.queries() {
		lists, most = append(lists, j.Client.SearchPosts(apiclient.PageSize(ctx, perSearch), query)), append(most, perSearch)
	}
	lost := losses{log: j.Log}
	for i, list := range lists {
		found, err := some(list, most[i])
		if errors.Is(err, apiclient.ErrNotFound) { // a hashtag that nobody used yet
			continue
		}
		if err := lost.spare(ctx, "posts", err); err != nil {
			return nil, wrapped("read what was posted lately", err)
		}
		posts = append(posts, found...)
	}
	return posts, nil
}

// some are the first items of a list.
func some[T any](list iter.Seq2[T, error], most int) (items []T, err error) {
	for item, err := range list {
		if err != nil {
			return items, err
		}
		if items = append(items, item); len(items) == most {
			break
		}
	}
	return items, nil
}
