package state_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"imagined/state"
)

// machine has a wall clock that can be set, a clock of the boot, and a platform
// that knows the time.
type machine struct {
	t     *testing.T
	path  string
	store *state.Store
	real  time.Time
	shift time.Duration // of the wall clock
	boot  string
	began time.Time // of the boot
	deaf  bool      // the platform sends no time: its clock is taken for the wall clock
	blind bool      // there is no clock of the boot
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, path: filepath.Join(t.TempDir(), "state", "nova.db"), real: noon, boot: "first", began: noon.Add(-time.Hour)}
	m.start()
	return m
}

func (m *machine) now() time.Time { return m.real.Add(m.shift) }

func (m *machine) clocks() state.Clocks {
	c := state.Clocks{Platform: m.real, Boot: m.boot, Since: m.real.Sub(m.began)}
	if m.deaf {
		c.Platform = m.now()
	}
	if m.blind {
		c.Boot, c.Since = "", 0
	}
	return c
}

func (m *machine) start() {
	m.t.Helper()
	if m.store != nil {
		_ = m.store.Close()
	}
	var err error
	if m.store, err = state.Open(m.path, "nova"); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = m.store.Close() })
	m.store.SetClocks(m.clocks)
	if err := m.store.Tick(m.now()); err != nil {
		m.t.Fatal(err)
	}
}

// reboot also lets the time pass that it takes.
func (m *machine) reboot(d time.Duration) {
	m.real = m.real.Add(d)
	m.boot, m.began = m.boot+"+", m.real
	m.start()
}

func (m *machine) like(key string) error {
	_, err := m.store.Plan(like(key, m.now()), []state.Charge{{Counter: "kind/like", Hour: new(1), Day: new(2)}})
	return err
}

const year = 365 * 24 * time.Hour

// TestClock_Set: whatever the wall clock is set to, between restarts, boots and
// prunings, an hour and a day of the budgets last as long as they do.
func TestClock_Set(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, -56 * year, 12 * year} {
		for name, between := range map[string]func(m *machine){
			"living":                       func(*machine) {},
			"restart":                      (*machine).start,
			"reboot":                       func(m *machine) { m.reboot(0) },
			"reboot, no clock of the boot": func(m *machine) { m.blind = true; m.reboot(0) },
			"pruned": func(m *machine) {
				if _, err := m.store.Prune(state.DefaultRetention, m.now()); err != nil {
					m.t.Fatal(err)
				}
			},
		} {
			t.Run(jump.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				must := func(what string, room bool) {
					t.Helper()
					err := m.like("like/" + what)
					var over *state.OverLimitError
					if errors.As(err, &over) == room {
						t.Fatalf("%s: %v", what, err)
					}
					if over != nil && (over.FreeAt.Before(m.now()) || over.FreeAt.After(m.now().Add(24*time.Hour))) {
						t.Errorf("%s: room at %s, and it is %s", what, over.FreeAt, m.now())
					}
				}
				must("first", true)
				for _, set := range []time.Duration{jump, 0, jump} { // there, back and there again
					m.shift = set
					between(m)
					must("again", false)
					m.real = m.real.Add(10 * time.Minute)
				}
				m.real = m.real.Add(30 * time.Minute)
				must("after an hour", true)
				m.real = m.real.Add(22 * time.Hour)
				between(m)
				must("two a day", false)
				m.real = m.real.Add(time.Hour)
				must("after a day", true)
			})
		}
	}
}

// TestClock_Day: the model's day neither opens twice nor before its time.
func TestClock_Day(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t) // at noon UTC
	day := func(zone *time.Location) string {
		t.Helper()
		day, ends, err := m.store.Day(m.now(), zone)
		if err != nil {
			t.Fatal(err)
		}
		if left := ends.Sub(m.now()); left <= 0 || left > 49*time.Hour {
			t.Errorf("%s ends in %s", day, left)
		}
		return day
	}
	for _, shift := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour, 12 * year, -56 * year} {
		m.shift = shift
		if got := day(paris); got != "2026-03-01" {
			t.Errorf("the clock is off by %s: %s", shift, got)
		}
	}
	m.real = m.real.Add(11 * time.Hour) // midnight in Paris
	if got := day(paris); got != "2026-03-02" {
		t.Errorf("at midnight: %s", got)
	}
	if err := m.store.Reserve(state.Reservation{Day: "2026-03-02", Tokens: 1}, 10, nil); err != nil {
		t.Fatal(err)
	}
	if got := day(time.UTC); got != "2026-03-02" {
		t.Errorf("after a move to the west: %s", got)
	}
	m.reboot(30 * time.Hour)
	if got := day(paris); got != "2026-03-03" {
		t.Errorf("after a long time off: %s", got)
	}
}

// TestClock_FirstStartInThePast: a machine without a clock of its own begins in
// 1970 and is set right later.
func TestClock_FirstStartInThePast(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", "nova.db")
	m := &machine{t: t, path: path, real: noon, shift: -56 * year, boot: "first", began: noon}
	m.start()
	if err := m.like("like/1"); err != nil {
		t.Fatal(err)
	}
	m.shift = 0
	var over *state.OverLimitError
	if err := m.like("like/2"); !errors.As(err, &over) {
		t.Errorf("set right, the hour was open again: %v", err)
	}
	if at, err := m.store.BudgetTime(m.now()); err != nil || !at.Equal(noon) {
		t.Errorf("the journal's clock shows %s, %v", at, err)
	}
}

// TestClock_NobodyKnows is what cannot be held: another boot, and a platform
// that sends no time. The wall clock is believed, so that budgets return.
func TestClock_NobodyKnows(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.deaf = true
	if err := m.like("like/1"); err != nil {
		t.Fatal(err)
	}
	m.shift = 2 * time.Hour
	var over *state.OverLimitError
	if err := m.like("like/2"); !errors.As(err, &over) {
		t.Errorf("within the boot: %v", err)
	}
	m.reboot(0)
	if err := m.like("like/2"); err != nil {
		t.Errorf("after another boot: %v", err)
	}
}

// TestStore_Spending tells what is used, what is reserved and when it returns.
func TestStore_Spending(t *testing.T) {
	t.Parallel()
	s := open(t)
	caps := []state.Charge{{Counter: "kind/like", Hour: new(2), Day: new(10)}, {Counter: "author/luma", Total: new(3)}, {Counter: "kind/post", Day: new(1)}}
	e := mustPlan(t, s, like("like/1", noon), caps[:2]...)
	e.Status = state.Done
	if _, err := s.Record(e, noon); err != nil {
		t.Fatal(err)
	}
	mustPlan(t, s, like("like/2", noon.Add(50*time.Minute)), caps[:2]...)
	got, err := s.Spending(caps, noon.Add(70*time.Minute))
	if err != nil || len(got) != 4 {
		t.Fatal(got, err)
	}
	want := []state.Spend{
		{Counter: "kind/like", Window: "hour", Cap: 2, Used: 1, Open: 1, FreeAt: noon.Add(110 * time.Minute)},
		{Counter: "kind/like", Window: "day", Cap: 10, Used: 2, Open: 1, FreeAt: noon.Add(24 * time.Hour)},
		{Counter: "author/luma", Window: "total", Cap: 3, Used: 2, Open: 1},
		{Counter: "kind/post", Window: "day", Cap: 1},
	}
	for i := range want {
		if same := got[i]; !same.FreeAt.Equal(want[i].FreeAt) {
			t.Errorf("%s: back at %s, want %s", same.Counter, same.FreeAt, want[i].FreeAt)
		}
		got[i].FreeAt, want[i].FreeAt = time.Time{}, time.Time{}
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	names, err := s.Counters("author/", noon.Add(-time.Hour), noon.Add(time.Hour))
	if err != nil || len(names) != 1 || names[0] != "author/luma" {
		t.Errorf("counters %q, %v", names, err)
	}
}
