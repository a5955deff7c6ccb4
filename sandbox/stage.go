package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Actor is one of several lives on a clock. It waits with sleep alone, and ends
// when sleep returns an error.
type Actor func(ctx context.Context, sleep func(context.Context, time.Duration) error)

// sleeper is an actor that waits.
type sleeper struct {
	actor int
	until time.Time
	wake  chan struct{}
}

// play is one call of Play.
type play struct {
	clock *Clock
	end   time.Time
	stop  context.CancelFunc

	mu      sync.Mutex
	awake   int // actors that act, of which there is one, but at the beginning
	waiting []sleeper
}

// Play lets several lives share the clock for a time: one acts at a time, the
// one whose sleep ends first, so that the same actors do the same things in the
// same order. It returns when all have ended.
func (c *Clock) Play(ctx context.Context, d time.Duration, actors ...Actor) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p := &play{clock: c, end: c.Now().Add(d), stop: stop, awake: len(actors)}
	var over sync.WaitGroup
	for i, act := range actors {
		over.Go(func() {
			sleep := func(ctx context.Context, d time.Duration) error { return p.sleep(ctx, i, d) }
			if sleep(ctx, 0) == nil {
				act(ctx, sleep)
			}
		})
	}
	over.Wait()
}

// sleep is how an actor waits: it hands the turn to the one who wakes next.
func (p *play) sleep(ctx context.Context, actor int, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	me := sleeper{actor, p.clock.Now().Add(d), make(chan struct{})}
	p.mu.Lock()
	p.waiting = append(p.waiting, me)
	if p.awake--; p.awake == 0 {
		p.next()
	}
	p.mu.Unlock()
	select {
	case <-me.wake:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// next wakes who sleeps the shortest, or ends the play.
func (p *play) next() {
	i := 0
	for k, s := range p.waiting {
		if n := s.until.Compare(p.waiting[i].until); n < 0 || n == 0 && s.actor < p.waiting[i].actor {
			i = k
		}
	}
	s := p.waiting[i]
	if !s.until.Before(p.end) {
		p.stop()
		return
	}
	p.waiting = slices.Delete(p.waiting, i, i+1)
	p.clock.Advance(max(0, s.until.Sub(p.clock.Now())))
	p.awake = 1
	close(s.wake)
}

// Transport hands requests to the server without a socket: months of them. An
// answer that the server breaks off is an unexpected end.
func (s *Server) Transport() http.RoundTripper { return inProcess{s} }

type inProcess struct{ server *Server }

func (p inProcess) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	w := &recorder{header: make(http.Header)}
	defer func() {
		if e := recover(); e != nil {
			if broken, ok := e.(error); !ok || !errors.Is(broken, http.ErrAbortHandler) {
				panic(e)
			}
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	p.server.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
