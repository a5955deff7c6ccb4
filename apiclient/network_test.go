package apiclient_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagined/apiclient"
)

// TestF22_Network: a network that is broken in one of the usual ways is a clear
// error, of which it is known that nothing was sent; no credential reaches
// anybody, and reads are not repeated without end.
func TestF22_Network(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int32
	snoop := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "a-long-client-secret") || strings.Contains(r.Header.Get("Authorization"), "Bearer") {
			leaked.Add(1)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	}
	proxy := httptest.NewServer(http.HandlerFunc(snoop))
	t.Cleanup(proxy.Close)
	proxyURL, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	expired := httptest.NewUnstartedServer(http.HandlerFunc(snoop))
	expired.TLS = &tls.Config{Certificates: []tls.Certificate{expiredCertificate(t)}}
	expired.Config.ErrorLog = log.New(io.Discard, "", 0)
	expired.StartTLS()
	t.Cleanup(expired.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	noNames := &net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("there is no name server")
	}}}
	blackHole := func(ctx context.Context, _, _ string) (net.Conn, error) { // as a route that drops every packet
		ctx, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}
	tests := []struct {
		name, url string
		transport *http.Transport
		says      string
	}{
		{"no such name", "https://platform.invalid", &http.Transport{DialContext: noNames.DialContext}, "platform.invalid"},
		{"nobody listens", "http://" + closed.Addr().String(), &http.Transport{}, "connection refused"},
		{"a black hole", "https://192.0.2.1", &http.Transport{DialContext: blackHole}, "deadline exceeded"},
		{"a proxy that wants a password", "https://platform.invalid", &http.Transport{Proxy: http.ProxyURL(proxyURL)}, "Proxy Authentication Required"},
		{"an expired certificate", expired.URL, &http.Transport{}, "certificate"},
		{"no TLS at all", strings.Replace(proxy.URL, "http:", "https:", 1), &http.Transport{}, "TLS handshake"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var waited time.Duration
			c, err := apiclient.New(apiclient.Config{
				BaseURL: tt.url, ID: "client-id", Secret: "a-long-client-secret", Transport: tt.transport,
				Sleep: func(ctx context.Context, d time.Duration) error { waited += d; return ctx.Err() },
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.LikePost(t.Context(), "pst_1")
			if err == nil || !apiclient.NotSent(err) {
				t.Errorf("a write: %v; sent for all we know", err)
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "a-long-client-secret") {
				t.Errorf("it says %v, want %q", err, tt.says)
			}
			if _, err := c.Me(t.Context()); err == nil {
				t.Error("a read succeeded")
			}
			if waited > 10*time.Minute {
				t.Errorf("it waited %s between tries", waited)
			}
		})
	}
	t.Cleanup(func() {
		if n := leaked.Load(); n > 0 {
			t.Errorf("%d requests brought a credential to somebody else", n)
		}
	})
}

// expiredCertificate is one for 127.0.0.1 that was good yesterday.
func expiredCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
