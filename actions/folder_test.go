package actions_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"imagined/actions"
	"imagined/state"
)

const gif = "GIF89a\x01\x00\x01\x00\x00\x00\x00;"

func lay(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// TestOpenFile: nothing but a regular file inside the folder, reached without
// any link, is opened.
func TestOpenFile(t *testing.T) {
	t.Parallel()
	outside, folder := t.TempDir(), t.TempDir()
	lay(t, filepath.Join(outside, "secret.gif"), gif)
	lay(t, filepath.Join(folder, "media", "quay.gif"), gif)
	link(t, filepath.Join(outside, "secret.gif"), filepath.Join(folder, "media", "out.gif"))
	link(t, "quay.gif", filepath.Join(folder, "media", "in.gif"))
	link(t, "media", filepath.Join(folder, "alias"))
	link(t, outside, filepath.Join(folder, "away"))
	if err := syscall.Mkfifo(filepath.Join(folder, "media", "pipe.gif"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, want string }{
		{"a file", "media/quay.gif", ""},
		{"up", "../" + filepath.Base(outside) + "/secret.gif", "not in the folder"},
		{"up and down", "media/../../x.gif", "not in the folder"},
		{"absolute", filepath.Join(outside, "secret.gif"), "not in the folder"},
		{"nothing", "", "not in the folder"},
		{"NUL", "media/quay.gif\x00.png", ""},
		{"a link out", "media/out.gif", "is a link"},
		{"a link inside", "media/in.gif", "is a link"},
		{"a folder that is a link", "alias/quay.gif", "is a link"},
		{"a folder outside", "away/secret.gif", "is a link"},
		{"a folder", "media", "not a regular file"},
		{"a file as folder", "media/quay.gif/x", "not a folder"},
		{"a pipe", "media/pipe.gif", "not a regular file"},
		{"not there", "media/none.gif", "no such file"},
	}
	for _, tt := range tests {
		f, err := actions.OpenFile(folder, tt.path)
		if f != nil {
			text, _ := io.ReadAll(f)
			_ = f.Close()
			if tt.name != "a file" || string(text) != gif {
				t.Errorf("%s: opened, %q", tt.name, text)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestDo_FileOfAFolder: what is sent is what was decided on, once under any
// name, and a link that takes the file's place is refused.
func TestDo_FileOfAFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	folder := t.TempDir()
	for _, name := range []string{"a.gif", "b.gif"} {
		lay(t, filepath.Join(folder, "media", name), gif)
	}
	lay(t, filepath.Join(folder, "media", "c.gif"), gif+"c")
	upload := func(name string) actions.Action {
		f, err := actions.NewFileIn(folder, "media/"+name, "post")
		if err != nil {
			t.Fatal(err)
		}
		return actions.Action{Kind: actions.UploadImage, Body: f}
	}
	if e := w.do(upload("a.gif")); e.Status != state.Done || e.RemoteID == "" {
		t.Errorf("entry %+v", e)
	}
	if e := w.do(upload("b.gif")); e.Status != state.Dropped {
		t.Errorf("the same picture under another name is %s", e.Status)
	}
	c := upload("c.gif")
	outside := filepath.Join(t.TempDir(), "c.gif")
	lay(t, outside, gif+"c")
	if err := os.Remove(filepath.Join(folder, "media", "c.gif")); err != nil {
		t.Fatal(err)
	}
	link(t, outside, filepath.Join(folder, "media", "c.gif"))
	if e := w.do(c); e.Status != state.Refused || !strings.Contains(e.Error, "is a link") {
		t.Errorf("%s %q", e.Status, e.Error)
	}
	uploads := 0
	for _, e := range w.sandbox.Effects() {
		if e.Op == "uploadImage" {
			uploads++
			if e.Text != "a.gif" {
				t.Errorf("effect %+v", e)
			}
		}
	}
	if uploads != 1 {
		t.Errorf("%d uploads, want 1", uploads)
	}
}

// TestAction_Key_Occasion: a post for an occasion is one, whatever its words.
func TestAction_Key_Occasion(t *testing.T) {
	t.Parallel()
	a := actions.Action{Kind: actions.Post, Slot: "introduction", Text: "Hello."}
	b := actions.Action{Kind: actions.Post, Slot: "introduction", Text: "Good evening."}
	c := actions.Action{Kind: actions.Post, Text: "Good evening."}
	if a.Key() != b.Key() || b.Key() == c.Key() {
		t.Errorf("keys %q, %q, %q", a.Key(), b.Key(), c.Key())
	}
}
