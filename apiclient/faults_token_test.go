package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
)

// office is the token endpoint on a bad day. Its tokens expire by the
// platform's clock, each refresh token is good once, and one client only gets
// tokens from it.
type office struct {
	p     *platform
	fault func() string // what goes wrong with this request; "" for nothing

	mu      sync.Mutex
	expires time.Time // of the good token
	n       int
	inside  int // requests under way
	most    int // of them at a time
	faults  map[string]int
}

// newOffice makes the platform guard every operation but this one.
func newOffice(p *platform, next http.HandlerFunc, fault func() string) *office {
	o := &office{p: p, fault: fault, faults: map[string]int{}}
	p.token = o.ServeHTTP
	guarded := p.guarded(next)
	p.answer = func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		late := !p.clock.Now().Before(o.expires)
		o.mu.Unlock()
		if late {
			p.set(func() { p.good = "" })
		}
		guarded(w, r)
	}
	return o
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.inside++
	o.most = max(o.most, o.inside)
	fault := o.fault()
	o.faults[fault]++
	o.mu.Unlock()
	defer func() { o.mu.Lock(); o.inside--; o.mu.Unlock() }()
	grant := o.p.asked()[len(o.p.asked())-1]
	switch {
	case fault == "500":
		reply(w, 500, `{"error":"server_error"}`)
		return
	case fault == "html":
		reply(w, 200, `<!DOCTYPE html><title>One moment</title>`)
		return
	case fault == "refused" && grant == byRefresh:
		reply(w, 401, `{"error":"invalid_grant"}`)
		return
	}
	o.mu.Lock()
	o.n++
	access, refresh := fmt.Sprintf("iat_TOPSECRET%d", o.n), fmt.Sprintf("iar_TOPSECRET%d", o.n)
	o.expires = o.p.clock.Now().Add(time.Hour)
	o.mu.Unlock()
	o.p.set(func() { o.p.good, o.p.refresh = access, refresh })
	if fault == "lost" { // and with it the new refresh token
		hangUp(true)(w, r)
		return
	}
	reply(w, 200, fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":3600,"refresh_token":%q}`, access, refresh))
}

// TestF7_NinetyDays lives 90 virtual days on tokens of one hour, of which each
// renewal meets a fault as often as not, and some are revoked in the middle of
// a tick. Every write that a tick wants is done once, before its day is over.
func TestF7_NinetyDays(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, nil)
	chance := rand.New(rand.NewPCG(7, 90))
	kinds := []string{"500", "html", "refused", "lost", "", "", "", ""}
	done := map[string]int{}
	o := newOffice(p, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			p.set(func() { done[r.URL.Path]++ })
		}
		reply(w, 200, meJSON)
	}, func() string { return kinds[chance.IntN(len(kinds))] })
	c := p.client(t)
	const tick = 20 * time.Minute
	wanted, revoked, late := 0, 0, 0
	var owed []string
	for range int(90 * 24 * time.Hour / tick) {
		owed = append(owed, fmt.Sprintf("pst_%d", wanted))
		wanted++
		_, _ = c.Me(t.Context()) // the tick's look around may fail; its writes wait
		if wanted%7 == 0 {       // in the middle of the tick
			p.set(func() { p.good = "revoked" })
			revoked++
		}
		var left []string
		for _, id := range owed {
			_, err := c.LikePost(t.Context(), id)
			switch {
			case err == nil:
			case apiclient.NotSent(err), errors.Is(err, apiclient.ErrUnauthorized):
				left = append(left, id) // had no effect: the next tick sends it
			default:
				t.Fatalf("%s: %v", id, err)
			}
		}
		owed = left
		late = max(late, len(owed))
		p.clock.advance(tick)
	}
	for range 5 { // the last tick's writes get their chance, too
		for _, id := range owed {
			if _, err := c.LikePost(t.Context(), id); err == nil {
				owed = owed[1:]
			}
		}
		p.clock.advance(tick)
	}
	for i := range wanted {
		if n := done[fmt.Sprintf("/api/posts/pst_%d/like", i)]; n != 1 {
			t.Errorf("write %d was done %d times", i, n)
		}
	}
	if most := busiest(p.arrived, time.Minute); most > 10 {
		t.Errorf("%d token requests in a minute", most)
	}
	if late > 6 {
		t.Errorf("%d writes were owed at a time, want at most two hours' worth", late)
	}
	for _, kind := range kinds {
		if o.faults[kind] < 50 {
			t.Errorf("fault %q struck %d times: the test does too little", kind, o.faults[kind])
		}
	}
	t.Logf("%d ticks, %d revoked tokens, %d token requests, faults %v, at most %d writes owed, %d a minute",
		wanted, revoked, len(p.arrived), o.faults, late, busiest(p.arrived, time.Minute))
}

// TestF7_OneInFlight: however many wait for a token, one request for it is
// under way, whatever becomes of it.
func TestF7_OneInFlight(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"", "500", "html", "refused", "lost"} {
		t.Run("fault "+fault, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, nil)
			o := newOffice(p, always(200, meJSON), func() string { return fault })
			var ready sync.WaitGroup
			inner := p.token
			p.token = func(w http.ResponseWriter, r *http.Request) {
				ready.Wait() // until all have been about to ask
				inner(w, r)
			}
			c := p.client(t)
			for range 4 {
				const callers = 30
				ready.Add(callers)
				var all sync.WaitGroup
				for i := range callers {
					all.Go(func() {
						ready.Done()
						ready.Wait()
						if i%2 == 0 {
							_, _ = c.Me(t.Context())
						} else {
							_, _ = c.LikePost(t.Context(), "pst_1")
						}
					})
				}
				all.Wait()
				p.set(func() { p.good = "revoked" })
				p.clock.advance(2 * time.Hour)
			}
			if o.most != 1 || len(p.asked()) < 4 {
				t.Errorf("%d token requests at a time, %d in all; want 1 at a time and at least 4", o.most, len(p.asked()))
			}
			if most := busiest(p.arrived, time.Minute); most > 10 {
				t.Errorf("%d token requests in a minute, want at most 10", most)
			}
		})
	}
}

// TestF7_LostRefresh: the platform has changed the refresh token and the
// answer was lost. The old one is refused, the credentials are not.
func TestF7_LostRefresh(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, nil)
	fault := ""
	newOffice(p, always(200, meJSON), func() string { return fault })
	c := p.client(t)
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	fault = "lost"
	p.clock.advance(2 * time.Hour)
	if err := write(t.Context(), c); !apiclient.NotSent(err) || errors.Is(err, apiclient.ErrCredentials) {
		t.Errorf("the answer was lost: %v, want it not sent", err)
	}
	fault = ""
	p.set(func() { p.token = nil }) // checks refresh tokens
	if err := write(t.Context(), c); err != nil {
		t.Errorf("after it: %v", err)
	}
	wantGrants(t, p, byCredentials, byRefresh, byRefresh, byCredentials)
}

// TestF7_EndpointDown for a day: no write is sent, the endpoint is asked no
// more often than its limit allows, and the first tick after resumes.
func TestF7_EndpointDown(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, nil)
	fault := "500"
	newOffice(p, always(200, meJSON), func() string { return fault })
	c := p.client(t)
	for range 24 * 12 { // a tick each five minutes
		for _, call := range []func(context.Context, *apiclient.Client) error{read, write, write, write} {
			if err := call(t.Context(), c); !apiclient.NotSent(err) {
				t.Fatalf("without a token: %v", err)
			}
		}
		p.clock.advance(5 * time.Minute)
	}
	if len(p.seen()) != 0 {
		t.Errorf("%d requests without a token", len(p.seen()))
	}
	if most := busiest(p.arrived, time.Minute); most > 10 {
		t.Errorf("%d token requests in a minute", most)
	}
	fault = ""
	if err := write(t.Context(), c); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}
