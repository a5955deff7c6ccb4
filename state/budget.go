package state

import (
	"bytes"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Charge is one action counted against one counter, such as "kind/like" or
// "author/luma". A nil cap does not limit.
type Charge struct {
	Counter string
	Hour    *int // most in any 60 minutes
	Day     *int // most in any 24 hours
	Total   *int // most ever
}

// window is one cap of a charge.
type window struct {
	name   string
	length time.Duration // 0: for ever
	cap    int
}

// windows lists the caps that there are, the shortest first.
func (c Charge) windows() (ws []window) {
	for _, w := range []struct {
		name   string
		length time.Duration
		cap    *int
	}{{"hour", time.Hour, c.Hour}, {"day", 24 * time.Hour, c.Day}, {"total", 0, c.Total}} {
		if w.cap != nil {
			ws = append(ws, window{name: w.name, length: w.length, cap: *w.cap})
		}
	}
	return ws
}

// since is where the window begins that ends at at.
func (w window) since(at time.Time) time.Time {
	if w.length == 0 {
		return time.Time{}
	}
	return at.Add(-w.length)
}

// OverLimitError says which cap an action would break.
type OverLimitError struct {
	Counter string
	Cap     int
	Window  string    // "hour", "day" or "total"
	FreeAt  time.Time // when the window lets one more in; zero for never
}

func (e *OverLimitError) Error() string {
	per := map[string]string{"hour": "an hour", "day": "a day", "total": "in total"}[e.Window]
	return fmt.Sprintf("limit reached: %s %d %s", e.Counter, e.Cap, per)
}

// Room returns nil when one more action fits every cap at that time, else an
// *OverLimitError.
func (s *Store) Room(charges []Charge, now time.Time) error {
	return s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		if err != nil {
			return err
		}
		return room(tx, charges, t, now)
	})
}

// Spent counts what was charged to a counter after since and until now.
func (s *Store) Spent(counter string, since, now time.Time) (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		if !since.IsZero() {
			since = t.At.Add(since.Sub(now))
		}
		n = len(spent(tx, counter, since, t.At))
		return err
	})
	return n, err
}

// Spend is how far one cap is used.
type Spend struct {
	Counter string
	Window  string // "hour", "day" or "total"
	Cap     int
	Used    int       // actions charged
	Open    int       // those of them that have not ended: they may not have been sent
	FreeAt  time.Time // when the oldest of them leaves the window; zero: there is none, or it never does
}

// Spending tells of every cap of these charges how far it is used.
func (s *Store) Spending(charges []Charge, now time.Time) (all []Spend, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		if err != nil {
			return err
		}
		for _, c := range charges {
			for _, w := range c.windows() {
				rows := spent(tx, c.Counter, w.since(t.At), t.At)
				one := Spend{Counter: c.Counter, Window: w.name, Cap: w.cap, Used: len(rows)}
				if w.length > 0 && len(rows) > 0 {
					one.FreeAt = now.Add(rows[0].at.Add(w.length).Sub(t.At))
				}
				for _, row := range rows {
					if _, open := lookup(tx.Bucket(bucketOpen), row.id); open {
						one.Open++
					}
				}
				all = append(all, one)
			}
		}
		return nil
	})
	return all, err
}

// Counters lists the counters with this prefix that were charged after since.
func (s *Store) Counters(prefix string, since, now time.Time) (names []string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		after := t.At.Add(since.Sub(now))
		c := tx.Bucket(bucketSpent).Cursor()
		for k, _ := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Next() {
			name, rest, ok := bytes.Cut(k, []byte{0})
			if !ok || len(rest) < 8 || !keyTime(rest).After(after) {
				continue
			}
			if n := len(names); n == 0 || names[n-1] != string(name) {
				names = append(names, string(name))
			}
		}
		return err
	})
	return names, err
}

func room(tx *bolt.Tx, charges []Charge, t tick, now time.Time) error {
	for _, c := range charges {
		for _, w := range c.windows() {
			rows := spent(tx, c.Counter, w.since(t.At), t.At)
			if len(rows) < w.cap {
				continue
			}
			over := &OverLimitError{Counter: c.Counter, Cap: w.cap, Window: w.name}
			if w.length > 0 && len(rows) > 0 { // on the wall clock, which the caller has
				over.FreeAt = now.Add(rows[0].at.Add(w.length).Sub(t.At))
			}
			return over
		}
	}
	return nil
}

// charged is one row of a counter.
type charged struct {
	at time.Time
	id []byte // of the entry; valid as long as the transaction
}

// spent lists the rows of a counter younger than since, oldest first. Rows that are later
// than at count, too; but not those of a clock that was far ahead, from before
// the journal had its own.
func spent(tx *bolt.Tx, counter string, since, at time.Time) (rows []charged) {
	prefix := append([]byte(counter), 0)
	c := tx.Bucket(bucketSpent).Cursor()
	start := append(bytes.Clone(prefix), timeKey(since.Add(1))...)
	if since.IsZero() {
		start = prefix
	}
	for k, _ := c.Seek(start); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		row := k[len(prefix):]
		if keyTime(row).After(at.Add(ahead)) {
			break
		}
		rows = append(rows, charged{at: keyTime(row), id: row[8:]})
	}
	return rows
}

// charge also moves the journal's clock on: what is spent and when it was are
// written together.
func charge(tx *txn, charges []Charge, t tick, id uint64) error {
	for _, c := range charges {
		if err := tx.set(bucketSpent, spentKey(c.Counter, t.At, id), nil); err != nil {
			return err
		}
	}
	return tx.put(bucketStanding, []byte(keyClock), t)
}

func uncharge(tx *txn, charges []Charge, at time.Time, id uint64) error {
	for _, c := range charges {
		if err := tx.del(bucketSpent, spentKey(c.Counter, at, id)); err != nil {
			return err
		}
	}
	return nil
}

func spentKey(counter string, at time.Time, id uint64) []byte {
	key := append([]byte(counter), 0)
	return append(append(key, timeKey(at)...), idKey(id)...)
}
