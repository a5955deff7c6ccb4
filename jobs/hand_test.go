package jobs_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagined/planner"
	"imagined/state"
)

// TestRun_InboxOfAnotherUser: commands that another user has left, and that
// cannot be read, end no life. Root can read everything, so it becomes somebody
// else for this.
func TestRun_InboxOfAnotherUser(t *testing.T) {
	if os.Getuid() == 0 {
		asSomebody(t, "TestRun_InboxOfAnotherUser")
		return
	}
	t.Parallel()
	w := newWorld(t)
	inbox := state.InboxOf(w.path)
	if _, err := inbox.Post(state.Command{Verb: "pause", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSuffix(w.path, ".db") + ".inbox"
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) //nolint:gosec // a folder
	j := w.jobs(planner.NewOffline())
	j.Inbox = &inbox
	w.live(j, time.Hour)
	if n := strings.Count(w.log.String(), "commands cannot be taken"); n != 1 {
		t.Errorf("said %d times:\n%s", n, w.log)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder
		t.Fatal(err)
	}
	w.live(j, time.Minute)
	if !strings.Contains(w.log.String(), "everything is paused") {
		t.Errorf("a command that can be read again is not taken:\n%s", w.log)
	}
}

// asSomebody runs one test as a user who is not root.
func asSomebody(t *testing.T, test string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a process")
	}
	t.Parallel()
	dir, err := os.MkdirTemp("", "somebody-") // t.TempDir lies in a folder of root alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // the point
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+test+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
		t.Errorf("%v\n%s", err, out)
	}
}
