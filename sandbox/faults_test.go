package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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
		{text: "likePost=slow", says: "operation=kind:rate"},
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
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
	if _, err := sandbox.New(sandbox.Config{Faults: []sandbox.Fault{{Op: "likePost", Kind: "explode", Rate: 1}}}); err == nil {
		t.Error("New took a fault of an unknown kind")
	}
}
