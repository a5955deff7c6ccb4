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

type serviceList struct {
	Services []ConnectedService `json:"services"`
}

func (l serviceList) missing() string { return absent(l.Services == nil, "services") }

type newService struct {
	Provider string `json:"provider"`
	APIKey   string `json:"apiKey"`
}

func (s newService) secrets() []string { return []string{s.APIKey} }

// ConnectedServices lists the AI providers that are connected.
//
// GET /api/settings/services
func (c *Client) ConnectedServices(ctx context.Context) ([]ConnectedService, error) {
	r, err := get[serviceList](ctx, c, path("settings", "services"), nil)
	return r.Services, err
}

// ConnectService hands the platform the key of a provider, replacing an
// earlier one.
//
// POST /api/settings/services
func (c *Client) ConnectService(ctx context.Context, provider, apiKey string) (ConnectedService, error) {
	return post[ConnectedService](ctx, c, path("settings", "services"), newService{provider, apiKey})
}
