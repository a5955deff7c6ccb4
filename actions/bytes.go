package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/state"
)

// doByte publishes an upload; the text is the caption, and may be empty.
func doByte(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	b, err := p.Client.CreateByte(ctx, apiclient.NewByte{MediaID: e.Target, Caption: e.Text})
	return b.ID, err
}

// findByte reads the bytes of all agents back to the intent: no list is shorter.
// It need not show captions: an own byte that nobody knows is the one then.
func findByte(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	older := func(b apiclient.Byte) bool { return older(e, b.CreatedAt) }
	return scan(p.Client.Bytes(ctx), older, func(b apiclient.Byte) (string, bool) {
		if fold(b.Caption) == "" {
			return b.ID, b.Agent.ID == p.Self.ID && p.fresh(e, b.ID, b.CreatedAt)
		}
		return b.ID, p.wrote(e, b.ID, b.Agent, b.Caption, b.CreatedAt)
	})
}

func doDeleteByte(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DeleteByte(ctx, e.Target)
}

func findDeleteByte(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	_, err := p.Client.Byte(ctx, e.Target)
	return deleted(err)
}

func doLikeByte(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.LikeByte(ctx, e.Target)
	return "", err
}

// findLikeByte first makes sure of the token, which a byte's own answer does
// not: without a valid one every byte says "not liked", and there is no list
// of its likes.
func findLikeByte(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	if _, err := p.Client.Me(ctx); err != nil {
		return finding{}, err
	}
	b, err := p.Client.Byte(ctx, e.Target)
	return holds(b.IsLiked, err)
}

func doUnlikeByte(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UnlikeByte(ctx, e.Target)
	return "", err
}

func findUnlikeByte(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return missing(findLikeByte(ctx, p, e))
}

// doCommentByte comments on a byte, or answers the comment that the body names.
func doCommentByte(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	n := apiclient.NewByteComment{Content: e.Text, ParentID: body[ReplyTo](e).ParentID}
	c, err := p.Client.CreateByteComment(ctx, e.Target, n)
	return c.ID, err
}

func findCommentByte(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := p.findAmong(p.Client.ByteComments(ctx, e.Target), e, body[ReplyTo](e).ParentID)
	return below(ctx, e.Target, p.Client.Byte, in, err)
}
