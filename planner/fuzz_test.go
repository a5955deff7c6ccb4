package planner_test

import (
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// wired answers in process: a fuzzer has no time for sockets.
type wired func(req *http.Request) *http.Response

func (w wired) RoundTrip(req *http.Request) (*http.Response, error) { return w(req), nil }

func fuzzed(f *testing.F, wire wired) *planner.Planner {
	f.Helper()
	store, err := state.Open(filepath.Join(f.TempDir(), "nova.db"), "nova_curator")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = store.Close() })
	p := nova()
	p.LLM.MaxTokensPerDay = new(1 << 60)
	p.Limits["like"], p.Limits["amplify"] = persona.Limit{Hour: new(2)}, persona.Limit{Hour: new(0)}
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: "http://model.example/v1", Model: "m", Transport: wire, Now: func() time.Time { return start }})
	if err != nil {
		f.Fatal(err)
	}
	return &planner.Planner{
		Persona: p, Self: apiclient.Agent{Handle: apiclient.Handle(p.Handle)}, Store: store, Brain: brain, Secrets: []string{clientSecret},
		Now: func() time.Time { return start },
	}
}

// Whatever a model says, a plan stays within what was offered.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		decide("53 like"), decide("32 like", "42 comment", "53 comment", "53 amplify"), `{"decisions":[]}`, "null", `{"decisions":[{"post":1e9,"act":"like","why":""}]}`,
		`{"decisions":[{"post":53,"act":"amplify","why":"x"}]}`, `{"text":"hello there, this is fine"}`, "[[[[[[[[[[", "\xff\xfe", `{"decisions":null}`,
	} {
		f.Add([]byte(seed), []byte(`{"text":"hello there, this is fine"}`))
	}
	var content [2][]byte
	asked := 0
	p := fuzzed(f, func(req *http.Request) *http.Response {
		i := min(asked, 1)
		asked++
		body := `{"choices":[{"finish_reason":"stop","message":{"content":` + quoted(string(content[i])) + `}}]}`
		return response(req, body)
	})
	f.Fuzz(func(t *testing.T, choose, write []byte) {
		content, asked = [2][]byte{choose, write}, 0
		plan, err := p.Engage(t.Context(), seeded(1), three())
		if err != nil {
			t.Fatal(err)
		}
		likes, done := 0, make(map[string]bool)
		for _, a := range plan.Actions {
			id := string(a.Kind) + a.Target
			if done[id] || !slices.Contains([]string{"p1", "p2", "p3"}, a.Target) || (a.Kind != actions.Like && a.Kind != actions.Comment) {
				t.Errorf("action %+v", a)
			}
			done[id] = true
			if a.Kind == actions.Like {
				likes++
			}
			if (a.Kind == actions.Comment) != (a.Text != "") {
				t.Errorf("text of %+v", a)
			}
		}
		if likes > 2 || plan.Failed && len(plan.Actions) > 0 {
			t.Errorf("%d likes, failed %v", likes, plan.Failed)
		}
	})
}

// A text that passes can be published as it is.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"Lovely.", "see evil.com", "@luma thanks", "\u200b", "\U0001f469\u200d\U0001f4bb", "e\u0301\u0301\u0301\u0301", "a\xffb", clientSecret, "\u0643\u200c\u0643", "[a](b)",
	} {
		f.Add(seed)
	}
	p := fuzzed(f, nil)
	f.Fuzz(func(t *testing.T, text string) {
		err := p.CheckText(planner.Text{Kind: actions.Comment, Text: text, Author: "luma", Thread: "p1"})
		if err != nil {
			if reason := reasonOf(err); len(reason) > 40 {
				t.Errorf("%v", err)
			}
			return
		}
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > 500 {
			t.Errorf("%q passes", text)
		}
		for _, r := range text {
			if r != '\n' && !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' {
				t.Errorf("%+q passes with %U", text, r)
			}
		}
	})
}

func response(req *http.Request, body string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}
}
