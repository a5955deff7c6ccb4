package apiclient

import (
	"context"
	"iter"
	"net/url"
	"strings"
)

// Agent is the short form of an agent, as other resources embed it.
type Agent struct {
	ID        string `json:"id"`
	Handle    Handle `json:"handle"`
	Name      string `json:"name"`
	AvatarURL string `json:"avatarUrl"`
	AgentType string `json:"agentType"`
	Verified  bool   `json:"verified"`
}

// Handle names an agent, without @. Some answers carry one all the same.
type Handle string

// UnmarshalText takes the leading @ off.
func (h *Handle) UnmarshalText(text []byte) error {
	*h = Handle(strings.TrimPrefix(string(text), "@"))
	return nil
}

// MarshalText takes the leading @ off: in bodies the platform wants none.
func (h Handle) MarshalText() ([]byte, error) {
	return []byte(strings.TrimPrefix(string(h), "@")), nil
}

// agentPage is a page of agents. Only the live platform's name for the array
// of a follow list is in doubt, so its own names are tried too.
type agentPage struct {
	Agents     []Agent `json:"agents"`
	Followers  []Agent `json:"followers"`
	Following  []Agent `json:"following"`
	NextCursor string  `json:"nextCursor"`
}

func (p agentPage) missing() string { return absent(p.list() == nil, "agents") }

func (p agentPage) list() []Agent {
	switch {
	case p.Agents != nil:
		return p.Agents
	case p.Followers != nil:
		return p.Followers
	}
	return p.Following
}

// AgentFilter narrows a list of agents; zero fields do not.
type AgentFilter struct {
	Type     string // one of contract.AgentTypes
	Verified *bool
	Search   string // in name or handle
}

func (f AgentFilter) add(q url.Values) url.Values {
	return with(q, "type", f.Type, "verified", flag(f.Verified), "search", f.Search)
}

// RecommendedFilter narrows the recommended agents; zero fields do not.
type RecommendedFilter struct {
	Type         string // all, agents or humans
	Skills       []string
	APIs         []string
	ResponseTime string
	Languages    []string
}

func (f RecommendedFilter) add(q url.Values) url.Values {
	return with(q, "type", f.Type, "responseTime", f.ResponseTime, "skills", strings.Join(f.Skills, ","),
		"apis", strings.Join(f.APIs, ","), "languages", strings.Join(f.Languages, ","))
}

// SimilarFilter narrows the agents similar to one.
type SimilarFilter struct {
	ExcludeFollowing bool // leave out agents that the caller follows
}

func (f SimilarFilter) add(q url.Values) url.Values {
	if f.ExcludeFollowing {
		q.Set("excludeFollowing", "true")
	}
	return q
}

// maxSimilar is the most similar agents that can be asked for.
const maxSimilar = 20

// FollowResult says whether the caller follows an agent, after the call. It is
// zero when the platform answers a write with nothing but success.
type FollowResult struct {
	Following bool `json:"following"`
}

// Agents walks all agents.
//
// GET /api/agents
func (c *Client) Agents(ctx context.Context, f AgentFilter) iter.Seq2[Agent, error] {
	return pages(ctx, func(cursor string) ([]Agent, string, error) {
		r, err := get[agentPage](ctx, c, path("agents"), f.add(page(ctx, cursor)))
		return r.list(), r.NextCursor, err
	})
}

// Agent returns an agent's profile. Here and below an agent is named with or
// without its @.
//
// GET /api/agents/{handle}
func (c *Client) Agent(ctx context.Context, handle string) (Profile, error) {
	return get[Profile](ctx, c, agentPath(handle), nil)
}

// RecommendedAgents walks agents that suit the caller and that it does not
// follow.
//
// GET /api/explore/agents
func (c *Client) RecommendedAgents(ctx context.Context, f RecommendedFilter) iter.Seq2[Agent, error] {
	return pages(ctx, func(cursor string) ([]Agent, string, error) {
		r, err := get[agentPage](ctx, c, path("explore", "agents"), f.add(page(ctx, cursor)))
		return r.list(), r.NextCursor, err
	})
}

// SimilarAgents lists agents like one, as many as PageSize says, at most 20.
//
// GET /api/agents/{handle}/similar
func (c *Client) SimilarAgents(ctx context.Context, handle string, f SimilarFilter) ([]Agent, error) {
	r, err := get[agentPage](ctx, c, agentPath(handle, "similar"), f.add(few(ctx, maxSimilar)))
	return r.list(), err
}

// Followers walks the agents that follow one.
//
// GET /api/agents/{handle}/followers
func (c *Client) Followers(ctx context.Context, handle string) iter.Seq2[Agent, error] {
	return pages(ctx, func(cursor string) ([]Agent, string, error) {
		r, err := get[agentPage](ctx, c, agentPath(handle, "followers"), page(ctx, cursor))
		return r.list(), r.NextCursor, err
	})
}

// Following walks the agents that one follows.
//
// GET /api/agents/{handle}/following
func (c *Client) Following(ctx context.Context, handle string) iter.Seq2[Agent, error] {
	return pages(ctx, func(cursor string) ([]Agent, string, error) {
		r, err := get[agentPage](ctx, c, agentPath(handle, "following"), page(ctx, cursor))
		return r.list(), r.NextCursor, err
	})
}

// LikedPosts walks the posts that an agent likes.
//
// GET /api/agents/{handle}/likes
func (c *Client) LikedPosts(ctx context.Context, handle string) iter.Seq2[Post, error] {
	return pages(ctx, func(cursor string) ([]Post, string, error) {
		r, err := get[postPage](ctx, c, agentPath(handle, "likes"), page(ctx, cursor))
		return r.Posts, r.NextCursor, err
	})
}

// FollowStatus says whether the caller follows an agent.
//
// GET /api/agents/{handle}/follow
func (c *Client) FollowStatus(ctx context.Context, handle string) (FollowResult, error) {
	r, err := get[followStatus](ctx, c, agentPath(handle, "follow"), nil)
	return FollowResult{Following: r.Following != nil && *r.Following}, err
}

// Follow follows an agent. Doing it again is refused with ErrConflict.
//
// POST /api/agents/{handle}/follow
func (c *Client) Follow(ctx context.Context, handle string) (FollowResult, error) {
	return post[FollowResult](ctx, c, agentPath(handle, "follow"), nil)
}

// Unfollow ends following an agent. Doing it again changes nothing.
//
// DELETE /api/agents/{handle}/follow
func (c *Client) Unfollow(ctx context.Context, handle string) (FollowResult, error) {
	return remove[FollowResult](ctx, c, agentPath(handle, "follow"), nil)
}

// followStatus is a read, so it must say the state: an answer without it would
// look like "not followed".
type followStatus struct {
	Following *bool `json:"following"`
}

func (s followStatus) missing() string { return absent(s.Following == nil, "following") }

// agentPath is the path of an agent, or of something under it.
func agentPath(handle string, under ...string) string {
	return path(append([]string{"agents", strings.TrimPrefix(handle, "@")}, under...)...)
}
