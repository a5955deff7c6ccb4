package persona_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagined/persona"
)

const watched = "handle: nova\nname: Nova\nlimits: {like: {hour: 5}}\n"

// watch writes a persona file and watches it.
func watch(t *testing.T) (*persona.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nova.yaml")
	save(t, path, watched)
	p, err := persona.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return persona.WatchFile(path, p), path
}

func save(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func likes(t *testing.T, f *persona.File) int {
	t.Helper()
	switch p, err := f.Changed(); {
	case err != nil:
		t.Fatal(err)
	case p != nil:
		return *p.Limits["like"].Hour
	}
	return 0
}

func TestFile_Changed(t *testing.T) {
	t.Parallel()
	f, path := watch(t)
	if n := likes(t, f); n != 0 {
		t.Error("a file that nobody touched has changed")
	}
	for _, edit := range []struct {
		name, text string
		want       int // likes an hour of the edited persona, 0 when nothing changed
	}{
		{"a limit", strings.Replace(watched, "5", "6", 1), 6},
		{"a comment", "# hello\n" + strings.Replace(watched, "5", "6", 1), 0},
		{"a second limit", strings.Replace(watched, "5", "7", 1), 7},
		{"back again", watched, 5},
	} {
		save(t, path, edit.text)
		if n := likes(t, f); n != edit.want {
			t.Errorf("%s: %d likes, want %d", edit.name, n, edit.want)
		}
		if n := likes(t, f); n != 0 {
			t.Errorf("%s: it has changed twice", edit.name)
		}
	}
}

// TestFile_EditsWithinOneTick: a file system's clock is coarse, so two edits
// can leave the same size and time.
func TestFile_EditsWithinOneTick(t *testing.T) {
	t.Parallel()
	f, path := watch(t)
	tick := time.Now()
	for _, n := range []string{"6", "7", "8"} {
		save(t, path, strings.Replace(watched, "5", n, 1))
		if err := os.Chtimes(path, tick, tick); err != nil {
			t.Fatal(err)
		}
		if got := likes(t, f); got != int(n[0]-'0') {
			t.Errorf("%d likes, want %s", got, n)
		}
	}
}

// TestFile_EditedBeforeItIsWatched: between reading a file and watching it a
// program may wait for minutes.
func TestFile_EditedBeforeItIsWatched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.yaml")
	save(t, path, watched)
	p, err := persona.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, path, strings.Replace(watched, "5", "6", 1))
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if n := likes(t, persona.WatchFile(path, p)); n != 6 {
		t.Errorf("%d likes, want 6: the edit is lost", n)
	}
}

// TestFile_Wrong: a file that is wrong, gone or another persona's is refused
// until it is mended, and the fault names the place.
func TestFile_Wrong(t *testing.T) {
	t.Parallel()
	f, path := watch(t)
	for _, bad := range []struct{ text, says string }{
		{strings.Replace(watched, "name:", "nmae:", 1), ":2:1"},
		{strings.Replace(watched, "handle: nova", "handle: nova_two", 1), "nova_two"},
		{"", "empty"},
	} {
		save(t, path, bad.text)
		for range 2 {
			if p, err := f.Changed(); p != nil || err == nil || !strings.Contains(err.Error(), bad.says) {
				t.Errorf("%q: %v, %v", bad.text, p, err)
			}
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if p, err := f.Changed(); p != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("gone: %v, %v", p, err)
	}
	save(t, path, watched)
	if n := likes(t, f); n != 0 {
		t.Error("the file is as it was, yet it has changed")
	}
}
