package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/generation"
	"imagined/jobs"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// hard is a life in which everything goes wrong now and then: faults of the
// platform, restarts, kills, and a clock that is set.
type hard struct {
	*world
	rand  *rand.Rand
	shift time.Duration // of the persona's clock
	jumps bool
	mu    sync.Mutex
	late  []timer
	fuse  int // requests until the process is killed; 0: it is not
	dead  string
	stop  context.CancelFunc
	kills int
	brain planner.Brain // nil: the offline one
	boot  string        // the machine's, since began
	began time.Time
}

type timer struct {
	at time.Time
	do func()
}

func newHard(t *testing.T, seed uint64) *hard {
	t.Helper()
	h := &hard{rand: rand.New(rand.NewPCG(seed, 12)), jumps: seed%2 == 1, boot: "boot", began: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.world = newWorld(t, func(c *sandbox.Config) {
		c.Seed, c.Pace, c.FailGenerations = seed, 0.1, 0.2
		c.After = func(d time.Duration, f func()) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.late = append(h.late, timer{h.Now().Add(d), f})
		}
	})
	_ = h.store.Close()
	h.begin()
	return h
}

// now is the persona's clock.
func (h *hard) now() time.Time { return h.Now().Add(h.shift) }

func (h *hard) begin() {
	h.t.Helper()
	var err error
	if h.store, err = state.OpenWith(h.path, "nova_test", state.Options{NoSync: true, Now: h.now}); err != nil {
		h.t.Fatal(err)
	}
}

// RoundTrip takes a request to the sandbox, past which the process may die, on
// either side of it.
func (h *hard) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if h.dead != "" {
		return nil, errors.New("the process is dead")
	}
	h.arrive()
	h.mu.Lock()
	dies := h.fuse == 1
	h.fuse = max(h.fuse-1, 0)
	h.mu.Unlock()
	after := dies && h.rand.IntN(2) == 0
	if dies && !after {
		h.die()
		return nil, errors.New("the process is dead")
	}
	defer func() {
		if p := recover(); p != nil && errors.Is(p.(error), http.ErrAbortHandler) { //nolint:forcetypeassert // else it is a bug
			resp, err = nil, io.ErrUnexpectedEOF
		}
		if after {
			h.die()
		}
	}()
	rec := httptest.NewRecorder()
	h.sandbox.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// die keeps the journal as it is at this moment: what the process still writes
// on its way out is thrown away.
func (h *hard) die() {
	h.kills++
	h.dead = filepath.Join(h.t.TempDir(), "dead.db")
	if err := state.Copy(h.path, h.dead); err != nil {
		h.t.Error(err)
	}
	seq, err := os.ReadFile(strings.TrimSuffix(h.path, ".db") + ".seq")
	if err == nil {
		err = os.WriteFile(h.dead+".seq", seq, 0o600)
	}
	if err != nil {
		h.t.Error(err)
	}
	h.stop()
}

// arrive lets late applies happen that are due.
func (h *hard) arrive() {
	h.mu.Lock()
	var due []func()
	left := h.late[:0]
	for _, l := range h.late {
		if l.at.After(h.Now()) {
			left = append(left, l)
		} else {
			due = append(due, l.do)
		}
	}
	h.late = left
	h.mu.Unlock()
	for _, do := range due {
		do()
	}
}

// process lives for a while, as one process.
func (h *hard) process(d time.Duration, fuse int) {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	defer stop()
	h.stop, h.fuse, h.dead = stop, fuse, ""
	end := h.Now().Add(d)
	sleep := func(ctx context.Context, d time.Duration) error {
		err := h.Sleep(ctx, d)
		h.arrive()
		if !h.Now().Before(end) {
			stop()
		}
		return err
	}
	client, err := apiclient.New(apiclient.Config{BaseURL: h.url, ID: h.id, Secret: h.secret, Now: h.now, Sleep: sleep, Transport: h})
	if err != nil {
		h.t.Fatal(err)
	}
	boot := func() (string, time.Duration) { return h.boot, h.Now().Sub(h.began) }
	h.store.SetClocks(func() state.Clocks {
		boot, since := boot()
		return state.Clocks{Platform: client.ServerTime(), Boot: boot, Since: since}
	})
	for ctx.Err() == nil { // who it is on the platform, and what time it is there
		if _, err := client.Me(ctx); err == nil {
			break
		}
		_ = sleep(ctx, 2*time.Second)
	}
	performer := &actions.Performer{
		Client: client, Store: h.store, Persona: h.persona, Self: h.self, Settle: time.Minute, Now: h.now,
		Boot: boot,
	}
	brain := h.brain
	if brain == nil {
		brain = planner.NewOffline()
	}
	j := &jobs.Jobs{
		Persona: h.persona, Client: client, Store: h.store, Performer: performer,
		Generator: &generation.Generator{Client: client, Store: h.store, Performer: performer, Now: h.now},
		Planner:   &planner.Planner{Persona: h.persona, Self: h.self, Store: h.store, Brain: brain, Now: h.now},
		Now:       h.now, Sleep: sleep, Seed: 5, Pause: 2 * time.Second, Log: slog.New(slog.DiscardHandler), Folder: h.folder,
		Upkeep: jobs.Upkeep{Every: 24 * time.Hour, Folder: filepath.Join(filepath.Dir(h.path), "snapshots"), Keep: 2},
	}
	if err := j.Run(ctx); err != nil && h.dead == "" {
		h.t.Error(err)
	}
	_ = h.store.Close()
	if h.dead != "" {
		for from, to := range map[string]string{h.dead: h.path, h.dead + ".seq": strings.TrimSuffix(h.path, ".db") + ".seq"} {
			data, err := os.ReadFile(from) //nolint:gosec // a test's
			if err == nil {
				err = os.WriteFile(to, data, 0o600) //nolint:gosec // a test's
			}
			if err != nil {
				h.t.Fatal(err)
			}
		}
	}
	h.begin()
}

// weather is a random mix of faults.
func (h *hard) weather() {
	rate := func() float64 { return 0.001 + 0.03*h.rand.Float64() }
	all := []sandbox.Fault{
		{Op: "*", Kind: sandbox.AppliedReset, Rate: rate()}, {Op: "*", Kind: sandbox.AppliedError, Rate: rate()}, {Op: "*", Kind: sandbox.Applied504, Rate: rate()},
		{Op: "*", Kind: sandbox.NotApplied, Rate: rate()}, {Op: "*", Kind: sandbox.LateApply, Rate: rate(), Delay: time.Duration(h.rand.Int64N(int64(30 * time.Second)))},
		{Op: "*", Kind: sandbox.TooMany, Rate: rate()}, {Op: "*", Kind: sandbox.Storm, Rate: rate() / 4}, {Op: "*", Kind: sandbox.Expired, Rate: rate()},
		{Op: "*", Kind: sandbox.Truncated, Rate: rate()}, {Op: "*", Kind: sandbox.HTML, Rate: rate()},
		{Op: "*", Kind: sandbox.Stale, Rate: rate(), Delay: time.Duration(h.rand.Int64N(int64(30 * time.Second)))},
		{Op: "*", Kind: sandbox.LoopingCursor, Rate: rate() / 4},
	}
	h.rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	h.sandbox.SetFaults(all[:h.rand.IntN(len(all)+1)]...)
}

// TestJobs_AYear lives a virtual year with all faults at random, IMAGINED_SEEDS
// of them (make long); a fortnight otherwise. Nothing is done twice, nothing is
// lost, no limit is crossed, and the journal stays small.
func TestJobs_AYear(t *testing.T) {
	t.Parallel()
	days, seeds := 14, 2
	if testing.Short() {
		days, seeds = 2, 1
	}
	if os.Getenv("IMAGINED_LONG") != "" {
		days, seeds = 365, 20
		if n, err := strconv.Atoi(os.Getenv("IMAGINED_SEEDS")); err == nil {
			seeds = n
		}
	}
	for seed := range seeds {
		began := time.Now() //nolint:forbidigo // for the log
		h := newHard(t, uint64(seed))
		end := h.Now().AddDate(0, 0, days)
		processes := 0
		for h.Now().Before(end) && !t.Failed() {
			h.weather()
			fuse := 0
			if h.rand.IntN(2) == 0 {
				fuse = 1 + h.rand.IntN(150)
			}
			if h.jumps && h.rand.IntN(10) == 0 {
				h.shift = []time.Duration{0, time.Hour, -time.Hour, 26 * time.Hour, -26 * time.Hour}[h.rand.IntN(5)]
			}
			h.process(time.Duration(1+h.rand.IntN(48))*time.Hour, fuse)
			processes++
		}
		h.sandbox.SetFaults()
		h.shift = 0
		h.process(60*time.Hour, 0)
		v := h.verdict()
		total, _, err := h.store.Size()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: %d days, %d processes, %d kills, %s, journal %.1f MiB, %s on the wall clock",
			seed, days, processes, h.kills, v, float64(total)/(1<<20), time.Since(began).Round(time.Second)) //nolint:forbidigo // likewise
		if v.duplicates+v.lost+v.open > 0 || total > 64<<20 {
			t.Error("the invariants do not hold:\n" + strings.Join(v.complaints, "\n"))
		}
		// By the platform's clock, whatever ours was set to.
		h.windows("likePost", 4, 20)
		h.windows("createComment", 2, 6)
		h.windows("createPost", 1, 2)
		if err := h.store.Verify(); err != nil {
			t.Error(err)
		}
		_ = h.store.Close()
	}
}

type verdict struct {
	effects, duplicates, lost, open, parked int
	complaints                              []string
}

func (v verdict) String() string {
	return fmt.Sprintf("%d effects: %d duplicates, %d lost, %d open, %d parked", v.effects, v.duplicates, v.lost, v.open, v.parked)
}

var kindOf = map[string]string{
	"likePost": "like", "createComment": "comment", "amplifyPost": "amplify", "createPost": "post",
	"startGeneration": "generate", "retryGeneration": "retry_generation",
	"repostPost": "repost", "quotePost": "quote", "followAgent": "follow", "likeByte": "like_byte", "createByteComment": "comment_byte",
}

// verdict counts effects and entries of the same kind, target and text. Old
// entries are pruned, so an effect whose key is still held counts as known.
func (h *hard) verdict() (v verdict) {
	h.t.Helper()
	count := make(map[string]int)
	old := make(map[string]bool)
	oldest := h.Now().Add(-89 * 24 * time.Hour)
	for _, e := range h.sandbox.Effects() {
		if kind := kindOf[e.Op]; kind != "" {
			v.effects++
			target := e.Target
			if kind == "generate" { // there it is the provider
				target = ""
			}
			id := kind + "/" + target + "/" + e.Text
			count[id]++
			old[id] = old[id] || e.At.Before(oldest)
		}
	}
	for _, e := range h.entries() {
		text := e.Text
		if e.Media != nil {
			text = e.Media.Prompt
		}
		if e.Kind == "retry_generation" {
			text = "" // the sandbox notes the prompt
		}
		id := e.Kind + "/" + e.Target + "/" + text
		switch {
		case e.Status.Open():
			v.open++
			v.complaints = append(v.complaints, fmt.Sprintf("entry %d %s is %s: %s", e.ID, e.Kind, e.Status, e.Error))
		case e.Status == state.Done:
			if count[id]--; count[id] < 0 && !old[id] {
				v.lost++
				v.complaints = append(v.complaints, fmt.Sprintf("entry %d (%s) is done in the journal alone", e.ID, id))
			}
		case e.Status == state.Parked:
			v.parked++
			count[id]-- // it may have taken effect
		}
	}
	for id, n := range count {
		if n > 0 && !old[id] {
			v.duplicates += n
			v.complaints = append(v.complaints, fmt.Sprintf("%s: %d more than the journal knows", id, n))
		}
	}
	return v
}

// windows counts what took effect in any rolling hour and day. A late apply
// may come up to half a minute after it was sent.
func (h *hard) windows(op string, hour, day int) {
	h.t.Helper()
	var times []time.Time
	for _, e := range h.sandbox.Effects() {
		if e.Op == op {
			times = append(times, e.At)
		}
	}
	for i := range times {
		if k := i + hour; k < len(times) && times[k].Sub(times[i]) < time.Hour-time.Minute {
			h.t.Errorf("%s: %d within %s", op, hour+1, times[k].Sub(times[i]))
		}
		if k := i + day; k < len(times) && times[k].Sub(times[i]) < 24*time.Hour-time.Minute {
			h.t.Errorf("%s: %d within %s", op, day+1, times[k].Sub(times[i]))
		}
	}
}
