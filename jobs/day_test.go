package jobs_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

const (
	dayTicks  = 72 // a day of "*/20 * * * *"
	dayPosts  = 20 // new ones for each tick, of full length
	maxChoose = 16_000
)

// bill counts what a day's requests to a model come to.
type bill struct {
	mu             sync.Mutex
	choose, write  int
	bytes, largest int
	tokens         int // in, as reported
}

var shownNumber = regexp.MustCompile(`\{\\"post\\":(\d+),\\"author`)

// answer likes and comments on one of the posts, and counts tokens as a server
// might: one for four bytes.
func (b *bill) answer(request string) (int, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes += len(request)
	b.tokens += len(request) / 4
	content := ""
	if all := shownNumber.FindAllStringSubmatch(request, -1); all != nil {
		found := all[b.choose%len(all)] // not always the best one's author, to whom enough is said soon
		b.choose++
		b.largest = max(b.largest, len(request))
		content = fmt.Sprintf(`{"decisions":[{"post":%s,"act":"like","why":"fine"},{"post":%s,"act":"comment","why":"worth a word"}]}`, found[1], found[1])
	} else {
		b.write++
		content = fmt.Sprintf(`{"text":"What stays with me: %s."}`, words(uint64(b.write), 60)) // #nosec G115
	}
	return 200, fmt.Sprintf(`{"choices":[{"finish_reason":"stop","message":{"content":%q}}],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`,
		content, len(request)/4, len(content)/4+1)
}

// words are as many characters of plain text, different for each n.
func words(n uint64, length int) string {
	const syllables = "ba be bi bo da de di do fa fe ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to va ve vi vo"
	r, all := rand.New(rand.NewPCG(n, 3)), strings.Fields(syllables)
	var text strings.Builder
	for text.Len() < length {
		for range 2 + r.IntN(2) {
			text.WriteString(all[r.IntN(len(all))])
		}
		text.WriteByte(' ')
	}
	return strings.TrimSpace(text.String()[:length])
}

// crowd are agents who post as much as a persona is shown.
func crowd(t *testing.T, w *world) (agents []*apiclient.Client) {
	t.Helper()
	for i := range dayPosts {
		who := apiclient.NewAgent{Handle: fmt.Sprintf("crowd_%02d", i), Name: "Crowd"}
		made, err := w.newClient("", "").Register(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		agents = append(agents, w.newClient(made.ClientID, made.ClientSecret))
		if err := w.Sleep(t.Context(), 10*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	return agents
}

// TestModel_Day: what a busy day costs, and what a quiet one does. The figures
// are what `make measure` prints.
func TestModel_Day(t *testing.T) {
	long(t)
	t.Parallel()
	w, b := dayWorld(t)
	agents := crowd(t, w)
	m := newModel(t, b.answer)
	brain := m.brain(t)
	w.Advance(time.Date(2026, 3, 2, 23, 50, 0, 0, time.UTC).Sub(w.Now()))
	for tick := range dayTicks {
		for i, c := range agents {
			text := "plotter " + words(uint64(1000+tick*dayPosts+i), contract.MaxPost-8) // #nosec G115
			if _, err := c.CreatePost(t.Context(), apiclient.NewPost{Content: text}); err != nil {
				t.Fatal(err)
			}
		}
		w.live(w.jobs(brain), 20*time.Minute)
	}
	usage, err := w.store.UsageOf("2026-03-03")
	if err != nil {
		t.Fatal(err)
	}
	texts := 0
	for _, e := range w.entries() {
		if (e.Kind == "comment" || e.Kind == "comment_byte") && e.Status == state.Done {
			texts++
		}
	}
	if b.choose != dayTicks || b.write != texts || usage.Calls != b.choose+b.write || usage.Reserved != 0 || usage.Input != b.tokens {
		t.Errorf("%d choices, %d texts asked for, %d in the journal, usage %+v", b.choose, b.write, texts, usage)
	}
	if b.largest > maxChoose {
		t.Errorf("a choice had %d bytes, want at most %d", b.largest, maxChoose)
	}
	before := m.count()
	w.live(w.jobs(brain), 24*time.Hour)
	t.Logf("figure: %d %d %d %d %d %d", b.largest, b.choose, b.write, b.bytes, usage.Input+usage.Output, m.count()-before)
	if n := m.count() - before; n != 0 {
		t.Errorf("%d calls on a quiet day", n)
	}
}

func dayWorld(t *testing.T) (*world, *bill) {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.QuietHours = ""
	for _, kind := range []string{"like", "comment", "amplify", "author", "topic"} {
		w.persona.Limits[kind] = persona.Limit{Day: new(5000)}
	}
	for _, name := range []string{"post", "generate", "poll"} {
		w.persona.Schedule[name] = persona.Job{Cron: "off"}
	}
	w.persona.Schedule["engage"] = persona.Job{Cron: "*/20 * * * *", Missed: "skip"}
	w.persona.LLM.MaxTokensPerDay = new(1_000_000)
	return w, &bill{}
}
