package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

const hookPath = "/api/agents/me/webhook"

// listener is an address that takes webhook events.
type listener struct {
	t        *testing.T
	url      string
	events   chan delivered
	statuses chan int // what to answer; 200 once there is none
}

type delivered struct {
	header http.Header
	body   []byte
}

func listen(t *testing.T, serve func(http.Handler) *httptest.Server) *listener {
	t.Helper()
	l := &listener{t: t, events: make(chan delivered, 1000), statuses: make(chan int, 10)}
	h := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s of %q: %v", r.Method, r.Header.Get("Content-Type"), err)
		}
		select {
		case status := <-l.statuses:
			w.Header().Set("Location", "/elsewhere") // of a 302, and not to be followed
			w.WriteHeader(status)
		default:
		}
		l.events <- delivered{r.Header, body}
	}))
	t.Cleanup(h.Close)
	l.url = h.URL + "/hook"
	return l
}

// next waits for an event.
func (l *listener) next() (d delivered, e *reply) {
	l.t.Helper()
	select {
	case d = <-l.events:
	case <-l.t.Context().Done():
		l.t.Fatal("no event came")
	}
	return d, &reply{t: l.t, what: "event", body: d.body}
}

// quiet fails the test when an event has come.
func (l *listener) quiet() {
	l.t.Helper()
	select {
	case d := <-l.events:
		l.t.Errorf("an event that nobody expected: %s", d.body)
	default:
	}
}

func (a *agent) hook(url string) (secret string) {
	a.t.Helper()
	return a.do("PATCH", hookPath, fmt.Sprintf(`{"webhookUrl":%q,"regenerateSecret":true}`, url)).want(200).text("webhookSecret")
}

func TestServer_webhookSettings(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	a.get(hookPath).want(200).has("webhookUrl", "null")
	r := a.do("PATCH", hookPath, `{"webhookUrl":"https://nova.example.com/hook"}`).want(200).has("webhookUrl", `"https://nova.example.com/hook"`).has("webhookSecret", "null")
	if strings.Contains(string(r.body), "testResult") {
		t.Errorf("a test that nobody asked for: %s", r.body)
	}
	first := a.do("PATCH", hookPath, `{"regenerateSecret":true}`).want(200).text("webhookSecret")
	second := a.do("PATCH", hookPath, `{"regenerateSecret":true}`).want(200).has("webhookUrl", `"https://nova.example.com/hook"`).text("webhookSecret")
	if first == "" || second == "" || first == second {
		t.Errorf("secrets %q and %q, want two", first, second)
	}
	a.get(hookPath).want(200).has("webhookUrl", `"https://nova.example.com/hook"`).has("webhookSecret", "null")
	for _, url := range []string{"http://nova.example.com/hook", "ftp://127.0.0.1/x", "nova", "https://"} {
		a.do("PATCH", hookPath, fmt.Sprintf(`{"webhookUrl":%q}`, url)).refused(400, "webhookUrl")
	}
	a.delete(hookPath).want(200).has("success", "true")
	a.delete(hookPath).want(200)
	a.get(hookPath).want(200).has("webhookUrl", "null")
	a.do("PATCH", hookPath, `{"test":true}`).refused(400, "test")
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		p.anonymous().do(method, hookPath, `{}`).refused(401, "token")
	}
	p.effects("updateWebhook", "updateWebhook", "updateWebhook", "deleteWebhook")
}

func TestWebhook_events(t *testing.T) {
	t.Parallel()
	p, l := start(t, sandbox.Config{}), listen(t, httptest.NewServer)
	a, b := p.register("nova_bot"), p.register("luma_bot")
	post := a.publish("hello")
	secret := a.hook(l.url)

	b.post("/api/agents/nova_bot/follow", "").want(200)
	d, e := l.next()
	e.has("type", `"follow"`).has("data.agent.handle", `"luma_bot"`).has("createdAt", `"2026-03-01T12:00:00.000Z"`)
	at := d.header.Get("X-ImagineAnything-Timestamp")
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s.%s", at, d.body)
	if got, want := d.header.Get("X-ImagineAnything-Signature"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want || at != fmt.Sprint(noon.Unix()) {
		t.Errorf("signature %q at %q, want %q at %d", got, at, want, noon.Unix())
	}
	if got := d.header.Get("X-ImagineAnything-Event"); got != "follow" {
		t.Errorf("event header %q", got)
	}

	b.post("/api/posts/"+post+"/like", "").want(200)
	_, e = l.next()
	e.has("type", `"like"`).has("data.postId", fmt.Sprintf("%q", post))
	comment := b.post("/api/posts/"+post+"/comments", `{"content":"fine"}`).want(201).text("id")
	_, e = l.next()
	e.has("type", `"comment"`).has("data.commentId", fmt.Sprintf("%q", comment)).has("data.content", `"fine"`)
	b.talk("nova_bot", "Shall we?")
	_, e = l.next()
	e.has("type", `"message"`).has("data.content", `"Shall we?"`)

	a.post("/api/posts/"+post+"/like", "").want(200) // one's own doing
	b.post("/api/posts/"+post+"/repost", "").want(201)
	a.delete(hookPath).want(200)
	b.post("/api/posts/"+post+"/comments", `{"content":"too late"}`).want(201)
	a.hook(l.url)
	b.post("/api/posts/"+post+"/comments", `{"content":"last"}`).want(201)
	_, e = l.next()
	e.has("data.content", `"last"`)
	l.quiet()
}

func TestWebhook_test(t *testing.T) {
	t.Parallel()
	settings := sandbox.Webhooks{EventHeader: "X-Kind", TimestampHeader: "X-At", SignatureHeader: "X-Sum"}
	p, l := start(t, sandbox.Config{Webhooks: settings}), listen(t, httptest.NewTLSServer)
	a := p.register("nova_bot")
	a.do("PATCH", hookPath, fmt.Sprintf(`{"webhookUrl":%q,"test":true}`, l.url)).want(200).has("testResult.success", "true")
	d, e := l.next()
	e.has("type", `"test"`)
	if d.header.Get("X-Kind") != "test" || d.header.Get("X-At") == "" || d.header.Get("X-Sum") != "" {
		t.Errorf("headers %v, want the names that were set, and no signature without a secret", d.header)
	}
	l.statuses <- 500
	r := a.do("PATCH", hookPath, `{"test":true,"regenerateSecret":true}`).want(200).has("testResult.success", "false")
	if !strings.Contains(r.text("testResult.message"), "500") || r.text("webhookSecret") == "" {
		t.Errorf("%s, want the status and the secret", r.body)
	}
	if d, _ = l.next(); d.header.Get("X-Sum") == "" {
		t.Error("no signature")
	}
	l.quiet() // a test is not repeated
}

// TestWebhook_testMayCallBack has the address ask the platform something while
// it is being tested: the world must not be locked.
func TestWebhook_testMayCallBack(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	h := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		a.get("/api/agents/me").want(200)
	}))
	t.Cleanup(h.Close)
	a.do("PATCH", hookPath, fmt.Sprintf(`{"webhookUrl":%q,"test":true}`, h.URL)).want(200).has("testResult.success", "true")
}

func TestWebhook_retries(t *testing.T) {
	t.Parallel()
	later := newLater()
	p, l := start(t, sandbox.Config{After: later.after}), listen(t, httptest.NewServer)
	a, b := p.register("nova_bot"), p.register("luma_bot")
	a.hook(l.url)
	for _, status := range []int{500, 404, 302, 429, 503} {
		l.statuses <- status
	}
	b.post("/api/agents/nova_bot/follow", "").want(200)
	first, _ := l.next()
	for _, want := range []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute} {
		if wait := <-later.asked; wait != want {
			t.Errorf("put off for %v, want %v", wait, want)
		}
		p.clock.add(want)
		later.run()
		if again, _ := l.next(); string(again.body) != string(first.body) {
			t.Errorf("another event: %s", again.body)
		} else if at := again.header.Get("X-ImagineAnything-Timestamp"); at != fmt.Sprint(p.clock.Now().Unix()) {
			t.Errorf("sent at %s, want the time of this attempt, %d", at, p.clock.Now().Unix())
		}
	}
	b.post("/api/posts/"+a.publish("hello")+"/like", "").want(200) // goes through at once
	_, e := l.next()
	e.has("type", `"like"`)
	select {
	case wait := <-later.asked:
		t.Errorf("put off a fifth time, for %v", wait)
	default:
	}
}

// TestWebhook_neverBlocks has an address that takes its time: the platform goes
// on, and what does not fit into the queue is lost.
func TestWebhook_neverBlocks(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Limits: map[contract.Tier]int{"write": 10_000}})
	release, came := make(chan struct{}), make(chan string, 1000)
	h := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-release
		var e struct{ Data struct{ Content string } }
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		came <- e.Data.Content
	}))
	t.Cleanup(h.Close)
	a, b := p.register("nova_bot"), p.register("luma_bot")
	a.hook(h.URL)
	path := b.talk("nova_bot", "1")
	for i := range 299 {
		b.post(path+"/messages", fmt.Sprintf(`{"content":"%d"}`, i+2)).want(201)
	}
	a.get("/api/conversations/unread").want(200).has("count", "300")
	close(release)
	for range 256 {
		if text := <-came; len(text) == 3 && text > "256" {
			t.Errorf("message %s was delivered although the queue was full", text)
		}
	}
	b.post(path+"/messages", `{"content":"room again"}`).want(201)
	if text := <-came; text != "room again" {
		t.Errorf("then came %q, want the message that found room again", text)
	}
}

func TestWebhook_staysOnLoopback(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	for _, url := range []string{"https://203.0.113.7/hook", "https://[2001:db8::1]/hook"} {
		r := a.do("PATCH", hookPath, fmt.Sprintf(`{"webhookUrl":%q,"test":true}`, url)).want(200).has("testResult.success", "false")
		if !strings.Contains(r.text("testResult.message"), "loopback") {
			t.Errorf("%s: %s, want no connection at all", url, r.body)
		}
	}
}

// TestWebhook_withoutRequests lives on its heartbeat only: nobody but the
// population does anything, and the events come all the same.
func TestWebhook_withoutRequests(t *testing.T) {
	t.Parallel()
	later := newLater()
	p, l := start(t, sandbox.Config{Seed: 3, Pace: 60, After: later.after}), listen(t, httptest.NewServer)
	a := p.register("nova_bot")
	for i := range 12 {
		a.publish(fmt.Sprintf("thought %d", i))
	}
	a.hook(l.url)
	for range 30 {
		<-later.asked
		p.clock.add(10 * time.Second)
		later.run()
	}
	kinds := []string{}
	for range 3 {
		_, e := l.next()
		kinds = append(kinds, e.text("type"))
	}
	if !slices.Contains(kinds, "like") && !slices.Contains(kinds, "comment") && !slices.Contains(kinds, "follow") {
		t.Errorf("events %v", kinds)
	}
	a.signIn()
	a.delete(hookPath).want(200)
	<-later.asked
	later.run()
	select {
	case <-later.asked:
		t.Error("the heart still beats although nobody listens")
	default:
	}
}

func TestWebhook_heartOfALoadedWorld(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Pace: 60})
	p.register("nova_bot").hook("http://127.0.0.1:1/hook")
	later := newLater()
	q := start(t, sandbox.Config{After: later.after})
	if err := q.server.Load(strings.NewReader(p.document())); err != nil {
		t.Fatal(err)
	}
	select {
	case wait := <-later.asked:
		if wait != time.Second {
			t.Errorf("a heartbeat after %v, want one second as the pace is", wait)
		}
	default:
		t.Error("no heartbeat although somebody listens")
	}
}

func TestServer_savedWebhooksGoOn(t *testing.T) {
	t.Parallel()
	p, l := start(t, sandbox.Config{}), listen(t, httptest.NewServer)
	a, b := p.register("nova_bot"), p.register("luma_bot")
	path := a.talk("luma_bot", "first")
	a.do("PATCH", "/api/agents/me/capabilities", `{"skills":["knots"]}`).want(200)
	post := a.publish("hello")
	b.post("/api/posts/"+post+"/like", "").want(200)
	b.post("/api/posts/"+post+"/view", "").want(200)
	a.hook(l.url)

	q := start(t, sandbox.Config{Agents: 2})
	if err := q.server.Load(strings.NewReader(p.document())); err != nil {
		t.Fatal(err)
	}
	c, d := *a, *b
	c.platform, d.platform = q, q
	c.signIn()
	d.signIn()
	c.wantNotified("LIKE luma")
	c.get("/api/agents/me").want(200).has("capabilities.skills", `["knots"]`).has("gamification.axp", "12")
	c.get("/api/analytics/overview").want(200).has("current.views", "1")
	d.get("/api/conversations/unread").want(200).has("count", "1")
	d.post(path+"/messages", `{"content":"second"}`).want(201)
	_, e := l.next()
	e.has("data.content", `"second"`)

	var doc map[string]any
	if err := json.Unmarshal([]byte(p.document()), &doc); err != nil {
		t.Fatal(err)
	}
	doc["talks"].([]any)[0].(map[string]any)["members"] = []string{"agt_1", "agt_2"}
	broken, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.server.Load(strings.NewReader(string(broken))); err == nil || !strings.Contains(err.Error(), "conversation") {
		t.Errorf("error %v, want one about the conversation of strangers", err)
	}
}
