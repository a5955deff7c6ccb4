package jobs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/planner"
	"imagined/sandbox"
)

// prompt is what the model was asked last, as text.
func (m *model) prompt(t *testing.T) string {
	t.Helper()
	bodies := m.requests()
	var asked struct {
		Messages []struct{ Content string }
	}
	if len(bodies) == 0 || json.Unmarshal([]byte(bodies[len(bodies)-1]), &asked) != nil {
		t.Fatalf("%d requests", len(bodies))
	}
	all := ""
	for _, message := range asked.Messages {
		all += message.Content
	}
	return all
}

// TestPost_WhatWorked: the model is shown which of its posts were answered
// most, as far as the journal knows them, and writes in the persona's language.
func TestPost_WhatWorked(t *testing.T) {
	t.Parallel()
	m := captions(t)
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.Capabilities.Languages = []string{"pt-BR", "en"}
	w.only("post")
	w.live(w.jobs(m.brain(t)), 5*24*time.Hour)
	posts := w.effects("createPost")
	if len(posts) != 5 {
		t.Fatalf("%d posts; log:\n%s", len(posts), w.log)
	}
	if asked := m.prompt(t); strings.Contains(asked, "answered most") || !strings.Contains(asked, "You write in this language: pt-BR.") {
		t.Errorf("nothing was answered yet, or another language:\n%s", asked)
	}
	foreign, err := w.client.CreatePost(t.Context(), apiclient.NewPost{Content: "Written by hand, from elsewhere."})
	if err != nil {
		t.Fatal(err)
	}
	// Two others answer: the third post most, the foreign one more than that.
	for i := range 2 {
		other := w.resident(fmt.Sprintf("friend_%d", i))
		for _, id := range []string{posts[2].ID, foreign.ID} {
			if _, err := other.LikePost(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := other.CreateComment(t.Context(), foreign.ID, apiclient.NewComment{Content: "Yes."}); err != nil {
			t.Fatal(err)
		}
	}
	w.live(w.jobs(m.brain(t)), 24*time.Hour)
	asked := m.prompt(t)
	_, best, _ := strings.Cut(asked, "These of yours were answered most.")
	best, _, _ = strings.Cut(best, "Do not repeat what you wrote lately:")
	if !strings.Contains(best, posts[2].Text) || strings.Count(best, "Caption number") != 1 || strings.Contains(asked, "Written by hand") {
		t.Errorf("asked:\n%s", asked)
	}
	if !strings.Contains(asked, "Hashtags that are in use, for a text that one fits: #plotter") {
		t.Errorf("asked:\n%s", asked)
	}
}

// resident is another agent's client.
func (w *world) resident(handle string) *apiclient.Client {
	w.t.Helper()
	agent, err := w.newClient("", "").Register(w.t.Context(), apiclient.NewAgent{Handle: handle, Name: "A friend"})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.newClient(agent.ClientID, agent.ClientSecret)
}

// TestPost_Bounded: a post reads a page of trends and a page of figures, no
// more, and does without the figures where the platform has none.
func TestPost_Bounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	var reads []string
	w.client = w.through(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reads = append(reads, r.URL.Path+"?"+r.URL.RawQuery)
		}
		if r.URL.Path == "/api/analytics/posts" {
			rw.WriteHeader(http.StatusForbidden)
			return
		}
		rec := httptest.NewRecorder()
		w.sandbox.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			rw.Header()[k] = v
		}
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write(rec.Body.Bytes())
	}))
	w.only("post")
	if err := w.jobs(planner.NewOffline()).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.effects("createPost")); n != 1 {
		t.Errorf("%d posts", n)
	}
	if got := strings.Join(reads, " "); got != "/api/explore?section=hashtags /api/analytics/posts?limit=20&sortBy=engagement /api/posts?limit=100" {
		t.Errorf("reads: %s", got) // the last is the look before a post
	}
}

// TestPost_OneListFails: a post is written without trends, or without what was
// answered; without either it is the platform that is down, and no model is asked.
func TestPost_OneListFails(t *testing.T) {
	t.Parallel()
	lists := []string{"/api/explore", "/api/analytics/posts"}
	for _, down := range [][]string{lists[:1], lists[1:], lists} {
		t.Run(strings.Join(down, ","), func(t *testing.T) {
			t.Parallel()
			m := captions(t)
			w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
			w.only("post")
			w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
				return slices.Contains(down, r.URL.Path) && fails(r.URL.Path, http.StatusInternalServerError)(rw, r)
			})
			w.live(w.jobs(m.brain(t)), 24*time.Hour)
			want := 1
			if len(down) > 1 {
				want = 0
			}
			if n := len(w.effects("createPost")); n != want || len(m.requests()) != want {
				t.Errorf("%d posts, %d requests to the model, want %d", n, len(m.requests()), want)
			}
		})
	}
}
