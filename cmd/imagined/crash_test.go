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
	var verdict verdict
	for left := kills(t, 8); left > 0; left -= crashRound {
		h := newCrash(t)
		h.kill(min(left, crashRound))
		verdict.add(h.settle())
	}
	t.Log(verdict)
	if verdict.duplicates > 0 || verdict.lost > 0 || verdict.open > 0 || verdict.parked > verdict.kills {
		t.Error("the journal and the platform disagree:\n" + strings.Join(verdict.complaints, "\n"))
	}
	if verdict.effects < verdict.kills {
		t.Errorf("only %d effects: the test does too little to show anything", verdict.effects)
	}
}

// crashRound is how many kills one world sees: in these hurried worlds ten
// minutes of the timeline, which a read-back pages, get longer than any scan.
const crashRound = 250

// TestCrash_Catches shows that the harness can fail: programs that are wrong in
// one point each are caught.
func TestCrash_Catches(t *testing.T) {
	if os.Getenv("IMAGINED_KILLS") == "" {
		t.Skip("make crash runs it")
	}
	for _, tt := range []struct {
		tag, wrong string
		caught     func(v verdict) int
	}{
		{"record_after", "records after the call", func(v verdict) int { return v.duplicates }},
		{"record_before", "records before the call", func(v verdict) int { return v.lost }},
		{"settle_short", "reads back too early", func(v verdict) int { return v.duplicates }},
	} {
		t.Run(tt.tag, func(t *testing.T) {
			h := newCrash(t, "-tags", tt.tag)
			for range 20 {
				h.kill(25)
				h.sandbox.Settle()
				if verdict := h.compare(); tt.caught(verdict) > 0 {
					t.Log(verdict)
					return
				}
			}
			t.Errorf("500 kills of a program that %s, and nothing was found", tt.wrong)
		})
	}
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
	files   []string // of the personas
	env     []string
	rand    *rand.Rand
	killed  int
	failed  int // starts
}

// crashers are the personas, all in one process.
var crashers = []string{"crash_one", "crash_two", "crash_three"}

type verdict struct {
	kills, effects, duplicates, lost, open, parked, failed int
	complaints                                             []string
}

func (v verdict) String() string {
	return fmt.Sprintf("%d kills, %d effects: %d duplicates, %d lost, %d open, %d parked, %d failed starts",
		v.kills, v.effects, v.duplicates, v.lost, v.open, v.parked, v.failed)
}

func (v *verdict) add(o verdict) {
	v.kills += o.kills
	v.effects += o.effects
	v.duplicates += o.duplicates
	v.lost += o.lost
	v.open += o.open
	v.parked += o.parked
	v.failed += o.failed
	v.complaints = append(v.complaints, o.complaints...)
}

func (v *verdict) complain(count *int, format string, args ...any) {
	*count++
	v.complaints = append(v.complaints, fmt.Sprintf(format, args...))
}

func newCrash(t *testing.T, buildFlags ...string) *crash {
	t.Helper()
	dir := t.TempDir()
	h := &crash{
		t: t, binary: filepath.Join(dir, "imagined"), data: filepath.Join(dir, "data"),
		rand: rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano()))),
	}
	build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", h.binary, ".")...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
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
	h.env = []string{"IMAGINEANYTHING_BASE_URL=" + server.URL, "IMAGINED_DATA=" + h.data, "HOME=" + t.TempDir()}
	if err := os.MkdirAll(filepath.Join(h.data, "credentials"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, handle := range crashers {
		file := filepath.Join(dir, handle+".yaml")
		if err := os.WriteFile(file, crashPersona(handle), 0o600); err != nil {
			t.Fatal(err)
		}
		h.files = append(h.files, file)
		h.register(server.URL, handle)
	}
	return h
}

func (h *crash) register(url, handle string) {
	h.t.Helper()
	client := func(id, secret string) *apiclient.Client {
		c, err := apiclient.New(apiclient.Config{BaseURL: url, ID: id, Secret: secret})
		if err != nil {
			h.t.Fatal(err)
		}
		return c
	}
	agent, err := client("", "").Register(h.t.Context(), apiclient.NewAgent{Handle: handle, Name: "Crash"})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := client(agent.ClientID, agent.ClientSecret).ConnectService(h.t.Context(), "OPENAI", "key-for-the-sandbox"); err != nil {
		h.t.Fatal(err)
	}
	text := fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, agent.ClientID, agent.ClientSecret)
	if err := os.WriteFile(filepath.Join(h.data, "credentials", handle+".json"), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// crashDay is as much as a short life can hold.
const crashDay = `schedule:
  respond: off
  messages: off
  engage: {cron: "@every 1s", jitter: 0s}
  network: {cron: "@every 1s", jitter: 0s}
  post: {cron: "@every 1s", jitter: 0s}
  generate: {cron: "@every 2s", jitter: 0s}
  poll: "@every 5s"`

// crashPersona is one that finds much to do: every interest, many lines.
func crashPersona(handle string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "handle: %s\nname: Crash\n", handle)
	b.WriteString(crashDay + "\ninterests:\n")
	b.WriteString("  - {topic: making, keywords: [a, e, i, o, u], weight: 3}\n")
	b.WriteString("voice:\n  lines:\n")
	for i := range 400 {
		fmt.Fprintf(&b, "    - \"Note %d of %s: it holds together.\"\n", i, handle)
	}
	b.WriteString("limits:\n")
	for _, kind := range []string{"like", "comment", "post", "repost", "quote", "follow", "like_byte", "comment_byte"} {
		fmt.Fprintf(&b, "  %s: {hour: 600, day: 5000}\n", kind)
	}
	b.WriteString("  generate: {hour: 600}\n  amplify: {hour: 600, day: 5000}\n  author: {day: 5000}\n  thread: {total: 50}\n  topic: {hour: 600, day: 5000}\n")
	b.WriteString("acts: {repost: 1, quote: 1, follow: 1}\n")
	b.WriteString("generation:\n  per_day: 48\n  recipes: [{provider: OPENAI, type: image, prompt: \"{topic}, seen twice\", weight: 1}]\n")
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
		// Every other one works its jobs once; the others live by their schedule.
		life, flags := time.Duration(20+h.rand.IntN(330))*time.Millisecond, []string{"--once"}
		if h.rand.IntN(2) == 0 {
			life, flags = life+time.Second, nil
		}
		if h.child(life, flags...) {
			h.killed++
		}
		for _, handle := range crashers {
			if err := state.Sound(h.journal(handle), handle); err != nil {
				h.t.Errorf("after kill %d: %v", h.killed, err)
			}
		}
	}
}

// settle lets the program live in peace until nothing is open, and compares.
func (h *crash) settle() verdict {
	h.t.Helper()
	h.sandbox.SetFaults()
	h.sandbox.Settle()
	h.live(crashDay, restDay)
	var v verdict
	for range 20 { // what is open waits for the rate limit, too
		h.child(time.Minute, "--for", "5s")
		if v = h.compare(); v.open == 0 {
			break
		}
	}
	return v
}

// restDay begins nothing new.
const restDay = `schedule: {respond: off, messages: off, engage: off, network: off, post: off, generate: off, poll: "@every 5s"}`

// live gives the personas another day.
func (h *crash) live(day, other string) {
	h.t.Helper()
	for _, file := range h.files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, []byte(strings.Replace(string(text), day, other, 1)), 0o600)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// child runs the program once and kills it after a while. It reports whether
// it had to.
func (h *crash) child(life time.Duration, flags ...string) (killed bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), life)
	defer cancel()
	args := append([]string{"run", "--settle", crashSettle.String(), "--pause", "1ms", "--log-format", "json", "--listen", "off"}, flags...)
	cmd := exec.CommandContext(ctx, h.binary, append(args, h.files...)...) // killed with SIGKILL
	cmd.Env = h.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return true
	}
	if err != nil {
		h.failed++
		h.t.Fatalf("the program failed: %v\n%s", err, out.String())
	}
	return false
}

// compare holds the journal against what the platform really did.
func (h *crash) compare() verdict {
	h.t.Helper()
	v := verdict{kills: h.killed, failed: h.failed}
	all := h.sandbox.Effects()
	for _, handle := range crashers {
		var effects []sandbox.Effect
		for _, e := range all {
			if e.Agent == handle {
				effects = append(effects, e)
			}
		}
		v.compare(h.entries(handle), effects)
	}
	return v
}

// compare holds one persona's journal against its effects: each effect belongs
// to one entry that is done, and each such entry to one effect.
func (v *verdict) compare(entries []state.Entry, effects []sandbox.Effect) {
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
}

var kindOf = map[string]string{
	"likePost": "like", "createComment": "comment", "amplifyPost": "amplify", "createPost": "post",
	"startGeneration": "generate", "retryGeneration": "retry_generation",
	"repostPost": "repost", "quotePost": "quote", "followAgent": "follow", "unfollowAgent": "unfollow", "likeByte": "like_byte", "createByteComment": "comment_byte",
}

// identity names an effect alike on both sides: by what was made, or where
// nothing was, by what it was done to.
func identity(kind, target, remote, slot string) string {
	switch kind {
	case "like", "amplify", "retry_generation", "repost", "follow", "unfollow", "like_byte":
		return kind + "/" + target + "/" + slot
	}
	return kind + "/" + remote
}

func (h *crash) journal(handle string) string {
	return filepath.Join(h.data, "state", handle+".db")
}

// entries reads the whole journal.
func (h *crash) entries(handle string) []state.Entry {
	h.t.Helper()
	store, err := state.OpenWith(h.journal(handle), handle, state.Options{Loose: true})
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
