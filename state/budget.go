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
	return s.view(func(tx *bolt.Tx) error { return room(tx, charges, now) })
}

// Spent counts what was charged to a counter after since and until now.
func (s *Store) Spent(counter string, since, now time.Time) (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		n, _ = spent(tx, counter, since, now)
		return nil
	})
	return n, err
}

func room(tx *bolt.Tx, charges []Charge, now time.Time) error {
	for _, c := range charges {
		for _, w := range []struct {
			name   string
			cap    *int
			length time.Duration
		}{{"hour", c.Hour, time.Hour}, {"day", c.Day, 24 * time.Hour}, {"total", c.Total, 0}} {
			if w.cap == nil {
				continue
			}
			since := time.Time{}
			if w.length > 0 {
				since = now.Add(-w.length)
			}
			n, oldest := spent(tx, c.Counter, since, now)
			if n < *w.cap {
				continue
			}
			over := &OverLimitError{Counter: c.Counter, Cap: *w.cap, Window: w.name}
			if w.length > 0 && n > 0 {
				over.FreeAt = oldest.Add(w.length)
			}
			return over
		}
	}
	return nil
}

// spent counts the rows of a counter younger than since, and finds the oldest
// of them.
func spent(tx *bolt.Tx, counter string, since, now time.Time) (n int, oldest time.Time) {
	const ahead = 24 * time.Hour // rows later than this are from a clock that was wrong
	prefix := append([]byte(counter), 0)
	c := tx.Bucket(bucketSpent).Cursor()
	start := append(bytes.Clone(prefix), timeKey(since.Add(1))...)
	if since.IsZero() {
		start = prefix
	}
	for k, _ := c.Seek(start); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if keyTime(k[len(prefix):]).After(now.Add(ahead)) {
			break
		}
		if n == 0 {
			oldest = keyTime(k[len(prefix):])
		}
		n++
	}
	return n, oldest
}

func charge(tx *txn, charges []Charge, at time.Time, id uint64) error {
	for _, c := range charges {
		if err := tx.set(bucketSpent, spentKey(c.Counter, at, id), nil); err != nil {
			return err
		}
	}
	return nil
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
