package sandbox_test

import (
	"bytes"
	"fmt"
	"image/gif"
	"image/png"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
)

// connected registers an agent with all providers.
func (p *platform) connected(handle string) *agent {
	p.t.Helper()
	a := p.register(handle)
	for _, provider := range []string{"OPENAI", "RUNWARE", "GOOGLE_GEMINI", "ELEVENLABS"} {
		a.post("/api/settings/services", fmt.Sprintf(`{"provider":%q,"apiKey":"sk-1234567890abcd"}`, provider)).want(200)
	}
	return a
}

const harbour = `{"provider":"OPENAI","generationType":"image","prompt":"a harbour","content":"My #harbour"}`

func TestServer_connectedServices(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	a.get("/api/settings/services").want(200).has("services", "[]").has("availableProviders", `["ELEVENLABS","GOOGLE_GEMINI","OPENAI","RUNWARE"]`)
	a.post("/api/generate", harbour).refused(400, "not connected")
	first := a.post("/api/settings/services", `{"provider":"OPENAI","apiKey":"sk-1234567890abcd"}`).want(200).has("apiKey", `"sk-1...abcd"`).has("isActive", "true")
	a.post("/api/settings/services", `{"provider":"OPENAI","apiKey":"short"}`).want(200).has("apiKey", `"..."`).has("id", fmt.Sprintf("%q", first.text("id")))
	if n := len(a.get("/api/settings/services").want(200).list("services")); n != 1 {
		t.Errorf("%d services, want the one replaced", n)
	}
	a.post("/api/settings/services", `{"provider":"ACME","apiKey":"x"}`).refused(400, "provider")
	p.anonymous().get("/api/settings/services").refused(401, "token")
	p.anonymous().post("/api/settings/services", `{"provider":"OPENAI","apiKey":"x"}`).refused(401, "token")
	p.effects("connectService", "connectService")
	var saved bytes.Buffer
	if err := p.server.Save(&saved); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(saved.String(), "1234567890") || strings.Contains(saved.String(), a.secret) {
		t.Error("a key or a client secret is in the saved world")
	}
}

func TestServer_generationFromStartToPost(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{GenerationTime: 6 * time.Second})
	a := p.connected("nova_bot")
	job := a.post("/api/generate", harbour).want(202).has("status", `"pending"`).text("jobId")
	for _, want := range []string{"pending", "generating", "uploading"} {
		r := a.get("/api/generate/pending").want(200).has("jobs.0.status", fmt.Sprintf("%q", want)).has("jobs.0.id", fmt.Sprintf("%q", job))
		r.has("jobs.0.postId", "null").has("jobs.0.resultUrl", "null").has("jobs.0.postContent", `"My #harbour"`)
		p.clock.add(2 * time.Second)
	}
	a.get("/api/generate/pending").want(200).has("jobs", "[]")
	r := a.get("/api/generate/history").want(200).has("jobs.0.id", fmt.Sprintf("%q", job)).has("jobs.0.status", `"completed"`).
		has("jobs.0.completedAt", `"2026-03-01T12:00:06.000Z"`).has("jobs.0.retryCount", "0")

	post := a.get("/api/posts/"+r.text("jobs.0.postId")).want(200).has("content", `"My #harbour"`).has("mediaType", `"IMAGE"`).
		has("hashtags", `["harbour"]`).has("agent.handle", `"nova_bot"`).has("createdAt", `"2026-03-01T12:00:06.000Z"`)
	address := post.text("mediaUrls.0")
	if address != r.text("jobs.0.resultUrl") || !strings.HasPrefix(address, p.url+"/media/") {
		t.Errorf("media %q, result %q", address, r.text("jobs.0.resultUrl"))
	}
	picture, err := png.Decode(bytes.NewReader(p.anonymous().get(strings.TrimPrefix(address, p.url)).want(200).body))
	if err != nil || picture.Bounds().Dx() != 256 {
		t.Errorf("the picture: %v, %v", picture, err)
	}
	a.post("/api/generate/"+job+"/retry", "").refused(400, "completed")
	if e := p.server.Effects()[5]; e.Op != "startGeneration" || e.ID != job || e.Text != "a harbour" {
		t.Errorf("effect %+v", e)
	}
}

func TestServer_generationPassesMissedStagesAtTheirTimes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{GenerationTime: 6 * time.Second})
	a := p.connected("nova_bot")
	a.post("/api/generate", harbour).want(202)
	p.clock.add(time.Hour)
	a.signIn()
	a.get("/api/generate/history").want(200).has("jobs.0.completedAt", `"2026-03-01T12:00:06.000Z"`)
}

func TestServer_generationRefused(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.connected("nova_bot")
	tests := []struct{ name, body, says string }{
		{name: "pair outside the matrix", body: `{"provider":"OPENAI","generationType":"music","prompt":"x"}`, says: "music"},
		{name: "unknown provider", body: `{"provider":"ACME","generationType":"image","prompt":"x"}`, says: "provider"},
		{name: "no prompt", body: `{"provider":"OPENAI","generationType":"image"}`, says: "prompt"},
		{name: "long prompt", body: `{"provider":"OPENAI","generationType":"image","prompt":"` + strings.Repeat("x", 1001) + `"}`, says: "prompt"},
		{name: "long content", body: `{"provider":"OPENAI","generationType":"image","prompt":"x","content":"` + strings.Repeat("x", 501) + `"}`, says: "content"},
		{name: "bad parameter", body: `{"provider":"RUNWARE","generationType":"video","prompt":"x","params":{"aspectRatio":"4:3"}}`, says: "aspectRatio"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := *a
			b.platform = &platform{t: t, url: p.url}
			b.post("/api/generate", tt.body).refused(400, tt.says)
		})
	}
	for range 3 {
		a.post("/api/generate", harbour).want(202)
	}
	a.post("/api/generate", harbour).refused(400, "3 jobs")
	p.connected("luma_bot").post("/api/generate", harbour).want(202)
	p.clock.add(6 * time.Second)
	a.post("/api/generate", harbour).want(202)
	p.anonymous().post("/api/generate", harbour).refused(401, "token")
}

func TestServer_generationFailsAndIsRetried(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{FailGenerations: 1})
	a, b := p.connected("nova_bot"), p.connected("luma_bot")
	job := a.post("/api/generate", harbour).want(202).text("jobId")
	retry := "/api/generate/" + job + "/retry"
	a.post(retry, "").refused(400, "pending")
	for i := range 3 {
		p.clock.add(6 * time.Second)
		r := a.get("/api/generate/pending").want(200).has("jobs.0.status", `"failed"`).has("jobs.0.retryCount", fmt.Sprint(i))
		if r.text("jobs.0.errorMessage") == "" {
			t.Error("a failed job does not say why")
		}
		a.post(retry, "").want(200).has("status", `"pending"`).has("retryCount", fmt.Sprint(i+1))
		a.get("/api/generate/pending").want(200).has("jobs.0.errorMessage", "null")
	}
	p.clock.add(6 * time.Second)
	a.post(retry, "").refused(400, "retries")
	b.post(retry, "").refused(403, "started")
	b.post("/api/generate/job_none/retry", "").refused(404, "Job")
	p.anonymous().post(retry, "").refused(401, "token")
	a.get("/api/generate/history").want(200).has("jobs.0.status", `"failed"`).has("jobs.0.postId", "null")
	p.clock.add(50 * time.Minute)
	a.get("/api/generate/pending").want(200).has("jobs.0.status", `"failed"`)
	p.clock.add(10 * time.Minute)
	a.signIn()
	a.get("/api/generate/pending").want(200).has("jobs", "[]")
	if posts := a.get("/api/agents/nova_bot").want(200); posts.field("postCount") != 0.0 {
		t.Error("a failed generation made a post")
	}
}

func TestServer_generationTimesOut(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{GenerationTime: 12 * time.Minute})
	a := p.connected("nova_bot")
	job := a.post("/api/generate", harbour).want(202).text("jobId")
	p.clock.add(5*time.Minute - time.Second)
	a.get("/api/generate/pending").want(200).has("jobs.0.status", `"generating"`)
	p.clock.add(time.Second)
	a.get("/api/generate/pending").want(200).has("jobs.0.status", `"failed"`).has("jobs.0.errorMessage", `"Timed out after 5 minutes"`)
	// The stages of the first attempt must not move the second.
	a.post("/api/generate/"+job+"/retry", "").want(200)
	p.clock.add(3*time.Minute + time.Second)
	a.get("/api/generate/pending").want(200).has("jobs.0.status", `"pending"`)
}

func TestServer_generationKinds(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.connected("nova_bot")
	tests := []struct {
		provider, kind, media, contentType string
	}{
		{provider: "RUNWARE", kind: "video", media: "VIDEO", contentType: "image/gif"},
		{provider: "ELEVENLABS", kind: "music", media: "TEXT", contentType: "audio/wav"},
		{provider: "ELEVENLABS", kind: "voice", media: "TEXT", contentType: "audio/wav"},
		{provider: "ELEVENLABS", kind: "sound_effect", media: "TEXT", contentType: "audio/wav"},
		{provider: "GOOGLE_GEMINI", kind: "image", media: "IMAGE", contentType: "image/png"},
	}
	for _, tt := range tests {
		a.get("/api/generate/models?provider="+tt.provider+"&type="+tt.kind).want(200).has("models.0.isDefault", "true")
		a.post("/api/generate", fmt.Sprintf(`{"provider":%q,"generationType":%q,"prompt":"waves"}`, tt.provider, tt.kind)).want(202)
		p.clock.add(6 * time.Second)
		r := a.get("/api/posts?limit=1").want(200).has("posts.0.mediaType", fmt.Sprintf("%q", tt.media))
		file := a.get(strings.TrimPrefix(r.text("posts.0.mediaUrls.0"), p.url)).want(200)
		if got := file.header.Get("Content-Type"); got != tt.contentType {
			t.Errorf("%s: content type %q, want %q", tt.kind, got, tt.contentType)
		}
		switch tt.contentType {
		case "image/gif":
			if film, err := gif.DecodeAll(bytes.NewReader(file.body)); err != nil || len(film.Image) < 2 {
				t.Errorf("the film: %v", err)
			}
		case "audio/wav":
			if !bytes.HasPrefix(file.body, []byte("RIFF")) || len(file.body) < 10_000 {
				t.Errorf("%s: %d bytes that begin %q", tt.kind, len(file.body), file.body[:4])
			}
		}
	}
	a.get("/api/generate/models?provider=OPENAI&type=video").refused(400, "video")
	a.get("/api/generate/models?provider=OPENAI").refused(400, "type")
	r := a.get("/api/generate/history?limit=2").want(200).has("hasMore", "true")
	a.get("/api/generate/history?limit=100&cursor="+r.text("nextCursor")).want(200).has("jobs.2.type", `"video"`).has("hasMore", "false")
	for _, path := range []string{"pending", "history", "models?provider=OPENAI&type=image"} {
		p.anonymous().get("/api/generate/"+path).refused(401, "token")
	}
	p.anonymous().get("/media/image-0123456789abcdef.wav").want(404)
}
