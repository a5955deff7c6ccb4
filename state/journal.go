package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Plan writes a new entry as an intent, or as waiting when e.Status says so.
// In the same transaction it takes the dedupe key and charges the counters, so
// that after Plan returns nothing else can act in its place. It returns the
// entry with its id, ErrDuplicate when the key is taken, or *OverLimitError.
func (s *Store) Plan(e Entry, charges []Charge) (Entry, error) {
	if e.Status != Waiting {
		e.Status = Intent
	}
	err := s.update(func(tx *txn) error {
		if tx.Bucket(bucketKeys).Get([]byte(e.Key)) != nil {
			return ErrDuplicate
		}
		t, err := s.tick(tx.Tx, e.PlannedAt)
		if err != nil {
			return err
		}
		if err := room(tx.Tx, charges, t, e.PlannedAt); err != nil {
			return err
		}
		e.ChargedAt = t.At
		if err := insert(tx, &e, s.persona); err != nil {
			return err
		}
		if err := tx.set(bucketKeys, []byte(e.Key), idKey(e.ID)); err != nil {
			return err
		}
		return errors.Join(charge(tx, charges, t, e.ID), keepText(tx, e), follow(tx, e))
	})
	return e, err
}

// Drop journals an action that was decided against. It takes no key and costs
// nothing.
func (s *Store) Drop(e Entry) (Entry, error) {
	e.Status, e.DoneAt = Dropped, e.PlannedAt
	err := s.update(func(tx *txn) error { return insert(tx, &e, s.persona) })
	return e, err
}

// Send records an attempt that is about to be made. In the same transaction
// the entry's charges move to now: rolling windows count what is sent, and an
// intent may have waited for hours. *OverLimitError means that there is no room
// now; then nothing has changed.
func (s *Store) Send(e Entry, charges []Charge, now time.Time) (Entry, error) {
	err := s.update(func(tx *txn) error {
		if err := uncharge(tx, charges, e.ChargedAt, e.ID); err != nil {
			return err
		}
		t, err := s.tick(tx.Tx, now)
		if err != nil {
			return err
		}
		if err := room(tx.Tx, charges, t, now); err != nil {
			return err
		}
		e.ChargedAt = t.At
		return errors.Join(charge(tx, charges, t, e.ID), record(tx, &e, now))
	})
	return e, err
}

// Record writes where the entry stands now and appends the event. An entry
// that has ended stays as it is: ErrEnded.
func (s *Store) Record(e Entry, now time.Time) (Entry, error) {
	err := s.update(func(tx *txn) error { return record(tx, &e, now) })
	return e, err
}

func record(tx *txn, e *Entry, now time.Time) error {
	before, err := get[Entry](tx.Bucket(bucketEntries), idKey(e.ID))
	if err != nil {
		return err
	}
	if !before.Status.Open() {
		return fmt.Errorf("entry %d: %s: %w", e.ID, before.Status, ErrEnded)
	}
	if !e.Status.Open() {
		e.DoneAt = now
	}
	if e.RemoteID != "" {
		if err := tx.set(bucketRemote, remoteKey(e.Kind, e.RemoteID), idKey(e.ID)); err != nil {
			return err
		}
	}
	if e.Status == Done {
		if err := learn(tx, *e); err != nil {
			return err
		}
	}
	return save(tx, *e, now)
}

// Entry returns one entry, or ErrNotFound.
func (s *Store) Entry(id uint64) (e Entry, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		e, err = get[Entry](tx.Bucket(bucketEntries), idKey(id))
		return err
	})
	return e, err
}

// OpenEntries returns the entries that have not ended, oldest first.
func (s *Store) OpenEntries() (es []Entry, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketOpen).ForEach(func(k, _ []byte) error {
			e, err := get[Entry](tx.Bucket(bucketEntries), k)
			if err != nil {
				return err
			}
			es = append(es, e)
			return nil
		})
	})
	return es, err
}

// Filter selects entries; a zero field selects all.
type Filter struct {
	Since  time.Time
	Kind   string
	Status Status
}

// Entries returns the newest entries that the filter lets through, oldest
// first, at most limit of them (0: no limit).
func (s *Store) Entries(f Filter, limit int) (es []Entry, err error) {
	const oldRun = 1000 // ids follow planning time, but for a clock that was set
	err = s.view(func(tx *bolt.Tx) error {
		old := 0
		c := tx.Bucket(bucketEntries).Cursor()
		for k, v := c.Last(); k != nil && (limit == 0 || len(es) < limit); k, v = c.Prev() {
			if f.Kind != "" && !mayHold(v, "kind", f.Kind) {
				continue
			}
			e, err := decode[Entry](k, v)
			if err != nil {
				return err
			}
			if e.PlannedAt.Before(f.Since) {
				if old++; old == oldRun {
					return nil
				}
				continue
			}
			old = 0
			if (f.Kind == "" || f.Kind == e.Kind) && (f.Status == "" || f.Status == e.Status) {
				es = append(es, e)
			}
		}
		return nil
	})
	for i, j := 0, len(es)-1; i < j; i, j = i+1, j-1 {
		es[i], es[j] = es[j], es[i]
	}
	return es, err
}

// mayHold tells without reading a record whole, which takes long, that it may have
// that value.
func mayHold(record []byte, name, value string) bool {
	return bytes.Contains(record, []byte(`"`+name+`":"`+value+`"`))
}

// Events returns what happened to one entry, oldest first.
func (s *Store) Events(id uint64) ([]Event, error) {
	events, err := s.EventsOf(id)
	return events[id], err
}

// EventsOf returns what happened to each of these entries, oldest first. It
// reads the whole journal, once.
func (s *Store) EventsOf(ids ...uint64) (map[uint64][]Event, error) {
	events := make(map[uint64][]Event, len(ids))
	for _, id := range ids {
		events[id] = nil
	}
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketJournal).ForEach(func(k, v []byte) error {
			ev, err := decode[Event](k, v)
			if _, wanted := events[ev.Entry]; err == nil && wanted {
				events[ev.Entry] = append(events[ev.Entry], ev)
			}
			return err
		})
	})
	return events, err
}

// Taken reports whether an entry holds the dedupe key.
func (s *Store) Taken(key string) (taken bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		taken = tx.Bucket(bucketKeys).Get([]byte(key)) != nil
		return nil
	})
	return taken, err
}

// Holder returns the entry that holds the dedupe key, or ErrNotFound.
func (s *Store) Holder(key string) (e Entry, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		id := tx.Bucket(bucketKeys).Get([]byte(key))
		if id == nil {
			return ErrNotFound
		}
		e, err = get[Entry](tx.Bucket(bucketEntries), id)
		return err
	})
	return e, err
}

// Maker returns the entry that made the item with that remote id.
func (s *Store) Maker(kind, remoteID string) (id uint64, ok bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		if v := tx.Bucket(bucketRemote).Get(remoteKey(kind, remoteID)); v != nil {
			id, ok = binary.BigEndian.Uint64(v), true
		}
		return nil
	})
	return id, ok, err
}

// OwnTexts returns the newest n texts that the persona wrote or meant to
// write in public, newest first.
func (s *Store) OwnTexts(n int) (texts []OwnText, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketTexts).Cursor()
		for k, v := c.Last(); k != nil && len(texts) < n; k, v = c.Prev() {
			t, err := decode[OwnText](k, v)
			if err != nil {
				return err
			}
			texts = append(texts, t)
		}
		return nil
	})
	return texts, err
}

func insert(tx *txn, e *Entry, persona string) error {
	id, err := tx.Bucket(bucketEntries).NextSequence()
	if err != nil {
		return err
	}
	e.ID, e.Persona = id, persona
	return save(tx, *e, e.PlannedAt)
}

// save writes the entry, its event and its place among the open ones.
func save(tx *txn, e Entry, now time.Time) error {
	seq, err := tx.Bucket(bucketJournal).NextSequence()
	if err != nil {
		return err
	}
	if err := tx.put(bucketJournal, idKey(seq), Event{Seq: seq, Entry: e.ID, At: now, Status: e.Status, Note: e.Error}); err != nil {
		return err
	}
	if err := tx.put(bucketEntries, idKey(e.ID), e); err != nil {
		return err
	}
	if e.Status.Open() {
		return tx.set(bucketOpen, idKey(e.ID), nil)
	}
	return tx.del(bucketOpen, idKey(e.ID))
}

func keepText(tx *txn, e Entry) error {
	if e.Text == "" {
		return nil
	}
	t := OwnText{
		Entry: e.ID, Kind: e.Kind, Thread: e.Thread, Author: e.Author, Topic: e.Topic, Text: e.Text, At: e.PlannedAt,
	}
	return tx.put(bucketTexts, idKey(e.ID), t)
}

func remoteKey(kind, remoteID string) []byte { return []byte(kind + "/" + remoteID) }
