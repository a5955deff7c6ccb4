package jobs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// TestGuide_BuildYourReputation is the guide's workflow of that name, its
// numbered steps asserted one by one at the sandbox.
func TestGuide_BuildYourReputation(t *testing.T) {
	long(t)
	t.Parallel()
	said, chosen := 0, 0
	m := newModel(t, func(request string) (int, string) {
		if found := firstNumber.FindStringSubmatch(request); found != nil {
			decisions := ""
			chosen++
			for i, act := range []string{"like", "comment", []string{"amplify", "amplify", "repost"}[chosen%3]} {
				decisions += strings.Repeat(",", min(i, 1)) + fmt.Sprintf(`{"post":%s,"act":%q,"why":"patient work"}`, found[1], act)
			}
			return 200, says(`{"decisions":[` + decisions + `]}`)
		}
		said++
		return 200, says(`{"text":"` + words(uint64(said), 60) + `"}`) // #nosec G115
	})
	w := newWorld(t)
	asked := w.overHTTP()
	w.persona.Schedule["generate"] = persona.Job{Cron: "off"}
	w.persona.Schedule["engage"] = persona.Job{Cron: "0 */2 * * *"}
	w.persona.Schedule["reflect"] = persona.Job{Cron: "0 20 * * 0", Missed: "once"}
	w.persona.Limits["post"] = persona.Limit{Hour: new(2), Day: new(4)} // two days touch in a window of 24 hours
	first, err := w.client.XP(t.Context(), "nova_test")
	if err != nil {
		t.Fatal(err)
	}
	w.live(w.jobs(m.brain(t)), 6*24*time.Hour+13*time.Hour) // from Monday morning until Sunday evening

	// 1. Post consistently about your area of expertise.
	topics := planner.Topics(w.persona)
	days := make(map[string]int)
	for _, e := range w.effects("createPost") {
		days[e.At.Format(time.DateOnly)]++
	}
	for day, n := range days {
		if n != 2 {
			t.Errorf("1: %d posts on %s", n, day)
		}
	}
	if len(days) != 7 {
		t.Errorf("1: posts on %d days: %v", len(days), days)
	}
	for _, e := range w.entriesOf("post") {
		if e.Status == state.Done && !slices.Contains(topics, e.Topic) {
			t.Errorf("1: post %d is about %q", e.ID, e.Topic)
		}
	}

	// 2. Engage with others' content (likes, comments, reposts, amplifies).
	for _, op := range []string{"likePost", "createComment", "repostPost", "amplifyPost"} {
		if n := len(w.effects(op)); n == 0 {
			t.Errorf("2: no %s", op)
		}
	}

	// 3. Earn AXP and level up through activity.
	xp, err := w.client.XP(t.Context(), "nova_test")
	if err != nil || first.Level != 1 || xp.Level < 2 || xp.Total < first.Total+10*len(w.effects("createPost"))+3*len(w.effects("createComment")) {
		t.Errorf("3: experience went from %+v to %+v, %v", first, xp, err)
	}

	// 4. Track your growth with the analytics endpoints.
	for _, want := range []string{"GET /api/analytics/overview", "GET /api/agents/nova_test/xp"} {
		if !slices.Contains(asked(), want) {
			t.Errorf("4: no %s", want)
		}
	}
	weeks := w.weeks()
	if len(weeks) != 1 || weeks[0].Name != "2026-W10" {
		t.Fatalf("4: weeks %+v", weeks)
	}
	f := weeks[0].Figures
	if f.Posts != 14+len(w.effects("repostPost")) || f.AXP <= first.Total || f.Level < 2 || weeks[0].Did["post"] != 14 || weeks[0].Did["like"] != len(w.effects("likePost")) {
		t.Errorf("4: %+v, did %v", f, weeks[0].Did)
	}
	t.Logf("%d likes, %d comments, %d amplifies; level %d, %d AXP; %+v", len(w.effects("likePost")), len(w.effects("createComment")), len(w.effects("amplifyPost")), xp.Level, xp.Total, f)
}

func (w *world) weeks() []planner.Week {
	w.t.Helper()
	weeks, err := jobs.Weeks(w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	return weeks
}

func (w *world) learned() planner.Learned {
	w.t.Helper()
	learned, err := jobs.Learned(w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	return learned
}

// thinker is a still world whose persona posts five times a day and reflects on
// Sundays, with a model that writes.
func thinker(t *testing.T) (*world, *model) {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.only("post", "reflect")
	w.persona.QuietHours = ""
	w.persona.Limits = persona.Limits{}
	w.persona.Schedule["post"] = persona.Job{Cron: "15 8,10,13,16,19 * * *", Missed: "skip"}
	w.persona.Schedule["reflect"] = persona.Job{Cron: "0 20 * * 0", Missed: "once", MaxLate: 24 * time.Hour}
	n := 0
	return w, newModel(t, func(string) (int, string) {
		n++
		return 200, says(`{"text":"` + words(uint64(n), 60) + `"}`) // #nosec G115
	})
}

// admire has others like posts that were not liked before: those about a topic
// by so many agents, and of an hour, where one is given.
func (w *world) admire(liked map[string]bool, friends []*apiclient.Client, likes func(state.Entry) int) {
	w.t.Helper()
	for _, e := range w.entriesOf("post") {
		if e.Status != state.Done || liked[e.RemoteID] {
			continue
		}
		liked[e.RemoteID] = true
		for _, friend := range friends[:likes(e)] {
			if _, err := friend.LikePost(w.t.Context(), e.RemoteID); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) friends(n int) (friends []*apiclient.Client) {
	for i := range n {
		friends = append(friends, w.resident(fmt.Sprintf("friend_%d", i)))
	}
	return friends
}

// lucky are the posts at one o'clock, and those about one topic.
func lucky(e state.Entry) int {
	switch {
	case e.DoneAt.Hour() == 13:
		return 6
	case e.Topic == "ambient music":
		return 4
	}
	return 0
}

// TestReflect_Figures: what a week keeps is what the sandbox counts, to the
// last like; the model is not asked, nothing is written on the platform, and
// what is read is bounded.
func TestReflect_Figures(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	friends, liked := w.friends(4), make(map[string]bool)
	w.live(w.jobs(m.brain(t)), 6*24*time.Hour+11*time.Hour) // Sunday at 19
	w.admire(liked, friends, func(e state.Entry) int { return int(e.ID) % 5 })
	posts := w.effects("createPost")
	w.comments(friends[0], posts[3].ID, "", "I know that corner.")
	if _, err := friends[1].Repost(t.Context(), posts[4].ID); err != nil {
		t.Fatal(err)
	}
	for _, friend := range friends[:3] {
		if _, err := friend.Follow(t.Context(), "nova_test"); err != nil {
			t.Fatal(err)
		}
	}
	asked, effects, read := m.count(), len(w.sandbox.Effects()), w.overHTTP()
	w.persona.Schedule["post"] = persona.Job{Cron: "off"}
	w.live(w.jobs(m.brain(t)), 2*time.Hour)
	if m.count() != asked || len(w.sandbox.Effects()) != effects {
		t.Errorf("%d model calls, %d effects", m.count()-asked, len(w.sandbox.Effects())-effects)
	}
	if n := len(read()); n > 60+5 {
		t.Errorf("%d requests", n)
	}
	week := w.weeks()[0]
	likes, own, hours := 0, planner.Tally{}, make(map[int]planner.Tally)
	for _, e := range posts {
		p, err := w.client.Post(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		likes += p.LikeCount
		if e.At.After(week.To) { // of the last day: next week's
			continue
		}
		n := p.LikeCount + p.CommentCount + p.RepostCount
		own = own.Plus(planner.Tally{Did: 0, Posts: 1, Answers: n, Marks: n})
		hours[e.At.Hour()] = hours[e.At.Hour()].Plus(planner.Tally{Posts: 1, Answers: n, Marks: n})
	}
	want := planner.Figures{Won: 3, Followers: 3, Posts: len(posts), Likes: likes, Comments: 1, Reposts: 1}
	xp, err := w.client.XP(t.Context(), "nova_test")
	if err != nil {
		t.Fatal(err)
	}
	want.AXP, want.Level, want.Gained = xp.Total, xp.Level, xp.Recent
	if week.Figures != want {
		t.Errorf("figures %+v, the sandbox has %+v", week.Figures, want)
	}
	all := planner.Tally{}
	for _, tally := range week.Topics {
		all = all.Plus(tally)
	}
	if all.Did != len(posts) || all.Posts != own.Posts || all.Answers != own.Answers || all.Posts < 25 || len(week.Topics) != 2 {
		t.Errorf("topics %+v, the sandbox has %+v of %d posts", week.Topics, own, len(posts))
	}
	for hour, tally := range hours {
		if got := week.Hours[hour]; got.Posts != tally.Posts || got.Answers != tally.Answers {
			t.Errorf("at %d o'clock %+v, the sandbox has %+v", hour, got, tally)
		}
	}
}

// TestReflect_Learns lives eight weeks in which one topic and one hour are
// liked: weights and an hour move by it, the planner decides by them, the
// schedule follows without a restart, and a reset goes back.
func TestReflect_Learns(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	friends, liked := w.friends(6), make(map[string]bool)
	j := w.jobs(m.brain(t))
	for range 8 * 7 {
		w.live(j, 24*time.Hour)
		w.admire(liked, friends, lucky)
	}
	weeks := w.weeks()
	if len(weeks) != 8 {
		t.Fatalf("%d weeks", len(weeks))
	}
	if w.persona.Interests[0].Weight != 3 || j.Persona.Schedule["post"].Cron != "15 8,10,13,16,19 * * *" {
		t.Error("the file's persona has changed")
	}
	lived := j.Planner.Persona
	weights := planner.Weights(lived)
	if weights["ambient music"] <= 2.2 || weights["ambient music"] > 4 || weights["generative art"] >= 2.9 || weights["generative art"] < 1.5 {
		t.Errorf("weights %v; learned %+v", weights, w.learned().Now)
	}
	if got := planner.PostHours(lived); !slices.Contains(got, 11) && !slices.Contains(got, 15) {
		t.Errorf("posts at %v", got)
	}
	moved := 0
	for _, e := range w.effects("createPost") {
		if h := e.At.Hour(); h == 11 || h == 15 || h == 9 {
			moved++
		}
	}
	if moved == 0 {
		t.Error("the schedule did not follow")
	}
	notes := 0
	for _, e := range w.entriesOf("plan") {
		if e.Job == "reflect" && strings.Contains(e.Error, "ambient music 2 -> 2.1, as ") {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d entries say what moved first", notes)
	}

	said, err := jobs.Obey(w.store, state.Command{Verb: "unlearn", At: w.Now()}, w.Now())
	if err != nil || said != "weights and hours are as the file says again" {
		t.Errorf("%q, %v", said, err)
	}
	w.live(j, 24*time.Hour)
	if j.Planner.Persona != j.Persona {
		t.Error("after a reset it does not live by the file")
	}
	if len(w.weeks()) < 8 {
		t.Error("the figures are gone")
	}
	hours := make(map[int]bool)
	before := len(w.effects("createPost"))
	w.live(w.jobs(m.brain(t)), 24*time.Hour)
	for _, e := range w.effects("createPost")[before:] {
		hours[e.At.Hour()] = true
	}
	if got := slices.Sorted(maps.Keys(hours)); !slices.Equal(got, []int{8, 10, 13, 16, 19}) {
		t.Errorf("after a reset it posts at %v", got)
	}
}

// TestReflect_WithoutARestart: within one run of the loop, what a Sunday comes
// to holds on Monday, and a reset from the moment of the command.
func TestReflect_WithoutARestart(t *testing.T) {
	long(t)
	t.Parallel()
	for _, tt := range []struct {
		posts           string
		monday, tuesday []int
	}{
		{"15 8,10,13,16,19 * * *", []int{8, 11, 13, 16, 19}, []int{8, 10, 13, 16, 19}},
		{"15 8-19/3 * * *", []int{8, 11, 14, 17}, []int{8, 11, 14, 17}}, // of a form whose hours stay
	} {
		w, m := thinker(t)
		w.persona.Schedule["post"] = persona.Job{Cron: tt.posts, Missed: "skip"}
		friends, liked := w.friends(6), make(map[string]bool)
		j := w.jobs(m.brain(t))
		w.live(j, 5*24*time.Hour+12*time.Hour)
		w.admire(liked, friends, lucky)
		inbox := state.InboxOf(w.path)
		j.Inbox = &inbox
		var weights map[string]float64
		j.Reload = func() (jobs.Change, error) {
			if w.Now().Day() == 10 && w.Now().Hour() >= 9 && weights == nil { // Tuesday morning
				weights = planner.Weights(j.Planner.Persona)
				if _, err := inbox.Post(state.Command{Verb: "unlearn", At: w.Now()}); err != nil {
					t.Error(err)
				}
			}
			return jobs.Change{}, nil
		}
		before := len(w.effects("createPost"))
		w.live(j, 3*24*time.Hour+12*time.Hour)
		if weights["ambient music"] <= 2 && weights["generative art"] >= 3 {
			t.Errorf("%s: on Tuesday the weights are %v", tt.posts, weights)
		}
		hours := make(map[int][]int)
		for _, e := range w.effects("createPost")[before:] {
			hours[e.At.Day()] = append(hours[e.At.Day()], e.At.Hour())
		}
		if !slices.Equal(hours[9], tt.monday) || !slices.Equal(hours[10], tt.tuesday) {
			t.Errorf("%s: posts at %v on Monday, at %v on Tuesday", tt.posts, hours[9], hours[10])
		}
		if j.Planner.Persona != j.Persona {
			t.Errorf("%s: after the reset %v", tt.posts, planner.Weights(j.Planner.Persona))
		}
	}
}

// TestReflect_Off: with learn: off the figures are kept, and nothing moves.
func TestReflect_Off(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	w.persona.Learn = "off"
	friends, liked := w.friends(6), make(map[string]bool)
	j := w.jobs(m.brain(t))
	for range 3 * 7 {
		w.live(j, 24*time.Hour)
		w.admire(liked, friends, func(e state.Entry) int {
			return map[string]int{"ambient music": 6}[e.Topic]
		})
	}
	if len(w.weeks()) != 3 || w.weeks()[2].Topics["ambient music"].Answers == 0 {
		t.Errorf("weeks %+v", w.weeks())
	}
	if j.Planner.Persona != j.Persona || w.learned().Week != "" {
		t.Errorf("learned %+v", w.learned())
	}
}

// TestReflect_Restarts: restarts in the middle of the week, and one across the
// time itself, leave one record a week; a week that is looked at again by hand
// is counted anew; a restart says nothing of a missed run that is to come.
func TestReflect_Restarts(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	for range 6 {
		w.live(w.jobs(m.brain(t)), 24*time.Hour)
	}
	if strings.Contains(w.log.String(), "missed") {
		t.Errorf("the log says:\n%s", w.log)
	}
	w.live(w.jobs(m.brain(t)), 11*time.Hour+30*time.Minute) // Sunday at 19:30
	w.Advance(5 * time.Hour)                                // down until Monday
	w.live(w.jobs(m.brain(t)), 30*time.Minute)
	if weeks := w.weeks(); len(weeks) != 1 || weeks[0].Name != "2026-W10" {
		t.Fatalf("after a run that was made up for: %+v", weeks)
	}
	w.live(w.jobs(m.brain(t)), 3*24*time.Hour)
	w.only("reflect")
	for range 3 { // by hand, on Thursday and Friday
		if err := w.jobs(m.brain(t)).Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Advance(21 * time.Hour)
	}
	first := w.learned()
	w.persona.Schedule["reflect"] = persona.Job{Cron: "0 20 * * 0", Missed: "once", MaxLate: 24 * time.Hour}
	w.live(w.jobs(m.brain(t)), 4*24*time.Hour)
	weeks := w.weeks()
	if len(weeks) != 2 || weeks[1].Name != "2026-W11" || weeks[1].At.Weekday() != time.Sunday {
		t.Errorf("weeks %+v", weeks)
	}
	if first.Week != "2026-W11" || w.learned().Week != "2026-W11" {
		t.Errorf("learned of %s and %s", first.Week, w.learned().Week)
	}
	posts, did := 0, 0
	for _, week := range weeks {
		did += week.Did["post"]
		for _, tally := range week.Topics {
			posts += tally.Posts
		}
	}
	if want := len(w.effects("createPost")); posts != want || did != want {
		t.Errorf("%d posts were counted in all weeks, %d as done, the sandbox has %d", posts, did, want)
	}

	// Two weeks more, the second of which is looked at on Monday noon.
	w.persona.Schedule["post"] = persona.Job{Cron: "15 8,10,13,16,19 * * *", Missed: "skip"}
	w.live(w.jobs(m.brain(t)), march(22, 20).Add(5*time.Minute).Sub(w.Now()))
	w.live(w.jobs(m.brain(t)), march(29, 19).Sub(w.Now()))
	w.Advance(17 * time.Hour)
	w.live(w.jobs(m.brain(t)), 30*time.Minute)
	weeks, did = w.weeks(), 0
	for _, week := range weeks {
		did += week.Did["post"]
	}
	if want := len(w.effects("createPost")); len(weeks) != 4 || did != want {
		t.Errorf("%d posts were counted as done in %d weeks, the sandbox has %d", did, len(weeks), want)
	}
}

// march is an hour of a day of March.
func march(day, hour int) time.Time {
	return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC)
}

// TestReflect_SeriesIsBounded: two years are kept, no more.
func TestReflect_SeriesIsBounded(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	var weeks []planner.Week
	for n := range 104 {
		at := w.Now().AddDate(0, 0, -7*(104-n))
		year, week := at.ISOWeek()
		weeks = append(weeks, planner.Week{Name: fmt.Sprintf("%d-W%02d", year, week), At: at, From: at.AddDate(0, 0, -8), To: at.AddDate(0, 0, -1)})
	}
	weeks = append(weeks, planner.Week{Name: "2031-W01", At: w.Now().AddDate(5, 0, 0)}) // by a clock that was wrong
	text, err := json.Marshal(weeks)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.SetCursor("weeks", string(text)); err != nil {
		t.Fatal(err)
	}
	w.live(w.jobs(m.brain(t)), 14*24*time.Hour)
	got := w.weeks()
	if len(got) != 104 || got[0].Name != weeks[2].Name || got[103].Name != "2026-W11" {
		t.Errorf("%d weeks, from %s to %s", len(got), got[0].Name, got[len(got)-1].Name)
	}
	if kept, err := w.store.Cursor("weeks"); err != nil || len(kept) > 100_000 {
		t.Errorf("%d bytes, %v", len(kept), err)
	}
}

// TestReflect_PlatformFails: what the platform does not give is named, the run
// is in order, and posts that could not be read are counted the week after.
func TestReflect_PlatformFails(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	w.live(w.jobs(m.brain(t)), 6*24*time.Hour)
	honest := w.client
	w.client = w.through(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && (strings.HasPrefix(r.URL.Path, "/api/analytics") || strings.HasPrefix(r.URL.Path, "/api/posts/") || strings.HasSuffix(r.URL.Path, "/xp")) {
			http.Error(rw, `{"error":"not_here"}`, http.StatusBadRequest)
			return
		}
		w.sandbox.ServeHTTP(rw, r)
	}))
	w.live(w.jobs(m.brain(t)), 24*time.Hour)
	week := w.weeks()[0]
	if !slices.Equal(week.Missing, []string{"answers", "analytics", "experience"}) || week.Did["post"] == 0 {
		t.Errorf("missing %v, did %v", week.Missing, week.Did)
	}
	if job, err := w.store.Job("reflect"); err != nil || job.Error != "" || job.Runs != 1 {
		t.Errorf("%+v, %v", job, err)
	}
	w.client = honest
	w.live(w.jobs(m.brain(t)), 7*24*time.Hour)
	posts, did := 0, 0
	for _, week := range w.weeks() {
		did += week.Did["post"]
		for _, tally := range week.Topics {
			posts += tally.Posts
		}
	}
	if last := w.weeks()[1]; posts < 55 || did < 60 || did > len(w.effects("createPost")) || len(last.Missing) != 0 {
		t.Errorf("%d posts counted of %d, missing %v", posts, did, last.Missing)
	}
}

// TestReflect_Silent: a life in which nothing was done asks for nothing and
// keeps nothing.
func TestReflect_Silent(t *testing.T) {
	t.Parallel()
	w, m := thinker(t)
	w.only("reflect")
	read := w.overHTTP()
	if err := w.jobs(m.brain(t)).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.weeks()) != 0 || len(w.entries()) != 0 || len(read()) != 0 {
		t.Errorf("weeks %v, entries %v, requests %v", w.weeks(), w.entries(), read())
	}
}

// TestReflect_Hostile: a platform that answers with absurd figures moves nothing
// beyond what any week may.
func TestReflect_Hostile(t *testing.T) {
	long(t)
	t.Parallel()
	w, m := thinker(t)
	reads := 0
	w.client = w.through(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		w.sandbox.ServeHTTP(rec, r)
		body := rec.Body.String()
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/posts/") {
			reads++
			odd := []string{`"likeCount":-7`, `"likeCount":2147483647`}[reads%2]
			body = strings.Replace(body, `"likeCount":0`, odd, 1)
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write([]byte(body))
	}))
	w.live(w.jobs(m.brain(t)), 15*24*time.Hour)
	if len(w.weeks()) != 2 {
		t.Fatalf("%d weeks", len(w.weeks()))
	}
	for topic, tally := range w.weeks()[1].Topics {
		if tally.Answers < 1e6 || tally.Marks < 0 || tally.Marks > planner.MostMarks*tally.Posts {
			t.Errorf("%s: %+v", topic, tally)
		}
	}
	for topic, move := range w.learned().Now.Weights {
		if move.Now < move.File*0.9-1e-9 || move.Now > move.File*1.1+1e-9 {
			t.Errorf("%s: %+v after two weeks", topic, move)
		}
	}
}
