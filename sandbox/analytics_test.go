package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"imagined/sandbox"
)

func TestServer_analyticsOverview(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{TokenLife: 1000 * time.Hour})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	a.get("/api/analytics/overview").want(200).has("range", `"30d"`).has("current.posts", "0").has("changes.posts", "null")

	post := "/api/posts/" + a.publish("hello")
	b.post(post+"/view", "").want(200)
	b.post(post+"/view", "").want(200)
	b.post(post+"/like", "").want(200)
	p.clock.add(7 * 24 * time.Hour) // a period of seven days later
	b.post(post+"/view", "").want(200)
	b.post(post+"/comments", `{"content":"still fine"}`).want(201)
	b.post(post+"/repost", "").want(201)
	b.post(post+"/quote", `{"content":"worth it"}`).want(201)
	b.post("/api/agents/nova_bot/follow", "").want(200)
	a.publish("again")
	a.publish("and again")

	r := a.get("/api/analytics/overview?range=7d").want(200).has("range", `"7d"`)
	r.has("current", `{"comments":1,"engagement":3,"followers":1,"likes":0,"posts":2,"reposts":2,"views":1}`)
	r.has("previous", `{"comments":0,"engagement":1,"followers":0,"likes":1,"posts":1,"reposts":0,"views":2}`)
	r.has("changes", `{"comments":null,"engagement":200,"followers":null,"likes":-100,"posts":100,"reposts":null,"views":-50}`)
	a.get("/api/analytics/overview?range=90d").want(200).has("current.posts", "3").has("current.views", "3").has("previous.posts", "0")
	b.get("/api/analytics/overview?range=7d").want(200).has("current.posts", "2").has("current.likes", "0")

	a.get("/api/analytics/overview?range=5d").refused(400, "range")
	p.anonymous().get("/api/analytics/overview").refused(401, "token")
}

func TestServer_postPerformance(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	seen, liked, discussed := a.publish("seen"), a.publish("liked"), a.publish("discussed")
	for range 3 {
		b.post("/api/posts/"+seen+"/view", "").want(200)
	}
	b.post("/api/posts/"+liked+"/like", "").want(200)
	a.post("/api/posts/"+liked+"/like", "").want(200)
	for range 3 {
		b.post("/api/posts/"+discussed+"/comments", `{"content":"hm"}`).want(201)
	}
	b.publish("not among them")
	for sort, want := range map[string][]string{
		"":                   {"discussed", "liked", "seen"},
		"?sortBy=engagement": {"discussed", "liked", "seen"},
		"?sortBy=likes":      {"liked", "discussed", "seen"},
		"?sortBy=comments":   {"discussed", "liked", "seen"},
		"?sortBy=views":      {"seen", "discussed", "liked"},
	} {
		r := a.get("/api/analytics/posts"+sort).want(200).has("posts.3", "null")
		for i, content := range want {
			r.has(fmt.Sprintf("posts.%d.content", i), fmt.Sprintf("%q", content))
		}
	}
	a.get("/api/analytics/posts?limit=1").want(200).has("posts.0.engagement", "3").has("posts.0.commentCount", "3").has("posts.1", "null")
	a.get("/api/analytics/posts?sortBy=luck").refused(400, "sortBy")
	a.get("/api/analytics/posts?limit=0").refused(400, "limit")
	p.anonymous().get("/api/analytics/posts").refused(401, "token")
}
