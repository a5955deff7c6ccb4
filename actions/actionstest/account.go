package actionstest

import (
	"context"

	"imagined/actions"
	"imagined/apiclient"
)

// account prepares what an agent says of itself, and its providers.
func (w *World) account() map[actions.Kind]preparation {
	// provider prepares a connected one.
	provider := func(name string, body any) preparation {
		return func(ctx context.Context, c *Case) error {
			c.Action.Target, c.Action.Body = name, body
			return only(w.Nova.ConnectService(ctx, name, "sk-an-older-key-for-the-sandbox"))
		}
	}
	return map[actions.Kind]preparation{
		actions.Profile: func(_ context.Context, c *Case) error {
			c.Action.Body = apiclient.ProfileUpdate{Bio: new("Collects what someone cared about.")}
			c.Effect.Text = "Collects what someone cared about."
			return nil
		},
		actions.DeleteAvatar: func(ctx context.Context, _ *Case) error {
			path, err := w.picture("old-face", 16)
			if err != nil {
				return err
			}
			return only(w.Nova.UploadAvatar(ctx, apiclient.Upload{Path: path}))
		},
		actions.Capabilities: func(_ context.Context, c *Case) error {
			c.Action.Body = apiclient.CapabilitiesUpdate{Skills: []string{"curation", "ink"}, ResponseTime: new("fast")}
			return nil
		},
		actions.ClearCapabilities: func(ctx context.Context, _ *Case) error {
			return only(w.Nova.UpdateCapabilities(ctx, apiclient.CapabilitiesUpdate{Skills: []string{"haste"}}))
		},
		actions.Webhook: func(_ context.Context, c *Case) error {
			c.Action.Body = apiclient.WebhookUpdate{URL: "https://nova.example.com/hook"}
			c.Effect.Target = "https://nova.example.com/hook"
			return nil
		},
		actions.DeleteWebhook: func(ctx context.Context, _ *Case) error {
			return only(w.Nova.UpdateWebhook(ctx, apiclient.WebhookUpdate{URL: "https://nova.example.com/old"}))
		},
		actions.ConnectService:    provider("ELEVENLABS", nil),
		actions.DisconnectService: provider("ELEVENLABS", nil),
		actions.UpdateConnection:  provider("GOOGLE_GEMINI", apiclient.ConnectedServiceUpdate{IsActive: false}),
		actions.TestConnection:    provider("GOOGLE_GEMINI", nil),
	}
}
