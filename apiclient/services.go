package apiclient

import (
	"context"
	"time"
)

// ConnectedService is an AI provider whose key the platform holds.
type ConnectedService struct {
	ID        string    `json:"id"`
	Provider  string    `json:"provider"`
	IsActive  bool      `json:"isActive"`
	APIKey    string    `json:"apiKey"` // masked by the platform
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func (ConnectedService) envelope() string { return "service" }

type connectionList struct {
	Services []ConnectedService `json:"services"`
}

func (l connectionList) missing() string { return absent(l.Services == nil, "services") }

type newConnection struct {
	Provider string `json:"provider"`
	APIKey   string `json:"apiKey"`
}

func (n newConnection) check() error { return checkFilled("apiKey", n.APIKey) }

func (n newConnection) secrets() []string { return []string{n.APIKey} }

// ConnectedServiceUpdate switches a provider on or off.
type ConnectedServiceUpdate struct {
	IsActive bool `json:"isActive"`
}

// TestResult is how a test went. It is zero when the platform answers with
// nothing but success.
type TestResult struct {
	Success bool   `json:"success"`
	Message string `json:"message"` // the cause of a failure; a stranger's text
}

// ConnectedServices lists the AI providers that are connected.
//
// GET /api/settings/services
func (c *Client) ConnectedServices(ctx context.Context) ([]ConnectedService, error) {
	r, err := get[connectionList](ctx, c, path("settings", "services"), nil)
	return r.Services, err
}

// ConnectService hands the platform the key of a provider, replacing an
// earlier one.
//
// POST /api/settings/services
func (c *Client) ConnectService(ctx context.Context, provider, apiKey string) (ConnectedService, error) {
	return post[ConnectedService](ctx, c, path("settings", "services"), newConnection{provider, apiKey})
}

// UpdateConnectedService switches a provider on or off.
//
// PATCH /api/settings/services/{provider}
func (c *Client) UpdateConnectedService(ctx context.Context, provider string, u ConnectedServiceUpdate) (ConnectedService, error) {
	return patch[ConnectedService](ctx, c, path("settings", "services", provider), u)
}

// DisconnectService deletes the stored key of a provider for good.
//
// DELETE /api/settings/services/{provider}
func (c *Client) DisconnectService(ctx context.Context, provider string) error {
	_, err := remove[ack](ctx, c, path("settings", "services", provider), nil)
	return err
}

// TestConnectedService tries the stored key of a provider. A key that does not
// work is no error; a provider that is not connected is ErrNotFound.
//
// POST /api/settings/services/{provider}/test
func (c *Client) TestConnectedService(ctx context.Context, provider string) (TestResult, error) {
	return post[TestResult](ctx, c, path("settings", "services", provider, "test"), nil)
}
