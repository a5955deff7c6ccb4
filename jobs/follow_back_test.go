package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// why is what the journal says about following somebody.
func (w *world) why(handle string) (all []string) {
	for _, e := range w.entries() {
		if e.Kind == "follow" && e.Target == handle {
			all = append(all, string(e.Status)+" "+e.Error)
		}
	}
	return all
}

// TestFollowBack: by policy; each follower has an outcome in the journal, and
// the notification is marked as read after it.
func TestFollowBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		policy                   string
		painter, baker, stranger string
	}{
		{"never", "dropped follow_back is never", "dropped follow_back is never", "dropped follow_back is never"},
		{"relevant", "done ", "dropped not relevant", "dropped not active lately"},
		{"always", "done ", "done ", "done "},
	}
	for _, tt := range tests {
		t.Run(tt.policy, func(t *testing.T) {
			t.Parallel()
			w := neighbours(t)
			w.only("respond")
			w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
			w.persona.FollowBack = tt.policy
			w.persona.Limits["follow"] = persona.Limit{Hour: new(10)}
			m := distinct(t)
			baker, stranger := w.neighbour("baker_test"), w.neighbour("stranger_test")
			w.introduces(baker, "Bread, mostly rye.", "baking")
			w.says(baker, "The crust sang when it came out.")
			w.introduces(stranger, "Generative art with a plotter and one pen.", "generative-art")
			w.paints("painter_test", 3)
			w.paints("twin_test", 3)
			for _, c := range []string{"painter_test", "baker_test", "stranger_test", "twin_test"} {
				if _, err := w.others[c].Follow(t.Context(), "nova_test"); err != nil {
					t.Fatal(err)
				}
			}
			j := w.jobs(m.brain(t))
			j.Planner.Household = []string{"nova_test", "twin_test"}
			w.live(j, 11*time.Minute)
			for handle, want := range map[string]string{"painter_test": tt.painter, "baker_test": tt.baker, "stranger_test": tt.stranger, "twin_test": "dropped own household"} {
				if got := w.why(handle); !slices.Equal(got, []string{want}) {
					t.Errorf("@%s: %q, want %q", handle, got, want)
				}
				done := strings.HasPrefix(want, "done")
				if slices.Contains(w.did("followAgent"), handle) != done {
					t.Errorf("@%s: followed %v", handle, w.did("followAgent"))
				}
				if p, err := w.store.Person(handle); err != nil || p.Theirs["follow"] != 1 {
					t.Errorf("@%s: memory %+v, %v", handle, p, err)
				}
			}
			if n := w.unread(); n != 0 || m.count() != 0 {
				t.Errorf("%d unread, %d requests to the model", n, m.count())
			}
			w.live(w.jobs(m.brain(t)), 3*time.Hour)
			if n := len(w.why("painter_test")); n != 1 {
				t.Errorf("%d entries about the painter in the end", n)
			}
		})
	}
}

// TestFollowBack_Bomb: two hundred follow within an hour. A few are followed
// back, all have an outcome, all are marked as read, what is said meanwhile is
// answered at once, and the profiles that are read are few.
func TestFollowBack_Bomb(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	w.persona.FollowBack = "always"
	w.persona.Limits["follow"] = persona.Limit{Hour: new(3), Day: new(8)}
	asked := &reader{next: w.sandbox}
	w.client = w.through(asked)
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	friend := w.neighbour("friend_test")
	m := distinct(t)
	for i := range 200 {
		c := w.neighbour(fmt.Sprintf("bomber_%d", i))
		if _, err := c.Follow(t.Context(), "nova_test"); err != nil {
			t.Fatal(err)
		}
		w.live(w.jobs(m.brain(t)), 18*time.Second)
		if i == 150 {
			w.comments(friend, own.ID, "", "How long did the ninth wave take?")
		}
	}
	w.live(w.jobs(m.brain(t)), 6*time.Minute)
	if n := len(w.answers(own.ID)); n != 1 || w.unread() != 0 {
		t.Errorf("%d answers to the friend, %d unread", n, w.unread())
	}
	outcomes := make(map[string]int)
	for i := range 200 {
		handle := fmt.Sprintf("bomber_%d", i)
		got := w.why(handle)
		if len(got) != 1 {
			t.Errorf("@%s: %q", handle, got)
			continue
		}
		outcomes[got[0]]++
		if p, err := w.store.Person(handle); err != nil || p.Theirs["follow"] != 1 {
			t.Errorf("@%s: memory %+v, %v", handle, p, err)
		}
	}
	checkWindows(t, w.entries(), "follow", 3, 8)
	profiles := asked.count("GET /api/agents/bomber_")
	t.Logf("%v, %d profiles read", outcomes, profiles)
	if n := outcomes["done "]; n < 3 || n > 6 || len(w.did("followAgent")) != n || profiles > 40 {
		t.Errorf("outcomes %v, %d effects, %d profiles", outcomes, len(w.did("followAgent")), profiles)
	}
}

// TestFollowBack_ManyIrrelevant: profiles are read twenty in one run at most;
// who is not looked at is told so, and the job network looks at them.
func TestFollowBack_ManyIrrelevant(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	asked := &reader{next: w.sandbox}
	w.client = w.through(asked)
	for i := range 30 {
		c := w.neighbour(fmt.Sprintf("baker_%d", i))
		if i == 29 {
			w.introduces(c, "Generative art with a plotter and one pen.", "generative-art")
			w.says(c, "The plotter lost its pen and found another.")
		}
		if _, err := c.Follow(t.Context(), "nova_test"); err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Second)
	}
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 6*time.Minute)
	if n := asked.count("GET /api/agents/baker_"); n != 20 || w.unread() != 0 {
		t.Errorf("%d profiles read, %d unread", n, w.unread())
	}
	if got := w.why("baker_29"); !slices.Equal(got, []string{"dropped too many follow at once"}) {
		t.Errorf("the last one: %q", got)
	}
	w.only("network")
	w.live(w.jobs(m.brain(t)), 25*time.Hour)
	if !slices.Contains(w.did("followAgent"), "baker_29") {
		t.Errorf("followed %v", w.did("followAgent"))
	}
}

// TestFollowBack_Unread: while profiles cannot be read a follower waits, what is
// said is answered all the same, and after an hour nobody waits any more.
func TestFollowBack_Unread(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	painter := w.paints("painter_test", 3)
	if _, err := painter.Follow(t.Context(), "nova_test"); err != nil {
		t.Fatal(err)
	}
	w.comments(w.neighbour("friend_test"), own.ID, "", "How long did the ninth wave take?")
	w.sandbox.SetFaults(sandbox.Fault{Op: "getAgent", Kind: sandbox.NotApplied, Rate: 1})
	w.client = w.through(mends{w.sandbox})
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 20*time.Minute)
	if n := len(w.answers(own.ID)); n != 1 || w.unread() != 1 || len(w.why("painter_test")) != 0 {
		t.Errorf("%d answers, %d unread, %q", n, w.unread(), w.why("painter_test"))
	}
	w.live(w.jobs(m.brain(t)), time.Hour)
	if got := w.why("painter_test"); !slices.Equal(got, []string{"dropped it cannot be read"}) || w.unread() != 0 {
		t.Errorf("after an hour: %q, %d unread", got, w.unread())
	}
}

// TestFollowBack_DiesBeforeTheMark: a process that ends between following back
// and the mark that it was read follows once.
func TestFollowBack_DiesBeforeTheMark(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	w.persona.FollowBack = "always"
	luma := w.neighbour("luma_test")
	if _, err := luma.Follow(t.Context(), "nova_test"); err != nil {
		t.Fatal(err)
	}
	w.sandbox.SetFaults(sandbox.Fault{Op: "markNotificationsRead", Kind: sandbox.NotApplied, Rate: 1})
	w.client = w.through(mends{w.sandbox})
	w.live(w.jobs(planner.NewOffline()), 6*time.Minute)
	if n := w.unread(); n != 1 || !slices.Equal(w.did("followAgent"), []string{"luma_test"}) {
		t.Fatalf("%d unread, followed %v", n, w.did("followAgent"))
	}
	w.sandbox.SetFaults()
	w.live(w.jobs(planner.NewOffline()), 2*time.Hour)
	if got := w.why("luma_test"); !slices.Equal(got, []string{"done "}) || len(w.did("followAgent")) != 1 || w.unread() != 0 {
		t.Errorf("%q, followed %v, %d unread", got, w.did("followAgent"), w.unread())
	}
}

// TestFollowBack_Ratio: the bound holds for those who follow, too.
func TestFollowBack_Ratio(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	w.persona.FollowBack = "always"
	w.persona.Limits["follow"] = persona.Limit{}
	for i := range 24 {
		w.befriend(fmt.Sprintf("friend_%d", i))
	}
	for i := range 3 {
		w.Advance(time.Second)
		if _, err := w.neighbour(fmt.Sprintf("fan_%d", i)).Follow(t.Context(), "nova_test"); err != nil {
			t.Fatal(err)
		}
	}
	w.live(w.jobs(planner.NewOffline()), 11*time.Minute)
	following, _ := w.counts()
	if following != 25 || w.unread() != 0 || !strings.Contains(strings.Join(w.why("fan_2"), ""), "it follows 25 and is followed by 3") {
		t.Errorf("follows %d, %d unread, %q", following, w.unread(), w.why("fan_2"))
	}
}

// TestFollowBack_Paused: while follows are paused nobody is followed, and
// nothing piles up.
func TestFollowBack_Paused(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.only("respond", "network")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	w.persona.FollowBack = "always"
	if err := w.store.Hold(state.Hold{Kind: "follow", Why: "paused by the operator", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.neighbour("luma_test").Follow(t.Context(), "nova_test"); err != nil {
		t.Fatal(err)
	}
	w.live(w.jobs(planner.NewOffline()), 25*time.Hour)
	if got := w.did("followAgent"); len(got) != 0 || w.unread() != 0 || len(w.why("luma_test")) != 1 {
		t.Errorf("followed %v, %d unread, %q", got, w.unread(), w.why("luma_test"))
	}
}
