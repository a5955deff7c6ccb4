package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"imagined/contract"
)

// limiter counts requests in a sliding window, per tier and client.
type limiter struct {
	limits map[contract.Tier]int
	taken  map[turnstile][]time.Time // within the last window, oldest first
}

type turnstile struct {
	tier contract.Tier
	who  string
}

// maxTurnstiles bounds the memory that strangers can take.
const maxTurnstiles = 4096

func newLimiter(limits map[contract.Tier]int) *limiter {
	all := maps.Clone(contract.Limits)
	maps.Copy(all, limits)
	return &limiter{limits: all, taken: map[turnstile][]time.Time{}}
}

// take counts one request. A request that is over the limit is not counted.
func (l *limiter) take(tier contract.Tier, who string, now time.Time) *place {
	if len(l.taken) >= maxTurnstiles {
		l.sweep(now)
	}
	key := turnstile{tier, who}
	times := recent(l.taken[key], now)
	limit := l.limits[tier]
	p := &place{tier: tier, limit: limit, now: now, ok: len(times) < limit}
	if p.ok {
		times = append(times, now)
	}
	l.taken[key] = times
	p.left = limit - len(times)
	p.reset = now.Add(contract.Window)
	if len(times) > 0 {
		p.reset = times[0].Add(contract.Window)
	}
	return p
}

func (l *limiter) sweep(now time.Time) {
	maps.DeleteFunc(l.taken, func(_ turnstile, times []time.Time) bool {
		return len(recent(times, now)) == 0
	})
}

// recent drops the times that have left the window.
func recent(times []time.Time, now time.Time) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= contract.Window {
		times = times[1:]
	}
	return times
}

// place is where a request stands in its limit. As an error it says that the
// limit is reached.
type place struct {
	tier  contract.Tier
	limit int
	left  int
	now   time.Time
	reset time.Time // when the oldest request leaves the window
	ok    bool
}

func (p *place) Error() string { return fmt.Sprintf("%s limit reached", p.tier) }

func (p *place) write(h http.Header) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(p.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, p.left)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(p.resetUnix(), 10))
	h.Set("X-RateLimit-Endpoint-Type", string(p.tier))
}

// resetUnix rounds up: a client that waits for it is never early.
func (p *place) resetUnix() int64 {
	return p.reset.Add(time.Second - time.Nanosecond).Unix()
}

// retryAfter is in whole seconds, at least 1.
func (p *place) retryAfter() int64 {
	wait := p.reset.Sub(p.now)
	return max(1, int64((wait+time.Second-time.Nanosecond)/time.Second))
}

func (p *place) answer() rateLimitJSON {
	return rateLimitJSON{
		Error:   "rate_limit_exceeded",
		Message: fmt.Sprintf("The limit of %d %s requests a minute is reached, try again later", p.limit, p.tier),
		Limit:   p.limit, Reset: p.resetUnix(), RetryAfter: p.retryAfter(),
	}
}
