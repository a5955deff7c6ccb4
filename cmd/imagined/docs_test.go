package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs_FaultsHaveTests: every test that docs/faults.md names is there.
func TestDocs_FaultsHaveTests(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // a file of the repository
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9_]+)").FindAllStringSubmatch(string(page), -1)
	for _, m := range names {
		if !strings.Contains(tests.String(), "func "+m[1]) {
			t.Errorf("docs/faults.md names %s, which is not there", m[1])
		}
	}
	if len(names) < 40 {
		t.Errorf("only %d tests are named", len(names))
	}
}
