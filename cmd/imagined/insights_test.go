package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

const thinkerFile = `
handle: nova
name: Nova
timezone: Europe/Paris
interests:
  - {topic: generative art, hashtags: [generativeart], weight: 3}
  - {topic: procedural sound, hashtags: [soundart]}
schedule: {post: "15 9,18 * * *"}
`

// thinking is a journal of so many weeks, in which generative art is answered
// more, and posts at noon are.
func thinking(t *testing.T, path string, count int, edits ...string) (*state.Store, *persona.Persona) {
	t.Helper()
	store, err := state.Open(path, "nova")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	who, err := persona.Parse("nova.yaml", []byte(strings.NewReplacer(edits...).Replace(thinkerFile)))
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs.Keep(store, who); err != nil {
		t.Fatal(err)
	}
	var weeks []planner.Week
	var learned planner.Learned
	r := rand.New(rand.NewPCG(3, 4))
	total := 0
	for n := range count {
		at := time.Date(2026, 3, 8, 19, 7, 0, 0, time.UTC).AddDate(0, 0, 7*n)
		year, week := at.ISOWeek()
		w := planner.Week{Name: fmt.Sprintf("%d-W%02d", year, week), At: at, From: at.AddDate(0, 0, -8), To: at.AddDate(0, 0, -1)}
		art, sound, noon := 30+n+r.IntN(8), 6+r.IntN(4), 16+r.IntN(5)
		w.Topics = map[string]planner.Tally{
			"generative art": {Did: 60 + r.IntN(30), Posts: 10, Answers: art, Marks: art}, "procedural sound": {Did: 10 + r.IntN(9), Posts: 7, Answers: sound, Marks: sound},
		}
		w.Hours = map[int]planner.Tally{
			9: {Did: 25, Posts: 7, Answers: 14, Marks: 14}, 11: {Did: 12, Posts: 3, Answers: noon, Marks: noon}, 18: {Did: 30, Posts: 7, Answers: art + sound - 20, Marks: art + sound - 20},
		}
		gained := 150 + 4*n + r.IntN(60)
		total += gained
		level := 1
		for _, from := range []int{100, 300, 600, 1000, 1500, 2200, 3000, 4000, 5500} {
			if total >= from {
				level++
			}
		}
		w.Figures = planner.Figures{AXP: total, Level: level, Gained: gained, Followers: 12 + 3*n, Won: 3, Posts: 17, Likes: art, Comments: sound, Reposts: r.IntN(4), Views: 400 + 30*n}
		learned = planner.Learn(who, append(weeks, w), learned, at)
		w.Weights, w.PostHours = planner.Weights(learned.Effective(who)), planner.PostHours(learned.Effective(who))
		weeks = append(weeks, w)
	}
	for name, value := range map[string]any{"weeks": weeks, "learned": learned} {
		text, err := json.Marshal(value)
		if err == nil {
			err = store.SetCursor(name, string(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return store, who
}

func TestInsights_Pages(t *testing.T) {
	t.Parallel()
	for _, page := range []struct {
		name  string
		weeks int
		bars  string
		edits []string
	}{
		{"insights.golden", 12, blocks, nil},
		{"insights_ascii.golden", 40, plainBars, nil},
		{"insights_first.golden", 1, blocks, []string{"timezone:", "learn: off\ntimezone:"}},
		{"insights_none.golden", 0, blocks, nil},
	} {
		store, _ := thinking(t, filepath.Join(t.TempDir(), "state", "nova.db"), page.weeks, page.edits...)
		in, err := insightsOf(store, "nova")
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		in.print(sheet{&text, in.zone}, page.bars)
		golden(t, page.name, text.String())
		for _, r := range text.String() {
			if page.bars == plainBars && r > 126 {
				t.Errorf("%s: %q is not ASCII", page.name, r)
			}
		}
	}
}

func TestInsights_Chart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		figures []float64
		want    string
	}{
		{nil, ""},
		{[]float64{0, 0}, "▁▁"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		{[]float64{100, 99, 101}, "███"}, // a little is shown as a little
		{[]float64{-5, 7}, "▁█"},
		{append(make([]float64, 26), 1), strings.Repeat("▁", 25) + "█"},
	} {
		if got := chart(tt.figures, blocks); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.figures, got, tt.want)
		}
	}
}

// TestInsights_BesideTheDaemon: the page is that of the journal which a daemon
// lives by; check and plan show what was learned; a reset is left for the daemon
// and, without one, done at once.
func TestInsights_BesideTheDaemon(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("nova.yaml", thinkerFile)
	store, _ := thinking(t, journalPath(h.env["IMAGINED_DATA"], "nova"), 12)
	var got insights
	if err := json.Unmarshal([]byte(h.does("insights", "--json")), &got); err != nil || len(got.Weeks) != 12 || len(got.Changes) != 3 || !got.Learn {
		t.Errorf("%v, %+v", err, got)
	}
	if page := h.does("insights", "@nova"); !strings.Contains(page, "@nova, 12 weeks, the latest 2026-W21") || strings.Contains(page, "█") {
		t.Errorf("without a locale:\n%s", page)
	}
	h.env["LANG"] = "de_DE.UTF-8"
	if page := h.does("insights"); !strings.Contains(page, "█") {
		t.Errorf("with UTF-8:\n%s", page)
	}
	page := h.does("check", filepath.Join(h.dir, "nova.yaml"))
	for _, want := range []string{"# learned: generative art 3 -> ", "# learned: hours of post 9,18 -> 10,18"} {
		if !strings.Contains(page, want) {
			t.Errorf("check does not show %q:\n%s", want, page)
		}
	}
	if !regexp.MustCompile(`post .* 10:[12]\d:`).MatchString(page) {
		t.Errorf("check does not show the hour that was moved:\n%s", page)
	}
	if page := h.does("insights", "--reset"); !strings.Contains(page, "will take") && !strings.Contains(page, "has taken") {
		t.Errorf("beside a daemon, reset says %q", page)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if page := h.does("insights", "nova", "--reset"); !strings.Contains(page, "as the file says again") {
		t.Errorf("reset says %q", page)
	}
	if page := h.does("insights"); !strings.Contains(page, "all is as the file says") || !strings.Contains(page, "12 weeks") {
		t.Errorf("after a reset:\n%s", page)
	}
	if code, _, errs := h.line("", "insights", "nobody"); code != exitFailed || !strings.Contains(errs, "there are: nova") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestPlan_Learned: a dry tick says by what it decided instead of the file.
func TestPlan_Learned(t *testing.T) {
	t.Parallel()
	store, who := thinking(t, filepath.Join(t.TempDir(), "state", "nova.db"), 12)
	changes, err := changesIn(store, who)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	sheet{&page, time.UTC}.learned(changes)
	golden(t, "plan-learned.golden", page.String())
}
