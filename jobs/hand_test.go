package jobs_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
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

// TestTwoWriters_IsSaid: that another writer stops a persona is said when it is
// noticed, once, and not only at the next start. The operator's own pause is no
// news.
func TestTwoWriters_IsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.jobs(planner.NewOffline())
	inbox := state.InboxOf(w.path)
	j.Inbox = &inbox
	w.live(j, time.Hour)
	if _, err := j.Performer.Do(t.Context(), actions.Action{Kind: actions.Post, Text: "Only this one."}); err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Hour)
	if _, err := w.client.CreatePost(t.Context(), apiclient.NewPost{Content: "From another host."}); err != nil {
		t.Fatal(err)
	}
	w.live(j, time.Minute)
	if _, err := j.Performer.Do(t.Context(), actions.Action{Kind: actions.Post, Text: "And this one."}); err != nil {
		t.Fatal(err)
	}
	w.live(j, time.Hour)
	const said = `level=ERROR msg="all writing is stopped; look at it, then: imagined resume" why="another writer uses this account`
	if n := strings.Count(w.log.String(), said); n != 1 {
		t.Errorf("said %d times:\n%s", n, w.log)
	}
	for _, verb := range []string{"resume", "pause"} {
		if _, err := inbox.Post(state.Command{Verb: verb, At: w.Now()}); err != nil {
			t.Fatal(err)
		}
		w.live(j, time.Minute)
	}
	if n := strings.Count(w.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors:\n%s", n, w.log)
	}
}

// TestResume_ClockIsBehind: what another writer has made so far is not held
// against it again, wherever the wall clock stands.
func TestResume_ClockIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	behind := func() time.Time { return w.Now().Add(-time.Hour) }
	client, err := apiclient.New(apiclient.Config{BaseURL: w.url, ID: w.id, Secret: w.secret, Now: behind, Sleep: w.Sleep, Transport: inProcess{w.sandbox}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	j := w.jobs(planner.NewOffline())
	j.Client, j.Now = client, behind
	j.Performer.Client, j.Performer.Now = client, behind
	inbox := state.InboxOf(w.path)
	j.Inbox = &inbox
	say := func(text string) state.Entry {
		t.Helper()
		e, err := j.Performer.Do(t.Context(), actions.Action{Kind: actions.Post, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	say("Alone.")
	w.Advance(time.Hour)
	if _, err := w.client.CreatePost(t.Context(), apiclient.NewPost{Content: "From another host."}); err != nil {
		t.Fatal(err)
	}
	say("Not alone.")
	if _, held, err := w.store.Held(""); !held || err != nil {
		t.Fatal("the other writer is not noticed", err)
	}
	if _, err := inbox.Post(state.Command{Verb: "resume", At: behind()}); err != nil {
		t.Fatal(err)
	}
	w.live(j, time.Minute)
	if hold, held, _ := w.store.Held(""); held {
		t.Errorf("held again at once: %s", hold.Why)
	}
}
