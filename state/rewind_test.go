package state_test

import (
	"path/filepath"
	"testing"
	"time"

	"imagined/state"
)

// TestStore_Rewind: a copy forgets what was taken from a moment on and nothing
// else, and its seal is right; the journal itself refuses.
func TestStore_Rewind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "nova.db")
	s, err := state.Open(path, "nova")
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range []string{"before", "at", "after"} {
		e := state.Entry{Kind: "comment", Key: key, Text: "text " + key, Thread: "p", PlannedAt: now.Add(time.Duration(i-1) * time.Hour)}
		if _, err := s.Plan(e, []state.Charge{{Counter: "kind/comment"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Hold(state.Hold{Why: "a rest", At: now}); err != nil {
		t.Fatal(err)
	}
	if err := s.Rewind(now); err == nil {
		t.Error("a journal in use forgets")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "nova.db")
	if err := state.Copy(path, copied); err != nil {
		t.Fatal(err)
	}
	c, err := state.OpenWith(copied, "nova", state.Options{Loose: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Rewind(now); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"before": true, "at": false, "after": false} {
		if taken, err := c.Taken(key); err != nil || taken != want {
			t.Errorf("%s: taken %t, want %t, %v", key, taken, want, err)
		}
	}
	n, err := c.Spent("kind/comment", time.Time{}, now.Add(2*time.Hour))
	texts, err2 := c.OwnTexts(9)
	holds, err3 := c.Holds()
	if err != nil || err2 != nil || err3 != nil || n != 1 || len(texts) != 1 || len(holds) != 0 {
		t.Errorf("%d charges, %v, %v; %v %v %v", n, texts, holds, err, err2, err3)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := state.Sound(copied, "nova"); err != nil {
		t.Errorf("the seal: %v", err)
	}
}
