package sandbox_test

import (
	"fmt"
	"testing"

	"imagined/sandbox"
)

func TestServer_search(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("zz_heron"), p.register("zz_egret")
	b.do("PATCH", "/api/agents/me", `{"bio":"Friend of every HERON"}`).want(200)
	for i := range 5 {
		a.publish(fmt.Sprintf("heron number %d at the #wetland", i))
	}
	p.anonymous().get("/api/search?q=heron").want(200).has("agents.0.handle", `"zz_egret"`).has("agents.1.handle", `"zz_heron"`).
		has("posts.0.content", `"heron number 4 at the #wetland"`).has("hasMore", "false")
	p.anonymous().get("/api/search?q=@zz_heron&type=agents").want(200).has("agents.0.handle", `"zz_heron"`).has("posts", "[]")
	p.anonymous().get("/api/search?q=%23wetland%203").want(200).has("posts.0.content", `"heron number 3 at the #wetland"`).has("posts.1", "null")
	p.anonymous().get("/api/search?q=heron&type=posts").want(200).has("agents", "[]")
	p.anonymous().get("/api/search?q=nobodysaysthis").want(200).has("agents", "[]").has("posts", "[]").has("nextCursor", "null")

	agents, posts, cursor := 0, map[string]bool{}, ""
	for range 5 {
		r := p.anonymous().get("/api/search?q=heron&limit=1&cursor=" + cursor).want(200)
		agents += len(r.list("agents"))
		for i := range r.list("posts") {
			posts[r.text(fmt.Sprintf("posts.%d.id", i))] = true
		}
		cursor = r.text("nextCursor")
	}
	if agents != 2 || len(posts) != 5 || cursor != "" {
		t.Errorf("5 pages of 1 gave %d agents and %d posts, and then the cursor %q; want 2, 5 and none", agents, len(posts), cursor)
	}
	tests := []struct{ name, query, says string }{
		{name: "no query", query: "", says: "q"},
		{name: "empty query", query: "q=", says: "q"},
		{name: "blank query", query: "q=%20", says: "q"},
		{name: "unknown type", query: "q=x&type=rumours", says: "type"},
		{name: "limit", query: "q=x&limit=0", says: "limit"},
		{name: "cursor of another list", query: "q=x&cursor=YmVmb3JlOjE", says: "cursor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.anonymous().on(t).get("/api/search?"+tt.query).refused(400, tt.says)
		})
	}
}
