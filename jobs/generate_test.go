package jobs_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// newStudio is a world whose persona only generates, by these recipes.
func newStudio(t *testing.T, recipes ...persona.Recipe) *world {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	for _, name := range []string{"engage", "post"} {
		w.persona.Schedule[name] = persona.Job{Cron: "off"}
	}
	w.persona.Schedule["generate"] = persona.Job{Cron: "0 12 * * *", Missed: "skip"}
	w.persona.Generation.Recipes = recipes
	w.persona.Voice.Style = "Slow and exact."
	return w
}

// overHTTP puts a socket between the persona and the sandbox, and hears what is
// asked through it.
func (w *world) overHTTP() (asked func() []string) {
	w.t.Helper()
	var mu sync.Mutex
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests = append(requests, r.Method+" "+r.URL.Path)
		mu.Unlock()
		w.sandbox.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(server.Close)
	client, err := apiclient.New(apiclient.Config{BaseURL: server.URL, ID: w.id, Secret: w.secret, Now: w.Now, Sleep: w.Sleep})
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(requests)
	}
}

// TestGuide_GenerateAIContent is the guide's workflow, step by step, as the
// sandbox saw it.
func TestGuide_GenerateAIContent(t *testing.T) {
	t.Parallel()
	const prompt, caption = "Two bowed strings a quarter tone apart, until they meet.", "They meet near the end."
	m := newModel(t, func(request string) (int, string) {
		if strings.Contains(request, "for a program that makes it") {
			return 200, says(`{"text":"` + prompt + `"}`)
		}
		return 200, says(`{"text":"` + caption + `"}`)
	})
	w := newStudio(t, persona.Recipe{Provider: "ELEVENLABS", Type: "music", Prompt: persona.AutoPrompt, Weight: 1})
	asked := w.overHTTP()
	day := w.jobs(m.brain(t))
	before := len(w.sandbox.Effects())

	// 1. Connect an AI provider. Nothing is started before that.
	w.live(day, 5*time.Hour)
	if n := len(w.sandbox.Effects()) - before; n != 0 || m.count() != 0 {
		t.Fatalf("step 1: %d effects, %d requests to the model before there is a provider", n, m.count())
	}
	day.Performer.Secret = func(string) (string, error) { return "a-key-for-the-sandbox", nil }
	if e, err := day.Performer.Do(t.Context(), actions.Action{Kind: actions.ConnectService, Target: "ELEVENLABS"}); err != nil || e.Status != state.Done {
		t.Fatalf("step 1: %+v, %v", e, err)
	}
	w.live(day, 24*time.Hour)

	effects := w.sandbox.Effects()[before:]
	if len(effects) != 2 || effects[0].Op != "connectService" || effects[0].Target != "ELEVENLABS" {
		t.Fatalf("step 1: the sandbox saw %+v", effects)
	}
	// 2. Start a generation: a prompt, a type and the text of the post.
	if started := effects[1]; started.Op != "startGeneration" || started.Target != "ELEVENLABS" || started.Text != prompt {
		t.Fatalf("step 2: the sandbox saw %+v", started)
	}
	// 3. Poll pending jobs to check status.
	requests := asked()
	start := slices.Index(requests, "POST /api/generate")
	polls := 0
	for _, r := range requests[start+1:] {
		if r == "GET /api/generate/pending" {
			polls++
		}
	}
	if start < 0 || polls < 3 || polls > 6 {
		t.Errorf("step 3: %d polls after the start; a job of three minutes that is polled each minute needs 3 to 6", polls)
	}
	for _, status := range []string{"generating", "uploading", "completed"} {
		if !strings.Contains(w.log.String(), "status="+status) {
			t.Errorf("step 3: %s was not seen:\n%s", status, w.log)
		}
	}
	// 4. When complete, a post is automatically created with the generated media.
	var posts []apiclient.Post
	for p, err := range w.client.PublicTimeline(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Agent.ID == w.self.ID {
			posts = append(posts, p)
		}
	}
	media, err := w.store.MediaSince(time.Time{})
	if err != nil || len(posts) != 1 || len(media) != 1 {
		t.Fatalf("step 4: %d posts, %d media, %v", len(posts), len(media), err)
	}
	if p, made := posts[0], media[0]; p.Content != caption+" #plotter" || len(p.MediaURLs) != 1 || p.ID != made.PostID || p.MediaURLs[0] != made.Result || made.Fault != "" {
		t.Errorf("step 4: post %+v, media %+v", p, made)
	}
	if m.count() != 2 {
		t.Errorf("%d requests to the model, want 2: prompt and caption", m.count())
	}
	if slices.ContainsFunc(requests, func(r string) bool { return r == "POST /api/posts" }) {
		t.Error("step 4: the persona posted it by itself")
	}
}

// TestMake_ByHand: one generation by a numbered recipe, within the limits.
func TestMake_ByHand(t *testing.T) {
	t.Parallel()
	w := newStudio(t, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "one", Weight: 1}, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "two", Weight: 1})
	j := w.jobs(planner.NewOffline())
	_, e, err := j.Make(t.Context(), 2)
	if err != nil || e.Status != state.Done || e.Media.Prompt != "two" {
		t.Fatalf("entry %+v, %v", e, err)
	}
	w.Advance(time.Second)
	for recipe, why := range map[int]string{2: "limit reached: kind/generate 1 a day", 3: "there is no recipe 3: the persona has 2", -1: "there is no recipe -1"} {
		if _, _, err := j.Make(t.Context(), recipe); !errors.Is(err, jobs.ErrNotMade) || !strings.Contains(err.Error(), why) {
			t.Errorf("recipe %d: %v", recipe, err)
		}
	}
	if err := w.store.Hold(state.Hold{Why: "by the test", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Make(t.Context(), 1); !errors.Is(err, jobs.ErrNotMade) || !strings.Contains(err.Error(), "held: by the test") {
		t.Errorf("held: %v", err)
	}
	if n := w.starts(); n != 1 {
		t.Errorf("%d starts, want 1", n)
	}
}

func (w *world) starts() (n int) {
	for _, e := range w.sandbox.Effects() {
		if e.Op == "startGeneration" {
			n++
		}
	}
	return n
}

// TestObey_Generate: what a person asks of the running program is done at once,
// and once, though the command is taken again after a crash.
func TestObey_Generate(t *testing.T) {
	t.Parallel()
	w := newStudio(t, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "one", Weight: 1}, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "two", Weight: 1})
	w.persona.Limits["generate"] = persona.Limit{Day: new(5)}
	w.persona.Schedule["generate"] = persona.Job{Cron: "off"}
	command := state.Command{Verb: "generate", Recipe: 2, At: w.Now()}
	for range 2 {
		if said, err := jobs.Obey(w.store, command, w.Now()); err != nil || said != "a generation is started next" {
			t.Fatalf("%q, %v", said, err)
		}
	}
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
	if _, err := jobs.Obey(w.store, command, w.Now()); err != nil { // the crash came before the file was gone
		t.Fatal(err)
	}
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
	media, err := w.store.MediaSince(time.Time{})
	if err != nil || len(media) != 1 || media[0].Request.Prompt != "two" || media[0].Status != state.MediaCompleted || w.starts() != 1 {
		t.Errorf("%d starts, media %+v, %v", w.starts(), media, err)
	}
	es := w.entries() // the second is explained, once
	if len(es) != 2 || es[1].Kind != "plan" || !strings.HasPrefix(es[1].Error, "already planned for") {
		t.Errorf("entries %+v", es)
	}
}

// TestObey_GenerateTwo: two that are asked for while the program is busy are two.
func TestObey_GenerateTwo(t *testing.T) {
	t.Parallel()
	w := newStudio(t, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "one", Weight: 1}, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "two", Weight: 1})
	w.persona.Limits["generate"] = persona.Limit{Day: new(5)}
	w.persona.Schedule["generate"] = persona.Job{Cron: "off"}
	for recipe := range 2 {
		if _, err := jobs.Obey(w.store, state.Command{Verb: "generate", Recipe: recipe + 1, At: w.Now().Add(time.Duration(recipe))}, w.Now()); err != nil {
			t.Fatal(err)
		}
	}
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
	if n := w.starts(); n != 2 {
		t.Errorf("%d starts, want 2", n)
	}
}

// TestGenerate_OfflineSaysSo: without a model a recipe whose prompt it writes
// is passed over, and where there is no other the journal has the reason.
func TestGenerate_OfflineSaysSo(t *testing.T) {
	t.Parallel()
	auto := persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: persona.AutoPrompt, Weight: 9}
	w := newStudio(t, auto)
	w.live(w.jobs(planner.NewOffline()), 5*time.Hour)
	es := w.entries()
	if len(es) != 1 || es[0].Status != state.Dropped || es[0].Error != "the prompts of its recipes are written by a model, and there is none" || w.starts() != 0 {
		t.Fatalf("%d starts, entries %+v", w.starts(), es)
	}
	w.persona.Generation.Recipes = []persona.Recipe{auto, {Provider: "OPENAI", Type: "image", Prompt: "fog", Weight: 0.1}}
	w.live(w.jobs(planner.NewOffline()), 24*time.Hour)
	if es := w.entries(); len(es) != 2 || es[1].Kind != "generate" || es[1].Media.Prompt != "fog" || w.starts() != 1 {
		t.Errorf("%d starts, entries %+v", w.starts(), es)
	}
}

// TestPoll_SaysWhyItFailed: the log has the cause, what can be done, and when
// the provider is tried again; the model is not asked meanwhile.
func TestPoll_SaysWhyItFailed(t *testing.T) {
	t.Parallel()
	w := newStudio(t, persona.Recipe{Provider: "OPENAI", Type: "image", Prompt: "fog", Weight: 1})
	w.persona.Schedule["generate"] = persona.Job{Cron: "0 * * * *", Missed: "skip"}
	w.persona.Limits["generate"] = persona.Limit{Day: new(40)}
	if _, err := w.client.ConnectService(t.Context(), "OPENAI", "an-invalid-key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	brain := &counter{Brain: planner.NewOffline()}
	w.live(w.jobs(brain), 6*time.Hour)
	log := w.log.String()
	for _, want := range []string{`cause=key`, `err="Invalid API key"`, `fix="the provider refuses the key: connect it again`, "OPENAI rests until 2026-03-02T"} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in the log:\n%s", want, log)
		}
	}
	if w.starts() != 1 || brain.asked != 1 {
		t.Errorf("%d starts, the brain was asked %d times; a provider that rests is not asked", w.starts(), brain.asked)
	}
}
