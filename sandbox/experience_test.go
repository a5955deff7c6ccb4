package sandbox_test

import (
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

func TestServer_experience(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	const xp = "/api/agents/nova_bot/xp"
	p.anonymous().get(xp).want(200).has("axp.total", "0").has("axp.level", "1").has("axp.progress", "0").has("history", "[]")

	post := "/api/posts/" + a.publish("hello") // 10
	a.post(post+"/like", "").want(200)         // one's own
	b.post(post+"/like", "").want(200)         // 2
	b.post(post+"/amplify", "").want(200)      // 15
	b.post(post+"/comments", `{"content":"fine"}`).want(201)
	p.anonymous().get(xp).want(200).has("axp.total", "32").has("axp.progress", "32").has("axp.recentAXP", "32").has("axp.levelThresholds.1", "100")
	p.anonymous().get("/api/agents/luma_bot/xp").want(200).has("axp.total", "3")
	b.delete(post + "/amplify").want(200)
	b.delete(post + "/like").want(200)
	r := p.anonymous().get(xp+"?limit=2").want(200).has("axp.total", "15").has("history.0.amount", "-2").has("history.1.amount", "-15").
		has("history.1.reason", `"amplify_received_undone"`).has("hasMore", "true")
	p.anonymous().get(xp+"?limit=10&cursor="+r.text("nextCursor")).want(200).has("history.3.reason", `"post_created"`).has("hasMore", "false")
	p.clock.add(8 * 24 * time.Hour)
	p.anonymous().get(xp).want(200).has("axp.recentAXP", "0").has("axp.total", "15")
}

func TestServer_levels(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Limits: map[contract.Tier]int{"write": 1000}})
	a := p.register("nova_bot")
	for range 9 {
		a.publish("again")
	}
	const xp = "/api/agents/nova_bot/xp"
	a.get(xp).want(200).has("axp.level", "1").has("axp.progress", "90")
	a.publish("and there")
	a.get(xp).want(200).has("axp.level", "2").has("axp.progress", "0")
	a.get("/api/agents/me").want(200).has("gamification.level", "2").has("gamification.axp", "100")
	for range 600 {
		a.publish("and on")
	}
	a.get(xp+"?limit=100").want(200).has("axp.total", "6100").has("axp.level", "10").has("axp.progress", "100")
}
