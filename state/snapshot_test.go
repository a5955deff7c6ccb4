package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagined/state"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shots := filepath.Join(dir, "snapshots")
	s, err := state.Open(filepath.Join(dir, "nova.db"), "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	check(t, os.MkdirAll(shots, 0o700))
	check(t, os.WriteFile(filepath.Join(shots, ".nova-20260101T000000Z.db.123"), []byte("half"), 0o600))
	for i := range 10 {
		mustPlan(t, s, like(fmt.Sprint("pst_", i), noon))
		shot, err := s.Snapshot(shots, 7, noon.Add(time.Duration(i)*time.Hour))
		check(t, err)
		if report, err := state.Check(shot.Path); err != nil || len(report.Faults) > 0 || report.Records["entries"] != i+1 {
			t.Errorf("snapshot %d: %+v, %v", i, report, err)
		}
	}
	other, err := state.Open(filepath.Join(dir, "nova_two.db"), "nova_two")
	check(t, err)
	defer other.Close() //nolint:errcheck // test
	if _, err := other.Snapshot(shots, 7, noon); err != nil {
		t.Error(err)
	}
	all, err := state.Snapshots(shots, "nova")
	if err != nil || len(all) != 7 || !all[0].At.Equal(noon.Add(3*time.Hour)) || all[6].Bytes == 0 {
		t.Errorf("%+v, %v", all, err)
	}
	files, err := os.ReadDir(shots)
	if err != nil || len(files) != 8 {
		t.Errorf("%d files, %v: want 7 and 1", len(files), err)
	}
}

// TestSnapshot_OfADamagedJournal is not kept, and the older ones stay.
func TestSnapshot_OfADamagedJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "nova.db")
	busy(t, path, 10)
	raw(t, path, keyDeleted)
	s, err := state.Open(path, "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	if _, err := s.Snapshot(dir, 1, noon); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
	if all, _ := state.Snapshots(dir, "nova"); len(all) != 0 {
		t.Errorf("kept %v", all)
	}
}

// TestF14_Restore: after damage the newest snapshot goes in, the damaged file
// is kept, and the persona is cautious.
func TestF14_Restore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "nova.db")
	s, err := state.OpenWith(path, "nova", state.Options{Now: func() time.Time { return noon }})
	check(t, err)
	mustPlan(t, s, like("pst_1", noon))
	shot, err := s.Snapshot(dir, 7, noon)
	check(t, err)
	mustPlan(t, s, like("pst_2", noon))
	if _, err := state.Restore(path, "nova", shot.Path, noon); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("restored under a daemon: %v", err)
	}
	_ = s.Close()
	whole, err := os.ReadFile(path)
	check(t, err)
	r := rand.New(rand.NewPCG(3, 3))
	broken := damages[2].do(r, bytes.Clone(whole))
	for state.Sound(path, "nova") == nil {
		broken = damages[2].do(r, bytes.Clone(whole))
		check(t, os.WriteFile(path, broken, 0o600))
	}
	aside, err := state.Restore(path, "nova", shot.Path, noon)
	check(t, err)
	if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, broken) {
		t.Errorf("the damaged journal is not kept: %v", err)
	}
	s, err = state.OpenWith(path, "nova", state.Options{Now: func() time.Time { return noon }})
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	if taken, _ := s.Taken("like/pst_1"); !taken {
		t.Error("the snapshot's key is not there")
	}
	if _, cautious, _ := s.Caution(noon); !cautious || s.Found() != state.FoundOlder {
		t.Errorf("cautious %t, found %s", cautious, s.Found())
	}
	if _, err := state.Restore(path, "luma", shot.Path, noon); err == nil || !strings.Contains(err.Error(), "not of luma") {
		t.Errorf("another persona's: %v", err)
	}
	if _, err := state.Restore(path, "nova", aside, noon); err == nil || !strings.Contains(err.Error(), "is damaged, too") {
		t.Errorf("a damaged copy: %v", err)
	}
}

func TestBackup_WhileWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := state.Open(filepath.Join(dir, "nova.db"), "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	mustPlan(t, s, like("pst_1", noon))
	dst := filepath.Join(dir, "backup.db")
	check(t, state.Backup(s.Path(), dst))
	if report, err := state.Check(dst); err != nil || report.Records["entries"] != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestCompact(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	busy(t, path, 600)
	before, err := content(path)
	check(t, err)
	file, err := os.Stat(path)
	check(t, err)
	was, is, err := state.Compact(path, "nova")
	check(t, err)
	after, err := content(path)
	check(t, err)
	if was != file.Size() || is >= was || before != after {
		t.Errorf("%d bytes, said to be %d, then %d; content changed: %t", file.Size(), was, is, before != after)
	}
	s, err := state.Open(path, "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	if s.Found() != state.FoundAsLeft {
		t.Errorf("found %s", s.Found())
	}
	if _, _, err := state.Compact(path, "nova"); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("compacted under a daemon: %v", err)
	}
}

func TestExport_ImportIsTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, again := filepath.Join(dir, "nova.db"), filepath.Join(dir, "again.db")
	busy(t, path, 300)
	s, err := state.Open(path, "nova")
	check(t, err)
	var out bytes.Buffer
	check(t, s.Export(&out))
	_ = s.Close()
	lines := bytes.SplitAfter(out.Bytes(), []byte("\n"))
	for name, text := range map[string][]byte{
		"a line is missing":    bytes.Join(append(append([][]byte{}, lines[:40]...), lines[41:]...), nil),
		"a word is changed":    bytes.Replace(out.Bytes(), []byte("it shows how"), []byte("it shows Now"), 1),
		"it is cut off":        out.Bytes()[:out.Len()/2],
		"it is something else": []byte("{\"bucket\":\"x\"}\n"),
		"it is empty":          nil,
	} {
		if err := state.Import(again, "nova", bytes.NewReader(text)); err == nil {
			t.Errorf("%s: imported", name)
		}
		if _, err := os.Stat(again); err == nil {
			t.Fatalf("%s: a journal was made", name)
		}
	}
	if err := state.Import(again, "luma", bytes.NewReader(out.Bytes())); err == nil {
		t.Error("another persona's was imported")
	}
	check(t, state.Import(again, "nova", bytes.NewReader(out.Bytes())))
	want, err := content(path)
	check(t, err)
	got, err := content(again)
	check(t, err)
	if want != got {
		t.Error("the import differs from what was exported")
	}
	if err := state.Import(again, "nova", bytes.NewReader(out.Bytes())); err == nil {
		t.Error("an existing journal was overwritten")
	}
}

// TestPrune_AYear: 150 actions and 400 posts a day, for a year.
func TestPrune_AYear(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	s, err := state.OpenWith(path, "nova", state.Options{NoSync: true})
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	days := 100
	if testing.Short() {
		days = 10
	}
	if os.Getenv("IMAGINED_LONG") != "" { // make long
		days = 366
	}
	first := mustPlan(t, s, like("pst_waits", noon))
	for d := range days {
		at := noon.Add(time.Duration(d) * 24 * time.Hour)
		seen := make(map[string]state.Seen)
		for i := range 400 {
			seen[fmt.Sprintf("pst_%d_%d", d, i)] = state.Seen{Comments: i, At: at}
		}
		check(t, s.MarkSeen(seen))
		for i := range 150 {
			aDay(t, s, d, i, at.Add(time.Duration(i)*time.Minute))
		}
		check(t, s.Begin("engage", at.Format(time.RFC3339), state.JobState{Started: at}))
		for {
			n, err := s.Prune(state.DefaultRetention, at)
			check(t, err)
			if n == 0 {
				break
			}
		}
	}
	check(t, s.Verify())
	total, free, err := s.Size()
	check(t, err)
	t.Logf("%d days: %.1f MiB, %.1f of it free", days, float64(total)/(1<<20), float64(free)/(1<<20))
	if total > 64<<20 {
		t.Errorf("the journal has grown to %d bytes", total)
	}
	if e, err := s.Entry(first.ID); err != nil || e.Status != state.Intent {
		t.Errorf("an open entry: %+v, %v", e, err)
	}
	if taken, _ := s.Taken("k/0/1"); !taken {
		t.Error("a dedupe key was pruned")
	}
	if _, err := s.Entry(5); days > 90 && !errors.Is(err, state.ErrNotFound) {
		t.Errorf("an entry of the first day: %v", err)
	}
	if events, err := s.Events(first.ID); err != nil || len(events) != 1 {
		t.Errorf("events of an open entry: %v, %v", events, err)
	}
}

// aDay is one action of a day, from its plan to its end.
func aDay(t *testing.T, s *state.Store, d, i int, at time.Time) {
	t.Helper()
	e := like(fmt.Sprintf("pst_%d_%d", d, i), at)
	e.Key, e.Author = fmt.Sprintf("k/%d/%d", d, i), fmt.Sprintf("agent_%d", i)
	e.Why = "it shows how the light was made, and asks what comes next"
	if i%5 == 0 {
		e.Kind, e.Thread = "comment", e.Target
		e.Text = fmt.Sprintf("Note %d of day %d: the grain holds it together, and the edge is left alone.", i, d)
	}
	charges := []state.Charge{{Counter: "kind/" + e.Kind}, {Counter: "author/" + e.Author}}
	e, err := s.Plan(e, charges)
	check(t, err)
	e.Status, e.Attempts = state.Sending, 1
	e, err = s.Send(e, charges, at)
	check(t, err)
	e.Status, e.RemoteID = state.Done, fmt.Sprintf("rem_%d_%d", d, i)
	_, err = s.Record(e, at)
	check(t, err)
}

// TestRestore_BackAgain: a journal that was restored lives on, and then the one
// before comes back. It counts more commits, yet knows nothing of what was done
// meanwhile.
func TestRestore_BackAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "nova.db")
	live := func(posts ...string) state.Found {
		t.Helper()
		s, err := state.OpenWith(path, "nova", state.Options{Now: func() time.Time { return noon }})
		check(t, err)
		defer s.Close() //nolint:errcheck // test
		for _, post := range posts {
			mustPlan(t, s, like(post, noon))
		}
		return s.Found()
	}
	live("pst_1")
	old := filepath.Join(dir, "old.db")
	check(t, state.Backup(path, old))
	live("pst_2", "pst_3", "pst_4", "pst_5", "pst_6")
	aside, err := state.Restore(path, "nova", old, noon)
	check(t, err)
	if found := live("pst_7"); found != state.FoundOlder {
		t.Errorf("the older copy is found %s", found)
	}
	if found := live(); found != state.FoundAsLeft {
		t.Errorf("a restart finds it %s", found)
	}
	_, err = state.Restore(path, "nova", aside, noon.Add(time.Minute))
	check(t, err)
	if found := live(); found != state.FoundOther {
		t.Errorf("the one aside, which knows nothing of pst_7, is found %s", found)
	}
	if found := live(); found != state.FoundAsLeft {
		t.Errorf("a restart finds it %s", found)
	}
}

// TestSnapshot_ClockWasAhead: snapshots of a time that has not come do not drive
// out those that are made now.
func TestSnapshot_ClockWasAhead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := state.Open(filepath.Join(dir, "nova.db"), "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	for i := range 2 {
		_, err := s.Snapshot(dir, 2, noon.AddDate(12, 0, i))
		check(t, err)
	}
	for i := range 2 {
		shot, err := s.Snapshot(dir, 2, noon.AddDate(0, 0, i))
		check(t, err)
		if _, err := os.Stat(shot.Path); err != nil {
			t.Error(err)
		}
	}
	all, err := state.Snapshots(dir, "nova")
	if err != nil || len(all) != 2 || !all[1].At.Equal(noon.AddDate(0, 0, 1)) {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestPrune_ClockWasAhead: an entry from a clock that was wrong does not keep
// all that came after it.
func TestPrune_ClockWasAhead(t *testing.T) {
	t.Parallel()
	s, err := state.Open(filepath.Join(t.TempDir(), "nova.db"), "nova")
	check(t, err)
	defer s.Close() //nolint:errcheck // test
	aDay(t, s, 0, 0, noon.AddDate(12, 0, 0))
	aDay(t, s, 0, 1, noon)
	_, err = s.Prune(state.DefaultRetention, noon.AddDate(0, 0, 91))
	check(t, err)
	es, err := s.Entries(state.Filter{}, 0)
	if err != nil || len(es) != 1 || es[0].ID != 1 {
		t.Errorf("kept %+v, %v; want only the entry of another time", es, err)
	}
	if events, err := s.Events(2); err != nil || len(events) != 0 {
		t.Errorf("kept events %+v, %v", events, err)
	}
}

// TestRestore_FromAPipe: what is no file is refused, not waited for.
func TestRestore_FromAPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.db")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipe can be made here: %v", err)
	}
	for _, source := range []string{pipe, dir} {
		if _, err := state.Restore(filepath.Join(dir, "nova.db"), "nova", source, noon); err == nil || !strings.Contains(err.Error(), "it is no file") {
			t.Errorf("%s: %v", source, err)
		}
	}
}
