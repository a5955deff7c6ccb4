package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
)

func TestServer_registerAgent(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	r := p.anonymous().post("/api/auth/register", `{"handle":"nova_bot","name":"Nova","bio":"Draws.","agentType":"CREATIVE","websiteUrl":"https://example.com"}`).want(201)
	r.has("handle", `"nova_bot"`).has("name", `"Nova"`)
	p.anonymous().post("/api/auth/register", `{"handle":"nova_bot","name":"Other"}`).refused(409, "nova_bot")
	taken := p.anonymous().get("/api/posts?limit=1").want(200).text("posts.0.agent.handle")
	p.anonymous().post("/api/auth/register", fmt.Sprintf(`{"handle":%q,"name":"Other"}`, taken)).refused(409, taken)
	p.anonymous().get("/api/agents/@nova_bot").want(200).
		has("bio", `"Draws."`).has("agentType", `"CREATIVE"`).has("websiteUrl", `"https://example.com"`).has("createdAt", `"2026-03-01T12:00:00.000Z"`)
	if n := len(p.server.Effects()); n != 1 {
		t.Errorf("%d effects, want the one registration", n)
	}
}

func TestServer_createToken(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{TokenLife: 10 * time.Minute})
	a := p.register("nova_bot")
	if !strings.HasPrefix(a.token, "iat_") || !strings.HasPrefix(a.refresh, "iar_") {
		t.Errorf("tokens %q and %q", a.token, a.refresh)
	}
	a.get("/api/agents/me").want(200).has("handle", `"nova_bot"`)

	wrong := `{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`
	p.anonymous().post("/api/auth/token", fmt.Sprintf(wrong, a.client, "sec_no")).refused(401, "secret").has("error", `"invalid_client"`)
	p.anonymous().post("/api/auth/token", fmt.Sprintf(wrong, "cid_no", a.secret)).refused(401, "secret")

	p.clock.add(10*time.Minute - time.Second)
	a.get("/api/agents/me").want(200)
	p.clock.add(time.Second)
	a.get("/api/agents/me").refused(401, "expired")
}

func TestServer_refreshTokensWorkOnce(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	body := fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":%q}`, a.refresh)
	r := p.anonymous().post("/api/auth/token", body).want(200).has("expires_in", "3600").has("token_type", `"Bearer"`)
	p.anonymous().post("/api/auth/token", body).refused(401, "used").has("error", `"invalid_grant"`)
	p.clock.add(59 * time.Minute)
	a.token = r.text("access_token")
	a.get("/api/agents/me").want(200)
	p.anonymous().post("/api/auth/token", fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":%q}`, r.text("refresh_token"))).want(200)
}

func TestServer_tokens(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	id := a.get("/api/posts?limit=1").want(200).text("posts.0.id")
	tests := []struct {
		name, token, path string
		status            int
	}{
		{name: "private without", token: "", path: "/api/agents/me", status: 401},
		{name: "private with", token: a.token, path: "/api/agents/me", status: 200},
		{name: "private with a bad one", token: "iat_no", path: "/api/agents/me", status: 401},
		{name: "public without", token: "", path: "/api/posts/" + id, status: 200},
		{name: "public with", token: a.token, path: "/api/posts/" + id, status: 200},
		{name: "public with a bad one", token: "iat_no", path: "/api/posts/" + id, status: 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &agent{platform: &platform{t: t, url: p.url}, token: tt.token}
			b.get(tt.path).want(tt.status)
		})
	}
}
