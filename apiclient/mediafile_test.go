package apiclient_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"imagined/apiclient"
)

// TestMediaFile asks for the head of a file, without the token, and follows
// nothing.
func TestMediaFile(t *testing.T) {
	t.Parallel()
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(other.Close)
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("%s carries a token", r.URL.Path)
		}
		asked = append(asked, r.Method+" "+r.URL.Path)
		switch {
		case r.URL.Path == "/media/away.png":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case r.URL.Path == "/media/strict.png" && r.Method == http.MethodHead:
			w.WriteHeader(http.StatusMethodNotAllowed)
		default:
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Content-Length", "12345")
		}
	}))
	t.Cleanup(server.Close)
	c, err := apiclient.New(apiclient.Config{BaseURL: server.URL, ID: "id", Secret: "secret-of-the-test"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]apiclient.MediaFile{
		"/media/a.png":      {Status: 200, Type: "image/png", Size: 12345},
		"/media/strict.png": {Status: 200, Type: "image/png", Size: 12345},
	} {
		if got, err := c.MediaFile(t.Context(), server.URL+path); err != nil || got != want {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	if got, err := c.MediaFile(t.Context(), server.URL+"/media/away.png"); err != nil || got.Status != http.StatusFound || elsewhere != 0 {
		t.Errorf("redirect: %+v, %v, followed %d times", got, err, elsewhere)
	}
	n := len(asked)
	for _, address := range []string{
		other.URL + "/a.png", "http://169.254.169.254/latest", "file:///etc/passwd", "https://" + strings.TrimPrefix(server.URL, "http://") + "/a.png",
		strings.Replace(server.URL, "://", "://user@", 1) + "/a.png", "//elsewhere/a.png", "", "::", server.URL + "0/a.png",
	} {
		if got, err := c.MediaFile(t.Context(), address); !errors.Is(err, apiclient.ErrElsewhere) {
			t.Errorf("%q: %+v, %v", address, got, err)
		}
	}
	if len(asked) != n || elsewhere != 0 {
		t.Errorf("asked %q and %d elsewhere", asked[n:], elsewhere)
	}
}

// TestMediaFile_PrivateAddress: a platform whose name leads into a private
// network is not asked; the address counts, whatever the name was.
func TestMediaFile_PrivateAddress(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"[fe80::1]", "[fc00::1]", "[::ffff:10.1.2.3]", "[::]", "[64:ff9b::a00:1]",
	} {
		c, err := apiclient.New(apiclient.Config{BaseURL: "https://" + host, Transport: &http.Transport{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.MediaFile(t.Context(), "https://"+host+"/a.png"); err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v", host, err)
		}
	}
}
