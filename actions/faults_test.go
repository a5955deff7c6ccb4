package actions_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// The faults of the road between us and the platform, by their numbers. F9 to
// F22 have their tests where they strike.

// faultKinds are one kind of each way to be read back.
var faultKinds = []actions.Kind{
	actions.Like, actions.Comment, actions.Repost, actions.Quote, actions.Follow, actions.Post,
	actions.FirstMessage, actions.Message, actions.Generate,
}

// deliver hands an answer of the platform on, or does not.
type deliver func(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder)

// road stands between the performer and the sandbox. While bad is set, it
// lets every write through and spoils the answer.
type road struct {
	bad    atomic.Pointer[deliver]
	spoilt atomic.Int32
	read   atomic.Int64 // bytes that the client took from its sockets

	url       string
	transport *http.Transport
}

// newRoad makes the performer take a road of its own to the sandbox.
func newRoad(t *testing.T, w *world, timeout time.Duration) *road {
	t.Helper()
	r := &road{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		bad := r.bad.Load()
		if bad == nil || req.Method == http.MethodGet || strings.HasPrefix(req.URL.Path, "/api/auth/") {
			w.sandbox.ServeHTTP(rw, req)
			return
		}
		answer := httptest.NewRecorder()
		w.sandbox.ServeHTTP(answer, req)
		r.spoilt.Add(1)
		(*bad)(rw, req, answer)
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	r.transport = &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &metered{Conn: conn, read: &r.read}, err
	}}
	t.Cleanup(r.transport.CloseIdleConnections)
	w.performer.Client = w.must(apiclient.New(apiclient.Config{
		BaseURL: r.url, ID: w.id, Secret: w.secret, Transport: r.transport, Timeout: timeout, Now: w.Now, Sleep: w.Sleep,
	}))
	return r
}

// metered counts what is read from a socket.
type metered struct {
	net.Conn
	read *atomic.Int64
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	m.read.Add(int64(n))
	return n, err
}

// suffer does one action of each kind on a road that is bad, and wants it to
// be at first what at says, and in the end done in one attempt with one effect.
func suffer(t *testing.T, timeout time.Duration, at state.Status, bad deliver) {
	t.Helper()
	w := newWorld(t)
	r := newRoad(t, w, timeout)
	for _, tt := range w.every(faultKinds...) {
		r.spoilt.Store(0)
		r.bad.Store(&bad)
		e := w.do(tt.Action)
		r.bad.Store(nil)
		if r.spoilt.Load() != 1 {
			t.Errorf("%s: %d answers were spoilt, want 1", tt.Kind, r.spoilt.Load())
		}
		if e.Status != at {
			t.Errorf("%s: %s after the fault, want %s (%s)", tt.Kind, e.Status, at, e.Error)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
			t.Errorf("%s: %s after %d attempts (%s), want done after 1", tt.Kind, e.Status, e.Attempts, e.Error)
		}
		if n := tt.Count(w.sandbox.Effects()); n != 1 {
			t.Errorf("%s: %d effects, want 1", tt.Kind, n)
		}
	}
}

// hijack takes the connection from the server, which then is no longer its.
func hijack(t *testing.T, w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Errorf("hijack: %v", err)
		panic(http.ErrAbortHandler)
	}
	return conn
}

func TestF1_AppliedThenReset(t *testing.T) {
	t.Parallel()
	suffer(t, 0, state.Unknown, func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		conn := hijack(t, rw)
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // so that it is a RST and not a FIN
			t.Error(err)
		}
		_ = conn.Close()
	})
}

// TestF1_AppliedThenClosed is the same with an orderly end.
func TestF1_AppliedThenClosed(t *testing.T) {
	t.Parallel()
	suffer(t, 0, state.Unknown, func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		_ = hijack(t, rw).Close()
	})
}

func TestF2_AppliedThen5xx(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			suffer(t, 0, state.Unknown, func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
				rw.Header().Set("Retry-After", "1") // an invitation to send it again
				rw.WriteHeader(status)
			})
		})
	}
}

// TestF3_NotApplied503: sent again, once, and not before reading has shown
// twice that nothing is there.
func TestF3_NotApplied503(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range w.every(faultKinds...) {
		w.sandbox.SetFaults(sandbox.Fault{Op: tt.Op, Kind: sandbox.NotApplied, Once: true})
		e := w.do(tt.Action)
		if e.Status != state.Unknown {
			t.Errorf("%s: %s, want unknown", tt.Kind, e.Status)
		}
		began := w.Now()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 2 {
			t.Errorf("%s: %s after %d attempts (%s), want done after 2", tt.Kind, e.Status, e.Attempts, e.Error)
		}
		if waited := w.Now().Sub(began); waited < 2*settle {
			t.Errorf("%s: sent again after %s, want two settle windows", tt.Kind, waited)
		}
		if n := tt.Count(w.sandbox.Effects()); n != 1 {
			t.Errorf("%s: %d effects, want 1", tt.Kind, n)
		}
	}
}

// TestF4_LateApply: the answer is lost and the effect comes seconds later,
// before the first look or between the two.
func TestF4_LateApply(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		delay time.Duration
	}{{"1 s", time.Second}, {"30 s", 30 * time.Second}, {"between the looks", settle + 10*time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, c := range w.every(faultKinds...) {
				w.sandbox.SetFaults(sandbox.Fault{Op: c.Op, Kind: sandbox.LateApply, Once: true, Delay: tt.delay})
				e := w.do(c.Action)
				if e.Status != state.Unknown || c.Count(w.sandbox.Effects()) != 0 {
					t.Errorf("%s: %s with %d effects, want unknown with none", c.Kind, e.Status, c.Count(w.sandbox.Effects()))
				}
				// Everything that is due before the effect happens first.
				for effect := w.Now().Add(tt.delay); ; {
					next, some, err := w.performer.NextSettle()
					if err != nil {
						t.Fatal(err)
					}
					if !some || next.After(effect) {
						w.Advance(max(0, effect.Sub(w.Now())))
						break
					}
					w.Advance(max(0, next.Sub(w.Now())))
					if _, err := w.performer.SettleOpen(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				w.late.run()
				w.settleAll()
				if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
					t.Errorf("%s: %s after %d attempts (%s), want done after 1", c.Kind, e.Status, e.Attempts, e.Error)
				}
				if n := c.Count(w.sandbox.Effects()); n != 1 {
					t.Errorf("%s: %d effects, want 1", c.Kind, n)
				}
			}
		})
	}
}

func TestF5_UnusableBody(t *testing.T) {
	t.Parallel()
	const huge = 20 << 20
	blank := bytes.Repeat([]byte(" "), 64<<10)
	pour := func(w interface{ Write([]byte) (int, error) }) {
		for range huge / len(blank) {
			if _, err := w.Write(blank); err != nil {
				return // the client has had enough
			}
		}
	}
	for name, bad := range map[string]deliver{
		"truncated": func(rw http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
			rw.Header().Set("Content-Length", "4000")
			rw.WriteHeader(answer.Code)
			_, _ = rw.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
			_ = http.NewResponseController(rw).Flush()
			panic(http.ErrAbortHandler)
		},
		"HTML": func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write([]byte("<!DOCTYPE html><title>One moment</title>"))
		},
		"empty": func(rw http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
			rw.WriteHeader(answer.Code)
		},
		"null": func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
			_, _ = rw.Write([]byte("null"))
		},
		"an array of arrays": func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
			_, _ = rw.Write([]byte(strings.Repeat("[", 100_000)))
		},
		"20 MB": func(rw http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
			rw.WriteHeader(answer.Code)
			pour(rw)
			_, _ = rw.Write(answer.Body.Bytes())
		},
		"20 MB, packed": func(rw http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
			rw.Header().Set("Content-Encoding", "gzip")
			rw.WriteHeader(answer.Code)
			packed := gzip.NewWriter(rw)
			pour(packed)
			_, _ = packed.Write(answer.Body.Bytes())
			_ = packed.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suffer(t, 0, state.Done, bad)
		})
	}
}

// TestF5_ReadsNoMoreThanTheCap measures at the socket.
func TestF5_ReadsNoMoreThanTheCap(t *testing.T) {
	t.Parallel()
	const bodyCap, slack = 4 << 20, 128 << 10 // of the client; headers and the buffers of net/http
	w := newWorld(t)
	r := newRoad(t, w, 0)
	blank := bytes.Repeat([]byte(" "), 64<<10)
	var sent atomic.Int64
	var bad deliver = func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		for sent.Load() < 20<<20 {
			n, err := rw.Write(blank)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
	w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID}) // the token is there
	before := r.read.Load()
	r.bad.Store(&bad)
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	r.bad.Store(nil)
	if e.Status != state.Done || w.effects("likePost") != 2 {
		t.Errorf("%s (%s), %d effects", e.Status, e.Error, w.effects("likePost"))
	}
	if got := r.read.Load() - before; got < bodyCap || got > bodyCap+slack {
		t.Errorf("took %d bytes from the socket, want %d and at most %d more", got, bodyCap, slack)
	}
}

// drip sends text and then a byte at a time, for as long as anybody listens.
func drip(t *testing.T, rw http.ResponseWriter, text string, began func()) {
	conn := hijack(t, rw)
	defer conn.Close() //nolint:errcheck // test
	_, err := conn.Write([]byte(text))
	began()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for err == nil {
		<-tick.C
		_, err = conn.Write([]byte("x"))
	}
}

var drips = map[string]string{
	"header": "HTTP/1.1 200 OK\r\nX-Slow: ",
	"body":   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
}

// TestF6_Slowloris: the client's timeout ends an answer that never does, and
// what became of the write is read back. A 2xx whose body never ends is one.
func TestF6_Slowloris(t *testing.T) {
	t.Parallel()
	for name, text := range drips {
		at := state.Unknown
		if name == "body" {
			at = state.Done
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suffer(t, 250*time.Millisecond, at, func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
				drip(t, rw, text, func() {})
			})
		})
	}
}

// TestF6_OthersGoOn: while one persona waits for such an answer, another on
// the same platform and transport does its work.
func TestF6_OthersGoOn(t *testing.T) {
	t.Parallel()
	for name, text := range drips {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := newRoad(t, w, time.Hour)
			began := make(chan struct{})
			var bad deliver = func(rw http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
				drip(t, rw, text, func() { close(began) })
			}
			r.bad.Store(&bad)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan state.Entry, 1)
			go func() {
				e, err := w.performer.Do(ctx, actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
				if err != nil {
					t.Error(err)
				}
				ended <- e
			}()
			<-began
			r.bad.Store(nil)
			other := newNeighbour(t, w, r)
			for i := range 3 {
				e, err := other.Do(t.Context(), actions.Action{Kind: actions.Repost, Target: w.posts[i].ID})
				if err != nil || e.Status != state.Done {
					t.Errorf("the other persona: %s (%s), %v", e.Status, e.Error, err)
				}
			}
			select {
			case e := <-ended:
				t.Errorf("the slow answer ended by itself: %s", e.Status)
			default:
			}
			stop()
			if e := <-ended; e.Status != state.Unknown && e.Status != state.Done {
				t.Errorf("cut off: %s (%s)", e.Status, e.Error)
			}
			w.settleAll()
			if n := w.effects("likePost"); n != 1 {
				t.Errorf("%d effects, want 1", n)
			}
		})
	}
}

// newNeighbour is another persona on the same road, with its own journal.
func newNeighbour(t *testing.T, w *world, r *road) *actions.Performer {
	t.Helper()
	client := func(id, secret string) *apiclient.Client {
		return w.must(apiclient.New(apiclient.Config{BaseURL: r.url, ID: id, Secret: secret, Transport: r.transport, Now: w.Now, Sleep: w.Sleep}))
	}
	agent, err := client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "neighbour_test", Name: "Neighbour"})
	if err != nil {
		t.Fatal(err)
	}
	store, err := state.Open(filepath.Join(t.TempDir(), "neighbour.db"), "neighbour_test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &actions.Performer{
		Client: client(agent.ClientID, agent.ClientSecret), Store: store, Persona: &persona.Persona{Limits: persona.Limits{}},
		Self: apiclient.Agent{Handle: "neighbour_test"}, Settle: settle, Now: w.Now,
	}
}

// TestF7_TokenExpires in the middle of a tick: the write that met it is sent
// again with a new token, and what comes after knows nothing of it.
func TestF7_TokenExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range w.every(faultKinds...) {
		w.sandbox.SetFaults(sandbox.Fault{Op: tt.Op, Kind: sandbox.Expired, Once: true})
		e := w.do(tt.Action)
		if e.Status != state.Intent || e.Attempts != 0 {
			t.Errorf("%s: %s after %d attempts, want an intent that was not attempted", tt.Kind, e.Status, e.Attempts)
		}
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
			t.Errorf("%s: %s after %d attempts (%s), want done after 1", tt.Kind, e.Status, e.Attempts, e.Error)
		}
		if n := tt.Count(w.sandbox.Effects()); n != 1 {
			t.Errorf("%s: %d effects, want 1", tt.Kind, n)
		}
	}
}

// TestF8_Storm: the five 429s of a storm, each with an odd Retry-After, cost
// no attempt and no write.
func TestF8_Storm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range w.every(faultKinds...) {
		w.sandbox.SetFaults(sandbox.Fault{Op: tt.Op, Kind: sandbox.Storm, Once: true})
		before := w.requests()
		e := w.do(tt.Action)
		if e.Status != state.Intent || e.Attempts != 0 {
			t.Errorf("%s: %s after %d attempts, want an intent that was not attempted", tt.Kind, e.Status, e.Attempts)
		}
		w.settleAll()
		w.sandbox.SetFaults()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
			t.Errorf("%s: %s after %d attempts (%s), want done after 1", tt.Kind, e.Status, e.Attempts, e.Error)
		}
		if n := tt.Count(w.sandbox.Effects()); n != 1 {
			t.Errorf("%s: %d effects, want 1", tt.Kind, n)
		}
		if n := w.requests() - before; n > 60 {
			t.Errorf("%s: %d requests for one write in a storm of five", tt.Kind, n)
		}
	}
}

// TestF22_PortalProvesNothing: a portal's page in answer to a read proves
// nothing about a write, neither that it is there nor that it is not.
func TestF22_PortalProvesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "createComment", Kind: sandbox.AppliedReset, Once: true})
	e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Seen from the train."})
	good := w.performer.Client
	portal := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/login") {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write([]byte("<!DOCTYPE html><title>Welcome on board</title>"))
			return
		}
		http.Redirect(rw, r, "/login", http.StatusFound)
	}))
	defer portal.Close()
	w.performer.Client = w.must(apiclient.New(apiclient.Config{BaseURL: portal.URL, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep}))
	for range 5 {
		w.Advance(2 * settle)
		if _, err := w.performer.SettleOpen(t.Context()); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if e = w.entry(e.ID); e.Status != state.Unknown || e.Attempts != 1 {
		t.Errorf("behind the portal: %s after %d attempts (%s), want unknown after 1", e.Status, e.Attempts, e.Error)
	}
	w.performer.Client = good
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 || w.effects("createComment") != 1 {
		t.Errorf("on the ground: %s after %d attempts, %d effects", e.Status, e.Attempts, w.effects("createComment"))
	}
}
