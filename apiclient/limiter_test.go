package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
)

// counting notes when each request arrives, some time after it was sent.
type counting struct {
	mu sync.Mutex
	at []time.Time
}

func (c *counting) handler(v *virtual, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c.mu.Lock()
		latency := time.Duration(len(c.at)%7) * 10 * time.Millisecond
		v.advance(latency)
		c.at = append(c.at, v.Now())
		c.mu.Unlock()
		v.advance(latency)
		reply(w, 200, body)
	}
}

func read(ctx context.Context, c *apiclient.Client) error { _, err := c.Me(ctx); return err }
func write(ctx context.Context, c *apiclient.Client) error {
	_, err := c.LikePost(ctx, "pst_1")
	return err
}

// An hour of hammering never breaks the platform's limit, and is not much
// slower than the limit.
func TestLimiter_Hour(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		call   func(context.Context, *apiclient.Client) error
		urgent bool
		limit  int
		span   int // minutes
	}{
		{name: "reads", call: read, limit: 90, span: 60},
		{name: "urgent reads", call: read, urgent: true, limit: 100, span: 20},
		{name: "writes", call: write, limit: 25, span: 60},
		{name: "urgent writes", call: write, urgent: true, limit: 30, span: 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, nil)
			var server counting
			p.answer = server.handler(p.clock, meJSON)
			c, ctx := p.client(t), t.Context()
			if tt.urgent {
				ctx = apiclient.Urgent(ctx)
			}
			for end := p.clock.Now().Add(time.Duration(tt.span) * time.Minute); p.clock.Now().Before(end); {
				if err := tt.call(ctx, c); err != nil {
					t.Fatal(err)
				}
			}
			if most := busiest(server.at, time.Minute); most > tt.limit {
				t.Errorf("%d requests in one minute, want at most %d", most, tt.limit)
			}
			if got, want := len(server.at), tt.limit*tt.span*95/100; got < want {
				t.Errorf("%d requests in all, want at least %d", got, want)
			}
		})
	}
}

func TestLimiter_Concurrent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, nil)
	var server counting
	p.answer = server.handler(p.clock, meJSON)
	c := p.client(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 15 {
				if err := read(t.Context(), c); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if most := busiest(server.at, time.Minute); most > 90 || len(server.at) != 300 {
		t.Errorf("%d requests, up to %d in one minute; want 300 and at most 90", len(server.at), most)
	}
}

// The reserve is for urgent calls only.
func TestLimiter_Reserve(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		call         func(context.Context, *apiclient.Client) error
		all, reserve int
	}{
		{name: "reads", call: read, all: 100, reserve: 10},
		{name: "writes", call: write, all: 30, reserve: 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(200, meJSON))
			c := p.client(t)
			for i := range tt.all {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				err := tt.call(ctx, c)
				if refused := i >= tt.all-tt.reserve; refused != (errors.Is(err, apiclient.ErrRateLimited) && apiclient.NotSent(err)) {
					t.Fatalf("call %d: got %v, want it refused: %t", i, err, refused)
				}
				if err != nil {
					err = tt.call(apiclient.Urgent(ctx), c)
				}
				if err != nil {
					t.Fatalf("urgent call %d: %v", i, err)
				}
			}
			if got := p.clock.sleeping(); got != 0 {
				t.Errorf("waited %s, want no wait", got)
			}
			ctx, cancel := context.WithTimeout(apiclient.Urgent(t.Context()), 30*time.Second)
			defer cancel()
			if err := tt.call(ctx, c); !errors.Is(err, apiclient.ErrRateLimited) || !apiclient.NotSent(err) {
				t.Errorf("urgent call over the limit: got %v, want ErrRateLimited, not sent", err)
			}
			if got := len(p.seen()); got != tt.all {
				t.Errorf("got %d requests, want %d", got, tt.all)
			}
		})
	}
}

// What the platform says in its headers makes the next calls wait.
func TestLimiter_Headers(t *testing.T) {
	t.Parallel()
	now := newVirtual().Now()
	unix := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	const window = 60100 * time.Millisecond
	tests := []struct {
		name    string
		headers map[string]string
		free    int           // calls without a wait, the one with the headers included
		wait    time.Duration // of the call after those
	}{
		{name: "nothing left, reset in seconds", headers: map[string]string{"Remaining": "0", "Reset": unix(30 * time.Second)}, free: 1, wait: 30 * time.Second},
		{name: "nothing left, reset in ms", headers: map[string]string{"Remaining": "0", "Reset": unix(30*time.Second) + "000"}, free: 1, wait: 30 * time.Second},
		{name: "nothing left, reset in the past", headers: map[string]string{"Remaining": "0", "Reset": unix(-time.Hour)}, free: 1, wait: time.Minute},
		{name: "nothing left, reset absurd", headers: map[string]string{"Remaining": "0", "Reset": "99999999999999999999"}, free: 1, wait: time.Minute},
		{name: "nothing left, reset negative", headers: map[string]string{"Remaining": "0", "Reset": "-1"}, free: 1, wait: time.Minute},
		{name: "nothing left, no reset", headers: map[string]string{"Remaining": "0"}, free: 1, wait: window},
		{name: "less than nothing left", headers: map[string]string{"Remaining": "-3"}, free: 1, wait: window},
		{name: "twelve left", headers: map[string]string{"Remaining": "12"}, free: 3, wait: window},
		{name: "a smaller limit", headers: map[string]string{"Limit": "4"}, free: 3, wait: window},
		{name: "a limit of one", headers: map[string]string{"Limit": "1"}, free: 1, wait: window},
		{name: "a larger limit", headers: map[string]string{"Limit": "1000", "Remaining": "999"}, free: 90, wait: window},
		{name: "no limit", headers: map[string]string{"Limit": "0"}, free: 90, wait: window},
		{name: "words", headers: map[string]string{"Limit": "many", "Remaining": "NaN", "Reset": "soon"}, free: 90, wait: window},
		{name: "another tier's", headers: map[string]string{"Remaining": "0", "Endpoint-Type": "write"}, free: 90, wait: window},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			said := func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range tt.headers {
					w.Header().Set("X-RateLimit-"+name, value)
				}
				reply(w, 200, meJSON)
			}
			p := newPlatform(t, answers(said, always(200, meJSON)))
			c := p.client(t)
			for i := range tt.free {
				if err := read(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if got := p.clock.sleeping(); got != 0 {
					t.Fatalf("call %d waited %s, want no wait", i, got)
				}
			}
			if err := read(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if got := p.clock.sleeping(); got != tt.wait {
				t.Errorf("call %d waited %s, want %s", tt.free, got, tt.wait)
			}
		})
	}
}

// A 429 shuts its tier, writes included, for a bounded time.
func TestLimiter_Refused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after []string // Retry-After of each 429; "" for none
		waits []time.Duration
	}{
		{name: "absent", after: []string{"", "", ""}, waits: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{name: "negative", after: []string{"-60"}, waits: []time.Duration{time.Second}},
		{name: "seconds", after: []string{"17"}, waits: []time.Duration{17 * time.Second}},
		{name: "31 years", after: []string{"1e9"}, waits: []time.Duration{5 * time.Minute}},
		{name: "a date", after: []string{newVirtual().Now().Add(20 * time.Second).Format(http.TimeFormat)}, waits: []time.Duration{20 * time.Second}},
		{name: "a date far away", after: []string{"Fri, 31 Dec 2100 23:59:59 GMT"}, waits: []time.Duration{5 * time.Minute}},
		{name: "a date gone by", after: []string{"Sat, 01 Jan 2000 00:00:00 GMT"}, waits: []time.Duration{time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var list []http.HandlerFunc
			for _, after := range tt.after {
				refuse := always(429, ``)
				if after != "" {
					refuse = withHeader("Retry-After", after, refuse)
				}
				list = append(list, refuse)
			}
			p := newPlatform(t, answers(append(list, always(200, meJSON))...))
			c := p.client(t)
			for i, want := range append([]time.Duration{0}, tt.waits...) {
				err := write(t.Context(), c)
				if i < len(tt.after) != errors.Is(err, apiclient.ErrRateLimited) {
					t.Errorf("write %d: %v", i, err)
				}
				if e, ok := errors.AsType[*apiclient.APIError](err); ok && (e.RetryAfter < 0 || e.RetryAfter > 5*time.Minute) {
					t.Errorf("write %d: RetryAfter %s, want 0 to 5m", i, e.RetryAfter)
				}
				if got := p.clock.sleeping(); got != want {
					t.Errorf("write %d waited %s, want %s", i, got, want)
				}
			}
			if err := read(t.Context(), c); err != nil || p.clock.sleeping() != 0 {
				t.Errorf("a read: %v; want it not to wait", err)
			}
		})
	}
}

// A clock that goes back does not stop the client for longer than a window.
func TestLimiter_ClockGoesBack(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(200, `{}`))
	c := p.client(t)
	for range 25 {
		if err := write(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	p.clock.advance(-10 * 365 * 24 * time.Hour)
	if err := write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := p.clock.sleeping(); got > 61*time.Second {
		t.Errorf("waited %s, want at most a window", got)
	}
}

// Who has nothing left waits for the reset, even if calls of its own stop
// counting before.
func TestLimiter_WaitsForReset(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, nil)
	end := fmt.Sprint(p.clock.Now().Add(90 * time.Second).Unix())
	nothing := withHeader("X-RateLimit-Remaining", "0", withHeader("X-RateLimit-Reset", end, always(200, meJSON)))
	p.answer = answers(always(200, meJSON), nothing, always(200, meJSON))
	c, ctx := p.client(t), apiclient.Urgent(t.Context())
	for i, want := range []time.Duration{0, 0, 40 * time.Second} {
		if i == 1 {
			p.clock.advance(50 * time.Second)
		}
		if err := read(ctx, c); err != nil {
			t.Fatal(err)
		}
		if got := p.clock.sleeping(); got != want {
			t.Errorf("call %d waited %s, want %s", i, got, want)
		}
	}
}

// What was never sent does not count.
func TestLimiter_NotSent(t *testing.T) {
	t.Parallel()
	v := newVirtual()
	c, err := apiclient.New(apiclient.Config{BaseURL: closedPort(t), Now: v.Now, Sleep: v.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	for range 15 {
		if err := register(t.Context(), c); !apiclient.NotSent(err) {
			t.Fatal(err)
		}
	}
	if got := v.sleeping(); got != 0 {
		t.Errorf("waited %s, want no wait", got)
	}
}
