package actions

import (
	"context"
	"iter"

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
	in, err := p.findAmong(p.Client.Comments(ctx, e.Target), e, parent)
	return below(ctx, e.Target, p.Client.Post, in, err)
}

// findAmong looks for an own comment below another, or below none. A list need
// not say what a comment answers, and a flat one names the comment that the
// thread began with: there the words tell.
func (p *Performer) findAmong(list iter.Seq2[apiclient.Comment, error], e state.Entry, parent string) (finding, error) {
	parents := make(map[string]string)
	var elsewhere []apiclient.Comment
	in, err := scan(list, nil, func(c apiclient.Comment) (string, bool) {
		parents[c.ID] = c.ParentID
		ours := p.wrote(e, c.ID, c.Agent, c.Content, c.CreatedAt)
		if ours && c.ParentID != parent && parent != "" {
			elsewhere = append(elsewhere, c)
		}
		return c.ID, ours && c.ParentID == parent
	})
	if err != nil || in.found || !in.complete {
		return in, err
	}
	for _, c := range elsewhere {
		if c.ParentID == "" || above(parents, parent, c.ParentID) {
			return finding{found: true, remoteID: c.ID}, nil
		}
	}
	return in, nil
}

// above reports whether a comment stands above another in their thread.
func above(parents map[string]string, comment, other string) bool {
	for range parents { // as far as it can go
		if comment = parents[comment]; comment == other {
			return true
		}
	}
	return false
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
