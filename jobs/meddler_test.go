package jobs_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/sandbox"
)

// meddler answers some requests in the platform's place.
type meddler struct {
	http.Handler
	answers func(w http.ResponseWriter, r *http.Request) bool
}

func (m meddler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !m.answers(w, r) {
		m.Handler.ServeHTTP(w, r)
	}
}

// meddled has nova's client ask a platform of which some answers are odd.
func (w *world) meddled(answers func(w http.ResponseWriter, r *http.Request) bool) {
	w.t.Helper()
	c, err := apiclient.New(apiclient.Config{
		BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: inProcess{meddler{w.sandbox, answers}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = c
}

// fails answers a path with a status.
func fails(path string, status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != path {
			return false
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"error":"oops","message":"oops"}`))
		return true
	}
}

// TestEngage_UnusedHashtag: that a tag which nobody used has an empty page is
// assumed; one that is not found costs no run.
func TestEngage_UnusedHashtag(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = 2 })
	w.persona.Schedule = map[string]persona.Job{"engage": {Cron: "*/10 * * * *"}}
	w.meddled(fails("/api/hashtags/plotter", 404))
	w.live(w.jobs(distinct(t).brain(t)), 21*time.Minute)
	if log := w.log.String(); strings.Contains(log, "job failed") || !strings.Contains(log, "considering") {
		t.Error(log)
	}
	job, err := w.store.Job("engage")
	if err != nil || job.Error != "" || job.OK.IsZero() {
		t.Errorf("%+v, %v", job, err)
	}
}

// TestEngage_OneListFails: one list that the platform does not show costs what is
// in it, and no more; where several fail, it is the platform.
func TestEngage_OneListFails(t *testing.T) {
	t.Parallel()
	lists := []string{"/api/feed", "/api/explore", "/api/hashtags/plotter", "/api/posts", "/api/bytes"}
	for _, down := range [][]string{lists[:1], lists[1:2], lists[2:3], lists[3:4], lists[4:], lists} {
		t.Run(strings.Join(down, ","), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *sandbox.Config) { c.Pace = 2 })
			w.persona.Schedule = map[string]persona.Job{"engage": {Cron: "*/10 * * * *"}}
			w.meddled(func(rw http.ResponseWriter, r *http.Request) bool {
				return slices.Contains(down, r.URL.Path) && fails(r.URL.Path, http.StatusInternalServerError)(rw, r)
			})
			w.live(w.jobs(distinct(t).brain(t)), 21*time.Minute)
			job, err := w.store.Job("engage")
			if err != nil || job.OK.IsZero() != (len(down) > 1) {
				t.Errorf("%+v, %v", job, err)
			}
		})
	}
}
