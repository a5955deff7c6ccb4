package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"imagined/apiclient"
)

func isAnswer(err error) bool { return errors.Is(err, apiclient.ErrAnswer) }

// truncated promises more than it sends.
func truncated(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id":"pst_1",`)
}

// huge sends 20 MB, or as much of it as anybody reads.
func huge(sent *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		chunk := strings.Repeat(" ", 1<<20)
		for range 20 {
			n, err := io.WriteString(w, chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

func TestAnswer_Unusable(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	tests := []struct {
		name   string
		answer http.HandlerFunc
		reads  int // requests that a read takes
		only   string
	}{
		{name: "truncated", answer: truncated, reads: 4},
		{name: "html", answer: always(200, "<html>Sign in to the hotel"), reads: 1},
		{name: "20 MB", answer: huge(&sent), reads: 1},
		{name: "wrong type", answer: always(200, `{"id":7}`), reads: 1},
		{name: "wrong time", answer: always(200, `{"id":"pst_1","createdAt":"yesterday"}`), reads: 1},
		{name: "array", answer: always(200, `[]`), reads: 1},
		{name: "deep", answer: always(200, strings.Repeat(`{"repostOf":`, 20000)), reads: 1},
		{name: "other object", answer: always(200, `{"error":"maintenance"}`), reads: 1, only: "read"},
		{name: "null", answer: always(200, `null`), reads: 1, only: "read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, tt.answer)
			c := p.client(t)
			_, err := c.Post(t.Context(), "pst_1")
			if !isAnswer(err) || apiclient.NotSent(err) {
				t.Errorf("read: got %v, want ErrAnswer", err)
			}
			if got := len(p.seen()); got != tt.reads {
				t.Errorf("read: got %d requests, want %d", got, tt.reads)
			}
			post, err := c.CreatePost(t.Context(), apiclient.NewPost{Content: "Hi"})
			if isAnswer(err) != (tt.only == "") || apiclient.NotSent(err) || post.ID != "" {
				t.Errorf("write: got %+v, %v, want ErrAnswer and nothing", post, err)
			}
			if got := len(p.seen()); got != tt.reads+1 {
				t.Errorf("write: got %d requests, want 1", got-tt.reads)
			}
		})
	}
	// The sockets' buffers hold some that nobody read.
	t.Cleanup(func() {
		if got := sent.Load(); got > 2*(14<<20) {
			t.Errorf("%d bytes of two 20 MB answers were taken", got)
		}
	})
}

// A page without its list is not an empty page: a read-back would take it for
// proof of absence.
func TestAnswer_PageWithoutList(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"posts":null,"comments":null,"likes":null,"jobs":null,"services":null,"models":null,"hashtags":null}`, `{"ok":true}`} {
		p := newPlatform(t, always(200, body))
		c := p.client(t)
		lists := map[string]func() error{
			"Feed":               func() error { _, err := collect(c.Feed(t.Context())); return err },
			"Comments":           func() error { _, err := collect(c.Comments(t.Context(), "p")); return err },
			"PostLikes":          func() error { _, err := collect(c.PostLikes(t.Context(), "p")); return err },
			"GenerationHistory":  func() error { _, err := collect(c.GenerationHistory(t.Context())); return err },
			"PendingGenerations": func() error { _, err := c.PendingGenerations(t.Context()); return err },
			"ConnectedServices":  func() error { _, err := c.ConnectedServices(t.Context()); return err },
			"GenerationModels":   func() error { _, err := c.GenerationModels(t.Context(), "OPENAI", "image"); return err },
			"TrendingHashtags":   func() error { _, err := c.TrendingHashtags(t.Context()); return err },
		}
		for name, list := range lists {
			if err := list(); !isAnswer(err) {
				t.Errorf("%s answered with %s: got %v, want ErrAnswer", name, body, err)
			}
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	pageOf := func(id, next string) string {
		return fmt.Sprintf(`{"posts":[%s],"nextCursor":%s,"hasMore":true}`, strings.Replace(postJSON, "pst_1", id, 1), next)
	}
	tests := []struct {
		name     string
		pages    map[string]string // by cursor
		want     string
		requests int
		looping  bool
	}{
		{name: "two pages", pages: map[string]string{"": pageOf("a", `"2"`), "2": pageOf("b", `null`)}, want: "a b", requests: 2},
		{name: "empty page in between", pages: map[string]string{"": pageOf("a", `"2"`), "2": `{"posts":[],"nextCursor":"3"}`, "3": pageOf("c", `""`)}, want: "a c", requests: 3},
		{name: "the same cursor", pages: map[string]string{"": pageOf("a", `"2"`), "2": pageOf("b", `"2"`)}, want: "a b", requests: 2, looping: true},
		{name: "a loop of two", pages: map[string]string{"": pageOf("a", `"2"`), "2": pageOf("b", `"3"`), "3": pageOf("c", `"2"`)}, want: "a b c", requests: 3, looping: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) { reply(w, 200, tt.pages[r.URL.Query().Get("cursor")]) })
			c := p.client(t)
			got, err := collect(c.Feed(t.Context()))
			if err != nil || ids(got) != tt.want {
				t.Errorf("got %s, %v, want %s", ids(got), err, tt.want)
			}
			if n := len(p.seen()); n != tt.requests {
				t.Errorf("got %d requests, want %d", n, tt.requests)
			}
			got, err = collect(c.Feed(apiclient.Complete(t.Context())))
			if errors.Is(err, apiclient.ErrIncomplete) != tt.looping || ids(got) != tt.want {
				t.Errorf("under Complete: got %s, %v, want %s and an error: %t", ids(got), err, tt.want, tt.looping)
			}
		})
	}
}

func ids(posts []apiclient.Post) string {
	var all []string
	for _, p := range posts {
		all = append(all, p.ID)
	}
	return strings.Join(all, " ")
}

// A page is fetched only when somebody asks for what is on it.
func TestPages_Lazy(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	p := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, fmt.Sprintf(`{"posts":[%s],"nextCursor":"c%d"}`, postJSON, n.Add(1)))
	})
	list := p.client(t).Feed(t.Context())
	if got := len(p.seen()); got != 0 {
		t.Errorf("got %d requests before the first item, want 0", got)
	}
	for _, err := range list {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if got := len(p.seen()); got != 1 {
		t.Errorf("got %d requests for one item, want 1", got)
	}
}

// A list that never ends does not keep anybody for ever.
func TestPages_Endless(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	p := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, fmt.Sprintf(`{"posts":[],"nextCursor":"c%d"}`, min(n.Add(1), 1500)))
	})
	_, err := collect(p.client(t).Feed(apiclient.Complete(t.Context())))
	if got := len(p.seen()); got != 1000 || !errors.Is(err, apiclient.ErrIncomplete) {
		t.Errorf("got %v after %d pages, want ErrIncomplete after 1000", err, got)
	}
}

// An error is yielded once, after the items before it.
func TestPages_Error(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") != "" {
			reply(w, 404, `{"error":"not_found"}`)
			return
		}
		reply(w, 200, `{"posts":[`+postJSON+`],"nextCursor":"2"}`)
	})
	var seen []string
	for post, err := range p.client(t).Feed(t.Context()) {
		seen = append(seen, fmt.Sprintf("%s %t", post.ID, errors.Is(err, apiclient.ErrNotFound)))
	}
	if got, want := strings.Join(seen, ", "), "pst_1 false,  true"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(201, postJSON))
	c := p.client(t)
	create := func(s string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := c.CreatePost(ctx, apiclient.NewPost{Content: s})
			return err
		}
	}
	comment := func(s string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := c.CreateComment(ctx, "p", apiclient.NewComment{Content: s})
			return err
		}
	}
	generate := func(prompt, content string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := c.StartGeneration(ctx, apiclient.NewGeneration{Prompt: prompt, Content: content})
			return err
		}
	}
	tests := []struct {
		name  string
		call  func(context.Context) error
		field string // "" when it is sent
		got   int
	}{
		{name: "post of 500", call: create(strings.Repeat("é", 500))},
		{name: "post of 501", call: create(strings.Repeat("é", 501)), field: "content", got: 501},
		{name: "post of 251 pairs", call: create(strings.Repeat("🌊", 251)), field: "content", got: 502},
		{name: "empty post", call: create(""), field: "content"},
		{name: "comment of 1000", call: comment(strings.Repeat("x", 1000))},
		{name: "comment of 1001", call: comment(strings.Repeat("x", 1001)), field: "content", got: 1001},
		{name: "empty comment", call: comment(""), field: "content"},
		{name: "prompt of 1000", call: generate(strings.Repeat("x", 1000), "")},
		{name: "prompt of 1001", call: generate(strings.Repeat("x", 1001), ""), field: "prompt", got: 1001},
		{name: "no prompt", call: generate("", ""), field: "prompt"},
		{name: "content of 501", call: generate("x", strings.Repeat("x", 501)), field: "content", got: 501},
		{name: "bio of 501", field: "bio", got: 501, call: func(ctx context.Context) error {
			_, err := c.Register(ctx, apiclient.NewAgent{Handle: "nova", Name: "N", Bio: strings.Repeat("x", 501)})
			return err
		}},
		{name: "four images", call: func(ctx context.Context) error {
			_, err := c.CreatePost(ctx, apiclient.NewPost{Content: "x", MediaIDs: make([]string, 4)})
			return err
		}},
		{name: "five images", field: "mediaIds", got: 5, call: func(ctx context.Context) error {
			_, err := c.CreatePost(ctx, apiclient.NewPost{Content: "x", MediaIDs: make([]string, 5)})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(p.seen())
			err := tt.call(t.Context())
			field, _ := errors.AsType[*apiclient.FieldError](err)
			if tt.field == "" {
				if err != nil || len(p.seen()) != before+1 {
					t.Fatalf("got %v, want it sent", err)
				}
				return
			}
			if field == nil || field.Field != tt.field || field.Got != tt.got || !apiclient.NotSent(err) || len(p.seen()) != before {
				t.Errorf("got %#v in %v, want %s of %d, not sent", field, err, tt.field, tt.got)
			}
		})
	}
}

// Ids come from the platform and must not lead to another path.
func TestPath_Refused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(200, `{}`))
	c := p.client(t)
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.LikePost(t.Context(), id); !apiclient.NotSent(err) {
			t.Errorf("id %q: got %v, want it refused", id, err)
		}
	}
	if _, err := c.LikePost(t.Context(), "../../settings?x=\r\n#"); err != nil {
		t.Fatal(err)
	}
	if got, want := p.seen()[0].Path, "/api/posts/..%2F..%2Fsettings%3Fx=%0D%0A%23/like"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// inMemory answers every request with the same bytes.
type inMemory []byte

func (b inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	body := string(b)
	if req.URL.Path == "/api/auth/token" {
		body = `{"access_token":"t","token_type":"Bearer","expires_in":3600}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"posts":[` + firstText + `],"comments":[` + commentText + `],"nextCursor":"x"}`,
		firstText, `{"post":` + firstText + `}`, `{"comment":` + commentText + `}`, `{"posts":[null,{}],"comments":[{"agent":null}]}`,
		`{"media_id":"m","fields":{"id":1}}`, `{"axp":{"total":1},"history":[null]}`, `{"followers":[{}]}`, `{"conversations":[{"lastMessage":null}]}`, `{"current":{},"previous":{},"changes":{"a":null}}`,
		`null`, `[]`, ``, `{"posts":{}}`, `<html>`, `{"post":{"repostOf":{"repostOf":{}}}}`, `{"post":{"mentions":[null,"@"]}}`, "\x00\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v := newVirtual()
		c, err := apiclient.New(apiclient.Config{ID: "i", Secret: "s", Transport: inMemory(body), Now: v.Now, Sleep: v.Sleep})
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 10)
		_, errs[0] = collect(c.Feed(t.Context()))
		_, errs[1] = collect(c.Comments(t.Context(), "p"))
		_, errs[2] = c.CreatePost(t.Context(), apiclient.NewPost{Content: "x"})
		post, err := c.Post(t.Context(), "p")
		errs[3] = err
		_, errs[4] = c.UploadImage(t.Context(), png())
		_, errs[5] = c.XP(t.Context(), "luma")
		_, errs[6] = collect(c.Followers(t.Context(), "luma"))
		_, errs[7] = collect(c.Conversations(t.Context()))
		_, errs[8] = c.AnalyticsOverview(t.Context(), "")
		_, errs[9] = c.Call(t.Context(), lookup(t, "getPost"), apiclient.Call{Path: map[string]string{"postId": "p"}})
		for i, err := range errs {
			if err != nil && !isAnswer(err) {
				t.Errorf("call %d: got %v, want ErrAnswer", i, err)
			}
		}
		if err == nil && post.ID == "" {
			t.Error("a post without an id was taken for one")
		}
	})
}
