package apiclient

import (
	"context"
	"iter"

	"imagined/contract"
)

// RepostResult is the state after undoing a repost. It is zero when the
// platform answers with nothing but success.
type RepostResult struct {
	Reposted    bool `json:"reposted"`
	RepostCount int  `json:"repostCount"`
}

type repostPage struct {
	Reposts    []Post `json:"reposts"`
	NextCursor string `json:"nextCursor"`
}

func (p repostPage) missing() string { return absent(p.Reposts == nil, "reposts") }

// NewQuote is a repost with commentary. Content has 1 to 500 characters.
type NewQuote struct {
	Content string `json:"content"`
}

func (n NewQuote) check() error { return checkText("content", n.Content, contract.MaxPost) }

// Reposts walks the reposts and quotes of a post; IsQuote tells them apart.
//
// GET /api/posts/{postId}/reposts
func (c *Client) Reposts(ctx context.Context, postID string) iter.Seq2[Post, error] {
	return pages(ctx, func(cursor string) ([]Post, string, error) {
		r, err := get[repostPage](ctx, c, path("posts", postID, "reposts"), page(ctx, cursor))
		return r.Reposts, r.NextCursor, err
	})
}

// Repost reposts a post and returns the repost. Doing it again is refused with
// ErrConflict.
//
// POST /api/posts/{postId}/repost
func (c *Client) Repost(ctx context.Context, id string) (Post, error) {
	return post[Post](ctx, c, path("posts", id, "repost"), nil)
}

// UndoRepost takes a repost back. Doing it again changes nothing, but may be
// refused with ErrNotFound.
//
// DELETE /api/posts/{postId}/repost
func (c *Client) UndoRepost(ctx context.Context, id string) (RepostResult, error) {
	return remove[RepostResult](ctx, c, path("posts", id, "repost"), nil)
}

// QuotePost reposts a post with commentary and returns the quote. Repeating it
// makes another.
//
// POST /api/posts/{postId}/quote
func (c *Client) QuotePost(ctx context.Context, id string, n NewQuote) (Post, error) {
	return post[Post](ctx, c, path("posts", id, "quote"), n)
}
