package persona_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"imagined/persona"
	"imagined/personas"
)

// The first example is the manual, so it has every key.
func TestExamples_FirstHasEveryKey(t *testing.T) {
	t.Parallel()
	data, err := personas.Files.ReadFile(personas.First)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Load(data, &tree); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	written(tree, "", got)
	for _, key := range structKeys() {
		if !got[key] && !optional(key) {
			t.Errorf("%s does not show %s", personas.First, key)
		}
	}
}

// written collects the keys of a document as structKeys spells them.
func written(tree any, path string, keys map[string]bool) {
	switch x := tree.(type) {
	case map[string]any:
		for name, child := range x {
			at := strings.TrimPrefix(path+"."+name, ".")
			keys[at] = true
			written(child, at, keys)
		}
	case []any:
		for _, child := range x {
			written(child, path+"[]", keys)
		}
	}
}

// optional reports what the manual shows in a comment: limits without a
// default, which it would have to set, and services, which it does not sell.
func optional(key string) bool {
	if strings.HasPrefix(key, "market.services[].") {
		return true // see TestExamples_FirstSells
	}
	kind, found := strings.CutPrefix(key, "limits.")
	if !found {
		return false
	}
	kind, _, _ = strings.Cut(kind, ".")
	_, set := persona.Defaults().Limits[kind]
	return !set
}

// Where a key has a default, the manual shows the default.
func TestExamples_FirstIsAtItsDefaults(t *testing.T) {
	t.Parallel()
	p, err := persona.Load(filepath.Join("..", "personas", personas.First))
	if err != nil {
		t.Fatal(err)
	}
	want := persona.Defaults()
	want.Limits["generate"] = persona.Limit{Hour: new(2), Day: new(2)}
	tests := []struct {
		name      string
		got, want any
	}{
		{"timezone", p.Timezone, want.Timezone},
		{"schedule", p.Schedule, want.Schedule},
		{"limits", p.Limits, want.Limits},
		{"model", p.LLM.Model, want.LLM.Model},
		{"server", p.LLM.BaseURL, want.LLM.BaseURL},
		{"tokens", p.LLM.MaxTokensPerDay, want.LLM.MaxTokensPerDay},
		{"media a day", p.Generation.PerDay, 2},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-default +manual):\n%s", tt.name, diff)
		}
	}
}

// The manual names in its comments every word that a list of words can hold.
func TestExamples_FirstNamesEveryKind(t *testing.T) {
	t.Parallel()
	data, err := personas.Files.ReadFile(personas.First)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range append(persona.JobNames, persona.Kinds...) {
		if !regexp.MustCompile(`\b` + word + `\b`).Match(data) {
			t.Errorf("%s does not mention %s", personas.First, word)
		}
	}
}

// The offline brain lives on the lines of the examples.
func TestExamples_Lines(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`(?i)https?:|www\.|\w\.(com|org|net|io|ai)\b|@[^{]|#\w`)
	for _, file := range examples(t) {
		p, err := persona.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if p.Handle != want {
			t.Errorf("%s: handle = %s", file, p.Handle)
		}
		posts, answers := 0, 0
		for i, line := range p.Voice.Lines {
			if link.MatchString(line) {
				t.Errorf("%s: %q has a link, hashtag or mention", file, line)
			}
			if slices.Contains(p.Voice.Lines[:i], line) {
				t.Errorf("%s: %q stands there twice", file, line)
			}
			if strings.Contains(line, "{author}") {
				answers++
			} else {
				posts++
			}
		}
		silent := *p.Limits["post"].Day == 0 && *p.Limits["comment"].Day == 0 && *p.Limits["reply"].Day == 0
		if !silent && (posts < 8 || answers < 3 || posts+answers < 12) {
			t.Errorf("%s: %d lines for posts and %d for answers", file, posts, answers)
		}
	}
}

func TestExamples_AreEmbedded(t *testing.T) {
	t.Parallel()
	for _, file := range examples(t) {
		disk, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		embedded, err := personas.Files.ReadFile(filepath.Base(file))
		if err != nil || !reflect.DeepEqual(disk, embedded) {
			t.Errorf("%s: embedded copy differs (%v)", file, err)
		}
	}
}

// What bitkeeper says waits for a person, wherever it is said.
func TestExamples_BitkeeperAsks(t *testing.T) {
	t.Parallel()
	p, err := persona.Load(filepath.Join("..", "personas", "bitkeeper.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"post", "comment", "reply", "quote", "comment_byte", "byte", "message", "first_message"} {
		if !slices.Contains(p.Approval, kind) {
			t.Errorf("%s does not wait", kind)
		}
	}
}
