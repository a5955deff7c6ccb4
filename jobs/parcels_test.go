package jobs_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// showing is a persona about to show a file at its next run of a job: a picture
// with a post, or a film as a byte.
func showing(t *testing.T, job string) (*world, *jobs.Jobs) {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.Media = "media"
	w.lay(map[string]string{
		"media/quay.png": pngFile + "pixels", "media/quay.txt": "Two boats in a noise field.",
		"media/pen.mp4": movie("isom", 20), "media/pen.txt": "A pen that hesitates.",
	})
	w.only(job)
	for seed := uint64(1); ; seed++ { // chance decides whether a post has a picture
		j := w.jobs(planner.NewOffline())
		j.Seed = seed
		plan, err := j.Preview(t.Context(), job)
		if err != nil || seed == 50 {
			t.Fatalf("no picture: %+v, %v", plan, err)
		}
		if len(plan.Actions) == 1 && plan.Actions[0].File != nil {
			j = w.jobs(planner.NewOffline()) // it has looked at nothing yet
			j.Seed = seed
			return w, j
		}
	}
}

// settleDown lives on until all is settled, without another run of a job.
func (w *world) settleDown() {
	w.t.Helper()
	w.only()
	w.persona.Schedule["poll"] = persona.Job{Cron: "@every 1m"}
	w.live(w.jobs(planner.NewOffline()), 8*time.Hour)
}

var halves = map[string]struct{ upload, publish, text string }{
	"post": {"uploadImage", "createPost", "Two boats in a noise field."},
	"byte": {"uploadVideo", "createByte", "A pen that hesitates."},
}

// checkShown fails unless the file was uploaded and published, each once.
func checkShown(t *testing.T, w *world, job, when string) {
	t.Helper()
	want := halves[job]
	uploads, shown := w.effects(want.upload), w.effects(want.publish)
	if len(uploads) != 1 || len(shown) != 1 || shown[0].Text != want.text {
		t.Errorf("%s: %d uploads, %d published: %+v; log:\n%s", when, len(uploads), len(shown), shown, w.log)
	}
	for _, e := range w.entries() {
		if e.Status.Open() {
			t.Errorf("%s: entry %d, %s, is still %s", when, e.ID, e.Kind, e.Status)
		}
	}
}

// TestShow: the file goes ahead, and is in the post.
func TestShow(t *testing.T) {
	t.Parallel()
	w, j := showing(t, "post")
	if err := j.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkShown(t, w, "post", "at once")
	e := w.entriesOf("post")[0]
	post, err := w.client.Post(t.Context(), e.RemoteID)
	if err != nil || post.MediaType != "IMAGE" || len(post.MediaURLs) != 1 {
		t.Errorf("post %+v, %v", post, err)
	}
	if up := w.entriesOf("upload_image"); len(up) != 1 || up[0].Status != state.Done || up[0].Job != "post" || up[0].Decision != e.Decision {
		t.Errorf("uploads %+v", up)
	}
	w.only("post")
	w.live(w.jobs(planner.NewOffline()), 10*24*time.Hour) // the picture is used up
	if n := len(w.effects("uploadImage")); n != 1 {
		t.Errorf("%d uploads", n)
	}
}

// TestShow_CrashAtEachStep kills the run at every step of both halves: nothing
// is lost, nothing is done twice.
func TestShow_CrashAtEachStep(t *testing.T) {
	t.Parallel()
	for job := range halves {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				w, j := showing(t, job)
				n, died := 0, ""
				j.Performer.Step = func(name string) {
					if n++; n >= at { // nothing more is done after it
						died = cmp.Or(died, name)
						panic("killed")
					}
				}
				func() {
					defer func() { _ = recover() }()
					_ = j.Once(t.Context()) // a panic in a job ends its run
					if w.only(); died == "" {
						w.live(j, 10*time.Minute) // a film is processed meanwhile
					}
				}()
				if died == "" {
					if at <= 10 {
						t.Errorf("only %d steps in two actions", at-1)
					}
					t.Logf("%d steps", at-1)
					return
				}
				if err := w.store.Close(); err != nil {
					t.Fatal(err)
				}
				w.open()
				w.settleDown()
				checkShown(t, w, job, fmt.Sprintf("killed at step %d, %s", at, died))
			}
		})
	}
}

// torn is a client whose answers may break off, as on a wire.
func (w *world) torn() *apiclient.Client {
	w.t.Helper()
	c, err := apiclient.New(apiclient.Config{
		BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: wire{w.sandbox},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

type wire struct{ handler http.Handler }

func (t wire) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	rec := httptest.NewRecorder()
	defer func() {
		if p := recover(); p == nil {
			return
		} else if e, ok := p.(error); !ok || !errors.Is(e, http.ErrAbortHandler) {
			panic(p)
		}
		if rec.Body.Len() == 0 {
			resp, err = nil, io.ErrUnexpectedEOF
			return
		}
		resp = rec.Result()
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
	}()
	t.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// TestShow_Faults: whatever becomes of an answer, each half is done once.
func TestShow_Faults(t *testing.T) {
	t.Parallel()
	kinds := []sandbox.FaultKind{
		sandbox.AppliedReset, sandbox.Applied500, sandbox.NotApplied, sandbox.TooMany, sandbox.Expired, sandbox.Truncated, sandbox.HTML,
	}
	for job, half := range halves {
		for _, op := range []string{half.upload, half.publish} {
			for _, kind := range kinds {
				t.Run(fmt.Sprintf("%s %s %s", job, op, kind), func(t *testing.T) {
					t.Parallel()
					w, j := showing(t, job)
					j.Client = w.torn()
					j.Performer.Client, w.client = j.Client, j.Client
					w.sandbox.SetFaults(sandbox.Fault{Op: op, Kind: kind, Delay: 10 * time.Second, Once: true})
					if err := j.Once(t.Context()); err != nil {
						t.Fatal(err)
					}
					w.settleDown()
					checkShown(t, w, job, string(kind))
				})
			}
		}
	}
}

// TestShow_Waits: what is on its way sleeps in quiet hours and while it is
// held, and the next post does not overtake it.
func TestShow_Waits(t *testing.T) {
	t.Parallel()
	w, j := showing(t, "byte")
	w.persona.QuietHours = "08:00-10:00" // it is eight, and the film is on its way
	if err := j.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.effects("uploadVideo")); n != 0 {
		t.Errorf("%d uploads in quiet hours", n)
	}
	plan, err := j.Preview(t.Context(), "byte")
	if err != nil || plan.Note != "an earlier film is still on its way" {
		t.Errorf("plan %+v, %v", plan, err)
	}
	if err := w.store.Hold(state.Hold{Kind: "byte", Why: "a rest", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	w.only()
	w.live(w.jobs(planner.NewOffline()), 3*time.Hour)
	if up, shown := len(w.effects("uploadVideo")), len(w.effects("createByte")); up != 1 || shown != 0 {
		t.Errorf("%d uploads and %d bytes while bytes are held", up, shown)
	}
	if err := w.store.Release("byte"); err != nil {
		t.Fatal(err)
	}
	w.settleDown()
	checkShown(t, w, "byte", "released")
}

// TestShow_GivesUp: a film that the platform cannot process, a file that is
// refused, one that was changed meanwhile and one that waits too long come to
// an end that the journal tells.
func TestShow_GivesUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, why string
		change    func(w *world)
		uploads   int
	}{
		{"not processed", "the platform could not process the file", func(w *world) { w.lay(map[string]string{"media/broken.mp4": movie("isom", 9)}) }, 1},
		{"changed", "its file was not uploaded: entry 1 is refused", func(w *world) { w.lay(map[string]string{"media/broken.mp4": movie("isom", 8)}) }, 0},
		{"held for a week", "its file did not get through in time", func(w *world) {
			if err := w.store.Hold(state.Hold{Kind: "upload_video", Why: "a rest", At: w.Now()}); err != nil {
				t.Error(err)
			}
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
			w.persona.Media, w.persona.QuietHours = "media", "08:00-08:30"
			w.lay(map[string]string{"media/broken.mp4": movie("isom", 9)})
			w.only("byte")
			if err := w.jobs(planner.NewOffline()).Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			tt.change(w)
			w.only()
			w.live(w.jobs(planner.NewOffline()), 5*24*time.Hour)
			es := w.entriesOf("byte")
			if len(es) != 1 || es[0].Status != state.Dropped || !strings.Contains(es[0].Error, tt.why) {
				t.Errorf("entries %+v", es)
			}
			if up, shown := len(w.effects("uploadVideo")), len(w.effects("createByte")); up != tt.uploads || shown != 0 {
				t.Errorf("%d uploads, %d bytes", up, shown)
			}
		})
	}
}

// TestShow_PanicIsSurvived: a fault of the program in the middle of a delivery
// ends neither the life nor the delivery.
func TestShow_PanicIsSurvived(t *testing.T) {
	t.Parallel()
	w, j := showing(t, "byte")
	if err := j.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	panics := 0
	j.Performer.Step = func(string) {
		if panics++; panics == 1 {
			panic("a bug")
		}
	}
	w.only()
	w.live(j, time.Hour)
	checkShown(t, w, "byte", "after a panic")
	if n := strings.Count(w.log.String(), "delivering panicked"); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// TestShow_Approval: each half waits for a person where the file says so, and
// what is rejected goes no further.
func TestShow_Approval(t *testing.T) {
	t.Parallel()
	for _, approve := range []bool{true, false} {
		w, j := showing(t, "post")
		w.persona.Approval = []string{"upload_image", "post"}
		if err := j.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.only()
		for _, kind := range []string{"upload_image", "post"} {
			w.live(w.jobs(planner.NewOffline()), 20*time.Minute)
			waiting := w.entriesOf(kind)
			if len(waiting) != 1 || waiting[0].Status != state.Waiting {
				t.Fatalf("%s: entries %+v; log:\n%s", kind, waiting, w.log)
			}
			var err error
			if approve {
				_, err = actions.Approve(w.store, waiting[0].ID, actions.Hash(waiting[0]), w.Now())
			} else {
				_, err = actions.Reject(w.store, waiting[0].ID, "not today", w.Now())
			}
			if err != nil {
				t.Fatal(err)
			}
			if !approve {
				break
			}
		}
		w.settleDown()
		if approve {
			checkShown(t, w, "post", "approved")
		} else if es := w.entriesOf("post"); len(es) != 1 || es[0].Status != state.Dropped || len(w.effects("uploadImage")) != 0 {
			t.Errorf("rejected: %+v", es)
		}
	}
}
