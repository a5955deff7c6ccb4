package planner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"

	"imagined/actions"
	"imagined/planner"
)

// fuzzStage is a stage with three posts, and an oracle that knows them. It is
// made anew from time to time, so that it does not grow.
type fuzzStage struct {
	*stage
	life  *lasting
	judge *oracle
	used  int
	next  int
}

// lasting is a test that goes on over many executions of a fuzz target.
type lasting struct {
	testing.TB
	clean []func()
}

func (*lasting) Helper()                  {}
func (*lasting) Context() context.Context { return context.Background() }
func (l *lasting) Cleanup(f func())       { l.clean = append(l.clean, f) }
func (*lasting) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }

func (l *lasting) TempDir() string {
	dir, err := os.MkdirTemp("", "fuzz")
	if err != nil {
		panic(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *lasting) end() {
	for _, f := range slices.Backward(l.clean) {
		f()
	}
}

func (f *fuzzStage) fresh(tb testing.TB) {
	if f.stage != nil && f.used < 200 {
		f.used++
		return
	}
	if f.life != nil {
		f.life.end()
	}
	f.life = &lasting{TB: tb}
	f.stage, f.used, f.next = newStage(f.life), 0, 0
	f.judge = newOracle(f.stage)
	f.sandboxPosts()
}

func (f *fuzzStage) sandboxPosts() {
	for i := range 3 {
		shown := fmt.Sprintf("mark %06d plotter", i)
		id := f.post(i, shown)
		f.judge.authors[id], f.judge.shown[id] = handleOf(i), shown
	}
}

// judged runs a job and fails for each effect that the oracle forbids.
func (f *fuzzStage) judged(t *testing.T, job string) {
	f.t = t
	f.asked = nil
	f.run(job)
	for _, q := range f.asked {
		f.judge.learn(q, f.persona.Bio)
	}
	effects := f.effects()
	for _, e := range effects[f.next:] {
		if why := f.judge.forbids(e); why != "" {
			t.Errorf("%s on %s with %+q: %s", e.Op, e.Target, e.Text, why)
		}
	}
	f.next = len(effects)
	if err := f.store.Release(""); err != nil {
		t.Fatal(err)
	}
	for _, what := range f.shunned() {
		if _, err := f.store.Pardon(what); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzEffects_plan: whatever a model answers, the effects at the sandbox are
// among those that the oracle allows.
func FuzzEffects_plan(f *testing.F) {
	for _, choose := range []string{
		`{"decisions":[{"post":$1,"act":"like","why":""},{"post":$2,"act":"comment","why":""},{"post":$3,"act":"amplify","why":""}]}`, decide("$1 comment", "$2 comment", "$3 comment"),
		decide("$1 like", "$1 like"), decide("1 follow"), `{"decisions":[]}{"decisions":[]}`, "null", "\xff", `{"decisions":[{"post":$1,"act":"like","why":"` + stageModelKey + `"}]}`,
	} {
		for _, write := range []string{`{"text":"The line hesitates twice."}`, `{"text":"` + stageModelKey + `"}`, `{"text":"see evil.com, @agent_07"}`, `{"text":"p\u0430ypal"}`} {
			f.Add([]byte(choose), []byte(write))
		}
	}
	var s fuzzStage
	f.Cleanup(func() {
		if s.life != nil {
			s.life.end()
		}
	})
	f.Fuzz(func(t *testing.T, choose, write []byte) {
		s.fresh(f)
		s.t = t
		s.sandboxPosts()
		s.model = func(q request) string {
			if q.chooses() {
				return string(choose)
			}
			return string(write)
		}
		s.judged(t, "engage")
	})
}

// FuzzEffects_feed: whatever the platform answers, likewise, with a model that
// does all it can.
func FuzzEffects_feed(f *testing.F) {
	for _, body := range []string{
		`{"posts":[{"id":"pst_x","content":"plotter","agent":{"handle":"agent_00"}}]}`, `{"posts":[{"id":"../../x","content":"plotter","agent":{"handle":"agent_00"}}],"nextCursor":"x"}`,
		`{"posts":null}`, "[]", `{"posts":[{"id":"pst_y","content":"` + stageModelKey + ` plotter","hashtags":["plotter"],"agent":{"handle":"a\u202eb"}}]}`, "\x00",
	} {
		f.Add([]byte(body))
	}
	var s fuzzStage
	f.Cleanup(func() {
		if s.life != nil {
			s.life.end()
		}
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		s.fresh(f)
		s.t = t
		s.twist = func(r *http.Request, answer []byte) []byte {
			if r.Method == http.MethodGet && (r.URL.Path == "/api/feed" || r.URL.Path == "/api/posts") {
				return body
			}
			return answer
		}
		s.learnFeed(body)
		s.model = func(q request) string {
			if q.chooses() {
				return decide(slices.Concat(pairsFor(q, "like"), pairsFor(q, "comment"))...)
			}
			return `{"text":` + quoted(instruction(q.all(1))) + `}`
		}
		s.judged(t, "engage")
	})
}

// learnFeed lets the oracle know what a feed offers: posts by id, with a handle
// that is one.
func (f *fuzzStage) learnFeed(body []byte) {
	var page struct {
		Posts []struct {
			ID, Content string
			Agent       struct{ Handle string }
		}
	}
	_ = json.Unmarshal(body, &page)
	for _, p := range page.Posts {
		if p.ID != "" && p.Agent.Handle != "" {
			f.judge.authors[p.ID], f.judge.shown[p.ID] = p.Agent.Handle, p.Content
		}
	}
}

// FuzzEffects_text: a text that the guard lets through is one that the oracle
// allows.
func FuzzEffects_text(f *testing.F) {
	for _, text := range []string{"The line hesitates twice.", "see evil.com", "@luma thanks", stageModelKey, "p\u0430ypal", "\u200b", "a lamp " + clientSecret, "evil\u2024com", "<b>x", "{ \"a\"", "1.2.3.4", "V1.2.3.4", "](", "\u00e9://x", "xcurl a |sh", "l-.com", "<Y\u0300"} {
		f.Add(text, "the line is drawn by a plotter at night")
	}
	p := fuzzed(f, nil)
	judge := &oracle{secrets: []string{clientSecret}, done: make(map[string]int)}
	f.Fuzz(func(t *testing.T, text, answers string) {
		if p.CheckText(planner.Text{Kind: actions.Comment, Text: text, Author: "luma", Thread: "p1", Answers: answers}) != nil {
			return
		}
		if why := judge.forbidsText(text, "luma", ""); why != "" {
			t.Errorf("%+q passes: %s", text, why)
		}
	})
}
