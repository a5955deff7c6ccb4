package apiclient

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// The variables that hold the credentials, for errors that name the fix.
const (
	envID     = "IMAGINEANYTHING_CLIENT_ID"
	envSecret = "IMAGINEANYTHING_CLIENT_SECRET"
)

// Conditions to ask for with errors.Is. The first six are statuses of an
// *APIError; ErrRateLimited is also the client's own refusal to wait past the
// deadline, which NotSent tells apart.
var (
	ErrUnauthorized = errors.New("unauthorized")              // 401
	ErrForbidden    = errors.New("forbidden")                 // 403
	ErrNotFound     = errors.New("not found")                 // 404
	ErrConflict     = errors.New("conflict")                  // 409
	ErrRateLimited  = errors.New("rate limited")              // 429
	ErrServer       = errors.New("server error")              // 5xx
	ErrCredentials  = errors.New("credentials are not valid") // refused by the token endpoint, or not given

	// ErrAnswer is a 2xx whose body is of no use: cut off, too long, not JSON
	// or of the wrong shape. A write that returns it has taken effect.
	ErrAnswer = errors.New("unusable answer")

	// ErrIncomplete ends a list under Complete that has more than was shown.
	ErrIncomplete = errors.New("the list has no end: a cursor repeats or there are too many pages")
)

// maxText is how many bytes of the platform's text are kept or shown.
const maxText = 200

// APIError is an answer of the platform that is not a 2xx. Code and Message
// are a stranger's text, cut to 200 bytes; show them with %q.
type APIError struct {
	Method     string
	Path       string
	Status     int
	Code       string        // the platform's error code, "" when the body has none
	Message    string        // message or error_description
	RetryAfter time.Duration // at most 5 minutes; 0 when not said
	Reset      time.Time     // when the limit resets, by Now, at most one window away; zero when not said
}

// Error quotes the platform's text.
func (e *APIError) Error() string {
	s := fmt.Sprintf("%s %s: status %d", e.Method, cut(e.Path), e.Status)
	if e.Code != "" {
		s += fmt.Sprintf(" %q", cut(e.Code))
	}
	if e.Message != "" {
		s += fmt.Sprintf(": %q", cut(e.Message))
	}
	return s
}

// Is matches the sentinel of the status.
func (e *APIError) Is(target error) bool {
	switch e.Status {
	case http.StatusUnauthorized:
		return target == ErrUnauthorized
	case http.StatusForbidden:
		return target == ErrForbidden
	case http.StatusNotFound:
		return target == ErrNotFound
	case http.StatusConflict:
		return target == ErrConflict
	case http.StatusTooManyRequests:
		return target == ErrRateLimited
	}
	return e.Status >= 500 && target == ErrServer
}

// Final reports an answer of the platform that will be the same the next time:
// what was asked for is gone, wrong, or not for this agent.
func Final(err error) bool {
	var e *APIError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return e.Status >= 400 && e.Status < 500
}

// newAPIError reads the error out of an answer, without the secrets in it.
func (c *Client) newAPIError(call call, resp *http.Response, body []byte) *APIError {
	code, message := apiText(body)
	hide := c.secrets(call.in)
	e := &APIError{
		Method:  call.method,
		Path:    call.route,
		Status:  resp.StatusCode,
		Code:    cut(redact(code, hide)),
		Message: cut(redact(message, hide)),
	}
	e.RetryAfter, _ = retryAfter(resp.Header, c.ServerTime())
	if wait, ok := untilReset(resp.Header, c.ServerTime()); ok {
		e.Reset = c.cfg.Now().Add(wait)
	}
	return e
}

// FieldError is a value that the contract does not allow; nothing was sent.
type FieldError struct {
	Field string
	Limit int    // the most characters, in code points and in UTF-16 units, or the most of Unit
	Got   int    // the larger of the two counts
	Unit  string // what is counted when it is not characters
	Want  string // what would do, where it is not a matter of length
}

// Error names the field and the limit.
func (e *FieldError) Error() string {
	switch {
	case e.Want != "":
		return e.Field + ": " + e.Want
	case e.Got == 0:
		return e.Field + " is empty"
	case e.Unit != "":
		return fmt.Sprintf("%s has %d %s, at most %d are allowed", e.Field, e.Got, e.Unit, e.Limit)
	}
	return fmt.Sprintf("%s is %d characters long, at most %d are allowed", e.Field, e.Got, e.Limit)
}

// checkText says whether a text has 1..limit characters. The platform does
// not say whether it counts code points or UTF-16 units, so it is both.
func checkText(field, text string, limit int) error {
	n := max(utf8.RuneCountInString(text), len(utf16.Encode([]rune(text))))
	if n == 0 || n > limit {
		return &FieldError{Field: field, Limit: limit, Got: n}
	}
	return nil
}

// checkOptional is checkText for a text that may be left out.
func checkOptional(field, text string, limit int) error {
	if text == "" {
		return nil
	}
	return checkText(field, text, limit)
}

// checkFilled says whether a text is there, where the contract has no limit.
func checkFilled(field, text string) error {
	if text == "" {
		return &FieldError{Field: field}
	}
	return nil
}

// NotSent reports whether it is proven that the request never left: it was
// refused before sending, waited for the rate limit or the token in vain, or
// got no connection. False means nothing either way.
func NotSent(err error) bool {
	_, ok := errors.AsType[*notSentError](err)
	return ok
}

// notSentError marks an error from before the first byte was sent.
type notSentError struct {
	err   error
	again bool // a read may be tried again
}

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// callError says which call failed. Its text is safe to show: the inner error
// may quote a stranger's bytes at any length.
type callError struct {
	text string
	err  error
}

func (c *Client) newCallError(call call, err error) error {
	text := clean(redact(err.Error(), c.secrets(call.in)))
	return &callError{text: fmt.Sprintf("%s %s: %s", call.method, cut(call.route), text), err: err}
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// maxError is the longest text of an inner error.
const maxError = 400

// clean bounds a text and quotes what a terminal would obey.
func clean(s string) string {
	if len(s) > maxError {
		s = strings.ToValidUTF8(s[:maxError], "") + "..."
	}
	var b strings.Builder
	for _, r := range s {
		if r < ' ' || r == 0x7f || r >= 0x80 {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cut returns the first maxText bytes, whole characters only.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}

const redacted = "[redacted]"

// redact takes secrets out of a text that the platform or the network wrote.
func redact(s string, hide []string) string {
	for _, secret := range hide {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, redacted)
		}
	}
	return s
}

// secretive is a request body that holds a secret.
type secretive interface{ secrets() []string }

// Secrets lists what must never be shown, as it is at this moment: the
// credentials' secret and the tokens.
func (c *Client) Secrets() []string { return c.secrets(nil) }

// secrets lists what no error of a call with this body may show.
func (c *Client) secrets(in any) []string {
	hide := c.tokens.secrets()
	if in, ok := in.(secretive); ok {
		hide = append(hide, in.secrets()...)
	}
	return hide
}
