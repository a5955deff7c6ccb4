package planner_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
)

const learner = `
handle: nova_learner
name: Nova
timezone: Europe/Paris
quiet_hours: 22:00-07:00
interests:
  - {topic: plotters, hashtags: [plotter], weight: 3}
  - {topic: tape, hashtags: [tape], weight: 2}
  - {topic: clay, hashtags: [clay], weight: 0.5}
schedule:
  post: "15 8,18 * * *"
`

func learning(t *testing.T, edits ...string) *persona.Persona {
	t.Helper()
	who, err := persona.Parse("nova.yaml", []byte(strings.NewReplacer(edits...).Replace(learner)))
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// sunday is when the nth week of a life is looked at.
func sunday(n int) time.Time {
	return time.Date(2026, 3, 8, 19, 30, 0, 0, time.UTC).AddDate(0, 0, 7*n)
}

// weekOf is the nth week, with posts that were answered so often each.
func weekOf(n, posts int, answers map[string]int) planner.Week {
	at := sunday(n)
	year, week := at.ISOWeek()
	w := planner.Week{Name: fmt.Sprintf("%d-W%02d", year, week), At: at, From: at.AddDate(0, 0, -8), To: at.AddDate(0, 0, -1)}
	w.Topics = make(map[string]planner.Tally)
	for topic, each := range answers {
		w.Topics[topic] = planner.Tally{Posts: posts, Answers: posts * each, Marks: posts * min(each, planner.MostMarks)}
	}
	return w
}

// TestLearn_Bounds: two years of figures that somebody makes up, with likes
// from a thousand bots for one topic at a time. No weight ever leaves half to
// double, no week moves one by more than a twentieth of the file's, no hour is
// further than two from the file's or quiet, and all else of the persona stays
// as it is.
func TestLearn_Bounds(t *testing.T) {
	t.Parallel()
	who := learning(t)
	seeds := uint64(20)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		var weeks []planner.Week
		var learned planner.Learned
		hours := []int{8, 18}
		touched := map[string]float64{"plotters": 3, "tape": 2, "clay": 0.5}
		lowest, highest := 9.0, 0.0
		favourite := "tape"
		for n := range 104 {
			if r.IntN(20) == 0 {
				favourite = []string{"plotters", "tape", "clay"}[r.IntN(3)]
			}
			w := weekOf(n, r.IntN(12), map[string]int{"plotters": r.IntN(3), "tape": 0, "clay": r.IntN(2), favourite: 1000})
			w.Hours = make(map[int]planner.Tally)
			for hour := range 24 {
				posts := r.IntN(9)
				w.Hours[hour] = planner.Tally{Posts: posts, Answers: 1000 * posts, Marks: posts * r.IntN(planner.MostMarks+1)}
			}
			if r.IntN(9) == 0 { // a record that somebody has broken
				w.Topics["clay"] = planner.Tally{Posts: 5, Marks: math.MaxInt32}
			}
			weeks = append(weeks, w)
			learned = planner.Learn(who, weeks, learned, w.At)
			for topic, m := range learned.Now.Weights {
				if m.Now < m.File/2 || m.Now > m.File*2 {
					t.Fatalf("seed %d, week %d: %s is kept as %+v", seed, n, topic, m)
				}
			}
			now := learned.Effective(who)
			for _, in := range now.Interests {
				file := map[string]float64{"plotters": 3, "tape": 2, "clay": 0.5}[in.Topic]
				if in.Weight < file/2 || in.Weight > file*2 {
					t.Fatalf("seed %d, week %d: %s weighs %v, and %v in the file", seed, n, in.Topic, in.Weight, file)
				}
				if step := math.Abs(in.Weight - touched[in.Topic]); step > 0.05*file+1e-9 {
					t.Fatalf("seed %d, week %d: %s moved by %v", seed, n, in.Topic, step)
				}
				touched[in.Topic] = in.Weight
				lowest, highest = min(lowest, in.Weight/file), max(highest, in.Weight/file)
			}
			at := planner.PostHours(now)
			steps := 0
			for i, file := range []int{8, 18} {
				if at[i] < file-2 || at[i] > file+2 || at[i] < 7 || at[i] >= 22 {
					t.Fatalf("seed %d, week %d: posts at %v", seed, n, at)
				}
				steps += max(at[i]-hours[i], hours[i]-at[i])
			}
			if steps > 1 {
				t.Fatalf("seed %d, week %d: hours moved from %v to %v", seed, n, hours, at)
			}
			hours = at
			same := *now
			same.Interests, same.Schedule = who.Interests, who.Schedule
			if same.Hash() != who.Hash() {
				t.Fatal("something else was moved")
			}
		}
		if seed == 0 {
			t.Logf("weights went from %.2f to %.2f of the file's, hours to %v", lowest, highest, hours)
		}
		if highest < 1.2 || lowest > 0.8 {
			t.Errorf("seed %d: weights only went from %.2f to %.2f: the bounds were not tried", seed, lowest, highest)
		}
	}
	if who.Hash() != learning(t).Hash() {
		t.Error("the persona that was handed in has changed")
	}
}

// TestLearn_ReachesTheBounds: a topic that all the answers go to ends at double,
// or at what the answers allow, and one without any at half; the lists follow.
func TestLearn_ReachesTheBounds(t *testing.T) {
	t.Parallel()
	who := learning(t)
	var weeks []planner.Week
	var learned planner.Learned
	for n := range 60 {
		weeks = append(weeks, weekOf(n, 9, map[string]int{"plotters": 0, "tape": 9, "clay": 0}))
		learned = planner.Learn(who, weeks, learned, sunday(n))
	}
	got := planner.Weights(learned.Effective(who))
	if got["plotters"] != 1.5 || got["tape"] != 4 || got["clay"] != 0.25 {
		t.Errorf("weights %v", got)
	}
	if names := planner.Topics(learned.Effective(who)); !slices.Equal(names, []string{"tape", "plotters", "clay"}) {
		t.Errorf("the order is %v", names)
	}
	for _, c := range learned.Changes(who) {
		if !strings.Contains(c.Why, "72 posts in 8 weeks were answered") || c.Now == c.File {
			t.Errorf("%+v", c)
		}
	}
	// Nothing is said of topics any more: back to the file, a little a week.
	for n := range 60 {
		weeks = append(weeks, weekOf(60+n, 0, nil))
		learned = planner.Learn(who, weeks, learned, sunday(60+n))
	}
	if learned.Effective(who) != who || len(learned.Changes(who)) != 0 {
		t.Errorf("after a year of silence: %v", learned.Changes(who))
	}
}

// TestLearn_OneLuckyPost: what one post gets is no evidence, nor what a few
// posts get, nor a small difference.
func TestLearn_OneLuckyPost(t *testing.T) {
	t.Parallel()
	who := learning(t)
	for name, w := range map[string]planner.Week{
		"few posts":          weekOf(0, 3, map[string]int{"plotters": 0, "tape": 500, "clay": 1}),
		"a small difference": weekOf(0, 20, map[string]int{"plotters": 10, "tape": 9, "clay": 10}),
		"no answers":         weekOf(0, 20, map[string]int{"plotters": 0, "tape": 0, "clay": 0}),
	} {
		if learned := planner.Learn(who, []planner.Week{w}, planner.Learned{}, w.At); learned.Effective(who) != who {
			t.Errorf("%s: %v", name, learned.Changes(who))
		}
	}
}

// TestLearn_OnceAWeek: a week that is looked at again counts anew, not twice;
// another value in the file is a new beginning; and what is broken in the
// record does not get out.
func TestLearn_OnceAWeek(t *testing.T) {
	t.Parallel()
	who := learning(t)
	weeks := []planner.Week{weekOf(0, 9, map[string]int{"plotters": 1, "tape": 5, "clay": 1})}
	learned := planner.Learn(who, weeks, planner.Learned{}, sunday(0))
	for range 10 {
		learned = planner.Learn(who, weeks, kept(t, learned), sunday(0))
	}
	if got := planner.Weights(learned.Effective(who)); got["tape"] != 2.1 || got["plotters"] != 2.85 {
		t.Errorf("weights %v", got)
	}
	want := "9 posts in a week were answered 5.0 times each, posts of all topics 2.3 times: up from 2 to 2.1"
	if c := learned.Changes(who); len(c) != 3 || c[1].Why != want || c[1].String() != "tape 2 -> 2.1" {
		t.Errorf("%+v", c)
	}
	edited := learning(t, "weight: 2}", "weight: 4}")
	if got := planner.Weights(learned.Effective(edited)); got["tape"] != 4 || got["plotters"] != 2.85 {
		t.Errorf("with another weight in the file: %v", got)
	}
	again := planner.Learn(edited, append(weeks, weekOf(1, 9, map[string]int{"tape": 5, "clay": 1, "plotters": 1})), learned, sunday(1))
	if got := planner.Weights(again.Effective(edited)); got["tape"] != 4.2 {
		t.Errorf("one week later: %v", got)
	}
	off := learning(t, "timezone:", "learn: off\ntimezone:")
	if learned.Effective(off) != off || planner.Learn(off, append(weeks, weekOf(1, 9, nil)), learned, sunday(1)).Week != learned.Week {
		t.Error("it learns, though learn is off")
	}
	learned.Now.Weights["tape"] = planner.Move{File: 2, Now: 900}
	learned.Now.Weights["clay"] = planner.Move{File: 0.5, Now: -3}
	learned.Now.Post = &planner.HourMove{File: "15 8,18 * * *", Now: []int{3, 99}}
	got := learned.Effective(who)
	if w := planner.Weights(got); w["tape"] != 4 || w["clay"] != 0.25 || got.Schedule["post"] != who.Schedule["post"] {
		t.Errorf("of a broken record: %v, %v", w, got.Schedule["post"])
	}
}

// kept is what comes back from the journal.
func kept(t *testing.T, learned planner.Learned) (back planner.Learned) {
	t.Helper()
	text, err := json.Marshal(learned)
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestLearn_Hours: an hour moves to where posts were answered more, one a week,
// two at most; never into quiet hours, next to another, or so that a post would
// come twice on the day.
func TestLearn_Hours(t *testing.T) {
	t.Parallel()
	hours := func(each map[int]int) map[int]planner.Tally {
		all := make(map[int]planner.Tally)
		for hour, n := range each {
			all[hour] = planner.Tally{Posts: 6, Answers: 6 * n, Marks: 6 * n}
		}
		return all
	}
	for _, tt := range []struct {
		name  string
		posts string
		each  map[int]int
		weeks int
		want  string
	}{
		{"later", "15 8,18 * * *", map[int]int{8: 1, 11: 4, 18: 1}, 1, "9,18"},
		{"two at most", "15 8,18 * * *", map[int]int{8: 1, 9: 1, 10: 1, 11: 4, 12: 4, 13: 4, 18: 1}, 6, "10,18"},
		{"earlier", "15 8,18 * * *", map[int]int{8: 1, 18: 1, 16: 4}, 1, "8,17"},
		{"one a week", "15 8,18 * * *", map[int]int{8: 1, 11: 4, 16: 4, 18: 1}, 1, "9,18"},
		{"not enough of a difference", "15 8,18 * * *", map[int]int{8: 4, 11: 5, 18: 4}, 6, "8,18"},
		{"not into the night", "15 7,18 * * *", map[int]int{7: 1, 6: 9, 18: 1}, 6, "7,18"},
		{"not next to another", "15 8,10 * * *", map[int]int{8: 1, 9: 5, 10: 5}, 6, "8,10"},
		{"not a second time today", "15 19,20 * * *", map[int]int{19: 5, 20: 1, 21: 7}, 6, "19,20"},
		{"another form", "15 8-18/5 * * *", map[int]int{8: 1, 11: 4}, 6, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			who := learning(t, `"15 8,18 * * *"`, `"`+tt.posts+`"`)
			var weeks []planner.Week
			var learned planner.Learned
			for n := range tt.weeks {
				w := weekOf(n, 0, nil)
				w.Hours = hours(tt.each)
				weeks = append(weeks, w)
				learned = planner.Learn(who, weeks, kept(t, learned), w.At)
			}
			lived := learned.Effective(who)
			if got := strings.Trim(strings.ReplaceAll(fmt.Sprint(planner.PostHours(lived)), " ", ","), "[]"); got != tt.want {
				t.Errorf("posts at %q, want %q", got, tt.want)
			}
			night := *who
			night.QuietHours = "09:00-08:00"
			if got := learned.Effective(&night); tt.name == "later" && got.Schedule["post"].Cron != tt.posts {
				t.Errorf("an hour that is quiet now is still kept: %v", got.Schedule["post"])
			}
		})
	}
}
