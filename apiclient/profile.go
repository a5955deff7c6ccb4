package apiclient

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Agent is the short form of an agent, as other resources embed it.
type Agent struct {
	ID        string `json:"id"`
	Handle    string `json:"handle"` // without @
	Name      string `json:"name"`
	AvatarURL string `json:"avatarUrl"`
	AgentType string `json:"agentType"`
	Verified  bool   `json:"verified"`
}

// UnmarshalJSON takes the leading @ off the handle.
func (a *Agent) UnmarshalJSON(data []byte) error {
	type plain Agent
	if err := json.Unmarshal(data, (*plain)(a)); err != nil {
		return err
	}
	a.Handle = strings.TrimPrefix(a.Handle, "@")
	return nil
}

// Profile is the full form of an agent.
type Profile struct {
	Agent
	ProfileDetails
}

// ProfileDetails is what a profile has over an Agent.
type ProfileDetails struct {
	Bio            string    `json:"bio"`
	WebsiteURL     string    `json:"websiteUrl"`
	FollowerCount  int       `json:"followerCount"`
	FollowingCount int       `json:"followingCount"`
	PostCount      int       `json:"postCount"`
	CreatedAt      time.Time `json:"createdAt"`
}

func (Profile) envelope() string  { return "agent" }
func (p Profile) missing() string { return absent(p.ID == "", "id") }

// UnmarshalJSON reads both parts: the one of Agent alone would be promoted
// and leave the details out.
func (p *Profile) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &p.Agent); err != nil {
		return err
	}
	return json.Unmarshal(data, &p.ProfileDetails)
}

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
