package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imagined/contract"
)

// line runs imagined with these arguments, as they are, and this standard
// input.
func (h *house) line(stdin string, args ...string) (code int, out, errs string) {
	h.t.Helper()
	return h.lineUntil(h.t.Context(), stdin, args...)
}

func (h *house) lineUntil(ctx context.Context, stdin string, args ...string) (code int, out, errs string) {
	h.t.Helper()
	var o, e bytes.Buffer
	code = run(ctx, args, &program{
		in: strings.NewReader(stdin), out: &o, errs: &e, getenv: func(k string) string { return h.env[k] },
	})
	return code, o.String(), e.String()
}

// stub is a platform that notes what it is asked and answers what it is told.
type stub struct {
	*house
	status int
	answer string
	header map[string]string
	asked  []string // METHOD URI BODY, without the token requests
	stop   func()   // called when a request has arrived
}

func newStub(t *testing.T) *stub {
	t.Helper()
	s := &stub{status: http.StatusOK, answer: `{}`}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.house = &house{t: t, dir: t.TempDir(), env: map[string]string{envBaseURL: server.URL, envID: "cid_stub", envSecret: "sec_stub_sec_stub"}}
	s.env["IMAGINED_DATA"] = filepath.Join(s.dir, "data")
	return s
}

func (s *stub) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/auth/token" && s.status != http.StatusUnauthorized {
		_, _ = io.WriteString(w, `{"access_token":"iat_stub_stub","token_type":"Bearer","expires_in":3600}`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	if s.stop != nil {
		s.stop()
	}
	for name, value := range s.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.answer)
}

// TestAPI_Lines says what each good line sends.
func TestAPI_Lines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		stdin string
		args  []string
		want  string
	}{
		{"id stands for the id in the path", "", []string{"likePost", "id=pst_1"}, "POST /api/posts/pst_1/like"},
		{"the key's own name", "", []string{"likePost", "postId=pst_1"}, "POST /api/posts/pst_1/like"},
		{"two ids in a path", "", []string{"deleteComment", "postId=p", "commentId=c"}, "DELETE /api/posts/p/comments/c"},
		{"an id of the body", "", []string{"deleteMedia", "id=med_1"}, `DELETE /api/upload {"id":"med_1"}`},
		{"an id is escaped", "", []string{"getPost", "id=a/b?c"}, "GET /api/posts/a%2Fb%3Fc"},
		{"a handle with its @", "", []string{"getAgent", "handle=@luma"}, "GET /api/agents/luma"},
		{"a text with = and @", "", []string{"createPost", "content=@luma a=b"}, `POST /api/posts {"content":"@luma a=b"}`},
		{"a text that looks like a number", "", []string{"createPost", "content=42"}, `POST /api/posts {"content":"42"}`},
		{"a list by commas", "", []string{"createPost", "content=x", "mediaIds=a,b"}, `POST /api/posts {"content":"x","mediaIds":["a","b"]}`},
		{"a list by repeating", "", []string{"createPost", "content=x", "mediaIds=a", "mediaIds=b,c"}, `POST /api/posts {"content":"x","mediaIds":["a","b","c"]}`},
		{"a list as JSON", "", []string{"updateCapabilities", `skills:=["a,b"]`}, `PATCH /api/agents/me/capabilities {"skills":["a,b"]}`},
		{"an empty list", "", []string{"updateCapabilities", "skills="}, `PATCH /api/agents/me/capabilities {"skills":[]}`},
		{"a list in the query", "", []string{"listRecommendedAgents", "skills=a,b", "limit=5"}, "GET /api/explore/agents?limit=5&skills=a%2Cb"},
		{"a number", "", []string{"updateService", "id=svc_1", "price=750"}, `PATCH /api/marketplace/services/svc_1 {"price":750}`},
		{"a truth value", "", []string{"markNotificationsRead", "all=true"}, `POST /api/notifications/read {"all":true}`},
		{"an object in parts", "", []string{"startGeneration", "provider=RUNWARE", "generationType=image", "prompt=x", "params.width=512", "params.seed=7"},
			`POST /api/generate {"generationType":"image","params":{"seed":"7","width":512},"prompt":"x","provider":"RUNWARE"}`},
		{"an object as JSON", "", []string{"startGeneration", "provider=RUNWARE", "generationType=image", "prompt=x", `params:={"width":512,"big":12345678901234567890}`},
			`POST /api/generate {"generationType":"image","params":{"big":12345678901234567890,"width":512},"prompt":"x","provider":"RUNWARE"}`},
		{"a body from standard input", `{"content":"from stdin"}`, []string{"createPost", "--json", "-"}, `POST /api/posts {"content":"from stdin"}`},
		{"keys over the body, and one that nobody knows", `{"content":"old","mood":"new"}`, []string{"createPost", "--json", "-", "content=mine"}, `POST /api/posts {"content":"mine","mood":"new"}`},
		{"no body where it may be left out", "", []string{"setupPaymentAccount"}, `POST /api/marketplace/connect {}`},
		{"nothing to say", "", []string{"getNotificationCount"}, "GET /api/notifications/count"},
		{"the refreshing kind of token", `{"refresh_token":"iar_x"}`, []string{"createToken", "grant_type=refresh_token", "--json", "-"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t)
			code, out, errs := s.line(tt.stdin, append([]string{"api"}, tt.args...)...)
			if code != exitOK || errs != "" || !json.Valid([]byte(out)) {
				t.Errorf("exit %d %q: %s", code, out, errs)
			}
			if got := strings.Join(s.asked, "\n"); got != tt.want {
				t.Errorf("sent %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestAPI_BadLines: one clear line each, an example, and nothing is sent.
func TestAPI_BadLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		says []string
	}{
		{"a misspelt operation", []string{"likPost"}, []string{"no operation likPost (did you mean likePost?)"}},
		{"half an operation", []string{"payout"}, []string{"listPayouts", "requestPayout"}},
		{"no operation at all", []string{"\x1b[31m"}, []string{`no operation "\x1b[31m"`}},
		{"a missing id", []string{"likePost"}, []string{"likePost: postId is missing", "imagined api likePost postId=POST_ID"}},
		{"a missing text", []string{"createPost"}, []string{"content is missing: want a text of 1 to 500 characters", "imagined api createPost content="}},
		{"a misspelt key", []string{"createPost", "contnet=x"}, []string{"no key contnet (did you mean content?)", "mediaIds"}},
		{"a key where there are none", []string{"getNotificationCount", "x=1"}, []string{"takes no keys"}},
		{"no key", []string{"createPost", "hello"}, []string{"hello: write it as key=value"}},
		{"a secret", []string{"connectService", "provider=OPENAI", "apiKey=abcdefgh12345678"}, []string{"apiKey: a secret does not belong on a command line", "--json"}},
		{"twice the same", []string{"createPost", "content=a", "content=b"}, []string{"content is given twice"}},
		{"an id by both names", []string{"likePost", "id=a", "postId=b"}, []string{"postId is given twice"}},
		{"id where there are two", []string{"deleteComment", "id=a"}, []string{"no key id"}},
		{"an empty text", []string{"createPost", "content="}, []string{"content is empty"}},
		{"a long text", []string{"createPost", "content=" + strings.Repeat("x", 501)}, []string{"content: 501 characters long, at most 500"}},
		{"a long text in UTF-16", []string{"createPost", "content=" + strings.Repeat("\U0001F600", 251)}, []string{"content: 502 characters long"}},
		{"an unknown type", []string{"createPost", "content=x", "mediaType=TXT"}, []string{`"TXT" is not one of TEXT`, "did you mean TEXT?"}},
		{"a word for a number", []string{"listPosts", "limit=many"}, []string{`limit: "many": want a whole number from 1 to 100`}},
		{"a fraction", []string{"listPosts", "limit=1.5"}, []string{"limit: want a whole number"}},
		{"a number out of range", []string{"listPosts", "limit=101"}, []string{"limit: 101 is out of range"}},
		{"infinity", []string{"startGeneration", "provider=RUNWARE", "generationType=video", "prompt=x", "params.duration=Inf"}, []string{`params.duration: "Inf": want a number`}},
		{"neither true nor false", []string{"markNotificationsRead", "all=yes"}, []string{"true or false"}},
		{"one of several is needed", []string{"createReport", "reason=SPAM"}, []string{"at least one of reportedAgentId, reportedPostId, reportedCommentId"}},
		{"a handle that is none", []string{"getAgent", "handle=No Body"}, []string{`handle: "No Body" does not match`}},
		{"an address that is none", []string{"updateWebhook", "webhookUrl=http://example.com/x"}, []string{"does not match ^https://"}},
		{"a relative address", []string{"updateProfile", "websiteUrl=example.com"}, []string{"not a whole address"}},
		{"an email that is none", []string{"registerAgent", "handle=abc", "name=x", "recoveryEmail=me", "--show-secret"}, []string{"not an email address"}},
		{"too many items", []string{"createPost", "content=x", "mediaIds=a,b,c,d,e"}, []string{"mediaIds: 5 items, want a list of strings of 1 to 4 items"}},
		{"broken JSON", []string{"startGeneration", "params:={"}, []string{`params: "{" is not JSON`}},
		{"JSON of another type", []string{"createPost", "content:=7"}, []string{"content: want a text", "type integer"}},
		{"a null", []string{"createPost", "content:=null"}, []string{"content: want a text", "null"}},
		{"an object as a text", []string{"startGeneration", "params=x"}, []string{"params is an object"}},
		{"a part of what has none", []string{"createPost", "content.x=1"}, []string{"content has no parts"}},
		{"half a grant", []string{"createToken", "grant_type=refresh_token"}, []string{"refresh_token is missing"}},
		{"no file", []string{"uploadImage", "file=a.png"}, []string{"file=@path"}},
		{"a file that is not there", []string{"uploadImage", "file=@/nowhere/a.png"}, []string{"there is no file /nowhere/a.png"}},
		{"a file left out", []string{"uploadImage", "purpose=post"}, []string{"file is missing: want a file, as @path", "file=@picture.png"}},
		{"an upload with a body", []string{"uploadImage", "--json", "-"}, []string{"takes no JSON body"}},
		{"a body where none is taken", []string{"getPost", "id=x", "--json", "-"}, []string{"takes no JSON body"}},
		{"a body that is a list", []string{"createPost", "--json", "-"}, []string{"--json: want an object"}},
		{"a body in no file", []string{"createPost", "--json", "/nowhere"}, []string{"--json", "/nowhere"}},
		{"pages of one thing", []string{"getPost", "id=x", "--all"}, []string{"no pages"}},
		{"a secret that would be lost", []string{"registerAgent", "handle=abc", "name=x"}, []string{"imagined register FILE", "--show-secret"}},
		{"another", []string{"updateWebhook", "regenerateSecret=true"}, []string{"--show-secret"}},
		{"nobody of that name", []string{"getFeed", "--persona", "nobody"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t)
			if tt.args[len(tt.args)-1] == "nobody" {
				delete(s.env, envSecret)
			}
			code, out, errs := s.line("[1]", append([]string{"api"}, tt.args...)...)
			if code != exitUsage || out != "" || strings.ContainsRune(errs, 0x1b) {
				t.Errorf("exit %d %q: %s", code, out, errs)
			}
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in: %s", want, errs)
				}
			}
			if len(s.asked) > 0 {
				t.Errorf("sent %s", s.asked)
			}
		})
	}
}

// TestAPI_Advice: what the platform refuses is told in its words, quoted, with
// what to do.
func TestAPI_Advice(t *testing.T) {
	t.Parallel()
	refused := `{"error":"some_code","message":"so \u001b[31mit is"}`
	tests := []struct {
		name   string
		args   []string
		status int
		answer string
		header map[string]string
		code   int
		says   []string
	}{
		{"values", []string{"likePost", "id=p"}, 400, refused, nil, exitFailed, []string{`"so \x1b[31mit is"`, "imagined api likePost --help"}},
		{"credentials", []string{"likePost", "id=p"}, 401, refused, nil, exitUsage, []string{"cid_stub from environment", envSecret, "imagined doctor"}},
		{"not ours", []string{"deletePost", "id=p"}, 403, refused, nil, exitFailed, []string{"not this agent's", "--persona"}},
		{"not there", []string{"likePost", "id=pst_9"}, 404, refused, nil, exitFailed, []string{`check postId "pst_9"`}},
		{"not there, by the body", []string{"placeOrder", "serviceId=svc_9", "paymentMethod=CARD"}, 404, refused, nil, exitFailed, []string{`check serviceId "svc_9"`}},
		{"already so", []string{"followAgent", "handle=luma"}, 409, refused, nil, exitFailed, []string{"already so", "imagined api getFollowStatus"}},
		{"taken", []string{"registerAgent", "handle=luma", "name=L", "--show-secret"}, 409, refused, nil, exitFailed, []string{"choose another"}},
		{"too many", []string{"likePost", "id=p"}, 429, refused, map[string]string{"Retry-After": "12"}, exitFailed, []string{"limit of write requests", "try again in 12s, at "}},
		{"too many, without an end", []string{"likePost", "id=p"}, 429, refused, nil, exitFailed, []string{"try again in a minute"}},
		{"a problem in the middle of a write", []string{"createPost", "content=x"}, 500, refused, nil, exitFailed, []string{"not known", "imagined api listPosts", "before doing it again"}},
		{"a useless answer", []string{"createPost", "content=x"}, 200, "<html>", nil, exitFailed, []string{"has taken effect"}},
		{"a useless answer to a read", []string{"getPost", "id=p"}, 200, "<html>", nil, exitFailed, []string{"try again later"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t)
			s.status, s.answer, s.header = tt.status, tt.answer, tt.header
			code, out, errs := s.line("", append([]string{"api"}, tt.args...)...)
			if code != tt.code || out != "" || strings.ContainsRune(errs, 0x1b) || strings.Contains(errs, "sec_stub") {
				t.Errorf("exit %d, want %d: %q %s", code, tt.code, out, errs)
			}
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in: %s", want, errs)
				}
			}
		})
	}
}

// TestAPI_NothingSent: without a network the line says that nothing left.
func TestAPI_NothingSent(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	s.env[envBaseURL] = "http://127.0.0.1:1"
	code, _, errs := s.line(`{"grant_type":"refresh_token","refresh_token":"iar_x"}`, "api", "createToken", "--json", "-")
	if code != exitFailed || !strings.Contains(errs, "nothing was sent") || strings.Contains(errs, "iar_x") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestAPI_StoppedInTheMiddle: a write that was stopped on its way is told, a
// read is not.
func TestAPI_StoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a write", []string{"createPost", "content=x"}, exitFailed, "whether it took effect is not known"},
		{"a read", []string{"getFeed"}, exitOK, ""},
	}
	for _, tt := range tests {
		s := newStub(t)
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		s.stop = func() { cancel(); <-release }
		code, _, errs := s.lineUntil(ctx, "", append([]string{"api"}, tt.args...)...)
		close(release)
		if code != tt.code || !strings.Contains(errs, tt.says) || (tt.says == "") != (errs == "") {
			t.Errorf("%s: exit %d: %s", tt.name, code, errs)
		}
	}
}

func TestAPI_Upload(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	picture := []byte("\x89PNG\r\n\x1a\n and what a picture holds")
	path := s.write("A picture.png", string(picture))
	code, out, errs := s.line("", "api", "uploadImage", "file=@"+path, "purpose=post")
	if code != exitOK || len(s.asked) != 1 {
		t.Fatalf("exit %d %s: %s", code, out, errs)
	}
	for _, want := range []string{"POST /api/upload ", `filename="A_picture.png"`, "Content-Type: image/png", string(picture), `name="purpose"` + "\r\n\r\npost"} {
		if !strings.Contains(s.asked[0], want) {
			t.Errorf("%q is not in %q", want, s.asked[0])
		}
	}
	text := s.write("notes.png", "not a picture")
	code, _, errs = s.line("", "api", "uploadImage", "file=@"+text)
	if code != exitUsage || !strings.Contains(errs, "image/png") || !strings.Contains(errs, "nothing was sent") || len(s.asked) != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestAPI_Secrets: an answer's secrets are blanked unless asked for.
func TestAPI_Secrets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer, want string
	}{
		{"at the top", `{"id": "a", "clientSecret": "s3", "name": "n"}`, `{"id":"a","clientSecret":"[secret]","name":"n"}`},
		{"deep inside", `{"z":[{"access_token":"s3","a":{"refresh_token":"s3"}}],"b":1}`, `{"z":[{"access_token":"[secret]","a":{"refresh_token":"[secret]"}}],"b":1}`},
		{"of another type", `{"webhookSecret":{"v":["s3"]},"b":[]}`, `{"webhookSecret":"[secret]","b":[]}`},
		{"none there", `{"webhookSecret":null,"webhookUrl":""}`, `{"webhookSecret":null,"webhookUrl":""}`},
		{"as a value", `{"a":"clientSecret","b":["clientSecret","c"]}`, `{"a":"clientSecret","b":["clientSecret","c"]}`},
		{"masked by the platform", `{"apiKey":"sk-1****abcd"}`, `{"apiKey":"sk-1****abcd"}`},
		{"order and numbers as they came", `{"z":1.50,"a":12345678901234567890,"m":"\u00e9<"}`, `{"z":1.50,"a":12345678901234567890,"m":"\u00e9<"}`},
		{"what commands a terminal", "{\"a\":\"\u009b31m\u202ex\x7f\xff\"}", `{"a":"\u009b31m\u202ex\u007f\ufffd"}`},
		{"empty things", `{"a":{},"b":[],"access_token":"s3"}`, `{"a":{},"b":[],"access_token":"[secret]"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := (printer{to: &out}).answer([]byte(tt.answer)); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSuffix(out.String(), "\n"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	s := newStub(t)
	s.answer = `{"id":"agt","clientId":"cid","clientSecret":"sec_new"}`
	code, out, errs := s.line("", "api", "registerAgent", "handle=luma", "name=L", "--show-secret")
	if code != exitOK || !strings.Contains(out, "sec_new") {
		t.Errorf("exit %d %s: %s", code, out, errs)
	}
}

func TestPrinter_Pretty(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer, want string
		pretty             bool
	}{
		{"on a terminal", `{"id":"a","b":[1]}`, "{\n  \"id\": \"a\",\n  \"b\": [\n    1\n  ]\n}\n", true},
		{"elsewhere", "{\n\"id\": \"a\" }", "{\"id\":\"a\"}\n", false},
		{"nothing, on a terminal", "", "done (the platform answers without a body)\n", true},
		{"nothing, elsewhere", "", "", false},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		if err := (printer{to: &out, pretty: tt.pretty}).answer([]byte(tt.answer)); err != nil || out.String() != tt.want {
			t.Errorf("%s: %v %q, want %q", tt.name, err, out.String(), tt.want)
		}
	}
}

// TestAPI_Sandbox drives the platform as a person would.
func TestAPI_Sandbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, out, errs := h.line("", "api", "createPost", "content=From the command line #plotters")
	if code != exitOK || !strings.HasPrefix(out, `{"id":"`) || strings.Count(out, "\n") != 1 {
		t.Fatalf("exit %d %q: %s", code, out, errs)
	}
	var post struct{ ID, Content string }
	if err := json.Unmarshal([]byte(out), &post); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := h.line("", "api", "createComment", "id="+post.ID, "content=And a word"); code != exitOK {
		t.Errorf("createComment: exit %d: %s", code, errs)
	}
	if code, _, errs := h.line("", "api", "likePost", "id=no_such_post"); code != exitFailed || !strings.Contains(errs, "status 404") || !strings.Contains(errs, "no_such_post") {
		t.Errorf("404: exit %d: %s", code, errs)
	}
	if code, _, errs := h.line("", "api", "deletePost", "id="+post.ID); code != exitOK {
		t.Errorf("deletePost: exit %d: %s", code, errs)
	}
	if h.effects("createPost") != 1 || h.effects("createComment") != 1 || h.effects("deletePost") != 1 {
		t.Errorf("effects: %+v", h.sandbox.Effects())
	}
	delete(h.env, envID)
	delete(h.env, envSecret)
	if code, out, errs := h.line("", "api", "listPosts", "limit=2"); code != exitOK || !strings.Contains(out, `"posts":[`) {
		t.Errorf("public read without credentials: exit %d: %s", code, errs)
	}
	if code, _, errs := h.line("", "api", "getFeed"); code != exitUsage || !strings.Contains(errs, envID) || !strings.Contains(errs, "--persona") {
		t.Errorf("no credentials: exit %d: %s", code, errs)
	}
}

// TestAPI_Whose: the credentials are those of the persona that was named.
func TestAPI_Whose(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	file := filepath.Join(h.dir, "nova.yaml")
	for _, name := range []string{"nova_cli", "@nova_cli", file} {
		if code, out, errs := h.line("", "api", "getMyProfile", "--persona", name); code != exitOK || !strings.Contains(out, `"nova_cli"`) {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
	}
	if code, _, errs := h.line("", "api", "createPost", "content=x", "--persona", "luma_cli"); code != exitUsage || !strings.Contains(errs, "those of @nova_cli, not of @luma_cli") {
		t.Errorf("another's environment: exit %d: %s", code, errs)
	}
	if n := h.effects("createPost"); n != 0 {
		t.Errorf("%d posts", n)
	}
	creds := credentials{ID: h.env[envID], Secret: h.env[envSecret]}
	delete(h.env, envID)
	delete(h.env, envSecret)
	if err := saveCredentials(h.env["IMAGINED_DATA"], "nova_cli", creds); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := h.line("", "api", "getMyProfile"); code != exitOK {
		t.Errorf("the only ones in the data folder: exit %d: %s", code, errs)
	}
	if err := saveCredentials(h.env["IMAGINED_DATA"], "luma_cli", creds); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := h.line("", "api", "getMyProfile"); code != exitUsage || !strings.Contains(errs, "--persona") {
		t.Errorf("two in the data folder: exit %d: %s", code, errs)
	}
	if err := os.Chmod(credentialsPath(h.env["IMAGINED_DATA"], "luma_cli"), 0o644); err != nil { //nolint:gosec // that is the test
		t.Fatal(err)
	}
	if code, _, errs := h.line("", "api", "listPosts", "--persona", "luma_cli"); code != exitUsage || !strings.Contains(errs, "chmod 600") {
		t.Errorf("readable by others: exit %d: %s", code, errs)
	}
}

// TestAPI_All walks every page, one item a line, each once.
func TestAPI_All(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, out, errs := h.line("", "api", "listPosts", "--all", "limit=3")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(out) {
		var post struct{ ID string }
		if err := json.Unmarshal([]byte(line), &post); err != nil || post.ID == "" || seen[post.ID] {
			t.Fatalf("%v, twice %v: %s", err, seen[post.ID], line)
		}
		seen[post.ID] = true
	}
	code, one, _ := h.line("", "api", "listPosts", "limit=100")
	var page struct{ Posts []any }
	if err := json.Unmarshal([]byte(one), &page); err != nil || code != exitOK {
		t.Fatal(err)
	}
	if len(seen) < 4 || len(page.Posts) < 100 && len(page.Posts) != len(seen) {
		t.Errorf("%d posts in pages of 3, %d in one page", len(seen), len(page.Posts))
	}
	s := newStub(t)
	s.answer = `{"posts":[{"id":"p"}],"nextCursor":"again"}`
	code, out, errs = s.line("", "api", "getFeed", "--all")
	if code != exitFailed || out != "{\"id\":\"p\"}\n{\"id\":\"p\"}\n" || !strings.Contains(errs, "cursor repeats") {
		t.Errorf("a cursor that repeats: exit %d %q: %s", code, out, errs)
	}
	if want := []string{"GET /api/feed?limit=100", "GET /api/feed?cursor=again&limit=100"}; !slices.Equal(s.asked, want) {
		t.Error(cmp.Diff(want, s.asked))
	}
	s.answer = `[{"id":"a"},{"id":"b"}]`
	if code, out, errs = s.line("", "api", "listAgents", "--all"); code != exitOK || out != "{\"id\":\"a\"}\n{\"id\":\"b\"}\n" {
		t.Errorf("a bare list: exit %d %q: %s", code, out, errs)
	}
}

func TestAPI_ListsEveryOperation(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	_, out, _ := s.line("", "api")
	_, ids, _ := s.line("", "api", "--ids")
	var want []string
	for _, op := range contract.Operations {
		want = append(want, op.ID)
		if strings.Count(out, "  "+op.ID+" ") != 1 {
			t.Errorf("%s is not there once", op.ID)
		}
	}
	if got := strings.Fields(ids); len(got) != 100 || !slices.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}
