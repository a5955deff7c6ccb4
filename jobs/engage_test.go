package jobs_test

import (
	"fmt"
	"maps"
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

// TestEngage_NotAskedAgain: a post about which the model writes nothing usable is
// paid for once, and one whose thread cannot be read once an hour.
func TestEngage_NotAskedAgain(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"thread", "text"} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
			w.persona.Schedule = map[string]persona.Job{"engage": {Cron: "*/10 * * * *"}}
			luma := w.neighbour("luma_test")
			post := w.says(luma, "A plotter sheet of mine, drawn with one pen and a seed.")
			w.comments(luma, post.ID, "", "Sheet nine of twelve.")
			if broken == "thread" {
				w.meddled(fails("/api/posts/"+post.ID+"/comments", http.StatusInternalServerError))
			}
			m := newModel(t, func(request string) (int, string) {
				if !strings.Contains(request, "Pick the posts") {
					return 200, says(`{"nonsense":1}`)
				}
				for _, c := range candidate.FindAllStringSubmatch(request, -1) {
					if c[3] == "luma_test" {
						return 200, says(fmt.Sprintf(`{"decisions":[{"post":%s,"act":"comment","why":"fine"}]}`, c[1]))
					}
				}
				return 200, says(`{"decisions":[]}`)
			})
			w.live(w.jobs(m.brain(t)), 35*time.Minute)
			once := m.count()
			w.live(w.jobs(m.brain(t)), 5*time.Hour)
			if n := m.count(); once == 0 || once > 4 || n > once+6 {
				t.Errorf("%d requests to the model, and %d later", once, n-once)
			}
		})
	}
}
