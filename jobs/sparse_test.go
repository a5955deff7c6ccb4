package jobs_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagined/state"
)

// sparse has the platform leave fields out that it need not send, in all
// answers below a path.
func (w *world) sparse(below string, fields ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, below) {
			return false
		}
		rec := httptest.NewRecorder()
		w.sandbox.ServeHTTP(rec, r)
		var answer any
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			w.t.Error(err)
		}
		strip(answer, fields)
		rw.WriteHeader(rec.Code)
		_ = json.NewEncoder(rw).Encode(answer)
		return true
	}
}

// strip takes fields out of a decoded answer, however deep they are.
func strip(answer any, fields []string) {
	switch answer := answer.(type) {
	case map[string]any:
		for _, field := range fields {
			delete(answer, field)
		}
		for _, inner := range answer {
			strip(inner, fields)
		}
	case []any:
		for _, inner := range answer {
			strip(inner, fields)
		}
	}
}

// TestMessages_NoSender: the platform need not say who wrote a message. What is
// unread and not the persona's own is answered, once.
func TestMessages_NoSender(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	luma := w.neighbour("luma_test")
	asked := w.writes(luma, "Which paper do you put below it?")
	odd := w.sparse("/api/conversations/", "sender")
	w.meddled(odd)
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), time.Hour)
	plain := w.newClient(w.id, w.secret)
	wrote := func() (n int) {
		for message, err := range plain.Messages(t.Context(), asked) {
			if err != nil {
				t.Fatal(err)
			}
			if message.Sender.ID == w.self.ID {
				n++
			}
		}
		return n
	}
	if n := wrote(); n != 1 || w.unreadMessages() != 0 {
		t.Fatalf("wrote %d, %d unread", n, w.unreadMessages())
	}
	w.writes(luma, "And which ink goes with that?")
	w.live(w.jobs(m.brain(t)), time.Hour)
	if n := wrote(); n != 2 || m.count() != 2 {
		t.Errorf("wrote %d with %d requests, want 2", n, m.count())
	}
}

// TestMessages_NoSenderAndNoAnswer: an answer that was lost on its way back is
// found among messages that do not say who wrote them, and not sent again.
func TestMessages_NoSenderAndNoAnswer(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	asked := w.writes(w.neighbour("luma_test"), "Which paper do you put below it?")
	odd, lost := w.sparse("/api/conversations/", "sender"), false
	w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/messages") && !lost {
			lost = true
			w.sandbox.ServeHTTP(httptest.NewRecorder(), r)
			rw.WriteHeader(http.StatusBadGateway)
			return true
		}
		return odd(rw, r)
	})
	w.live(w.jobs(distinct(t).brain(t)), 2*time.Hour)
	w.client = w.newClient(w.id, w.secret)
	if got := w.wrote(asked); len(got) != 1 {
		t.Errorf("wrote %q", got)
	}
	for _, e := range w.entries() {
		if e.Kind == "message" && e.Status != state.Done {
			t.Errorf("%s %s", e.Status, e.Error)
		}
	}
}
