package persona_test

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"imagined/persona"
)

// zones are all names of the embedded time zones. The list is that of
// zoneinfo.zip of the Go distribution, which -update copies.
func zones(t *testing.T) []string {
	t.Helper()
	list := filepath.Join("testdata", "zones.txt")
	if *update {
		z, err := zip.OpenReader(filepath.Join(runtime.GOROOT(), "lib", "time", "zoneinfo.zip")) //nolint:staticcheck // only here
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close() //nolint:errcheck // read only
		var names []string
		for _, f := range z.File {
			if !f.FileInfo().IsDir() {
				names = append(names, f.Name)
			}
		}
		slices.Sort(names)
		if err := os.WriteFile(list, []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// TestF11_EveryZone: a daily job runs exactly once a local day, in every zone,
// for two years, at the times at which clocks are changed. Cron alone does not.
func TestF11_EveryZone(t *testing.T) {
	t.Parallel()
	times := []string{"0 0", "30 0", "30 1", "0 2", "30 2", "0 3", "30 23"}
	const days = 730 // 2026 and 2027
	n, cronSkips, cronDoubles := 0, 0, 0
	alike := make(map[string][]string) // zones whose clocks show the same in these years
	for _, name := range zones(t) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		alike[changes(zone)] = append(alike[changes(zone)], name)
		n++
	}
	for _, names := range alike {
		name := names[0]
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range times {
			spec := at + " * * *"
			schedule, err := persona.ParseSchedule(spec)
			if err != nil {
				t.Fatal(err)
			}
			slots := persona.NewSlots(schedule, zone)
			skips, doubles := count(zone, days, func(t time.Time) time.Time { next, _ := slots.Next(t); return next })
			if skips > 0 || doubles > 0 {
				t.Errorf("%s, %q: %d days without a run, %d with more than one", name, spec, skips, doubles)
			}
			bare, err := cron.ParseStandard(spec)
			if err != nil {
				t.Fatal(err)
			}
			skips, doubles = count(zone, days, func(t time.Time) time.Time { return bare.Next(t.In(zone)) })
			cronSkips, cronDoubles = cronSkips+len(names)*skips, cronDoubles+len(names)*doubles
		}
	}
	t.Logf("%d zones (%d different ones), %d times: cron alone skips %d days and doubles %d", n, len(alike), len(times), cronSkips, cronDoubles)
	if n < 400 || cronSkips == 0 || cronDoubles == 0 {
		t.Error("the test shows nothing")
	}
}

// changes is what a zone's clocks do in 2026 and 2027.
func changes(zone *time.Location) string {
	var b strings.Builder
	at := time.Date(2025, 12, 30, 0, 0, 0, 0, time.UTC)
	for at.Year() < 2028 {
		_, offset := at.In(zone).Zone()
		fmt.Fprint(&b, at.Unix(), " ", offset, ";")
		if _, at = at.In(zone).ZoneBounds(); at.IsZero() {
			break
		}
	}
	return b.String()
}

// count lives through the days of 2026 and 2027 and counts local days without
// a run, and with more than one.
func count(zone *time.Location, days int, next func(time.Time) time.Time) (skips, doubles int) {
	runs := make(map[string]int, days)
	end := time.Date(2028, 1, 1, 0, 0, 0, 0, zone)
	for at := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Add(-1); ; {
		if at = next(at); !at.Before(end) || at.IsZero() {
			break
		}
		runs[at.In(zone).Format(time.DateOnly)]++
	}
	for d := range days {
		switch runs[time.Date(2026, 1, 1+d, 12, 0, 0, 0, zone).Format(time.DateOnly)] {
		case 0:
			skips++
		case 1:
		default:
			doubles++
		}
	}
	return skips, doubles
}

func TestSlots_OnTheDaysOfChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		zone, spec, from string
		want             []string // in UTC, with the name where it has one
	}{
		{"Europe/Paris", "30 2 * * *", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z 2026-03-29T02:30", "2026-03-30T00:30:00Z 2026-03-30T02:30"}},
		{"Europe/Paris", "30 2 * * *", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z 2026-10-25T02:30", "2026-10-26T01:30:00Z 2026-10-26T02:30"}},
		{"Europe/Paris", "*/30 2 * * *", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z"}},
		{"Europe/Paris", "*/30 2 * * *", "2026-10-25T00:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"}},
		{"Europe/Paris", "*/30 * * * *", "2026-03-29T00:10:00Z", []string{"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"}},
		{"Europe/Paris", "*/30 * * * *", "2026-10-25T00:10:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"}},
		{"Australia/Lord_Howe", "10 2 * * *", "2026-10-03T10:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-04T15:10:00Z"}},
		{"Australia/Lord_Howe", "*/20 * * * *", "2026-10-03T15:05:00Z", []string{"2026-10-03T15:10:00Z", "2026-10-03T15:40:00Z"}},
		{"America/Santiago", "0 0 * * *", "2026-09-05T12:00:00Z", []string{"2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
		// There was no 30 December 2011.
		{"Pacific/Apia", "0 9 * * *", "2011-12-29T12:00:00Z", []string{"2011-12-29T19:00:00Z", "2011-12-30T19:00:00Z", "2011-12-31T19:00:00Z"}},
		{"UTC", "@every 90s", "2026-03-29T00:00:00Z", []string{"2026-03-29T00:01:30Z 2026-03-29T00:01:30Z"}},
		{"Europe/Paris", "@daily", "2026-03-28T23:30:00Z", []string{"2026-03-29T22:00:00Z 2026-03-30T00:00"}},
	}
	for _, tt := range tests {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		schedule, err := persona.ParseSchedule(tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		slots := persona.NewSlots(schedule, zone)
		for _, want := range tt.want {
			var name string
			at, name = slots.Next(at)
			if got := at.UTC().Format(time.RFC3339); got != strings.Fields(want)[0] {
				t.Errorf("%s %q: %s, want %s", tt.zone, tt.spec, got, want)
			} else if f := strings.Fields(want); len(f) == 2 && name != f[1] {
				t.Errorf("%s %q: called %s, want %s", tt.zone, tt.spec, name, f[1])
			}
		}
	}
}

// TestDefaults_Spread: personas that leave the schedule out do not come all at
// once. poll is left out: it makes no request while nothing is generated.
func TestDefaults_Spread(t *testing.T) {
	t.Parallel()
	const many = 1000
	cronOf := make(map[string]int)
	for i := range many {
		p := parse(t, fmt.Sprintf("handle: agent_%04d\nname: A\n", i))
		for _, job := range []string{"engage", "post", "generate"} {
			cronOf[job+" "+p.Schedule[job].Cron]++
		}
	}
	for spec, n := range cronOf {
		if most := map[string]int{"e": 80, "p": 35, "g": 35}[spec[:1]]; n > most {
			t.Errorf("%d of %d personas run %s", n, many, spec)
		}
	}
	if len(cronOf) != 20+60+60 {
		t.Errorf("%d schedules, want 140", len(cronOf))
	}
}
