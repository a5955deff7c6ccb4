package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/state"
)

// doPost publishes the text, with the media and the type that the body names.
func doPost(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	n := body[apiclient.NewPost](e)
	n.Content = e.Text
	post, err := p.Client.CreatePost(ctx, n)
	return post.ID, err
}

// findPost pages the public timeline, newest first, back to the intent.
// Reposts and quotes stand there, too.
func findPost(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	older := func(q apiclient.Post) bool { return older(e, q.CreatedAt) }
	return scan(p.Client.PublicTimeline(ctx), older, func(q apiclient.Post) (string, bool) {
		repeats := q.IsQuote || q.RepostOf != nil
		return q.ID, !repeats && p.wrote(e, q.ID, q.Agent, q.Content, q.CreatedAt)
	})
}

func doDeletePost(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DeletePost(ctx, e.Target)
}

func findDeletePost(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	_, err := p.Client.Post(ctx, e.Target)
	return deleted(err)
}
