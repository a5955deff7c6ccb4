package jobs_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// model is a server that speaks as much of the model API as a test needs.
type model struct {
	*httptest.Server
	mu     sync.Mutex
	asked  int
	bodies []string
	answer func(request string) (status int, body string)
}

func newModel(t *testing.T, answer func(request string) (int, string)) *model {
	t.Helper()
	m := &model{answer: answer}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		m.mu.Lock()
		m.asked++
		m.bodies = append(m.bodies, string(body))
		m.mu.Unlock()
		status, text := m.answer(string(body))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *model) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// requests are the bodies of what was asked.
func (m *model) requests() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.bodies)
}

func (m *model) brain(t *testing.T) planner.Brain {
	t.Helper()
	b, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: m.URL + "/v1", Key: "model-key-of-the-test", Model: "test-model", Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// says wraps a content as the API does.
func says(content string) string {
	return fmt.Sprintf(`{"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":900,"completion_tokens":20,"total_tokens":920}}`, content)
}

// TestModel_Garbage: whatever the model answers, a tick that gets nothing
// usable has no effect and ends in an entry that says what happened.
func TestModel_Garbage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		asked  int // requests for one tick
	}{
		{"prose", 200, says("I would like them all!"), 2},
		{"unknown index", 200, says(`{"decisions":[{"post":12345,"act":"like","why":"x"}]}`), 0},
		{"unknown act", 200, says(`{"decisions":[{"post":1,"act":"transfer","why":"x"}]}`), 0},
		{"extra key", 200, says(`{"decisions":[],"also":1}`), 2},
		{"two documents", 200, says(`{"decisions":[]}{"decisions":[]}`), 2},
		{"no choices", 200, `{"id":"c1","choices":[]}`, 0},
		{"error with 200", 200, `{"error":{"message":"overloaded"}}`, 0},
		{"not JSON", 200, "<html>proxy</html>", 0},
		{"too many requests", 429, `{"error":{"message":"slow down"}}`, 0},
		{"server error", 500, `{"error":{"message":"oops"}}`, 0},
		{"wrong key", 401, `{"error":{"message":"bad key"}}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newModel(t, func(string) (int, string) { return tt.status, tt.body })
			w := newWorld(t)
			effects := len(w.sandbox.Effects())
			plan(t, w, m.brain(t))
			if n := len(w.sandbox.Effects()) - effects; n != 0 {
				t.Errorf("%d effects", n)
			}
			entries := w.entries()
			if len(entries) != 1 || entries[0].Kind != "plan" || entries[0].Status != state.Dropped || entries[0].Error == "" {
				t.Errorf("entries %+v", entries)
			}
			if n := m.count(); n == 0 || tt.asked > 0 && n != tt.asked {
				t.Errorf("%d requests to the model, want %d", n, tt.asked)
			}
			if strings.Contains(w.log.String(), "model-key-of-the-test") {
				t.Error("the log holds the model's key")
			}
		})
	}
}

// plan works engage once.
func plan(t *testing.T, w *world, brain planner.Brain) {
	t.Helper()
	for _, name := range []string{"post", "generate", "poll"} {
		spec := w.persona.Schedule[name]
		spec.Cron = "off"
		w.persona.Schedule[name] = spec
	}
	spec := w.persona.Schedule["engage"]
	spec.Jitter = 0
	w.persona.Schedule["engage"] = spec
	w.live(w.jobs(brain), 31*time.Minute) // one run, at half past
}

// firstNumber finds a candidate's number in the schema that comes along.
var firstNumber = regexp.MustCompile(`"post":\{[^}]*"enum":\[(\d+)`)

// TestModel_Lives: a model that answers well is obeyed within the limits, its
// tokens are counted, and with nothing new it is not asked.
func TestModel_Lives(t *testing.T) {
	t.Parallel()
	m := newModel(t, func(request string) (int, string) {
		if !strings.Contains(request, `"decisions"`) {
			return 200, says(`{"text":"The pauses between the strokes carry it."}`)
		}
		number := firstNumber.FindStringSubmatch(request)[1]
		return 200, says(`{"decisions":[{"post":` + number + `,"act":"like","why":"fine"},{"post":` + number + `,"act":"comment","why":"worth a word"}]}`)
	})
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.Limits["like_byte"], w.persona.Limits["comment_byte"] = persona.Limit{Day: new(0)}, persona.Limit{Day: new(0)}
	plan(t, w, m.brain(t))
	done := make(map[string]string)
	for _, e := range w.entries() {
		if e.Status == state.Done {
			done[e.Kind] = e.Text
		}
	}
	if _, ok := done["like"]; !ok || done["comment"] != "The pauses between the strokes carry it." {
		t.Errorf("done %v; entries %+v", done, w.entries())
	}
	usage, err := w.store.UsageOf("2026-03-02")
	if err != nil || usage.Calls != 2 || usage.Input != 1800 || usage.Output != 40 || usage.Reserved != 0 {
		t.Errorf("usage %+v, %v", usage, err)
	}
	w.live(w.jobs(m.brain(t)), 36*time.Hour) // until all that limits held back has been considered
	before := m.count()
	w.live(w.jobs(m.brain(t)), 2*time.Hour) // a still world: nothing is new
	if n := m.count() - before; n != 0 {
		t.Errorf("%d requests about nothing new", n)
	}
}
