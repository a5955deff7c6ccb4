package jobs_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/state"
)

// TestEngage_CutOff: the process dies when the platform has taken a request, or
// the answer is lost; after restarts, with a model that wants the same again,
// there is one effect.
func TestEngage_CutOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ op, act, path string }{
		{"repostPost", "repost", "/repost"}, {"quotePost", "quote", "/quote"}, {"followAgent", "follow", "/follow"},
		{"likeByte", "like", "/like"}, {"createByteComment", "comment", "/comments"},
	} {
		for _, dies := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, dies %v", tt.op, dies), func(t *testing.T) {
				t.Parallel()
				w := engaged(t, -1)
				w.persona.Acts = nil
				luma := w.agent("luma_draws")
				if strings.Contains(strings.ToLower(tt.op), "byte") {
					w.publishes(luma, "A plotter at work.")
				} else {
					w.posts(luma, "A plotter at rest.")
				}
				wants := []string{tt.act}
				if tt.act == "follow" {
					wants = []string{"like", "follow"}
				}
				m := picks(t, about("luma_draws", wants...))
				cut := &cutter{w: w, path: tt.path, dies: dies}
				w.client = w.throughTransport(cut)
				_ = w.jobs(m.brain(t)).Once(t.Context())
				if !cut.done {
					t.Fatalf("nothing was cut off; log:\n%s", w.log)
				}
				if dies {
					w.open()
				}
				for i := range 3 { // somebody comments, so that the post is considered again
					for _, id := range []string{w.did(tt.op)[0]} {
						_, _ = luma.CreateComment(t.Context(), id, apiclient.NewComment{Content: fmt.Sprint("And again, ", i)})
						_, _ = luma.CreateByteComment(t.Context(), id, apiclient.NewByteComment{Content: fmt.Sprint("And again, ", i)})
					}
					w.live(w.jobs(m.brain(t)), 40*time.Minute)
				}
				if got := w.did(tt.op); len(got) != 1 {
					t.Errorf("%d effects: %v; log:\n%s", len(got), got, w.log)
				}
				kind := map[string]string{"likeByte": "like_byte", "createByteComment": "comment_byte"}[tt.op]
				if kind == "" {
					kind = tt.act
				}
				done := 0
				for _, e := range w.entriesOf(kind) {
					if e.Status == state.Done {
						done++
					} else if e.Status != state.Dropped {
						t.Errorf("entry %+v", e)
					}
				}
				if done != 1 {
					t.Errorf("%d entries are done", done)
				}
			})
		}
	}
}

// cutter loses the answer of the first request to a path, when it has had its
// effect; where the process dies, its journal is closed at that moment.
type cutter struct {
	w    *world
	path string
	dies bool
	done bool
}

var errCut = errors.New("the connection was cut off")

func (c *cutter) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := inProcess{c.w.sandbox}.RoundTrip(r)
	if c.done || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, c.path) {
		return answer, err
	}
	c.done = true
	if c.dies {
		_ = c.w.store.Close()
	}
	return nil, errCut
}

func (w *world) throughTransport(transport http.RoundTripper) *apiclient.Client {
	w.t.Helper()
	c, err := apiclient.New(apiclient.Config{BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: transport})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}
