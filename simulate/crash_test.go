package simulate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/simulate"
)

// busy are personas in whose day every job has something to do every few
// minutes, with room for it in every limit.
func busy(t *testing.T) (folk []*persona.Persona) {
	t.Helper()
	all := residents(t)
	sells := all[slices.IndexFunc(all, func(p *persona.Persona) bool { return p.Handle == "marginalia" })].Market
	sells.Services = sells.Services[:2] // those of words
	for _, who := range all {
		if who.Handle != "nova" && who.Handle != "low_tide" {
			continue // they say less
		}
		who.QuietHours, who.Profile = "", "enforce"
		who.LLM.MaxTokensPerDay, who.Generation.PerDay = new(100_000_000), 40
		for kind := range who.Limits {
			who.Limits[kind] = persona.Limit{Hour: new(60), Day: new(900)}
		}
		who.Limits["author"], who.Limits["thread"] = persona.Limit{Day: new(30)}, persona.Limit{Total: new(3)}
		for _, job := range jobs.Names() {
			if job != "poll" {
				who.Schedule[job] = persona.Job{Cron: "*/10 * * * *", Missed: "skip", MaxLate: time.Hour}
			}
		}
		who.Media, who.Market = "media", sells
		folk = append(folk, who)
	}
	return folk
}

// TestCrash_EveryJob kills the process of four personas in every job, around
// its requests, IMAGINED_JOB_KILLS times each. Nothing is done twice, nothing is
// lost, and everything that was said to them or ordered from them comes to an
// end that stands in the journal.
func TestCrash_EveryJob(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector, which sees the same lives in TestLives_AMonth")
	}
	t.Parallel()
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("IMAGINED_JOB_KILLS")); err == nil {
		kills = n
	}
	deaths := simulate.NewDeaths(1, kills, jobs.Names()...)
	deaths.Edit = func(r *simulate.Resident, life int) {
		r.Persona.Bio = fmt.Sprintf("Life number %d.", life) // so that there is something to introduce
	}
	folk, folder := busy(t), t.TempDir()
	folders := make(map[string]string)
	for _, who := range folk {
		folders[who.Handle] = album(t, 400)
	}
	town, err := simulate.NewTown(t.Context(), simulate.Config{
		Personas: folk, Start: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Seed: 6, Pace: 0.5, Deaths: deaths, Folder: folders,
		Journal: func(handle string) string { return filepath.Join(folder, handle+".db") },
		Model: func(handle string) *simulate.Author {
			a, err := simulate.NewAuthor(handle)
			if err != nil {
				t.Fatal(err)
			}
			a.Endless = true
			return a
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = town.Close() }()
	town.Neighbours()
	for hour := 0; deaths.Least() < kills && hour < 24*60; hour++ {
		for _, err := range town.Live(t.Context(), time.Hour) {
			t.Error(err)
		}
		if t.Failed() {
			return
		}
	}
	town.Spare()
	for _, err := range town.Live(t.Context(), 8*time.Hour) {
		t.Error(err)
	}
	ledger, err := town.Audit(t.Context(), 6*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range ledger.Complaints {
		t.Error(complaint)
	}
	for _, job := range slices.Sorted(slices.Values(jobs.Names())) {
		t.Logf("%4d deaths in %s", deaths.Count[job], job)
		if deaths.Count[job] < kills {
			t.Errorf("only %d deaths in %s, of %d", deaths.Count[job], job, kills)
		}
	}
	t.Log(ledger)
}

// album makes a media folder with that many pictures and films.
func album(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "media"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for name, data := range map[string]string{
			fmt.Sprintf("p%d.gif", i): gifFile + fmt.Sprint(i), fmt.Sprintf("f%d.mp4", i): film + box("free", fmt.Sprint(i)),
			fmt.Sprintf("p%d.txt", i): fmt.Sprintf("Page %d of the sketchbook.", i),
		} {
			if err := os.WriteFile(filepath.Join(dir, "media", name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

const gifFile = "GIF89a"

// film is an MP4 of five seconds; what follows it differs from film to film.
var film = box("ftyp", "isom\x00\x00\x00\x00") + box("moov", box("mvhd", "\x00\x00\x00\x00"+"\x00\x00\x00\x00"+"\x00\x00\x00\x00"+"\x00\x00\x03\xe8"+"\x00\x00\x13\x88"+string(make([]byte, 80))))

func box(name, content string) string {
	n := len(content) + 8
	return string([]byte{0, 0, byte(n >> 8), byte(n)}) + name + content
}
