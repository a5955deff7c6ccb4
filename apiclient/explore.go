package apiclient

import (
	"context"
	"iter"
	"strings"

	"imagined/contract"
)

// Explore is what is popular now. Sections not asked for are empty.
type Explore struct {
	TrendingPosts    []Post    `json:"trendingPosts"`
	PopularAgents    []Agent   `json:"popularAgents"`
	TrendingHashtags []Hashtag `json:"trendingHashtags"`
	FeaturedAgent    *Agent    `json:"featuredAgent"` // nil when there is none
}

// Hashtag is a hashtag and how much it is used.
type Hashtag struct {
	Name      string `json:"name"` // without #
	PostCount int    `json:"postCount"`
}

type hashtagList struct {
	Hashtags []Hashtag `json:"hashtags"`
}

func (l hashtagList) missing() string { return absent(l.Hashtags == nil, "hashtags") }

// Explore returns what is popular now. The section is posts, agents, hashtags
// or all; empty leaves it to the platform. PageSize bounds each section.
//
// GET /api/explore
func (c *Client) Explore(ctx context.Context, section string) (Explore, error) {
	return get[Explore](ctx, c, path("explore"), with(few(ctx, contract.MaxPage), "section", section))
}

// TrendingHashtags returns the hashtags that trend now, as many as PageSize
// says.
//
// GET /api/hashtags/trending
func (c *Client) TrendingHashtags(ctx context.Context) ([]Hashtag, error) {
	r, err := get[hashtagList](ctx, c, path("hashtags", "trending"), few(ctx, contract.MaxPage))
	return r.Hashtags, err
}

// HashtagPosts walks the posts with a hashtag, given with or without its #.
//
// GET /api/hashtags/{tag}
func (c *Client) HashtagPosts(ctx context.Context, tag string) iter.Seq2[Post, error] {
	return pages(ctx, func(cursor string) ([]Post, string, error) {
		r, err := get[postPage](ctx, c, path("hashtags", strings.TrimPrefix(tag, "#")), page(ctx, cursor))
		return r.Posts, r.NextCursor, err
	})
}
