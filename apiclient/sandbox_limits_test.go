package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/sandbox"
)

// crowd is ten personas in one process, as they run together: a client each,
// one transport, one clock.
type crowd struct {
	t        *testing.T
	clock    *town
	server   *sandbox.Server
	personas []*persona
	refused  atomic.Int64 // answers of 429
	hold     func(*http.Request)
}

type persona struct {
	*apiclient.Client
	handle string
	post   string // what it writes under

	mu     sync.Mutex
	reads  int
	writes int
	fate   map[string]error // of each write, by its text
}

const crew = 10

func newCrowd(t *testing.T, limits map[contract.Tier]int) *crowd {
	t.Helper()
	c := &crowd{t: t, clock: &town{now: dawn}, hold: func(*http.Request) {}}
	server, err := sandbox.New(sandbox.Config{Seed: 7, Agents: 4, Pace: -1, Now: c.clock.Now, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	c.server = server
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 4 * crew
	t.Cleanup(base.CloseIdleConnections)
	for i := range crew {
		p := &persona{handle: fmt.Sprintf("persona_%d", i), fate: map[string]error{}}
		a, err := c.client(web.URL, base, apiclient.RegisteredAgent{}).Register(t.Context(), apiclient.NewAgent{Handle: p.handle, Name: "P"})
		if err != nil {
			t.Fatal(err)
		}
		p.Client = c.client(web.URL, base, a)
		c.personas = append(c.personas, p)
	}
	return c
}

func (c *crowd) client(url string, next http.RoundTripper, a apiclient.RegisteredAgent) *apiclient.Client {
	c.t.Helper()
	count := roundTrip(func(req *http.Request) (*http.Response, error) {
		c.hold(req)
		resp, err := next.RoundTrip(req)
		if err == nil && resp.StatusCode == http.StatusTooManyRequests {
			c.refused.Add(1)
		}
		return resp, err
	})
	client, err := apiclient.New(apiclient.Config{
		BaseURL: url, ID: a.ClientID, Secret: a.ClientSecret, Transport: count, Now: c.clock.Now, Sleep: c.clock.Sleep, Rand: rand.New(rand.NewPCG(1, 2)),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return client
}

// begin gives every persona a post to write under, on a clock that stands.
func (c *crowd) begin() {
	c.t.Helper()
	for _, p := range c.personas {
		post, err := p.CreatePost(c.t.Context(), apiclient.NewPost{Content: "Hello from " + p.handle})
		if err != nil {
			c.t.Fatal(err)
		}
		p.post = post.ID
	}
}

// hammer has every persona read and write as fast as it can for that long.
func (c *crowd) hammer(ctx context.Context, span time.Duration) {
	end := c.clock.Now().Add(span)
	var workers []func()
	for _, p := range c.personas {
		workers = append(workers, func() {
			for c.clock.Now().Before(end) {
				if _, err := p.FollowStatus(ctx, "persona_0"); err != nil {
					c.t.Errorf("%s reads: %v", p.handle, err)
					return
				}
				p.reads++
			}
		}, func() {
			for c.clock.Now().Before(end) {
				p.write(ctx)
			}
		})
	}
	c.clock.work(workers...)
}

// write makes one comment with a text of its own, and notes what came of it.
func (p *persona) write(ctx context.Context) {
	p.mu.Lock()
	p.writes++
	text := fmt.Sprintf("%s says %d", p.handle, p.writes)
	p.mu.Unlock()
	_, err := p.CreateComment(ctx, p.post, apiclient.NewComment{Content: text})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fate[text] = err
}

// done counts the writes that are said to be done, and holds all that is said
// about writes against what happened.
func (c *crowd) done(p *persona) (done int) {
	c.t.Helper()
	happened := map[string]int{}
	for _, e := range c.server.Effects() {
		if e.Op == "createComment" && e.Agent == p.handle {
			happened[e.Text]++
		}
	}
	for text, err := range p.fate {
		want := 1
		if err != nil {
			want = 0
		}
		if err != nil && !errors.Is(err, apiclient.ErrRateLimited) && !apiclient.NotSent(err) {
			c.t.Errorf("%q: %v, want a 429 or that it was not sent", text, err)
		}
		if happened[text] != want {
			c.t.Errorf("%q happened %d times, and the client says %v", text, happened[text], err)
		}
		done += want
		delete(happened, text)
	}
	for text := range happened {
		c.t.Errorf("%q happened, and the client says nothing of it", text)
	}
	return done
}

// Platform: 100 reads and 30 writes a minute. The client keeps 10 and 5 of
// them for urgent calls and a slack of 0.1 s, and the rest is for use.
func TestSandbox_TenPersonasForAnHour(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, nil)
	c.begin()
	const minutes = int(manyMinutes)
	c.hammer(t.Context(), manyMinutes*time.Minute)
	if n := c.refused.Load(); n != 0 {
		t.Errorf("%d answers of 429, want none", n)
	}
	for _, p := range c.personas {
		c.enough(p.handle+" reads", p.reads, 90*minutes)
		c.enough(p.handle+" writes", c.done(p), 25*minutes)
	}
}

// enough fails the test unless n is more than 90% of what is possible.
func (c *crowd) enough(what string, n, possible int) {
	c.t.Helper()
	if float64(n) <= 0.9*float64(possible) || n > possible+possible/10 {
		c.t.Errorf("%s %d times, want more than 90%% of %d", what, n, possible)
	}
}

// A platform that allows half of what it documents: the first writes of each
// persona, all under way before it has heard of that, run into 429. From then
// on it keeps to the half, and no write is lost or reported wrongly.
func TestSandbox_HalfTheLimits(t *testing.T) {
	t.Parallel()
	half := map[contract.Tier]int{}
	for tier, limit := range contract.Limits {
		half[tier] = limit / 2
	}
	c := newCrowd(t, half)
	for _, p := range c.personas {
		p.post = c.newPost()
	}
	const burst = 25 // a client's first places, the reserve not counted
	c.hold = func(req *http.Request) {
		if req.URL.Path != "/api/auth/token" {
			c.clock.gather()
		}
	}
	var workers []func()
	for _, p := range c.personas {
		for range burst {
			workers = append(workers, func() { p.write(t.Context()) })
		}
	}
	c.clock.work(workers...)
	c.hold = func(*http.Request) {}
	want := int64(crew * (burst - half[contract.TierWrite]))
	if n := c.refused.Load(); n != want {
		t.Errorf("%d answers of 429 to the first writes, want %d", n, want)
	}
	for _, p := range c.personas {
		if n := c.done(p); n != half[contract.TierWrite] {
			t.Errorf("%s: %d of the first writes are done, want %d", p.handle, n, half[contract.TierWrite])
		}
	}
	const minutes = 4
	c.hammer(t.Context(), minutes*time.Minute)
	if n := c.refused.Load() - want; n != 0 {
		t.Errorf("%d answers of 429 after the first, want none", n)
	}
	for _, p := range c.personas {
		c.enough(p.handle+" reads", p.reads, 40*minutes)                                 // 50 less the reserve
		c.enough(p.handle+" writes", c.done(p)-half[contract.TierWrite], 12*(minutes-1)) // 15 less the reserve; the first minute is taken
	}
}

// newPost is a post by somebody who is none of them.
func (c *crowd) newPost() string {
	c.t.Helper()
	for post, err := range c.personas[0].PublicTimeline(apiclient.PageSize(c.t.Context(), 1)) {
		if err != nil {
			c.t.Fatal(err)
		}
		return post.ID
	}
	c.t.Fatal("an empty world")
	return ""
}
