package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/persona"
	"imagined/simulate"
	"imagined/state"
)

// TestLives_Pages: docs/lives holds the journals of a simulated week of the
// example personas, as `imagined log` prints them.
func TestLives_Pages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../personas/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folk, err := loadPersonas(files)
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	folders := make(map[string]string)
	for _, who := range folk {
		folders[who.Handle] = "../../personas"
	}
	town, err := simulate.NewTown(t.Context(), simulate.Config{
		Personas: folk, Start: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Seed: 4, Pace: 0.2, Folder: folders,
		Journal: func(handle string) string { return journalPath(data, handle) },
	})
	if err != nil {
		t.Fatal(err)
	}
	town.Neighbours()
	for range 7 {
		for _, err := range town.Live(t.Context(), 24*time.Hour) {
			t.Fatal(err)
		}
	}
	ledger, err := town.Audit(t.Context(), simulate.Patience)
	if err != nil || len(ledger.Complaints) > 0 {
		t.Fatalf("%v\n%s", err, strings.Join(ledger.Complaints, "\n"))
	}
	if err := town.Close(); err != nil {
		t.Fatal(err)
	}
	for _, who := range folk {
		page(t, data, who)
	}
}

// page compares one persona's log with its page.
func page(t *testing.T, data string, who *persona.Persona) {
	t.Helper()
	store, done, err := openCopy(data, who.Handle)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	entries, err := store.Entries(state.Filter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sheet{&out, who.Location()}.tale(entries, false)
	path := filepath.Join("..", "..", "docs", "lives", who.Handle+".txt")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil { //nolint:gosec // for everybody
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path) //nolint:gosec // of the repository
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("%s is stale; go test ./cmd/imagined -run TestLives -update writes it (-want +got):\n%.2000s", path, diff)
	}
}
