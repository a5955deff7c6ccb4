package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
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

// Play lets several lives share the clock for a time: one acts at a time, the
// one whose sleep ends first, so that the same actors do the same things in the
// same order. It returns when all have ended.
func (c *Clock) Play(ctx context.Context, d time.Duration, actors ...Actor) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	asleep, over := make(chan sleeper), make(chan struct{}, len(actors))
	for i, act := range actors {
		go func() {
			defer func() { over <- struct{}{} }()
			sleep := c.sleepOf(i, asleep)
			if sleep(ctx, 0) == nil {
				act(ctx, sleep)
			}
		}()
	}
	c.conduct(c.Now().Add(d), asleep, len(actors))
	stop()
	for range actors {
		<-over
	}
}

// sleepOf is how one actor waits: it hands the turn on.
func (c *Clock) sleepOf(actor int, asleep chan<- sleeper) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		me := sleeper{actor, c.Now().Add(d), make(chan struct{})}
		select {
		case asleep <- me:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-me.wake:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
}

// conduct wakes the sleepers in their order until the end. No actor may end
// before it.
func (c *Clock) conduct(end time.Time, asleep <-chan sleeper, actors int) {
	var waiting []sleeper
	for awake := actors; ; {
		for ; awake > 0; awake-- {
			waiting = append(waiting, <-asleep)
		}
		next := 0
		for i, s := range waiting {
			if n := s.until.Compare(waiting[next].until); n < 0 || n == 0 && s.actor < waiting[next].actor {
				next = i
			}
		}
		s := waiting[next]
		if !s.until.Before(end) {
			return
		}
		waiting = slices.Delete(waiting, next, next+1)
		c.Advance(max(0, s.until.Sub(c.Now())))
		awake = 1
		close(s.wake)
	}
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
