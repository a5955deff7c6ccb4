package simulate_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"imagined/persona"
	"imagined/simulate"
)

// TestMain gives the collector room: a month is short of time, not of memory.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// residents are the example personas.
func residents(t *testing.T) (folk []*persona.Persona) {
	t.Helper()
	files, err := filepath.Glob("../personas/*.yaml")
	if err != nil || len(files) != 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		who, err := persona.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		folk = append(folk, who)
	}
	return folk
}

// TestLives_AMonth: all example personas live with a restart every day, among
// the population, friends and pests: IMAGINED_DAYS of them (make month), or a
// week.
func TestLives_AMonth(t *testing.T) {
	t.Parallel()
	days := 7
	if testing.Short() {
		days = 1
	}
	if n, err := strconv.Atoi(os.Getenv("IMAGINED_DAYS")); err == nil {
		days = n
	}
	began := time.Now() //nolint:forbidigo // for the log
	folder := t.TempDir()
	town, err := simulate.NewTown(t.Context(), simulate.Config{
		Personas: residents(t), Start: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Seed: 4, Pace: 0.15,
		Journal: func(handle string) string { return filepath.Join(folder, handle+".db") },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = town.Close() }()
	town.Neighbours()
	for range days {
		for _, err := range town.Live(t.Context(), 24*time.Hour) {
			t.Error(err)
		}
		if t.Failed() {
			return
		}
	}
	ledger, err := town.Audit(t.Context(), simulate.Patience)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range ledger.Complaints {
		t.Error(complaint)
	}
	t.Logf("%d days in %s: %s", days, time.Since(began).Round(time.Second), ledger) //nolint:forbidigo // likewise
}
