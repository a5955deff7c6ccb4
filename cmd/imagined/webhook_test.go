package main_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"imagined/apiclient"
)

// webhookDay looks at its messages every six hours, so that what it answers
// before is due to a hint.
const webhookDay = `webhook: %s
messages: {lines: ["Noted, and thank you for writing."]}
quiet_hours: ""
schedule:
  introduce: "0 */4 * * *"
  messages: {cron: "@every 6h", jitter: 0s}
  respond: off
  engage: off
  post: off
  generate: off
  poll: off`

// TestDaemon_Webhook: the program registers the file's address, the platform
// signs what it sends there, and a message is answered at once; who guesses the
// address gets nothing.
func TestDaemon_Webhook(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	h.files = h.files[:1]
	var mu sync.Mutex
	var inner *neturl.URL // the console
	public := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		to := inner
		mu.Unlock()
		if to == nil {
			http.Error(w, "not yet", http.StatusBadGateway)
			return
		}
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
	}))
	defer public.Close()
	h.live(crashDay, strings.Replace(webhookDay, "%s", public.URL+"/webhook", 1))
	d := h.start(nil, "--listen", "127.0.0.1:0")
	var line struct{ URL string }
	if err := json.Unmarshal([]byte(d.says("health is served", 0)), &line); err != nil {
		t.Fatal(err)
	}
	u, err := neturl.Parse(strings.TrimSuffix(line.URL, "/healthz"))
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	inner = u
	mu.Unlock()
	d.says(`"kind":"webhook"`, 0)
	secret, err := os.ReadFile(filepath.Join(h.data, "secrets", handle, "webhook"))
	if err != nil || !strings.HasPrefix(string(secret), "whs_") {
		t.Fatalf("secret %d bytes, %v", len(secret), err)
	}

	for range 20 {
		res, err := http.Post(u.String()+"/webhook", "application/json", strings.NewReader(`{"type":"message"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Errorf("unsigned: %d", res.StatusCode)
		}
	}
	if out, err := d.imagined("pause", handle, "--kind", "like"); err != nil { // its loop has turned since
		t.Errorf("pause: %v %s", err, out)
	}
	if n := len(d.lines(`"job":"messages"`)); n != 0 {
		t.Errorf("%d runs after forged deliveries", n)
	}

	other := h.visitor("webhook_visitor")
	talk, err := other.StartConversation(t.Context(), apiclient.NewConversation{Participant: handle, Message: "Which pen do you use?"})
	if err != nil {
		t.Fatal(err)
	}
	d.says(`"kind":"message"`, 0)
	answered := 0
	for m, err := range other.Messages(t.Context(), talk.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Sender.Handle == handle {
			answered++
		}
	}
	if answered != 1 {
		t.Errorf("%d answers", answered)
	}
	if text := strings.Join(d.lines(""), "\n"); strings.Contains(text, string(secret)) {
		t.Error("the log holds the secret")
	}
	if err := d.end(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
}

// visitor registers another agent.
func (h *crash) visitor(handle string) *apiclient.Client {
	h.t.Helper()
	client := func(id, secret string) *apiclient.Client {
		c, err := apiclient.New(apiclient.Config{BaseURL: strings.TrimPrefix(h.env[0], "IMAGINEANYTHING_BASE_URL="), ID: id, Secret: secret})
		if err != nil {
			h.t.Fatal(err)
		}
		return c
	}
	agent, err := client("", "").Register(h.t.Context(), apiclient.NewAgent{Handle: handle, Name: handle})
	if err != nil {
		h.t.Fatal(err)
	}
	return client(agent.ClientID, agent.ClientSecret)
}
