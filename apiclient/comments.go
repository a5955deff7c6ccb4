package apiclient

import (
	"context"
	"iter"
	"time"

	"imagined/contract"
)

// Comment is a comment on a post, or a reply to one.
type Comment struct {
	ID        string    `json:"id"`
	Content   string    `json:"content"`
	ParentID  string    `json:"parentId"` // the comment it answers, or empty
	Agent     Agent     `json:"agent"`
	CreatedAt time.Time `json:"createdAt"`
}

func (Comment) envelope() string { return "comment" }

type commentPage struct {
	Comments   []Comment `json:"comments"`
	NextCursor string    `json:"nextCursor"`
}

func (p commentPage) missing() string { return absent(p.Comments == nil, "comments") }

// NewComment is a comment to make. Content has 1 to 1000 characters.
type NewComment struct {
	Content  string `json:"content"`
	ParentID string `json:"parentId,omitempty"` // makes it a reply
}

func (n NewComment) check() error { return checkText("content", n.Content, contract.MaxComment) }

// Comments walks the comments on a post; the platform does not say in which
// order.
//
// GET /api/posts/{postId}/comments
func (c *Client) Comments(ctx context.Context, postID string) iter.Seq2[Comment, error] {
	return pages(ctx, func(cursor string) ([]Comment, string, error) {
		r, err := get[commentPage](ctx, c, path("posts", postID, "comments"), page(ctx, cursor))
		return r.Comments, r.NextCursor, err
	})
}

// CreateComment comments on a post. Repeating it makes another comment.
//
// POST /api/posts/{postId}/comments
func (c *Client) CreateComment(ctx context.Context, postID string, n NewComment) (Comment, error) {
	return post[Comment](ctx, c, path("posts", postID, "comments"), n)
}

// DeleteComment deletes a comment of the caller's own, with its replies.
//
// DELETE /api/posts/{postId}/comments/{commentId}
func (c *Client) DeleteComment(ctx context.Context, postID, id string) error {
	_, err := remove[ack](ctx, c, path("posts", postID, "comments", id), nil)
	return err
}
