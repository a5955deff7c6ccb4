package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"imagined/contract"
	"imagined/sandbox"
)

// noon is when the tests' worlds begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that moves when told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// platform is a sandbox behind a real listener, with a clock of its own.
type platform struct {
	t      *testing.T
	server *sandbox.Server
	url    string
	clock  *clock
}

// start runs a still world unless the Config says otherwise.
func start(t *testing.T, cfg sandbox.Config) *platform {
	t.Helper()
	c := &clock{now: noon}
	if cfg.Now == nil {
		cfg.Now = c.Now
	}
	if cfg.Pace == 0 {
		cfg.Pace = -1
	}
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &platform{t: t, server: s, url: h.URL, clock: c}
}

// agent is a registered agent with a token.
type agent struct {
	*platform
	handle, id, client, secret, token, refresh string
}

// register makes an agent and signs it in.
func (p *platform) register(handle string) *agent {
	p.t.Helper()
	r := p.anonymous().post("/api/auth/register", fmt.Sprintf(`{"handle":%q,"name":"A %s"}`, handle, handle)).want(201)
	a := &agent{platform: p, handle: handle, id: r.text("id"), client: r.text("clientId"), secret: r.text("clientSecret")}
	a.signIn()
	return a
}

func (a *agent) signIn() {
	a.t.Helper()
	r := a.anonymous().post("/api/auth/token", fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, a.client, a.secret)).want(200)
	a.token, a.refresh = r.text("access_token"), r.text("refresh_token")
}

func (p *platform) anonymous() *agent { return &agent{platform: p} }

func (a *agent) get(path string) *reply        { a.t.Helper(); return a.do("GET", path, "") }
func (a *agent) post(path, body string) *reply { a.t.Helper(); return a.do("POST", path, body) }
func (a *agent) delete(path string) *reply     { a.t.Helper(); return a.do("DELETE", path, "") }

// reply is what came back.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
	err    error
	parsed any // body, once a field was asked for
}

// do sends a request, and checks every answer against the contract.
func (a *agent) do(method, path, body string) *reply {
	a.t.Helper()
	kind := ""
	if body != "" {
		kind = "application/json"
	}
	return a.send(method, path, kind, strings.NewReader(body))
}

// send is do with a body of any type.
func (a *agent) send(method, path, kind string, body io.Reader) *reply {
	a.t.Helper()
	req, r := a.exchange(method, path, kind, body)
	if r.err == nil && strings.HasPrefix(path, "/api/") {
		satisfies(a.t, req, r)
	}
	return r
}

// raw is do for answers that break the contract on purpose.
func (a *agent) raw(method, path, body string) *reply {
	a.t.Helper()
	_, r := a.exchange(method, path, "application/json", strings.NewReader(body))
	return r
}

func (a *agent) exchange(method, path, kind string, body io.Reader) (*http.Request, *reply) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, body)
	if err != nil {
		a.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	r := &reply{t: a.t, what: method + " " + path}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.err = err
		return req, r
	}
	defer func() { _ = res.Body.Close() }()
	r.status, r.header = res.StatusCode, res.Header
	r.body, r.err = io.ReadAll(res.Body)
	return req, r
}

var contractRoutes = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract.Document)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	doc.Servers = nil
	return gorillamux.NewRouter(doc)
})

// satisfies fails the test when an answer is not one of the contract's. These
// statuses are not in it for every operation: a bad token on a public read,
// what is missing here, and what goes wrong on the way.
func satisfies(t *testing.T, req *http.Request, r *reply) {
	t.Helper()
	router, err := contractRoutes()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Endpoint-Type"} {
		if r.header.Get(name) == "" {
			t.Errorf("%s: no header %s", r.what, name)
		}
	}
	route, params, err := router.FindRoute(req)
	if err != nil || slices.Contains([]int{401, 413, 501, 503}, r.status) || strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 r.status, Header: r.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes(r.body)
	if err := openapi3filter.ValidateResponse(t.Context(), input); err != nil {
		t.Errorf("%s: the answer breaks the contract: %v\n%s", r.what, err, r.body)
	}
}

// want fails the test at another status.
func (r *reply) want(status int) *reply {
	r.t.Helper()
	if r.err != nil || r.status != status {
		r.t.Fatalf("%s: status %d (%v), want %d: %s", r.what, r.status, r.err, status, r.body)
	}
	return r
}

// refused fails the test unless the answer is an error that says so.
func (r *reply) refused(status int, says string) *reply {
	r.t.Helper()
	r.want(status)
	if text := r.text("message") + r.text("error_description"); r.text("error") == "" || !strings.Contains(text, says) {
		r.t.Errorf("%s: %s, want an error that mentions %q", r.what, r.body, says)
	}
	return r
}

// field digs in the answer: "posts.0.agent.handle".
func (r *reply) field(path string) any {
	r.t.Helper()
	if r.parsed == nil {
		if err := json.Unmarshal(r.body, &r.parsed); err != nil {
			r.t.Fatalf("%s: %v: %s", r.what, err, r.body)
		}
	}
	at := r.parsed
	for _, key := range strings.Split(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[key]
		case []any:
			i := 0
			if _, err := fmt.Sscan(key, &i); err != nil || i >= len(v) {
				return nil
			}
			at = v[i]
		default:
			return nil
		}
	}
	return at
}

func (r *reply) text(path string) string {
	r.t.Helper()
	s, _ := r.field(path).(string)
	return s
}

func (r *reply) list(path string) []any {
	r.t.Helper()
	l, _ := r.field(path).([]any)
	return l
}

// has fails the test unless a field has that value, as JSON.
func (r *reply) has(path, want string) *reply {
	r.t.Helper()
	got, err := json.Marshal(r.field(path))
	if err != nil {
		r.t.Fatal(err)
	}
	if string(got) != want {
		r.t.Errorf("%s: %s = %s, want %s", r.what, path, got, want)
	}
	return r
}

// effects fails the test unless the effects so far, without the
// registrations, are these operations.
func (p *platform) effects(want ...string) {
	p.t.Helper()
	var got []string
	for _, e := range p.server.Effects() {
		if e.Op != "registerAgent" {
			got = append(got, e.Op)
		}
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("effects %v, want %v", got, want)
	}
}

func TestServer_everyOperationIsSimulated(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Limits: map[contract.Tier]int{"read": 1000, "write": 1000, "auth": 1000, "upload": 1000}})
	for _, op := range contract.Operations {
		path := strings.NewReplacer("{handle}", "nobody_here", "{provider}", "OPENAI").Replace(op.Path)
		r := p.anonymous().do(op.Method, path, "")
		if op.Token && r.status != 401 {
			t.Errorf("%s without a token: status %d, want 401", op.ID, r.status)
		}
		if r.status >= 500 {
			t.Errorf("%s: status %d", op.ID, r.status)
		}
	}
}

func TestServer_requestsThatBreakTheContract(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	long := strings.Repeat("x", 1001)
	tests := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{name: "unknown path", method: "GET", path: "/api/nowhere", status: 404},
		{name: "outside the API", method: "GET", path: "/favicon.ico", status: 404},
		{name: "wrong method", method: "PUT", path: "/api/posts", body: "{}", status: 405},
		{name: "limit too small", method: "GET", path: "/api/posts?limit=0", status: 400, says: "limit"},
		{name: "limit too large", method: "GET", path: "/api/posts?limit=101", status: 400, says: "limit"},
		{name: "limit not a number", method: "GET", path: "/api/posts?limit=ten", status: 400, says: "limit"},
		{name: "made-up cursor", method: "GET", path: "/api/posts?cursor=xyz", status: 400, says: "cursor"},
		{name: "handle too short", method: "GET", path: "/api/agents/ab", status: 400, says: "handle"},
		{name: "no body", method: "POST", path: "/api/posts", status: 400, says: "body"},
		{name: "not JSON", method: "POST", path: "/api/posts", body: "hello", status: 400, says: "body"},
		{name: "empty content", method: "POST", path: "/api/posts", body: `{"content":""}`, status: 400, says: "content"},
		{name: "no content", method: "POST", path: "/api/posts", body: `{}`, status: 400, says: "content"},
		{name: "long content", method: "POST", path: "/api/posts", body: `{"content":"` + long + `"}`, status: 400, says: "content"},
		{name: "wrong type", method: "POST", path: "/api/posts", body: `{"content":7}`, status: 400, says: "content"},
		{name: "unknown upload", method: "POST", path: "/api/posts", body: `{"content":"x","mediaIds":["m1"]}`, status: 400, says: "mediaIds"},
		{name: "enum", method: "GET", path: "/api/explore?section=rumours", status: 400, says: "section"},
		{name: "field called description", method: "POST", path: "/api/marketplace/services", body: `{"title":"t","shortDesc":"s","description":7,"price":500,"deliveryDays":1,"category":"CREATIVE"}`, status: 400, says: "description"},
		{name: "bad handle", method: "POST", path: "/api/auth/register", body: `{"handle":"No","name":"n"}`, status: 400, says: "handle"},
		{name: "unknown grant", method: "POST", path: "/api/auth/token", body: `{"grant_type":"password"}`, status: 400, says: "grant_type"},
		{name: "too large", method: "POST", path: "/api/posts", body: strings.Repeat(" ", 1<<20) + `{"content":"x"}`, status: 413, says: "1 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := *a
			b.platform = &platform{t: t, server: p.server, url: p.url, clock: p.clock}
			b.do(tt.method, tt.path, tt.body).refused(tt.status, tt.says)
		})
	}
	p.effects()
}

func TestServer_answersAreCompactWithTheIDFirst(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	r := p.register("nova_bot").post("/api/posts", `{"content":"a < b & c"}`).want(201)
	if !bytes.HasPrefix(r.body, []byte(`{"id":"pst_`)) || !bytes.Contains(r.body, []byte(`"content":"a < b & c"`)) {
		t.Errorf("not compact, or id not first, or escaped: %s", r.body)
	}
	if strings.Index(string(r.body), `"agent"`) < strings.Index(string(r.body), `"createdAt"`) {
		t.Errorf("a nested object stands before own fields: %s", r.body)
	}
	if got := r.header.Get("Date"); got != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("Date %q is not that of the world's clock", got)
	}
}

func TestServer_manyClientsAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Pace: 600})
	post := p.anonymous().get("/api/posts?limit=1").want(200).text("posts.0.id")
	var wg sync.WaitGroup
	for i := range 8 {
		a := p.register(fmt.Sprintf("agent_%d", i))
		wg.Go(func() {
			for range 5 {
				a.post("/api/posts/"+post+"/like", "")
				a.post("/api/posts/"+post+"/comments", `{"content":"hello"}`)
				a.get("/api/posts?limit=5")
				p.clock.add(time.Second)
			}
		})
	}
	wg.Wait()
	likes := 0
	for _, e := range p.server.Effects() {
		if e.Op == "likePost" {
			likes++
		}
	}
	if likes != 8 {
		t.Errorf("%d likes by 8 agents that tried 5 times each", likes)
	}
}
