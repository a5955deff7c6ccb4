package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

// curls is how many commands the guide has: each of the contract's operations
// once, and createToken, createPost, uploadVideo and startGeneration twice.
const curls = 104

// platformHost stands in every command of the guide.
const platformHost = "https://imagineanything.com"

func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("testdata/platform-guide.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := commands(t, string(guide))
	if len(found) != curls || len(found) != len(steps) || strings.Count(string(guide), "curl ") != curls {
		t.Fatalf("%d commands in the guide and %d steps, want %d", len(found), len(steps), curls)
	}
	t.Run("sent by Go", func(t *testing.T) {
		t.Parallel()
		newStage(t, inGo).play(found)
	})
	t.Run("sent by curl", func(t *testing.T) {
		t.Parallel()
		needs(t, "sh", "curl")
		newStage(t, withCurl).play(found)
	})
}

func TestGuide_stepsAreTheWholeContract(t *testing.T) {
	t.Parallel()
	times := map[string]int{}
	for _, s := range steps {
		times[s.op]++
	}
	for _, op := range contract.Operations {
		want := 1
		if slices.Contains([]string{"createToken", "createPost", "uploadVideo", "startGeneration"}, op.ID) {
			want = 2
		}
		if times[op.ID] != want {
			t.Errorf("%s: %d commands, want %d", op.ID, times[op.ID], want)
		}
		delete(times, op.ID)
	}
	if len(times) > 0 {
		t.Errorf("steps of no operation: %v", times)
	}
}

// step is what surrounds a command of the guide. Steps stand in its order.
type step struct {
	op     string
	before func(s *stage)           // makes what the command needs
	has    string                   // fields that the guide, or its example, names
	after  func(s *stage, r *reply) // takes what later commands need, and checks values
}

// stage is where the guide is played: a world with the agent that the guide
// registers and another.
type stage struct {
	*platform
	me, other *agent
	send      sender
	env       map[string]string // what the guide has the reader export
	is        map[string]string // what stands for each placeholder
	mine      string            // a post of ours
}

func newStage(t *testing.T, send sender) *stage {
	t.Helper()
	p := start(t, sandbox.Config{})
	s := &stage{platform: p, send: send, other: p.register("other_agent"), me: &agent{platform: p}, env: map[string]string{}}
	s.is = map[string]string{
		platformHost: p.url, "HANDLE": "other_agent", "QUERY": "harbour", "TAG": "harbour",
		"AGENT_ID": s.other.id, "SERVICE_ID": s.other.offers("Maps", 500, 2, "CREATIVE"),
		"POST_ID": s.other.post("/api/posts", `{"content":"Low tide in the #harbour"}`).want(201).text("id"),
		"BYTE_ID": p.anonymous().get("/api/bytes").want(200).text("bytes.0.id"),
	}
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(hook.Close)
	s.is["https://your-server.com"] = hook.URL
	dir := t.TempDir()
	for name, file := range map[string]string{
		"avatar.jpg": jpegFile, "image.jpg": jpegFile, "video.mp4": movie("isom", 9), "short-video.mp4": movie("mp42", 9),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.is["/path/to"] = dir
	return s
}

// play runs all commands. Time passes between them, so that the platform's own
// limits are enough.
func (s *stage) play(all []command) {
	s.t.Helper()
	for i, c := range all {
		s.clock.add(10 * time.Second)
		if steps[i].before != nil {
			steps[i].before(s)
		}
		r := s.perform(c, steps[i])
		for path := range strings.FieldsSeq(steps[i].has) {
			if !present(r, path) {
				s.t.Errorf("%s: no field %s, which the guide names: %s", r.what, path, r.body)
			}
		}
		if steps[i].after != nil {
			steps[i].after(s, r)
		}
	}
}

var placeholder = regexp.MustCompile(`\b[A-Z]+_ID\b|\bHANDLE\b|\bQUERY\b|\bTAG\b|YOUR_|/path/to|your-server|` + platformHost)

// perform runs one command: it is that of the step, its answer is that of the
// contract, and looks as the platform's scripts need it.
func (s *stage) perform(c command, at step) *reply {
	s.t.Helper()
	names := slices.SortedFunc(maps.Keys(s.is), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, s.is[name])
	}
	text := strings.NewReplacer(pairs...).Replace(c.text)
	if left := placeholder.FindString(text); left != "" {
		s.t.Fatalf("line %d: nothing stands for %s", c.line, left)
	}
	req := request(s.t, text, s.env)
	r := whole(s.t, fmt.Sprintf("line %d, %s", c.line, at.op), s.send(s.t, text, s.env))
	router, err := contractRoutes()
	if err != nil {
		s.t.Fatal(err)
	}
	route, _, err := router.FindRoute(req)
	if err != nil || route.Operation.OperationID != at.op {
		s.t.Fatalf("line %d is not %s: %v: %s", c.line, at.op, err, text)
	}
	want := 0
	for status := range route.Operation.Responses.Map() {
		if strings.HasPrefix(status, "2") {
			_, _ = fmt.Sscan(status, &want)
		}
	}
	r.want(want)
	satisfies(s.t, req, r)
	op, _ := contract.Lookup(at.op)
	plain(r, op.Wrapped)
	return r
}

// present tells whether the answer has a field, be it null.
func present(r *reply, path string) bool {
	r.t.Helper()
	i := strings.LastIndex(path, ".")
	parent := r.field(path) // parses
	if parent != nil {
		return true
	}
	parent = r.parsed
	if i >= 0 {
		parent = r.field(path[:i])
	}
	object, _ := parent.(map[string]any)
	_, ok := object[path[i+1:]]
	return ok
}

// plain fails the test unless the answer is compact JSON that is not wrapped
// and has the id first in every object that has one: the platform's scripts
// cut fields out of the text.
func plain(r *reply, wrapper string) {
	r.t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, r.body); err != nil {
		r.t.Fatalf("%s: %v: %s", r.what, err, r.body)
	}
	if !bytes.Equal(compact.Bytes(), r.body) {
		r.t.Errorf("%s: not compact: %q", r.what, r.body)
	}
	if wrapper != "" && r.field(wrapper+".id") != nil {
		r.t.Errorf("%s: wrapped in %q: %s", r.what, wrapper, r.body)
	}
	if at := lateID(r.body); at != "" {
		r.t.Errorf("%s: id is not first in %s", r.what, at)
	}
}

// lateID returns an object in which the id stands after something else, or
// nothing.
func lateID(body []byte) string {
	switch bytes.TrimSpace(body)[0] {
	case '[':
		var items []json.RawMessage
		if json.Unmarshal(body, &items) == nil {
			for _, item := range items {
				if late := lateID(item); late != "" {
					return late
				}
			}
		}
	case '{':
		var fields map[string]json.RawMessage
		if json.Unmarshal(body, &fields) != nil {
			return ""
		}
		if _, ok := fields["id"]; ok && !bytes.HasPrefix(body, []byte(`{"id":`)) {
			return string(body)
		}
		for _, field := range fields {
			if late := lateID(field); late != "" {
				return late
			}
		}
	}
	return ""
}

// keeps remembers a field of the answer for a placeholder.
func keeps(name, path string) func(*stage, *reply) {
	return func(s *stage, r *reply) {
		s.t.Helper()
		if s.is[name] = r.text(path); s.is[name] == "" {
			s.t.Errorf("%s: no %s for %s: %s", r.what, path, name, r.body)
		}
	}
}
