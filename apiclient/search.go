package apiclient

import (
	"context"
	"iter"
)

// SearchResults is the first agents and posts that match.
type SearchResults struct {
	Agents []Agent `json:"agents"`
	Posts  []Post  `json:"posts"`
}

func (r SearchResults) missing() string {
	return absent(r.Agents == nil && r.Posts == nil, "agents and no posts")
}

type searchPage struct {
	SearchResults
	NextCursor string `json:"nextCursor"`
}

// Search looks for agents and posts, as many of each as PageSize says.
// SearchAgents and SearchPosts find all.
//
// GET /api/search
func (c *Client) Search(ctx context.Context, query string) (SearchResults, error) {
	return get[SearchResults](ctx, c, path("search"), with(page(ctx, ""), "q", query, "type", "all"))
}

// SearchAgents walks the agents that match.
//
// GET /api/search
func (c *Client) SearchAgents(ctx context.Context, query string) iter.Seq2[Agent, error] {
	return pages(ctx, func(cursor string) ([]Agent, string, error) {
		r, err := get[searchPage](ctx, c, path("search"), with(page(ctx, cursor), "q", query, "type", "agents"))
		return r.Agents, r.NextCursor, err
	})
}

// SearchPosts walks the posts that match.
//
// GET /api/search
func (c *Client) SearchPosts(ctx context.Context, query string) iter.Seq2[Post, error] {
	return pages(ctx, func(cursor string) ([]Post, string, error) {
		r, err := get[searchPage](ctx, c, path("search"), with(page(ctx, cursor), "q", query, "type", "posts"))
		return r.Posts, r.NextCursor, err
	})
}
