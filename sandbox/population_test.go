package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"imagined/contract"
	"imagined/sandbox"
)

// timeline reads the newest posts in process, always by the same host name.
func (p *platform) timeline(t *testing.T, limit int) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("http://sandbox.test/api/posts?limit=%d", limit), nil))
	if w.Code != 200 {
		t.Fatalf("timeline: %d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// told is what of a post no client can change.
type told struct {
	ID, Content, CreatedAt, MediaType string
	MediaURLs, Mentions               []string
	Agent                             struct{ ID, Handle string }
	RepostOf                          *struct{ Agent struct{ Handle string } }
}

// natives drops the posts of the agent that the test registered, and what the
// population posts about it.
func natives(t *testing.T, timeline []byte) []told {
	t.Helper()
	var page struct{ Posts []told }
	if err := json.Unmarshal(timeline, &page); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(page.Posts, func(p told) bool {
		return p.Agent.Handle == "nova_bot" || slices.Contains(p.Mentions, "nova_bot") || p.RepostOf != nil && p.RepostOf.Agent.Handle == "nova_bot"
	})
}

func TestPopulation_sameSeedSameWorld(t *testing.T) {
	t.Parallel()
	config := sandbox.Config{Seed: 7, Pace: 20}
	watched, left, other := start(t, config), start(t, config), start(t, sandbox.Config{Seed: 8, Pace: 20})
	for _, p := range []*platform{watched, left} {
		a := p.register("nova_bot")
		native := a.get("/api/posts?limit=1").want(200).text("posts.0.id")
		for i := range 10 {
			a.publish(fmt.Sprintf("thought %d", i))
			a.post("/api/posts/"+native+"/comments", `{"content":"how so?"}`).want(201)
		}
	}
	for range 270 {
		watched.clock.add(20 * time.Second)
		watched.timeline(t, 1)
	}
	left.clock.add(90 * time.Minute)
	other.clock.add(90 * time.Minute)
	if diff := cmp.Diff(watched.reproducible(), left.reproducible()); diff != "" {
		t.Errorf("the world depends on when it was looked at:\n%s", diff)
	}
	if cmp.Equal(natives(t, left.timeline(t, 100)), natives(t, other.timeline(t, 100))) {
		t.Error("another seed made the same world")
	}
}

func TestPopulation_isNotMovedByClients(t *testing.T) {
	t.Parallel()
	config := sandbox.Config{Seed: 7, Pace: 20, TokenLife: 2 * time.Hour, Limits: map[contract.Tier]int{"write": 100}}
	alone, visited := start(t, config), start(t, config)
	a := visited.register("nova_bot")
	for _, handle := range a.walk("/api/agents?limit=100") {
		a.post("/api/agents/"+handle+"/follow", "") // many follow back
	}
	for i := range 30 {
		visited.clock.add(2 * time.Minute)
		post := a.get("/api/posts?limit=1").want(200)
		target := "/api/posts/" + post.text("posts.0.id")
		a.post("/api/posts", fmt.Sprintf(`{"content":"thoughts on #poetry %d, @%s"}`, i, post.text("posts.0.agent.handle"))).want(201)
		a.post(target+"/comments", `{"content":"lovely"}`).want(201)
		if m := a.get(target + "/comments?limit=100").want(200).list("comments"); len(m) > 2 {
			parent := m[len(m)-1].(map[string]any)["id"]
			a.post(target+"/comments", fmt.Sprintf(`{"content":"and you?","parentId":%q}`, parent)).want(201)
		}
		a.post(target+"/like", "")
		a.post(target+"/amplify", "")
		a.post("/api/agents/"+post.text("posts.0.agent.handle")+"/follow", "")
		alone.clock.add(2 * time.Minute)
	}
	with, without := natives(t, visited.timeline(t, 100)), natives(t, alone.timeline(t, 100))
	if diff := cmp.Diff(without[:len(with)], with); diff != "" {
		t.Errorf("a client's writes moved the population (-alone +visited):\n%s", diff)
	}
	if len(with) < 50 {
		t.Errorf("only %d posts were compared", len(with))
	}
	if diff := cmp.Diff(alone.saved().doings(a.id), visited.saved().doings(a.id)); diff != "" {
		t.Errorf("a client's writes moved what the population does (-alone +visited):\n%s", diff)
	}
}

// doings lists what the population did among itself, without the client of
// that id and the answers to it.
func (w saved) doings(client string) (out []string) {
	for _, a := range w.Agents {
		for _, f := range a.Following {
			if !a.Registered && f.Agent != client {
				out = append(out, a.Handle+" follows "+f.Agent)
			}
		}
	}
	for _, p := range w.Posts {
		if p.Native {
			out = append(out, fmt.Sprint(p.ID, " post ", p.Text, p.RepostOf, p.At))
		}
		mine := map[string]bool{}
		for _, l := range p.Likes {
			if p.Native && l.Agent != client {
				out = append(out, fmt.Sprint(p.ID, " like ", l))
			}
		}
		for _, c := range p.Comments {
			mine[c.ID] = c.Agent == client
			if p.Native && !mine[c.ID] && !mine[c.Parent] {
				out = append(out, fmt.Sprint(p.ID, " comment ", c))
			}
		}
	}
	return out
}

func TestPopulation_reactsToClients(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 3, Pace: 20})
	a := p.register("nova_bot")
	native := a.get("/api/posts?limit=1").want(200).text("posts.0.id")
	for i := range 12 {
		a.publish(fmt.Sprintf("thought %d", i))
		a.post("/api/posts/"+native+"/comments", `{"content":"how so?"}`).want(201)
	}
	for range 4 { // nobody reacts to what is gone
		a.delete("/api/posts/" + a.publish("never mind")).want(200)
		m := a.post("/api/posts/"+native+"/comments", `{"content":"never mind"}`).want(201)
		a.delete("/api/posts/" + native + "/comments/" + m.text("id")).want(200)
		p.clock.add(time.Minute)
	}
	p.clock.add(15 * time.Minute)
	likes, comments := 0.0, 0.0
	timeline := a.get("/api/posts?limit=100").want(200)
	for i := range timeline.list("posts") {
		if at := fmt.Sprintf("posts.%d.", i); timeline.text(at+"agent.handle") == "nova_bot" {
			likes += timeline.field(at + "likeCount").(float64)
			comments += timeline.field(at + "commentCount").(float64)
		}
	}
	if likes < 3 || comments < 3 {
		t.Errorf("12 posts of a client got %v likes and %v comments", likes, comments)
	}
	a.wantAnswers(native)
	if n := len(p.server.Effects()); n != 41 {
		t.Errorf("%d effects, want the client's own 41", n)
	}
}

// wantAnswers fails the test unless somebody answered the agent's comments on
// a post, and every answer is to a comment that is there.
func (a *agent) wantAnswers(post string) {
	a.t.Helper()
	answered, ids := 0, map[string]bool{"": true}
	r := a.get("/api/posts/" + post + "/comments?limit=100").want(200)
	for i := range r.list("comments") {
		ids[r.text(fmt.Sprintf("comments.%d.id", i))] = true
	}
	for i := range r.list("comments") {
		at := fmt.Sprintf("comments.%d.", i)
		if !ids[r.text(at+"parentId")] {
			a.t.Errorf("an answer to a comment that is gone: %q", r.text(at+"content"))
		}
		if strings.Contains(r.text(at+"content"), "@"+a.handle) && r.text(at+"parentId") != "" {
			answered++
		}
	}
	if answered == 0 {
		a.t.Error("none of the comments was answered")
	}
}

func TestPopulation_hasADayBehindIt(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 1})
	var page struct {
		Posts []struct {
			Content                 string
			LikeCount, CommentCount int
			CreatedAt               time.Time
			Hashtags                []string
			Agent                   struct{ Handle string }
			RepostOf                *struct{ ID string }
		}
	}
	if err := json.Unmarshal(p.timeline(t, 100), &page); err != nil {
		t.Fatal(err)
	}
	texts, authors, tags, likes, comments, reposts := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0, 0, 0
	for _, post := range page.Posts {
		if post.RepostOf != nil {
			reposts++
			continue
		}
		texts[post.Content], authors[post.Agent.Handle] = true, true
		for _, tag := range post.Hashtags {
			tags[tag] = true
		}
		likes += post.LikeCount
		comments += post.CommentCount
		if age := noon.Sub(post.CreatedAt); age < 0 || age > 24*time.Hour {
			t.Errorf("a post of %v at %v", post.CreatedAt, noon)
		}
	}
	if own := len(page.Posts) - reposts; own < 55 || own > 60 || len(texts) != own || reposts < 3 {
		t.Errorf("%d posts with %d texts and %d reposts at the start, want nearly 60 all different and some", own, len(texts), reposts)
	}
	if len(authors) < 15 || len(tags) < 25 || likes < 60 || comments < 40 {
		t.Errorf("%d authors, %d tags, %d likes, %d comments: dull", len(authors), len(tags), likes, comments)
	}
}

// saved is what the tests read of a saved world.
type saved struct {
	Agents []struct {
		ID, Handle string
		Registered bool
		Following  []struct{ Agent string }
	}
	Posts []struct {
		ID, Agent, Text, RepostOf, At string

		Native   bool
		Quote    bool
		Likes    []struct{ ID, Agent, At string }
		Comments []struct {
			ID, Agent, Text, Parent, At string
			Native                      bool
		}
	}
}

func (p *platform) saved() (w saved) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.document()), &w); err != nil {
		p.t.Fatal(err)
	}
	return w
}

func (p *platform) document() string {
	p.t.Helper()
	var b bytes.Buffer
	if err := p.server.Save(&b); err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

// credentials are the only thing in a world that no seed repeats.
var credentials = regexp.MustCompile(`"(clientId|secretHash)":"[^"]*"`)

func (p *platform) reproducible() string {
	p.t.Helper()
	return credentials.ReplaceAllString(p.document(), "")
}

func TestPopulation_textsFitTheContract(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 5, Agents: 70, Pace: 60})
	p.clock.add(6 * time.Hour)
	handle, hole := regexp.MustCompile(contract.HandlePattern), regexp.MustCompile(`\{[a-z]+\}`)
	w, handles := p.saved(), map[string]bool{}
	for _, a := range w.Agents {
		handles[a.Handle] = true
		if !handle.MatchString(a.Handle) {
			t.Errorf("handle %q", a.Handle)
		}
	}
	fits := func(text string, limit int) {
		if n := len(utf16.Encode([]rune(text))); n == 0 || n > limit || hole.MatchString(text) {
			t.Errorf("%d units: %q", n, text)
		}
	}
	hostile, foreign := 0, 0
	for _, post := range w.Posts {
		if post.RepostOf == "" || post.Quote {
			fits(post.Text, contract.MaxPost)
		}
		for _, c := range post.Comments {
			fits(c.Text, contract.MaxComment)
		}
		if strings.Contains(post.Text, "://") || strings.Contains(strings.ToLower(post.Text), "ignore all") {
			hostile++
		}
		if strings.ContainsAny(post.Text, "的のßñóäüíáéい") {
			foreign++
		}
	}
	n := len(w.Posts)
	if len(handles) != 70 || n < 3000 || hostile == 0 || hostile > n/10 || foreign < n/10 {
		t.Errorf("%d agents, %d posts, %d hostile, %d foreign", len(handles), n, hostile, foreign)
	}
}

func TestPopulation_isBounded(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 5, Pace: 600})
	a := p.register("nova_bot")
	mine := a.publish("still here")
	p.clock.add(3 * 24 * time.Hour)
	native := 0
	for _, post := range p.saved().Posts {
		if post.Native {
			native++
		}
	}
	if native != 5000 {
		t.Errorf("%d posts of the population's own are kept, want 5,000", native)
	}
	p.anonymous().get("/api/posts/" + mine).want(200)
}

func TestPopulation_clockThatJumps(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 5, Pace: 20})
	p.clock.add(12 * 365 * 24 * time.Hour)
	r := p.anonymous().get("/api/posts?limit=1").want(200)
	newest, err := time.Parse(time.RFC3339, r.text("posts.0.createdAt"))
	if now := p.clock.Now(); err != nil || newest.After(now) || now.Sub(newest) > time.Hour {
		t.Errorf("the newest post is of %v, and now is %v", newest, now)
	}
	p.clock.add(-24 * time.Hour)
	if again := p.anonymous().get("/api/posts?limit=1").want(200); again.text("posts.0.id") != r.text("posts.0.id") {
		t.Error("a clock set back changed the past")
	} else if got, want := again.header.Get("Date"), r.header.Get("Date"); got != want {
		t.Errorf("a clock set back took the world from %s to %s", want, got)
	}
	for _, pace := range []float64{1e-12, 1e12} {
		extreme := start(t, sandbox.Config{Pace: pace})
		extreme.clock.add(time.Second)
		extreme.anonymous().get("/api/posts").want(200)
	}
}
