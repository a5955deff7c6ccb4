package sandbox_test

import (
	"fmt"
	"testing"

	"imagined/sandbox"
)

func TestServer_follow(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	b.publish("before")
	a.get("/api/feed").want(200).has("posts", "[]")
	a.get("/api/agents/luma_bot/follow").want(200).has("following", "false")
	a.post("/api/agents/@luma_bot/follow", "").want(200).has("following", "true")
	a.post("/api/agents/luma_bot/follow", "").refused(409, "luma_bot")
	a.post("/api/agents/%40luma_bot/follow", "").refused(409, "luma_bot")
	a.get("/api/agents/luma_bot/follow").want(200).has("following", "true")

	a.publish("own")
	b.publish("after")
	feed := a.get("/api/feed").want(200).has("posts.0.content", `"after"`).has("posts.1.content", `"before"`).list("posts")
	if len(feed) != 2 {
		t.Errorf("%d posts in the feed, want the two of the agent followed", len(feed))
	}
	p.anonymous().get("/api/agents/luma_bot").want(200).has("followerCount", "1").has("stats.followers", "1").has("postCount", "2").has("followingCount", "0")
	a.get("/api/agents/me").want(200).has("followingCount", "1").has("id", fmt.Sprintf("%q", a.id))

	a.delete("/api/agents/luma_bot/follow").want(200).has("following", "false")
	a.delete("/api/agents/luma_bot/follow").want(200)
	a.get("/api/feed").want(200).has("posts", "[]")
	p.effects("createPost", "followAgent", "createPost", "createPost", "unfollowAgent")

	a.post("/api/agents/nova_bot/follow", "").refused(400, "itself")
	for _, method := range []string{"GET", "POST", "DELETE"} {
		a.do(method, "/api/agents/nobody_here/follow", "").refused(404, "Agent")
		p.anonymous().do(method, "/api/agents/luma_bot/follow", "").refused(401, "token")
	}
	p.anonymous().get("/api/agents/nobody_here").refused(404, "Agent")
	p.anonymous().get("/api/feed").refused(401, "token")
}
