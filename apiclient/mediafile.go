package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// ErrElsewhere is an address that is not on the platform's host: it is not
// asked.
var ErrElsewhere = errors.New("not on the platform's host")

// MediaFile is what the head of a file says.
type MediaFile struct {
	Status int
	Type   string // Content-Type, a stranger's text
	Size   int64  // -1 when not said
}

// MediaFile looks at a file that the platform hosts, without a token and
// without reading it. Only the platform's own scheme and host are asked, no
// redirect is followed, and a host that turns out to be in a private network is
// refused before anything is sent, unless the platform is on this machine.
func (c *Client) MediaFile(ctx context.Context, address string) (MediaFile, error) {
	u, err := url.Parse(address)
	if err != nil || !c.ours(u) || u.User != nil {
		return MediaFile{}, ErrElsewhere
	}
	transport, done := c.fileTransport()
	defer done()
	f, err := c.head(ctx, transport, http.MethodHead, u)
	if err == nil && (f.Status == http.StatusMethodNotAllowed || f.Status == http.StatusNotImplemented) {
		f, err = c.head(ctx, transport, http.MethodGet, u)
	}
	if err != nil {
		return f, fmt.Errorf("look at %s: %w", cut(u.EscapedPath()), err)
	}
	return f, nil
}

func (c *Client) head(ctx context.Context, transport http.RoundTripper, method string, u *url.URL) (MediaFile, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return MediaFile{}, err
	}
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	resp, err := c.logged(c.limited(transport.RoundTrip))(req)
	if err != nil {
		return MediaFile{}, err
	}
	_ = resp.Body.Close() // the head is all that is wanted
	return MediaFile{Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"), Size: resp.ContentLength}, nil
}

// fileTransport is the client's own, but for its refusal of private addresses.
// A transport of another kind, and a proxy, which resolves by itself, are used
// as they are.
func (c *Client) fileTransport() (t http.RoundTripper, done func()) {
	own, ok := c.cfg.Transport.(*http.Transport)
	if !ok || loopback(c.base.Hostname()) {
		return c.cfg.Transport, func() {}
	}
	if own.Proxy != nil {
		if proxy, err := own.Proxy(&http.Request{URL: c.base}); err == nil && proxy != nil {
			return own, func() {}
		}
	}
	public := own.Clone()
	public.DialContext = (&net.Dialer{Timeout: 10 * time.Second, Control: publicOnly}).DialContext
	return public, public.CloseIdleConnections
}

// notPublic lists ranges that are not in netip's notion of private.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
}

// publicOnly refuses a connection by the address that the name resolved to.
func publicOnly(_, address string, _ syscall.RawConn) error {
	where, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	ip := where.Addr().Unmap().WithZone("")
	refused := !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
	for _, p := range notPublic {
		refused = refused || p.Contains(ip)
	}
	if refused {
		return fmt.Errorf("%s is not a public address: refused", ip)
	}
	return nil
}
