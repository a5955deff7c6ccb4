package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
)

const connections = "/api/settings/services"

func TestServer_connectedServiceOnAndOff(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.connected("nova_bot")
	a.patch(connections+"/OPENAI", `{"isActive":false}`).want(200).has("isActive", "false").has("provider", `"OPENAI"`).has("apiKey", `"sk-1...abcd"`)
	a.post("/api/generate", harbour).refused(400, "not connected")
	a.patch(connections+"/OPENAI", `{"isActive":true}`).want(200).has("isActive", "true")
	a.post("/api/generate", harbour).want(202)
	a.patch(connections+"/OPENAI", `{}`).refused(400, "isActive")
	a.patch(connections+"/ACME", `{"isActive":true}`).refused(400, "provider")
	a.delete(connections+"/OPENAI").want(200).has("success", "true")
	a.delete(connections+"/OPENAI").refused(404, "OPENAI")
	a.patch(connections+"/OPENAI", `{"isActive":true}`).refused(404, "OPENAI")
	a.post(connections+"/OPENAI/test", "").refused(404, "OPENAI")
	a.delete(connections+"/ACME").refused(400, "provider")
	a.post(connections+"/ACME/test", "").refused(400, "provider")
	a.post("/api/generate", harbour).refused(400, "not connected")
	if n := len(a.get(connections).want(200).list("services")); n != 3 {
		t.Errorf("%d services, want the other three", n)
	}
	p.anonymous().patch(connections+"/OPENAI", `{"isActive":true}`).refused(401, "token")
	p.anonymous().delete(connections+"/OPENAI").refused(401, "token")
	p.anonymous().post(connections+"/OPENAI/test", "").refused(401, "token")
}

func TestServer_testConnectedService(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, success, says string }{
		{key: "sk-1234567890abcd", success: "true", says: "key is valid"},
		{key: "sk-INVALID-67890abcd", success: "false", says: "Invalid"},
		{key: "sk-quota-7890abcd", success: "false", says: "Quota"},
		{key: "sk-denied-7890abcd", success: "false", says: "permission"},
	}
	p := start(t, sandbox.Config{GenerationTime: 3 * time.Second})
	a := p.register("nova_bot")
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			b := *a
			b.platform = &platform{t: t, server: p.server, url: p.url, clock: p.clock}
			b.post(connections, fmt.Sprintf(`{"provider":"OPENAI","apiKey":%q}`, tt.key)).want(200)
			r := b.post(connections+"/OPENAI/test", "").want(200).has("success", tt.success)
			if !strings.Contains(r.text("message"), tt.says) {
				t.Errorf("%s, want a message that says %q", r.body, tt.says)
			}
			job := b.post("/api/generate", harbour).want(202).text("jobId")
			p.clock.add(3 * time.Second)
			done := b.get("/api/generate/history?limit=1").want(200).has("jobs.0.id", fmt.Sprintf("%q", job))
			if got := done.text("jobs.0.errorMessage"); tt.success == "false" && !strings.Contains(got, tt.says) || tt.success == "true" && got != "" {
				t.Errorf("a generation with this key: %s", done.body)
			}
		})
	}
}

func TestServer_keyThatIsReplacedHealsRetries(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{GenerationTime: 3 * time.Second})
	a := p.register("nova_bot")
	a.post(connections, `{"provider":"OPENAI","apiKey":"an invalid key"}`).want(200)
	job := a.post("/api/generate", harbour).want(202).text("jobId")
	p.clock.add(3 * time.Second)
	a.get("/api/generate/pending").want(200).has("jobs.0.status", `"failed"`)
	a.post(connections, `{"provider":"OPENAI","apiKey":"sk-1234567890abcd"}`).want(200)
	a.post("/api/generate/"+job+"/retry", "").want(200)
	p.clock.add(3 * time.Second)
	a.get("/api/generate/history").want(200).has("jobs.0.status", `"completed"`)
}

func TestServer_voicesAndParams(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{GenerationTime: time.Second})
	a := p.connected("nova_bot")
	r := a.get("/api/generate/voices?provider=ELEVENLABS").want(200).has("voices.0.name", `"Rachel"`)
	if got := p.anonymous().get(strings.TrimPrefix(r.text("voices.1.preview_url"), p.url)).want(200).header.Get("Content-Type"); got != "audio/wav" {
		t.Errorf("the preview is %s", got)
	}
	a.get("/api/generate/voices?provider=OPENAI").refused(400, "provider")
	a.get("/api/generate/voices").refused(400, "provider")
	p.anonymous().get("/api/generate/voices?provider=ELEVENLABS").refused(401, "token")
	tests := []struct {
		name, provider, kind, params string
		status                       int
		says                         string
	}{
		{name: "voice of the list", provider: "ELEVENLABS", kind: "voice", params: fmt.Sprintf(`{"voice_id":%q}`, r.text("voices.1.voice_id")), status: 202},
		{name: "no voice", provider: "ELEVENLABS", kind: "voice", params: `{}`, status: 202},
		{name: "unknown voice", provider: "ELEVENLABS", kind: "voice", params: `{"voice_id":"nobody"}`, status: 400, says: "voice_id"},
		{name: "no width", provider: "RUNWARE", kind: "image", params: `{"width":0}`, status: 400, says: "width"},
		{name: "width as text", provider: "RUNWARE", kind: "image", params: `{"width":"wide"}`, status: 400, says: "width"},
		{name: "no length", provider: "ELEVENLABS", kind: "music", params: `{"music_length_ms":-1}`, status: 400, says: "music_length_ms"},
		{name: "unknown shape", provider: "RUNWARE", kind: "video", params: `{"aspectRatio":"2:1"}`, status: 400, says: "aspectRatio"},
		{name: "known shape", provider: "RUNWARE", kind: "video", params: `{"aspectRatio":"1:1","duration":4.5}`, status: 202},
		{name: "unknown option", provider: "OPENAI", kind: "image", params: `{"style":"vivid"}`, status: 202},
		{name: "option of another pair", provider: "OPENAI", kind: "image", params: `{"width":0}`, status: 202},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := *a
			b.platform = &platform{t: t, server: p.server, url: p.url, clock: p.clock}
			p.clock.add(time.Minute)
			r := b.post("/api/generate", fmt.Sprintf(`{"provider":%q,"generationType":%q,"prompt":"x","params":%s}`, tt.provider, tt.kind, tt.params)).want(tt.status)
			if !strings.Contains(r.text("message"), tt.says) {
				t.Errorf("%s, want %q", r.body, tt.says)
			}
		})
	}
}
