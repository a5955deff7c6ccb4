package jobs_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// stage lets several lives share one virtual clock: one acts at a time, the one
// whose sleep ends first.
type stage struct {
	*sandbox.Clock
	asleep chan sleeper
}

type sleeper struct {
	actor int
	until time.Time
	wake  chan struct{}
}

type sleep = func(context.Context, time.Duration) error

// play runs the actors for a time of the clock.
func (s *stage) play(t *testing.T, d time.Duration, actors ...func(ctx context.Context, sleep sleep)) {
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{}, len(actors))
	for i, act := range actors {
		sleep := func(ctx context.Context, d time.Duration) error {
			me := sleeper{i, s.Now().Add(d), make(chan struct{})}
			select {
			case s.asleep <- me:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case <-me.wake:
			case <-ctx.Done():
			}
			return ctx.Err()
		}
		go func() {
			defer func() { over <- struct{}{} }()
			if sleep(ctx, 0) == nil {
				act(ctx, sleep)
			}
		}()
	}
	var waiting []sleeper
	for awake, end := len(actors), s.Now().Add(d); ; {
		for ; awake > 0; awake-- {
			waiting = append(waiting, <-s.asleep)
		}
		slices.SortFunc(waiting, func(a, b sleeper) int {
			if n := a.until.Compare(b.until); n != 0 {
				return n
			}
			return a.actor - b.actor
		})
		next := waiting[0]
		waiting = waiting[1:]
		if !next.until.Before(end) {
			break
		}
		s.Advance(max(0, next.until.Sub(s.Now())))
		awake = 1
		close(next.wake)
	}
	stop()
	for range actors {
		<-over
	}
}

// twin is another persona in the same world.
func (w *world) twin(handle string) *world {
	w.t.Helper()
	twin := *w
	var err error
	if twin.persona, err = persona.Parse("twin.yaml", []byte(strings.ReplaceAll(file, "nova_test", handle))); err != nil {
		w.t.Fatal(err)
	}
	agent, err := w.newClient("", "").Register(w.t.Context(), apiclient.NewAgent{Handle: handle, Name: handle})
	if err != nil {
		w.t.Fatal(err)
	}
	twin.id, twin.secret = agent.ClientID, agent.ClientSecret
	self, err := w.newClient(agent.ClientID, agent.ClientSecret).Me(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	twin.self = self.Agent
	if twin.store, err = state.OpenWith(w.t.TempDir()+"/state/twin.db", handle, state.Options{NoSync: true}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = twin.store.Close() })
	return &twin
}

// lives is a persona as an actor.
func (w *world) lives(m *model, household []string) func(ctx context.Context, sleep sleep) {
	brain := m.brain(w.t)
	return func(ctx context.Context, sleep sleep) {
		client, err := apiclient.New(apiclient.Config{BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: sleep, Transport: inProcess{w.sandbox}})
		if err != nil {
			w.t.Error(err)
			return
		}
		w.client = client
		j := w.jobs(brain)
		j.Sleep, j.Planner.Household = sleep, household
		if err := j.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}
}

// town is the rest of the cast.
type town struct {
	*world
	folk []string // the personas
}

// at runs f every so often.
func (b *town) at(every time.Duration, handle string, f func(c *apiclient.Client, n int)) func(ctx context.Context, sleep sleep) {
	c := b.neighbour(handle)
	return func(ctx context.Context, sleep sleep) {
		for n := 0; sleep(ctx, every) == nil; n++ {
			f(c, n)
		}
	}
}

// latest are the newest posts of the personas: ids with who wrote them.
func (b *town) latest() (posts [][2]string) {
	for _, e := range slices.Backward(b.sandbox.Effects()) {
		if e.Op == "createPost" && slices.Contains(b.folk, e.Agent) && len(posts) < 6 {
			posts = append(posts, [2]string{e.ID, e.Agent})
		}
	}
	return posts
}

// echo says back whatever is said to it, as a question with a mention, and
// begins under every post.
func (b *town) echo() func(ctx context.Context, sleep sleep) {
	begun := make(map[string]bool)
	return b.at(7*time.Minute, "echo_test", func(c *apiclient.Client, n int) {
		for _, p := range b.latest() {
			if !begun[p[0]] {
				begun[p[0]] = true
				b.comments(c, p[0], "", "@"+p[1]+" why do you say that?")
			}
		}
		var ids []string
		for notice, err := range c.Notifications(b.t.Context()) {
			if err != nil || notice.IsRead {
				break
			}
			ids = append(ids, notice.ID)
			if notice.CommentID != "" {
				b.comments(c, notice.PostID, notice.CommentID, fmt.Sprintf("@%s and why is that, in case %d of plotter art?", notice.Agent.Handle, n))
			}
		}
		if len(ids) > 0 {
			_ = c.MarkNotificationsRead(b.t.Context(), apiclient.ReadMark{IDs: ids})
		}
		if n%30 == 0 {
			b.says(c, fmt.Sprintf("A plotter piece, number %d, with noise in every pen.", n))
		}
	})
}

// bomber mentions both personas all day, in posts and below their own.
func (b *town) bomber() func(ctx context.Context, sleep sleep) {
	return b.at(10*time.Minute, "bomber_test", func(c *apiclient.Client, n int) {
		b.says(c, fmt.Sprintf("@%s @%s what about number %d of my generative plotter pieces?", b.folk[0], b.folk[1], n))
		for _, p := range b.latest()[:min(1, len(b.latest()))] {
			b.comments(c, p[0], "", fmt.Sprintf("@%s answer me, is it %d?", p[1], n))
		}
	})
}

// friend asks each persona one question a day.
func (b *town) friend(asked map[string]bool) func(ctx context.Context, sleep sleep) {
	return b.at(24*time.Hour-time.Minute, "friend_test", func(c *apiclient.Client, n int) {
		for _, h := range b.folk {
			asked[b.says(c, fmt.Sprintf("@%s which pen drew the line on day %d?", h, n)).ID] = true
		}
	})
}

// everything is a model that wants all that is offered, and writes something
// new each time.
func everything(t *testing.T) *model {
	t.Helper()
	offered := regexp.MustCompile(`"post":\{[^}]*"enum":\[([0-9,]+)\]`)
	var n atomic.Int64
	return newModel(t, func(request string) (int, string) {
		found := offered.FindStringSubmatch(request)
		if found == nil {
			return 200, says(`{"text":"` + novel(n.Add(1)) + `"}`)
		}
		var wants []string
		for number := range strings.SplitSeq(found[1], ",") {
			for _, act := range []string{"like", "comment", "amplify"} {
				if regexp.MustCompile(`"act":\{[^}]*"` + act + `"`).MatchString(request) {
					wants = append(wants, fmt.Sprintf(`{"post":%s,"act":%q,"why":"yes"}`, number, act))
				}
			}
		}
		return 200, says(`{"decisions":[` + strings.Join(wants, ",") + `]}`)
	})
}

// TestLoops_AWeek: two own personas, an agent that answers everything, one that
// mentions them all day, and a friend. The conversations end, no cap is
// crossed, the two keep apart, and the rest of their lives goes on.
func TestLoops_AWeek(t *testing.T) {
	long(t)
	t.Parallel()
	const days, answers = 7, 7
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = 0.1 })
	_ = w.store.Close()
	w.store, _ = state.OpenWith(w.path, "nova_test", state.Options{NoSync: true})
	twin := w.twin("twin_test")
	folk := []string{"nova_test", "twin_test"}
	m := everything(t)
	for _, one := range []*world{w, twin} {
		one.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
		one.persona.Schedule["generate"] = persona.Job{Cron: "off"}
		one.persona.LLM.MaxTokensPerDay = new(10_000_000)
		one.persona.Limits["comment"] = persona.Limit{Hour: new(6), Day: new(30)}
		one.persona.Limits["author"] = persona.Limit{Day: new(6)} // the turns are what ends it
	}
	b := &town{world: w, folk: folk}
	asked := make(map[string]bool)
	s := &stage{Clock: w.Clock, asleep: make(chan sleeper)}
	s.play(t, time.Duration(days)*24*time.Hour, w.lives(m, folk), twin.lives(m, folk), b.echo(), b.bomber(), b.friend(asked))

	for _, one := range []*world{w, twin} {
		checkLoops(t, one, folk)
		checkWindows(t, one.entries(), "like", 4, 20)
		checkWindows(t, one.entries(), "comment", 6, 30)
		checkWindows(t, one.entries(), "reply", 6, 30)
		checkWindows(t, one.entries(), "amplify", 1, 3)
		checkWindows(t, one.entries(), "post", 1, 2)
		checkDays(t, one, days, answers, asked)
	}
	t.Logf("%d requests to the model", m.count())
}

// checkLoops counts what one persona said in each thread, to the echo and to
// the bomber, and did to its like.
func checkLoops(t *testing.T, w *world, folk []string) {
	t.Helper()
	threads, pairs := make(map[string]int), make(map[string]int)
	said, dropped := 0, 0
	for _, e := range w.entries() {
		if e.Status == state.Dropped {
			dropped++
			if e.Author == "friend_test" && e.Job == "respond" {
				t.Logf("@%s did not answer the friend: %s", w.self.Handle, e.Error)
			}
			continue
		}
		if slices.Contains(folk, e.Author) {
			t.Errorf("@%s: %s of @%s", w.self.Handle, e.Kind, e.Author)
		}
		if e.Kind == "reply" || e.Kind == "comment" {
			said++
			threads[e.Target]++
			pairs[e.Author+e.PlannedAt.Format(" Jan 02")]++
		}
	}
	worst, most := 0, 0
	for thread, n := range threads {
		if worst = max(worst, n); n > 3 {
			t.Errorf("@%s said %d things in thread %s", w.self.Handle, n, thread)
		}
	}
	for pair, n := range pairs {
		if most = max(most, n); n > 5 { // 4 in any 24 hours, and a day of the calendar may begin within one
			t.Errorf("@%s said %d things to %s", w.self.Handle, n, pair)
		}
	}
	t.Logf("@%s: %d texts in %d threads, at most %d in one and %d to one agent a day; %d entries dropped; %d unread",
		w.self.Handle, said, len(threads), worst, most, dropped, w.unread())
}

// checkDays looks that each day held a post, likes, and an answer to the friend.
func checkDays(t *testing.T, w *world, days, answers int, asked map[string]bool) {
	t.Helper()
	lived, answered, total := make(map[string]map[string]int), 0, 0
	for _, e := range w.entries() {
		if e.Status != state.Done {
			continue
		}
		day := e.PlannedAt.Format("Jan 02")
		if lived[day] == nil {
			lived[day] = make(map[string]int)
		}
		lived[day][e.Kind]++
		total++
		if asked[e.Target] && e.Job == "respond" {
			answered++
		}
	}
	whole := 0
	for _, kinds := range lived {
		if kinds["post"] > 0 && kinds["like"] > 0 && kinds["comment"] > 0 {
			whole++
		}
	}
	if whole < days || answered < answers {
		t.Errorf("@%s: %d whole days of %d, %d answers to the friend: %v", w.self.Handle, whole, days, answered, lived)
	}
	t.Logf("@%s: %d done, %d answers to the friend", w.self.Handle, total, answered)
}
