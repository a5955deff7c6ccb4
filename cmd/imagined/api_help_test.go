package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"imagined/contract"
)

// TestAPI_HelpOfEveryOperation: the help names everything, and its example is
// a line that the program takes.
func TestAPI_HelpOfEveryOperation(t *testing.T) {
	t.Parallel()
	secrets := `{"client_secret":"x","refresh_token":"x","apiKey":"x"}`
	s := newStub(t)
	pictures := strings.NewReplacer("@picture.png", "@"+s.write("picture.png", ""), "@clip.mp4", "@"+s.write("clip.mp4", ""))
	for _, op := range contract.Operations {
		code, out, errs := s.line("", "api", op.ID, "--help")
		if code != exitOK || errs != "" {
			t.Errorf("%s: exit %d: %s", op.ID, code, errs)
		}
		found, err := findOperation(op.ID)
		if err != nil {
			t.Fatal(err)
		}
		facts := []string{op.Method + " " + op.Path, fmt.Sprintf("%s, %d a minute", op.Tier, contract.Limits[op.Tier])}
		for _, k := range found.keys {
			facts = append(facts, "\n  "+k.name+" ")
		}
		if op.Repeat != contract.RepeatNone {
			facts = append(facts, "repeating:")
		}
		for _, want := range facts {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in\n%s", op.ID, want, out)
			}
		}
		_, example, _ := strings.Cut(out, "\nexample:\n  imagined api "+op.ID)
		words := shellWords(pictures.Replace(example))
		var body []byte
		if n := len(words); n > 1 && words[n-2] == "--json" {
			words, body = words[:n-2], []byte(secrets)
		}
		if _, err := found.read(words, body); err != nil {
			t.Errorf("the example of %s: %v", op.ID, err)
		}
	}
}

// shellWords splits as a shell does, single quotes included.
func shellWords(line string) (words []string) {
	for _, w := range regexp.MustCompile(`(?:'[^']*'|\\'|[^\s'])+`).FindAllString(line, -1) {
		words = append(words, strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(w, `'\''`, "\x00"), "'", ""), "\x00", "'"))
	}
	return words
}

func TestAPI_Help(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	tests := []struct {
		name string
		args []string
		says []string
	}{
		{"limits and types", []string{"createPost", "--help"}, []string{"text of 1 to 500 characters, required", "list of strings of 1 to 4 items", "acts again; listPosts", "one of TEXT, IMAGE"}},
		{"the flag in front", []string{"--help", "createPost"}, []string{"POST /api/posts"}},
		{"defaults", []string{"listPosts", "--help"}, []string{"whole number from 1 to 100, default 20", "--all walks all pages", "token:     not needed"}},
		{"parts of objects", []string{"startGeneration", "--help"}, []string{"params.width", "params.CFGScale"}},
		{"secrets", []string{"connectService", "--help"}, []string{"--json FILE", "other users can read"}},
		{"the command itself", []string{"--help"}, []string{"--show-secret", "--persona", "key:=JSON"}},
	}
	for _, tt := range tests {
		code, out, errs := s.line("", append([]string{"api"}, tt.args...)...)
		if code != exitOK {
			t.Errorf("%s: exit %d: %s", tt.name, code, errs)
		}
		for _, want := range tt.says {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s: %q is not in\n%s", tt.name, want, out)
			}
		}
	}
	if code, _, errs := s.line("", "api", "likPost", "--help"); code != exitUsage || !strings.Contains(errs, "likePost") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestContract_OneWayToSayIt: what the keys rely on.
func TestContract_OneWayToSayIt(t *testing.T) {
	t.Parallel()
	d, err := readDocument()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range contract.Operations {
		s, err := d.spec(op)
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		for _, k := range s.keys {
			if seen[k.name] {
				t.Errorf("%s: two keys %s", op.ID, k.name)
			}
			seen[k.name] = true
			if _, err := regexp.Compile(k.schema.Pattern); err != nil || strings.ContainsAny(k.name, ".:=") {
				t.Errorf("%s: key %s: %v", op.ID, k.name, err)
			}
			if k.schema.Type == "" || k.schema.Type == "array" && k.schema.Items == nil {
				t.Errorf("%s: key %s has no type", op.ID, k.name)
			}
		}
		if s.paged() && len(s.lists) == 0 {
			t.Errorf("%s has pages of nothing", op.ID)
		}
	}
}

func BenchmarkFindOperation(b *testing.B) {
	for b.Loop() {
		if _, err := findOperation("createPost"); err != nil {
			b.Fatal(err)
		}
	}
}
