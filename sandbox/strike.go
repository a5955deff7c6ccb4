package sandbox

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// hugeBody is what comes before an answer of the kind Huge, in bytes.
const hugeBody = 64 << 20

// weather is what goes wrong: the faults in force, and how far they have got.
type weather struct {
	script []Fault // those that strike once
	faults []Fault // the others
	chance *rand.Rand
	storm  Fault // under way
	gusts  int   // answers of the storm so far
}

// newWeather begins anew, so that the same seed and the same requests give the
// same faults. A fault that check refuses is left out.
func newWeather(seed uint64, faults []Fault) *weather {
	w := &weather{chance: rand.New(rand.NewPCG(seed, streamFaults))} // #nosec G404 -- it must be reproducible
	for _, f := range faults {
		switch {
		case f.check() != nil:
		case f.Once:
			w.script = append(w.script, f)
		default:
			w.faults = append(w.faults, f)
		}
	}
	return w
}

// list returns what is still in force.
func (w *weather) list() []Fault { return append(append([]Fault{}, w.script...), w.faults...) }

// draw decides what goes wrong with a request; the zero Fault is nothing.
func (w *weather) draw(c *call) Fault {
	if w.storm.Kind == Storm && w.storm.matches(c) {
		w.gusts++
		f := w.storm
		if c.gust = w.gusts; w.gusts == len(gusts)-1 {
			w.storm = Fault{}
		}
		return f
	}
	f := w.pick(c)
	if f.Kind == Storm {
		w.storm, w.gusts = f, 0
	}
	return f
}

func (w *weather) pick(c *call) Fault {
	if len(w.script) > 0 && w.script[0].matches(c) {
		f := w.script[0]
		w.script = w.script[1:]
		return f
	}
	for _, f := range w.faults {
		if f.matches(c) && w.chance.Float64() < f.Rate {
			return f
		}
	}
	return Fault{}
}

// gusts are the values of Retry-After in a storm, in turn.
var gusts = []func(time.Time) string{
	func(time.Time) string { return "" }, // left out
	func(time.Time) string { return "-5" },
	func(time.Time) string { return "1000000000" },
	func(now time.Time) string { return now.UTC().Add(30 * time.Second).Format(http.TimeFormat) },
	func(time.Time) string { return "soon" },
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
	case Storm:
		s.blow(w, c)
	case Expired:
		s.mu.Lock()
		delete(s.tokens.access, c.token)
		s.mu.Unlock()
		s.refuse(w, c, unauthorized("The access token has expired"))
	case RefusedRefresh:
		s.refuseRefresh(w, c)
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

// blow is one answer of a storm.
func (s *Server) blow(w http.ResponseWriter, c *call) {
	over := s.tooMany(c)
	over.write(w.Header())
	if after := gusts[c.gust](c.now); after != "" {
		w.Header().Set("Retry-After", after)
	}
	answer, err := encode(over.answer())
	if err != nil {
		s.refuse(w, c, err)
		return
	}
	write(w, http.StatusTooManyRequests, answer)
}

func (s *Server) refuseRefresh(w http.ResponseWriter, c *call) {
	var b struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(c.body, &b); err == nil {
		s.mu.Lock()
		delete(s.tokens.refresh, b.RefreshToken)
		s.mu.Unlock()
	}
	s.refuse(w, c, &refusal{http.StatusUnauthorized, "invalid_grant", "The refresh token was revoked"})
}

// deliver sends the answer to a call that has been run, as far as the fault
// lets it through.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, c *call, answer []byte) {
	status := s.router.success[c.op.ID]
	switch c.fault.Kind {
	case AppliedReset:
		reset(w)
	case AppliedError:
		write(w, http.StatusServiceUnavailable, []byte(`{"error":"service_unavailable","message":"Try again later"}`))
	case Applied500:
		write(w, http.StatusInternalServerError, []byte(`{"error":"internal","message":"Something went wrong"}`))
	case Applied502:
		web(w, http.StatusBadGateway, "<!DOCTYPE html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>")
	case Applied504:
		w.WriteHeader(http.StatusGatewayTimeout)
	case Slow:
		due := make(chan struct{})
		s.cfg.After(c.fault.Delay, func() { close(due) })
		select {
		case <-due:
			write(w, status, answer)
		case <-r.Context().Done():
		}
	case Truncated:
		truncate(w, status, answer)
	case HTML:
		web(w, http.StatusOK, "<!DOCTYPE html><title>One moment</title><p>Checking your browser before you go on.</p>")
	case Huge:
		flood(w, status, answer)
	case LoopingCursor:
		write(w, status, c.loop(answer))
	default:
		write(w, status, answer)
	}
}

// web sends a page where JSON was due.
func web(w http.ResponseWriter, status int, html string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(html))
}

// flood sends the answer after so much white space that no client should read
// that far. What comes is valid JSON.
func flood(w http.ResponseWriter, status int, answer []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	blank := bytes.Repeat([]byte(" "), 64<<10)
	for range hugeBody / len(blank) {
		if _, err := w.Write(blank); err != nil {
			return // the client has had enough
		}
	}
	_, _ = w.Write(answer) // #nosec G705 -- it is JSON, and says so
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
