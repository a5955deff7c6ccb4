package apiclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

const (
	renewEarly   = 5 * time.Minute  // before a token expires
	renewAgain   = 30 * time.Second // after a failed renewal, while the token is still good
	refusalHolds = 60 * time.Second // how long refused credentials are not tried again
	tokenLife    = time.Hour        // when the platform does not say; platform: one hour
	maxTokenLife = 24 * time.Hour
)

// TokenRequest asks for a token by either grant: with the client's ID and
// secret, or with a refresh token.
type TokenRequest struct {
	GrantType    string `json:"grant_type"` // client_credentials or refresh_token
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

func (r TokenRequest) secrets() []string { return []string{r.ClientSecret, r.RefreshToken} }

// String names the client, never the secrets.
func (r TokenRequest) String() string {
	return fmt.Sprintf("{GrantType:%s ClientID:%s ClientSecret:%s RefreshToken:%s}", r.GrantType, r.ClientID, blank(r.ClientSecret), blank(r.RefreshToken))
}

// GoString keeps the secrets out of %#v.
func (r TokenRequest) GoString() string { return "apiclient.TokenRequest" + r.String() }

// LogValue keeps the secrets out of logs.
func (r TokenRequest) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Token is an access token as the platform issues it.
type Token struct {
	AccessToken  string  `json:"access_token"`  // never logged
	RefreshToken string  `json:"refresh_token"` // never logged
	TokenType    string  `json:"token_type"`
	ExpiresIn    float64 `json:"expires_in"` // seconds
	Scope        string  `json:"scope"`
}

// String tells how long the token lasts, never the tokens.
func (t Token) String() string {
	return fmt.Sprintf("{AccessToken:%s RefreshToken:%s ExpiresIn:%v}", blank(t.AccessToken), blank(t.RefreshToken), t.ExpiresIn)
}

// GoString keeps the tokens out of %#v.
func (t Token) GoString() string { return "apiclient.Token" + t.String() }

// LogValue keeps the tokens out of logs.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// life is how long the token lasts.
func (t Token) life() time.Duration {
	if t.ExpiresIn <= 0 {
		return tokenLife
	}
	return time.Duration(min(t.ExpiresIn, maxTokenLife.Seconds()) * float64(time.Second))
}

// CreateToken asks the platform for a token, once. The client gets its own by
// itself: this is for whoever wants to know whether credentials are good.
//
// POST /api/auth/token
func (c *Client) CreateToken(ctx context.Context, in TokenRequest) (Token, error) {
	var out Token
	err := c.do(ctx, c.auth, call{method: http.MethodPost, route: path("auth", "token"), in: in}, &out)
	if err == nil && out.AccessToken == "" {
		err = fmt.Errorf("%w: no access_token in it", ErrAnswer)
	}
	return out, err
}

// tokens keeps the access token, in memory only, and gets another when it is
// about to expire or was refused. One request for it is under way at a time.
type tokens struct {
	id, secret string
	now        func() time.Time
	patience   time.Duration // the longest that getting a token may take
	request    func(context.Context, TokenRequest) (Token, error)

	mu      sync.Mutex
	current Token
	renew   time.Time // from then on current is renewed
	expires time.Time // until then current is good
	last    string    // the access token before current, to be hidden still
	refusal error     // of the credentials
	until   time.Time // refusal stands
	flight  *flight
}

// flight is a request for a token that callers wait for together. access and
// err are set before done is closed.
type flight struct {
	done   chan struct{}
	access string
	err    error
}

// get returns a token that is good for now, waiting at most as long as ctx.
// A waiter that gives up does not disturb the others.
func (t *tokens) get(ctx context.Context) (string, error) {
	f, access, err := t.join(ctx)
	if f == nil {
		return access, err
	}
	select {
	case <-f.done:
		return f.access, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// join returns the token or the standing refusal, or else the flight to wait
// for.
func (t *tokens) join(ctx context.Context) (*flight, string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	switch {
	case t.id == "":
		return nil, "", fmt.Errorf("%w: none are given; set %s and %s", ErrCredentials, envID, envSecret)
	case t.current.AccessToken != "" && now.Before(t.renew):
		return nil, t.current.AccessToken, nil
	case t.refusal != nil && now.Before(t.until) && t.until.Sub(now) <= refusalHolds: // the clock may go back
		return nil, "", t.refusal
	}
	if t.flight == nil {
		t.flight = &flight{done: make(chan struct{})}
		go t.fly(context.WithoutCancel(ctx), t.flight)
	}
	return t.flight, "", nil
}

// fly gets a token for everybody who waits. It ends by itself after patience.
func (t *tokens) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	g, err := t.obtain(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	f.access, f.err = t.settle(g, err)
	t.flight = nil
	close(f.done)
}

// obtain refreshes the token, or asks with the credentials when there is none
// to refresh or the refresh is refused.
func (t *tokens) obtain(ctx context.Context) (Token, error) {
	t.mu.Lock()
	refresh := t.current.RefreshToken
	t.mu.Unlock()
	if refresh != "" {
		g, err := t.request(ctx, TokenRequest{GrantType: "refresh_token", RefreshToken: refresh})
		if err == nil && g.RefreshToken == "" {
			g.RefreshToken = refresh
		}
		if err == nil || !refusedGrant(err) {
			return g, err
		}
	}
	g, err := t.request(ctx, TokenRequest{GrantType: "client_credentials", ClientID: t.id, ClientSecret: t.secret})
	if refusedCredentials(err) {
		// As text only: an *APIError in the chain would look like the answer to the call.
		err = fmt.Errorf("%w: %v; check %s and %s", ErrCredentials, err, envID, envSecret) //nolint:errorlint // see above
	}
	return g, err
}

// refusedGrant reports whether asking with the credentials may do better.
func refusedGrant(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return !passingStatus(e.Status)
	}
	return errors.Is(err, ErrAnswer) // the refresh token is probably used up
}

func refusedCredentials(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// settle stores what obtain brought. A token that is still good outlives a
// renewal that failed for a reason that may pass.
func (t *tokens) settle(g Token, err error) (string, error) {
	now := t.now()
	switch {
	case err == nil:
		t.last, t.current, t.refusal = t.current.AccessToken, g, nil
		t.expires = now.Add(g.life())
		t.renew = t.expires.Add(-min(renewEarly, g.life()/2))
		return g.AccessToken, nil
	case errors.Is(err, ErrCredentials):
		t.last, t.current = t.current.AccessToken, Token{}
		t.refusal, t.until = err, now.Add(refusalHolds)
		return "", err
	case t.current.AccessToken != "" && now.Before(t.expires):
		t.renew = now.Add(renewAgain)
		return t.current.AccessToken, nil
	}
	return "", err
}

// forget drops a refused token, unless it has been replaced already.
func (t *tokens) forget(access string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.AccessToken == access {
		t.last, t.current = access, Token{}
	}
}

// refused reports whether the latest word on the credentials was no.
func (t *tokens) refused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refusal != nil
}

// secrets lists what must not be shown.
func (t *tokens) secrets() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return []string{t.secret, t.current.AccessToken, t.current.RefreshToken, t.last}
}

// tokenError makes an error of the token stage one of the call, which was not
// sent. Only its kind stays in the chain: an *APIError or ErrAnswer of the
// token endpoint would be taken for the answer to the call.
func tokenError(err error) error {
	again := !errors.Is(err, ErrCredentials) && !errors.Is(err, ErrAnswer) && !errors.Is(err, ErrRateLimited)
	if e, ok := errors.AsType[*APIError](err); ok {
		again = passingStatus(e.Status)
	}
	var kind error
	for _, k := range []error{ErrCredentials, ErrRateLimited, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, k) {
			kind = k
		}
	}
	return &notSentError{err: &callError{text: "get a token: " + err.Error(), err: kind}, again: again}
}
