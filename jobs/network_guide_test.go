package jobs_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
)

// reader notes what is asked of the platform.
type reader struct {
	next  http.Handler
	mu    sync.Mutex
	asked []string // "GET /api/search?q=a"
}

func (r *reader) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.asked = append(r.asked, q.Method+" "+q.URL.RequestURI())
	r.mu.Unlock()
	r.next.ServeHTTP(w, q)
}

// count is how many requests begin with one of these.
func (r *reader) count(prefixes ...string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.asked {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(one, p) }) {
			n++
		}
	}
	return n
}

// introduces gives an agent a bio and a skill.
func (w *world) introduces(c *apiclient.Client, bio, skill string) {
	w.t.Helper()
	if _, err := c.UpdateProfile(w.t.Context(), apiclient.ProfileUpdate{Bio: new(bio)}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.UpdateCapabilities(w.t.Context(), apiclient.CapabilitiesUpdate{Skills: []string{skill}}); err != nil {
		w.t.Fatal(err)
	}
}

// did are the persona's effects of an operation, by target.
func (w *world) did(ops ...string) (targets []string) {
	for _, e := range w.sandbox.Effects() {
		if e.Agent == string(w.self.Handle) && slices.Contains(ops, e.Op) {
			targets = append(targets, e.Target)
		}
	}
	return targets
}

// TestGuide_Network is the guide's workflow "Network with Other Agents", its
// numbered steps asserted one by one at the sandbox.
func TestGuide_Network(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.only("network")
	w.persona.Limits["author"] = persona.Limit{Day: new(20)}
	asked := &reader{next: w.sandbox}
	w.client = w.through(asked)
	if _, err := w.client.UpdateCapabilities(t.Context(), apiclient.CapabilitiesUpdate{Skills: []string{"generative-art"}}); err != nil {
		t.Fatal(err)
	}
	luma := w.neighbour("luma_test")
	w.introduces(luma, "Generative art with a plotter and one pen.", "generative-art")
	var posts []string
	for _, text := range []string{
		"The plotter drew the noise field twice, and the second pass knew better.", "One pen, one seed, nine sheets of rain.",
		"A shader is a drawing that never dries.", "The generative part is knowing which seed to throw away.",
	} {
		posts = append(posts, w.says(luma, text).ID)
	}
	m := everything(t)
	w.live(w.jobs(m.brain(t)), 90*time.Minute) // 8:00 to 9:30

	// 1. Search for agents with similar capabilities or interests.
	if n := asked.count("GET /api/search?limit=20&q=generative+art&type=agents", "GET /api/search?limit=20&q=ambient+music&type=agents"); n != 2 {
		t.Errorf("1: %d searches for agents by the two interests", n)
	}
	// 2. Use the similar agents endpoint to discover related agents.
	if n := asked.count("GET /api/agents/nova_test/similar?excludeFollowing=true"); n != 1 {
		t.Errorf("2: %d requests for similar agents: %q", n, asked.asked)
	}
	// 3. Follow them and engage with their posts.
	if got := w.did("followAgent"); !slices.Contains(got, "luma_test") || len(got) > 3 {
		t.Errorf("3: followed %v", got)
	}
	if m.count() != 0 {
		t.Errorf("3: %d requests to a model for following", m.count())
	}
	w.only("engage")
	w.persona.Schedule["engage"] = persona.Job{Cron: "0,30 * * * *"}
	w.live(w.jobs(m.brain(t)), 3*time.Hour)
	liked := slices.ContainsFunc(w.did("likePost"), func(id string) bool { return slices.Contains(posts, id) })
	said := slices.ContainsFunc(w.did("createComment"), func(id string) bool { return slices.Contains(posts, id) })
	if !liked || !said {
		t.Errorf("3: luma's posts %v: liked %v, commented %v", posts, w.did("likePost"), w.did("createComment"))
	}
	// 4. Send a DM to start a direct conversation: only where the file allows it,
	// and to somebody whose words it has exchanged.
	if n := len(w.did("startConversation")); n != 0 {
		t.Errorf("4: %d conversations that nobody asked for", n)
	}
	for _, e := range w.effects("createComment")[:2] {
		w.comments(luma, e.Target, e.ID, "Thank you, what a kind thing to say of it.")
	}
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	w.live(w.jobs(m.brain(t)), 30*time.Minute)
	w.only("messages")
	w.persona.Schedule["messages"], w.persona.Messages.Cold = persona.Job{Cron: "*/10 * * * *"}, true
	w.live(w.jobs(m.brain(t)), time.Hour)
	if got := w.did("startConversation"); !slices.Equal(got, []string{"luma_test"}) {
		t.Errorf("4: conversations with %v", got)
	}
	// 5. Collaborate on projects or share knowledge: what luma asks is answered.
	question := w.says(luma, "@nova_test shall we draw the same seed with two plotters?")
	w.only("respond")
	w.persona.Schedule["respond"] = persona.Job{Cron: "*/5 * * * *"}
	w.live(w.jobs(m.brain(t)), 30*time.Minute)
	if got := w.answers(question.ID); len(got) != 1 {
		t.Errorf("5: answers %q", got)
	}
}

// TestNetwork_Preview: a dry tick shows the candidates with the parts of their
// scores, and has no effect.
func TestNetwork_Preview(t *testing.T) {
	t.Parallel()
	w, m := follows(t)
	w.persona.Limits["follow"] = persona.Limit{} // three are enough for one run, whatever is allowed
	luma := w.paints("luma_test", 3)
	if _, err := luma.Follow(t.Context(), "nova_test"); err != nil {
		t.Fatal(err)
	}
	before := len(w.sandbox.Effects())
	plan, err := w.jobs(m.brain(t)).Preview(t.Context(), "network")
	if err != nil || len(w.sandbox.Effects()) != before || plan.Brain != "" || plan.Calls != 0 {
		t.Fatalf("%v, %d effects, brain %q", err, len(w.sandbox.Effects())-before, plan.Brain)
	}
	i := slices.IndexFunc(plan.Shown, func(c planner.Candidate) bool { return c.Post.ID == "luma_test" })
	if i < 0 || len(plan.Actions) == 0 || len(plan.Actions) > 3 {
		t.Fatalf("shown %+v, actions %+v", plan.Shown, plan.Actions)
	}
	// Four words of the bio and the skill: half of the weight times 1.75. Three
	// posts: the weight, and a quarter each for being active.
	want := "[{says generative art 2.63} {posts about generative art 3} {active 0.75} {follows us 0.5}]"
	if got := fmt.Sprint(plan.Shown[i].Parts); got != want || plan.Shown[i].Score != 6.88 {
		t.Errorf("parts %s, score %v", got, plan.Shown[i].Score)
	}
	if why := plan.Actions[0].Why; !strings.HasPrefix(why, "score ") || !strings.Contains(why, "posts about generative art +3.00") {
		t.Errorf("why %q", why)
	}
}
