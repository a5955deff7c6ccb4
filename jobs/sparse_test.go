package jobs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
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

// TestRespond_Sparse: of a notification only id, type and time are sure to be
// there. Who speaks, and which comment it is, the thread tells.
func TestRespond_Sparse(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"agent", "commentId", "agent commentId", "isRead"} {
		t.Run(missing, func(t *testing.T) {
			t.Parallel()
			w := neighbours(t)
			luma := w.neighbour("luma_test")
			own := w.says(w.client, "A plotter drew the same wave nine times.")
			theirs := w.says(luma, "Look at this, @nova_test: the pen ran dry at the crest.")
			first := w.comments(luma, own.ID, "", "The seventh one leans.")
			w.Advance(time.Minute)
			asked := w.comments(luma, own.ID, "", "How long did the ninth wave take?")
			w.persona.Limits["author"] = persona.Limit{Day: new(9)}
			plain := w.client
			w.meddled(w.sparse("/api/notifications", strings.Fields(missing)...))
			m := distinct(t)
			w.live(w.jobs(m.brain(t)), 31*time.Minute)
			w.client = plain
			var to []string
			for _, answer := range w.answers(own.ID) {
				parent, _, _ := strings.Cut(answer, ":")
				to = append(to, parent)
			}
			slices.Sort(to)
			want := []string{first.ID, asked.ID}
			slices.Sort(want)
			if !slices.Equal(to, want) {
				t.Errorf("answered %q, want %q", to, want)
			}
			if got := w.answers(theirs.ID); len(got) != 1 {
				t.Errorf("answers to the mention: %q", got)
			}
			if n := w.unread(); n != 0 {
				t.Errorf("%d unread", n)
			}
		})
	}
}

// TestRespond_NoPost: words that cannot be found are in the journal all the same.
func TestRespond_NoPost(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.comments(w.neighbour("luma_test"), own.ID, "", "How long did the ninth wave take?")
	w.meddled(w.sparse("/api/notifications", "postId"))
	w.live(w.jobs(distinct(t).brain(t)), 11*time.Minute)
	var why []string
	for _, e := range w.entries() {
		if e.Status == state.Dropped {
			why = append(why, e.Kind+" "+e.Author+": "+e.Error)
		}
	}
	if want := []string{"reply luma_test: the platform does not say where it was said"}; !slices.Equal(why, want) || w.unread() != 0 {
		t.Errorf("dropped %q, %d unread, want %q", why, w.unread(), want)
	}
}

// TestMessages_Renamed: whose handle is another by now is answered, whatever
// handle the messages show.
func TestMessages_Renamed(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	asked := w.writes(w.neighbour("luma_test"), "Which paper do you put below it?")
	w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/messages") {
			return false
		}
		rec := httptest.NewRecorder()
		w.sandbox.ServeHTTP(rec, r)
		_, _ = rw.Write([]byte(strings.ReplaceAll(rec.Body.String(), `"luma_test"`, `"luma_before"`)))
		return true
	})
	w.live(w.jobs(distinct(t).brain(t)), 11*time.Minute)
	if got := w.wrote(asked); len(got) != 1 {
		t.Errorf("wrote %q", got)
	}
}

// TestMessages_SomeCannotBeRead: three conversations that the platform does not
// show stand before no other, day after day.
func TestMessages_SomeCannotBeRead(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	hidden := make(map[string]bool)
	for i := range 4 {
		hidden["/api/conversations/"+w.writes(w.neighbour(fmt.Sprintf("brio_%d", i)), "Which pen do you use?")+"/messages"] = true
		w.Advance(time.Second)
	}
	asked := w.writes(w.neighbour("luma_test"), "Which paper do you put below it?")
	w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
		return hidden[r.URL.Path] && fails(r.URL.Path, http.StatusInternalServerError)(rw, r)
	})
	w.live(w.jobs(distinct(t).brain(t)), time.Hour)
	if got := w.wrote(asked); len(got) != 1 {
		t.Errorf("wrote %q", got)
	}
}

// TestRespond_SomeCannotBeRead: nor do three posts.
func TestRespond_SomeCannotBeRead(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	hidden := make(map[string]bool)
	for i := range 4 {
		post := w.says(w.client, fmt.Sprintf("Wave %d is drawn.", i))
		hidden["/api/posts/"+post.ID] = true
		w.comments(w.neighbour(fmt.Sprintf("brio_%d", i)), post.ID, "", "Which pen was it?")
		w.Advance(time.Second)
	}
	own := w.says(w.client, "And once more in blue.")
	w.comments(w.neighbour("luma_test"), own.ID, "", "Which blue was it?")
	w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
		return hidden[r.URL.Path] && fails(r.URL.Path, http.StatusInternalServerError)(rw, r)
	})
	w.live(w.jobs(distinct(t).brain(t)), time.Hour)
	if got := w.answers(own.ID); len(got) != 1 {
		t.Errorf("answers %q", got)
	}
}

// TestMessages_PreviewIsGone: what a conversation shows as its last message need
// not be in it any more.
func TestMessages_PreviewIsGone(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	asked := w.writes(w.neighbour("luma_test"), "Which paper do you put below it?")
	w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/conversations" {
			return false
		}
		rec := httptest.NewRecorder()
		w.sandbox.ServeHTTP(rec, r)
		_, _ = rw.Write([]byte(strings.ReplaceAll(rec.Body.String(), `"id":"msg_`, `"id":"gone_`)))
		return true
	})
	w.live(w.jobs(distinct(t).brain(t)), time.Hour)
	if got := w.wrote(asked); len(got) != 1 {
		t.Errorf("wrote %q", got)
	}
}

// TestMessages_OldestShownFirst: the order of messages is not documented, and
// what comes last is read however many there are, with or without a preview.
func TestMessages_OldestShownFirst(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"none", "lastMessage"} {
		t.Run(missing, func(t *testing.T) {
			t.Parallel()
			w := letterbox(t)
			luma := w.neighbour("luma_test")
			asked := ""
			for i := range 119 {
				asked = w.writes(luma, fmt.Sprintf("Sheet %d is dry.", i))
				w.Advance(3 * time.Second)
			}
			if err := w.client.MarkConversationRead(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			w.writes(luma, "Which paper do you put below it?")
			plain, odd := w.client, w.sparse("/api/conversations", missing)
			w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/messages") {
					return odd(rw, r)
				}
				var all []apiclient.Message
				for m, err := range plain.Messages(t.Context(), asked) {
					if err != nil {
						t.Error(err)
					}
					all = append(all, m)
				}
				slices.Reverse(all)
				at, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
				page := map[string]any{"messages": all[at:min(len(all), at+50)]}
				if at+50 < len(all) {
					page["nextCursor"] = strconv.Itoa(at + 50)
				}
				_ = json.NewEncoder(rw).Encode(page)
				return true
			})
			shown := 0
			m := newModel(t, func(request string) (int, string) {
				if strings.Contains(request, "Which paper") {
					shown++
				}
				return 200, says(`{"text":"` + novel(1) + `"}`)
			})
			w.live(w.jobs(m.brain(t)), 11*time.Minute)
			w.client = plain
			if got := w.wrote(asked); len(got) != 1 || shown != 1 {
				t.Errorf("wrote %q, and was shown the question %d times", got, shown)
			}
		})
	}
}

// TestRespond_FlatThread: a list of comments need not say which one another
// answers, or it names the one that the thread began with. An answer that was
// lost on its way back is found there, and not given again.
func TestRespond_FlatThread(t *testing.T) {
	t.Parallel()
	for _, flat := range []string{"none is named", "the first one is"} {
		t.Run(flat, func(t *testing.T) {
			t.Parallel()
			w := neighbours(t)
			luma := w.neighbour("luma_test")
			own := w.says(w.client, "A plotter drew the same wave nine times.")
			first := w.comments(w.neighbour("brio_test"), own.ID, "", "\U0001F64F\U0001F64F")
			asked := w.comments(luma, own.ID, first.ID, "Which pen was it, @nova_test?")
			odd, lost := w.sparse("/api/posts/", "parentId"), false
			w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments") && !lost:
					lost = true
					w.sandbox.ServeHTTP(httptest.NewRecorder(), r)
					rw.WriteHeader(http.StatusBadGateway)
					return true
				case flat == "none is named":
					return odd(rw, r)
				case r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/comments"):
					return false
				}
				rec := httptest.NewRecorder()
				w.sandbox.ServeHTTP(rec, r)
				_, _ = rw.Write([]byte(strings.ReplaceAll(rec.Body.String(), `"parentId":"`+asked.ID, `"parentId":"`+first.ID)))
				return true
			})
			w.live(w.jobs(distinct(t).brain(t)), 2*time.Hour)
			w.client = w.newClient(w.id, w.secret)
			if got := w.answers(own.ID); len(got) != 1 {
				t.Errorf("answers %q", got)
			}
		})
	}
}

// TestRespond_ReplyWithoutParent: who answers the persona below a post of
// somebody else is heard, though the comment does not say what it answers.
func TestRespond_ReplyWithoutParent(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma := w.neighbour("luma_test")
	post := w.says(luma, "The sea was flat all day.")
	ours := w.comments(w.client, post.ID, "", "It leans in the seventh line.")
	w.comments(luma, post.ID, ours.ID, "Which line do you mean?")
	plain := w.client
	w.meddled(w.sparse("/api/posts/", "parentId"))
	w.live(w.jobs(distinct(t).brain(t)), 11*time.Minute)
	w.client = plain
	if got := w.answers(post.ID); len(got) != 2 {
		t.Errorf("said %q", got)
	}
}
