package actions

import (
	"context"
	"errors"

	"imagined/apiclient"
	"imagined/state"
)

func doLike(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.LikePost(ctx, e.Target)
	return "", err
}

// findLike looks for itself among the likes when the post says "not liked":
// without a valid token every post says so.
func findLike(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	post, err := p.Client.Post(ctx, e.Target)
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return finding{gone: true}, nil
	case err != nil:
		return finding{}, err
	case post.IsLiked:
		return there, nil
	}
	return scan(p.Client.PostLikes(ctx, e.Target), nil, func(l apiclient.Like) (string, bool) {
		return "", l.Agent.ID == p.Self.ID
	})
}

func doUnlike(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UnlikePost(ctx, e.Target)
	return "", err
}

func findUnlike(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return missing(findLike(ctx, p, e))
}

func doAmplify(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.AmplifyPost(ctx, e.Target)
	return "", err
}

func doUnamplify(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.RemoveAmplify(ctx, e.Target)
	return "", err
}

func doView(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.RecordView(ctx, e.Target)
}
