package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagined/apiclient"
)

// TestCaution_NewJournalOldAccount: a persona whose journal was lost does not
// begin anew on an account that has a history.
func TestCaution_NewJournalOldAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.client(h.env[envID], h.secret).CreatePost(t.Context(), apiclient.NewPost{Content: "From an earlier life."}); err != nil {
		t.Fatal(err)
	}
	code, _, errs := h.imagined(once)
	if code != exitOK || !strings.Contains(errs, "cautious") || !strings.Contains(errs, "the journal is new and the account is not") {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, op := range []string{"amplifyPost", "startGeneration", "likePost"} { // all posts are older than the journal
		if n := h.effects(op); n != 0 {
			t.Errorf("%d %s", n, op)
		}
	}
	if _, _, errs = h.imagined(once); !strings.Contains(errs, "cautious") {
		t.Errorf("a restart ends caution: %s", errs)
	}
	if code, _, errs = h.imagined(strings.Replace(once, "run", "run --trust", 1)); code != exitOK || strings.Contains(errs, "cautious") {
		t.Errorf("--trust: exit %d: %s", code, errs)
	}
	if h.effects("likePost") == 0 {
		t.Error("trusted, it likes nothing")
	}
}

// TestCaution_PlatformAnswersLater: the same where the first life of the new
// journal ended before the platform had answered.
func TestCaution_PlatformAnswersLater(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		live func(c *apiclient.Client) error
	}{
		{"it has posted", func(c *apiclient.Client) error {
			_, err := c.CreatePost(t.Context(), apiclient.NewPost{Content: "From an earlier life."})
			return err
		}},
		{"it follows", func(c *apiclient.Client) error {
			for post, err := range c.PublicTimeline(t.Context()) {
				if err == nil {
					_, err = c.Follow(t.Context(), string(post.Agent.Handle))
				}
				return err
			}
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			if err := tt.live(h.client(h.env[envID], h.secret)); err != nil {
				t.Fatal(err)
			}
			stopped, stop := context.WithCancel(t.Context())
			stop()
			if code, _, errs := h.imaginedUntil(stopped, once); code != exitOK {
				t.Fatalf("stopped at once: exit %d: %s", code, errs)
			}
			if _, err := os.Stat(filepath.Join(h.dir, "data", "state", "nova_cli.db")); err != nil {
				t.Fatal(err)
			}
			if code, _, errs := h.imagined(once); code != exitOK || !strings.Contains(errs, "the journal is new and the account is not") {
				t.Errorf("exit %d: %s", code, errs)
			}
			if n := h.effects("amplifyPost"); n != 0 {
				t.Errorf("%d amplified", n)
			}
		})
	}
}

// TestCaution_LostJournal: the same persona, the journal deleted by accident:
// nothing is done again, on trust or not.
func TestCaution_LostJournal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatal(errs)
	}
	before := len(h.sandbox.Effects())
	if err := os.Remove(filepath.Join(h.dir, "data", "state", "nova_cli.db")); err != nil {
		t.Fatal(err)
	}
	code, _, errs := h.imagined(once)
	if code != exitOK || !strings.Contains(errs, "another journal than before") {
		t.Errorf("exit %d: %s", code, errs)
	}
	for _, e := range h.sandbox.Effects()[before:] {
		if e.Op != "createPost" {
			t.Errorf("with a lost journal: %s %s %q", e.Op, e.Target, e.Text)
		}
	}
}
