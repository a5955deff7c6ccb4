package state_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"imagined/state"
)

// busy makes the journal of a persona that lived for a while: n entries, in
// every bucket something, some of it pruned again.
func busy(tb testing.TB, path string, n int) {
	tb.Helper()
	s, err := state.OpenWith(path, "nova", state.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	must(s.SetCursor("platform", "sandbox"))
	must(s.Hold(state.Hold{Kind: "amplify", Why: "a rest", At: noon}))
	for i := range n {
		at := noon.Add(time.Duration(i) * time.Minute)
		e := like(fmt.Sprintf("pst_%06d", i), at)
		e.Author, e.Why = fmt.Sprintf("agent_%d", r.IntN(500)), "it shows how the light was made"
		switch i % 5 {
		case 1:
			e.Kind, e.Key, e.Text, e.Thread = "comment", fmt.Sprint("c", i), fmt.Sprintf("Note %d: the grain holds it together, and the edge is left alone.", i), e.Target
		case 2:
			_, err := s.Drop(e)
			must(err)
			continue
		case 3:
			e.Kind, e.Key, e.Media = "generate", fmt.Sprint("g", i), &state.Request{Provider: "OPENAI", Type: "image", Prompt: fmt.Sprint("fog ", i)}
		}
		charges := []state.Charge{{Counter: "kind/" + e.Kind}, {Counter: "author/" + e.Author}}
		e, err := s.Plan(e, charges)
		must(err)
		if i%50 == 0 {
			continue // stays open
		}
		e.Status, e.Attempts = state.Sending, 1
		e, err = s.Send(e, charges, at.Add(time.Second))
		must(err)
		e.Status, e.RemoteID = state.Done, fmt.Sprintf("rem_%d", i)
		_, err = s.Record(e, at.Add(2*time.Second))
		must(err)
		if i%7 == 0 {
			must(s.MarkSeen(map[string]state.Seen{e.Target: {Comments: i, At: at}}))
			must(s.Begin("engage", at.Format(time.RFC3339), state.JobState{Started: at, Runs: i}))
		}
	}
	must(s.Reserve(state.Reservation{Day: "2026-03-01", Tokens: 10}, 100, nil))
}

// content is everything that a journal holds, read through bbolt.
func content(path string) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		return "", err
	}
	defer db.Close() //nolint:errcheck // test
	var b strings.Builder
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
			fmt.Fprintf(&b, "%s %d\n", name, bucket.Sequence())
			return bucket.ForEach(func(k, v []byte) error {
				fmt.Fprintf(&b, "%x=%x\n", k, v)
				return nil
			})
		})
	})
	return b.String(), err
}

func TestCheck_Sound(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 10, 3000} {
		path := filepath.Join(t.TempDir(), "nova.db")
		busy(t, path, n)
		report, err := state.Check(path)
		if err != nil || len(report.Faults) > 0 {
			t.Fatalf("%d entries: %v, %v", n, report.Faults, err)
		}
		if report.Records["entries"] != n || report.Format != 3 || report.Pages < 3 {
			t.Errorf("%d entries: %+v", n, report)
		}
		s, err := state.Open(path, "nova")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(); err != nil {
			t.Errorf("%d entries: %v", n, err)
		}
		_ = s.Close()
	}
}

// TestCheck_AfterBuckets changes one record behind the store's back: the pages
// are sound, and the seal is not.
func TestCheck_SealIsBroken(t *testing.T) {
	t.Parallel()
	changes := map[string]func(tx *bolt.Tx) error{
		"a dedupe key is gone": func(tx *bolt.Tx) error { return tx.Bucket([]byte("keys")).Delete([]byte("like/pst_000000")) },
		"a dedupe key leads elsewhere": func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("keys")).Put([]byte("like/pst_000000"), make([]byte, 8))
		},
		"a charge is gone": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("spent"))
			k, _ := b.Cursor().First()
			return b.Delete(k)
		},
		"ids begin again": func(tx *bolt.Tx) error { return tx.Bucket([]byte("entries")).SetSequence(3) },
		"no seal":         func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("seal")) },
		"no birth":        func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("birth")) },
		"no format":       func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("version")) },
		"no bucket":       func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("seen")) },
		"a record more":   func(tx *bolt.Tx) error { return tx.Bucket([]byte("cursors")).Put([]byte("x"), []byte("y")) },
	}
	original := filepath.Join(t.TempDir(), "nova.db")
	busy(t, original, 60)
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "nova.db")
			copyFile(t, original, path)
			raw(t, path, change)
			err := state.Sound(path, "nova")
			var damaged *state.DamagedError
			if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "imagined state restore nova") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCheck_WhatIsNoJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"short": []byte("short"), "zeros": make([]byte, 1<<16), "text": bytes.Repeat([]byte("not a journal\n"), 4000),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if report, err := state.Check(path); err != nil || len(report.Faults) == 0 {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	if err := state.Sound(filepath.Join(dir, "absent.db"), "nova"); err != nil {
		t.Errorf("absent: %v", err)
	}
	if _, err := state.Check(dir); err == nil {
		t.Error("a folder is sound")
	}
}

// TestCheck_NeverWritten: a process that is killed while it makes the file
// leaves one without any bucket, which is as good as none.
func TestCheck_NeverWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if err := state.Sound(path, "nova"); err != nil {
		t.Error(err)
	}
	s, err := state.Open(path, "nova")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	if s.Found() != state.FoundNew {
		t.Errorf("found %s", s.Found())
	}
}

// damages are the ways in which a file breaks.
var damages = []struct {
	name string
	do   func(r *rand.Rand, data []byte) []byte
}{
	{"bit flip", func(r *rand.Rand, d []byte) []byte { d[r.IntN(len(d))] ^= 1 << r.IntN(8); return d }},
	{"zeroed sector", func(r *rand.Rand, d []byte) []byte { clear(d[512*r.IntN(len(d)/512):][:512]); return d }},
	{"zeroed page", func(r *rand.Rand, d []byte) []byte { clear(d[4096*r.IntN(len(d)/4096):][:4096]); return d }},
	{"swapped pages", func(r *rand.Rand, d []byte) []byte {
		n := len(d) / 4096
		a, b := d[4096*r.IntN(n):][:4096], d[4096*r.IntN(n):][:4096]
		kept := bytes.Clone(a)
		copy(a, b)
		copy(b, kept)
		return d
	}},
	{"cut off", func(r *rand.Rand, d []byte) []byte { return d[:r.IntN(len(d))] }},
	{"bad meta page", func(r *rand.Rand, d []byte) []byte {
		meta := d[4096*r.IntN(2):][:4096]
		for range 1 + r.IntN(3) {
			meta[r.IntN(80)] = byte(r.Uint32())
		}
		return d
	}},
}

// TestF14_Damage breaks copies of a journal, 6 ways x 200 seeds. A miss is a
// file that Check calls sound and that reads differently from the original.
func TestF14_Damage(t *testing.T) {
	t.Parallel()
	seeds := 200
	if testing.Short() {
		seeds = 20
	}
	dir := t.TempDir()
	original := filepath.Join(dir, "original.db")
	busy(t, original, 1200)
	whole, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := content(original)
	if err != nil {
		t.Fatal(err)
	}
	found, missed := 0, 0
	for _, damage := range damages {
		caught, harmless, lies := 0, 0, 0
		for seed := range seeds {
			r := rand.New(rand.NewPCG(uint64(seed), 99))
			path := filepath.Join(dir, "damaged.db")
			if err := os.WriteFile(path, damage.do(r, bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := state.Check(path)
			if err != nil || len(report.Faults) > 0 {
				caught++
				continue
			}
			if now, err := content(path); err != nil || now != truth {
				lies++
				t.Logf("%s, seed %d: not found (%v)", damage.name, seed, err)
			} else {
				harmless++ // in pages that are free, or between records
			}
		}
		t.Logf("%-14s %3d found, %3d without effect, %d missed", damage.name, caught, harmless, lies)
		found, missed = found+caught, missed+lies
	}
	t.Logf("%.1f %% of the damage to live data found", 100*float64(found)/float64(found+missed))
	if missed*100 > found+missed {
		t.Errorf("%d of %d missed", missed, found+missed)
	}
}

// TestF14_StoreSurvives: a journal that is opened in spite of its damage may
// fail in every way but one. Damaged pages may lie in a circle, of which bbolt's
// reader never finds the end: such a file is not opened.
func TestF14_StoreSurvives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	original := filepath.Join(dir, "original.db")
	busy(t, original, 400)
	whole, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, damage := range damages[:4] {
		for seed := range 25 {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			path := filepath.Join(dir, fmt.Sprintf("%s%d.db", damage.name[:3], seed))
			if err := os.WriteFile(path, damage.do(r, bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := state.Open(path, "nova")
			if err != nil {
				continue
			}
			opened++
			_ = s.Verify()
			_, _ = s.Entries(state.Filter{}, 0)
			_, _ = s.Plan(like("pst_new", noon), nil)
			_ = s.Close()
		}
	}
	t.Logf("%d of 100 damaged journals could be opened", opened)
	if opened == 0 {
		t.Error("nothing was tried")
	}
}

func FuzzCheck(f *testing.F) {
	path := filepath.Join(f.TempDir(), "nova.db")
	busy(f, path, 20)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	whole = whole[:min(len(whole), 64<<10)]
	f.Add(whole, 70, byte(1))
	f.Fuzz(func(t *testing.T, data []byte, at int, xor byte) {
		data = bytes.Clone(data)
		if at >= 0 && at < len(data) {
			data[at] ^= xor
		}
		path := filepath.Join(t.TempDir(), "nova.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := state.Check(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(report); err != nil {
			t.Error(err)
		}
	})
}

func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func keyDeleted(tx *bolt.Tx) error {
	return tx.Bucket([]byte("keys")).Delete([]byte("like/pst_000000"))
}

// TestF14_FirstPagesLost: a journal that bbolt does not even know as one is
// damaged, too, and is to be restored.
func TestF14_FirstPagesLost(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	busy(t, path, 1)
	whole, err := os.ReadFile(path)
	check(t, err)
	check(t, os.WriteFile(path, append(make([]byte, 8192), whole[8192:]...), 0o600))
	if _, err := state.Open(path, "nova"); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}

// TestF14_Circle: a file whose pages lead back to themselves is refused before
// bbolt's reader, which would follow them for ever, sees it.
func TestF14_Circle(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nova.db")
	busy(t, path, 400)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const branch, pageSize = 1, 4096
	bent := 0
	for at := 0; at+pageSize <= len(data); at += pageSize {
		p := data[at:]
		if id := binary.LittleEndian.Uint64(p); binary.LittleEndian.Uint16(p[8:]) == branch && id == uint64(at/pageSize) {
			binary.LittleEndian.PutUint64(p[16+8:], id) // its first child is itself
			bent++
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil || bent == 0 {
		t.Fatalf("%d pages: %v", bent, err)
	}
	if s, err := state.Open(path, "nova"); !errors.Is(err, state.ErrDamaged) || !strings.Contains(err.Error(), "used twice") {
		t.Errorf("opened: %t, error %v", s != nil, err)
	}
}
