package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"imagined/sandbox"
	"imagined/state"
)

// daemon is the real program, alive.
type daemon struct {
	*crash
	cmd  *exec.Cmd
	out  bytes.Buffer
	mu   sync.Mutex
	log  []string
	more chan struct{} // a line has come
	over chan struct{} // the log has ended
}

// start starts the program with one persona; env is added to its environment.
func (h *crash) start(env []string, flags ...string) *daemon {
	h.t.Helper()
	return h.startOn(nil, env, flags...)
}

// startOn is start with an output of the caller's; nil: it is kept.
func (h *crash) startOn(out *os.File, env []string, flags ...string) *daemon {
	h.t.Helper()
	h.live(crashDay, calmDay)
	d := &daemon{crash: h, more: make(chan struct{}, 1), over: make(chan struct{})}
	args := append([]string{"run", "--pause", "1ms", "--log-format", "json", "--settle", "400ms"}, flags...)
	d.cmd = exec.CommandContext(h.t.Context(), h.binary, append(args, h.files[0])...)
	d.cmd.Env = append(append([]string{}, h.env...), env...)
	d.cmd.Stdout = &d.out
	if out != nil {
		d.cmd.Stdout = out
	}
	pipe, err := d.cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		defer close(d.over)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			d.mu.Lock()
			d.log = append(d.log, lines.Text())
			d.mu.Unlock()
			select {
			case d.more <- struct{}{}:
			default:
			}
		}
	}()
	return d
}

// calmDay is one that the platform's rates allow.
const calmDay = `schedule:
  network: off
  respond: off
  engage: {cron: "@every 6s", jitter: 0s}
  post: {cron: "@every 2s", jitter: 0s}
  generate: off
  poll: "@every 5s"`

// says waits for a line of the log that holds a text, after the first skip
// lines that do.
func (d *daemon) says(text string, skip int) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 60*time.Second)
	defer cancel()
	for {
		if lines := d.lines(text); len(lines) > skip {
			return lines[skip]
		}
		select {
		case <-d.more:
		case <-d.over:
			if lines := d.lines(text); len(lines) > skip {
				return lines[skip]
			}
			d.t.Fatalf("the program ended without saying %q:\n%s", text, strings.Join(d.lines(""), "\n"))
		case <-ctx.Done():
			d.t.Fatalf("the program does not say %q:\n%s", text, strings.Join(d.lines(""), "\n"))
		}
	}
}

func (d *daemon) lines(text string) (lines []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, line := range d.log {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

// end sends SIGTERM and returns how the program ended.
func (d *daemon) end() error {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	select {
	case <-d.over:
	case <-time.After(10 * time.Second):
		d.t.Fatal("it does not end within 10 s of a SIGTERM")
	}
	return d.cmd.Wait()
}

// imagined runs another command beside the daemon.
func (d *daemon) imagined(args ...string) (string, error) {
	cmd := exec.CommandContext(d.t.Context(), d.binary, args...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// ask is one GET of the console.
func (d *daemon) ask(path string) (int, string) {
	d.t.Helper()
	var line struct{ URL string }
	if err := json.Unmarshal([]byte(d.says("health is served", 0)), &line); err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.Get(strings.TrimSuffix(line.URL, "/healthz") + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // test
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

const handle = "crash_one"

// TestDaemon_Hand pauses, resumes and settles beside the running daemon, and
// looks at its health meanwhile.
func TestDaemon_Hand(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	d := h.start(nil, "--listen", "127.0.0.1:0")
	d.says(`"ran"`, 3)
	if code, body := d.ask("/healthz"); code != http.StatusOK || !strings.Contains(body, `"handle":"crash_one","healthy":true`) {
		t.Errorf("/healthz %d %s", code, body)
	}
	if code, body := d.ask("/healthz?text"); code != http.StatusOK || body != "@crash_one: healthy\n" {
		t.Errorf("/healthz?text %d %q", code, body)
	}
	if code, body := d.ask("/readyz"); code != http.StatusOK || body != "ready\n" {
		t.Errorf("/readyz %d %q", code, body)
	}
	if out, err := d.imagined("pause", handle, "--why", "a rest"); err != nil || !strings.Contains(out, "has taken") {
		t.Errorf("pause: %v %s", err, out)
	}
	d.says("everything is paused", 0)
	before := len(h.sandbox.Effects())
	d.says("held: a rest", 2)
	if after := len(h.sandbox.Effects()); after > before+1 { // one may have been under way
		t.Errorf("%d effects while paused", after-before)
	}
	if _, body := d.ask("/healthz"); !strings.Contains(body, `"why":"a rest"`) {
		t.Errorf("the hold does not show: %s", body)
	}
	if err := d.end(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	d = h.start(nil, "--listen", "off") // a pause outlives the process
	d.says("held: nothing of this kind is done", 0)
	d.says("held: a rest", 1)
	if out, err := d.imagined("resume", handle); err != nil || !strings.Contains(out, "has taken") {
		t.Errorf("resume: %v %s", err, out)
	}
	d.says(`"msg":"done"`, 0)
	if err := d.end(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	// Nobody holds the journal now: the commands do it themselves.
	for _, tt := range []struct{ line, says string }{
		{"pause crash_one --kind like", "@crash_one: like is paused"},
		{"pause crash_one --kind dance", "no kind \"dance\""},
		{"pause nobody", "no journal of \"nobody\""},
		{"resume crash_one", "@crash_one: everything goes on"},
		{"settle 1 --done --persona crash_one", "neither parked nor unknown"},
		{"settle 99999 --done --persona crash_one", "not in the journal"},
		{"settle 1 --persona crash_one", "--done"},
		{"approve 1 --persona crash_one", "waits for nobody"},
	} {
		if out, _ := d.imagined(strings.Fields(tt.line)...); !strings.Contains(out, tt.says) {
			t.Errorf("%s: %s", tt.line, out)
		}
	}
}

// TestDaemon_SettleParked ends a parked entry by the operator's word, both
// ways, and log says how.
func TestDaemon_SettleParked(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	h.live("acts: {repost: 1, quote: 1, follow: 1}", "acts: {repost: 0, quote: 0, follow: 0}") // it is about what is amplified
	h.sandbox.SetFaults(sandbox.Fault{Op: "amplifyPost", Kind: sandbox.AppliedReset, Rate: 1})
	d := h.start(nil, "--listen", "off")
	d.says(`"parked"`, 1)
	if err := d.end(); err != nil {
		t.Fatal(err)
	}
	out, err := d.imagined("log", "--status", "parked")
	if err != nil || !strings.Contains(out, "imagined settle") || !strings.Contains(out, "--not-done") {
		t.Fatalf("log does not say what to do: %v\n%s", err, out)
	}
	var ids []string
	for _, line := range strings.Split(out, "\n") {
		if f := strings.Fields(line); len(f) > 4 && f[4] == "amplify" {
			ids = append(ids, f[3])
		}
	}
	if len(ids) < 2 {
		t.Fatalf("%d parked entries:\n%s", len(ids), out)
	}
	if out, err := d.imagined("settle", ids[0], "--done", "--persona", handle); err != nil || !strings.Contains(out, "is done") {
		t.Errorf("done: %v %s", err, out)
	}
	if out, err := d.imagined("settle", ids[1], "--not-done", "--persona", handle); err != nil || !strings.Contains(out, "is dropped") {
		t.Errorf("not done: %v %s", err, out)
	}
}

// TestF12_DiskFull fills the disk under the living program: nothing is sent, it
// is said once, and work goes on when there is room again.
func TestF12_DiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	h := newCrash(t)
	small := filepath.Join(filepath.Dir(h.data), "data", "state")
	if err := os.MkdirAll(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	d := h.start(nil, "--listen", "127.0.0.1:0")
	d.says(`"msg":"done"`, 2)
	ballast := filepath.Join(small, "ballast")
	fill(t, ballast)
	d.says("the journal cannot be written", 0)
	before := len(h.sandbox.Effects())
	if code, body := d.ask("/healthz?text"); code != http.StatusServiceUnavailable || !strings.Contains(body, "the disk is full") {
		t.Errorf("/healthz %d %s", code, body)
	}
	if _, err := d.imagined("pause", handle); err == nil {
		t.Error("a command could be left on a full disk")
	}
	if n := len(d.lines("the journal cannot be written")); n != 1 {
		t.Errorf("said %d times", n)
	}
	if after := len(h.sandbox.Effects()); after != before {
		t.Errorf("%d effects without a durable intent", after-before)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	d.says("can be written again", 0)
	d.says(`"msg":"done"`, len(d.lines(`"msg":"done"`)))
	if code, body := d.ask("/healthz?text"); code != http.StatusOK {
		t.Errorf("/healthz %d %s", code, body)
	}
	if err := d.end(); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, strings.Join(d.lines(""), "\n"))
	}
	if v := h.settleOne(); v.duplicates+v.lost+v.open > 0 {
		t.Errorf("%s\n%s", v, strings.Join(v.complaints, "\n"))
	}
}

// fill writes until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path) //nolint:gosec // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is full
	for size := 1 << 20; size > 0; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
}

// settleOne lets the one persona live in peace, and compares.
func (h *crash) settleOne() verdict {
	h.t.Helper()
	h.live(calmDay, restDay)
	var v verdict
	for range 5 {
		d := h.start(nil, "--for", "4s", "--listen", "off")
		<-d.over
		if err := d.cmd.Wait(); err != nil {
			h.t.Error(err)
		}
		v = verdict{}
		v.compare(h.entries(handle), h.sandbox.Effects()[3*2:]) // past the registrations and the connected services
		if v.open == 0 {
			break
		}
	}
	return v
}

// TestDaemon_For: the end of --for stops what is going on, like a signal; a wait
// for the platform's rate that it cuts short has not failed.
func TestDaemon_For(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	target, err := neturl.Parse(strings.TrimPrefix(h.env[0], "IMAGINEANYTHING_BASE_URL="))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	var reads atomic.Int32
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Header.Get("X-RateLimit-Endpoint-Type") == "read" {
			reads.Add(1)
			r.Header.Set("X-RateLimit-Remaining", "0")
		}
		return nil
	}
	platform := httptest.NewServer(proxy)
	t.Cleanup(platform.Close)
	d := h.start([]string{"IMAGINEANYTHING_BASE_URL=" + platform.URL}, "--for", "1s", "--listen", "off")
	<-d.over
	if err := d.cmd.Wait(); err != nil || reads.Load() == 0 {
		t.Errorf("ended with %v after %d reads", err, reads.Load())
	}
	if failed := d.lines("job failed"); len(failed) > 0 {
		t.Errorf("the end counts as a failure: %s", failed)
	}
}

// withoutAnswer is a platform that does what it is asked, and does not answer
// writes to paths with that ending. It hands over the path of each.
func (h *crash) withoutAnswer(t *testing.T, ending string, applied chan<- string) (url string) {
	t.Helper()
	target, err := neturl.Parse(strings.TrimPrefix(h.env[0], "IMAGINEANYTHING_BASE_URL="))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, ending) {
			proxy.ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(httptest.NewRecorder(), r)
		applied <- r.URL.Path
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// fullPipe is the end of a pipe that takes no more.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = w.Write(make([]byte, 4096))
	}
	return w
}

// TestF18_Signals stops the program in states in which it waits for others.
func TestF18_Signals(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	t.Run("the platform does not answer at all", func(t *testing.T) {
		hang, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
		if err != nil {
			t.Fatal(err)
		}
		defer hang.Close() //nolint:errcheck // test
		d := h.start([]string{
			"IMAGINEANYTHING_BASE_URL=http://" + hang.Addr().String(), "IMAGINEANYTHING_CLIENT_ID=id", "IMAGINEANYTHING_CLIENT_SECRET=a-secret",
		}, "--listen", "off", "--data", t.TempDir())
		c, err := hang.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // test
		if err := d.end(); err != nil {
			t.Errorf("%v\n%s", err, strings.Join(d.lines(""), "\n"))
		}
	})
	t.Run("nobody reads the output", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close() //nolint:errcheck // test
		defer w.Close() //nolint:errcheck // test
		if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(make([]byte, 1<<20)) // until it is full
		d := h.startOn(w, nil, "--listen", "off", "--data", t.TempDir(), "--sandbox")
		d.says(`"alive"`, 0)
		if err := d.end(); err == nil {
			t.Error("it ended as if all were well")
		}
	})
	t.Run("a write is on its way", func(t *testing.T) {
		applied := make(chan string)
		url := h.withoutAnswer(t, "/like", applied)
		d := h.start([]string{"IMAGINEANYTHING_BASE_URL=" + url}, "--listen", "off")
		path := <-applied
		if err := d.end(); err != nil {
			t.Errorf("%v", err)
		}
		unknown := 0
		for _, e := range h.entries(handle) {
			if e.Kind == "like" && strings.Contains(path, e.Target) && e.Status == state.Unknown {
				unknown++
			}
		}
		if unknown != 1 {
			t.Errorf("the like that was on its way is not unknown: %s %+v", path, h.entries(handle))
		}
	})
	t.Run("a second signal kills", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), h.binary, "run", "--listen", "off", "--log-format", "json", h.files[0])
		cmd.Env, cmd.Stdout = h.env, fullPipe(t) // its last words block
		log, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		alive, over := make(chan bool, 1), make(chan bool)
		go func() {
			defer close(over)
			for lines := bufio.NewScanner(log); lines.Scan(); {
				if strings.Contains(lines.Text(), `"alive"`) {
					alive <- true
				}
			}
		}()
		<-alive
		for again := time.NewTicker(100 * time.Millisecond); ; {
			_ = cmd.Process.Signal(syscall.SIGTERM) // one that follows at once may count as the same
			select {
			case <-again.C:
				continue
			case <-over:
			}
			break
		}
		_ = cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
			t.Errorf("it was not killed: %s", cmd.ProcessState)
		}
	})
	t.Run("stopped and continued", func(t *testing.T) {
		d := h.start(nil, "--listen", "off")
		d.says(`"ran"`, 0)
		_ = d.cmd.Process.Signal(syscall.SIGSTOP)
		_ = d.cmd.Process.Signal(syscall.SIGCONT)
		d.says(`"ran"`, len(d.lines(`"ran"`))+1)
		if err := d.end(); err != nil {
			t.Errorf("%v", err)
		}
	})
	t.Run("a closed terminal", func(t *testing.T) {
		d := h.start(nil, "--listen", "off")
		d.says(`"ran"`, 0)
		_ = d.cmd.Process.Signal(syscall.SIGHUP)
		d.says(`"ran"`, len(d.lines(`"ran"`))+1)
		if err := d.end(); err != nil {
			t.Errorf("%v", err)
		}
	})
	if v := h.settleOne(); v.duplicates+v.lost+v.open > 0 {
		t.Errorf("%s\n%s", v, strings.Join(v.complaints, "\n"))
	}
}

// TestDaemon_Notify listens as systemd would.
func TestDaemon_Notify(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // test
	d := h.start([]string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=600000"}, "--listen", "off")
	hear := func() string {
		buf := make([]byte, 200)
		_ = l.SetReadDeadline(time.Now().Add(30 * time.Second))
		n, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	if first := hear(); !strings.HasPrefix(first, "READY=1\n") {
		t.Errorf("heard %q first", first)
	}
	heard := map[string]bool{}
	for !heard["STATUS=alive"] || !heard["WATCHDOG=1"] { // hear gives up in the end
		heard[hear()] = true
	}
	if err := d.end(); err != nil {
		t.Error(err)
	}
}

// TestDaemon_EditedFile edits the persona while it lives.
func TestDaemon_EditedFile(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	h.live(crashDay, calmDay)
	text, err := os.ReadFile(h.files[0])
	if err != nil {
		t.Fatal(err)
	}
	edit := func(data string) {
		t.Helper()
		if err := os.WriteFile(h.files[0]+".new", []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(h.files[0]+".new", h.files[0]); err != nil {
			t.Fatal(err)
		}
	}
	d := h.start(nil, "--listen", "off")
	d.says(`"ran"`, 1)
	edit(strings.Replace(string(text), "handle:", "handel:", 1))
	if line := d.says("the edited persona is not taken over", 0); !strings.Contains(line, "handel") || !strings.Contains(line, ":1:1") {
		t.Errorf("it does not name the place: %s", line)
	}
	edit(strings.Replace(string(text), "crash_one", "crash_two", 1))
	d.says("a persona keeps its handle", 0)
	edit("# a comment\n" + string(text))
	edit(strings.Replace(string(text), `engage: {cron: "@every 6s", jitter: 0s}`, "engage: off", 1))
	d.says("the edited persona is taken over", 0)
	before := len(d.lines(`"job":"engage"`))
	d.says(`"job":"post"`, len(d.lines(`"job":"post"`))+1)
	if after := len(d.lines(`"job":"engage"`)); after > before {
		t.Errorf("%d runs of a job that is off", after-before)
	}
	if n := len(d.lines("is not taken over")); n != 2 {
		t.Errorf("%d complaints, want one for each bad edit", n)
	}
	if err := d.end(); err != nil {
		t.Error(err)
	}
}

// TestState_Commands are the commands that care for journals.
func TestState_Commands(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	dir := t.TempDir()
	d := h.start(nil, "--listen", "off")
	d.says("snapshot", 0)
	d.says(`"ran"`, 1)
	run := func(want int, says string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), h.binary, args...)
		cmd.Env = h.env
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != want || !strings.Contains(string(out), says) {
			t.Errorf("%v: %s, want exit %d and %q\n%s", args, cmd.ProcessState, want, says, out)
		}
	}
	backup, export := filepath.Join(dir, "backup.db"), filepath.Join(dir, "export.jsonl")
	// Beside the daemon:
	run(0, "sound", "state", "check")
	run(0, `"sound":true`, "state", "check", handle, "--json")
	run(0, "read back and is sound", "state", "backup", handle, backup)
	run(2, "--force", "state", "backup", handle, backup)
	run(0, "", "state", "export", handle, export)
	run(1, "in use by process", "state", "restore", handle, backup)
	run(1, "in use by process", "state", "compact", handle)
	run(1, "exists", "state", "import", handle, export)
	if err := d.end(); err != nil {
		t.Error(err)
	}
	// Alone:
	run(0, "KiB before", "state", "compact", handle)
	damage(t, h.journal(handle))
	run(1, "imagined state restore crash_one", "state", "check")
	run(2, "imagined state restore crash_one", "run", "--once", h.files[0])
	run(1, "damaged, too", "state", "restore", handle, h.journal(handle))
	run(0, "the one before is kept", "state", "restore") // the newest snapshot
	run(0, "sound", "state", "check")
	run(0, "cautious", "run", "--once", "--settle", "100ms", "--pause", "1ms", h.files[0])
	run(0, "", "run", "--trust", "--once", "--settle", "100ms", "--pause", "1ms", h.files[0])
	for _, e := range h.sandbox.Effects() {
		if n := h.twice(e); n > 1 {
			t.Errorf("%s %s %q: %d times", e.Op, e.Target, e.Text, n)
		}
	}
	if err := os.Rename(h.journal(handle), h.journal(handle)+".away"); err != nil {
		t.Fatal(err)
	}
	run(0, "is made and sound", "state", "import", handle, export)
	run(1, "no journal", "state", "check", "--data", t.TempDir())
}

// twice counts effects that must not come twice.
func (h *crash) twice(one sandbox.Effect) (n int) {
	for _, e := range h.sandbox.Effects() {
		if e.Agent == one.Agent && e.Op == one.Op && e.Target == one.Target && e.Text == one.Text && e.Op != "startGeneration" && e.Op != "retryGeneration" {
			n++
		}
	}
	return n
}

// damage zeroes a page that is in use.
func damage(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path) //nolint:gosec // a test's
	if err != nil {
		t.Fatal(err)
	}
	for at := 2 * 4096; at+4096 <= len(data); at += 4096 {
		if data[at+8] == 2 && bytes.Contains(data[at:at+4096], []byte("post/")) { // a leaf of the keys
			clear(data[at : at+512])
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
