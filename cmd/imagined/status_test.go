package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// goldenText compares a text with a file of testdata.
func goldenText(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) //nolint:gosec // a file of the test
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s\n(go test -update writes it)", name, got, want)
	}
}

var statusNow = time.Date(2026, 3, 2, 13, 5, 0, 0, time.UTC)

// busyJournal is that of a persona in the middle of its day.
func busyJournal(t *testing.T) *state.Store {
	t.Helper()
	store, err := state.Open(filepath.Join(t.TempDir(), "state", "nova.db"), "nova")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	who, err := persona.Load(filepath.Join("..", "..", "personas", "nova.yaml"))
	must(err)
	must(jobs.Keep(store, who))
	ago := func(minutes int) time.Time { return statusNow.Add(-time.Duration(minutes) * time.Minute) }
	do := func(e state.Entry, minutes int, end state.Status) {
		t.Helper()
		e.Key, e.PlannedAt = fmt.Sprint(e.Kind, "/", e.Target, "/", minutes), ago(minutes)
		limits := who.Limits
		charges := []state.Charge{{Counter: "kind/" + e.Kind, Hour: limits[e.Kind].Hour, Day: limits[e.Kind].Day}}
		if e.Author != "" {
			charges = append(charges, state.Charge{Counter: "author/" + e.Author, Day: limits["author"].Day})
		}
		if end == state.Waiting {
			e.Status = state.Waiting
		}
		e, err := store.Plan(e, charges)
		must(err)
		if end != state.Intent && end != state.Waiting {
			e.Status = end
			_, err = store.Record(e, ago(minutes))
			must(err)
		}
	}
	for i := range 18 {
		do(state.Entry{Job: "engage", Kind: "like", Target: fmt.Sprintf("pst_%02d", i), Author: fmt.Sprintf("agent_%d", i)}, 300-i*16, state.Done)
	}
	do(state.Entry{Job: "generate", Kind: "generate", Text: "Two inks, one afternoon."}, 65, state.Done)
	do(state.Entry{Job: "engage", Kind: "comment", Target: "pst_90", Author: "luma", Text: "The margin does the work here."}, 40, state.Done)
	do(state.Entry{Job: "engage", Kind: "amplify", Target: "pst_90", Author: "luma"}, 39, state.Parked)
	do(state.Entry{Job: "engage", Kind: "like", Target: "pst_90", Author: "luma"}, 38, state.Unknown)
	do(state.Entry{Kind: "order", Target: "svc_7", Text: "One poster, two inks."}, 30, state.Waiting)
	_, err = store.Drop(state.Entry{Job: "engage", Kind: "plan", Error: "nothing new (40 read: 31 seen, 9 not of interest)", PlannedAt: ago(6)})
	must(err)
	must(store.SaveJob("engage", state.JobState{Next: statusNow.Add(14 * time.Minute), Started: ago(6), OK: ago(6), Runs: 40}))
	must(store.SaveJob("post", state.JobState{Next: statusNow.Add(4*time.Hour + 3*time.Minute), Started: ago(240), Error: "no model answered lately", Runs: 3}))
	must(store.SaveJob("generate", state.JobState{Next: statusNow.Add(22 * time.Hour), Started: ago(65), OK: ago(65), Runs: 1}))
	day := "2026-03-02"
	must(store.Reserve(state.Reservation{Day: day, Tokens: 190000, USD: 0.2}, 200000, nil))
	must(store.Settle(state.Reservation{Day: day, Tokens: 190000, USD: 0.2}, 150000, 12345, 0.0621))
	must(store.Reserve(state.Reservation{Day: day, Tokens: 4000, USD: 0.008}, 200000, nil)) // of a process that died
	must(store.Hold(state.Hold{Kind: "follow", Why: "paused by the operator", At: ago(90)}))
	must(store.SetCaution(state.Caution{Why: "the journal is an older copy of itself", Since: ago(60), Until: statusNow.Add(23 * time.Hour)}))
	return store
}

func TestStatus_golden(t *testing.T) {
	t.Parallel()
	s, err := statusOf(busyJournal(t), "nova", statusNow)
	if err != nil {
		t.Fatal(err)
	}
	s.Alive, s.Process = true, `process 4711 ("imagined run")`
	for name, all := range map[string]bool{"status.golden": false, "status_all.golden": true} {
		var text strings.Builder
		s.print(&text, all)
		goldenText(t, name, text.String())
		for line := range strings.Lines(text.String()) {
			if n := len([]rune(line)) - 1; n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

// TestStatus_Quiet: a persona that nothing came of, and a journal that does not
// say by which limits it lives.
func TestStatus_Quiet(t *testing.T) {
	t.Parallel()
	store, err := state.Open(filepath.Join(t.TempDir(), "state", "nova.db"), "nova")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // test
	s, err := statusOf(store, "nova", statusNow)
	if err != nil {
		t.Fatal(err)
	}
	s.zone = time.UTC
	var text strings.Builder
	s.print(&text, false)
	goldenText(t, "status_quiet.golden", text.String())
}

// TestStatus_BesideTheDaemon reads the journal that a daemon lives by, and says
// of each budget what is used: the two views are one.
func TestStatus_BesideTheDaemon(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatal(code, errs)
	}
	store, err := state.Open(journalPath(h.env["IMAGINED_DATA"], "nova_cli"), "nova_cli") // as a daemon does
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // test
	code, out, errs := h.imagined("status --json")
	var got status
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil {
		t.Fatal(code, errs, err, out)
	}
	if !got.Alive || !strings.Contains(got.Process, fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("alive %t, in %q", got.Alive, got.Process)
	}
	used := 0
	for _, b := range got.Budgets {
		if (b.Group == planner.GroupActions || b.Group == planner.GroupMedia) && b.Window == "day" {
			used += int(b.Used + b.Reserved)
		}
	}
	done, err := store.Entries(state.Filter{Status: state.Done}, 0)
	if err != nil || used == 0 || used != len(done) {
		t.Errorf("%d used, %d done, %v", used, len(done), err)
	}
	if got.Model.Calls != 0 || len(got.Budgets) < 100 {
		t.Errorf("%d calls, %d budgets", got.Model.Calls, len(got.Budgets))
	}
	if code, out, _ := h.imagined("status nova_cli"); code != 0 || !strings.Contains(out, "life      alive") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if code, _, errs := h.imagined("status nobody"); code != 1 || !strings.Contains(errs, "nova_cli") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
