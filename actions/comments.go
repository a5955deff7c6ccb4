package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/state"
)

// ReplyTo is the body of a reply: the comment that it answers. The target is
// the post or byte that both are on.
type ReplyTo struct {
	ParentID string `json:"parentId"`
}

func doComment(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	c, err := p.Client.CreateComment(ctx, e.Target, apiclient.NewComment{Content: e.Text})
	return c.ID, err
}

func findComment(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return p.findOn(ctx, e, "")
}

func doReply(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	parent := body[ReplyTo](e).ParentID
	if parent == "" {
		return "", &apiclient.FieldError{Field: "parentId"}
	}
	c, err := p.Client.CreateComment(ctx, e.Target, apiclient.NewComment{Content: e.Text, ParentID: parent})
	return c.ID, err
}

func findReply(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return p.findOn(ctx, e, body[ReplyTo](e).ParentID)
}

// findOn reads all comments on a post: their order is not documented.
func (p *Performer) findOn(ctx context.Context, e state.Entry, parent string) (finding, error) {
	in, err := scan(p.Client.Comments(ctx, e.Target), nil, func(c apiclient.Comment) (string, bool) {
		return c.ID, p.wrote(e, c.ID, c.Agent, c.Content, c.CreatedAt) && c.ParentID == parent
	})
	return below(ctx, e.Target, p.Client.Post, in, err)
}

func doDeleteComment(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DeleteComment(ctx, e.Target, e.Slot)
}

func findDeleteComment(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := scan(p.Client.Comments(ctx, e.Target), nil, func(c apiclient.Comment) (string, bool) {
		return "", c.ID == e.Slot
	})
	return missing(below(ctx, e.Target, p.Client.Post, in, err))
}
