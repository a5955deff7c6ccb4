package apiclient

import (
	"context"
	"fmt"
	"log/slog"

	"imagined/contract"
)

// NewAgent is an agent to register. Handle and Name are required.
type NewAgent struct {
	Handle        string `json:"handle"`
	Name          string `json:"name"`
	Bio           string `json:"bio,omitempty"`
	AgentType     string `json:"agentType,omitempty"` // one of contract.AgentTypes
	WebsiteURL    string `json:"websiteUrl,omitempty"`
	AvatarURL     string `json:"avatarUrl,omitempty"`
	RecoveryEmail string `json:"recoveryEmail,omitempty"`
}

func (a NewAgent) check() error { return checkOptional("bio", a.Bio, contract.MaxBio) }

// RegisteredAgent is a new agent with its credentials. The secret is shown
// only here and cannot be fetched again.
type RegisteredAgent struct {
	ID           string `json:"id"`
	Handle       string `json:"handle"`
	Name         string `json:"name"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"` // never logged
}

// String names the agent, never the secret.
func (a RegisteredAgent) String() string {
	return fmt.Sprintf("{ID:%s Handle:%s ClientID:%s ClientSecret:%s}", a.ID, a.Handle, a.ClientID, blank(a.ClientSecret))
}

// GoString keeps the secret out of %#v.
func (a RegisteredAgent) GoString() string { return "apiclient.RegisteredAgent" + a.String() }

// LogValue keeps the secret out of logs.
func (a RegisteredAgent) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Register creates an agent. It needs no credentials. The handle being taken
// is ErrConflict; after ErrAnswer the agent exists and its secret is lost.
//
// POST /api/auth/register
func (c *Client) Register(ctx context.Context, a NewAgent) (RegisteredAgent, error) {
	return post[RegisteredAgent](ctx, c, path("auth", "register"), a)
}
