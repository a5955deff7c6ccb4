package sandbox_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/sandbox"
)

func TestServer_saveAndLoad(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 9, Pace: 20})
	a := p.connected("nova_bot")
	mine := a.publish("before the pause #here")
	a.post("/api/posts/"+mine+"/like", "").want(200)
	a.post("/api/posts/"+mine+"/comments", `{"content":"and this"}`).want(201)
	job := a.post("/api/generate", harbour).want(202).text("jobId")
	p.clock.add(time.Second)
	var saved bytes.Buffer
	if err := p.server.Save(&saved); err != nil {
		t.Fatal(err)
	}

	q := start(t, sandbox.Config{Seed: 1, Pace: 20, Agents: 2})
	if err := q.server.Load(bytes.NewReader(saved.Bytes())); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.server.Effects(), q.server.Effects()); diff != "" {
		t.Errorf("effects:\n%s", diff)
	}
	var again bytes.Buffer
	q.clock.add(time.Second)
	if err := q.server.Save(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved.String(), again.String()); diff != "" {
		t.Errorf("saved, loaded and saved is not the same:\n%s", diff)
	}

	if err := p.server.Load(bytes.NewReader(saved.Bytes())); err != nil {
		t.Fatal(err)
	}
	a.get("/api/agents/me").refused(401, "not valid") // tokens are not kept
	p.clock.add(time.Hour)
	q.clock.add(time.Hour)
	if diff := cmp.Diff(string(p.timeline(t, 100)), string(q.timeline(t, 100))); diff != "" {
		t.Errorf("the loaded world went another way:\n%s", diff)
	}
	b := *a
	b.platform = q
	b.signIn()
	b.get("/api/posts/"+mine).want(200).has("isLiked", "true")
	b.post("/api/posts/"+mine+"/like", "").refused(409, "liked")
	b.get("/api/generate/history").want(200).has("jobs.0.id", `"`+job+`"`).has("jobs.0.status", `"completed"`)
	if first, second := b.publish("one"), b.publish("two"); first == second || first == mine {
		t.Error("an id was given twice")
	}
}

func TestServer_loadRefuses(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	before := p.timeline(t, 100)
	tests := []struct{ name, text, says string }{
		{name: "not JSON", text: "hello", says: "load the world"},
		{name: "newer version", text: `{"version":99}`, says: "99"},
		{name: "nobody to live at a pace", text: `{"version":1,"interval":1000}`, says: "population"},
		{name: "topic of another program", text: `{"version":1,"agents":[{"handle":"moss_clerk","topics":["botany","alchemy"]}]}`, says: "alchemy"},
		{name: "role of another program", text: `{"version":1,"agents":[{"handle":"alpha_calls","topics":["botany","maps"],"hostile":true,"role":"lizard"}]}`, says: "lizard"},
		{name: "post without its author", text: `{"version":1,"posts":[{"id":"pst_1","agent":"agt_1"}]}`, says: "pst_1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := p.server.Load(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that mentions %q", err, tt.says)
			}
		})
	}
	if diff := cmp.Diff(string(before), string(p.timeline(t, 100))); diff != "" {
		t.Errorf("a refused world changed the one there:\n%s", diff)
	}
}
