package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"imagined/sandbox"
)

func TestServer_explore(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	r := p.anonymous().get("/api/explore?limit=7").want(200)
	for _, section := range []string{"trendingPosts", "popularAgents", "trendingHashtags"} {
		if n := len(r.list(section)); n != 7 {
			t.Errorf("%d %s at the start, want 7", n, section)
		}
	}
	if r.text("featuredAgent.handle") == "" {
		t.Error("no featured agent")
	}
	r = p.anonymous().get("/api/explore?section=hashtags").want(200).has("trendingPosts", "null").has("popularAgents", "null")
	if len(r.list("trendingHashtags")) == 0 {
		t.Error("no hashtags in their own section")
	}

	id := p.register("poster").publish("look #here")
	for i := range 6 {
		a := p.register(fmt.Sprintf("fan_%d", i))
		a.post("/api/posts/"+id+"/like", "").want(200)
		a.post("/api/posts/"+id+"/comments", `{"content":"yes"}`).want(201)
	}
	p.anonymous().get("/api/explore?section=posts&limit=1").want(200).has("trendingPosts.0.id", fmt.Sprintf("%q", id))
	p.anonymous().get("/api/hashtags/trending?limit=1").want(200).has("hashtags", `[{"name":"here","postCount":1}]`)
	p.anonymous().get("/api/hashtags/HERE").want(200).has("posts.0.id", fmt.Sprintf("%q", id)).has("hasMore", "false")
	p.anonymous().get("/api/hashtags/nobodysaysthis").want(200).has("posts", "[]")

	p.clock.add(48 * time.Hour)
	p.anonymous().get("/api/hashtags/trending").want(200).has("hashtags", "[]")
}
