package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

const novaFile = `handle: nova_cli
name: Nova
interests:
  - {topic: plotters, keywords: [a, e, i, o, u], weight: 3}
voice:
  lines: ["A patient line.", "Ink first, doubts later.", "The second layer is where it begins.", "@{author}, the margin is the best part."]
limits:
  like: {hour: 5, day: 5}
generation:
  per_day: 2
  recipes: [{provider: OPENAI, type: image, prompt: "{topic} at dawn"}]
`

// house is a command line with a world around it: a sandbox on loopback, an
// account there, a persona file and a data folder.
type house struct {
	t       *testing.T
	sandbox *sandbox.Server
	dir     string
	env     map[string]string
	secret  string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, sandbox.Config{Seed: 5, Pace: -1})
}

func newHouseWith(t *testing.T, config sandbox.Config) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	var err error
	if h.sandbox, err = sandbox.New(config); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.sandbox)
	t.Cleanup(server.Close)
	h.env = map[string]string{envBaseURL: server.URL, "IMAGINED_DATA": filepath.Join(h.dir, "data")}
	agent, err := h.client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "nova_cli", Name: "Nova"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.client(agent.ClientID, agent.ClientSecret).ConnectService(t.Context(), "OPENAI", "key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	h.env[envID], h.env[envSecret], h.secret = agent.ClientID, agent.ClientSecret, agent.ClientSecret
	h.write("nova.yaml", novaFile)
	return h
}

func (h *house) client(id, secret string) *apiclient.Client {
	h.t.Helper()
	c, err := apiclient.New(apiclient.Config{BaseURL: h.env[envBaseURL], ID: id, Secret: secret})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *house) write(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// imagined runs one command line; @ stands for the house's folder.
func (h *house) imagined(line string) (code int, out, errs string) {
	h.t.Helper()
	return h.imaginedUntil(h.t.Context(), line)
}

func (h *house) imaginedUntil(ctx context.Context, line string) (code int, out, errs string) {
	h.t.Helper()
	var o, e bytes.Buffer
	args := strings.Fields(strings.ReplaceAll(line, "@", h.dir+"/"))
	code = run(ctx, args, &program{out: &o, errs: &e, getenv: func(k string) string { return h.env[k] }})
	if all := o.String() + e.String(); strings.Contains(all, h.secret) || strings.Contains(all, "iat_") || strings.ContainsRune(all, 0x1b) {
		h.t.Errorf("%s printed a secret or an escape character:\n%s", line, all)
	}
	return code, o.String(), e.String()
}

func (h *house) effects(op string) (n int) {
	for _, e := range h.sandbox.Effects() {
		if e.Op == op {
			n++
		}
	}
	return n
}

const once = "run --once --pause 1ms --settle 50ms @nova.yaml"

// TestRun_AgainDoesNothingAgain lives twice on one platform with one journal.
func TestRun_AgainDoesNothingAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, out, errs := h.imagined(once)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if h.effects("amplifyPost")+h.effects("repostPost")+h.effects("quotePost") == 0 { // one of them for a post, by chance
		t.Errorf("nothing is passed on in the first life:\n%s", out)
	}
	for _, op := range []string{"likePost", "createComment", "createPost", "startGeneration"} {
		if h.effects(op) == 0 {
			t.Errorf("no %s in the first life:\n%s", op, out)
		}
	}
	if !strings.Contains(out, "kind  planned  done  dropped") || !strings.Contains(out, "model today: 0 calls") {
		t.Errorf("the table is missing:\n%s", out)
	}
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatalf("second life: exit %d: %s", code, errs)
	}
	seen := make(map[string]bool)
	for _, e := range h.sandbox.Effects() {
		key := strings.Join([]string{e.Op, e.Target, e.Text}, "/")
		if e.Op == "startGeneration" {
			key += e.ID // a second one, of the second run, may have the same prompt
		}
		if seen[key] {
			t.Errorf("done again: %s", key)
		}
		seen[key] = true
	}
}

// TestRun_Household: several personas have one summary, a line each.
func TestRun_Household(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, handle := range []string{"nova_one", "nova_two"} {
		h.write(handle+".yaml", strings.Replace(novaFile, "nova_cli", handle, 1))
	}
	code, out, errs := h.imagined("run @nova_one.yaml @nova_two.yaml --sandbox --once --data @box")
	if code != exitOK || strings.Count(out, "lived") != 1 || !strings.Contains(out, "2 personas lived") ||
		!regexp.MustCompile(`@nova_one +[1-9]`).MatchString(out) || !regexp.MustCompile(`together +[1-9]`).MatchString(out) {
		t.Errorf("exit %d: %s\n%s", code, out, errs)
	}
}

// TestRun_SandboxSaysNothingUntrue: nobody edited the file, and nothing failed
// that a newcomer could mend.
func TestRun_SandboxSaysNothingUntrue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("nova.yaml", novaFile+"approval: [post]\n")
	code, out, errs := h.imagined("run @nova.yaml --sandbox --for 4s --data @box")
	if code != exitOK || strings.Contains(errs, "taken over") || strings.Count(errs, "no OPENAI_API_KEY") != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
	if !regexp.MustCompile(`refused +open +parked`).MatchString(out) || !regexp.MustCompile(`post +1 +0 +0 +0 +1 +0`).MatchString(out) {
		t.Errorf("what waits for a person is open, not unknown:\n%s", out)
	}
	if code, out, errs = h.imagined("run --sandbox --once --data @other"); code != exitOK || strings.Contains(errs, "dropped") && strings.Contains(errs, "nova.png") {
		t.Errorf("exit %d: %s\n%s", code, out, errs)
	}
	h.write("guest.yaml", "handle: nova\nname: Nova\n")
	for _, line := range []string{"market --data @other", "plan @guest.yaml --data @other"} {
		if code, _, errs = h.imagined(line); code != exitUsage || !strings.Contains(errs, "@nova lives in the sandbox") {
			t.Errorf("%s: a sandbox's secret is sent to the platform: exit %d: %s", line, code, errs)
		}
	}
}

func TestRun_Sandbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.env[envBaseURL] = "http://127.0.0.1:1" // the sandbox brings its own
	code, out, errs := h.imagined("run --sandbox --once --data @box")
	if code != exitOK || !strings.Contains(out, "@nova lived") {
		t.Fatalf("exit %d: %s\n%s", code, out, errs)
	}
	if code, _, errs = h.imagined("run --sandbox --once --data @box"); code != exitOK {
		t.Errorf("second life in the same world: exit %d: %s", code, errs)
	}
	if err := os.Remove(filepath.Join(h.dir, "box", "sandbox.json")); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = h.imagined("run --sandbox --once --data @box"); code != exitOK {
		t.Errorf("a new world for an old journal: exit %d: %s", code, errs)
	}
	if code, _, errs = h.imagined("run --once --data @box @nova.yaml"); code == exitOK {
		t.Errorf("no network, yet exit 0: %s", errs)
	}
}

// TestRun_SandboxSecretStaysHome: the credentials that the sandbox gave are sent
// to this machine only.
func TestRun_SandboxSecretStaysHome(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined("run --sandbox --once --data @box"); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	delete(h.env, envID)
	delete(h.env, envSecret)
	lines := []string{"api getMyProfile --persona nova --data @box", "api getMyProfile --data @box"}
	h.env[envBaseURL] = "https://platform.invalid"
	for _, line := range lines {
		if code, _, errs := h.imagined(line); code != exitUsage || !strings.Contains(errs, "not sent to platform.invalid") {
			t.Errorf("%s: exit %d: %s", line, code, errs)
		}
	}
	h.env[envBaseURL] = "http://127.0.0.1:1"
	for _, line := range lines {
		if code, _, errs := h.imagined(line); code != exitFailed || strings.Contains(errs, "not sent to") {
			t.Errorf("at this machine: %s: exit %d: %s", line, code, errs)
		}
	}
}

// TestFaults are what an operator meets at night: one clear line and the right
// exit code each.
func TestFaults(t *testing.T) {
	t.Parallel()
	closed := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() //nolint:errcheck // test
		return "http://" + l.Addr().String()
	}()
	tests := []struct {
		name string
		line string
		set  func(h *house)
		code int
		says []string
	}{
		{"no file", "run", nil, exitUsage, []string{"imagined run --sandbox"}},
		{"file is missing", "run @none.yaml", nil, exitUsage, []string{"none.yaml"}},
		{"folder without personas", "run @", func(h *house) { _ = os.Remove(filepath.Join(h.dir, "nova.yaml")) }, exitUsage, []string{"holds no persona"}},
		{"unknown flag", "run --fast", nil, exitUsage, []string{"--fast", "--help"}},
		{"unknown command", "dance", nil, exitUsage, []string{"dance"}},
		{"bad YAML", "run @bad.yaml", func(h *house) { h.write("bad.yaml", "handle: nova_cli\nname: Nova\nlimits:\n  like: {hour: 900}\n") },
			exitUsage, []string{"bad.yaml:4:16: limits.like.hour: 900", "600"}},
		{"two files, one handle", "run @nova.yaml @twin.yaml", func(h *house) { h.write("twin.yaml", novaFile) }, exitUsage, []string{"already that of"}},
		{"no credentials", once, func(h *house) { delete(h.env, envSecret) }, exitUsage, []string{envID, envSecret, "--sandbox"}},
		{"wrong key", once, func(h *house) { h.env[envSecret] = "wrong-secret-wrong" }, exitUsage, []string{envID, envSecret}},
		{"somebody else's credentials", "run --once @luma.yaml", func(h *house) { h.write("luma.yaml", strings.Replace(novaFile, "nova_cli", "luma_cli", 1)) },
			exitUsage, []string{"@nova_cli", "@luma_cli"}},
		{"credentials in the open", once, func(h *house) {
			dir := filepath.Join(h.dir, "data", "credentials")
			_ = os.MkdirAll(dir, 0o700)
			_ = os.WriteFile(filepath.Join(dir, "nova_cli.json"), []byte("{}"), 0o644)
			_ = os.Chmod(filepath.Join(dir, "nova_cli.json"), 0o644)
		}, exitUsage, []string{"chmod 600"}},
		{"no network", once, func(h *house) { h.env[envBaseURL] = closed }, exitFailed, []string{"connection refused"}},
		{"platform address without TLS", once, func(h *house) { h.env[envBaseURL] = "http://platform.example" }, exitUsage, []string{"https"}},
		{"data folder is a file", once, func(h *house) { h.env["IMAGINED_DATA"] = h.write("file", "") }, exitFailed, []string{"data folder"}},
		{"no data folder", "log", func(h *house) { delete(h.env, "IMAGINED_DATA") }, exitUsage, []string{"IMAGINED_DATA"}},
		{"empty data folder", "log", nil, exitFailed, []string{"no journal"}},
		{"bad fault", "sandbox --faults likePost", nil, exitUsage, []string{"likePost"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			if tt.set != nil {
				tt.set(h)
			}
			code, _, errs := h.imagined(tt.line)
			if code != tt.code {
				t.Errorf("exit %d, want %d", code, tt.code)
			}
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in: %s", want, errs)
				}
			}
			if n := h.effects("likePost") + h.effects("createPost"); n != 0 {
				t.Errorf("%d effects", n)
			}
		})
	}
}

func TestF16_SecondCopy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, err := state.Open(journalPath(h.env["IMAGINED_DATA"], "nova_cli"), "nova_cli")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close() //nolint:errcheck // test
	code, _, errs := h.imagined(once)
	if code != exitFailed || !strings.Contains(errs, "in use by process") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := h.imagined("log"); code != exitOK { // looking never gets in the way
		t.Errorf("log beside a running daemon: exit %d: %s", code, errs)
	}
}

func TestRun_SandboxAndLiveNeverShareAJournal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	code, _, errs := h.imagined("run --sandbox --once --data @data @nova.yaml")
	if code != exitUsage || !strings.Contains(errs, "belongs to 127.0.0.1, not to sandbox") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestRun_GoesOnWithoutNetwork: a platform that cannot be reached is said once
// a try, and asked again.
func TestRun_GoesOnWithoutNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.env[envBaseURL] = "http://127.0.0.1:1"
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, over := &tap{more: make(chan struct{}, 1)}, make(chan int)
	go func() {
		args := []string{"run", "--listen", "off", "--log-format", "text", h.dir + "/nova.yaml"}
		over <- run(ctx, args, &program{out: &bytes.Buffer{}, errs: log, getenv: func(k string) string { return h.env[k] }})
	}()
	log.says(t, "the platform does not answer; trying again")
	stop()
	if code := <-over; code != exitOK {
		t.Errorf("exit %d: %s", code, log)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	_, out, _ := h.imagined("log --kind like --status done --json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != h.effects("likePost") {
		t.Errorf("%d likes in the log, %d on the platform", len(lines), h.effects("likePost"))
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "persona", "job", "kind", "target", "status", "text", "why", "remote_id", "attempts", "error", "planned_at", "done_at"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %q in %s", key, lines[0])
		}
	}
	if got["status"] != "done" || got["kind"] != "like" || got["persona"] != "nova_cli" {
		t.Errorf("entry %v", got)
	}
	_, out, _ = h.imagined("log")
	if !strings.Contains(out, "comment") || !strings.Contains(out, "done") || strings.Contains(out, "@nova_cli") {
		t.Errorf("log:\n%s", out)
	}
	if _, out, _ = h.imagined("log --since 1ns"); out != "" {
		t.Errorf("log of the last nanosecond:\n%s", out)
	}
	if code, _, errs := h.imagined("log --persona nobody"); code != exitFailed || !strings.Contains(errs, "nova_cli") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestLog_WhatWaitsForAPerson: an entry is often parked when it is a day old, and
// is shown for as long as nobody has settled it.
func TestLog_WhatWaitsForAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	store, err := state.Open(journalPath(h.env["IMAGINED_DATA"], "nova_cli"), "nova_cli")
	if err != nil {
		t.Fatal(err)
	}
	days := 72 * time.Hour
	for _, status := range []state.Status{state.Parked, state.Done} {
		e, err := store.Plan(state.Entry{Kind: "like", Target: "p", Key: string(status), PlannedAt: time.Now().Add(-days)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		e.Status = status
		if _, err := store.Record(e, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, out, errs := h.imagined("log --status parked"); !strings.Contains(out, "imagined settle 1 --done | --not-done") {
		t.Errorf("%s%s", out, errs)
	}
	for _, line := range []string{"log", "log --status done", "log --status parked --since 24h"} {
		if _, out, errs := h.imagined(line); out != "" || !strings.Contains(errs, "no such entries since") {
			t.Errorf("%s: %s%s", line, out, errs)
		}
	}
	if _, out, errs := h.imagined("log --status waiting"); out != "" || errs != "no such entries\n" {
		t.Errorf("%s%s", out, errs)
	}
}

func TestPlan_WritesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := len(h.sandbox.Effects())
	for job, want := range map[string]string{"engage": "would like", "post": "would post", "generate": "would generate"} {
		code, out, errs := h.imagined("plan --job " + job + " @nova.yaml")
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d: %s\n%s", job, code, out, errs)
		}
	}
	if n := len(h.sandbox.Effects()) - before; n != 0 {
		t.Errorf("%d effects", n)
	}
	if _, err := os.Stat(h.env["IMAGINED_DATA"]); !os.IsNotExist(err) {
		t.Errorf("the data folder was touched: %v", err)
	}
	if code, out, errs := h.imagined("plan --sandbox"); code != exitOK || !strings.Contains(out, "plan of engage for @nova") {
		t.Errorf("exit %d: %s\n%s", code, out, errs)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, out, errs := h.imagined("check @nova.yaml")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"@nova_cli is fine", "timezone: UTC", "next runs, local and UTC", "engage", "client id " + h.env[envID], "secret ****", "the offline brain: no OPENAI_API_KEY"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	h.write("bad.yaml", "handle: X\nnaem: Nova\n")
	code, _, errs = h.imagined("check @nova.yaml @bad.yaml")
	if code != exitUsage || !strings.Contains(errs, "bad.yaml:2:1: naem") || !strings.Contains(errs, "^") || !strings.Contains(errs, "1 of 2 persona files") {
		t.Errorf("exit %d: %s", code, errs)
	}
	code, out, _ = h.imagined("check --json @nova.yaml")
	var got struct {
		Persona string                 `json:"persona"`
		Next    map[string][]time.Time `json:"next"`
	}
	if err := json.Unmarshal([]byte(out), &got); code != exitOK || err != nil || got.Persona != "nova_cli" || len(got.Next["engage"]) != 3 {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}

func TestSchemaAndVersion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, out, _ := h.imagined("schema"); code != exitOK || out != string(persona.Schema()) {
		t.Errorf("schema: exit %d", code)
	}
	if code, out, _ := h.imagined("version"); code != exitOK || !strings.HasPrefix(out, "imagined ") {
		t.Errorf("version: exit %d %q", code, out)
	}
	if code, out, _ := h.imagined("version --json"); code != exitOK || !json.Valid([]byte(out)) {
		t.Errorf("version --json: exit %d %q", code, out)
	}
	if code, out, _ := h.imagined(""); code != exitOK || !strings.Contains(out, "run --sandbox") {
		t.Errorf("no arguments: exit %d %q", code, out)
	}
}

func TestSandbox_PrintsCredentialsThatWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"sandbox", "--listen", "127.0.0.1:0"}, &program{out: w, errs: w, getenv: func(string) string { return "" }})
	}()
	text := make([]byte, 4096)
	n, err := r.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	env := make(map[string]string)
	for line := range strings.Lines(string(text[:n])) {
		if name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "="); ok {
			env[name] = value
		}
	}
	c, err := apiclient.New(apiclient.Config{BaseURL: env[envBaseURL], ID: env[envID], Secret: env[envSecret]})
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text[:n])
	}
	if me, err := c.Me(t.Context()); err != nil || me.Handle != "visitor" {
		t.Errorf("%+v, %v", me.Handle, err)
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
	h.sandbox.Settle()
}
