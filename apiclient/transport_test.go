package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
)

// answers gives one answer after the other, the last for ever.
func answers(list ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	i := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := list[min(i, len(list)-1)]
		i++
		mu.Unlock()
		answer(w, r)
	}
}

// withHeader is an answer with one header more.
func withHeader(name, value string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		next(w, r)
	}
}

func TestRetry_Reads(t *testing.T) {
	t.Parallel()
	ok := always(200, meJSON)
	busy := func(after string) http.HandlerFunc { return withHeader("Retry-After", after, always(429, `{}`)) }
	soon := newVirtual().Now().Add(9 * time.Second).Format(http.TimeFormat)
	tests := []struct {
		name     string
		answer   http.HandlerFunc
		requests int
		status   int // of the error; 0 for none, -1 for one of the network
		min, max time.Duration
	}{
		{name: "503 once", answer: answers(always(503, ``), ok), requests: 2, min: 250 * time.Millisecond, max: 750 * time.Millisecond},
		{name: "503 always", answer: always(503, ``), requests: 4, status: 503, min: 1750 * time.Millisecond, max: 5250 * time.Millisecond},
		{name: "500 html", answer: always(500, `<html>`), requests: 4, status: 500, max: 6 * time.Second},
		{name: "501", answer: always(501, ``), requests: 1, status: 501},
		{name: "404", answer: always(404, ``), requests: 1, status: 404},
		{name: "400", answer: always(400, ``), requests: 1, status: 400},
		{name: "reset", answer: hangUp(true), requests: 4, status: -1, min: 1750 * time.Millisecond, max: 6 * time.Second},
		{name: "reset once", answer: answers(hangUp(true), ok), requests: 2, min: 250 * time.Millisecond, max: time.Second},
		{name: "truncated once", answer: answers(truncated, ok), requests: 2, max: time.Second},
		{name: "429 in 7 s", answer: answers(busy("7"), ok), requests: 2, min: 7 * time.Second, max: 7 * time.Second},
		{name: "429 at a date", answer: answers(busy(soon), ok), requests: 2, min: 9 * time.Second, max: 9 * time.Second},
		{name: "429 without a time", answer: answers(always(429, ``), ok), requests: 2, min: time.Second, max: time.Second},
		{name: "429 in the past", answer: answers(busy("-5"), ok), requests: 2, min: time.Second, max: time.Second},
		{name: "429 of nonsense", answer: answers(busy("soon"), ok), requests: 2, min: time.Second, max: time.Second},
		{name: "429 for 31 years", answer: answers(busy("1000000000"), ok), requests: 1, status: 429},
		{name: "429 over two minutes", answer: busy("50"), requests: 3, status: 429, min: 100 * time.Second, max: 100 * time.Second},
		{name: "503 in 40 s", answer: answers(withHeader("Retry-After", "40", always(503, ``)), ok), requests: 2, min: 40 * time.Second, max: 40 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, tt.answer)
			// On a used connection net/http would repeat a read by itself.
			fresh := func(cfg *apiclient.Config) { cfg.Transport = &http.Transport{DisableKeepAlives: true} }
			_, err := p.client(t, fresh).Me(t.Context())
			checkStatus(t, err, tt.status)
			if got := len(p.seen()); got != tt.requests {
				t.Errorf("got %d requests, want %d", got, tt.requests)
			}
			if got := p.clock.sleeping(); got < tt.min || got > tt.max {
				t.Errorf("waited %s, want %s to %s", got, tt.min, tt.max)
			}
		})
	}
}

// checkStatus takes 0 for no error and -1 for one that is not an answer.
func checkStatus(t *testing.T, err error, want int) {
	t.Helper()
	got := 0
	if e, ok := errors.AsType[*apiclient.APIError](err); ok {
		got = e.Status
	} else if err != nil {
		got = -1
	}
	if got != want {
		t.Errorf("got status %d (%v), want %d", got, err, want)
	}
}

// The last failure is kept when the caller's time ends in a pause.
func TestRetry_Cancelled(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(503, `{"error":"maintenance","message":"Back soon"}`))
	ctx, cancel := context.WithCancel(t.Context())
	c := p.client(t, func(cfg *apiclient.Config) {
		cfg.Sleep = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	})
	_, err := c.Me(ctx)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, apiclient.ErrServer) || !strings.Contains(err.Error(), "Back soon") {
		t.Errorf("got %v, want both the end and the reason", err)
	}
}

// No pause is begun that the caller's deadline would cut short.
func TestRetry_Deadline(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, withHeader("Retry-After", "100", always(429, ``)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := p.client(t).Me(ctx)
	checkStatus(t, err, 429)
	if got := p.clock.sleeping(); got != 0 {
		t.Errorf("waited %s, want no wait", got)
	}
	if e, _ := errors.AsType[*apiclient.APIError](err); e.RetryAfter != 100*time.Second {
		t.Errorf("got RetryAfter %s, want 100s", e.RetryAfter)
	}
}

// A write is one round trip, whatever comes of it.
func TestWrite_Once(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		status int
	}{
		{name: "200", answer: always(200, `{}`)},
		{name: "reset", answer: hangUp(true), status: -1},
		{name: "EOF", answer: hangUp(false), status: -1},
		{name: "truncated", answer: truncated, status: -1},
		{name: "500", answer: always(500, ``), status: 500},
		{name: "502", answer: always(502, `<html>`), status: 502},
		{name: "503", answer: withHeader("Retry-After", "1", always(503, ``)), status: 503},
		{name: "429", answer: withHeader("Retry-After", "1", always(429, ``)), status: 429},
		{name: "401", answer: always(401, ``), status: 401},
		{name: "409", answer: always(409, `{"error":"conflict"}`), status: 409},
		{name: "301", answer: withHeader("Location", "/api/feed", always(301, ``)), status: 301},
		{name: "303", answer: withHeader("Location", "/api/feed", always(303, ``)), status: 303},
		{name: "307", answer: withHeader("Location", "/api/feed", always(307, ``)), status: 307},
		{name: "308", answer: withHeader("Location", "/api/feed", always(308, ``)), status: 308},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, answers(always(200, meJSON), tt.answer))
			c := p.client(t)
			if _, err := c.Me(t.Context()); err != nil { // so that the connection is a used one
				t.Fatal(err)
			}
			_, err := c.CreatePost(t.Context(), apiclient.NewPost{Content: "Hi"})
			checkStatus(t, err, tt.status)
			if apiclient.NotSent(err) {
				t.Errorf("%v is said not to be sent", err)
			}
			if got := len(p.seen()); got != 2 {
				t.Errorf("got %d round trips, want 1", got-1)
			}
			if got := p.clock.sleeping(); got != 0 {
				t.Errorf("waited %s, want no wait", got)
			}
		})
	}
}

func TestSentinels(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		401: apiclient.ErrUnauthorized, 403: apiclient.ErrForbidden, 404: apiclient.ErrNotFound,
		409: apiclient.ErrConflict, 429: apiclient.ErrRateLimited, 500: apiclient.ErrServer, 599: apiclient.ErrServer,
	} {
		p := newPlatform(t, always(status, `{"error":"code","error_description":"Why"}`))
		_, err := p.client(t).LikePost(t.Context(), "pst_1")
		if !errors.Is(err, want) {
			t.Errorf("%d: got %v, want %v", status, err, want)
		}
		e, _ := errors.AsType[*apiclient.APIError](err)
		if e == nil || e.Code != "code" || e.Message != "Why" || e.Method != "POST" || e.Path != "/api/posts/pst_1/like" {
			t.Errorf("%d: got %+v", status, e)
		}
	}
}

func TestFinal(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{400: true, 401: false, 403: true, 404: true, 408: false, 410: true, 425: false, 429: false, 500: false, 503: false} {
		if got := apiclient.Final(fmt.Errorf("read: %w", &apiclient.APIError{Status: status})); got != want {
			t.Errorf("%d: got %t, want %t", status, got, want)
		}
	}
	if apiclient.Final(errors.New("connection refused")) || apiclient.Final(nil) {
		t.Error("what is no answer is final")
	}
}

// register goes straight to the wire: it takes no token.
func register(ctx context.Context, c *apiclient.Client) error {
	_, err := c.Register(ctx, apiclient.NewAgent{Handle: "nova_bot", Name: "Nova"})
	return err
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + l.Addr().String()
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNotSent(t *testing.T) {
	t.Parallel()
	// Its handshake errors go to nobody's log.
	secure := httptest.NewUnstartedServer(always(200, `{}`))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	open := newPlatform(t, hangUp(true))
	silent := newPlatform(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	noNames := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, io.EOF }}
	tests := []struct {
		name      string
		base      string
		transport http.RoundTripper
		timeout   time.Duration
		want      bool
	}{
		{name: "refused port", base: closedPort(t), want: true},
		{name: "no such host", base: "https://platform.invalid", want: true, transport: &http.Transport{DialContext: (&net.Dialer{Resolver: noNames}).DialContext}},
		{name: "unknown certificate", base: secure.URL, want: true},
		{name: "reset after accept", base: open.URL},
		{name: "no answer", base: silent.URL, timeout: 200 * time.Millisecond},
		{name: "a transport that does not trace", base: "https://platform.invalid", transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := apiclient.New(apiclient.Config{BaseURL: tt.base, Transport: tt.transport, Timeout: tt.timeout})
			if err != nil {
				t.Fatal(err)
			}
			if err = register(t.Context(), c); err == nil || apiclient.NotSent(err) != tt.want {
				t.Errorf("got %v with NotSent %t, want %t", err, apiclient.NotSent(err), tt.want)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err = register(ctx, c); !errors.Is(err, context.Canceled) || !apiclient.NotSent(err) {
				t.Errorf("cancelled before: got %v, want it not sent", err)
			}
		})
	}
}

// The caller that gives up does not know whether the write arrived.
func TestNotSent_CancelledInFlight(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := newPlatform(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if err := register(ctx, p.client(t)); !errors.Is(err, context.Canceled) || apiclient.NotSent(err) {
		t.Errorf("got %v with NotSent %t, want false", err, apiclient.NotSent(err))
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	stranger := newPlatform(t, always(200, meJSON))
	to := func(location string) http.HandlerFunc {
		return answers(withHeader("Location", location, always(302, ``)), always(200, meJSON))
	}
	tests := []struct {
		name     string
		answer   http.HandlerFunc
		requests int
		status   int
	}{
		{name: "same host", answer: to("/api/agents/nova_bot"), requests: 2},
		{name: "other host", answer: to(stranger.URL + "/api/agents/me"), requests: 1, status: 302},
		{name: "other scheme", answer: to("https://127.0.0.1/"), requests: 1, status: 302},
		{name: "round and round", answer: withHeader("Location", "/api/agents/me", always(302, ``)), requests: 6, status: 302},
		{name: "nowhere", answer: always(302, ``), requests: 1, status: 302},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, tt.answer)
			_, err := p.client(t).Me(t.Context())
			checkStatus(t, err, tt.status)
			if got := len(p.seen()); got != tt.requests {
				t.Errorf("got %d requests, want %d", got, tt.requests)
			}
			for i, r := range p.seen() {
				if r.Header.Get("Authorization") == "" {
					t.Errorf("request %d has no token", i)
				}
			}
		})
	}
	t.Cleanup(func() {
		if got := len(stranger.seen()); got != 0 {
			t.Errorf("%d requests to another host", got)
		}
	})
}

func TestServerTime(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, nil)
	date := p.clock.Now().Add(-90 * time.Minute)
	p.answer = withHeader("Date", date.Format(http.TimeFormat), always(200, meJSON))
	p.token = withHeader("Date", date.Format(http.TimeFormat), always(200, `{"access_token":"t"}`))
	c := p.client(t)
	if got := c.ServerTime(); !got.Equal(p.clock.Now()) {
		t.Errorf("before any answer: got %s, want now", got)
	}
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.clock.advance(time.Minute)
	if got, want := c.ServerTime(), date.Add(time.Minute); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	p.set(func() {
		p.answer = withHeader("Age", "7", withHeader("Date", "Thu, 01 Jan 2026 00:00:00 GMT", always(200, meJSON)))
	})
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := c.ServerTime(), date.Add(time.Minute); !got.Equal(want) {
		t.Errorf("after an answer from a cache: got %s, want %s", got, want)
	}
}
