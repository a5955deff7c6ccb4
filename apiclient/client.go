// Package apiclient is the client of the platform's REST API: one method per
// operation, over a transport that logs, retries reads, keeps within the rate
// limits and carries the access token.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"imagined/contract"
)

// Client talks to the platform as one agent. It is safe for concurrent use
// and has nothing to close. Every write is one round trip; reads are retried.
type Client struct {
	cfg     Config
	base    *url.URL
	http    *http.Client // the whole stack; follows redirects of reads
	auth    step         // the stack of the token endpoint: no token, no retry, no redirects
	limiter *limiter
	tokens  *tokens

	mu     sync.Mutex // guards cfg.Rand and offset
	offset time.Duration
}

// New checks the configuration and returns a client. It sends nothing.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	if (cfg.ID == "") != (cfg.Secret == "") {
		return nil, fmt.Errorf("only one of client id and client secret is given; set both %s and %s", envID, envSecret)
	}
	c := &Client{cfg: cfg, base: base}
	c.limiter = newLimiter(cfg.Now, cfg.Sleep)
	c.tokens = &tokens{id: cfg.ID, secret: cfg.Secret, now: cfg.Now, patience: 2*cfg.Timeout + contract.Window, request: c.CreateToken}
	c.http = &http.Client{Transport: c.stack(), CheckRedirect: c.redirect}
	c.auth = c.authStack()
	return c, nil
}

// ServerTime is Now corrected by the newest Date header, to about a second;
// before the first answer it is Now.
func (c *Client) ServerTime() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cfg.Now().Add(c.offset)
}

// Timeout is the longest that one round trip can take, unless it uploads.
func (c *Client) Timeout() time.Duration { return c.cfg.Timeout }

// UploadTimeout is the longest that the upload of a file can take.
func (c *Client) UploadTimeout() time.Duration { return c.cfg.UploadTimeout }

// Refused reports whether the platform refused the credentials the last time
// that a token was asked for.
func (c *Client) Refused() bool { return c.tokens.refused() }

// String names the platform and the client id, never the secret.
func (c *Client) String() string { return "apiclient" + c.cfg.String() }

// GoString keeps the secret out of %#v.
func (c *Client) GoString() string { return c.String() }

// LogValue keeps the secret out of logs.
func (c *Client) LogValue() slog.Value { return c.cfg.LogValue() }

type urgentKey struct{}

// Urgent marks the calls under ctx as ones that may use the reserve of the
// rate limits, which is kept for replies and reconciliation.
func Urgent(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgentKey{}, true)
}

func urgent(ctx context.Context) bool { return ctx.Value(urgentKey{}) != nil }

type pageSizeKey struct{}

// PageSize makes the lists read under ctx ask for pages of n items, 1 to
// contract.MaxPage, which is the default. Whoever takes only the first few
// items saves the rest of the page.
func PageSize(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, pageSizeKey{}, min(max(n, 1), contract.MaxPage))
}

type completeKey struct{}

// Complete makes the lists read under ctx yield ErrIncomplete when they stop
// on a repeated cursor or at the page bound instead of at their end. Whoever
// concludes something from an absence needs it; others can do without.
func Complete(ctx context.Context) context.Context {
	return context.WithValue(ctx, completeKey{}, true)
}

// get asks for one resource.
func get[T any](ctx context.Context, c *Client, route string, query url.Values) (T, error) {
	return send[T](ctx, c, call{method: http.MethodGet, route: route, query: query})
}

// post sends a body, or none when in is nil.
func post[T any](ctx context.Context, c *Client, route string, in any) (T, error) {
	return send[T](ctx, c, call{method: http.MethodPost, route: route, in: in})
}

// patch changes what is there.
func patch[T any](ctx context.Context, c *Client, route string, in any) (T, error) {
	return send[T](ctx, c, call{method: http.MethodPatch, route: route, in: in})
}

// remove deletes, with a body where in is not nil.
func remove[T any](ctx context.Context, c *Client, route string, in any) (T, error) {
	return send[T](ctx, c, call{method: http.MethodDelete, route: route, in: in})
}

// ack is an answer that says no more than its status does.
type ack struct{}

// send makes one call. After an error the result is always the zero value.
func send[T any](ctx context.Context, c *Client, call call) (T, error) {
	var out, zero T
	if err := c.do(ctx, c.follow, call, &out); err != nil {
		return zero, err
	}
	return out, nil
}

// call is one request to make.
type call struct {
	method string
	route  string // escaped, from path
	query  url.Values
	in     any   // nil for no body
	form   *form // a file instead; whoever makes the call closes it
}

// checked is a request body that knows the contract's limits for itself.
type checked interface{ check() error }

// do makes one call through the given stack and decodes the answer into out.
func (c *Client) do(ctx context.Context, through step, call call, out any) error {
	req, err := c.newRequest(ctx, call)
	if err != nil {
		return c.newCallError(call, &notSentError{err: err})
	}
	resp, err := through(req)
	if err != nil {
		return c.newCallError(call, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is in memory
	body, err := readBody(resp)
	if resp.StatusCode/100 != 2 {
		return c.newAPIError(call, resp, body)
	}
	if err == nil {
		err = decode(body, out, call.method == http.MethodGet)
	}
	if err != nil {
		return c.newCallError(call, err)
	}
	return nil
}

// newRequest makes the request; its errors mean that nothing was sent.
func (c *Client) newRequest(ctx context.Context, call call) (*http.Request, error) {
	if call.route == "" {
		return nil, errTarget
	}
	if in, ok := call.in.(checked); ok {
		if err := in.check(); err != nil {
			return nil, err
		}
	}
	var body []byte
	if call.in != nil {
		var err error
		if body, err = json.Marshal(call.in); err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
	}
	address := c.base.String() + call.route
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, call.method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	switch {
	case call.form != nil:
		call.form.attach(req)
	case call.in != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// path joins the elements under /api, escaping each. It is empty, which do
// refuses, when an element is one that a server could take for another path:
// ids come from the platform and may be hostile.
func path(elements ...string) string {
	var b strings.Builder
	b.WriteString("/api")
	for _, e := range elements {
		if e == "" || e == "." || e == ".." {
			return ""
		}
		b.WriteString("/" + url.PathEscape(e))
	}
	return b.String()
}

var errTarget = errors.New(`an id, handle or tag in the path is empty, "." or ".."`)

// page is the query for the page at cursor, as large as PageSize says or else
// as the contract allows.
func page(ctx context.Context, cursor string) url.Values {
	n, ok := ctx.Value(pageSizeKey{}).(int)
	if !ok {
		n = contract.MaxPage
	}
	q := url.Values{"limit": {strconv.Itoa(n)}}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	return q
}

// few is the query for a list that has no cursor: as many items as PageSize
// says, at most most, or else as the platform likes.
func few(ctx context.Context, most int) url.Values {
	q := url.Values{}
	if n, ok := ctx.Value(pageSizeKey{}).(int); ok {
		q.Set("limit", strconv.Itoa(min(n, most)))
	}
	return q
}

// with adds the pairs of name and value to q, without the empty values.
func with(q url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// amount is a number in a query; 0 leaves it out.
func amount(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// flag is a yes or no in a query; nil leaves it out.
func flag(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

// maxPages bounds a walk, and with it the memory of the cursors seen.
const maxPages = 1000

// pages walks a cursor-paged list, fetching a page only when the caller asks
// for more. It yields an error once and stops; it stops on a cursor that it
// has seen before.
func pages[T any](ctx context.Context, fetch func(cursor string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := map[string]bool{"": true}
		for cursor := ""; ; {
			items, next, err := fetch(cursor)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			if seen[next] || len(seen) >= maxPages {
				if ctx.Value(completeKey{}) != nil {
					yield(zero, ErrIncomplete)
				}
				return
			}
			seen[next] = true
			cursor = next
		}
	}
}
