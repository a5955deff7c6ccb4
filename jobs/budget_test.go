package jobs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// invoice is what the model's server asks for one request.
type invoice struct {
	at            time.Time
	input, output int
}

// greedy is a model's server that wants everything done with every post, needs
// as many tokens as it may, and past which the process may die: the request is
// paid for and not settled.
type greedy struct {
	*httptest.Server
	hard  *hard
	mu    sync.Mutex
	fuse  int // requests until the process dies
	bills []invoice
	kills int
	said  int
}

const (
	mostTokensADay = 40_000
	mostUSDADay    = 0.12
)

var allNumbers = regexp.MustCompile(`"enum":\[([0-9,]+)\]`)

func newGreedy(h *hard) *greedy {
	g := &greedy{hard: h}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	h.t.Cleanup(g.Close)
	return g
}

func (g *greedy) serve(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Messages  []struct{ Content string }
		MaxTokens int             `json:"max_tokens"`
		Format    json.RawMessage `json:"response_format"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		g.hard.t.Error(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b := invoice{at: g.hard.Now(), output: req.MaxTokens}
	for _, m := range req.Messages {
		b.input += len(m.Content) / 4
	}
	g.bills = append(g.bills, b)
	g.fuse--
	switch {
	case g.fuse == 0: // it dies while it waits
		g.kills++
		g.hard.die()
		panic(http.ErrAbortHandler)
	case len(g.bills)%17 == 0: // the answer is lost, the work was done
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"id":"c","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],`+
		`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`, g.answer(string(req.Format)), b.input, b.output, b.input+b.output)
}

func (g *greedy) answer(format string) string {
	if !strings.Contains(format, `"decisions"`) {
		g.said++
		words := []string{"ink", "margin", "paper", "slow", "plotter", "edge", "line", "quiet", "fold", "grain", "tape", "noise", "pen", "light", "crop", "seam"}
		text := ""
		for i, n := 0, g.said*2654435761; i < 7; i++ {
			text += " " + words[n%len(words)]
			n = n/3 + g.said*(i+7)
		}
		return fmt.Sprintf(`{"text":"Number%d%s."}`, g.said, text)
	}
	var decisions []string
	for number := range strings.SplitSeq(allNumbers.FindStringSubmatch(format)[1], ",") {
		for _, act := range []string{"like", "comment", "amplify"} {
			decisions = append(decisions, `{"post":`+number+`,"act":"`+act+`","why":"fine"}`)
		}
	}
	return `{"decisions":[` + strings.Join(decisions, ",") + `]}`
}

// TestBudgets_KillRestartClock lives a week in which the process is killed at
// random, between the reservation and the settlement of a model's call as well,
// is begun again, its machine boots, and the wall clock is set an hour, a day,
// to 1970 and to 2038, while it lives and between. Everything is counted at the
// servers and in true time.
func TestBudgets_KillRestartClock(t *testing.T) {
	t.Parallel()
	days, seeds := 7, uint64(2)
	if testing.Short() {
		days = 3
	}
	if os.Getenv("IMAGINED_LONG") != "" {
		days, seeds = 30, 10
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			h, g := newSpender(t, seed)
			end, jumps, boots := h.Now().AddDate(0, 0, days), 0, 0
			for h.Now().Before(end) && !t.Failed() {
				if h.rand.IntN(2) == 0 {
					h.shift = jump(h)
					jumps++
				}
				if h.rand.IntN(4) == 0 {
					h.boot, h.began = h.boot+"+", h.Now()
					boots++
				}
				g.mu.Lock()
				g.fuse = h.rand.IntN(8)
				g.mu.Unlock()
				h.process(time.Duration(20+h.rand.IntN(400))*time.Minute, h.rand.IntN(200))
			}
			h.sandbox.SetFaults()
			g.verdict(jumps, boots)
		})
	}
}

func newSpender(t *testing.T, seed uint64) (*hard, *greedy) {
	t.Helper()
	h := newHard(t, seed)
	p := h.persona
	p.Timezone, p.QuietHours = "Europe/Paris", ""
	p.Schedule = map[string]persona.Job{
		"engage": {Cron: "*/10 * * * *"}, "post": {Cron: "*/30 * * * *"}, "generate": {Cron: "*/30 * * * *"}, "poll": {Cron: "@every 1m"},
	}
	p.LLM.MaxTokensPerDay, p.LLM.MaxUSDPerDay, p.LLM.Price = new(mostTokensADay), new(mostUSDADay), &persona.Price{Input: 1, Output: 10}
	if seed%2 == 0 {
		p.LLM.MaxUSDPerDay = nil // tokens are what stops it
	}
	p.Limits["generate"] = persona.Limit{Hour: new(1), Day: new(2)}
	h.sandbox.SetFaults(
		sandbox.Fault{Op: "*", Kind: sandbox.AppliedReset, Rate: 0.03}, sandbox.Fault{Op: "*", Kind: sandbox.AppliedError, Rate: 0.03},
		sandbox.Fault{Op: "*", Kind: sandbox.NotApplied, Rate: 0.03},
	)
	g := newGreedy(h)
	brain, err := planner.NewOpenAI(planner.OpenAIConfig{BaseURL: g.URL + "/v1", Key: "k", Model: "test-model", Now: h.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.brain = brain
	return h, g
}

// jump is what the wall clock is set to.
func jump(h *hard) time.Duration {
	to := func(year int) time.Duration { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Sub(h.Now()) }
	jumps := []time.Duration{0, 0, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, to(1970), to(2038)}
	return jumps[h.rand.IntN(len(jumps))]
}

// verdict holds what the servers saw against the caps.
func (g *greedy) verdict(jumps, boots int) {
	h, t := g.hard, g.hard.t
	t.Helper()
	most := func(what string, times []time.Time, cap int, window time.Duration) {
		t.Helper()
		slices.SortFunc(times, time.Time.Compare)
		for i := range times {
			if k := i + cap; k < len(times) && (window == 0 || times[k].Sub(times[i]) < window) {
				t.Errorf("%s: %d within %s, from %s", what, cap+1, times[k].Sub(times[i]), times[i])
				return
			}
		}
	}
	author := make(map[string]string)
	for _, e := range h.entries() {
		if e.Author != "" {
			author[e.Target] = e.Author
		}
	}
	kinds, authors, threads := make(map[string][]time.Time), make(map[string][]time.Time), make(map[string][]time.Time)
	for _, e := range h.sandbox.Effects() {
		kind := kindOf[e.Op]
		if kind == "" {
			continue
		}
		kinds[kind] = append(kinds[kind], e.At)
		if who := author[e.Target]; who != "" {
			authors[who] = append(authors[who], e.At)
		}
		if kind == "comment" {
			threads[e.Target] = append(threads[e.Target], e.At)
		}
	}
	for kind, times := range kinds {
		most(kind+" an hour", times, *h.persona.Limits[kind].Hour, time.Hour)
		most(kind+" a day", times, *h.persona.Limits[kind].Day, 24*time.Hour)
	}
	for who, times := range authors {
		most("@"+who+" a day", times, 3, 24*time.Hour)
	}
	for thread, times := range threads {
		most("thread "+thread, times, 3, 0)
	}
	tokens, usd := make(map[string]int), make(map[string]float64) // by local day
	for _, b := range g.bills {
		day := b.at.In(h.persona.Location()).Format(time.DateOnly)
		tokens[day] += b.input + b.output
		usd[day] += (float64(b.input) + 10*float64(b.output)) / 1e6
	}
	for day := range tokens {
		if tokens[day] > mostTokensADay || h.persona.LLM.MaxUSDPerDay != nil && usd[day] > mostUSDADay {
			t.Errorf("%s: %d tokens, $%.4f", day, tokens[day], usd[day])
		}
	}
	t.Logf("%d kills, %d of them in a call, %d settings of the clock, %d boots; calls %d, most a day: %d tokens, $%.3f; likes %d, comments %d, posts %d, media %d, retries %d",
		h.kills, g.kills, jumps, boots, len(g.bills), slices.Max(slices.Collect(maps.Values(tokens))), slices.Max(slices.Collect(maps.Values(usd))), len(kinds["like"]), len(kinds["comment"]), len(kinds["post"]), len(kinds["generate"]), len(kinds["retry_generation"]))
	if len(g.bills) < 10 || g.kills == 0 || len(kinds["like"]) < 10 || len(kinds["generate"]) < 3 {
		t.Error("too little has happened to tell anything")
	}
}

// TestBudgets_SaidOnce: 80% and 100% of a budget are in the log once a window,
// over runs and restarts, and again in the next window.
func TestBudgets_SaidOnce(t *testing.T) {
	long(t)
	t.Parallel()
	w := newWorld(t)
	w.persona.QuietHours = ""
	w.persona.Schedule = map[string]persona.Job{
		"engage": {Cron: "*/10 * * * *"}, "post": {Cron: "off"}, "generate": {Cron: "off"}, "poll": {Cron: "off"},
	}
	w.persona.Limits["like"] = persona.Limit{Hour: new(2), Day: new(4)}
	w.persona.LLM.MaxTokensPerDay = new(100)
	m := newModel(t, func(string) (int, string) { return 200, says(`{"text":"Never asked."}`) })
	count := func(message, budget string, want int) {
		t.Helper()
		if n := strings.Count(w.log.String(), fmt.Sprintf("msg=%q budget=%s ", message, budget)); n != want {
			t.Errorf("%s of %s: %d times, want %d:\n%s", message, budget, n, want, w.log)
		}
	}
	spent := state.Reservation{Day: "2026-03-02", Tokens: 80}
	if err := errors.Join(w.store.Reserve(spent, 100, nil), w.store.Settle(spent, 70, 10, 0)); err != nil {
		t.Fatal(err)
	}
	for range 3 { // three processes
		w.live(w.jobs(planner.NewOffline()), 18*time.Minute)
	}
	count("budget almost spent", "tokens per=day", 1)
	count("budget spent", "like per=hour", 1)
	for range 3 {
		w.live(w.jobs(m.brain(t)), time.Hour) // each call would need more than is left
	}
	count("budget spent", "tokens per=day", 1)
	count("budget almost spent", "tokens per=day", 1)
	w.live(w.jobs(planner.NewOffline()), 4*time.Hour)
	count("budget spent", "like per=day", 1)
	w.live(w.jobs(planner.NewOffline()), 24*time.Hour)
	count("budget spent", "like per=day", 2)
	if m.count() != 0 {
		t.Errorf("%d calls", m.count())
	}
}
