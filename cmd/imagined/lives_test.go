package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/jobs"
	"imagined/persona"
	"imagined/simulate"
	"imagined/state"
)

// TestLives_Pages: docs/lives holds the journals of a simulated week of the
// example personas, as `imagined log` prints them.
func TestLives_Pages(t *testing.T) {
	if testing.Short() {
		t.Skip("a week takes minutes under the race detector")
	}
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
		Personas: folk, Start: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Seed: 4, Pace: 0.15, Folder: folders,
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
	jobsTable(t, town)
}

// saidOnce looks for a sentence that was said twice, and for an answer to nobody.
func saidOnce(t *testing.T, handle string, entries []state.Entry) {
	t.Helper()
	said := make(map[string]uint64)
	for _, e := range entries {
		if e.Status != state.Done || e.Text == "" {
			continue
		}
		if answers := []string{"comment", "reply", "message", "quote"}; slices.Contains(answers, e.Kind) && (e.Author == "" || e.Target == "") {
			t.Errorf("@%s: entry %d answers nobody: %q", handle, e.ID, e.Text)
		}
		for sentence := range strings.FieldsFuncSeq(e.Text, func(r rune) bool { return strings.ContainsRune(".!?\n\u3002\uff1f\uff01", r) }) {
			sentence = strings.TrimSpace(sentence)
			if len(strings.Fields(sentence)) < 4 && len([]rune(sentence)) < 12 || strings.HasPrefix(sentence, "#") {
				continue
			}
			if before := said[sentence]; before != 0 {
				t.Errorf("@%s says %q in the entries %d and %d", handle, sentence, before, e.ID)
			}
			said[sentence] = e.ID
		}
	}
}

// jobsTable compares README's table of the jobs with the code's, and with what
// the runs of that week took.
func jobsTable(t *testing.T, town *simulate.Town) {
	t.Helper()
	var table strings.Builder
	table.WriteString("| job | reads | does | runs | requests a run | model calls a run | tokens a run |\n| --- | --- | --- | ---: | ---: | ---: | ---: |\n")
	for _, row := range jobs.Rows() {
		var sum simulate.Cost
		for _, r := range town.Residents {
			c := r.Costs[row.Name]
			sum.Runs, sum.Requests, sum.Calls, sum.Tokens = sum.Runs+c.Runs, sum.Requests+c.Requests, sum.Calls+c.Calls, sum.Tokens+c.Tokens
		}
		a := func(n int) float64 { return float64(n) / float64(max(sum.Runs, 1)) }
		fmt.Fprintf(&table, "| `%s` | %s | %s | %d | %.1f | %.2f | %.0f |\n", row.Name, row.Reads, row.Does, sum.Runs, a(sum.Requests), a(sum.Calls), a(sum.Tokens))
	}
	const begins, ends = "<!-- jobs: written by go test ./cmd/imagined -run TestLives -update -->\n", "<!-- end of jobs -->"
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), begins)
	there, after, ended := strings.Cut(rest, ends)
	if !begun || !ended {
		t.Fatal("README.md has no place for the table of jobs")
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begins+table.String()+ends+after), 0o644); err != nil { //nolint:gosec // for everybody
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(there, table.String()); diff != "" {
		t.Errorf("README's table of jobs is stale; go test ./cmd/imagined -run TestLives -update writes it (-want +got):\n%s", diff)
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
	saidOnce(t, who.Handle, entries)
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
