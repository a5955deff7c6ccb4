package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

// later collects what is to run later, so that the test says when.
type later struct {
	mu    sync.Mutex
	tasks []func()
	asked chan time.Duration
}

func newLater() *later { return &later{asked: make(chan time.Duration, 100)} }

func (l *later) after(d time.Duration, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tasks = append(l.tasks, f)
	l.asked <- d
}

func (l *later) run() {
	l.mu.Lock()
	tasks := l.tasks
	l.tasks = nil
	l.mu.Unlock()
	for _, f := range tasks {
		f()
	}
}

func always(kind sandbox.FaultKind) sandbox.Fault {
	return sandbox.Fault{Op: "likePost", Kind: kind, Rate: 1, Delay: 150 * time.Millisecond}
}

// struck is a platform with an agent and a post to like, and then a fault.
func struck(t *testing.T, kind sandbox.FaultKind) (a *agent, path string, l *later) {
	t.Helper()
	l = newLater()
	p := start(t, sandbox.Config{After: l.after})
	a = p.register("nova_bot")
	path = "/api/posts/" + a.get("/api/posts?limit=1").want(200).text("posts.0.id")
	p.server.SetFaults(always(kind))
	return a, path + "/like", l
}

func TestFault_appliedReset(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.AppliedReset)
	if r := a.post(like, ""); !errors.Is(r.err, syscall.ECONNRESET) {
		t.Errorf("status %d, error %v, want a reset connection", r.status, r.err)
	}
	a.effects("likePost")
	a.post(like, "").refused(409, "liked") // what is refused has nothing to lose
	a.effects("likePost")
}

func TestFault_appliedError(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.AppliedError)
	r := a.post(like, "").refused(503, "")
	if r.header.Get("Retry-After") != "" {
		t.Error("Retry-After would promise that nothing happened")
	}
	a.effects("likePost")
}

func TestFault_notApplied(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.NotApplied)
	if r := a.post(like, "").refused(503, ""); r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	a.effects()
}

func TestFault_lateApply(t *testing.T) {
	t.Parallel()
	a, like, l := struck(t, sandbox.LateApply)
	for range 2 {
		if r := a.post(like, ""); !errors.Is(r.err, syscall.ECONNRESET) {
			t.Errorf("status %d, error %v, want a reset connection", r.status, r.err)
		}
	}
	a.effects()
	if d := <-l.asked; d != 150*time.Millisecond {
		t.Errorf("put off for %v, want 150ms", d)
	}
	a.clock.add(time.Second)
	l.run()
	a.server.Settle()
	a.effects("likePost") // the second was refused, as it would have been in time
	if e := a.server.Effects()[1]; !e.At.Equal(noon.Add(time.Second)) {
		t.Errorf("it happened at %v, want when it was run", e.At)
	}
}

func TestFault_slow(t *testing.T) {
	t.Parallel()
	a, like, l := struck(t, sandbox.Slow)
	done := make(chan *reply)
	go func() { done <- a.post(like, "") }()
	<-l.asked
	a.effects("likePost")
	l.run()
	(<-done).want(200).has("liked", "true")
}

func TestFault_slowEndsWithTheClient(t *testing.T) {
	t.Parallel()
	a, like, l := struck(t, sandbox.Slow)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", a.url+like, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	go func() { <-l.asked; cancel() }()
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = res.Body.Close()
		t.Fatal("an answer came although nobody let it")
	}
	// Closing the server at the end of the test waits for the handler, which nothing but the client can end.
}

func TestFault_tooMany(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.TooMany)
	a.post(like, "").want(429).has("error", `"rate_limit_exceeded"`).has("retryAfter", "1").has("limit", "30")
	a.effects()
}

func TestFault_expired(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.Expired)
	a.post(like, "").refused(401, "expired")
	a.effects()
	a.server.SetFaults()
	a.post(like, "").refused(401, "not valid")
	a.signIn()
	a.post(like, "").want(200)
	a.effects("likePost")
}

func TestFault_truncated(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.Truncated)
	r := a.post(like, "")
	if r.status != 200 || !errors.Is(r.err, io.ErrUnexpectedEOF) || !strings.HasPrefix(string(r.body), `{"liked"`) {
		t.Errorf("status %d, error %v, body %q, want a broken-off 200", r.status, r.err, r.body)
	}
	a.effects("likePost")
}

func TestFault_html(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.HTML)
	r := a.post(like, "").want(200)
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.HasPrefix(string(r.body), "<!DOCTYPE") {
		t.Errorf("%s: %s", r.header.Get("Content-Type"), r.body)
	}
	a.effects("likePost")
}

func TestFault_starIsEveryWrite(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Faults: []sandbox.Fault{{Op: "*", Kind: sandbox.NotApplied, Rate: 1}}})
	a := p.register("nova_bot") // the auth tier is spared
	id := a.get("/api/posts?limit=1").want(200).text("posts.0.id")
	a.post("/api/posts", `{"content":"x"}`).want(503)
	a.delete("/api/posts/" + id + "/like").want(503)
	a.post("/api/posts", `{}`).want(400)
	p.server.SetFaults(sandbox.Fault{Op: "*", Kind: sandbox.NotApplied, Rate: 2})
	a.post("/api/posts", `{"content":"x"}`).want(201)
}

func TestFault_rateAndSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		p := start(t, sandbox.Config{Seed: seed, Faults: []sandbox.Fault{{Op: "recordView", Kind: sandbox.NotApplied, Rate: 0.3}},
			Limits: map[contract.Tier]int{contract.TierWrite: 1000}})
		a := p.register("nova_bot")
		id := a.get("/api/posts?limit=1").want(200).text("posts.0.id")
		var b strings.Builder
		for range 100 {
			b.WriteByte("x."[min(1, a.post("/api/posts/"+id+"/view", "").status/503)])
		}
		return b.String()
	}
	first := run(1)
	if n := strings.Count(first, "."); n < 15 || n > 45 {
		t.Errorf("%d of 100 went wrong, want about 30", n)
	}
	if again := run(1); again != first {
		t.Errorf("the same seed gave\n%s and\n%s", first, again)
	}
	if other := run(2); other == first {
		t.Error("another seed gave the same")
	}
}

func TestFault_withoutAConnectionToReset(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.AppliedReset)
	req := httptest.NewRequestWithContext(t.Context(), "POST", like, nil)
	req.Header.Set("Authorization", "Bearer "+a.token)
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v, want http.ErrAbortHandler", err)
		}
		a.effects("likePost")
	}()
	a.server.ServeHTTP(httptest.NewRecorder(), req)
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want sandbox.Fault
		says string
	}{
		{text: "likePost=applied-reset:0.1", want: sandbox.Fault{Op: "likePost", Kind: sandbox.AppliedReset, Rate: 0.1}},
		{text: "*=late-apply:0.05:150ms", want: sandbox.Fault{Op: "*", Kind: sandbox.LateApply, Rate: 0.05, Delay: 150 * time.Millisecond}},
		{text: "createComment=html:1", want: sandbox.Fault{Op: "createComment", Kind: sandbox.HTML, Rate: 1}},
		{text: "", says: "operation=kind:rate"},
		{text: "likePost", says: "operation=kind:rate"},
		{text: "likePost=slow", says: "slow:1:150ms"},
		{text: "likePost=", says: "operation=kind:rate"},
		{text: "likePost=applied-reset", want: sandbox.Fault{Op: "likePost", Kind: sandbox.AppliedReset, Once: true}},
		{text: "listPosts=stale:3s", want: sandbox.Fault{Op: "listPosts", Kind: sandbox.Stale, Once: true, Delay: 3 * time.Second}},
		{text: "*=pass", want: sandbox.Fault{Op: "*", Kind: sandbox.Pass, Once: true}},
		{text: "*=pass:0.5", says: "script"},
		{text: "likePost=stale:1s", says: "GET"},
		{text: "likePost=looping-cursor:1", says: "GET"},
		{text: "likePost=refused-refresh", says: "createToken=refused-refresh"},
		{text: "likePost=slow:1:2s:3", says: "operation=kind:rate"},
		{text: "likepost=html:1", says: "operationId"},
		{text: "likePost=explode:1", says: "applied-reset"},
		{text: "likePost=html:often", says: "0.1"},
		{text: "likePost=html:0", says: "above 0"},
		{text: "likePost=html:1.5", says: "up to 1"},
		{text: "likePost=html:NaN", says: "up to 1"},
		{text: "likePost=slow:1", says: "slow:1:150ms"},
		{text: "likePost=slow:1:150", says: "150ms"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := sandbox.ParseFault(tt.text)
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that mentions %q", err, tt.says)
				}
				return
			}
			if err != nil || got != tt.want || got.String() != tt.text {
				t.Errorf("got %+v (%s), %v, want %+v", got, got, err, tt.want)
			}
		})
	}
	if _, err := sandbox.New(sandbox.Config{Faults: []sandbox.Fault{{Op: "likePost", Kind: "explode", Rate: 1}}}); err == nil {
		t.Error("New took a fault of an unknown kind")
	}
	if _, err := sandbox.New(sandbox.Config{Faults: []sandbox.Fault{{Op: "likePost", Kind: sandbox.HTML, Rate: 1, Once: true}}}); err == nil {
		t.Error("New took a fault with a rate that strikes once")
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	got, err := sandbox.ParseFaults(strings.NewReader("# a script\n\nlikePost=pass\n  likePost=slow:2s # the second\n*=not-applied:0.5\n"))
	want := []sandbox.Fault{
		{Op: "likePost", Kind: sandbox.Pass, Once: true}, {Op: "likePost", Kind: sandbox.Slow, Once: true, Delay: 2 * time.Second},
		{Op: "*", Kind: sandbox.NotApplied, Rate: 0.5},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := sandbox.ParseFaults(strings.NewReader("\nlikePost=pass\nlikePost=explode\n")); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("error %v, want one that names line 3", err)
	}
}

func TestFault_appliedWithOtherErrors(t *testing.T) {
	t.Parallel()
	for kind, status := range map[sandbox.FaultKind]int{sandbox.Applied500: 500, sandbox.Applied502: 502, sandbox.Applied504: 504} {
		a, like, _ := struck(t, kind)
		r := a.raw("POST", like, "").want(status)
		switch html := strings.HasPrefix(r.header.Get("Content-Type"), "text/html"); {
		case status == 500 && r.text("error") == "", status == 502 && !html, status == 504 && len(r.body) > 0:
			t.Errorf("%s: %s: %q", kind, r.header.Get("Content-Type"), r.body)
		}
		a.effects("likePost")
	}
}

func TestFault_huge(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.Huge)
	r := a.raw("POST", like, "").want(200)
	if len(r.body) < 64<<20 || r.field("liked") != true {
		t.Errorf("%d bytes that end with %q", len(r.body), r.body[len(r.body)-40:])
	}
	a.effects("likePost")
}

func TestFault_storm(t *testing.T) {
	t.Parallel()
	a, like, _ := struck(t, sandbox.Storm)
	a.server.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.Storm, Once: true})
	other := strings.TrimSuffix(like, "like") + "view"
	for _, want := range []string{"", "-5", "1000000000", "Sun, 01 Mar 2026 12:00:30 GMT", "soon"} {
		r := a.raw("POST", like, "").want(429).has("error", `"rate_limit_exceeded"`)
		if got := r.header.Get("Retry-After"); got != want {
			t.Errorf("Retry-After %q, want %q", got, want)
		}
		a.post(other, "").want(200) // not of the storm
	}
	a.post(like, "").want(200)
	a.effects("recordView", "recordView", "recordView", "recordView", "recordView", "likePost")
}

func TestFault_refusedRefresh(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	p.server.SetFaults(sandbox.Fault{Op: "createToken", Kind: sandbox.RefusedRefresh, Once: true})
	refresh := fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":%q}`, a.refresh)
	spare := *a
	a.signIn() // by secret, which the fault lets pass
	p.anonymous().post("/api/auth/token", refresh).refused(401, "revoked")
	p.anonymous().post("/api/auth/token", refresh).refused(401, "unknown") // dead from then on
	spare.get("/api/agents/me").want(200)
}

func TestFault_staleReads(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{TokenLife: 72 * time.Hour})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	old := a.publish("old #stale")
	service := a.offers("Sketches", 500, 1, "CREATIVE")
	p.clock.add(time.Minute)
	fresh := a.publish("fresh #stale")
	b.post("/api/posts/"+old+"/like", "").want(200)
	comment := b.post("/api/posts/"+old+"/comments", `{"content":"hello"}`).want(201).text("id")
	b.post("/api/agents/nova_bot/follow", "").want(200)
	b.post("/api/posts/"+old+"/repost", "").want(201)
	order := b.orders(service)
	clip := a.films("Gulls")
	b.post("/api/conversations", `{"participantHandle":"nova_bot","message":"hello"}`).want(201)
	reads := func(now bool) {
		t.Helper()
		yes, one := fmt.Sprint(now), "1"
		if !now {
			one = "0"
		}
		b.get("/api/posts/"+old).want(200).has("isLiked", yes).has("likeCount", one).has("commentCount", one).has("repostCount", one)
		b.get("/api/agents/nova_bot/follow").want(200).has("following", yes)
		first := b.get("/api/hashtags/stale").want(200).text("posts.0.id")
		if (first == fresh) != now {
			t.Errorf("the newest post is %s", first)
		}
		status := 200
		if !now {
			status = 404
		}
		b.get("/api/posts/" + fresh).want(status)
		b.get(order).want(status)
		b.get(clip).want(status)
		if n := len(b.get("/api/posts/" + old + "/comments").want(200).list("comments")); (n == 1) != now {
			t.Errorf("%d comments", n)
		}
		if n := len(b.get("/api/conversations").want(200).list("conversations")); (n == 1) != now {
			t.Errorf("%d conversations", n)
		}
	}
	reads(true)
	p.server.SetFaults(sandbox.Fault{Op: "*", Kind: sandbox.Stale, Rate: 1, Delay: 30 * time.Second})
	reads(false)
	b.delete("/api/posts/" + old + "/comments/" + comment).want(200) // writes see the world as it is
	b.post("/api/posts/"+old+"/like", "").refused(409, "liked")
	b.post("/api/posts/"+old+"/comments", `{"content":"hello"}`).want(201)
	p.server.SetFaults()
	reads(true) // everything was put back
	p.server.SetFaults(sandbox.Fault{Op: "*", Kind: sandbox.Stale, Rate: 1, Delay: 30 * time.Second})
	p.clock.add(31 * time.Second)
	reads(true) // and the replica catches up
}

func TestFault_loopingCursor(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Faults: []sandbox.Fault{{Op: "*", Kind: sandbox.LoopingCursor, Rate: 1}}})
	a := p.register("nova_bot")
	var cursors, firsts []string
	cursor := ""
	for range 5 {
		r := p.anonymous().get("/api/posts?limit=3&cursor="+cursor).want(200).has("hasMore", "true")
		cursor = r.text("nextCursor")
		cursors, firsts = append(cursors, cursor), append(firsts, r.text("posts.0.id"))
	}
	if cursors[0] == cursors[1] || cursors[0] != cursors[2] || cursors[1] != cursors[3] {
		t.Errorf("cursors %v, want two that take turns", cursors)
	}
	if firsts[0] == firsts[1] || firsts[1] != firsts[2] || firsts[1] != firsts[4] {
		t.Errorf("pages begin with %v, want the second page for ever", firsts)
	}
	r := a.get("/api/generate/history").want(200).has("jobs", "[]").has("hasMore", "true") // a list of one page, too
	a.get("/api/generate/history?cursor="+r.text("nextCursor")).want(200).has("hasMore", "true")
	a.get("/api/agents/me").want(200) // no page, no harm
}

func TestFault_script(t *testing.T) {
	t.Parallel()
	script, err := sandbox.ParseFaults(strings.NewReader("likePost=pass\nlikePost=not-applied\ncreatePost=applied-error\nlikePost=too-many\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, sandbox.Config{Faults: script})
	a := p.register("nova_bot")
	posts := a.get("/api/posts?limit=4").want(200)
	like := func(i int) *reply { return a.post("/api/posts/"+posts.text(fmt.Sprintf("posts.%d.id", i))+"/like", "") }
	like(0).want(200)
	a.post("/api/posts", `{"content":"before its turn"}`).want(201)
	like(1).want(503)
	like(1).want(200) // the script waits for a post
	a.post("/api/posts", `{"content":"its turn"}`).want(503)
	like(2).want(429)
	like(2).want(200) // the script is over
	p.effects("likePost", "createPost", "likePost", "createPost", "likePost")
}

func TestServer_control(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	a.publish("hello")
	who := p.anonymous()
	who.send("PUT", "/_sandbox/faults", "text/plain", strings.NewReader("createPost=not-applied\n*=not-applied:0.5")).want(204)
	if got := string(who.get("/_sandbox/faults").want(200).body); got != "createPost=not-applied\n*=not-applied:0.5\n" {
		t.Errorf("faults %q", got)
	}
	a.post("/api/posts", `{"content":"x"}`).want(503)
	if r := who.send("PUT", "/_sandbox/faults", "", strings.NewReader("createPost=explode")).want(400); !strings.Contains(string(r.body), "line 1") {
		t.Errorf("%s", r.body)
	}
	who.send("PUT", "/_sandbox/faults", "", strings.NewReader("")).want(204)
	a.publish("again")
	who.get("/_sandbox/effects").want(200).has("0.op", `"registerAgent"`).has("1.text", `"hello"`).has("2.text", `"again"`).has("3", "null")
	who.send("POST", "/_sandbox/effects", "", nil).want(405)
	who.get("/_sandbox/nothing").want(404)

	for name, from := range map[string]func(*http.Request){
		"elsewhere":  func(r *http.Request) { r.RemoteAddr = "192.0.2.1:4711" },
		"a web page": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
	} {
		req := httptest.NewRequestWithContext(t.Context(), "PUT", "/_sandbox/faults", strings.NewReader("*=html:1"))
		req.RemoteAddr = "127.0.0.1:4711"
		from(req)
		w := httptest.NewRecorder()
		p.server.ServeHTTP(w, req)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", name, w.Code)
		}
	}
	a.publish("and again")
}
