package apiclient

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"imagined/contract"
)

const (
	slack     = 100 * time.Millisecond        // so that a tie at the platform's border is never ours
	occupied  = contract.Window + slack       // how long a request counts after its end
	maxReset  = contract.Window + time.Second // the longest wait for a reset
	maxRetry  = 5 * time.Minute               // the longest wait for a Retry-After
	minRefuse = time.Second                   // the first wait after a 429 that does not say how long
)

// reserves is how many places of a tier are kept for urgent calls.
var reserves = map[contract.Tier]int{contract.TierRead: 10, contract.TierWrite: 5}

// limiter keeps each tier within its sliding window. A request counts from
// before it is sent until one window after its end: the platform counts it at
// some moment in between.
type limiter struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	tiers map[contract.Tier]*tier
}

// tier is one window.
type tier struct {
	most    int // the contract's limit
	limit   int // the platform's latest word, at most the contract's
	reserve int
	flying  int         // sent and not ended
	until   []time.Time // when each ended request, or foreign one, stops counting
	shut    time.Time   // nothing is sent before
	strikes int         // 429s in a row
}

func newLimiter(now func() time.Time, sleep func(context.Context, time.Duration) error) *limiter {
	l := &limiter{now: now, sleep: sleep, tiers: map[contract.Tier]*tier{}}
	for name, limit := range contract.Limits {
		l.tiers[name] = &tier{most: limit, limit: limit, reserve: reserves[name]}
	}
	return l
}

// take waits for a place in the tier and takes it. It fails at once when the
// wait would outlast ctx.
func (l *limiter) take(ctx context.Context, name contract.Tier) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		wait := l.try(name, urgent(ctx))
		if wait <= 0 {
			return nil
		}
		if pastDeadline(ctx, wait) {
			return fmt.Errorf("%w: the next %s is possible in %s, after the deadline", ErrRateLimited, name, wait.Round(time.Millisecond))
		}
		if err := l.sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// try takes a place, or says how long to wait before trying again.
func (l *limiter) try(name contract.Tier, urgent bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tiers[name]
	wait := t.wait(l.now(), urgent)
	if wait <= 0 {
		t.flying++
	}
	return wait
}

// done ends a request; one that was never sent gives its place back.
func (l *limiter) done(name contract.Tier, sent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tiers[name]
	t.flying--
	if sent {
		t.until = append(t.until, l.now().Add(occupied))
	}
}

// left is how many calls the tier allows now, the reserve not counted.
func (l *limiter) left(name contract.Tier) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tiers[name]
	t.prune(l.now())
	return max(0, t.allowed(false)-t.used())
}

// learn corrects the tier by an answer. server is the platform's time.
func (l *limiter) learn(name contract.Tier, status int, h http.Header, server time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if named, ok := l.tiers[contract.Tier(h.Get("X-RateLimit-Endpoint-Type"))]; ok && named != l.tiers[name] {
		named.correct(l.now(), h, server)
	} else {
		l.tiers[name].correct(l.now(), h, server)
	}
	l.tiers[name].refused(l.now(), status, h, server)
}

func (t *tier) used() int { return len(t.until) + t.flying }

// allowed is how many places a call may see. A limit far below the contract's
// must not make the reserve the whole of it.
func (t *tier) allowed(urgent bool) int {
	if urgent {
		return t.limit
	}
	return t.limit - min(t.reserve, t.limit/4)
}

// prune drops what no longer counts. After the clock went back, nothing
// counts for longer than a window.
func (t *tier) prune(now time.Time) {
	last := now.Add(occupied)
	kept := t.until[:0]
	for _, until := range t.until {
		if until.After(last) {
			until = last
		}
		if until.After(now) {
			kept = append(kept, until)
		}
	}
	t.until = kept
	if t.shut.After(now.Add(maxRetry)) {
		t.shut = now.Add(maxRetry)
	}
}

// wait is 0 when there is a place, else how long until there may be one.
func (t *tier) wait(now time.Time, urgent bool) time.Duration {
	t.prune(now)
	wait := t.shut.Sub(now)
	over := t.used() - t.allowed(urgent) + 1 // how many must end first
	if over <= 0 {
		return wait
	}
	if over > len(t.until) { // one in flight must, and it counts for a window after
		return max(wait, occupied)
	}
	slices.SortFunc(t.until, time.Time.Compare)
	return max(wait, t.until[over-1].Sub(now))
}

// correct takes over the platform's count when it is stricter than ours.
func (t *tier) correct(now time.Time, h http.Header, server time.Time) {
	t.prune(now)
	if limit, ok := number(h.Get("X-RateLimit-Limit")); ok && limit >= 1 {
		t.limit = int(min(limit, float64(t.most)))
	}
	remaining, ok := number(h.Get("X-RateLimit-Remaining"))
	if !ok {
		return
	}
	wait, ok := untilReset(h, server)
	if !ok {
		wait = occupied
	}
	remaining = max(0, remaining)
	for float64(t.limit-t.used()) > remaining {
		t.until = append(t.until, now.Add(min(wait, occupied)))
	}
	if remaining == 0 {
		t.shut = later(t.shut, now.Add(wait))
	}
}

// refused shuts the tier after a 429, for longer each time in a row.
func (t *tier) refused(now time.Time, status int, h http.Header, server time.Time) {
	if status != http.StatusTooManyRequests {
		t.strikes = 0
		return
	}
	wait := min(minRefuse<<min(t.strikes, 6), contract.Window)
	if after, ok := retryAfter(h, server); ok {
		wait = max(wait, after)
	}
	t.strikes++
	t.shut = later(t.shut, now.Add(wait))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// untilReset is how long until X-RateLimit-Reset, which may be in seconds or
// milliseconds. What is long past or absurd counts as one window.
func untilReset(h http.Header, server time.Time) (time.Duration, bool) {
	reset, ok := number(h.Get("X-RateLimit-Reset"))
	if !ok {
		return 0, false
	}
	if reset > 1e11 {
		reset /= 1000
	}
	now := float64(server.UnixNano()) / float64(time.Second)
	wait := reset - now
	if wait < -2 || wait > maxReset.Seconds() {
		return contract.Window, true
	}
	return time.Duration(max(wait, 1) * float64(time.Second)), true // both clocks are exact to a second
}

// retryAfter is what Retry-After says, in seconds or as a date, between 0 and
// 5 minutes.
func retryAfter(h http.Header, server time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, ok := number(value); ok {
		return time.Duration(min(max(seconds, 0), maxRetry.Seconds()) * float64(time.Second)), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(server), 0), maxRetry), true
}

// number reads a finite number.
func number(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}
