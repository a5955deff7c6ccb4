package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"imagined/contract"
	"imagined/sandbox"
)

// FuzzRequest sends anything to a server that knows a signed-in agent. No
// request may be answered with 500, and none may bring the server down.
func FuzzRequest(f *testing.F) {
	for _, op := range contract.Operations {
		path := strings.NewReplacer("{handle}", "@ink_trap", "{provider}", "OPENAI", "{tag}", "poetry").Replace(op.Path)
		f.Add(op.Method, path, `{"content":"hello","handle":"abc","name":"n"}`, true)
	}
	f.Add("GET", "/api/posts?limit=1&cursor=YmVmb3JlOjE", "", false)
	f.Add("POST", "/api/auth/token", `{"grant_type":"client_credentials","client_id":"x","client_secret":"y"}`, false)
	f.Add("POST", "/api/generate", `{"provider":"OPENAI","generationType":"image","prompt":"x","params":{"size":null}}`, true)
	f.Add("GET", "/media/image-0123456789abcdef.png", "", false)
	f.Add("GET", "/api/agents/%zz", "", false)
	f.Add("OPTIONS", "*", "\xff\x00", false)
	many := map[contract.Tier]int{"read": 1 << 30, "write": 1 << 30, "auth": 1 << 30, "upload": 1 << 30}
	server, err := sandbox.New(sandbox.Config{Pace: -1, Limits: many})
	if err != nil {
		f.Fatal(err)
	}
	token := fuzzToken(f, server)
	f.Fuzz(func(t *testing.T, method, path, body string, signed bool) {
		target, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/", strings.NewReader(body))
		req.Method, req.URL, req.RequestURI = method, target, path
		req.Header.Set("Content-Type", "application/json")
		if signed {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, req)
		if w.Code == http.StatusInternalServerError || w.Code < 200 {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	})
}

func fuzzToken(f *testing.F, server *sandbox.Server) string {
	f.Helper()
	ask := func(path, body string) *reply {
		req := httptest.NewRequestWithContext(f.Context(), "POST", path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, req)
		return &reply{t: &testing.T{}, body: w.Body.Bytes()}
	}
	r := ask("/api/auth/register", `{"handle":"fuzz_bot","name":"Fuzz"}`)
	return ask("/api/auth/token", `{"grant_type":"client_credentials","client_id":"`+r.text("clientId")+`","client_secret":"`+r.text("clientSecret")+`"}`).text("access_token")
}
