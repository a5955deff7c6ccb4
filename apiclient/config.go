package apiclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is the live platform.
const DefaultBaseURL = "https://imagineanything.com"

// Config says which platform to talk to and as whom. Only ID and Secret are
// needed; without them public reads still work and writes are refused here.
type Config struct {
	BaseURL   string            // scheme and host only; default DefaultBaseURL; http is allowed for loopback hosts only
	ID        string            // OAuth client id
	Secret    string            // OAuth client secret; never logged
	Transport http.RoundTripper // may be shared by clients; default: a clone of http.DefaultTransport with TLS >= 1.2
	Timeout   time.Duration     // of one round trip, body included; default 30 s

	UploadTimeout time.Duration // the same, of one that sends a file; default 5 min

	Now       func() time.Time // default time.Now
	Sleep     func(context.Context, time.Duration) error
	Rand      *rand.Rand   // jitter; the client locks it, so hand each client its own
	Log       *slog.Logger // debug: one line a request; nil discards
	UserAgent string       // default "imagined"
}

// String names the platform and the client id, never the secret.
func (c Config) String() string {
	return fmt.Sprintf("{BaseURL:%s ID:%s Secret:%s}", c.BaseURL, c.ID, blank(c.Secret))
}

// GoString keeps the secret out of %#v.
func (c Config) GoString() string { return "apiclient.Config" + c.String() }

// LogValue keeps the secret out of logs.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("base_url", c.BaseURL), slog.String("id", c.ID), slog.String("secret", blank(c.Secret)))
}

func blank(secret string) string {
	if secret == "" {
		return ""
	}
	return redacted
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	if c.Transport == nil {
		c.Transport = defaultTransport()
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.UploadTimeout <= 0 {
		c.UploadTimeout = 5 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Rand == nil {
		c.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // jitter, not a secret
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.UserAgent == "" {
		c.UserAgent = "imagined"
	}
	return c
}

// base checks BaseURL and returns it without a trailing slash.
func (c Config) base() (*url.URL, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, errors.New("base URL: not a URL; want for example " + DefaultBaseURL)
	}
	switch {
	case u.User != nil, u.RawQuery != "", u.Fragment != "", strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("base URL: want scheme and host only, for example %s", DefaultBaseURL)
	case u.Hostname() == "":
		return nil, fmt.Errorf("base URL %q: no host; want for example %s", c.BaseURL, DefaultBaseURL)
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("base URL %q: use https; http would send the credentials in clear and is for loopback hosts only", c.BaseURL)
	}
	return nil, fmt.Errorf("base URL %q: scheme %q is not https", c.BaseURL, u.Scheme)
}

// loopback reports whether requests to host stay on this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func defaultTransport() http.RoundTripper {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // the program has replaced it on purpose
		return http.DefaultTransport
	}
	t := base.Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return t
}

// sleep is the wall clock's Sleep.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d) //nolint:forbidigo // the default
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
