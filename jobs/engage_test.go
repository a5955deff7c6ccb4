package jobs_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// engageOps are the acts of engage, by the operation that the sandbox notes.
var engageOps = map[string]string{
	"likePost": "like", "likeByte": "like", "createComment": "comment", "createByteComment": "comment", "amplifyPost": "amplify",
	"repostPost": "repost", "quotePost": "quote", "followAgent": "follow",
}

// candidate finds the number and the author of what a model is shown.
var candidate = regexp.MustCompile(`\\"post\\":(\d+)(,\\"film\\":true)?,\\"author\\":\\"([a-z0-9_]+)\\"`)

// offered are the acts that a question names.
func offered(request string) []string {
	_, line, _ := strings.Cut(request, "What you can do: ")
	line, _, _ = strings.Cut(line, ".")
	return strings.Split(line, ", ")
}

// picks is a model that does what wants says about each author's posts, where
// it is offered, and writes another text each time.
func picks(t *testing.T, wants func(author string, film bool) []string) *model {
	t.Helper()
	written := 0
	return newModel(t, func(request string) (int, string) {
		if !strings.Contains(request, "Pick the posts") {
			written++
			return 200, says(fmt.Sprintf(`{"text":"What stays with me: %s."}`, words(uint64(written), 60))) // #nosec G115
		}
		var decisions []string
		acts := offered(request)
		for _, c := range candidate.FindAllStringSubmatch(request, -1) {
			for _, act := range wants(c[3], c[2] != "") {
				if slices.Contains(acts, act) {
					decisions = append(decisions, fmt.Sprintf(`{"post":%s,"act":%q,"why":"fine"}`, c[1], act))
				}
			}
		}
		return 200, says(`{"decisions":[` + strings.Join(decisions, ",") + `]}`)
	})
}

// about wants these acts on the posts of one author, and nothing else.
func about(author string, acts ...string) func(string, bool) []string {
	return func(by string, _ bool) []string {
		if by != author {
			return nil
		}
		return acts
	}
}

// engaged is a world whose persona only engages, every half hour.
func engaged(t *testing.T, pace float64) *world {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = pace })
	w.only()
	w.persona.Schedule["engage"] = persona.Job{Cron: "*/30 * * * *", Missed: "skip"}
	w.persona.QuietHours = ""
	defaults := persona.Defaults()
	w.persona.Limits, w.persona.Acts = defaults.Limits, defaults.Acts
	return w
}

// agent is another one, who posts.
func (w *world) agent(handle string) *apiclient.Client {
	w.t.Helper()
	made, err := w.newClient("", "").Register(w.t.Context(), apiclient.NewAgent{Handle: handle, Name: handle})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Advance(time.Minute)
	return w.newClient(made.ClientID, made.ClientSecret)
}

func (w *world) posts(by *apiclient.Client, text string) string {
	w.t.Helper()
	post, err := by.CreatePost(w.t.Context(), apiclient.NewPost{Content: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return post.ID
}

func (w *world) publishes(by *apiclient.Client, caption string) string {
	w.t.Helper()
	w.lay(map[string]string{"film.mp4": movie("isom", 9)})
	m, err := by.UploadVideo(w.t.Context(), apiclient.Upload{Path: filepath.Join(w.folder, "film.mp4"), Purpose: "byte"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Advance(time.Minute)
	b, err := by.CreateByte(w.t.Context(), apiclient.NewByte{MediaID: m.ID, Caption: caption})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.ID
}

// did are the targets of the persona's effects of one operation.
func (w *world) did(op string) (targets []string) {
	for _, e := range w.effects(op) {
		if e.Agent == "nova_test" {
			targets = append(targets, strings.TrimPrefix(e.Target, "@"))
		}
	}
	return targets
}

// paths counts the requests that come through, by method and path.
type paths struct {
	next http.Handler
	seen map[string]int
}

func (p *paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.seen[r.Method+" "+r.URL.Path]++
	p.next.ServeHTTP(w, r)
}

// TestGuide_Engage is the guide's workflow "Engage with the Community", its
// numbered steps asserted one by one at the sandbox.
func TestGuide_Engage(t *testing.T) {
	t.Parallel()
	w := engaged(t, -1)
	luma, brio := w.agent("luma_draws"), w.agent("brio_plots")
	first := w.posts(luma, "A plotter drew the harbour at dusk, with one lamp left out. #plotter")
	w.posts(brio, "A plotter at rest, and the pen beside it. #plotter")
	requests := &paths{w.sandbox, make(map[string]int)}
	w.client = w.through(requests)
	m := picks(t, func(author string, _ bool) []string {
		return map[string][]string{"luma_draws": {"like", "comment", "amplify"}, "brio_plots": {"follow"}}[author]
	})
	w.live(w.jobs(m.brain(t)), 31*time.Minute)

	// 1. Browse the public timeline or trending content.
	for _, path := range []string{"GET /api/posts", "GET /api/explore", "GET /api/feed", "GET /api/bytes", "GET /api/hashtags/plotter"} {
		if requests.seen[path] == 0 {
			t.Errorf("1: no %s in %v", path, requests.seen)
		}
	}
	// 2. Like, comment on, and amplify posts that interest you.
	for _, op := range []string{"likePost", "createComment", "amplifyPost"} {
		if got := w.did(op); !slices.Equal(got, []string{first}) {
			t.Errorf("2: %s of %v, want %s", op, got, first)
		}
	}
	if said := w.effects("createComment"); len(said) == 1 && !strings.HasPrefix(said[0].Text, "What stays with me: ") {
		t.Errorf("2: it says %q", said[0].Text)
	}
	// 3. Follow agents whose content you enjoy.
	if got := w.did("followAgent"); !slices.Equal(got, []string{"brio_plots"}) {
		t.Errorf("3: followed %v", got)
	}
	// 4. Your feed will populate with their future posts.
	second := w.posts(brio, "The same pen on the same plotter, an hour later. #plotter")
	w.live(w.jobs(m.brain(t)), 31*time.Minute)
	var found *state.Considered
	if err := w.store.Decisions(func(d state.Decision) bool {
		i := slices.IndexFunc(d.Shown, func(c state.Considered) bool { return c.Post == second })
		if i >= 0 {
			found = &d.Shown[i]
		}
		return found == nil
	}); err != nil || found == nil {
		t.Fatalf("4: the second post was not considered: %v", err)
	}
	if found.Source != "feed" || slices.Contains(found.Acts, "follow") {
		t.Errorf("4: found in %s, with the acts %v", found.Source, found.Acts)
	}
	if n := len(w.did("followAgent")); n != 1 {
		t.Errorf("4: %d follows", n)
	}
}

// TestEngage_AllActs: a repost, a quote, a follow, and a byte that is liked and
// commented on, each once at the sandbox; the writer of a text sees that one
// post and nothing else.
func TestEngage_AllActs(t *testing.T) {
	t.Parallel()
	w := engaged(t, -1)
	w.persona.Acts = nil
	authors := map[string]string{"luma_draws": "repost", "brio_tapes": "quote", "kilo_films": "like comment"}
	targets := make(map[string]string)
	for handle := range maps.Keys(authors) {
		by := w.agent(handle)
		if handle == "kilo_films" {
			targets[handle] = w.publishes(by, "A plotter at work, from "+handle)
			continue
		}
		targets[handle] = w.posts(by, "A plotter at rest, from "+handle)
	}
	m := picks(t, func(author string, _ bool) []string { return strings.Fields(authors[author]) })
	w.live(w.jobs(m.brain(t)), 31*time.Minute)
	for op, handle := range map[string]string{
		"repostPost": "luma_draws", "quotePost": "brio_tapes", "likeByte": "kilo_films", "createByteComment": "kilo_films",
	} {
		if got := w.did(op); !slices.Equal(got, []string{targets[handle]}) {
			t.Errorf("%s of %v, want %s", op, got, targets[handle])
		}
	}
	texts := 0
	for _, request := range m.requests() {
		if strings.Contains(request, "Pick the posts") {
			continue
		}
		texts++
		shown := 0
		for handle := range authors {
			if strings.Contains(request, "from "+handle) {
				shown++
			}
		}
		if shown != 1 {
			t.Errorf("a writer was shown %d posts", shown)
		}
	}
	if texts != 2 {
		t.Errorf("%d texts were asked for", texts)
	}
}

// TestEngage_FollowsOnce: whom somebody follows already, or has left, is not
// followed; neither is an own persona.
func TestEngage_FollowsOnce(t *testing.T) {
	t.Parallel()
	w := engaged(t, -1)
	w.persona.Acts, w.persona.Limits["follow"] = nil, persona.Limit{}
	all := map[string]*apiclient.Client{}
	for _, handle := range []string{"luma_draws", "brio_tapes", "kilo_films", "own_sister"} {
		all[handle] = w.agent(handle)
	}
	if _, err := w.client.Follow(t.Context(), "luma_draws"); err != nil { // by a person's hand; then the feed cannot tell
		t.Fatal(err)
	}
	p := w.jobs(planner.NewOffline()).Performer
	for _, a := range []actions.Action{
		{Kind: actions.Follow, Target: "brio_tapes", Author: "brio_tapes", Slot: "network", Job: "network"},
		{Kind: actions.Unfollow, Target: "brio_tapes", Author: "brio_tapes", Slot: "network", Job: "network"},
	} {
		if e, err := p.Do(t.Context(), a); err != nil || e.Status != state.Done {
			t.Fatal(e, err)
		}
	}
	for _, handle := range slices.Sorted(maps.Keys(all)) {
		w.posts(all[handle], "A plotter at rest, from "+handle)
	}
	w.client = w.through(emptyFeed{w.sandbox})
	before := len(w.did("followAgent"))
	j := w.jobs(picks(t, func(author string, _ bool) []string {
		if all[author] == nil {
			return nil
		}
		return []string{"like", "follow"}
	}).brain(t))
	j.Planner.Household = []string{"nova_test", "own_sister"}
	w.live(j, 31*time.Minute)
	if got := w.did("followAgent")[before:]; !slices.Equal(got, []string{"kilo_films"}) {
		t.Errorf("followed %v", got)
	}
	reasons := make(map[string]string)
	for _, e := range w.entriesOf("follow") {
		reasons[e.Target] = e.Error
	}
	if reasons["luma_draws"] != "followed already" || !strings.HasPrefix(reasons["brio_tapes"], "already acted on") && reasons["brio_tapes"] != "" {
		t.Errorf("reasons %v", reasons)
	}
}

// emptyFeed shows nobody's posts in the feed.
type emptyFeed struct{ next http.Handler }

func (f emptyFeed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/feed" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"posts":[]}`))
		return
	}
	f.next.ServeHTTP(w, r)
}

// variously passes posts on in another way each time.
func variously() func(string, bool) []string {
	n := 0
	return func(string, bool) []string {
		n++
		return []string{"like", "comment", []string{"amplify", "repost", "quote"}[n%3], "follow"}
	}
}

// TestEngage_Shares: a week of a model that wants everything, and of the
// offline brain: no act is ever more than its share of the latest fifty, as
// counted at the sandbox.
func TestEngage_Shares(t *testing.T) {
	t.Parallel()
	acts := persona.Acts{"like": 1, "comment": 0.2, "amplify": 0.1, "repost": 0.05, "quote": 0.04, "follow": 0.03}
	for name, brain := range map[string]func(t *testing.T) planner.Brain{
		"eager":   func(t *testing.T) planner.Brain { return picks(t, variously()).brain(t) },
		"offline": func(*testing.T) planner.Brain { return planner.NewOffline() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := engaged(t, 0.5)
			w.persona.Acts = acts
			for _, kind := range []string{"like", "comment", "amplify", "repost", "quote", "follow", "like_byte", "comment_byte", "author", "topic"} {
				w.persona.Limits[kind] = persona.Limit{}
			}
			w.persona.LLM.MaxTokensPerDay = new(100_000_000)
			began := len(w.sandbox.Effects())
			b := brain(t)
			w.live(w.jobs(b), 3*24*time.Hour)
			w.live(w.jobs(b), 4*24*time.Hour) // after a restart
			counts := w.withinShares(began, acts)
			for _, act := range persona.ActNames {
				if counts[act] == 0 {
					t.Errorf("no %s in a week: %v", act, counts)
				}
			}
			held := 0
			if err := w.store.Decisions(func(d state.Decision) bool { held += len(d.Held); return true }); err != nil || held == 0 {
				t.Errorf("nothing was held back, says the journal: %v", err)
			}
			t.Logf("%v; %d times an act was held back", counts, held)
		})
	}
}

// withinShares counts what was done, and fails for each effect that was more
// than its share of the fifty latest, itself included.
func (w *world) withinShares(from int, acts persona.Acts) map[string]int {
	w.t.Helper()
	counts := make(map[string]int)
	var done []sandbox.Effect
	for _, e := range w.sandbox.Effects()[from:] {
		act := engageOps[e.Op]
		if act == "" || e.Agent != "nova_test" {
			continue
		}
		done = append(done, e)
		counts[act]++
		n, same := 0, 0
		for _, before := range done[max(0, len(done)-50):] {
			if e.At.Sub(before.At) > 7*24*time.Hour {
				continue
			}
			if n++; engageOps[before.Op] == act {
				same++
			}
		}
		if most := math.Ceil(acts[act]*float64(n) - 1e-9); float64(same) > most {
			w.t.Errorf("%s at %s is number %d of the last %d, at most %v", act, e.At, same, n, most)
		}
	}
	return counts
}

// TestEngage_Limits: what nobody set a limit for stays small, however much a
// model wants, and bytes that nothing may be done about are not even read.
func TestEngage_Limits(t *testing.T) {
	t.Parallel()
	w := engaged(t, 0.5)
	w.persona.Acts = nil
	w.persona.LLM.MaxTokensPerDay = new(100_000_000)
	w.live(w.jobs(picks(t, variously()).brain(t)), 2*24*time.Hour)
	for op, limit := range map[string][2]int{
		"repostPost": {1, 2}, "quotePost": {1, 1}, "likeByte": {5, 20}, "createByteComment": {1, 3}, "followAgent": {5, 20}, "amplifyPost": {3, 10},
	} {
		if n := len(w.did(op)); n == 0 {
			t.Errorf("no %s at all", op)
		}
		for i, window := range []time.Duration{time.Hour, 24 * time.Hour} {
			if n := w.busiest(op, window); n > limit[i] {
				t.Errorf("%d of %s in %s, want at most %d", n, op, window, limit[i])
			}
		}
	}
	w = engaged(t, -1)
	w.persona.Limits["like_byte"], w.persona.Limits["comment_byte"] = persona.Limit{Day: new(0)}, persona.Limit{Hour: new(0)}
	requests := &paths{w.sandbox, make(map[string]int)}
	w.client = w.through(requests)
	w.live(w.jobs(planner.NewOffline()), 31*time.Minute)
	if requests.seen["GET /api/bytes"] != 0 || requests.seen["GET /api/feed"] == 0 {
		t.Errorf("requests %v", requests.seen)
	}
}

// busiest is the most effects of an operation within a window.
func (w *world) busiest(op string, window time.Duration) (most int) {
	var times []time.Time
	for _, e := range w.effects(op) {
		if e.Agent == "nova_test" {
			times = append(times, e.At)
		}
	}
	for i := range times {
		n := 0
		for _, at := range times[i:] {
			if at.Sub(times[i]) < window {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

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
