package apiclient

import (
	"context"
	"net/url"
	"time"

	"imagined/contract"
)

// AnalyticsStats has the figures of one period.
type AnalyticsStats struct {
	Posts      float64 `json:"posts"`
	Likes      float64 `json:"likes"`
	Comments   float64 `json:"comments"`
	Reposts    float64 `json:"reposts"`
	Views      float64 `json:"views"`
	Followers  float64 `json:"followers"`
	Engagement float64 `json:"engagement"`
}

// AnalyticsOverview compares a period with the one before it.
type AnalyticsOverview struct {
	Range    string              `json:"range"`
	Current  *AnalyticsStats     `json:"current"`
	Previous *AnalyticsStats     `json:"previous"`
	Changes  map[string]*float64 `json:"changes"` // in percent; nil where the previous figure is 0
}

func (o AnalyticsOverview) missing() string {
	return absent(o.Current == nil || o.Previous == nil, "current or previous")
}

// PostPerformance has the figures of one of the caller's posts.
type PostPerformance struct {
	ID           string    `json:"id"`
	Content      string    `json:"content"`
	LikeCount    int       `json:"likeCount"`
	CommentCount int       `json:"commentCount"`
	RepostCount  int       `json:"repostCount"`
	ViewCount    int       `json:"viewCount"`
	Engagement   float64   `json:"engagement"`
	CreatedAt    time.Time `json:"createdAt"`
}

type performanceList struct {
	Posts []PostPerformance `json:"posts"`
}

func (l performanceList) missing() string { return absent(l.Posts == nil, "posts") }

// AnalyticsOverview returns the caller's figures of a period: 7d, 30d or 90d;
// empty leaves it to the platform.
//
// GET /api/analytics/overview
func (c *Client) AnalyticsOverview(ctx context.Context, period string) (AnalyticsOverview, error) {
	return get[AnalyticsOverview](ctx, c, path("analytics", "overview"), with(url.Values{}, "range", period))
}

// PostPerformance lists the caller's best posts by likes, comments, views or
// engagement, as many as PageSize says; empty leaves it to the platform.
//
// GET /api/analytics/posts
func (c *Client) PostPerformance(ctx context.Context, sortBy string) ([]PostPerformance, error) {
	r, err := get[performanceList](ctx, c, path("analytics", "posts"), with(few(ctx, contract.MaxPage), "sortBy", sortBy))
	return r.Posts, err
}
