package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"imagined/sandbox"
)

// publish makes a post and returns its id.
func (a *agent) publish(text string) string {
	a.t.Helper()
	return a.post("/api/posts", fmt.Sprintf(`{"content":%q}`, text)).want(201).text("id")
}

func TestServer_createPost(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	r := a.post("/api/posts", `{"content":"First light over the #Bay, #bay and #港, with @luma_bot, me@example.com"}`).want(201)
	r.has("mediaType", `"TEXT"`).has("hashtags", `["bay","港"]`).has("mentions", `["luma_bot"]`).has("agent.handle", `"nova_bot"`)
	r.has("isLiked", "false").has("likeCount", "0").has("commentCount", "0").has("mediaUrls", "[]")
	p.anonymous().get("/api/posts/"+r.text("id")).want(200).has("isLiked", "null").has("createdAt", `"2026-03-01T12:00:00.000Z"`)
	p.anonymous().get("/api/posts?limit=1").want(200).has("posts.0.id", fmt.Sprintf("%q", r.text("id"))).has("hasMore", "true")
	a.post("/api/posts", `{"content":"x","mediaType":"IMAGE","mediaUrls":["https://example.com/a.png"]}`).want(201).
		has("mediaType", `"IMAGE"`).has("mediaUrls", `["https://example.com/a.png"]`)
	p.anonymous().post("/api/posts", `{"content":"x"}`).refused(401, "token")
	p.effects("createPost", "createPost")
	if e := p.server.Effects()[1]; e.Agent != "nova_bot" || e.ID != r.text("id") || e.Text != r.text("content") || !e.At.Equal(noon) {
		t.Errorf("effect %+v", e)
	}
}

func TestServer_deletePost(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	id := a.publish("hello")
	b.delete("/api/posts/"+id).refused(403, "author")
	a.delete("/api/posts/"+id).want(200).has("success", "true")
	a.delete("/api/posts/"+id).refused(404, "Post")
	a.get("/api/posts/"+id).refused(404, "Post")
	p.effects("createPost", "deletePost")
}

func TestServer_likes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	like := "/api/posts/" + a.publish("hello") + "/like"
	a.post(like, "").want(200).has("liked", "true").has("likeCount", "1")
	a.post(like, "").refused(409, "liked")
	b.post(like, "").want(200).has("likeCount", "2")
	post := like[:len(like)-len("/like")]
	a.get(post).want(200).has("isLiked", "true").has("likeCount", "2")
	r := p.anonymous().get(post+"/likes?limit=1").want(200).has("likes.0.agent.handle", `"luma_bot"`).has("hasMore", "true")
	p.anonymous().get(post+"/likes?limit=1&cursor="+r.text("nextCursor")).want(200).
		has("likes.0.agent.handle", `"nova_bot"`).has("hasMore", "false").has("nextCursor", "null")
	a.delete(like).want(200).has("liked", "false").has("likeCount", "1")
	a.delete(like).want(200).has("likeCount", "1")
	a.get(post).want(200).has("isLiked", "false")
	p.effects("createPost", "likePost", "likePost", "unlikePost")
	a.post("/api/posts/pst_none/like", "").refused(404, "Post")
	a.delete("/api/posts/pst_none/like").refused(404, "Post")
	a.get("/api/posts/pst_none/likes").refused(404, "Post")
	p.anonymous().post(like, "").refused(401, "token")
}

func TestServer_amplifyAndView(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	post := "/api/posts/" + a.publish("hello")
	a.post(post+"/amplify", "").want(200).has("amplified", "true").has("amplifyCount", "1")
	a.post(post+"/amplify", "").refused(409, "amplified")
	a.delete(post+"/amplify").want(200).has("amplified", "false").has("amplifyCount", "0")
	a.delete(post + "/amplify").want(200)
	a.post(post+"/view", "").want(200).has("success", "true")
	a.post(post+"/view", "").want(200)
	a.get(post).want(200).has("viewCount", "2")
	for _, what := range []string{"amplify", "view"} {
		a.post("/api/posts/pst_none/"+what, "").refused(404, "Post")
		p.anonymous().post(post+"/"+what, "").refused(401, "token")
	}
	a.delete("/api/posts/pst_none/amplify").refused(404, "Post")
	p.effects("createPost", "amplifyPost", "removeAmplify", "recordView", "recordView")
}

func TestServer_reposts(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	post := "/api/posts/" + a.publish("hello")
	r := b.post(post+"/repost", "").want(201).has("content", "null").has("repostOf.content", `"hello"`)
	b.post(post+"/repost", "").refused(409, "reposted")
	b.post(post+"/quote", `{"content":"worth it"}`).want(201).has("isQuote", "true").has("content", `"worth it"`)
	b.get(post).want(200).has("repostCount", "2").has("isReposted", "true")
	if got := p.anonymous().get(post+"/reposts").want(200).has("reposts.0.isQuote", "true").list("reposts"); len(got) != 2 {
		t.Errorf("%d reposts, want 2", len(got))
	}
	again := b.post("/api/posts/"+r.text("id")+"/repost", "").want(201).has("repostOf.repostOf", "null").text("id")
	b.delete(post+"/repost").want(200).has("reposted", "false").has("repostCount", "1")
	b.delete(post + "/repost").want(200)
	b.get("/api/posts/"+again).want(200).has("repostOf", "null")
	a.post("/api/posts/pst_none/repost", "").refused(404, "Post")
	a.post("/api/posts/pst_none/quote", `{"content":"x"}`).refused(404, "Post")
	a.delete("/api/posts/pst_none/repost").refused(404, "Post")
	a.get("/api/posts/pst_none/reposts").refused(404, "Post")
	p.effects("createPost", "repostPost", "quotePost", "repostPost", "undoRepost")
}

func TestServer_comments(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	post := "/api/posts/" + a.publish("hello")
	comment := func(who *agent, text, parent string) string {
		body := fmt.Sprintf(`{"content":%q}`, text)
		if parent != "" {
			body = fmt.Sprintf(`{"content":%q,"parentId":%q}`, text, parent)
		}
		return who.post(post+"/comments", body).want(201).text("id")
	}
	first := comment(a, "one", "")
	reply := comment(b, "two", first)
	comment(a, "three", reply)
	comment(b, "one", "")
	comment(b, "one", "")
	a.get(post).want(200).has("commentCount", "5")

	r := p.anonymous().get(post+"/comments?limit=3").want(200).has("comments.0.content", `"one"`).has("comments.2.content", `"three"`).
		has("comments.0.parentId", "null").has("comments.2.parentId", fmt.Sprintf("%q", reply)).has("hasMore", "true")
	comment(a, "meanwhile", "")
	p.anonymous().get(post+"/comments?limit=3&cursor="+r.text("nextCursor")).want(200).
		has("comments.0.content", `"two"`).has("comments.1.content", `"one"`).has("hasMore", "false")

	b.delete(post+"/comments/"+first).refused(403, "author")
	a.delete(post + "/comments/" + first).want(200)
	a.get(post).want(200).has("commentCount", "3")
	a.delete(post+"/comments/"+first).refused(404, "Comment")
	a.delete(post+"/comments/"+reply).refused(404, "Comment")

	a.post(post+"/comments", `{"content":"x","parentId":"cmt_none"}`).refused(400, "parentId")
	a.post("/api/posts/pst_none/comments", `{"content":"x"}`).refused(404, "Post")
	a.delete("/api/posts/pst_none/comments/x").refused(404, "Post")
	a.get("/api/posts/pst_none/comments").refused(404, "Post")
	p.anonymous().post(post+"/comments", `{"content":"x"}`).refused(401, "token")
}

func TestServer_pagesHoldStillWhilePostsComeAndGo(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	for i := range 7 {
		a.publish(fmt.Sprintf("mine %d", i))
		p.clock.add(time.Second)
	}
	seen, cursor := map[string]int{}, ""
	for n := 0; ; n++ {
		r := a.get("/api/posts?limit=5&cursor=" + cursor).want(200)
		for i := range r.list("posts") {
			seen[r.text(fmt.Sprintf("posts.%d.content", i))]++
		}
		if n == 0 {
			a.delete("/api/posts/" + r.text("posts.4.id")).want(200) // the one that the cursor stands on
			a.publish("later")
		}
		if cursor = r.text("nextCursor"); cursor == "" {
			break
		}
	}
	for i := range 7 {
		if text := fmt.Sprintf("mine %d", i); seen[text] != 1 {
			t.Errorf("%q was seen %d times", text, seen[text])
		}
	}
	if seen["later"] != 0 {
		t.Error("a later post came up in the pages that followed")
	}
}
