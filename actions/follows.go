package actions

import (
	"context"

	"imagined/state"
)

func doFollow(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.Follow(ctx, e.Target)
	return "", err
}

func findFollow(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	status, err := p.Client.FollowStatus(ctx, e.Target)
	return holds(status.Following, err)
}

func doUnfollow(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.Unfollow(ctx, e.Target)
	return "", err
}

func findUnfollow(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return missing(findFollow(ctx, p, e))
}
