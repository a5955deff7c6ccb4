package state

import (
	"bytes"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Retention is how long what has no further use is kept. Dedupe keys, the ids
// of own items, open entries and media under way are kept for ever: they are
// what keeps a persona from doing things twice.
type Retention struct {
	Entries time.Duration // ended entries with their events, and ended media
	Seen    time.Duration // posts considered, counted from the last time
	Runs    time.Duration // slots of the schedule
	Spent   time.Duration // charges that no window of an hour or a day needs
	Totals  time.Duration // charges to a thread or an author, which may have a cap for ever
	Usage   time.Duration // days of the model's use
	Texts   int           // newest own texts
}

// DefaultRetention keeps a busy persona's year well below 64 MiB.
var DefaultRetention = Retention{
	Entries: 90 * day, Seen: 60 * day, Runs: 8 * day, Spent: 2 * day, Totals: 90 * day, Usage: 400 * day, Texts: 1000,
}

const day = 24 * time.Hour

// pruneBatch is how many records one transaction removes at most.
const pruneBatch = 1000

// Prune removes what is past its time, a bounded part of it: call it until it
// returns 0.
func (s *Store) Prune(r Retention, now time.Time) (removed int, err error) {
	err = s.update(func(tx *txn) error {
		p := pruner{tx: tx, left: pruneBatch}
		clock, err := s.tick(tx.Tx, now)
		if err != nil {
			return err
		}
		if clock.At.Before(now) { // a wall clock that is wrong must not make anything be forgotten
			now = clock.At
		}
		for _, step := range []func() error{
			func() error { return p.entries(span{now.Add(-r.Entries), now}) },
			func() error { return p.texts(r.Texts) },
			func() error { return p.spent(clock.At.Add(-r.Spent), clock.At.Add(-r.Totals)) },
			func() error {
				return p.sweep(bucketSeen, func(k, v []byte) (bool, error) {
					seen, err := decode[Seen](k, v)
					return seen.At.Before(now.Add(-r.Seen)), err
				})
			},
			func() error {
				return p.sweep(bucketRuns, func(k, v []byte) (bool, error) {
					at, err := decode[time.Time](k, v)
					return at.Before(now.Add(-r.Runs)), err
				})
			},
			func() error {
				oldest := clock.At.Add(-r.Usage).Format(time.DateOnly)
				return p.sweep(bucketUsage, func(k, _ []byte) (bool, error) { return string(k) < oldest, nil })
			},
		} {
			if err := step(); err != nil {
				return err
			}
		}
		removed = pruneBatch - p.left
		return nil
	})
	return removed, err
}

// span is the time whose records stay.
type span struct{ from, now time.Time }

type pruner struct {
	tx   *txn
	left int
}

// sweep deletes the records of a bucket that are past, as long as there is
// room in the batch. Keys are collected first: bbolt's cursors do not survive a
// delete.
func (p *pruner) sweep(bucket []byte, past func(k, v []byte) (bool, error)) error {
	var keys [][]byte
	c := p.tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil && len(keys) < p.left; k, v = c.Next() {
		old, err := past(k, v)
		if err != nil {
			return err
		}
		if old {
			keys = append(keys, bytes.Clone(k))
		}
	}
	return p.remove(bucket, keys)
}

func (p *pruner) remove(bucket []byte, keys [][]byte) error {
	for _, k := range keys {
		if err := p.tx.del(bucket, k); err != nil {
			return err
		}
	}
	p.left -= len(keys)
	return nil
}

// entries removes ended entries from the front, their media, and events. An
// entry that is still open stays, and so do its events.
func (p *pruner) entries(kept span) error {
	open := p.tx.Bucket(bucketOpen)
	following := p.tx.Bucket(bucketFollowing)
	needed := func(id []byte) bool {
		_, isOpen := lookup(open, id)
		_, followed := lookup(following, id)
		return isOpen || followed
	}
	if err := p.front(bucketEntries, func(k, v []byte) (time.Time, bool, error) {
		e, err := decode[Entry](k, v)
		return e.PlannedAt, needed(k), err
	}, kept); err != nil {
		return err
	}
	if err := p.front(bucketMedia, func(k, v []byte) (time.Time, bool, error) {
		m, err := decode[Media](k, v)
		return m.PlannedAt, needed(k), err
	}, kept); err != nil {
		return err
	}
	return p.front(bucketJournal, func(k, v []byte) (time.Time, bool, error) {
		ev, err := decode[Event](k, v)
		return ev.At, needed(idKey(ev.Entry)), err
	}, kept)
}

// front removes old records from the front of a bucket that is in the order of
// time, up to the first that is young. One of a time that has not come is from a
// clock that was ahead, and says nothing about those after it.
func (p *pruner) front(bucket []byte, at func(k, v []byte) (t time.Time, keep bool, err error), kept span) error {
	var keys [][]byte
	c := p.tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil && len(keys) < p.left; k, v = c.Next() {
		t, keep, err := at(k, v)
		if err != nil {
			return err
		}
		if !t.Before(kept.from) && !t.After(kept.now) {
			break
		}
		if !keep && t.Before(kept.from) {
			keys = append(keys, bytes.Clone(k))
		}
	}
	return p.remove(bucket, keys)
}

// texts keeps the newest.
func (p *pruner) texts(keep int) error {
	var keys [][]byte
	c := p.tx.Bucket(bucketTexts).Cursor()
	k, _ := c.Last()
	for range keep {
		if k == nil {
			return nil
		}
		k, _ = c.Prev()
	}
	for ; k != nil && len(keys) < p.left; k, _ = c.Prev() {
		keys = append(keys, bytes.Clone(k))
	}
	return p.remove(bucketTexts, keys)
}

// spent removes charges. The time stands between the counter's name and the id.
func (p *pruner) spent(before, totals time.Time) error {
	return p.sweep(bucketSpent, func(k, _ []byte) (bool, error) {
		name, rest, ok := bytes.Cut(k, []byte{0})
		if !ok || len(rest) < 8 {
			return false, nil
		}
		limit := before
		if bytes.HasPrefix(name, []byte("thread/")) || bytes.HasPrefix(name, []byte("author/")) {
			limit = totals
		}
		return keyTime(rest).Before(limit), nil
	})
}

// Size is the size of the file in bytes, and how much of it is free.
func (s *Store) Size() (total, free int64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		total = tx.Size()
		free = int64(s.db.Stats().FreePageN+s.db.Stats().PendingPageN) * int64(s.db.Info().PageSize)
		return nil
	})
	return total, free, err
}
