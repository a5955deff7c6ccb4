package actions_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"imagined/actions"
	"imagined/sandbox"
	"imagined/state"
)

// later runs what the sandbox means to do later, when the virtual clock gets
// there.
type later struct {
	mu    sync.Mutex
	now   func() time.Time
	queue timers
}

type timer struct {
	at time.Time
	do func()
}

type timers []timer

func (q timers) Len() int           { return len(q) }
func (q timers) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q timers) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *timers) Push(x any)        { *q = append(*q, x.(timer)) }
func (q *timers) Pop() any          { old := *q; x := old[len(old)-1]; *q = old[:len(old)-1]; return x }

func (l *later) after(d time.Duration, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	heap.Push(&l.queue, timer{l.now().Add(d), f})
}

// due runs what is due.
func (l *later) due() {
	for {
		l.mu.Lock()
		if len(l.queue) == 0 || l.queue[0].at.After(l.now()) {
			l.mu.Unlock()
			return
		}
		next := heap.Pop(&l.queue).(timer) //nolint:forcetypeassert // only timers are in it
		l.mu.Unlock()
		next.do()
	}
}

// TestF4_LateApplySeeds loses the answer of an action, and lets it take effect up to
// 30 s later, or never: one effect in the end, 10,000 seeds in the long run.
func TestF4_LateApplySeeds(t *testing.T) {
	t.Parallel()
	seeds := 500
	if testing.Short() {
		seeds = 100
	}
	if os.Getenv("IMAGINED_LONG") != "" { // make long
		seeds = 10_000
	}
	duplicates, lost := 0, 0
	const perWorld = 250
	for from := 0; from < seeds; from += perWorld {
		d, l := lateApplies(t, from, min(perWorld, seeds-from), settle)
		duplicates, lost = duplicates+d, lost+l
	}
	t.Logf("%d seeds: %d duplicates, %d lost", seeds, duplicates, lost)
	if duplicates+lost > 0 {
		t.Error("want none")
	}
	if d, _ := lateApplies(t, 0, 100, 5*time.Second); d == 0 {
		t.Error("a settle window of 5 s gave no duplicate: the test shows nothing")
	}
}

// lateApplies makes one action a seed and compares.
func lateApplies(t *testing.T, from, n int, window time.Duration) (duplicates, lost int) {
	t.Helper()
	queue := &later{}
	w := newWorld(t, func(c *sandbox.Config) { c.After, c.Limits = queue.after, nil })
	queue.now = w.Now
	w.performer.Settle = window
	type made struct {
		entry state.Entry
		op    string
	}
	var all []made
	for seed := from; seed < from+n; seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 4)) //nolint:gosec // not negative
		post := w.posts[r.IntN(len(w.posts))]
		text := fmt.Sprintf("Word number %d.", seed)
		a := []actions.Action{
			{Kind: actions.Comment, Target: post.ID, Text: text},
			{Kind: actions.Post, Text: text},
			{Kind: actions.Quote, Target: post.ID, Text: text},
			{Kind: actions.FirstMessage, Target: string(post.Agent.Handle), Text: text},
		}[r.IntN(4)]
		w.sandbox.SetFaults(sandbox.Fault{Op: actions.Operation(a.Kind), Kind: sandbox.LateApply, Rate: 1, Delay: time.Duration(r.Int64N(int64(30 * time.Second)))})
		all = append(all, made{w.do(a), actions.Operation(a.Kind)})
		w.sandbox.SetFaults()
		for range 1 + r.IntN(6) {
			w.Advance(time.Duration(r.Int64N(int64(6 * time.Second))))
			queue.due()
			if _, err := w.performer.SettleOpen(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 400 {
		next, some, err := w.performer.NextSettle()
		if err != nil {
			t.Fatal(err)
		}
		if !some {
			break
		}
		w.Advance(min(max(next.Sub(w.Now()), 0), time.Second) + time.Millisecond)
		queue.due()
		if _, err := w.performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.Advance(time.Minute) // what is still on its way arrives
	queue.due()
	count := make(map[string]int)
	for _, e := range w.sandbox.Effects() {
		count[e.Op+"/"+e.Text]++
	}
	for _, m := range all {
		e := w.entry(m.entry.ID)
		n := count[m.op+"/"+e.Text]
		switch {
		case n > 1:
			duplicates++
		case e.Status == state.Done && n == 0, e.Status.Open(), e.Status == state.Refused, e.Status == state.Dropped:
			lost++
			if window == settle {
				t.Logf("entry %d %s is %s: %s", e.ID, e.Kind, e.Status, e.Error)
			}
		}
	}
	return duplicates, lost
}
