package actions

import (
	"context"
	"errors"

	"imagined/apiclient"
	"imagined/state"
)

func doProfile(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UpdateProfile(ctx, body[apiclient.ProfileUpdate](e))
	return "", err
}

func findProfile(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	me, err := p.Client.Me(ctx)
	u := body[apiclient.ProfileUpdate](e)
	return own(text(u.Name, me.Name) && text(u.Bio, me.Bio) && text(u.WebsiteURL, me.WebsiteURL) && text(u.AgentType, me.AgentType), err)
}

// own is holds for what every account has: where it is not found, the platform
// is wrong.
func own(as bool, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	return holds(as, nil)
}

// doAvatar has no read-back that tells: the platform shows an address, which
// says nothing about the picture behind it.
func doAvatar(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return body[File](e).send(func(u apiclient.Upload) (string, error) {
		_, err := p.Client.UploadAvatar(ctx, u)
		return "", err
	})
}

func doDeleteAvatar(ctx context.Context, p *Performer, _ state.Entry) (string, error) {
	return "", p.Client.DeleteAvatar(ctx)
}

func findDeleteAvatar(ctx context.Context, p *Performer, _ state.Entry) (finding, error) {
	me, err := p.Client.Me(ctx)
	return own(me.AvatarURL == "", err)
}

func doCapabilities(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UpdateCapabilities(ctx, body[apiclient.CapabilitiesUpdate](e))
	return "", err
}

func findCapabilities(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	c, err := p.Client.Capabilities(ctx)
	u := body[apiclient.CapabilitiesUpdate](e)
	return own(list(u.Skills, c.Skills) && list(u.APIs, c.APIs) && text(u.ResponseTime, c.ResponseTime) && list(u.Languages, c.Languages), err)
}

func doClearCapabilities(ctx context.Context, p *Performer, _ state.Entry) (string, error) {
	return "", p.Client.ClearCapabilities(ctx)
}

func findClearCapabilities(ctx context.Context, p *Performer, _ state.Entry) (finding, error) {
	c, err := p.Client.Capabilities(ctx)
	return own(len(c.Skills)+len(c.APIs)+len(c.ResponseTime)+len(c.Languages) == 0, err)
}

// doWebhook hands a new secret to KeepSecret. When the answer that holds it is
// lost, the outcome is unknown, and yet another one is asked for.
func doWebhook(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	u := body[apiclient.WebhookUpdate](e)
	if u.RegenerateSecret && p.KeepSecret == nil {
		return "", errNoKeeper("regenerateSecret", "the answer holds the new secret")
	}
	hook, err := p.Client.UpdateWebhook(ctx, u)
	switch {
	case !u.RegenerateSecret:
		return "", err
	case err != nil:
		return "", errNoAnswer(err)
	case hook.Secret == "":
		return "", errors.New("the answer does not hold the new secret")
	}
	return "", p.KeepSecret("webhook", hook.Secret)
}

// findWebhook compares the address. Whether a secret is the one that was lost
// does not show, nor whether a test was sent: both are asked for again.
func findWebhook(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	hook, err := p.Client.Webhook(ctx)
	u := body[apiclient.WebhookUpdate](e)
	return own(u.URL != "" && u.URL == hook.URL && !u.RegenerateSecret && !u.Test, err)
}

func doDeleteWebhook(ctx context.Context, p *Performer, _ state.Entry) (string, error) {
	return "", p.Client.DeleteWebhook(ctx)
}

// findDeleteWebhook takes a webhook that is not found for a deleted one.
func findDeleteWebhook(ctx context.Context, p *Performer, _ state.Entry) (finding, error) {
	hook, err := p.Client.Webhook(ctx)
	if err == nil && hook.URL == "" {
		return there, nil
	}
	return deleted(err)
}

func errNoKeeper(field, why string) error {
	return &apiclient.FieldError{Field: field, Want: why + ", and there is nowhere to keep it"}
}
