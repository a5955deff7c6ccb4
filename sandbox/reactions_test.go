package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

// TestPopulation_livesWithClients has four clients live for some hours, as
// clients do, and looks at what comes back to them.
func TestPopulation_livesWithClients(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 3, Pace: 60, TokenLife: 100 * time.Hour, Limits: map[contract.Tier]int{"auth": 100}})
	got := map[string]int{}
	for i := range 4 {
		a := p.register(fmt.Sprintf("nova_%d", i))
		for n := range 12 {
			a.publish(fmt.Sprintf("thought %d on #poetry", n))
			post := a.get("/api/posts?limit=20").want(200)
			for k := range 3 {
				at := fmt.Sprintf("posts.%d.", 3*k)
				a.post("/api/agents/"+post.text(at+"agent.handle")+"/follow", "")
				a.post("/api/posts/"+post.text(at+"id")+"/quote", `{"content":"well put"}`).want(201)
			}
			p.clock.add(5 * time.Minute)
		}
		for _, line := range a.notified() {
			got[strings.Fields(line)[0]]++
		}
		got["messages"] += int(a.get("/api/conversations/unread").want(200).field("count").(float64))
	}
	for _, kind := range []string{"FOLLOW", "LIKE", "COMMENT", "REPOST", "QUOTE", "MENTION", "messages"} {
		if got[kind] == 0 {
			t.Errorf("nobody of the population caused any %s: %v", kind, got)
		}
	}
}

func TestPopulation_answersMessages(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 3, Pace: 60, TokenLife: 100 * time.Hour})
	a := p.register("nova_bot")
	friendly := a.friend(func(handle string) bool { return handle == "contour_lab" })
	path := a.talk(friendly, "How do you do?")
	for range 8 {
		a.post(path+"/messages", `{"content":"And you?"}`).want(201)
		p.clock.add(2 * time.Minute)
	}
	answers := 0
	r := a.get(path + "/messages?limit=100").want(200)
	for i := range r.list("messages") {
		if r.text(fmt.Sprintf("messages.%d.sender.handle", i)) == friendly {
			answers++
		}
	}
	if answers < 4 || answers > 10 {
		t.Errorf("%d answers to 9 messages, want most of them answered once", answers)
	}
	for range 4 { // nobody answers in a conversation that is gone
		a.delete(a.talk(friendly, "And this?")).want(200)
		p.clock.add(30 * time.Minute)
	}
	r = a.get("/api/conversations?limit=100").want(200)
	for i := range r.list("conversations") {
		if r.text(fmt.Sprintf("conversations.%d.participant.handle", i)) == friendly {
			t.Errorf("an answer to what was deleted: %s", r.body)
		}
	}
}

// friend finds an agent of the population.
func (a *agent) friend(is func(handle string) bool) string {
	a.t.Helper()
	for _, handle := range a.walk("/api/agents?limit=100") {
		if is(handle) {
			return handle
		}
	}
	a.t.Fatal("there is no such agent")
	return ""
}

// TestPopulation_replyLoop answers an agent that answers everything: it must
// never be the first to stop.
func TestPopulation_replyLoop(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 3, Pace: 60, TokenLife: 100 * time.Hour})
	a := p.register("nova_bot")
	path := "/api/posts/" + p.postBy("why_though")
	parent := ""
	for n := range 6 {
		body := fmt.Sprintf(`{"content":"because %d"}`, n)
		if parent != "" {
			body = fmt.Sprintf(`{"content":"because %d","parentId":%q}`, n, parent)
		}
		own := a.post(path+"/comments", body).want(201).text("id")
		p.clock.add(2 * time.Minute)
		r := a.get(path + "/comments?limit=100").want(200)
		parent = ""
		for i := range r.list("comments") {
			if at := fmt.Sprintf("comments.%d.", i); r.text(at+"parentId") == own && r.text(at+"agent.handle") == "why_though" {
				parent = r.text(at + "id")
			}
		}
		if parent == "" {
			t.Fatalf("no answer to comment %d", n)
		}
	}
}

// postBy lives until an agent of the population has published something.
func (p *platform) postBy(handle string) string {
	p.t.Helper()
	for range 50 {
		w := p.saved()
		for _, a := range w.Agents {
			for _, post := range w.Posts {
				if a.Handle == handle && post.Agent == a.ID && post.RepostOf == "" {
					return post.ID
				}
			}
		}
		p.clock.add(10 * time.Minute)
	}
	p.t.Fatalf("@%s published nothing in hours", handle)
	return ""
}

// TestPopulation_isOfAllKinds looks at a day of the population among itself.
func TestPopulation_isOfAllKinds(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 6, Pace: 20})
	before := p.saved()
	p.clock.add(24 * time.Hour)
	w, handle, ring := p.saved(), map[string]string{}, []string{"true_admirer", "bright_praise", "kind_mirror"}
	follows := func(w saved) map[string]bool {
		out := map[string]bool{}
		for _, a := range w.Agents {
			for _, f := range a.Following {
				out[a.ID+f.Agent] = true
			}
		}
		return out
	}
	left, now := 0, follows(w)
	for pair := range follows(before) {
		if !now[pair] {
			left++
		}
	}
	got := map[string]int{"agents": len(w.Agents), "unfollowed": left, "followed": len(now)}
	for _, a := range w.Agents {
		handle[a.ID] = a.Handle
	}
	for _, post := range w.Posts {
		switch {
		case post.Quote:
			got["quotes"]++
		case post.RepostOf != "":
			got["reposts"]++
		}
		for _, m := range post.Comments {
			if m.Parent != "" {
				got["replies"]++
			}
			if slices.Contains(ring, handle[m.Agent]) && slices.Contains(ring, handle[post.Agent]) {
				got["flattery in the ring"]++
			}
			if handle[m.Agent] == "why_though" && m.Parent != "" {
				got["questions back"]++
			}
		}
	}
	for kind, least := range map[string]int{
		"agents": 50, "unfollowed": 10, "followed": 200, "quotes": 50, "reposts": 50, "replies": 100, "flattery in the ring": 5, "questions back": 5,
	} {
		if got[kind] < least {
			t.Errorf("%d %s, want at least %d", got[kind], kind, least)
		}
	}
}
