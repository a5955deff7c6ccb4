package state_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"imagined/state"
)

// TestF21_EarlierFormats opens files that the programs of earlier formats wrote.
func TestF21_EarlierFormats(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"format-1", "format-2"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			earlierFormat(t, format)
		})
	}
}

func earlierFormat(t *testing.T, format string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nova.db")
	unzip(t, filepath.Join("testdata", format+".db.gz"), path)
	if err := state.Sound(path, "nova"); err != nil {
		t.Fatal(err)
	}
	s, err := state.OpenWith(path, "nova", state.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	entries, err := s.Entries(state.Filter{}, 0)
	if err != nil || len(entries) != 3 || entries[0].Author != "luma" || entries[1].RemoteID != "cmt_1" || entries[2].Status != state.Intent {
		t.Errorf("%+v, %v", entries, err)
	}
	if taken, _ := s.Taken("comment/pst_1//x"); !taken {
		t.Error("a dedupe key is lost")
	}
	if n, _ := s.Spent("kind/like", time.Time{}, noon); n != 1 {
		t.Errorf("%d likes charged", n)
	}
	if following, _ := s.Following(); len(following) != 1 {
		t.Errorf("following %v", following)
	}
	if j, _ := s.Job("engage"); format == "format-1" && j.Runs != 7 || format == "format-2" && j.Runs != 8 {
		t.Errorf("job %+v", j)
	}
	if _, held, _ := s.Held("like"); held != (format == "format-2") {
		t.Errorf("likes held: %t", held)
	}
	if u, _ := s.UsageOf("2026-03-01"); u.Reserved != 10 {
		t.Errorf("usage %+v", u)
	}
	if id, err := s.SaveDecision(state.Decision{Job: "engage"}); id != 1 || err != nil {
		t.Errorf("decision %d, %v", id, err)
	}
	found := map[string]state.Found{"format-1": state.FoundNew, "format-2": state.FoundUnwatched}[format]
	if s.Found() != found || !s.Born().Equal(noon) {
		t.Errorf("found %s, born %s", s.Found(), s.Born())
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	_ = s.Close()
	if report, err := state.Check(path); err != nil || len(report.Faults) > 0 || report.Format != 3 {
		t.Errorf("%+v, %v", report, err)
	}
}

func unzip(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // test
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOpen_Found: the sequence file tells what became of the journal while
// nobody looked.
func TestOpen_Found(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		do    func(t *testing.T, path string)
		found state.Found
	}{
		{"nothing", func(*testing.T, string) {}, state.FoundAsLeft},
		{"put back to an older copy", func(t *testing.T, path string) { copyFile(t, path+".old", path) }, state.FoundOlder},
		{"deleted", func(t *testing.T, path string) { remove(t, path) }, state.FoundOther},
		{"emptied", func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}, state.FoundOther},
		{"sequence file deleted", func(t *testing.T, path string) { remove(t, seqOf(path)) }, state.FoundUnwatched},
		{"sequence file damaged", func(t *testing.T, path string) {
			if err := os.WriteFile(seqOf(path), make([]byte, 128), 0o600); err != nil {
				t.Fatal(err)
			}
		}, state.FoundUnwatched},
		{"newest place of the sequence file torn", func(t *testing.T, path string) {
			data, err := os.ReadFile(seqOf(path))
			if err != nil {
				t.Fatal(err)
			}
			data[70] ^= 1
			if err := os.WriteFile(seqOf(path), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}, state.FoundAsLeft},
		{"both deleted", func(t *testing.T, path string) { remove(t, path); remove(t, seqOf(path)) }, state.FoundNew},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state", "nova.db")
			live := func() *state.Store {
				t.Helper()
				s, err := state.OpenWith(path, "nova", state.Options{Now: func() time.Time { return noon }})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := live()
			if s.Found() != state.FoundNew {
				t.Errorf("at first: %s", s.Found())
			}
			mustPlan(t, s, like("pst_1", noon))
			_ = s.Close()
			copyFile(t, path, path+".old")
			s = live()
			for i := range 4 {
				mustPlan(t, s, like("pst_more"+string(rune('a'+i)), noon))
			}
			_ = s.Close()
			tt.do(t, path)
			s = live()
			defer func() { _ = s.Close() }()
			if s.Found() != tt.found {
				t.Errorf("found %q, want %q", s.Found(), tt.found)
			}
			caution, cautious, err := s.Caution(noon.Add(23 * time.Hour))
			if want := tt.found != state.FoundAsLeft && tt.found != state.FoundNew; cautious != want || err != nil {
				t.Errorf("cautious %t (%q), %v", cautious, caution.Why, err)
			}
			if _, cautious, _ := s.Caution(noon.Add(25 * time.Hour)); cautious {
				t.Error("caution has no end")
			}
			_ = s.Close()
			if s = live(); s.Found() != state.FoundAsLeft {
				t.Errorf("the next time: %s", s.Found())
			}
			if _, still, _ := s.Caution(noon); still != cautious {
				t.Error("a restart ends caution")
			}
		})
	}
}

func seqOf(path string) string { return strings.TrimSuffix(path, ".db") + ".seq" }

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// TestF13_WhatIsNoJournal: what lies in the journal's place and is none is
// refused with a line that says what it is, and is left as it was.
func TestF13_WhatIsNoJournal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(t *testing.T, path string)
		says string
	}{
		{"folder", func(t *testing.T, path string) { check(t, os.Mkdir(path, 0o700)) }, "is a folder: move it away"},
		{"link", func(t *testing.T, path string) { check(t, os.Symlink("/dev/null", path)) }, "is a link: put the file itself there"},
		{"dangling link", func(t *testing.T, path string) { check(t, os.Symlink("nowhere", path)) }, "is a link"},
		{"fifo", func(t *testing.T, path string) { check(t, syscall.Mkfifo(path, 0o600)) }, "is no file"},
		{"text", func(t *testing.T, path string) {
			check(t, os.WriteFile(path, []byte(strings.Repeat("no journal\n", 1000)), 0o600))
		}, "open journal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "nova.db")
			tt.do(t, path)
			s, err := state.Open(path, "nova")
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v", err)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestF13_OthersCanRead: a journal that others may read is made private.
func TestF13_OthersCanRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	busy(t, path, 1)
	check(t, os.Chmod(path, 0o644)) //nolint:gosec // the point
	s, err := state.Open(path, "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestF13_OtherUser runs itself as a user who owns neither file nor folder.
func TestF13_OtherUser(t *testing.T) {
	if path := os.Getenv("IMAGINED_TEST_OPEN"); path != "" {
		s, err := state.Open(path, "nova")
		if err == nil {
			_ = s.Close()
			t.Fatal("it was opened")
		}
		t.Fatalf("refused: %v", err)
	}
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	t.Parallel()
	dir, err := os.MkdirTemp("", "journal-") // t.TempDir lies in a folder of root alone
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755)) //nolint:gosec // the point
	path := filepath.Join(dir, "nova.db")
	busy(t, path, 1)
	for _, mode := range []os.FileMode{0o700, 0o755, 0o777} {
		check(t, os.Chmod(dir, mode))
		cmd := exec.Command("/proc/self/exe", "-test.run", "TestF13_OtherUser")
		cmd.Env = append(os.Environ(), "IMAGINED_TEST_OPEN="+path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "refused: ") || strings.Contains(string(out), "panic") {
			t.Errorf("%o: %v\n%s", mode, err, out)
		}
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	check(t, err)
	_ = db.Close()
}

// TestStore_BeginOnce: a slot begins once, also after a restart.
func TestStore_BeginOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	for i, want := range []error{nil, state.ErrDuplicate, state.ErrDuplicate} {
		s, err := state.Open(path, "nova")
		check(t, err)
		if err := s.Begin("engage", "2026-03-29T02:30", state.JobState{Runs: i}); !errors.Is(err, want) {
			t.Errorf("begin %d: %v, want %v", i, err, want)
		}
		if err := s.Begin("post", "2026-03-29T02:30", state.JobState{}); i == 0 && err != nil {
			t.Errorf("another job: %v", err)
		}
		if j, _ := s.Job("engage"); j.Runs != 0 {
			t.Errorf("a refused begin saved the job: %+v", j)
		}
		_ = s.Close()
	}
}

// TestF13_ReadOnlyDisk: the line says what to mend, and it is not the owner.
func TestF13_ReadOnlyDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a disk")
	}
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	path := filepath.Join(dir, "nova.db")
	busy(t, path, 1)
	check(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	s, err := state.Open(path, "nova")
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), path+" cannot be written: the disk is read-only") || strings.Contains(err.Error(), "owner") {
		t.Error(err)
	}
}
