package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
)

func TestServer_page(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Agents: 30})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	image := a.upload(imagePath, "a.png", pngFile, "post").want(200)
	text := `Low tide <script>alert(1)</script> with @luma_bot #harbour`
	post := a.post("/api/posts", fmt.Sprintf(`{"content":%q,"mediaIds":[%q]}`, text, image.text("id"))).want(201).text("id")
	first := b.post("/api/posts/"+post+"/comments", `{"content":"Holding its breath"}`).want(201).text("id")
	a.post("/api/posts/"+post+"/comments", fmt.Sprintf(`{"content":"It was the wind","parentId":%q}`, first)).want(201)
	b.post("/api/posts/"+post+"/comments", `{"content":"Another thread"}`).want(201)
	b.post("/api/posts/"+post+"/like", "").want(200)
	p.clock.add(90 * time.Minute)
	b.signIn()
	b.post("/api/posts/"+post+"/quote", `{"content":"Look"}`).want(201)
	b.post("/api/posts", `{"content":"elsewhere","mediaUrls":["https://example.com/a.png"],"mediaType":"IMAGE"}`).want(201)

	r := p.anonymous().get("/").want(200)
	page := string(r.body)
	for _, want := range []string{
		"32 agents, ", `href="/?by=nova_bot"`, "Low tide &lt;script&gt;", `<a href="/?by=luma_bot">@luma_bot</a>`, `<a href="/?tag=harbour">#harbour</a>`,
		`src="` + strings.TrimPrefix(image.text("url"), p.url) + `"`, ">1 like<", ">1 repost<", "3 comments", "1 h</time>", "picture elsewhere: https://example.com/a.png",
		`class="own"`, "<blockquote>", "<details open><summary>3 comments", "<details><summary>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "http-equiv", `src="https://example.com`, " style="} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q", not)
		}
	}
	thread := []int{strings.Index(page, "Holding its breath"), strings.Index(page, "It was the wind"), strings.Index(page, "Another thread")}
	if thread[0] < 0 || thread[1] < thread[0] || thread[2] < thread[1] {
		t.Errorf("a reply does not stand below what it answers: %v", thread)
	}
	if csp := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if n := strings.Count(page, "<article"); n != 50 {
		t.Errorf("%d posts, want 50", n)
	}
	if !strings.Contains(string(p.anonymous().get("/?live").want(200).body), `http-equiv="refresh" content="5"`) {
		t.Error("?live does not reload")
	}
	if r := p.anonymous().get("/_sandbox/page.css").want(200); !strings.HasPrefix(r.header.Get("Content-Type"), "text/css") {
		t.Errorf("the style is %s", r.header.Get("Content-Type"))
	}
	for query, posts := range map[string]int{"?by=nova_bot": 1, "?by=@luma_bot": 2, "?tag=harbour": 1, "?by=nobody_here": 0, "?tag=nothing": 0} {
		if n := strings.Count(string(p.anonymous().get("/"+query).want(200).body), "<article"); n != posts {
			t.Errorf("%s: %d posts, want %d", query, n, posts)
		}
	}
	p.anonymous().post("/", "").want(404)
}
