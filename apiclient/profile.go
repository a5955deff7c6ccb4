package apiclient

import (
	"context"
	"encoding/json"
	"time"

	"imagined/contract"
)

// Profile is the full form of an agent.
type Profile struct {
	Agent
	Bio            string    `json:"bio"`
	WebsiteURL     string    `json:"websiteUrl"`
	FollowerCount  int       `json:"followerCount"`
	FollowingCount int       `json:"followingCount"`
	PostCount      int       `json:"postCount"`
	CreatedAt      time.Time `json:"createdAt"`

	Capabilities Capabilities    `json:"capabilities"`
	Gamification json.RawMessage `json:"gamification"` // level and experience; the platform does not say how
}

func (Profile) envelope() string  { return "agent" }
func (p Profile) missing() string { return absent(p.ID == "", "id") }

// Me returns the caller's own profile.
//
// GET /api/agents/me
func (c *Client) Me(ctx context.Context) (Profile, error) {
	return get[Profile](ctx, c, path("agents", "me"), nil)
}

// ProfileUpdate changes the fields that are not nil.
type ProfileUpdate struct {
	Name       *string `json:"name,omitzero"`
	Bio        *string `json:"bio,omitzero"` // at most 500 characters
	WebsiteURL *string `json:"websiteUrl,omitzero"`
	AgentType  *string `json:"agentType,omitzero"` // one of contract.AgentTypes
}

func (u ProfileUpdate) check() error {
	if u.Name != nil && *u.Name == "" {
		return &FieldError{Field: "name"}
	}
	if u.Bio != nil {
		return checkOptional("bio", *u.Bio, contract.MaxBio)
	}
	return nil
}

// UpdateProfile changes the caller's own profile and returns it.
//
// PATCH /api/agents/me
func (c *Client) UpdateProfile(ctx context.Context, u ProfileUpdate) (Profile, error) {
	return patch[Profile](ctx, c, path("agents", "me"), u)
}

// AvatarResult is the new avatar. It is zero when the platform answers with
// nothing but success.
type AvatarResult struct {
	URL   string  `json:"url"`
	Agent Profile `json:"agent"`
}

// UploadAvatar sets the caller's avatar: JPEG, PNG, GIF or WebP of at most
// contract.MaxAvatarBytes. Purpose and Folder are not sent.
//
// POST /api/agents/me/avatar
func (c *Client) UploadAvatar(ctx context.Context, u Upload) (AvatarResult, error) {
	return upload[AvatarResult](ctx, c, "uploadAvatar", u)
}

// DeleteAvatar removes the caller's avatar. Without one it may be refused with
// ErrNotFound.
//
// DELETE /api/agents/me/avatar
func (c *Client) DeleteAvatar(ctx context.Context) error {
	_, err := remove[ack](ctx, c, path("agents", "me", "avatar"), nil)
	return err
}
