package apiclient_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/apiclient"
)

const (
	byCredentials = "client_credentials"
	byRefresh     = "refresh_token"
)

// guardedPlatform wants the token that is good now.
func guardedPlatform(t *testing.T) *platform {
	p := newPlatform(t, nil)
	p.answer = p.guarded(always(200, meJSON))
	return p
}

func wantGrants(t *testing.T, p *platform, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, p.asked()); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

func TestToken_Life(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	c := p.client(t)
	ask := func() {
		t.Helper()
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	p.clock.advance(54 * time.Minute)
	ask()
	wantGrants(t, p, byCredentials)
	p.clock.advance(time.Minute + time.Second) // five minutes before its end
	ask()
	wantGrants(t, p, byCredentials, byRefresh)
	p.clock.advance(2 * time.Hour)
	ask()
	wantGrants(t, p, byCredentials, byRefresh, byRefresh)
}

func TestToken_ShortLife(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	p.life = 60
	c := p.client(t)
	for range 5 {
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantGrants(t, p, byCredentials)
}

func TestToken_RefusedRefresh(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	c := p.client(t)
	_, err := c.Me(t.Context())
	p.set(func() { p.refresh = "another" })
	p.clock.advance(2 * time.Hour)
	_, err2 := c.Me(t.Context())
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	wantGrants(t, p, byCredentials, byRefresh, byCredentials)
}

// A renewal that fails leaves the token in use while it is good.
func TestToken_FailedRenewal(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	c := p.client(t)
	ask := func() error { _, err := c.Me(t.Context()); return err }
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	p.set(func() { p.token = always(500, `{"error":"server_error"}`) })
	p.clock.advance(56 * time.Minute)
	for range 3 {
		if err := ask(); err != nil {
			t.Fatalf("the token is good for four minutes more: %v", err)
		}
	}
	wantGrants(t, p, byCredentials, byRefresh) // not at every call
	p.clock.advance(5 * time.Minute)
	err := ask()
	if err == nil || !apiclient.NotSent(err) || errors.Is(err, apiclient.ErrCredentials) {
		t.Errorf("got %v, want an error that is not about the credentials", err)
	}
	p.set(func() { p.token = nil })
	if err := ask(); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

func TestToken_Unauthorized(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	c := p.client(t)
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	revoke := func() { p.set(func() { p.good = "another" }) }

	revoke()
	if _, err := c.Me(t.Context()); err != nil {
		t.Errorf("read: %v, want it repeated with a new token", err)
	}
	if got := len(p.seen()); got != 3 {
		t.Errorf("read: %d requests in all, want 3", got)
	}
	wantGrants(t, p, byCredentials, byCredentials)

	revoke()
	_, err := c.LikePost(t.Context(), "pst_1")
	if !errors.Is(err, apiclient.ErrUnauthorized) || apiclient.NotSent(err) {
		t.Errorf("write: got %v, want ErrUnauthorized", err)
	}
	if got := len(p.seen()); got != 4 {
		t.Errorf("write: %d requests, want 1", got-3)
	}
	if _, err = c.LikePost(t.Context(), "pst_1"); err != nil {
		t.Errorf("next write: %v, want it sent with a new token", err)
	}
	wantGrants(t, p, byCredentials, byCredentials, byCredentials)
}

// A read that is refused with any token is tried twice.
func TestToken_AlwaysUnauthorized(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(401, `{"error":"unauthorized"}`))
	_, err := p.client(t).Me(t.Context())
	if !errors.Is(err, apiclient.ErrUnauthorized) || len(p.seen()) != 2 {
		t.Errorf("got %v after %d requests, want ErrUnauthorized after 2", err, len(p.seen()))
	}
}

func TestToken_WrongKey(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403} {
		p := newPlatform(t, always(200, meJSON))
		p.token = always(status, `{"error":"invalid_client","error_description":"no such client"}`)
		c := p.client(t)
		for range 5 {
			_, err := c.Me(t.Context())
			_, werr := c.LikePost(t.Context(), "p")
			for _, err := range []error{err, werr} {
				if !errors.Is(err, apiclient.ErrCredentials) || !apiclient.NotSent(err) || !strings.Contains(err.Error(), "IMAGINEANYTHING_CLIENT_SECRET") {
					t.Errorf("got %v, want ErrCredentials that names the variable", err)
				}
				if _, ok := errors.AsType[*apiclient.APIError](err); ok {
					t.Error("the token endpoint's answer is in the chain, as if it were the call's")
				}
			}
		}
		wantGrants(t, p, byCredentials)
		p.clock.advance(61 * time.Second)
		p.set(func() { p.token = nil })
		if _, err := c.Me(t.Context()); err != nil {
			t.Errorf("after a minute with the right key: %v", err)
		}
	}
}

// Trouble at the token endpoint is never the answer to the call itself.
func TestToken_Trouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		grants int // of a read
	}{
		{name: "500", answer: always(500, `{}`), grants: 4},
		{name: "429", answer: always(429, `{}`), grants: 4},
		{name: "404", answer: always(404, `{}`), grants: 1},
		{name: "redirect", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, grants: 1},
		{name: "html", answer: always(200, `<html>`), grants: 1},
		{name: "no token", answer: always(200, `{"expires_in":3600}`), grants: 1},
		{name: "empty", answer: always(200, ``), grants: 1},
		{name: "reset", answer: hangUp(true), grants: 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(200, meJSON))
			p.token = tt.answer
			c := p.client(t)
			_, err := c.Me(t.Context())
			_, isAPI := errors.AsType[*apiclient.APIError](err)
			if !apiclient.NotSent(err) || isAnswer(err) || isAPI || errors.Is(err, apiclient.ErrCredentials) {
				t.Errorf("read: got %v, want an error that is not sent, and nothing else", err)
			}
			if got := len(p.asked()); got != tt.grants {
				t.Errorf("read: asked for %d tokens, want %d", got, tt.grants)
			}
			_, err = c.LikePost(t.Context(), "p")
			if !apiclient.NotSent(err) || isAnswer(err) || len(p.asked()) != tt.grants+1 {
				t.Errorf("write: got %v after %d more, want not sent after 1", err, len(p.asked())-tt.grants)
			}
			if got := len(p.seen()); got != 0 {
				t.Errorf("%d requests without a token", got)
			}
		})
	}
}

func TestToken_SingleFlight(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	var ready, done sync.WaitGroup
	p.token = nil
	c := p.client(t)
	ready.Add(50)
	for range 50 {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			if _, err := c.Me(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	wantGrants(t, p, byCredentials)
}

// One waiter's end is not the others', not even when it asked first.
func TestToken_WaiterGivesUp(t *testing.T) {
	t.Parallel()
	p := guardedPlatform(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	p.token = func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		p.set(func() { p.good = "iat_late" })
		reply(w, 200, `{"access_token":"iat_late","expires_in":3600}`)
	}
	c := p.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed, passed := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.LikePost(ctx, "p"); failed <- err }()
	<-asked
	go func() { _, err := c.Me(t.Context()); passed <- err }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) || !apiclient.NotSent(err) {
		t.Errorf("who gave up: %v", err)
	}
	close(answer)
	if err := <-passed; err != nil {
		t.Errorf("who waited: %v", err)
	}
	wantGrants(t, p, byCredentials)
}

// Platform: 10 auth calls a minute.
func TestToken_AtMostTenAMinute(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(401, `{"error":"unauthorized"}`))
	c := p.client(t)
	for range 40 {
		if _, err := c.Me(t.Context()); !errors.Is(err, apiclient.ErrUnauthorized) {
			t.Fatal(err)
		}
	}
	if most := busiest(p.arrived, time.Minute); most > 10 || most < 9 || len(p.arrived) != 80 {
		t.Errorf("%d token requests, up to %d in a minute; want 80 and at most 10", len(p.arrived), most)
	}
}

// busiest is the most moments within any window, both ends counted.
func busiest(at []time.Time, window time.Duration) int {
	most, start := 0, 0
	for i, t := range at {
		for t.Sub(at[start]) > window {
			start++
		}
		most = max(most, i-start+1)
	}
	return most
}

func TestToken_NoCredentials(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(200, postJSON))
	c := p.client(t, func(cfg *apiclient.Config) { cfg.ID, cfg.Secret = "", "" })
	if _, err := c.Post(t.Context(), "pst_1"); err != nil {
		t.Errorf("public read: %v", err)
	}
	if got := p.seen()[0].Header.Get("Authorization"); got != "" {
		t.Errorf("sent Authorization %q", got)
	}
	_, err := c.LikePost(t.Context(), "pst_1")
	if !errors.Is(err, apiclient.ErrCredentials) || !apiclient.NotSent(err) || len(p.seen()) != 1 || len(p.asked()) != 0 {
		t.Errorf("write: got %v, want ErrCredentials and nothing sent", err)
	}
}
