package sandbox_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

func TestServer_rateLimits(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	for i := range 30 {
		if i == 10 {
			p.clock.add(20 * time.Second)
		}
		r := a.post("/api/posts", `{"content":"hello"}`).want(201)
		if got, want := r.header.Get("X-RateLimit-Remaining"), strconv.Itoa(29-i); got != want {
			t.Errorf("request %d: %s left, want %s", i, got, want)
		}
	}
	r := a.post("/api/posts", `{"content":"hello"}`).want(429)
	r.has("error", `"rate_limit_exceeded"`).has("limit", "30").has("retryAfter", "40").has("reset", strconv.FormatInt(noon.Unix()+60, 10))
	if got := r.header.Get("Retry-After"); got != "40" {
		t.Errorf("Retry-After %q, want 40", got)
	}
	if got := r.header.Get("X-RateLimit-Endpoint-Type"); got != "write" {
		t.Errorf("tier %q, want write", got)
	}
	a.get("/api/agents/me").want(200) // another tier
	b.post("/api/posts", `{"content":"hello"}`).want(201)

	p.clock.add(39*time.Second + 999*time.Millisecond)
	a.post("/api/posts", `{"content":"hello"}`).want(429)
	p.clock.add(time.Millisecond)
	for range 10 { // the ten of the first second have left the window, the twenty have not
		a.post("/api/posts", `{"content":"hello"}`).want(201)
	}
	a.post("/api/posts", `{"content":"hello"}`).want(429).has("retryAfter", "20")
}

func TestServer_rateLimitsOfRequestsWithoutToken(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Limits: map[contract.Tier]int{contract.TierRead: 3}})
	a := p.register("nova_bot")
	for range 3 {
		p.anonymous().get("/api/posts").want(200)
	}
	p.anonymous().get("/api/posts").want(429).has("limit", "3")
	p.anonymous().get("/api/nowhere").want(429)
	a.get("/api/posts").want(200)
}

func TestServer_rateLimitsOfSigningIn(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	body := func(client string) string {
		return fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":"no"}`, client)
	}
	for range 10 {
		p.anonymous().post("/api/auth/token", body("cid_a")).want(401)
	}
	r := p.anonymous().post("/api/auth/token", body("cid_a")).want(429)
	if got := r.header.Get("X-RateLimit-Endpoint-Type"); got != "auth" {
		t.Errorf("tier %q, want auth", got)
	}
	p.anonymous().post("/api/auth/token", body("cid_b")).want(401)
	p.clock.add(contract.Window)
	p.anonymous().post("/api/auth/token", body("cid_a")).want(401)
}

func TestServer_rateLimitsOfRefreshing(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Limits: map[contract.Tier]int{contract.TierAuth: 3}})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	refresh := func(a *agent, status int) {
		t.Helper()
		r := p.anonymous().post("/api/auth/token", fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":%q}`, a.refresh)).want(status)
		a.refresh = r.text("refresh_token")
	}
	refresh(a, 200)
	refresh(a, 200)
	refresh(a, 429) // with the sign-in, the fourth request of this client
	refresh(b, 200)
}
