package simulate_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/planner"
	"imagined/simulate"
	"imagined/state"
)

// TestLives_Offline: without a model the same personas live on their own lines,
// word for word, and where a line will not do they say so and stay silent.
func TestLives_Offline(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector")
	}
	t.Parallel()
	folk, folder := residents(t), t.TempDir()
	for _, who := range folk {
		who.LLM.MaxTokensPerDay = new(0)
	}
	town, err := simulate.NewTown(t.Context(), simulate.Config{
		Personas: folk, Start: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Seed: 4, Pace: 0.15,
		Journal: func(handle string) string { return filepath.Join(folder, handle+".db") },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = town.Close() }()
	town.Neighbours()
	for range 3 {
		for _, err := range town.Live(t.Context(), 24*time.Hour) {
			t.Fatal(err)
		}
	}
	ledger, err := town.Audit(t.Context(), simulate.Patience)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range ledger.Complaints {
		if !strings.Contains(complaint, " times createComment") && !strings.Contains(complaint, " times createPost") { // a line may come again
			t.Error(complaint)
		}
	}
	silent := map[string]string{
		"marginalia": "there is no model to work it with", "low_tide": "are written by a model, and there is none", "mo_bai": planner.OfflineName,
	}
	for _, r := range town.Residents {
		if r.Author != nil {
			t.Errorf("@%s has somebody to ask", r.Persona.Handle)
		}
		says(t, r, silent[r.Persona.Handle])
	}
	t.Log(ledger)
}

// says looks at every word that a persona said, and for the reason of a silence.
func says(t *testing.T, r *simulate.Resident, silence string) {
	t.Helper()
	entries, err := r.Store.Entries(state.Filter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []*regexp.Regexp
	for _, line := range slices.Concat(r.Persona.Voice.Lines, r.Persona.Messages.Lines, []string{r.Persona.Bio}) {
		form := strings.NewReplacer(`\{topic\}`, ".*", `\{author\}`, `[a-z0-9_]+`).Replace(regexp.QuoteMeta(line))
		lines = append(lines, regexp.MustCompile("^"+form+`( #\S+)*$`))
	}
	words, told := 0, silence == planner.OfflineName
	for _, e := range entries {
		told = told || strings.Contains(e.Error+e.Why, silence)
		if e.Text == "" || e.Status != state.Done {
			continue
		}
		words++
		if !slices.ContainsFunc(lines, func(line *regexp.Regexp) bool { return line.MatchString(e.Text) }) {
			t.Errorf("@%s says in entry %d (%s) what no line of its file says: %q", r.Persona.Handle, e.ID, e.Kind, e.Text)
		}
	}
	if mute := *r.Persona.Limits["post"].Day == 0; mute != (words == 0) || !told {
		t.Errorf("@%s said %d things; told why it is silent: %v", r.Persona.Handle, words, told)
	}
}
