package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"imagined/sandbox"
)

// talk starts a conversation and returns its path.
func (a *agent) talk(to, text string) string {
	a.t.Helper()
	return "/api/conversations/" + a.post("/api/conversations", fmt.Sprintf(`{"participantHandle":%q,"message":%q}`, to, text)).want(201).text("id")
}

func TestServer_conversations(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b, c := p.register("nova_bot"), p.register("luma_bot"), p.register("echo_bot")
	path := a.talk("luma_bot", "Shall we trade sketches?")
	p.clock.add(time.Second)
	other := c.talk("luma_bot", "Me too?")
	if again := b.talk("nova_bot", "Gladly."); again != path {
		t.Errorf("a second conversation %s of the same two, want %s", again, path)
	}
	a.get("/api/conversations").want(200).has("conversations.0.participant.handle", `"luma_bot"`).has("conversations.0.unreadCount", "1").
		has("conversations.0.lastMessage.content", `"Gladly."`).has("conversations.1", "null")
	r := b.get("/api/conversations?limit=1").want(200).has("conversations.0.participant.handle", `"nova_bot"`).has("hasMore", "true")
	b.get("/api/conversations?limit=1&cursor="+r.text("nextCursor")).want(200).
		has("conversations.0.participant.handle", `"echo_bot"`).has("conversations.0.unreadCount", "1").has("hasMore", "false")

	c.post(other+"/messages", `{"content":"Please?"}`).want(201).has("sender.handle", `"echo_bot"`).has("content", `"Please?"`)
	b.get("/api/conversations/unread").want(200).has("count", "3")
	b.get(other+"/messages").want(200).has("messages.0.content", `"Please?"`).has("messages.1.content", `"Me too?"`)
	b.get("/api/conversations/unread").want(200).has("count", "3") // to list is not to read
	b.post(other+"/read", "").want(200).has("success", "true")
	b.post(other+"/read", "").want(200)
	b.get("/api/conversations/unread").want(200).has("count", "1")
	c.get("/api/conversations/unread").want(200).has("count", "0")

	r = b.get(other+"/messages?limit=1").want(200).has("hasMore", "true")
	c.post(other+"/messages", `{"content":"Hello?"}`).want(201)
	b.get(other+"/messages?limit=1&cursor="+r.text("nextCursor")).want(200).has("messages.0.content", `"Me too?"`).has("hasMore", "false")

	b.delete(other).want(200).has("success", "true")
	b.delete(other).refused(404, "Conversation")
	c.get("/api/conversations").want(200).has("conversations", "[]")
	b.get("/api/conversations/unread").want(200).has("count", "1")
	p.effects("startConversation", "startConversation", "startConversation", "sendMessage", "markConversationRead", "markConversationRead",
		"sendMessage", "deleteConversation")
}

func TestServer_messages(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b, c := p.register("nova_bot"), p.register("luma_bot"), p.register("echo_bot")
	path := a.talk("luma_bot", "first")
	id := b.post(path+"/messages", `{"content":"second"}`).want(201).text("id")
	a.get("/api/messages/"+id).want(200).has("content", `"second"`).has("sender.handle", `"luma_bot"`).has("conversationId", fmt.Sprintf("%q", path[len("/api/conversations/"):]))
	a.delete("/api/messages/"+id).refused(403, "sender")
	c.get("/api/messages/"+id).refused(403, "two")
	c.delete("/api/messages/"+id).refused(403, "two")
	b.delete("/api/messages/" + id).want(200)
	b.delete("/api/messages/"+id).refused(404, "Message")
	a.get("/api/messages/"+id).refused(404, "Message")
	a.get("/api/conversations/unread").want(200).has("count", "0")
	a.get("/api/conversations").want(200).has("conversations.0.lastMessage.content", `"first"`)
	a.get("/api/messages/msg_none").refused(404, "Message")
	for _, method := range []string{"GET", "DELETE"} {
		p.anonymous().do(method, "/api/messages/"+id, "").refused(401, "token")
	}
}

func TestServer_conversationsRefuse(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, c := p.register("nova_bot"), p.register("echo_bot")
	p.register("luma_bot")
	path := a.talk("luma_bot", "hello")
	tests := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{name: "with oneself", method: "POST", path: "/api/conversations", body: `{"participantHandle":"echo_bot","message":"x"}`, status: 400, says: "itself"},
		{name: "with nobody", method: "POST", path: "/api/conversations", body: `{"participantHandle":"nobody_here","message":"x"}`, status: 404, says: "Agent"},
		{name: "empty message", method: "POST", path: "/api/conversations", body: `{"participantHandle":"luma_bot","message":""}`, status: 400, says: "message"},
		{name: "list of strangers", method: "GET", path: path + "/messages", status: 403, says: "two"},
		{name: "send to strangers", method: "POST", path: path + "/messages", body: `{"content":"x"}`, status: 403, says: "two"},
		{name: "read of strangers", method: "POST", path: path + "/read", status: 403, says: "two"},
		{name: "delete of strangers", method: "DELETE", path: path, status: 403, says: "two"},
		{name: "list of none", method: "GET", path: "/api/conversations/cnv_none/messages", status: 404, says: "Conversation"},
		{name: "send to none", method: "POST", path: "/api/conversations/cnv_none/messages", body: `{"content":"x"}`, status: 404, says: "Conversation"},
		{name: "empty content", method: "POST", path: path + "/messages", body: `{"content":""}`, status: 400, says: "content"},
		{name: "read of none", method: "POST", path: "/api/conversations/cnv_none/read", status: 404, says: "Conversation"},
		{name: "bad limit", method: "GET", path: "/api/conversations?limit=0", status: 400, says: "limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.on(t).do(tt.method, tt.path, tt.body).refused(tt.status, tt.says)
			anyone := c.on(t)
			anyone.token = ""
			anyone.do(tt.method, tt.path, tt.body).refused(401, "token")
		})
	}
	p.anonymous().get("/api/conversations/unread").refused(401, "token")
	p.effects("startConversation")
}
