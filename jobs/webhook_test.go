package jobs_test

import (
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/jobs"
	"imagined/planner"
	"imagined/sandbox"
)

// TestIntroduce_Webhook: the file's address is registered once, with a secret
// that is kept outside the journal; another one takes its place, and none ends
// it.
func TestIntroduce_Webhook(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.persona.Avatar = ""
	kept := make(map[string]string)
	life := func() *jobs.Jobs {
		j := w.jobs(planner.NewOffline())
		j.Performer.KeepSecret = func(name, secret string) error { kept[name] = secret; return nil }
		return j
	}
	w.live(life(), 10*time.Minute)
	if ops := strings.Join(w.ops(0), " "); strings.Contains(ops, "ebhook") {
		t.Fatalf("without one: %s", ops)
	}
	first, second := "https://127.0.0.1:9/webhook", "https://127.0.0.1:9/other"
	w.persona.Webhook = first
	before := len(w.sandbox.Effects())
	w.live(life(), 10*time.Minute)
	w.live(life(), 30*time.Hour)
	hook, err := w.client.Webhook(t.Context())
	if ops := strings.Join(w.ops(before), " "); ops != "updateWebhook" || err != nil || hook.URL != first || kept["webhook"] == "" {
		t.Fatalf("ops %s, webhook %v, %v, kept %d secrets", ops, hook, err, len(kept))
	}
	for _, e := range w.entries() {
		if text := e.Text + e.Error + string(e.Body) + e.RemoteID; strings.Contains(text, kept["webhook"]) {
			t.Errorf("the journal holds the secret: %s", text)
		}
	}
	if strings.Contains(w.log.String(), kept["webhook"]) {
		t.Error("the log holds the secret")
	}

	old := kept["webhook"]
	w.persona.Webhook = second
	w.live(life(), 10*time.Minute)
	if hook, err = w.client.Webhook(t.Context()); err != nil || hook.URL != second || kept["webhook"] == old {
		t.Errorf("webhook %v, %v", hook, err)
	}
	w.persona.Webhook = ""
	before = len(w.sandbox.Effects())
	w.live(life(), 10*time.Minute)
	w.live(life(), 30*time.Hour)
	if hook, err = w.client.Webhook(t.Context()); err != nil || hook.URL != "" || strings.Join(w.ops(before), " ") != "deleteWebhook" {
		t.Errorf("webhook %v, %v, ops %v", hook, err, w.ops(before))
	}
}

// TestIntroduce_WebhookAnswerLost: the answer with the secret is lost; another
// secret is asked for, and the one that is kept is the one that signs.
func TestIntroduce_WebhookAnswerLost(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.persona.Avatar = ""
	w.persona.Webhook = "https://127.0.0.1:9/webhook"
	w.sandbox.SetFaults(sandbox.Fault{Op: "updateWebhook", Kind: sandbox.AppliedError, Rate: 1})
	kept := ""
	j := w.jobs(planner.NewOffline())
	j.Performer.KeepSecret = func(_, secret string) error { kept = secret; return nil }
	w.live(j, time.Minute)
	if kept != "" {
		t.Fatal("the fault did not happen")
	}
	w.sandbox.SetFaults()
	w.live(j, 6*time.Hour)
	if kept == "" {
		t.Error("no secret is kept")
	}
	n := 0
	for _, e := range w.entries() {
		if e.Kind == string(actions.Webhook) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

// TestIntroduce_WebhookEndsAgain: an address that comes and goes twice is gone
// in the end, whatever the journal says of the first time.
func TestIntroduce_WebhookEndsAgain(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.persona.Avatar = ""
	j := w.jobs(planner.NewOffline())
	j.Performer.KeepSecret = func(string, string) error { return nil }
	for i, url := range []string{"https://127.0.0.1:9/webhook", "", "https://127.0.0.1:9/webhook", ""} {
		w.persona.Webhook = url
		w.live(j, 30*time.Hour)
		hook, err := w.client.Webhook(t.Context())
		if err != nil || hook.URL != url {
			t.Errorf("step %d: webhook %q, %v, want %q", i, hook.URL, err, url)
		}
	}
}
