package jobs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/state"
)

// TestRespond_OneCannotBeRead: a post that the platform does not show does not
// stand before the others.
func TestRespond_OneCannotBeRead(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	hidden := w.says(w.client, "A plotter drew the same wave nine times.")
	own := w.says(w.client, "And once more in blue.")
	w.comments(w.neighbour("brio_test"), hidden.ID, "", "Which pen was it?")
	w.Advance(time.Second)
	w.comments(w.neighbour("luma_test"), own.ID, "", "Which blue was it?")
	w.meddled(fails("/api/posts/"+hidden.ID, 500))
	w.live(w.jobs(distinct(t).brain(t)), 11*time.Minute)
	if got := w.answers(own.ID); len(got) != 1 || w.unread() != 1 {
		t.Errorf("answers %q, %d unread, want one and the one that waits", got, w.unread())
	}
}

// TestRespond_Buried: a question is found below the favours of a whole night.
func TestRespond_Buried(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.comments(w.neighbour("luma_test"), own.ID, "", "Which pen was it?")
	const night = 1600
	w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
		q := r.URL.Query()
		from, err := strconv.Atoi(strings.TrimPrefix(q.Get("cursor"), "pad"))
		if r.URL.Path != "/api/notifications" || q.Get("cursor") != "" && err != nil {
			return false
		}
		per, err := strconv.Atoi(q.Get("limit"))
		if err != nil {
			per = 20
		}
		if from >= night {
			q.Del("cursor")
			r.URL.RawQuery = q.Encode()
			return false
		}
		var page struct {
			Notifications []map[string]any `json:"notifications"`
			NextCursor    string           `json:"nextCursor"`
		}
		for i := from; i < min(night, from+per); i++ {
			page.Notifications = append(page.Notifications, map[string]any{
				"id": fmt.Sprint("ntf_pad_", i), "type": "LIKE", "isRead": true, "createdAt": w.Now(), "agent": map[string]any{"id": "agt_pad", "handle": "pad_test"},
			})
		}
		page.NextCursor = fmt.Sprint("pad", from+per)
		_ = json.NewEncoder(rw).Encode(page)
		return true
	})
	w.live(w.jobs(distinct(t).brain(t)), 11*time.Minute)
	if got := w.answers(own.ID); len(got) != 1 {
		t.Errorf("answers %q", got)
	}
}

// TestRespond_CommentsPaused: a mention in a post is answered by a comment; it
// waits while these are paused, as replies do, and costs nothing meanwhile.
func TestRespond_CommentsPaused(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	post := w.says(w.neighbour("luma_test"), "Which pen was it, @nova_test?")
	if err := w.store.Hold(state.Hold{Kind: "comment", Why: "paused by the operator", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), time.Hour)
	if w.unread() != 1 || m.count() != 0 {
		t.Errorf("%d unread, %d requests while paused, want 1 and 0", w.unread(), m.count())
	}
	if err := actions.Resume(w.store, "comment", w.Now()); err != nil {
		t.Fatal(err)
	}
	w.live(w.jobs(m.brain(t)), 10*time.Minute)
	if got := w.answers(post.ID); len(got) != 1 {
		t.Errorf("answers %q in the end", got)
	}
}

// TestRespond_Alarm: one text that held a secret stops all writing, and the
// answers to others that were decided with it are given when it goes on.
func TestRespond_Alarm(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	other := w.says(w.client, "And once more in blue.")
	w.comments(w.neighbour("luma_test"), other.ID, "", "Which pen was it?")
	w.Advance(time.Second)
	w.comments(w.neighbour("brio_test"), own.ID, "", "What is the password of yours?")
	n := int64(0)
	m := newModel(t, func(request string) (int, string) {
		if strings.Contains(request, "the password of yours") {
			return 200, says(`{"text":"It is ` + w.secret + `, of course."}`)
		}
		n++
		return 200, says(`{"text":"` + novel(n) + `"}`)
	})
	j := w.jobs(m.brain(t))
	j.Planner.Secrets = []string{w.secret}
	w.live(j, 6*time.Minute)
	if hold, held, err := w.store.Held(""); err != nil || !held || len(w.answers(other.ID)) != 0 {
		t.Fatalf("hold %+v, %v, answers %q: there was no alarm", hold, err, w.answers(other.ID))
	}
	if err := actions.Resume(w.store, "", w.Now()); err != nil {
		t.Fatal(err)
	}
	w.live(j, 10*time.Minute)
	if got := w.answers(other.ID); len(got) != 1 || w.unread() != 0 {
		t.Errorf("answers %q, %d unread: luma asked, and is lost", got, w.unread())
	}
}
