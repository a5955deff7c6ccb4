package apiclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"

	"imagined/contract"
	"imagined/sandbox"
)

// trial is what befalls the requests of the call under test. Whoever prepares
// something for it uses a context without one.
type trial struct {
	op       contract.Operation
	spoil    bool // the schema is broken on the way: query and body
	loose    bool // the request may break the contract
	stranger bool // the platform does not know the token
	crowd    bool // somebody takes the last place of the tier just before
	want     int  // status; 0 when it works

	sent   int  // requests to the operation
	turned bool // one was answered with 429
}

type trialKey struct{}

func (t *trial) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, trialKey{}, t)
}

func trialOf(ctx context.Context) *trial {
	t, _ := ctx.Value(trialKey{}).(*trial)
	return t
}

// wire is the transport of all clients of a scene. It holds every request and
// every answer against the contract, and keeps what breaks it. A request that
// is refused must not have had an effect.
type wire struct {
	server *sandbox.Server
	next   http.RoundTripper

	mu         sync.Mutex
	violations []string
}

// RoundTrip does what the trial says and sends the request.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	t := trialOf(req.Context())
	if t == nil || req.URL.Path == "/api/auth/token" && t.op.ID != "createToken" {
		return w.exchange(req, nil)
	}
	t.sent++
	req = t.twist(req)
	if t.crowd {
		first := req.Clone(req.Context())
		if req.GetBody != nil {
			first.Body, _ = req.GetBody()
		}
		resp, err := w.exchange(first, t)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
	}
	resp, err := w.exchange(req, t)
	t.turned = err == nil && resp.StatusCode == http.StatusTooManyRequests
	return resp, err
}

// twist changes the request as the trial wants it.
func (t *trial) twist(req *http.Request) *http.Request {
	req = req.Clone(req.Context())
	if t.stranger {
		req.Header.Set("Authorization", "Bearer iat_nobody")
	}
	if !t.spoil {
		return req
	}
	if req.URL.RawQuery != "" || req.Method == http.MethodGet {
		req.URL.RawQuery = "limit=0&range=1d"
	}
	if req.Method != http.MethodGet {
		setBody(req, []byte("[]"))
	}
	return req
}

func setBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
}

// exchange makes one round trip and looks at both sides of it.
func (w *wire) exchange(req *http.Request, t *trial) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		setBody(req, sent)
	}
	before := len(w.server.Effects())
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(got))
	if after := len(w.server.Effects()); resp.StatusCode >= 400 && after != before {
		w.blame("%s %s: refused with %d, and has an effect", req.Method, req.URL.Path, resp.StatusCode)
	}
	w.inspect(req, sent, resp, got, t)
	return resp, nil
}

func (w *wire) blame(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// inspect holds request and answer against the contract, the status included.
func (w *wire) inspect(req *http.Request, sent []byte, resp *http.Response, got []byte, t *trial) {
	router, err := contractRouter()
	if err != nil {
		w.blame("read the contract: %v", err)
		return
	}
	again, err := http.NewRequestWithContext(req.Context(), req.Method, "https://imagineanything.com"+req.URL.RequestURI(), bytes.NewReader(sent))
	if err != nil {
		w.blame("%s %s: %v", req.Method, req.URL, err)
		return
	}
	again.Header = req.Header
	route, params, err := router.FindRoute(again)
	if err != nil {
		w.blame("%s %s: %v", req.Method, req.URL.Path, err)
		return
	}
	if t != nil && route.Operation.OperationID != t.op.ID {
		w.blame("%s was asked for instead of %s", route.Operation.OperationID, t.op.ID)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: params, Route: route, Options: validated(route.Operation),
	}
	if t == nil || !t.loose {
		if err := openapi3filter.ValidateRequest(req.Context(), in); err != nil {
			w.blame("%s: the contract does not allow the request %q: %v", route.Operation.OperationID, sent, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	out.SetBodyBytes(got)
	if err := openapi3filter.ValidateResponse(req.Context(), out); err != nil {
		w.blame("%s: the contract does not allow the answer %d %s: %v", route.Operation.OperationID, resp.StatusCode, got, err)
	}
	for _, name := range []string{"Limit", "Remaining", "Reset", "Endpoint-Type"} {
		if resp.Header.Get("X-RateLimit-"+name) == "" {
			w.blame("%s: no X-RateLimit-%s", route.Operation.OperationID, name)
		}
	}
}

// broken lists what broke the contract so far.
func (w *wire) broken() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.violations, "\n")
}

var errNoPatience = errors.New("the test does not wait")

// patience is a Sleep that ends a call under test once it was answered with
// 429: a read would otherwise wait and go on to succeed.
func patience(sleep func(context.Context, time.Duration) error) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		if t := trialOf(ctx); t != nil && t.turned {
			return errNoPatience
		}
		return sleep(ctx, d)
	}
}
