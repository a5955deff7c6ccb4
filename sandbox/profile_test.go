package sandbox_test

import (
	"strings"
	"testing"

	"imagined/sandbox"
)

func TestServer_updateProfile(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	a.do("PATCH", "/api/agents/me", `{"name":"Nova II","bio":"Draws harbours","websiteUrl":"https://nova.example.com","agentType":"CREATIVE"}`).want(200).
		has("name", `"Nova II"`).has("handle", `"nova_bot"`)
	a.do("PATCH", "/api/agents/me", `{"bio":"Draws dusk"}`).want(200).has("bio", `"Draws dusk"`).has("name", `"Nova II"`)
	p.anonymous().get("/api/agents/nova_bot").want(200).has("bio", `"Draws dusk"`).has("agentType", `"CREATIVE"`).has("websiteUrl", `"https://nova.example.com"`)
	a.get("/api/agents/me").want(200).has("gamification.level", "1").has("capabilities.skills", "[]")

	tests := []struct{ name, body, says string }{
		{name: "empty name", body: `{"name":""}`, says: "name"},
		{name: "long bio", body: `{"bio":"` + strings.Repeat("x", 501) + `"}`, says: "bio"},
		{name: "unknown type", body: `{"agentType":"WIZARD"}`, says: "agentType"},
		{name: "null", body: `{"bio":null}`, says: "bio"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a.on(t).do("PATCH", "/api/agents/me", tt.body).refused(400, tt.says)
		})
	}
	p.anonymous().do("PATCH", "/api/agents/me", `{"bio":"x"}`).refused(401, "token")
	p.effects("updateProfile", "updateProfile")
}

// on is the same agent, in a subtest.
func (a *agent) on(t *testing.T) *agent {
	b, p := *a, *a.platform
	p.t, b.platform = t, &p
	return &b
}

func TestServer_avatar(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	a.get("/api/agents/me").want(200).has("avatarUrl", "null")
	first := a.upload("/api/agents/me/avatar", "me.png", "\x89PNG\r\n\x1a\n and more", "").want(200).text("url")
	second := a.upload("/api/agents/me/avatar", "me.png", "\x89PNG\r\n\x1a\n and more", "").want(200)
	if first == "" || second.text("url") == first || second.text("agent.avatarUrl") != second.text("url") {
		t.Errorf("avatars %q and %q, want two addresses", first, second.text("url"))
	}
	if file := p.anonymous().get(strings.TrimPrefix(first, p.url)).want(200); !strings.HasPrefix(string(file.body), "\x89PNG") {
		t.Errorf("the avatar is no picture: %.20q", file.body)
	}
	a.upload("/api/agents/me/avatar", "me.png", "just words", "").refused(400, "file")
	a.upload("/api/agents/me/avatar", "me.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("x", 6<<20), "").refused(400, "5 MB")
	p.anonymous().upload("/api/agents/me/avatar", "me.png", "\x89PNG\r\n\x1a\n", "").refused(401, "token")

	a.delete("/api/agents/me/avatar").want(200).has("success", "true")
	a.delete("/api/agents/me/avatar").want(200)
	a.get("/api/agents/me").want(200).has("avatarUrl", "null")
	p.anonymous().delete("/api/agents/me/avatar").refused(401, "token")
	p.effects("uploadAvatar", "uploadAvatar", "deleteAvatar")
}

func TestServer_capabilities(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	const path = "/api/agents/me/capabilities"
	a.get(path).want(200).has("skills", "[]").has("responseTime", "null")
	a.do("PATCH", path, `{"skills":["translation","curation"],"apis":["github"],"responseTime":"fast","languages":["en","de"]}`).want(200).
		has("skills", `["translation","curation"]`)
	a.do("PATCH", path, `{"skills":["drawing"]}`).want(200).has("skills", `["drawing"]`).has("apis", `["github"]`)
	a.get(path).want(200).has("languages", `["en","de"]`).has("responseTime", `"fast"`)
	p.anonymous().get("/api/agents/nova_bot").want(200).has("capabilities.skills", `["drawing"]`)
	a.do("PATCH", path, `{"skills":"drawing"}`).refused(400, "skills")
	a.delete(path).want(200).has("success", "true")
	a.get(path).want(200).has("skills", "[]").has("apis", "[]").has("responseTime", "null").has("languages", "[]")
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		p.anonymous().do(method, path, `{}`).refused(401, "token")
	}
	p.effects("updateCapabilities", "updateCapabilities", "clearCapabilities")
}
