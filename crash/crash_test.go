package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/actions"
	"imagined/actions/actionstest"
	"imagined/contract"
	"imagined/sandbox"
	"imagined/state"
)

const (
	settle    = 150 * time.Millisecond
	lateApply = 30 * time.Millisecond // must be shorter than the settle window
)

func TestMain(m *testing.M) {
	if file := os.Getenv("IMAGINED_CHILD"); file != "" {
		os.Exit(child(file))
	}
	os.Exit(m.Run())
}

// TestCrash_EveryKind lets child processes perform every kind of action, and
// kills them IMAGINED_KILLS times (make crash): at random moments, and at each
// step of an action. Then no action took effect twice, none was lost, and none
// is left open.
func TestCrash_EveryKind(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // printed, so that it can be had again
	if text := os.Getenv("IMAGINED_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("IMAGINED_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	goal := 25
	if text := os.Getenv("IMAGINED_KILLS"); text != "" {
		var err error
		if goal, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	var sum verdict
	more := func() (*rand.Rand, int) {
		mu.Lock()
		defer mu.Unlock()
		if t.Failed() {
			return nil, 0
		}
		return rand.New(rand.NewPCG(r.Uint64(), 1)), goal - sum.kills
	}
	var wg sync.WaitGroup
	for range personas {
		wg.Go(func() {
			for chance, left := more(); left > 0; chance, left = more() {
				round := newRound(t, chance)
				round.kill(left)
				v := round.finish()
				mu.Lock()
				sum.add(v)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Log(sum)
}

// personas is how many live at once, each in a sandbox of its own.
const personas = 4

// verdict counts what came of some rounds.
type verdict struct {
	kills, actions, effects, duplicates, lost, open, parked, failedStarts int
}

func (v verdict) String() string {
	return fmt.Sprintf("%d kills, %d actions of %d kinds, %d effects: %d duplicates, %d lost, %d open, %d parked, %d failed starts",
		v.kills, v.actions, len(actions.Kinds()), v.effects, v.duplicates, v.lost, v.open, v.parked, v.failedStarts)
}

func (v *verdict) add(o verdict) {
	v.kills += o.kills
	v.actions += o.actions
	v.effects += o.effects
	v.duplicates += o.duplicates
	v.lost += o.lost
	v.open += o.open
	v.parked += o.parked
	v.failedStarts += o.failedStarts
}

// round is one persona with one case of every kind.
type round struct {
	t       *testing.T
	rand    *rand.Rand
	sandbox *sandbox.Server
	cases   []actionstest.Case
	dir     string
	job     job
	verdict verdict
}

// job is what a child is told.
type job struct {
	URL, ID, Secret string
	Self            string // the persona's id on the platform
	Journal         string
	Actions         []actions.Action
	Step            string // where to die; empty: nowhere
	Times           int    // at which passage of the step
}

// hurried is the wall clock, set forward by every wait: nobody waits for a rate
// limit in a test that starts a thousand processes.
type hurried struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (h *hurried) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead) //nolint:forbidigo // the wall clock, handed in
}

func (h *hurried) Sleep(ctx context.Context, d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
	return ctx.Err()
}

func newRound(t *testing.T, r *rand.Rand) *round {
	t.Helper()
	w := &round{t: t, rand: r, dir: t.TempDir()}
	clock := &hurried{}
	var err error
	w.sandbox, err = sandbox.New(sandbox.Config{
		Seed: r.Uint64(), Pace: -1, Now: clock.Now, GenerationTime: time.Second,
		Limits: map[contract.Tier]int{contract.TierAuth: 1e6, contract.TierRead: 1e6, contract.TierWrite: 1e6, contract.TierUpload: 1e6},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.sandbox)
	t.Cleanup(server.Close)
	world, err := actionstest.New(t.Context(), actionstest.Platform{URL: server.URL, Now: clock.Now, Sleep: clock.Sleep, Dir: w.dir, Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	if w.cases, err = world.Every(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.job = job{URL: server.URL, ID: world.Nova.ID, Secret: world.Nova.Secret, Self: world.Nova.Self.ID, Journal: filepath.Join(w.dir, "state", "nova_test.db")}
	for i, c := range w.cases { // as the child will read them: bodies are part of the keys
		data, err := json.Marshal(c.Action)
		if err != nil {
			t.Fatal(err)
		}
		var a actions.Action
		if err := json.Unmarshal(data, &a); err != nil {
			t.Fatal(err)
		}
		w.cases[i].Action = a
		w.job.Actions = append(w.job.Actions, a)
	}
	return w
}

// steps are the places at which a child dies, beside random moments.
var steps = []string{"intended", "looked", "sending", "answered", "recorded", "unknown", "read back", "settled"}

// kill lets n children die.
func (w *round) kill(n int) {
	w.t.Helper()
	w.sandbox.SetFaults(
		sandbox.Fault{Op: "*", Kind: sandbox.AppliedReset, Rate: 0.06},
		sandbox.Fault{Op: "*", Kind: sandbox.AppliedError, Rate: 0.04},
		sandbox.Fault{Op: "*", Kind: sandbox.NotApplied, Rate: 0.04},
		sandbox.Fault{Op: "*", Kind: sandbox.LateApply, Rate: 0.06, Delay: lateApply},
	)
	for w.verdict.kills < n {
		j, life := w.job, time.Duration(15+w.rand.IntN(35))*time.Millisecond
		if w.rand.IntN(2) == 0 {
			j.Step, j.Times, life = steps[w.rand.IntN(len(steps))], 1+w.rand.IntN(3), 10*time.Second
		}
		if !w.child(j, life) {
			return // all is done
		}
		w.verdict.kills++
		if err := state.Sound(w.job.Journal, "nova_test"); err != nil {
			w.t.Errorf("after kill %d: %v", w.verdict.kills, err)
		}
	}
}

// child runs one process. It reports whether it was killed; one that ended has
// nothing left to do.
func (w *round) child(j job, life time.Duration) (killed bool) {
	w.t.Helper()
	file := filepath.Join(w.dir, "job.json")
	data, err := json.Marshal(j)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), life)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, "-test.run=^$")
	cmd.Env = append(os.Environ(), "IMAGINED_CHILD="+file)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case cmd.Process == nil: // its time was over before it began
		return w.child(j, life)
	case cmd.ProcessState.Success(): // it may have ended just before the kill
		return false
	case errors.As(err, &exit) && !exit.Exited(): // by a signal: ours
		return true
	}
	w.verdict.failedStarts++
	w.t.Errorf("the process failed: %v\n%s", err, out.String())
	return true
}

// finish lets the persona live in peace until nothing is left to do, and
// compares.
func (w *round) finish() verdict {
	w.t.Helper()
	w.sandbox.SetFaults()
	w.sandbox.Settle()
	for tries := 0; w.child(w.job, time.Minute); tries++ {
		if tries == 3 {
			w.t.Error("it does not come to an end")
			break
		}
	}
	w.sandbox.Settle()
	w.compare()
	return w.verdict
}

// compare holds the journal against what the platform did.
func (w *round) compare() {
	w.t.Helper()
	store, err := state.OpenWith(w.job.Journal, "nova_test", state.Options{Loose: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // test
	effects := w.sandbox.Effects()
	v := &w.verdict
	for _, c := range w.cases {
		v.actions++
		n := c.Count(effects)
		v.effects += n
		op, _ := contract.Lookup(c.Op)
		e, err := store.Holder(c.Action.Key())
		complain := func(count *int, what string) {
			*count++
			w.t.Errorf("%s: %s: %d effects; entry %d is %s after %d attempts: %s\n%s", c.Kind, what, n, e.ID, e.Status, e.Attempts, e.Error, story(store, e.ID))
		}
		switch {
		case err != nil:
			complain(&v.lost, "nothing in the journal ("+err.Error()+")")
		case n > 1 && op.Repeat != contract.RepeatHarmless:
			complain(&v.duplicates, "done twice")
		case e.Status.Open():
			complain(&v.open, "left open")
		case e.Status == state.Parked && (mayPark(c.Kind) || e.Attempts == 3 && n == 0):
			v.parked++ // three requests without effect are given up
		case e.Status != state.Done:
			complain(&v.lost, "it ended otherwise")
		case n == 0 && op.Repeat != contract.RepeatHarmless:
			complain(&v.lost, "done in the journal alone")
		}
	}
}

// mayPark reports whether the outcome of a kind may stay unknown: nothing shows
// it, or it is never sent a second time unattended.
func mayPark(k actions.Kind) bool {
	switch k {
	case actions.Amplify, actions.Unamplify, actions.View, actions.Report, actions.Order:
		return true
	case actions.Avatar, actions.SetupPayments, actions.TestConnection: // harmless, and sent three times
		return true
	}
	return false
}

// story is what happened to an entry.
func story(store *state.Store, id uint64) string {
	events, _ := store.Events(id)
	var b strings.Builder
	for _, ev := range events {
		fmt.Fprintf(&b, "    %s %s %s\n", ev.At.Format("15:04:05.000"), ev.Status, ev.Note)
	}
	return b.String()
}
