package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
)

// hookedFile looks at its messages every six hours, so that what it answers
// before is due to a hint.
const hookedFile = `
handle: nova_cli
name: Nova
webhook: %s
messages: {lines: ["Noted, and thank you for writing."]}
schedule:
  introduce: "0 */4 * * *"
  messages: {cron: "@every 6h", jitter: 0s}
  respond: off
  engage: off
  post: off
  poll: off
`

// tap is a log that can be waited for.
type tap struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *tap) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *tap) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// says waits for what a pattern matches.
func (l *tap) says(t *testing.T, pattern string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	for {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(l.String()); found != nil {
			return found
		}
		select {
		case <-l.more:
		case <-ctx.Done():
			t.Fatalf("it does not say %s:\n%s", pattern, l)
		}
	}
}

// public is the address that the platform reaches the console at, over TLS, once
// the console is there.
func public(t *testing.T) (server *httptest.Server, lead func(to string)) {
	var mu sync.Mutex
	proxy := http.NotFoundHandler()
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		to := proxy
		mu.Unlock()
		to.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server, func(to string) {
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		proxy = httputil.NewSingleHostReverseProxy(u)
	}
}

// TestRun_Webhook: the program registers the file's address, the platform signs
// what it sends there, and a message is answered at once; who guesses the address
// gets nothing.
func TestRun_Webhook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	outside, lead := public(t)
	file := h.write("hooked.yaml", strings.Replace(hookedFile, "%s", outside.URL+"/webhook", 1))
	ctx, stop := context.WithCancel(t.Context())
	log := &tap{more: make(chan struct{}, 1)}
	over := make(chan int)
	go func() {
		args := []string{"run", "--pause", "1ms", "--listen", "127.0.0.1:0", "--log-format", "text", file}
		over <- run(ctx, args, &program{out: &bytes.Buffer{}, errs: log, getenv: func(k string) string { return h.env[k] }})
	}()
	console := log.says(t, `url=(http://[0-9.:]+)/healthz`)[1]
	lead(console)
	log.says(t, `done kind=webhook`)
	secret, err := os.ReadFile(filepath.Join(h.dir, "data", "secrets", "nova_cli", "webhook"))
	if err != nil || !strings.HasPrefix(string(secret), "whs_") {
		t.Fatalf("secret of %d bytes, %v", len(secret), err)
	}

	for range 20 {
		res, err := http.Post(console+"/webhook", "application/json", strings.NewReader(`{"type":"message"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Errorf("unsigned: %d", res.StatusCode)
		}
	}
	if code, _, errs := h.imagined("pause nova_cli --kind like"); code != 0 { // its loop has turned since
		t.Errorf("pause: %d %s", code, errs)
	}
	agent, err := h.client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "luma_cli", Name: "Luma"})
	if err != nil {
		t.Fatal(err)
	}
	luma := h.client(agent.ClientID, agent.ClientSecret)
	if _, err := luma.StartConversation(t.Context(), apiclient.NewConversation{Participant: "nova_cli", Message: "Which pen do you use?"}); err != nil {
		t.Fatal(err)
	}
	log.says(t, `done kind=message .*by=@luma_cli`)
	log.says(t, `ran job=messages`)
	stop()
	if code := <-over; code != 0 {
		t.Errorf("it ended with %d", code)
	}
	if n := h.effects("sendMessage"); n != 1 {
		t.Errorf("%d messages", n)
	}
	if n := strings.Count(log.String(), "ran job=messages"); n != 1 {
		t.Errorf("%d runs, want the one of the signed delivery:\n%s", n, log)
	}
	if strings.Contains(log.String(), string(secret)) {
		t.Error("the log holds the secret")
	}
}
