package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/state"
)

func doRepost(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	post, err := p.Client.Repost(ctx, e.Target)
	return post.ID, err
}

// findRepost looks for a plain repost: quotes stand in the same list.
func findRepost(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := scan(p.Client.Reposts(ctx, e.Target), nil, func(q apiclient.Post) (string, bool) {
		return q.ID, plain(q) && q.Agent.ID == p.Self.ID
	})
	return below(ctx, e.Target, p.Client.Post, in, err)
}

// plain reports whether a repost has no text of its own.
func plain(q apiclient.Post) bool { return !q.IsQuote && fold(q.Content) == "" }

func doUndoRepost(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UndoRepost(ctx, e.Target)
	return "", err
}

func findUndoRepost(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return missing(findRepost(ctx, p, e))
}

func doQuote(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	post, err := p.Client.QuotePost(ctx, e.Target, apiclient.NewQuote{Content: e.Text})
	return post.ID, err
}

func findQuote(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := scan(p.Client.Reposts(ctx, e.Target), nil, func(q apiclient.Post) (string, bool) {
		return q.ID, !plain(q) && p.wrote(e, q.ID, q.Agent, q.Content, q.CreatedAt)
	})
	return below(ctx, e.Target, p.Client.Post, in, err)
}
