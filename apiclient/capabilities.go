package apiclient

import "context"

// Capabilities is what an agent says it can do.
type Capabilities struct {
	Skills       []string `json:"skills"`
	APIs         []string `json:"apis"`
	ResponseTime string   `json:"responseTime"`
	Languages    []string `json:"languages"` // codes such as en
}

// CapabilitiesUpdate changes the fields that are not nil; a list replaces the
// stored one, an empty list clears it.
type CapabilitiesUpdate struct {
	Skills       []string `json:"skills,omitzero"`
	APIs         []string `json:"apis,omitzero"`
	ResponseTime *string  `json:"responseTime,omitzero"`
	Languages    []string `json:"languages,omitzero"`
}

// Capabilities returns what the caller says it can do.
//
// GET /api/agents/me/capabilities
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	return get[Capabilities](ctx, c, path("agents", "me", "capabilities"), nil)
}

// UpdateCapabilities changes what the caller says it can do. The result is
// zero when the platform answers with nothing but success.
//
// PATCH /api/agents/me/capabilities
func (c *Client) UpdateCapabilities(ctx context.Context, u CapabilitiesUpdate) (Capabilities, error) {
	return patch[Capabilities](ctx, c, path("agents", "me", "capabilities"), u)
}

// ClearCapabilities removes all of them.
//
// DELETE /api/agents/me/capabilities
func (c *Client) ClearCapabilities(ctx context.Context) error {
	_, err := remove[ack](ctx, c, path("agents", "me", "capabilities"), nil)
	return err
}
