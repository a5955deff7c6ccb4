package jobs

import (
	"context"
	"encoding/json"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

// cursorWebhook is the address that was registered last.
const cursorWebhook = "webhook"

// listening brings the account's webhook in line with the file: nil when it is.
// An address is registered together with a new secret, since nobody can read the
// old one; where there was another webhook, the file's takes its place. One that
// the program did not register is left alone when the file has none.
func (j *Jobs) listening(ctx context.Context) (*actions.Action, error) {
	want := j.Persona.Webhook
	if err := j.listened(); err != nil { // one may have been settled since
		return nil, err
	}
	ours, err := j.Store.Cursor(cursorWebhook)
	if err != nil {
		return nil, &journalError{err}
	}
	if want == "" && ours == "" {
		return nil, nil
	}
	hook, err := j.Client.Webhook(ctx)
	if err != nil {
		return nil, err
	}
	// A setting that came to nothing is made again in the next hour.
	a := actions.Action{Slot: j.Now().UTC().Format("2006-01-02T15")}
	switch {
	case want == "" && hook.URL == ours:
		a.Kind, a.Why = actions.DeleteWebhook, "the file has no webhook any more"
	case want == "" || hook.URL == want && ours == want:
		return nil, nil
	default:
		a.Kind, a.Why = actions.Webhook, "as in the file: webhook"
		a.Body = apiclient.WebhookUpdate{URL: want, RegenerateSecret: true}
	}
	if tried, err := j.tried(a); err != nil || tried {
		return nil, err
	}
	return &a, nil
}

// listened remembers which address was registered, when its secret is kept.
func (j *Jobs) listened() error {
	ours, err := j.Store.Cursor(cursorWebhook)
	if err != nil {
		return &journalError{err}
	}
	if ours == j.Persona.Webhook {
		return nil
	}
	var last state.Entry // what was done before it says nothing about now
	for _, kind := range []actions.Kind{actions.Webhook, actions.DeleteWebhook} {
		newest, err := j.Store.Entries(state.Filter{Kind: string(kind), Status: state.Done}, 1)
		if err != nil {
			return &journalError{err}
		}
		if len(newest) > 0 && newest[0].ID > last.ID {
			last = newest[0]
		}
	}
	var set apiclient.WebhookUpdate
	if last.Kind == string(actions.Webhook) && json.Unmarshal(last.Body, &set) != nil || last.ID == 0 || set.URL != j.Persona.Webhook {
		return nil //nolint:nilerr // then it was another
	}
	if err := j.Store.SetCursor(cursorWebhook, j.Persona.Webhook); err != nil {
		return &journalError{err}
	}
	return nil
}
