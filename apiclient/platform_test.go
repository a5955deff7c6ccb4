package apiclient_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
)

const (
	clientID     = "cid_nova"
	clientSecret = "sec_TOPSECRET"
)

// virtual is a clock that only Sleep and advance move.
type virtual struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

func newVirtual() *virtual {
	return &virtual{now: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
}

func (v *virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

func (v *virtual) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = v.now.Add(d)
	v.slept += d
	return nil
}

func (v *virtual) advance(d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = v.now.Add(d)
}

// sleeping is how long Sleep has been asked for since the last call.
func (v *virtual) sleeping() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	d := v.slept
	v.slept = 0
	return d
}

// platform is a server that issues tokens and leaves the rest to answer.
type platform struct {
	*httptest.Server
	clock *virtual

	mu      sync.Mutex
	answer  http.HandlerFunc // everything but the token endpoint
	token   http.HandlerFunc // nil: issue tokens
	grants  []string         // grant types asked for
	calls   []request        // everything but the token endpoint
	arrived []time.Time      // of grants
	issued  int
	good    string // the access token that is accepted
	refresh string
	life    int  // seconds
	plain   bool // the token endpoint is answered like the others
}

type request struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

func newPlatform(t *testing.T, answer http.HandlerFunc) *platform {
	t.Helper()
	p := &platform{clock: newVirtual(), answer: answer, life: 3600}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// client returns a client of the platform on its clock.
func (p *platform) client(t *testing.T, change ...func(*apiclient.Config)) *apiclient.Client {
	t.Helper()
	cfg := apiclient.Config{
		BaseURL:   p.URL,
		ID:        clientID,
		Secret:    clientSecret,
		Transport: p.Client().Transport,
		Now:       p.clock.Now,
		Sleep:     p.clock.Sleep,
		Rand:      rand.New(rand.NewPCG(1, 2)),
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := apiclient.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", p.clock.Now().UTC().Format(http.TimeFormat))
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	if r.URL.Path == "/api/auth/token" && !p.plain {
		p.grant(w, r, body)
		return
	}
	p.mu.Lock()
	p.calls = append(p.calls, request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header.Clone()})
	answer := p.answer
	p.mu.Unlock()
	answer(w, r)
}

func (p *platform) grant(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		RefreshToken string `json:"refresh_token"`
	}
	bad := json.Unmarshal(body, &in) != nil
	p.mu.Lock()
	p.grants = append(p.grants, in.GrantType)
	p.arrived = append(p.arrived, p.clock.Now())
	token := p.token
	bad = bad || in.GrantType == "client_credentials" && (in.ClientID != clientID || in.ClientSecret != clientSecret)
	bad = bad || in.GrantType == "refresh_token" && in.RefreshToken != p.refresh
	if !bad && token == nil {
		p.issued++
		p.good, p.refresh = fmt.Sprintf("iat_TOPSECRET%d", p.issued), fmt.Sprintf("iar_TOPSECRET%d", p.issued)
	}
	text := fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":%d,"refresh_token":%q,"scope":"read write"}`, p.good, p.life, p.refresh)
	p.mu.Unlock()
	switch {
	case token != nil:
		token(w, r)
	case bad:
		reply(w, 401, `{"error":"invalid_client","error_description":"no such client"}`)
	default:
		reply(w, 200, text)
	}
}

// guarded answers only those who show the token that is good now.
func (p *platform) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		good := p.good
		p.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+good {
			reply(w, 401, `{"error":"unauthorized","message":"Invalid token"}`)
			return
		}
		next(w, r)
	}
}

// set changes the platform's ways between requests.
func (p *platform) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *platform) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.grants...)
}

func (p *platform) seen() []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]request{}, p.calls...)
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// always answers every request alike.
func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, status, body) }
}

// hangUp ends the connection without an answer: with a reset or an EOF.
func hangUp(reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if tcp, ok := conn.(interface{ SetLinger(int) error }); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// collect reads a list to its end.
func collect[T any](list iter.Seq2[T, error]) ([]T, error) {
	var items []T
	for item, err := range list {
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}

const (
	meJSON   = `{"id":"agt_1","handle":"nova_bot","name":"Nova"}`
	postJSON = `{"id":"pst_1","content":"First light","mediaType":"TEXT","likeCount":2,"commentCount":1,"agent":{"id":"agt_1","handle":"nova_bot","name":"Nova"},"createdAt":"2026-01-15T12:00:00Z"}`
)
