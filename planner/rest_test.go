package planner_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagined/planner"
)

// While a key is wrong the server is not asked, and each plan says the fix.
func TestOpenAI_restsLongForTheOperator(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.model = serve(t, status(401, errorBody("Incorrect API key provided.", "", "invalid_api_key")))
	now := start
	f.Now = func() time.Time { return now }
	f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m1", Fallback: []string{"m2"}})
	for ; now.Before(start.Add(24 * time.Hour)); now = now.Add(20 * time.Minute) {
		if plan := f.engage(t, three()...); !strings.Contains(plan.Note, "the fix: set OPENAI_API_KEY to a key that the server knows") {
			t.Fatalf("note %q", plan.Note)
		}
	}
	if n := len(f.model.seen()); n != 24 {
		t.Errorf("%d requests in a day, want one an hour", n)
	}
}

func TestOpenAI_retryAfter(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header map[string]string
		want   time.Duration
	}{
		"seconds":      {map[string]string{"Retry-After": "120"}, 2 * time.Minute},
		"milliseconds": {map[string]string{"Retry-After-Ms": "90500", "Retry-After": "1"}, 90*time.Second + 500*time.Millisecond},
		"date": {map[string]string{
			"Retry-After": "Fri, 20 Nov 2026 09:10:00 GMT", "Date": "Fri, 20 Nov 2026 09:00:00 GMT",
		}, 10 * time.Minute},
		"a date of another clock": {map[string]string{
			"Retry-After": "Mon, 01 Jan 2001 00:03:00 GMT", "Date": "Mon, 01 Jan 2001 00:00:00 GMT",
		}, 3 * time.Minute},
		"none":     {nil, 30 * time.Second},
		"past":     {map[string]string{"Retry-After": "-5"}, 30 * time.Second},
		"nonsense": {map[string]string{"Retry-After": "soon", "Retry-After-Ms": "NaN"}, 30 * time.Second},
		"for ever": {map[string]string{"Retry-After": "1e300"}, 6 * time.Hour},
	} {
		f := online(t, nova(), func(w http.ResponseWriter, _ *http.Request, _ request, _ int) {
			for k, v := range tt.header {
				w.Header().Set(k, v)
			}
			raw(w, 429, "{}")
		})
		plan := f.engage(t, three()...)
		if want := "next try after " + start.Add(tt.want).Format(time.RFC3339); !strings.HasSuffix(plan.Note, want) {
			t.Errorf("%s: note %q, want %s", name, plan.Note, want)
		}
	}
}

// A model that failed rests while the next one answers, and is asked again
// after its cool-down.
func TestOpenAI_comesBack(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.model = serve(t, func(w http.ResponseWriter, r *http.Request, q request, n int) {
		if q.Model == "m1" && n < 4 {
			status(503, "{}")(w, r, q, n)
			return
		}
		writeAnswer(w, q, decide())
	})
	now := start
	f.Now = func() time.Time { return now }
	f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m1", Fallback: []string{"m2"}})
	for i, step := range []struct {
		at   time.Duration
		want string
	}{
		{0, "m1 json_schema, m2 json_schema"},
		{29 * time.Second, "m2 json_schema"},
		{30 * time.Second, "m1 json_schema"},
		{31 * time.Second, "m1 json_schema"},
	} {
		now = start.Add(step.at)
		before := len(f.model.seen())
		if plan := f.engage(t, post(fmt.Sprint("p", i), "luma", "a plotter")); plan.Failed {
			t.Fatalf("step %d: %s", i, plan.Note)
		}
		if got := asked(f.model.seen()[before:]); got != step.want {
			t.Errorf("after %s asked %q, want %q", step.at, got, step.want)
		}
	}
}
