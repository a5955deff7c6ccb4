package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/sandbox"
	"imagined/state"
)

const (
	crashSettle = 400 * time.Millisecond
	lateApply   = 150 * time.Millisecond // must be shorter than the settle window
)

// TestCrash runs the real binary against a faulty platform and kills it at
// random moments, IMAGINED_KILLS times (make crash). Then platform and journal
// must agree on every effect: none twice, none lost, and no entry left open.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	h := newCrash(t)
	h.kill(kills(t, 15))
	verdict := h.settle()
	t.Log(verdict)
	if verdict.duplicates > 0 || verdict.lost > 0 || verdict.open > 0 || verdict.parked > verdict.kills {
		t.Error("the journal and the platform disagree:\n" + strings.Join(verdict.complaints, "\n"))
	}
	if verdict.effects < verdict.kills {
		t.Errorf("only %d effects: the test does too little to show anything", verdict.effects)
	}
}

// TestCrash_CatchesRecordAfter shows that the harness can fail: a program that
// records after the call is caught.
func TestCrash_CatchesRecordAfter(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	h := newCrash(t, "-tags", "record_after")
	for range 8 {
		h.kill(25)
		if verdict := h.compare(); verdict.duplicates > 0 {
			t.Log(verdict)
			return
		}
	}
	t.Error("200 kills of a program that records after the call gave no duplicate")
}

// kills is how often to kill; IMAGINED_KILLS overrides the default.
func kills(t *testing.T, otherwise int) int {
	t.Helper()
	text := os.Getenv("IMAGINED_KILLS")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("IMAGINED_KILLS=%q is not a number", text)
	}
	return n
}

// crash is the harness: the platform here, the program in child processes.
type crash struct {
	t       *testing.T
	sandbox *sandbox.Server
	binary  string
	data    string
	persona string
	env     []string
	rand    *rand.Rand
	killed  int
}

type verdict struct {
	kills, effects, duplicates, lost, open, parked int
	complaints                                     []string
}

func (v verdict) String() string {
	return fmt.Sprintf("%d kills, %d effects: %d duplicates, %d lost, %d open, %d parked",
		v.kills, v.effects, v.duplicates, v.lost, v.open, v.parked)
}

func (v *verdict) complain(count *int, format string, args ...any) {
	*count++
	v.complaints = append(v.complaints, fmt.Sprintf(format, args...))
}

func newCrash(t *testing.T, buildFlags ...string) *crash {
	t.Helper()
	dir := t.TempDir()
	h := &crash{
		t: t, binary: filepath.Join(dir, "imagined"), data: filepath.Join(dir, "data"), persona: filepath.Join(dir, "crash.yaml"),
		rand: rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano()))),
	}
	build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", h.binary, ".")...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.WriteFile(h.persona, crashPersona(), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	h.sandbox, err = sandbox.New(sandbox.Config{
		Seed: 3, Pace: 1500, GenerationTime: 300 * time.Millisecond, FailGenerations: 0.2,
		Limits: map[contract.Tier]int{contract.TierAuth: 1e6, contract.TierRead: 1e6, contract.TierWrite: 1e6},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.sandbox)
	t.Cleanup(server.Close)
	h.register(server.URL)
	return h
}

func (h *crash) register(url string) {
	h.t.Helper()
	client := func(id, secret string) *apiclient.Client {
		c, err := apiclient.New(apiclient.Config{BaseURL: url, ID: id, Secret: secret})
		if err != nil {
			h.t.Fatal(err)
		}
		return c
	}
	agent, err := client("", "").Register(h.t.Context(), apiclient.NewAgent{Handle: "crash_test", Name: "Crash"})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := client(agent.ClientID, agent.ClientSecret).ConnectService(h.t.Context(), "OPENAI", "key-for-the-sandbox"); err != nil {
		h.t.Fatal(err)
	}
	h.env = []string{
		"IMAGINEANYTHING_BASE_URL=" + url, "IMAGINEANYTHING_CLIENT_ID=" + agent.ClientID,
		"IMAGINEANYTHING_CLIENT_SECRET=" + agent.ClientSecret, "IMAGINED_DATA=" + h.data, "HOME=" + h.t.TempDir(),
	}
}

// crashPersona is one that finds much to do: every interest, many lines.
func crashPersona() []byte {
	var b bytes.Buffer
	b.WriteString("handle: crash_test\nname: Crash\ninterests:\n")
	b.WriteString("  - {topic: making, keywords: [a, e, i, o, u], weight: 3}\n")
	b.WriteString("voice:\n  lines:\n")
	for i := range 400 {
		fmt.Fprintf(&b, "    - \"Note %d: it holds together.\"\n", i)
	}
	b.WriteString("limits:\n")
	for _, kind := range []string{"like", "comment", "post", "generate"} {
		fmt.Fprintf(&b, "  %s: {hour: 600, day: 5000}\n", kind)
	}
	b.WriteString("  amplify: {hour: 600, day: 5000}\n  author: {day: 5000}\n  thread: {total: 50}\n")
	b.WriteString("generation:\n  per_day: 48\n  recipes: [{provider: OPENAI, type: image, prompt: \"{topic}, seen twice\"}]\n")
	return b.Bytes()
}

// kill kills n children.
func (h *crash) kill(n int) {
	h.t.Helper()
	h.sandbox.SetFaults(
		sandbox.Fault{Op: "*", Kind: sandbox.AppliedReset, Rate: 0.04},
		sandbox.Fault{Op: "*", Kind: sandbox.AppliedError, Rate: 0.03},
		sandbox.Fault{Op: "*", Kind: sandbox.LateApply, Rate: 0.03, Delay: lateApply},
	)
	for goal := h.killed + n; h.killed < goal; {
		// A child that ends by itself is started again; only kills count.
		if h.child(time.Duration(20+h.rand.IntN(400))*time.Millisecond, "--once") {
			h.killed++
		}
	}
}

// settle lets the program live in peace until nothing is open, and compares.
func (h *crash) settle() verdict {
	h.t.Helper()
	h.sandbox.SetFaults()
	h.sandbox.Settle()
	var v verdict
	for range 20 { // read-backs wait for the rate limit, too
		h.child(time.Minute, "--for", "5s")
		if v = h.compare(); v.open == 0 {
			break
		}
	}
	return v
}

// child runs the program once and kills it after a while. It reports whether
// it had to.
func (h *crash) child(life time.Duration, flags ...string) (killed bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), life)
	defer cancel()
	args := append([]string{"run", "--settle", crashSettle.String(), "--pause", "1ms", "--log-format", "json"}, flags...)
	cmd := exec.CommandContext(ctx, h.binary, append(args, h.persona)...) // killed with SIGKILL
	cmd.Env = h.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return true
	}
	if err != nil {
		h.t.Fatalf("the program failed: %v\n%s", err, out.String())
	}
	return false
}

// compare holds the journal against what the platform really did.
func (h *crash) compare() verdict {
	h.t.Helper()
	entries := h.journal()
	effects := h.sandbox.Effects()
	v := verdict{kills: h.killed}
	done := make(map[string]state.Entry) // by what the platform would call it
	for _, e := range entries {
		switch {
		case e.Status.Open():
			v.complain(&v.open, "entry %d %s %s is %s: %s", e.ID, e.Kind, e.Target, e.Status, e.Error)
		case e.Status == state.Parked:
			v.parked++
			if e.Kind != "amplify" {
				v.complain(&v.lost, "entry %d %s %s is parked: %s", e.ID, e.Kind, e.Target, e.Error)
			}
		case e.Status == state.Done:
			done[identity(e.Kind, e.Target, e.RemoteID, e.Slot)] = e
		}
	}
	seen := make(map[string]bool)
	retries := make(map[string]int)
	for _, effect := range effects {
		kind, ok := kindOf[effect.Op]
		if !ok {
			continue
		}
		v.effects++
		slot := ""
		if kind == "retry_generation" {
			retries[effect.Target]++
			slot = strconv.Itoa(retries[effect.Target])
		}
		id := identity(kind, effect.Target, effect.ID, slot)
		said := kind + "/" + effect.Target + "/" + slot + "/" + effect.Text
		if kind == "generate" {
			said = id // the same prompt may be wanted twice; the same job not
		}
		_, known := done[id]
		switch {
		case seen[said]:
			v.complain(&v.duplicates, "%s was done twice", said)
		case !known && kind == "generate":
			v.complain(&v.duplicates, "%s was started, and the journal does not know it", said)
		case !known && kind != "amplify": // a parked amplify may have taken effect
			v.complain(&v.lost, "%s was done, and the journal does not know it", said)
		}
		seen[said] = true
		delete(done, id)
	}
	for id, e := range done {
		v.complain(&v.lost, "entry %d is done, and the platform has no %s", e.ID, id)
	}
	return v
}

var kindOf = map[string]string{
	"likePost": "like", "createComment": "comment", "amplifyPost": "amplify", "createPost": "post",
	"startGeneration": "generate", "retryGeneration": "retry_generation",
}

// identity names an effect alike on both sides: by what was made, or where
// nothing was, by what it was done to.
func identity(kind, target, remote, slot string) string {
	if kind == "like" || kind == "amplify" || kind == "retry_generation" {
		return kind + "/" + target + "/" + slot
	}
	return kind + "/" + remote
}

// journal reads the whole journal and has bbolt check its pages.
func (h *crash) journal() []state.Entry {
	h.t.Helper()
	path := filepath.Join(h.data, "state", "crash_test.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		h.t.Fatal(err)
	}
	_ = db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			h.t.Errorf("journal: %v", err)
		}
		return nil
	})
	if err := db.Close(); err != nil {
		h.t.Fatal(err)
	}
	store, err := state.Open(path, "crash_test")
	if err != nil {
		h.t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // test
	entries, err := store.Entries(state.Filter{}, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	return entries
}
