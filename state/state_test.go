package state_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"imagined/state"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open opens a store in a fresh folder.
func open(t *testing.T) *state.Store {
	t.Helper()
	s, err := state.Open(filepath.Join(t.TempDir(), "state", "nova.db"), "nova")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func like(target string, at time.Time) state.Entry {
	return state.Entry{Kind: "like", Target: target, Key: "like/" + target, PlannedAt: at}
}

func mustPlan(t *testing.T, s *state.Store, e state.Entry, charges ...state.Charge) state.Entry {
	t.Helper()
	e, err := s.Plan(e, charges)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestStore_PlanTakesTheKeyOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := mustPlan(t, s, like("pst_1", noon))
	if first.Status != state.Intent || first.ID == 0 || first.Persona != "nova" {
		t.Errorf("planned %+v", first)
	}
	if _, err := s.Plan(like("pst_1", noon), nil); !errors.Is(err, state.ErrDuplicate) {
		t.Errorf("second plan: %v, want ErrDuplicate", err)
	}
	holder, err := s.Holder("like/pst_1")
	if err != nil || holder.ID != first.ID {
		t.Errorf("holder %d, %v; want %d", holder.ID, err, first.ID)
	}
	if _, err := s.Holder("like/pst_2"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("holder of a free key: %v", err)
	}
	// An outcome that is not known gives the key back as little as a done one.
	first.Status = state.Unknown
	if _, err := s.Record(first, noon); err != nil {
		t.Fatal(err)
	}
	if taken, _ := s.Taken("like/pst_1"); !taken {
		t.Error("an unknown outcome gave its key back")
	}
}

func TestStore_RefusedPlanLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	cap1 := []state.Charge{{Counter: "kind/like", Hour: new(1)}}
	mustPlan(t, s, like("pst_1", noon), cap1...)
	_, err := s.Plan(like("pst_2", noon.Add(time.Minute)), cap1)
	var over *state.OverLimitError
	if !errors.As(err, &over) {
		t.Fatalf("over the cap: %v", err)
	}
	want := &state.OverLimitError{Counter: "kind/like", Cap: 1, Window: "hour", FreeAt: noon.Add(time.Hour)}
	want.FreeAt = want.FreeAt.Local()
	if diff := cmp.Diff(want, over); diff != "" {
		t.Error(diff)
	}
	if taken, _ := s.Taken("like/pst_2"); taken {
		t.Error("a refused plan took its key")
	}
	if es, _ := s.Entries(state.Filter{}, 0); len(es) != 1 {
		t.Errorf("%d entries, want 1", len(es))
	}
}

func TestStore_Room(t *testing.T) {
	t.Parallel()
	s := open(t)
	charge := func(hour, day, total *int) []state.Charge {
		return []state.Charge{{Counter: "kind/like", Hour: hour, Day: day, Total: total}}
	}
	for i := range 3 { // at 12:00, 12:20 and 12:40
		mustPlan(t, s, like(fmt.Sprint("pst_", i), noon.Add(time.Duration(i)*20*time.Minute)), charge(nil, nil, nil)...)
	}
	mustPlan(t, s, state.Entry{Kind: "like", Key: "other", PlannedAt: noon}, state.Charge{Counter: "kind/likes"})
	tests := []struct {
		name    string
		at      time.Duration
		charges []state.Charge
		want    string
	}{
		{"no cap", 0, charge(nil, nil, nil), ""},
		{"room for one", 41 * time.Minute, charge(new(4), nil, nil), ""},
		{"hour full", 41 * time.Minute, charge(new(3), nil, nil), "hour"},
		{"still full at the very hour", time.Hour - time.Nanosecond, charge(new(3), nil, nil), "hour"},
		{"the first has left the window", time.Hour, charge(new(3), nil, nil), ""},
		{"day full", 5 * time.Hour, charge(new(3), new(3), nil), "day"},
		{"next day", 24*time.Hour + 41*time.Minute, charge(new(3), new(3), nil), ""},
		{"total is for ever", 1000 * time.Hour, charge(nil, nil, new(3)), "total"},
		{"rows from a clock that was ahead do not count", -30 * 24 * time.Hour, charge(new(1), new(1), nil), ""},
		{"zero forbids", 1000 * time.Hour, charge(new(0), nil, nil), "hour"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			var over *state.OverLimitError
			if err := s.Room(tt.charges, noon.Add(tt.at)); errors.As(err, &over) {
				got = over.Window
			} else if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("over %q, want %q", got, tt.want)
			}
		})
	}
}

func TestStore_AnEndedEntryNeverChanges(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, end := range []state.Status{state.Done, state.Refused, state.Dropped, state.Parked} {
		e := mustPlan(t, s, like(string(end), noon))
		e.Status, e.RemoteID = end, "r_"+string(end)
		e, err := s.Record(e, noon.Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if !e.DoneAt.Equal(noon.Add(time.Second)) {
			t.Errorf("%s: done at %s", end, e.DoneAt)
		}
		e.Status = state.Intent
		if _, err := s.Record(e, noon); !errors.Is(err, state.ErrEnded) {
			t.Errorf("%s -> intent: %v, want ErrEnded", end, err)
		}
	}
	if open, _ := s.OpenEntries(); len(open) != 0 {
		t.Errorf("%d entries open", len(open))
	}
	if _, err := s.Record(state.Entry{ID: 999}, noon); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("record of nothing: %v", err)
	}
}

func TestStore_EventsKeepEveryStep(t *testing.T) {
	t.Parallel()
	s := open(t)
	e := mustPlan(t, s, like("pst_1", noon))
	mustPlan(t, s, like("pst_2", noon))
	for i, status := range []state.Status{state.Sending, state.Unknown, state.Done} {
		e.Status, e.Error = status, map[state.Status]string{state.Unknown: "reset"}[status]
		var err error
		if e, err = s.Record(e, noon.Add(time.Duration(i+1)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	events, err := s.Events(e.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ev := range events {
		got = append(got, fmt.Sprintf("%s %s %s", ev.At.UTC().Format("05"), ev.Status, ev.Note))
	}
	want := []string{"00 intent ", "01 sending ", "02 unknown reset", "03 done "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStore_EntriesFilterAndLimit(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 6 {
		e := like(fmt.Sprint("pst_", i), noon.Add(time.Duration(i)*time.Hour))
		if i%2 == 1 {
			e.Kind = "comment"
		}
		if _, err := s.Drop(e); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		filter state.Filter
		limit  int
		want   []string
	}{
		{"newest two, oldest first", state.Filter{}, 2, []string{"pst_4", "pst_5"}},
		{"by kind", state.Filter{Kind: "comment"}, 0, []string{"pst_1", "pst_3", "pst_5"}},
		{"since", state.Filter{Since: noon.Add(4 * time.Hour)}, 0, []string{"pst_4", "pst_5"}},
		{"by status", state.Filter{Status: state.Done}, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			es, err := s.Entries(tt.filter, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range es {
				got = append(got, e.Target)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStore_MakerKnowsOwnItems(t *testing.T) {
	t.Parallel()
	s := open(t)
	e := mustPlan(t, s, state.Entry{Kind: "comment", Key: "k", Text: "Fine grain.", Thread: "pst_1", PlannedAt: noon})
	e.Status, e.RemoteID = state.Done, "cmt_1"
	if _, err := s.Record(e, noon); err != nil {
		t.Fatal(err)
	}
	if id, ok, err := s.Maker("comment", "cmt_1"); id != e.ID || !ok || err != nil {
		t.Errorf("maker %d %t %v", id, ok, err)
	}
	if _, ok, _ := s.Maker("post", "cmt_1"); ok {
		t.Error("a comment's id was taken for a post's")
	}
	texts, err := s.OwnTexts(10)
	if err != nil || len(texts) != 1 || texts[0].Text != "Fine grain." || texts[0].Thread != "pst_1" {
		t.Errorf("own texts %+v, %v", texts, err)
	}
}

func TestStore_MediaIsFollowedFromTheIntentOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	e := mustPlan(t, s, state.Entry{Kind: "generate", Key: "k", Media: &state.Request{Provider: "OPENAI", Type: "image", Prompt: "fog"}, PlannedAt: noon})
	following, err := s.Following()
	if err != nil || len(following) != 1 || following[0].ID != e.ID || following[0].Status != state.MediaStarting {
		t.Fatalf("following %+v, %v", following, err)
	}
	m := following[0]
	m.Status, m.PostID, m.Ended = state.MediaCompleted, "pst_9", true
	if err := s.SaveMedia(m); err != nil {
		t.Fatal(err)
	}
	if following, _ := s.Following(); len(following) != 0 {
		t.Errorf("still following %+v", following)
	}
	if ms, _ := s.MediaSince(noon); len(ms) != 1 || ms[0].PostID != "pst_9" {
		t.Errorf("media %+v", ms)
	}
	if ms, _ := s.MediaSince(noon.Add(1)); len(ms) != 0 {
		t.Errorf("media from the future: %+v", ms)
	}
	if id, ok, _ := s.Maker("post", "pst_9"); !ok || id != e.ID {
		t.Error("the post that the platform made of the media is not known as own")
	}
}

func TestStore_BudgetOfTheModel(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := state.Reservation{Day: "2026-03-01", Tokens: 600, USD: 0.4}
	if err := s.Reserve(r, 1000, new(1.0)); err != nil {
		t.Fatal(err)
	}
	if err := s.Reserve(r, 1000, nil); !errors.Is(err, state.ErrBudget) {
		t.Errorf("second reservation: %v, want ErrBudget", err)
	}
	if err := s.Settle(r, 100, 50, 0.1); err != nil {
		t.Fatal(err)
	}
	got, err := s.UsageOf(r.Day)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state.Usage{Calls: 1, Input: 100, Output: 50, USD: 0.1}, got); diff != "" {
		t.Error(diff)
	}
	if err := s.Reserve(r, 1000, nil); err != nil {
		t.Errorf("after settling there is room again: %v", err)
	}
	if err := s.Reserve(state.Reservation{Day: r.Day, USD: 0.6}, 1000, new(1.0)); !errors.Is(err, state.ErrBudget) {
		t.Errorf("money: %v, want ErrBudget", err)
	}
	if err := s.Reserve(state.Reservation{Day: "2026-03-02", Tokens: 900}, 1000, nil); err != nil {
		t.Errorf("another day: %v", err)
	}
}

func TestStore_SurvivesReopening(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", "nova.db")
	s, err := state.Open(path, "nova")
	if err != nil {
		t.Fatal(err)
	}
	mustPlan(t, s, like("pst_1", noon), state.Charge{Counter: "kind/like"})
	if err := s.MarkSeen(map[string]state.Seen{"pst_1": {Comments: 3, At: noon}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveJob("engage", state.JobState{Next: noon, Runs: 7}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetCursor("feed", "c1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = state.Open(path, "nova"); err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	if taken, _ := s.Taken("like/pst_1"); !taken {
		t.Error("key lost")
	}
	if n, _ := s.Spent("kind/like", noon.Add(-time.Hour), noon); n != 1 {
		t.Errorf("spent %d, want 1", n)
	}
	seen, _ := s.SeenPosts([]string{"pst_1", "pst_2"})
	if diff := cmp.Diff(map[string]state.Seen{"pst_1": {Comments: 3, At: noon}}, seen); diff != "" {
		t.Error(diff)
	}
	if j, _ := s.Job("engage"); j.Runs != 7 || !j.Next.Equal(noon) {
		t.Errorf("job %+v", j)
	}
	if c, _ := s.Cursor("feed"); c != "c1" {
		t.Errorf("cursor %q", c)
	}
}

func TestOpen_Modes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := state.Open(filepath.Join(dir, "nova.db"), "nova")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	for path, want := range map[string]os.FileMode{dir: 0o700, s.Path(): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestOpen_Refuses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "nova.db")
	s, err := state.Open(path, "nova")
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.Open(path, "nova")
	var locked *state.LockedError
	if !errors.As(err, &locked) {
		t.Errorf("second open: %v, want *LockedError", err)
	} else if want := fmt.Sprintf("process %d", os.Getpid()); len(locked.Holder) < len(want) || locked.Holder[:len(want)] != want {
		if _, err := os.Stat("/proc/locks"); err == nil {
			t.Errorf("holder %q, want %q", locked.Holder, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := state.Open(path, "luma"); err == nil {
		t.Error("another persona's file was opened")
	}
	raw(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("version"), []byte{0, 0, 0, 0, 0, 0, 0, 99})
	})
	if _, err := state.Open(path, "nova"); !errors.Is(err, state.ErrNewer) {
		t.Errorf("newer file: %v, want ErrNewer", err)
	}
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, make([]byte, 40000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := state.Open(junk, "nova"); err == nil {
		t.Error("a file that is no database was opened")
	}
}

func TestStore_DamagedRecordIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", "nova.db")
	s, err := state.Open(path, "nova")
	if err != nil {
		t.Fatal(err)
	}
	e := mustPlan(t, s, like("pst_1", noon))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("entries"))
		k, v := b.Cursor().First()
		v = append([]byte(nil), v...)
		v[len(v)-3] ^= 1
		return b.Put(k, v)
	})
	if s, err = state.Open(path, "nova"); err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	if _, err := s.Entry(e.ID); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("read of a flipped bit: %v, want ErrDamaged", err)
	}
}

// raw changes a file behind the store's back.
func raw(t *testing.T, path string, f func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // test
	if err := db.Update(f); err != nil {
		t.Fatal(err)
	}
}

// TestCopy_WhileWritten copies a journal that a writer never lets rest.
func TestCopy_WhileWritten(t *testing.T) {
	t.Parallel()
	s := open(t)
	mustPlan(t, s, like("pst_first", noon))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_ = s.SetCursor("feed", fmt.Sprint(i))
				_, _ = s.Drop(like(fmt.Sprint("pst_", i), noon))
			}
		}
	}()
	copies := 0
	for range 5 {
		dst := filepath.Join(t.TempDir(), "nova.db")
		if err := state.Copy(s.Path(), dst); errors.Is(err, state.ErrBusy) {
			continue // honest, if unlucky
		} else if err != nil {
			t.Fatal(err)
		}
		c, err := state.Open(dst, "nova")
		if err != nil {
			t.Fatal(err)
		}
		if es, err := c.Entries(state.Filter{}, 0); err != nil || es[0].Target != "pst_first" {
			t.Errorf("copy: %d entries, %v", len(es), err)
		}
		_ = c.Close()
		copies++
	}
	close(stop)
	<-stopped
	if err := state.Copy(s.Path(), filepath.Join(t.TempDir(), "nova.db")); err != nil {
		t.Errorf("copy at rest: %v", err)
	}
	t.Logf("%d of 5 copies were possible while writing", copies)
}
