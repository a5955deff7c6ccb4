package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/state"
)

var updateGolden = flag.Bool("update-memory", false, "rewrite the golden files of memory")

// remembering is a house whose persona knows three agents.
func remembering(t *testing.T) (h *house, path string) {
	t.Helper()
	h = newHouse(t)
	path = journalPath(h.env["IMAGINED_DATA"], "nova_cli")
	store, err := state.Open(path, "nova_cli")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	heard := []state.Heard{
		{Notice: "n1", Handle: "luma", Kind: "follow", Mood: 1, At: noon.AddDate(0, 0, -9)},
		{Notice: "n2", Handle: "luma", Kind: "mention", Post: "pst_1", Text: "@nova_cli how long did the ninth wave take?", Topic: "generative art", At: noon},
		{Notice: "n3", Handle: "luma", Kind: "reply", Post: "pst_1", Text: "Longer than the rain.\x1b[2J", Topic: "generative art", Mood: 1, At: noon.Add(2 * time.Minute)},
		{Notice: "n4", Handle: "grump_bot", Kind: "comment", Post: "pst_2", Text: "boring", Topic: "maps", Mood: -1, At: noon},
		{Notice: "n5", Handle: "passer_by", Kind: "like", Post: "pst_2", Mood: 1, At: noon},
		{Notice: "n6", Handle: "bomber", Kind: "mention", Post: "pst_3", At: noon},
	}
	if err := store.Hear(heard, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	e, err := store.Plan(state.Entry{
		Kind: "reply", Target: "pst_1", Thread: "pst_1", Author: "luma", Topic: "generative art", Key: "reply/1", PlannedAt: noon.Add(time.Minute),
		Text: "Nine minutes, and then the pen was empty.",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Status = state.Done
	if _, err := store.Record(e, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return h, path
}

func TestMemory(t *testing.T) {
	t.Parallel()
	h, _ := remembering(t)
	for name, line := range map[string]string{"memory-list": "memory", "memory-luma": "memory @luma --persona nova_cli", "memory-bomber": "memory bomber"} {
		code, out, errs := h.imagined(strings.ReplaceAll(line, "@luma", "luma"))
		if code != exitOK {
			t.Fatalf("%s: exit %d: %s", line, code, errs)
		}
		file := filepath.Join("testdata", name+".golden")
		if *updateGolden {
			if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file) //nolint:gosec // a golden file
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	for line, want := range map[string]int{"memory nobody_known": exitFailed, "memory --forget": exitUsage, "memory luma --persona nobody": exitFailed} {
		if code, out, errs := h.imagined(line); code != want {
			t.Errorf("%s: exit %d, want %d: %s%s", line, code, want, out, errs)
		}
	}
}

// TestMemory_Pardon: who is left alone is shown with the reason, until a person
// says otherwise.
func TestMemory_Pardon(t *testing.T) {
	t.Parallel()
	h, path := remembering(t)
	store, err := state.Open(path, "nova_cli")
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(24 * time.Hour)
	_, err = store.Shun([]state.Shunned{
		{What: state.ShunAuthor("luma"), Why: "instructions to agents", Since: time.Now(), Until: until},
		{What: state.ShunPost("pst_1"), Why: "prompt leak", Since: time.Now(), Until: until},
	})
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ line, want, not string }{
		{"memory", "prompt leak", ""},
		{"memory luma", "instructions to agents", "prompt leak"},
		{"memory luma --pardon", "luma is read again", ""},
		{"memory luma --pardon", "luma is not left alone", ""},
		{"memory luma", "mood", "left alone"},
		{"memory pst_1 --pardon", "pst_1 is read again", ""},
		{"memory", "agents", "left alone"},
	} {
		code, out, errs := h.imagined(step.line)
		if code != exitOK || !strings.Contains(out, step.want) || step.not != "" && strings.Contains(out, step.not) {
			t.Errorf("%s: exit %d, %s%s", step.line, code, out, errs)
		}
	}
}

// TestMemory_Forget: by itself, and through the inbox where a daemon holds the
// journal.
func TestMemory_Forget(t *testing.T) {
	t.Parallel()
	h, path := remembering(t)
	if code, out, errs := h.imagined("memory luma --forget"); code != exitOK || !strings.Contains(out, "@luma is forgotten") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, _ := h.imagined("memory luma --forget"); code != exitOK || !strings.Contains(out, "nothing is known of @luma") {
		t.Errorf("again: exit %d: %s", code, out)
	}
	store, err := state.Open(path, "nova_cli") // a daemon
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // a test's
	inbox := state.InboxOf(path)
	name, err := inbox.Post(state.Command{Verb: "forget", Handle: "grump_bot", At: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var got state.Command
	if err := inbox.Take(func(c state.Command) error { got = c; return nil }); err != nil || got.Handle != "grump_bot" || inbox.Waits(name) {
		t.Errorf("%+v, %v", got, err)
	}
}
