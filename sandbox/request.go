package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"imagined/contract"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 1 << 20

// call is one request on its way through the server.
type call struct {
	op     contract.Operation
	agent  *agent // nil without a token; set anew whenever the call is run
	token  string // the access token that was sent, when it is valid
	path   map[string]string
	query  url.Values
	body   []byte
	file   *received         // of an operation that takes a file
	form   map[string]string // the text fields beside it
	base   string            // scheme and host that the client used
	fault  Fault             // what goes wrong with it
	gust   int               // its place in a storm
	cursor string            // as it was sent
	now    time.Time
	then   func() any // completes the answer, after the world is let go
}

// refusal is an answer other than success.
type refusal struct {
	Status  int
	Code    string // the field `error`
	Message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

func badRequest(field, problem string) error {
	return &refusal{http.StatusBadRequest, "invalid_request", field + ": " + problem}
}

func notFound(what string) error {
	return &refusal{http.StatusNotFound, "not_found", what + " not found"}
}

func conflict(message string) error {
	return &refusal{http.StatusConflict, "conflict", message}
}

func forbidden(message string) error {
	return &refusal{http.StatusForbidden, "forbidden", message}
}

func unauthorized(message string) error {
	return &refusal{http.StatusUnauthorized, "unauthorized", message}
}

// admit does what comes before an operation: it reads and routes the request,
// counts it, and checks token and schema. The call is never nil.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (*call, error) {
	c := &call{query: r.URL.Query(), base: baseURL(r)}
	c.unloop()
	route, routeErr := s.router.find(r, c)
	var bodyErr error
	if !c.multipartBody() { // a file is read only once it is known to be wanted
		c.body, bodyErr = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	}
	tokenErr, limitErr := s.count(w, r, c)
	switch {
	case limitErr != nil:
		return c, limitErr
	case routeErr != nil:
		return c, routeErr
	case handlers[c.op.ID] == nil:
		return c, &refusal{http.StatusNotImplemented, "not_implemented", c.op.ID + " is not simulated by the sandbox"}
	case tokenErr != nil:
		return c, tokenErr
	case c.op.Token && c.token == "":
		return c, unauthorized("This operation needs an access token")
	case bodyErr != nil:
		return c, &refusal{http.StatusRequestEntityTooLarge, "payload_too_large", "The body is larger than 1 MiB, or broke off"}
	case c.multipartBody():
		return c, c.receive(w, r)
	}
	return c, s.router.validate(r, c, route)
}

// count takes the call's place in its rate limit and looks at its token.
//
// What a bad token does on a public read is not documented. It is refused: a
// client that believes it is signed in should learn that it is not.
func (s *Server) count(w http.ResponseWriter, r *http.Request, c *call) (tokenErr, limitErr error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.advance()
	var who string
	if c.op.Tier != contract.TierAuth {
		who, tokenErr = s.tokens.bearer(r.Header.Get("Authorization"), c)
	}
	tier := contract.TierOf(r.Method, r.URL.Path)
	switch {
	case tier == contract.TierAuth:
		who = s.tokens.applicant(c.body)
	case who != "":
		c.agent = s.world.agents[who]
	}
	if who == "" {
		who = "anonymous " + clientIP(r)
	}
	place := s.limits.take(tier, who, c.now)
	place.write(w.Header())
	// A client reads the platform's clock off this header, so it must be the world's.
	w.Header().Set("Date", c.now.UTC().Format(http.TimeFormat))
	if !place.ok {
		limitErr = place
	}
	return tokenErr, limitErr
}

// perform runs an admitted call, with whatever fault strikes it.
func (s *Server) perform(w http.ResponseWriter, r *http.Request, c *call) {
	s.mu.Lock()
	c.fault = s.weather.draw(c)
	s.mu.Unlock()
	if s.instead(w, c, c.fault) {
		return
	}
	body, err := s.run(c)
	if err != nil {
		// An operation that was refused had no effect, so there is nothing to lose on the way back.
		s.refuse(w, c, err)
		return
	}
	answer, err := encode(body)
	if err != nil {
		s.refuse(w, c, err)
		return
	}
	s.log(c, s.router.success[c.op.ID], c.fault.Kind)
	s.deliver(w, r, c, answer)
}

// run does what the call asks for, now. What the handler put off for later is
// done without the lock.
func (s *Server) run(c *call) (any, error) {
	body, err := s.handle(c)
	if err == nil && c.then != nil {
		return c.then(), nil
	}
	return body, err
}

func (s *Server) handle(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.advance()
	if c.agent != nil {
		// The world may have been loaded anew since the call was admitted.
		if c.agent = s.world.agents[c.agent.ID]; c.agent == nil {
			return nil, unauthorized("The agent of this token is gone")
		}
	}
	defer s.dispatch()
	if c.fault.Kind == Stale {
		defer s.world.rewind(c.now.Add(-c.fault.Delay))()
	}
	return handlers[c.op.ID](s, c)
}

// refuse answers with an error.
func (s *Server) refuse(w http.ResponseWriter, c *call, err error) {
	status, body := http.StatusInternalServerError, any(errorJSON{Error: "internal", Message: err.Error()})
	var no *refusal
	var over *place
	switch {
	case errors.As(err, &over):
		status, body = http.StatusTooManyRequests, over.answer()
		w.Header().Set("Retry-After", fmt.Sprint(over.retryAfter()))
	case errors.As(err, &no) && c.op.ID == "createToken":
		// The token endpoint speaks OAuth: error_description takes the place of message.
		status, body = no.Status, errorJSON{Error: no.Code, Description: no.Message}
	case errors.As(err, &no):
		status, body = no.Status, errorJSON{Error: no.Code, Message: no.Message}
	}
	s.log(c, status, "")
	answer, err := encode(body)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	write(w, status, answer)
}

func (s *Server) log(c *call, status int, fault FaultKind) {
	handle := ""
	if c.agent != nil {
		handle = c.agent.Handle
	}
	s.cfg.Log.Debug("request", slog.String("op", c.op.ID), slog.Int("status", status), slog.String("agent", handle), slog.String("fault", string(fault)))
}

// effect records what the call did.
func (s *Server) effect(c *call, target, text, id string) {
	s.world.Effects = append(s.world.Effects, Effect{
		Op: c.op.ID, Agent: c.agent.Handle, Target: target, Text: text, ID: id, At: c.now,
	})
}

// decode reads the body, which has been found to satisfy its schema.
func (c *call) decode(to any) error {
	if err := json.Unmarshal(c.body, to); err != nil {
		return badRequest("body", "is not the JSON that the contract asks for")
	}
	return nil
}

func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// bare strips the @ that handles in paths and bodies may carry.
func bare(handle string) string { return strings.TrimPrefix(handle, "@") }
