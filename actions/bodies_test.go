package actions_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// TestKinds_AreThePersonas: the persona file knows the kinds that there are.
func TestKinds_AreThePersonas(t *testing.T) {
	t.Parallel()
	var own []string
	for _, k := range actions.Kinds() {
		own = append(own, string(k))
	}
	theirs := slices.Sorted(slices.Values(persona.Kinds))
	if !slices.Equal(own, theirs) {
		t.Errorf("actions %v, persona %v", own, theirs)
	}
	limits := persona.Defaults().Limits
	for _, k := range own {
		if l := limits[k]; l.Hour == nil || l.Day == nil || *l.Hour < 1 || *l.Day < *l.Hour && k != "generate" {
			t.Errorf("%s has the limit %+v", k, l)
		}
	}
}

// TestDo_WhatDoesNotFitIsRefused names the field, and nothing leaves.
func TestDo_WhatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "changed.png")
	if err := os.WriteFile(file, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := actions.NewFile(file, "post")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := actions.NewFile(file+".not", "post"); err == nil {
		t.Error("a file that is not there is read")
	}
	tests := []struct {
		name   string
		action actions.Action
		want   string // in the error
	}{
		{"no target", actions.Action{Kind: actions.Like}, "target: name the post"},
		{"no media", actions.Action{Kind: actions.Generate}, "media: say what to generate"},
		{"no body", actions.Action{Kind: actions.CreateService}, "body: create_service needs one, of type apiclient.NewService"},
		{"body of another kind", actions.Action{Kind: actions.Profile, Body: apiclient.ReadMark{All: true}}, `unknown field "all"`},
		{"not a body at all", actions.Action{Kind: actions.ReadNotifications, Body: func() {}}, "body: read_notifications takes one of type apiclient.ReadMark"},
		{"body that is not taken", actions.Action{Kind: actions.Follow, Target: "luma", Body: map[string]string{"a": "b"}}, "body: follow takes none"},
		{"no parent", actions.Action{Kind: actions.Reply, Target: w.posts[0].ID, Text: "So?", Body: actions.ReplyTo{}}, "parentId is empty"},
		{"no comment named", actions.Action{Kind: actions.DeleteComment, Target: w.posts[0].ID}, "slot: name the comment"},
		{"retry without number", actions.Action{Kind: actions.RetryGeneration, Target: "job_1", Slot: "once more"}, "slot: give the number"},
		{"field of the body", actions.Action{Kind: actions.Review, Target: "ord_1", Text: "Good.", Body: apiclient.NewReview{Rating: 6}}, "rating: it must be from 1 to 5"},
		{"file that is gone", actions.Action{Kind: actions.UploadImage, Body: actions.File{Path: file + ".not", Size: 3}}, "path: it must be a file that can be read"},
		{"no file", actions.Action{Kind: actions.Avatar, Body: actions.File{}}, "path is empty"},
		{"file that changed", actions.Action{Kind: actions.UploadImage, Body: changed}, "path: the file has changed"},
		{"folder", actions.Action{Kind: actions.UploadVideo, Body: actions.File{Path: t.TempDir()}}, "path: it must be a file that can be read"},
	}
	before := len(w.sandbox.Effects())
	for _, tt := range tests {
		e := w.do(tt.action)
		if e.Status != state.Refused || !strings.Contains(e.Error, tt.want) {
			t.Errorf("%s: %s %q, want refused with %q", tt.name, e.Status, e.Error, tt.want)
		}
	}
	if n := len(w.sandbox.Effects()) - before; n != 0 {
		t.Errorf("%d effects", n)
	}
}

// TestDo_SecretsAreKept: what an answer holds goes to the keeper, what is sent
// comes from the caller, and neither is in the journal.
func TestDo_SecretsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = "sk-a-good-key-for-the-sandbox"
	order := w.every(actions.Order)[0].Action
	for _, tt := range []struct {
		name   string // of the secret
		action actions.Action
	}{
		{"webhook", actions.Action{Kind: actions.Webhook, Body: apiclient.WebhookUpdate{URL: "https://nova.example.com/hook", RegenerateSecret: true}}},
		{"onboarding", actions.Action{Kind: actions.SetupPayments}},
		{"order/{id}/card", order},
		{"", actions.Action{Kind: actions.ConnectService, Target: "ELEVENLABS"}},
		{"", actions.Action{Kind: actions.ConnectService, Target: "RUNWARE", Body: map[string]string{"apiKey": key}}},
	} {
		e := w.do(tt.action)
		secret := key
		if tt.name != "" {
			secret = w.secrets[strings.ReplaceAll(tt.name, "{id}", e.RemoteID)]
			if e.Status != state.Done || secret == "" {
				t.Errorf("%s: %s (%s), kept %q", tt.action.Kind, e.Status, e.Error, secret)
				continue
			}
		}
		events, err := w.store.Events(e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if text := toJSON(t, e, events); strings.Contains(text, secret) {
			t.Errorf("%s: the journal holds the secret: %s", tt.action.Kind, text)
		}
	}
}

// TestDo_NowhereToKeepASecret refuses before anything is sent.
func TestDo_NowhereToKeepASecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cases := w.every(actions.Order, actions.SetupPayments, actions.ConnectService)
	w.performer.KeepSecret, w.performer.Secret = nil, nil
	before := len(w.sandbox.Effects())
	for _, tt := range cases {
		if e := w.do(tt.Action); e.Status != state.Refused || !strings.Contains(e.Error, "there is nowhere to") {
			t.Errorf("%s: %s %q", tt.Kind, e.Status, e.Error)
		}
	}
	e := w.do(actions.Action{Kind: actions.Webhook, Body: apiclient.WebhookUpdate{RegenerateSecret: true}})
	if e.Status != state.Refused {
		t.Errorf("webhook: %s", e.Status)
	}
	w.performer.Secret = func(string) (string, error) { return "", errors.New("no key of that name") }
	e = w.do(actions.Action{Kind: actions.ConnectService, Target: "RUNWARE"})
	if e.Status != state.Refused || !strings.Contains(e.Error, "no key of that name") {
		t.Errorf("no key: %s %q", e.Status, e.Error)
	}
	if n := len(w.sandbox.Effects()) - before; n != 0 {
		t.Errorf("%d effects", n)
	}
}

// TestDo_LostSecretIsAskedForAgain, whether the answer broke off or the
// keeper failed.
func TestDo_LostSecretIsAskedForAgain(t *testing.T) {
	t.Parallel()
	fresh := actions.Action{Kind: actions.Webhook, Body: apiclient.WebhookUpdate{URL: "https://nova.example.com/hook", RegenerateSecret: true}}
	for name, lose := range map[string]func(w *world) (mend func()){
		"reset":     func(w *world) func() { return w.strike("updateWebhook", "applied-reset") },
		"truncated": func(w *world) func() { return w.strike("updateWebhook", "truncated") },
		"full disk": func(w *world) func() {
			keep := w.performer.KeepSecret
			w.performer.KeepSecret = func(string, string) error { return errors.New("no space left") }
			return func() { w.performer.KeepSecret = keep }
		},
	} {
		w := newWorld(t)
		mend := lose(w)
		e := w.do(fresh)
		mend()
		if e.Status != state.Unknown || w.secrets["webhook"] != "" {
			t.Errorf("%s: %s (%s)", name, e.Status, e.Error)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 2 || w.secrets["webhook"] == "" {
			t.Errorf("%s: %s after %d attempts (%s), kept %q", name, e.Status, e.Attempts, e.Error, w.secrets["webhook"])
		}
	}
}

// TestUndo takes back what every kind that can be taken back did.
func TestUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	undone := 0
	for _, kind := range actions.Kinds() {
		a, err := actions.Undo(state.Entry{ID: 1, Kind: string(kind), Target: "x", RemoteID: "y"})
		if err != nil {
			continue
		}
		undone++
		done := w.do(w.every(kind)[0].Action)
		if done.Status != state.Done {
			t.Fatalf("%s: %s (%s)", kind, done.Status, done.Error)
		}
		if a, err = actions.Undo(done); err != nil {
			t.Errorf("undo %s: %v", kind, err)
			continue
		}
		before := len(w.sandbox.Effects())
		e := w.do(a)
		made := w.sandbox.Effects()[before:]
		if e.Status != state.Done || len(made) != 1 || made[0].Op != actions.Operation(a.Kind) {
			t.Errorf("%s of %s: %s (%s), effects %+v", a.Kind, kind, e.Status, e.Error, made)
		}
		if twice := w.do(a); twice.Status != state.Dropped {
			t.Errorf("%s twice: %s", a.Kind, twice.Status)
		}
	}
	if undone < 20 {
		t.Errorf("only %d kinds can be taken back", undone)
	}
	for _, e := range []state.Entry{{Kind: "payout", Target: "x"}, {Kind: "post"}, {Kind: "comment", Target: "x"}, {Kind: "dance"}} {
		if a, err := actions.Undo(e); err == nil {
			t.Errorf("undo of %+v is %+v", e, a)
		}
	}
}

// TestDo_WhatDoesNotFitIsRefusedInCautionToo, when the platform is read before
// anything is sent.
func TestDo_WhatDoesNotFitIsRefusedInCautionToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(generation())
	now := w.Now()
	if e := w.do(actions.Action{Kind: actions.Generate, Slot: "again"}); e.Status != state.Refused {
		t.Errorf("no media: %s (%s)", e.Status, e.Error)
	}
	if err := w.store.SetCaution(state.Caution{Why: "a test", Since: now, Until: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if e := w.do(actions.Action{Kind: actions.RetryGeneration, Target: "job_1", Slot: "x"}); e.Status != state.Refused {
		t.Errorf("retry without number: %s (%s)", e.Status, e.Error)
	}
}

// TestAction_KeyOfBodies: what is sent tells actions apart that have no text.
func TestAction_KeyOfBodies(t *testing.T) {
	t.Parallel()
	profile := func(bio string) actions.Action {
		return actions.Action{Kind: actions.Profile, Body: apiclient.ProfileUpdate{Bio: &bio}}
	}
	order := func(method string) actions.Action {
		return actions.Action{Kind: actions.Order, Target: "svc_1", Body: apiclient.NewOrder{PaymentMethod: method}}
	}
	if profile("a").Key() == profile("b").Key() {
		t.Error("two profiles have one key")
	}
	if order("CARD").Key() != order("COINBASE").Key() {
		t.Error("one order has two keys, by how it is paid")
	}
	if (actions.Action{Kind: actions.Follow, Target: "@luma"}).Key() != (actions.Action{Kind: actions.Follow, Target: "luma"}).Key() {
		t.Error("two spellings of one handle have two keys")
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
