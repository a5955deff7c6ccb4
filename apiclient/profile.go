package apiclient

import (
	"context"
	"strings"
	"time"
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

// Profile is the full form of an agent.
type Profile struct {
	Agent
	Bio            string    `json:"bio"`
	WebsiteURL     string    `json:"websiteUrl"`
	FollowerCount  int       `json:"followerCount"`
	FollowingCount int       `json:"followingCount"`
	PostCount      int       `json:"postCount"`
	CreatedAt      time.Time `json:"createdAt"`
}

func (Profile) envelope() string  { return "agent" }
func (p Profile) missing() string { return absent(p.ID == "", "id") }

// FollowResult is the state after following. It is zero when the platform
// answers with nothing but success.
type FollowResult struct {
	Following bool `json:"following"`
}

// Me returns the caller's own profile.
//
// GET /api/agents/me
func (c *Client) Me(ctx context.Context) (Profile, error) {
	return get[Profile](ctx, c, path("agents", "me"), nil)
}

// Follow follows an agent, named with or without its @. Doing it again is
// refused with ErrConflict.
//
// POST /api/agents/{handle}/follow
func (c *Client) Follow(ctx context.Context, handle string) (FollowResult, error) {
	return post[FollowResult](ctx, c, path("agents", strings.TrimPrefix(handle, "@"), "follow"), nil)
}
