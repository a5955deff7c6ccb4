package apiclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"

	"imagined/contract"
)

// step is one layer of the transport, or all of them.
type step func(*http.Request) (*http.Response, error)

// RoundTrip makes a step an http.RoundTripper.
func (s step) RoundTrip(req *http.Request) (*http.Response, error) { return s(req) }

// stack is what every request passes, outermost first. Each try of a read
// waits for the rate limit again; a redirect passes the whole stack again.
func (c *Client) stack() step {
	return c.logged(
		c.retried(
			c.limited(
				c.authorized(
					c.wire))))
}

// authStack is what a request to the token endpoint passes.
func (c *Client) authStack() step {
	return c.logged(
		c.limited(
			c.wire))
}

// follow sends a request through the stack, and through redirects.
func (c *Client) follow(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // http.Client adds method and URL; a callError's are shorter
	}
	return resp, err
}

// redirect follows reads within the platform and nothing else. A redirect
// that is not followed becomes an *APIError.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || len(via) > 5 || !c.ours(req.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// ours reports whether the address is the platform's, scheme included.
func (c *Client) ours(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && u.Host == c.base.Host
}

// logged writes one debug line a request. Neither query nor header nor body
// is in it.
func (c *Client) logged(next step) step {
	return func(req *http.Request) (*http.Response, error) {
		start := c.cfg.Now()
		resp, err := next(req)
		tier := tierOf(req)
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		c.cfg.Log.LogAttrs(req.Context(), slog.LevelDebug, "request",
			slog.String("method", req.Method),
			slog.String("path", cut(req.URL.EscapedPath())),
			slog.Int("status", status),
			slog.Duration("took", c.cfg.Now().Sub(start)),
			slog.String("tier", string(tier)),
			slog.Int("left", c.limiter.left(tier)))
		return resp, err
	}
}

// The retry of reads.
const (
	maxTries    = 4
	maxRetrying = 2 * time.Minute
	firstPause  = 500 * time.Millisecond
	maxPause    = 30 * time.Second
)

// retried repeats a read after a network error, a 429, or a 5xx that may
// pass, and once more at once after a 401, with a new token. The last answer
// is what the caller gets.
func (c *Client) retried(next step) step {
	return func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodGet {
			return next(req)
		}
		pauses := c.newPauses()
		renewed := c.cfg.ID == ""
		for try := 1; ; {
			resp, err := next(req)
			if err == nil && resp.StatusCode == http.StatusUnauthorized && !renewed {
				renewed = true
				continue
			}
			if !passing(resp, err) || req.Context().Err() != nil || try == maxTries {
				return resp, err
			}
			pause, ok := c.pause(req.Context(), pauses, resp)
			if !ok {
				return resp, err
			}
			if slept := c.cfg.Sleep(req.Context(), pause); slept != nil {
				return nil, c.gaveUp(req, resp, err, slept)
			}
			try++
		}
	}
}

// passing reports whether trying again may help.
func passing(resp *http.Response, err error) bool {
	if err == nil {
		return passingStatus(resp.StatusCode)
	}
	if before, ok := errors.AsType[*notSentError](err); ok {
		return before.again
	}
	return !errors.Is(err, errTooLong)
}

func passingStatus(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
}

// newPauses counts by our clock. backoff's own jitter draws from the global
// source, so it is off and pause adds ours.
func (c *Client) newPauses() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstPause),
		backoff.WithMaxInterval(maxPause),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxElapsedTime(maxRetrying),
		backoff.WithClockProvider(clock(c.cfg.Now)))
}

// clock is a backoff.Clock.
type clock func() time.Time

// Now tells the time.
func (c clock) Now() time.Time { return c() }

// pause is how long to wait before the next try; false when there is no time
// for one.
func (c *Client) pause(ctx context.Context, pauses *backoff.ExponentialBackOff, resp *http.Response) (time.Duration, bool) {
	next := pauses.NextBackOff()
	if next == backoff.Stop {
		return 0, false
	}
	c.mu.Lock()
	next = time.Duration((0.5 + c.cfg.Rand.Float64()) * float64(next))
	c.mu.Unlock()
	next = min(next, maxPause)
	if resp != nil {
		after, _ := retryAfter(resp.Header, c.ServerTime())
		next = max(next, after)
	}
	return next, pauses.GetElapsedTime()+next <= maxRetrying && !pastDeadline(ctx, next)
}

// pastDeadline reports whether a wait would outlast the context. A context's
// deadline is on the wall clock, whatever Now says.
func pastDeadline(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < wait //nolint:forbidigo // see above
}

// gaveUp keeps the last failure next to the reason for not trying again.
func (c *Client) gaveUp(req *http.Request, resp *http.Response, err, why error) error {
	if err == nil {
		body, _ := readBody(resp)
		err = c.newAPIError(call{method: req.Method, route: req.URL.EscapedPath()}, resp, body)
	}
	return fmt.Errorf("%w, after %w", why, err)
}

// limited waits for a place in the request's tier, and learns from the answer
// how many are left.
func (c *Client) limited(next step) step {
	return func(req *http.Request) (*http.Response, error) {
		tier := tierOf(req)
		if err := c.limiter.take(req.Context(), tier); err != nil {
			return nil, &notSentError{err: err}
		}
		resp, err := next(req)
		c.limiter.done(tier, !NotSent(err))
		if resp != nil {
			c.limiter.learn(tier, resp.StatusCode, resp.Header, c.ServerTime())
		}
		return resp, err
	}
}

func tierOf(req *http.Request) contract.Tier { return contract.TierOf(req.Method, req.URL.Path) }

// authorized adds the access token, to requests to the platform only. A token
// that the platform refuses is forgotten, so that the next try gets another.
func (c *Client) authorized(next step) step {
	return func(req *http.Request) (*http.Response, error) {
		public := c.cfg.ID == "" && req.Method == http.MethodGet
		if public || tierOf(req) == contract.TierAuth || !c.ours(req.URL) {
			return next(req)
		}
		token, err := c.tokens.get(req.Context())
		if err != nil {
			return nil, tokenError(err)
		}
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := next(req)
		if err == nil && resp.StatusCode == http.StatusUnauthorized {
			c.tokens.forget(token)
		}
		return resp, err
	}
}

// wire is one round trip, body included. It proves what it can about whether
// the request left, and hears the time.
func (c *Client) wire(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, &notSentError{err: err}
	}
	ctx, cancel := context.WithTimeout(req.Context(), c.timeout(req))
	defer cancel()
	// Both are needed: a transport that does not trace proves nothing.
	var asked, got atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	})
	resp, err := c.cfg.Transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if asked.Load() && !got.Load() {
			return nil, &notSentError{err: err, again: true}
		}
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // everything wanted has been read
	c.hear(resp.Header)
	body, err := readBody(resp)
	if err != nil && resp.StatusCode/100 == 2 {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// timeout is the longest that the round trip may take.
func (c *Client) timeout(req *http.Request) time.Duration {
	if strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/") {
		return c.cfg.UploadTimeout
	}
	return c.cfg.Timeout
}

// hear sets the clock by an answer that does not come from a cache.
func (c *Client) hear(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = date.Sub(c.cfg.Now())
}
