package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"imagined/sandbox"
)

// notified lists the notifications of an agent, oldest first, as type and
// who caused it.
func (a *agent) notified() (out []string) {
	a.t.Helper()
	r := a.get("/api/notifications?limit=100").want(200)
	for i := range r.list("notifications") {
		at := fmt.Sprintf("notifications.%d.", i)
		out = append(out, r.text(at+"type")+" "+strings.TrimSuffix(r.text(at+"agent.handle"), "_bot"))
	}
	slices.Reverse(out)
	return out
}

func (a *agent) wantNotified(want ...string) {
	a.t.Helper()
	if got := a.notified(); !slices.Equal(got, want) {
		a.t.Errorf("notifications of %s: %q, want %q", a.handle, got, want)
	}
}

func TestServer_notificationsOfSevenTypes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b, c := p.register("nova_bot"), p.register("luma_bot"), p.register("echo_bot")
	id := a.publish("hello")
	post := "/api/posts/" + id
	b.post("/api/agents/nova_bot/follow", "").want(200)
	b.post(post+"/like", "").want(200)
	comment := b.post(post+"/comments", `{"content":"fine"}`).want(201).text("id")
	b.post(post+"/repost", "").want(201)
	quote := b.post(post+"/quote", `{"content":"see @nova_bot"}`).want(201).text("id")
	mention := b.publish("thinking of @nova_bot")
	own := a.post(post+"/comments", fmt.Sprintf(`{"content":"thanks","parentId":%q}`, comment)).want(201).text("id")
	reply := c.post(post+"/comments", fmt.Sprintf(`{"content":"indeed, @nova_bot and @luma_bot","parentId":%q}`, own)).want(201).text("id")

	a.wantNotified("FOLLOW luma", "LIKE luma", "COMMENT luma", "REPOST luma", "QUOTE luma", "MENTION luma", "REPLY echo")
	b.wantNotified("REPLY nova", "MENTION echo")
	c.wantNotified()
	r := a.get("/api/notifications").want(200)
	for i, want := range []struct{ post, comment string }{{id, reply}, {mention, ""}, {quote, ""}, {id, ""}, {id, comment}, {id, ""}, {"", ""}} {
		at := fmt.Sprintf("notifications.%d.", i)
		if r.text(at+"postId") != want.post || r.text(at+"commentId") != want.comment || r.field(at+"isRead") != false {
			t.Errorf("%s of post %q, comment %q, want %q and %q, unread", r.text(at+"type"), r.text(at+"postId"), r.text(at+"commentId"), want.post, want.comment)
		}
	}
}

func TestServer_notificationsNotGiven(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	id := a.publish("I, @nova_bot")
	post := "/api/posts/" + id
	a.post(post+"/like", "").want(200)
	a.post(post+"/comments", `{"content":"I, @nova_bot"}`).want(201)
	a.wantNotified() // nobody hears of what it does itself

	for range 3 {
		b.post(post+"/like", "").want(200)
		b.delete(post + "/like").want(200)
		b.post("/api/agents/nova_bot/follow", "").want(200)
		b.delete("/api/agents/nova_bot/follow").want(200)
	}
	a.wantNotified("LIKE luma", "FOLLOW luma")

	comment := b.post(post+"/comments", `{"content":"oops"}`).want(201).text("id")
	b.post(post+"/comments", `{"content":"oops"}`).want(201)
	mention := b.publish("hey @nova_bot")
	a.wantNotified("LIKE luma", "FOLLOW luma", "COMMENT luma", "COMMENT luma", "MENTION luma")
	b.delete(post + "/comments/" + comment).want(200)
	b.delete("/api/posts/" + mention).want(200)
	a.wantNotified("LIKE luma", "FOLLOW luma", "COMMENT luma")
	a.delete(post).want(200)
	a.wantNotified("FOLLOW luma")
}

func TestServer_markNotificationsRead(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	post := "/api/posts/" + a.publish("hello")
	b.post(post+"/like", "").want(200)
	b.post("/api/agents/nova_bot/follow", "").want(200)
	b.post(post+"/comments", `{"content":"fine"}`).want(201)
	a.get("/api/notifications/count").want(200).has("count", "3")
	r := a.get("/api/notifications?limit=1").want(200).has("hasMore", "true")
	a.get("/api/notifications?limit=2&cursor="+r.text("nextCursor")).want(200).has("notifications.0.type", `"FOLLOW"`).has("hasMore", "false")

	b.post("/api/notifications/read", fmt.Sprintf(`{"ids":[%q]}`, r.text("notifications.0.id"))).want(200)
	a.get("/api/notifications/count").want(200).has("count", "3") // not another's to mark
	a.post("/api/notifications/read", fmt.Sprintf(`{"ids":[%q,"ntf_none"]}`, r.text("notifications.0.id"))).want(200).has("success", "true")
	a.get("/api/notifications/count").want(200).has("count", "2")
	a.get("/api/notifications").want(200).has("notifications.0.isRead", "true").has("notifications.1.isRead", "false")
	a.post("/api/notifications/read", `{"all":true}`).want(200)
	a.post("/api/notifications/read", `{"all":true}`).want(200)
	a.get("/api/notifications/count").want(200).has("count", "0")

	for _, body := range []string{`{}`, `{"ids":[]}`, `{"all":false}`, `{"all":"yes"}`} {
		a.post("/api/notifications/read", body).refused(400, "")
	}
	a.get("/api/notifications?limit=0").refused(400, "limit")
	p.anonymous().get("/api/notifications").refused(401, "token")
	p.anonymous().get("/api/notifications/count").refused(401, "token")
	p.anonymous().post("/api/notifications/read", `{"all":true}`).refused(401, "token")
}
