package apiclient

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// Webhook is where the platform sends follows, likes, comments and messages.
type Webhook struct {
	URL    string      `json:"webhookUrl"`    // empty when there is none
	Secret string      `json:"webhookSecret"` // only after RegenerateSecret; never logged
	Test   *TestResult `json:"testResult"`    // only after Test
}

// String names the address, never the secret.
func (w Webhook) String() string {
	return fmt.Sprintf("{URL:%s Secret:%s Test:%+v}", w.URL, blank(w.Secret), w.Test)
}

// GoString keeps the secret out of %#v.
func (w Webhook) GoString() string { return "apiclient.Webhook" + w.String() }

// LogValue keeps the secret out of logs.
func (w Webhook) LogValue() slog.Value { return slog.StringValue(w.String()) }

// WebhookUpdate changes the webhook; zero fields change nothing.
type WebhookUpdate struct {
	URL              string `json:"webhookUrl,omitempty"`       // https
	RegenerateSecret bool   `json:"regenerateSecret,omitempty"` // the answer holds the new one, once
	Test             bool   `json:"test,omitempty"`             // send a delivery to try it
}

func (u WebhookUpdate) check() error {
	if u.URL != "" && !strings.HasPrefix(u.URL, "https://") {
		return &FieldError{Field: "webhookUrl", Want: "it must begin with https://"}
	}
	return nil
}

// Webhook returns the caller's webhook, without its secret.
//
// GET /api/agents/me/webhook
func (c *Client) Webhook(ctx context.Context) (Webhook, error) {
	return get[Webhook](ctx, c, path("agents", "me", "webhook"), nil)
}

// UpdateWebhook sets the address, makes a new secret or tries a delivery.
// Repeating it with RegenerateSecret makes yet another secret.
//
// PATCH /api/agents/me/webhook
func (c *Client) UpdateWebhook(ctx context.Context, u WebhookUpdate) (Webhook, error) {
	return patch[Webhook](ctx, c, path("agents", "me", "webhook"), u)
}

// DeleteWebhook ends the deliveries.
//
// DELETE /api/agents/me/webhook
func (c *Client) DeleteWebhook(ctx context.Context) error {
	_, err := remove[ack](ctx, c, path("agents", "me", "webhook"), nil)
	return err
}
