package state_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"imagined/state"
)

// TestF15_PowerCut writes a journal on a file system of its own, and takes what
// has reached the disk under it at a moment between two commits, as a power cut
// would leave it: every acknowledged commit is there. Without the wait for the
// disk they are not.
func TestF15_PowerCut(t *testing.T) {
	if testing.Short() || os.Getuid() != 0 {
		t.Skip("needs root, for a file system of its own")
	}
	if _, err := exec.LookPath("mkfs.ext4"); err != nil {
		t.Skip("needs mkfs.ext4")
	}
	lost := func(cut int, noSync bool) int {
		dir := t.TempDir()
		disk, copied := filepath.Join(dir, "disk.img"), filepath.Join(dir, "copy.img")
		check(t, os.WriteFile(disk, nil, 0o600))
		check(t, os.Truncate(disk, 24<<20))
		command(t, "mkfs.ext4", "-q", "-F", disk)
		live := mount(t, disk, filepath.Join(dir, "live"))
		s, err := state.OpenWith(filepath.Join(live, "nova.db"), "nova", state.Options{NoSync: noSync})
		check(t, err)
		defer s.Close() //nolint:errcheck // the power is gone
		acknowledged := 5 + 7*cut
		for i := range acknowledged {
			mustPlan(t, s, like(fmt.Sprint("pst_", i), noon))
		}
		copyFile(t, disk, copied)
		after := mount(t, copied, filepath.Join(dir, "after"))
		path := filepath.Join(after, "nova.db")
		if err := state.Sound(path, "nova"); err != nil {
			if !noSync {
				t.Error(err)
			}
			return acknowledged
		}
		again, err := state.Open(path, "nova")
		if err != nil {
			return acknowledged
		}
		defer again.Close() //nolint:errcheck // test
		missing := 0
		for i := range acknowledged {
			if taken, _ := again.Taken(fmt.Sprint("like/pst_", i)); !taken {
				missing++
			}
		}
		if found := again.Found(); !noSync && found != state.FoundAsLeft && found != state.FoundUnwatched && found != state.FoundNew {
			t.Errorf("after the cut the journal is %s", found)
		}
		return missing
	}
	const cuts = 10
	for cut := range cuts {
		if n := lost(cut, false); n > 0 {
			t.Errorf("cut %d: %d acknowledged commits are lost", cut, n)
		}
	}
	control := 0
	for cut := range 3 {
		if lost(cut, true) > 0 {
			control++
		}
	}
	t.Logf("%d cuts, nothing lost; without waiting for the disk, %d of 3 lost commits", cuts, control)
	if control == 0 {
		t.Error("the control lost nothing: the test shows nothing")
	}
}

// mount mounts a file system image at a folder that it makes.
func mount(t *testing.T, image, at string) string {
	t.Helper()
	check(t, os.Mkdir(at, 0o700))
	if out, err := exec.Command("mount", "-o", "loop", image, at).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() { _ = syscall.Unmount(at, syscall.MNT_DETACH) })
	return at
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// TestF12_SmallDisk fills a disk of 1 MiB with the journal itself: it can still
// be read, nothing is half written, and it goes on when there is room.
func TestF12_SmallDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m,mode=0700"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	check(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	s, err := state.Open(filepath.Join(dir, "nova.db"), "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	n := 0
	for ; err == nil; n++ {
		e := like(fmt.Sprint("pst_", n), noon)
		e.Why = string(make([]byte, 2000))
		_, err = s.Plan(e, []state.Charge{{Counter: "kind/like"}})
		if n == 5000 {
			t.Fatal("the disk does not fill")
		}
	}
	if reason, ok := state.DiskFault(err); !ok || reason != "the disk is full" {
		t.Errorf("%v: %q, %t", err, reason, ok)
	}
	if es, err := s.Entries(state.Filter{}, 0); err != nil || len(es) != n-1 {
		t.Errorf("%d entries, want %d: %v", len(es), n-1, err)
	}
	check(t, s.Verify())
	if _, err := s.Snapshot(filepath.Join(dir, "snapshots"), 7, noon); err == nil {
		t.Error("a snapshot on a full disk")
	}
	if files, _ := os.ReadDir(filepath.Join(dir, "snapshots")); len(files) > 0 {
		t.Errorf("it left %v", files)
	}
	if err := s.Probe(); err == nil {
		t.Error("there is room on a full disk")
	}
	check(t, os.Remove(ballast))
	check(t, s.Probe())
	if left, err := s.Cursor("probe"); left != "" || err != nil {
		t.Errorf("a probe leaves %d bytes, %v", len(left), err)
	}
	mustPlan(t, s, like("pst_later", noon))
	check(t, s.Verify())
	check(t, state.Sound(s.Path(), "nova"))
}

// TestF12_FileSizeLimit runs itself with a limit on the size of files.
func TestF12_FileSizeLimit(t *testing.T) {
	if path := os.Getenv("IMAGINED_TEST_LIMIT"); path != "" {
		limit := syscall.Rlimit{Cur: 2 << 20, Max: 2 << 20}
		check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
		s, err := state.Open(path, "nova")
		check(t, err)
		for i := 0; err == nil; i++ {
			e := like(fmt.Sprint("pst_", i), noon)
			e.Why = string(make([]byte, 4000))
			_, err = s.Plan(e, nil)
		}
		reason, ok := state.DiskFault(err)
		check(t, s.Verify())
		fmt.Printf("limit: %q %t\n", reason, ok)
		return
	}
	t.Parallel()
	cmd := exec.Command("/proc/self/exe", "-test.run", "TestF12_FileSizeLimit")
	cmd.Env = append(os.Environ(), "IMAGINED_TEST_LIMIT="+filepath.Join(t.TempDir(), "nova.db"))
	out, err := cmd.CombinedOutput()
	if want := `limit: "the file may not grow (limit of the process or the file system)" true`; err != nil || !containsLine(string(out), want) {
		t.Errorf("%v\n%s", err, out)
	}
}

func containsLine(text, line string) bool {
	for _, l := range strings.Split(text, "\n") {
		if l == line {
			return true
		}
	}
	return false
}
