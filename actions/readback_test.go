package actions_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

// meddler changes the platform's answers on their way.
type meddler func(r *http.Request, resp *http.Response)

func (m meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		m(r, resp)
	}
	return resp, err
}

func (w *world) meddle(m meddler) {
	w.t.Helper()
	w.performer.Client = w.must(apiclient.New(apiclient.Config{
		BaseURL: w.url, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep, Transport: m,
	}))
}

// rewrite changes the items under key of a JSON answer.
func rewrite(t *testing.T, resp *http.Response, key string, change func([]any) []any) {
	t.Helper()
	var page map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		t.Error(err)
	}
	_ = resp.Body.Close()
	page[key] = change(page[key].([]any))
	body, err := json.Marshal(page)
	if err != nil {
		t.Error(err)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// replace changes the text of an answer.
func replace(t *testing.T, resp *http.Response, from, to string) {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	_ = resp.Body.Close()
	body = bytes.ReplaceAll(body, []byte(from), []byte(to))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// TestF9_ReorderedList: an old item before the new ones, as a pinned post, does
// not end the search.
func TestF9_ReorderedList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.meddle(func(r *http.Request, resp *http.Response) {
		if r.Method == http.MethodGet && r.URL.Path == "/api/posts" {
			rewrite(t, resp, "posts", func(posts []any) []any {
				last := len(posts) - 1
				return append([]any{posts[last]}, posts[:last]...)
			})
		}
	})
	w.sandbox.SetFaults(sandbox.Fault{Op: "createPost", Kind: sandbox.AppliedReset, Rate: 1})
	e := w.do(actions.Action{Kind: actions.Post, Text: "Morning light on wet paper."})
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("%s after %d attempts, want done after 1", e.Status, e.Attempts)
	}
}

// TestF9_ItemsWithoutTime: an own item whose time is missing is ours all the
// same.
func TestF9_ItemsWithoutTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.meddle(func(r *http.Request, resp *http.Response) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/comments") {
			rewrite(t, resp, "comments", func(comments []any) []any {
				for _, c := range comments {
					delete(c.(map[string]any), "createdAt")
				}
				return comments
			})
		}
	})
	w.sandbox.SetFaults(sandbox.Fault{Op: "createComment", Kind: sandbox.AppliedReset, Rate: 1})
	e := w.do(actions.Action{Kind: actions.Comment, Target: w.posts[0].ID, Text: "Out of time."})
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
		t.Errorf("%s after %d attempts, want done after 1", e.Status, e.Attempts)
	}
}

// TestReadBack_404OfAList is an error of the platform, not a verdict.
func TestReadBack_404OfAList(t *testing.T) {
	t.Parallel()
	post := actions.Action{Kind: actions.Post, Text: "Morning light on wet paper."}
	for _, tt := range []struct {
		lists, op string
		action    actions.Action
	}{{"/api/posts", "createPost", post}, {"/api/generate/", "startGeneration", generation()}} {
		w := newWorld(t)
		broken := false
		w.meddle(func(r *http.Request, resp *http.Response) {
			if broken && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, tt.lists) {
				resp.StatusCode = http.StatusNotFound
			}
		})
		w.sandbox.SetFaults(sandbox.Fault{Op: tt.op, Kind: sandbox.AppliedReset, Rate: 1})
		e := w.do(tt.action)
		broken = true
		w.Advance(10 * time.Minute)
		if _, err := w.performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e = w.entry(e.ID); e.Status != state.Unknown {
			t.Errorf("%s: %s, want unknown still", tt.op, e.Status)
		}
		broken = false
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 {
			t.Errorf("%s: %s after %d attempts, want done after 1", tt.op, e.Status, e.Attempts)
		}
	}
}

// TestReadBack_AfterALongTime: what a process left open days ago is still read
// back, and only never sent again.
func TestReadBack_AfterALongTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.AppliedReset, Rate: 1})
	there := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.NotApplied, Rate: 1})
	absent := w.do(actions.Action{Kind: actions.Like, Target: w.posts[1].ID})
	w.sandbox.SetFaults()
	w.Advance(50 * time.Hour)
	w.settleAll()
	if there = w.entry(there.ID); there.Status != state.Done {
		t.Errorf("took effect: %s %s", there.Status, there.Error)
	}
	if absent = w.entry(absent.ID); absent.Status != state.Parked || absent.Attempts != 1 {
		t.Errorf("took no effect: %s after %d attempts, want parked after 1", absent.Status, absent.Attempts)
	}
}

// TestLimits_HoldForResends: actions that waited go out within the limits of
// the hour in which they are sent.
func TestLimits_HoldForResends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.performer.Persona.Limits["like"] = limit(2)
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.TooMany, Rate: 1})
	for i := range 8 {
		w.do(actions.Action{Kind: actions.Like, Target: w.posts[i].ID})
		if i%2 == 1 {
			w.Advance(61 * time.Minute)
		}
	}
	w.sandbox.SetFaults()
	w.settleAll()
	var times []time.Time
	for _, e := range w.sandbox.Effects() {
		if e.Op == "likePost" {
			times = append(times, e.At)
		}
	}
	if len(times) < 4 {
		t.Errorf("only %d likes were sent in the end", len(times))
	}
	for i := 2; i < len(times); i++ {
		if d := times[i].Sub(times[i-2]); d < time.Hour {
			t.Errorf("three likes within %s, allowed are two an hour", d)
		}
	}
}

// TestF10_ClockBack: entries from a clock that was years ahead do not wait for
// that time to come.
func TestF10_ClockBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "likePost", Kind: sandbox.AppliedReset, Rate: 1})
	w.performer.Now = func() time.Time { return w.Now().AddDate(12, 0, 0) }
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	w.sandbox.SetFaults()
	w.performer.Now = w.Now
	w.Advance(settle)
	for range 3 {
		w.Advance(settle)
		if _, err := w.performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if e = w.entry(e.ID); e.Status != state.Done {
		t.Errorf("%s, want done", e.Status)
	}
}

func TestQuietHours_HoldIntentsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sandbox.SetFaults(sandbox.Fault{Op: "createPost", Kind: sandbox.TooMany, Rate: 1})
	e := w.do(actions.Action{Kind: actions.Post, Text: "Morning light on wet paper."})
	w.sandbox.SetFaults()
	w.performer.Persona.Timezone, w.performer.Persona.QuietHours = "UTC", "23:00-07:00"
	w.Advance(12 * time.Hour) // midnight
	if _, err := w.performer.SettleOpen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e = w.entry(e.ID); e.Status != state.Intent {
		t.Errorf("at midnight: %s", e.Status)
	}
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || w.Now().Hour() < 7 {
		t.Errorf("%s at %s, want done in the morning", e.Status, w.Now())
	}
}

// TestSettleOpen_PanicLetsOthersBy: an entry whose settlement panics each time
// keeps none behind it waiting.
func TestSettleOpen_PanicLetsOthersBy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mend := w.strike("likePost", sandbox.AppliedReset)
	bad := w.do(actions.Action{Kind: actions.Like, Target: string(w.posts[0].ID)})
	good := w.do(actions.Action{Kind: actions.Like, Target: string(w.posts[1].ID)})
	mend()
	if bad.Status != state.Unknown || good.Status != state.Unknown {
		t.Fatalf("%s and %s, want both unknown", bad.Status, good.Status)
	}
	panics := 0
	w.meddle(func(r *http.Request, _ *http.Response) {
		if strings.Contains(r.URL.Path, bad.Target) {
			panics++
			panic("over " + bad.Target)
		}
	})
	for range 3 {
		w.Advance(2 * settle)
		func() {
			defer func() { _ = recover() }()
			if _, err := w.performer.SettleOpen(t.Context()); err != nil {
				t.Error(err)
			}
		}()
	}
	if got := w.entry(good.ID).Status; got != state.Done || panics < 2 {
		t.Errorf("%s behind an entry that panicked %d times, want done", got, panics)
	}
	if got := w.entry(bad.ID).Status; got != state.Unknown {
		t.Errorf("what panics is %s, want unknown", got)
	}
	w.performer.Client = w.client
	w.settleAll()
	if got := w.entry(bad.ID).Status; got != state.Done {
		t.Errorf("once nothing panics it is %s, want done", got)
	}
}

// TestDo_GatewayGaveUp: a gateway's 408 says nothing about what is behind it.
func TestDo_GatewayGaveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.meddle(func(r *http.Request, resp *http.Response) {
		if strings.HasSuffix(r.URL.Path, "/like") {
			resp.StatusCode = http.StatusRequestTimeout
		}
	})
	e := w.do(actions.Action{Kind: actions.Like, Target: w.posts[0].ID})
	if e.Status != state.Unknown {
		t.Errorf("%s, want unknown", e.Status)
	}
	w.settleAll()
	if e = w.entry(e.ID); e.Status != state.Done || w.effects("likePost") != 1 {
		t.Errorf("%s after %d likes, want done after one", e.Status, w.effects("likePost"))
	}
}
