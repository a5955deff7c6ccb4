package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"imagined/sandbox"
)

// handles reads the agents of a page.
func (r *reply) handles(list string) (out []string) {
	r.t.Helper()
	for i := range r.list(list) {
		out = append(out, r.text(fmt.Sprintf("%s.%d.handle", list, i)))
	}
	return out
}

// wantHandles fails the test unless the list is of these agents, in order.
func (r *reply) wantHandles(want ...string) *reply {
	r.t.Helper()
	if got := r.handles("agents"); !slices.Equal(got, want) {
		r.t.Errorf("%s: agents %v, want %v", r.what, got, want)
	}
	return r
}

// walk gathers all the pages of a list of agents.
func (a *agent) walk(path string) (out []string) {
	a.t.Helper()
	for cursor, n := "", 0; n < 100; n++ {
		r := a.get(path + "&cursor=" + cursor).want(200)
		out = append(out, r.handles("agents")...)
		more := r.field("hasMore") == true
		if cursor = r.text("nextCursor"); more != (cursor != "") {
			a.t.Errorf("%s: hasMore %v with the cursor %q", path, more, cursor)
		}
		if !more {
			return out
		}
	}
	a.t.Errorf("%s has no end", path)
	return out
}

func TestServer_followersAndFollowing(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b, c := p.register("nova_bot"), p.register("luma_bot"), p.register("echo_bot")
	c.post("/api/agents/nova_bot/follow", "").want(200)
	b.post("/api/agents/nova_bot/follow", "").want(200)
	b.post("/api/agents/echo_bot/follow", "").want(200)
	a.get("/api/agents/nova_bot/followers").want(200).wantHandles("luma_bot", "echo_bot").has("hasMore", "false")
	r := p.anonymous().get("/api/agents/@nova_bot/followers?limit=1").want(200).wantHandles("luma_bot").has("hasMore", "true")
	p.anonymous().get("/api/agents/nova_bot/followers?limit=1&cursor="+r.text("nextCursor")).want(200).wantHandles("echo_bot").has("nextCursor", "null")
	p.anonymous().get("/api/agents/luma_bot/following").want(200).wantHandles("echo_bot", "nova_bot")
	p.anonymous().get("/api/agents/nova_bot/following").want(200).has("agents", "[]")
	b.delete("/api/agents/nova_bot/follow").want(200)
	p.anonymous().get("/api/agents/nova_bot/followers").want(200).wantHandles("echo_bot")
	for _, what := range []string{"followers", "following", "likes", "similar", "xp"} {
		p.anonymous().get("/api/agents/nobody_here/"+what).refused(404, "Agent")
		p.anonymous().get("/api/agents/nova_bot/"+what+"?limit=0").refused(400, "limit")
	}
}

func TestServer_listAgentLikes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	first, second := a.publish("one"), a.publish("two")
	b.post("/api/posts/"+second+"/like", "").want(200)
	b.post("/api/posts/"+first+"/like", "").want(200)
	r := p.anonymous().get("/api/agents/luma_bot/likes?limit=1").want(200).has("posts.0.content", `"one"`).has("hasMore", "true")
	p.anonymous().get("/api/agents/luma_bot/likes?limit=1&cursor="+r.text("nextCursor")).want(200).has("posts.0.content", `"two"`).has("hasMore", "false")
	b.delete("/api/posts/" + first + "/like").want(200)
	if got := p.anonymous().get("/api/agents/luma_bot/likes").want(200).list("posts"); len(got) != 1 {
		t.Errorf("%d liked posts, want 1", len(got))
	}
}

func TestServer_listAgents(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	p.register("zz_first")
	a := p.register("zz_second")
	a.do("PATCH", "/api/agents/me", `{"agentType":"ANALYST","name":"Zebra Two"}`).want(200)
	p.anonymous().get("/api/agents?limit=2").want(200).wantHandles("zz_second", "zz_first").has("hasMore", "true")
	p.anonymous().get("/api/agents?search=ZEBRA%20two").want(200).wantHandles("zz_second")
	p.anonymous().get("/api/agents?search=@zz_").want(200).wantHandles("zz_second", "zz_first")
	p.anonymous().get("/api/agents?search=zz_&type=ANALYST").want(200).wantHandles("zz_second")
	p.anonymous().get("/api/agents?search=zz_&verified=true").want(200).has("agents", "[]")
	if n := len(p.anonymous().walk("/api/agents?limit=7")); n != 52 {
		t.Errorf("%d agents over all pages, want the population of 50 and 2", n)
	}
	verified, not := p.anonymous().walk("/api/agents?verified=true"), p.anonymous().walk("/api/agents?verified=false")
	if len(verified) == 0 || len(verified)+len(not) != 52 {
		t.Errorf("%d verified and %d not, want 52 in all", len(verified), len(not))
	}
	for _, query := range []string{"type=WIZARD", "verified=maybe", "limit=101", "cursor=xyz"} {
		p.anonymous().get("/api/agents?"+query).refused(400, query[:4])
	}
}

func TestServer_recommendedAgents(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, like, other := p.register("nova_bot"), p.register("zz_alike"), p.register("zz_other")
	a.do("PATCH", "/api/agents/me/capabilities", `{"skills":["knots","rope"],"apis":["sail"],"languages":["xx"]}`).want(200)
	like.do("PATCH", "/api/agents/me/capabilities", `{"skills":["Knots","rope"],"responseTime":"fast"}`).want(200)
	other.do("PATCH", "/api/agents/me/capabilities", `{"skills":["rope"],"languages":["xx"]}`).want(200)
	const path = "/api/explore/agents?limit=2"
	a.get(path).want(200).wantHandles("zz_alike", "zz_other")
	a.get(path + "&skills=knots,splices").want(200).wantHandles("zz_alike")
	a.get(path + "&languages=xx").want(200).wantHandles("zz_other")
	a.get(path+"&apis=sail").want(200).has("agents", "[]").has("hasMore", "false")
	a.get(path + "&skills=rope&responseTime=fast").want(200).wantHandles("zz_alike")
	a.get(path+"&type=humans").want(200).has("agents", "[]")
	a.get(path+"&type=agents").want(200).wantHandles("zz_alike", "zz_other")

	a.post("/api/agents/zz_alike/follow", "").want(200)
	all := a.walk("/api/explore/agents?limit=9")
	seen := map[string]bool{}
	for _, handle := range all {
		seen[handle] = true
	}
	if len(all) != 51 || len(seen) != 51 || seen["nova_bot"] || seen["zz_alike"] {
		t.Errorf("%d agents, %d of them different; want the 51 that are neither followed nor the caller", len(all), len(seen))
	}
	a.get("/api/explore/agents?type=robots").refused(400, "type")
	a.get("/api/explore/agents?cursor=xyz").refused(400, "cursor")
	p.anonymous().get(path).refused(401, "token")
}

func TestServer_recommendedAgentsFollowTheGraph(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Agents: 1})
	a, friend := p.register("nova_bot"), p.register("zz_friend")
	p.register("zz_far")
	p.register("zz_near")
	clients := func() []string {
		return slices.DeleteFunc(a.walk("/api/explore/agents?limit=3"), func(handle string) bool { return !strings.HasPrefix(handle, "zz_") })
	}
	if got := clients(); !slices.Equal(got, []string{"zz_friend", "zz_far", "zz_near"}) {
		t.Errorf("%v before anybody follows anybody", got)
	}
	a.post("/api/agents/zz_friend/follow", "").want(200)
	friend.post("/api/agents/zz_near/follow", "").want(200)
	if got := clients(); !slices.Equal(got, []string{"zz_near", "zz_far"}) {
		t.Errorf("%v, want first whom a friend follows, and not the friend", got)
	}
}

func TestServer_similarAgents(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Agents: 1})
	a, same, fan := p.register("nova_bot"), p.register("zz_same"), p.register("zz_fan")
	like, shared := p.register("zz_like"), p.register("zz_shared")
	a.do("PATCH", "/api/agents/me/capabilities", `{"skills":["knots","rope"]}`).want(200)
	same.do("PATCH", "/api/agents/me/capabilities", `{"skills":["rope"]}`).want(200)
	for _, who := range []*agent{a, like, shared} {
		who.do("PATCH", "/api/agents/me", `{"agentType":"OTHER"}`).want(200)
	}
	for _, who := range []*agent{a, shared} {
		fan.post("/api/agents/"+who.handle+"/follow", "").want(200)
	}
	// zz_like has the type in common, zz_shared also a follower, and zz_same a skill.
	p.anonymous().get("/api/agents/nova_bot/similar?limit=3").want(200).wantHandles("zz_same", "zz_shared", "zz_like")
	same.do("PATCH", "/api/agents/me/capabilities", `{"skills":[]}`).want(200)
	p.anonymous().get("/api/agents/@nova_bot/similar?limit=1").want(200).wantHandles("zz_shared")
	fan.get("/api/agents/nova_bot/similar?limit=1&excludeFollowing=false").want(200).wantHandles("zz_shared")
	if slices.Contains(fan.get("/api/agents/nova_bot/similar?excludeFollowing=true").want(200).handles("agents"), "zz_shared") {
		t.Error("an agent that the caller follows is among the similar ones")
	}
	p.anonymous().get("/api/agents/nova_bot/similar?limit=21").refused(400, "limit")
}
