package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagined/contract"
)

// FaultKind names what goes wrong, as ParseFault reads it.
type FaultKind string

// The kinds of fault. After those that say "applied" the effect has happened
// whatever the client was told.
const (
	AppliedReset FaultKind = "applied-reset" // applied, then the connection is reset
	AppliedError FaultKind = "applied-error" // applied, then 503
	NotApplied   FaultKind = "not-applied"   // 503 with Retry-After, and nothing else
	LateApply    FaultKind = "late-apply"    // reset at once, applied after Delay
	Slow         FaultKind = "slow"          // applied, answered after Delay
	TooMany      FaultKind = "too-many"      // 429, not applied
	Expired      FaultKind = "expired"       // 401, not applied, and the token is dead from then on
	Truncated    FaultKind = "truncated"     // applied, the answer breaks off in the middle
	HTML         FaultKind = "html"          // applied, the answer is 200 with a web page
)

var faultKinds = []FaultKind{AppliedReset, AppliedError, NotApplied, LateApply, Slow, TooMany, Expired, Truncated, HTML}

// Fault makes an operation go wrong, some of the time. The first that strikes
// in the order given is the one that does. A request that is refused anyway
// (400, 401, 404 ...) gets that answer and not one of an applied kind; only
// LateApply breaks off before it is known whether a like, say, is a repeated one.
type Fault struct {
	Op    string // operationId, or "*" for every write but those of the auth tier
	Kind  FaultKind
	Rate  float64       // probability for each request, above 0 up to 1
	Delay time.Duration // of LateApply and Slow
}

// ParseFault reads a fault from text: operation=kind:rate or
// operation=kind:rate:delay, as in likePost=applied-reset:0.1 and
// *=late-apply:0.05:150ms.
func ParseFault(text string) (Fault, error) {
	op, rest, ok := strings.Cut(text, "=")
	parts := strings.Split(rest, ":")
	if !ok || len(parts) < 2 || len(parts) > 3 {
		return Fault{}, fmt.Errorf("fault %q: write it as operation=kind:rate or operation=kind:rate:delay, for example likePost=applied-reset:0.1", text)
	}
	f := Fault{Op: op, Kind: FaultKind(parts[0])}
	var err error
	if f.Rate, err = strconv.ParseFloat(parts[1], 64); err != nil {
		return Fault{}, fmt.Errorf("fault %q: write the rate as a number up to 1, for example 0.1", text)
	}
	if len(parts) == 3 {
		if f.Delay, err = time.ParseDuration(parts[2]); err != nil {
			return Fault{}, fmt.Errorf("fault %q: write the delay with its unit, for example 150ms", text)
		}
	}
	return f, f.check()
}

func (f Fault) check() error {
	if _, ok := contract.Lookup(f.Op); !ok && f.Op != "*" {
		return fmt.Errorf("fault on %q: no such operation; use an operationId of the contract, for example likePost, or * for all writes", f.Op)
	}
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("fault on %s: no such kind %q; use one of %v", f.Op, f.Kind, faultKinds)
	}
	if !(f.Rate > 0 && f.Rate <= 1) {
		return fmt.Errorf("fault on %s: rate %v; use a number above 0 up to 1", f.Op, f.Rate)
	}
	if (f.Kind == LateApply || f.Kind == Slow) && f.Delay <= 0 {
		return fmt.Errorf("fault on %s: %s needs a delay; add one, for example %s:%v:150ms", f.Op, f.Kind, f.Kind, f.Rate)
	}
	return nil
}

func (f Fault) strikes(op contract.Operation, chance *rand.Rand) bool {
	all := f.Op == "*" && op.Method != http.MethodGet && op.Tier != contract.TierAuth
	return (all || f.Op == op.ID) && chance.Float64() < f.Rate
}

// draw decides what goes wrong with a request; the zero Fault is nothing.
func (s *Server) draw(op contract.Operation) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.strikes(op, s.chance) {
			return f
		}
	}
	return Fault{}
}

// instead answers the faults that keep the call from being run now.
func (s *Server) instead(w http.ResponseWriter, c *call, f Fault) bool {
	switch f.Kind {
	case NotApplied:
		w.Header().Set("Retry-After", "1")
		s.refuse(w, c, unavailable)
	case TooMany:
		over := s.tooMany(c)
		over.write(w.Header())
		s.refuse(w, c, over)
	case Expired:
		s.mu.Lock()
		delete(s.tokens.access, c.token)
		s.mu.Unlock()
		s.refuse(w, c, unauthorized("The access token has expired"))
	case LateApply:
		s.late.Add(1)
		s.cfg.After(f.Delay, func() {
			defer s.late.Done()
			_, _ = s.run(c) // nobody is left to be told of a refusal
		})
		reset(w)
	default:
		return false
	}
	return true
}

var unavailable = &refusal{http.StatusServiceUnavailable, "service_unavailable", "Try again later"}

func (s *Server) tooMany(c *call) *place {
	limit := s.limits.limits[c.op.Tier] // never changes
	return &place{tier: c.op.Tier, limit: limit, now: c.now, reset: c.now.Add(time.Second)}
}

// deliver sends the answer to a call that has been run, as far as the fault
// lets it through.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, status int, answer []byte, f Fault) {
	switch f.Kind {
	case AppliedReset:
		reset(w)
	case AppliedError:
		write(w, http.StatusServiceUnavailable, []byte(`{"error":"service_unavailable","message":"Try again later"}`))
	case Slow:
		due := make(chan struct{})
		s.cfg.After(f.Delay, func() { close(due) })
		select {
		case <-due:
			write(w, status, answer)
		case <-r.Context().Done():
		}
	case Truncated:
		truncate(w, status, answer)
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>One moment</title><p>Checking your browser before you go on.</p>"))
	default:
		write(w, status, answer)
	}
}

// reset breaks the connection off so that the client sees a reset. Behind a
// ResponseWriter that has no connection to give away, the handler aborts with
// http.ErrAbortHandler instead.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // pending data is thrown away: a reset, not an orderly end
	}
	_ = conn.Close()
}

// truncate announces the whole answer and sends half of it.
func truncate(w http.ResponseWriter, status int, answer []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(status)
	_, _ = w.Write(answer[:len(answer)/2]) // #nosec G705 -- it is JSON, and says so
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
