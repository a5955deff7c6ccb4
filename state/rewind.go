package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Rewind makes a copy of a journal forget what was taken from a moment on: the
// dedupe keys, the charges and the texts of all entries that were planned then
// or later, every hold and all caution. What was decided at that moment can
// then be decided again as if for the first time. It is for copies only: a
// journal that forgets does things twice.
func (s *Store) Rewind(from time.Time) error {
	if s.sequence != nil {
		return errors.New("only a copy of a journal is rewound")
	}
	return s.update(func(tx *txn) error {
		later, err := plannedSince(tx.Tx, from)
		if err != nil {
			return err
		}
		for _, e := range later {
			if bytes.Equal(tx.Bucket(bucketKeys).Get([]byte(e.Key)), idKey(e.ID)) {
				if err := tx.del(bucketKeys, []byte(e.Key)); err != nil {
					return err
				}
			}
			if err := tx.del(bucketTexts, idKey(e.ID)); err != nil {
				return err
			}
		}
		stops := keysOf(tx.Bucket(bucketStanding), func(k []byte) bool { return bytes.HasPrefix(k, []byte(holdPrefix)) || string(k) == keyCaution })
		for _, k := range stops {
			if err := tx.del(bucketStanding, k); err != nil {
				return err
			}
		}
		charged := keysOf(tx.Bucket(bucketSpent), func(k []byte) bool {
			if len(k) < 8 {
				return false
			}
			_, gone := later[binary.BigEndian.Uint64(k[len(k)-8:])]
			return gone
		})
		for _, k := range charged {
			if err := tx.del(bucketSpent, k); err != nil {
				return err
			}
		}
		return nil
	})
}

func plannedSince(tx *bolt.Tx, from time.Time) (map[uint64]Entry, error) {
	later := make(map[uint64]Entry)
	err := tx.Bucket(bucketEntries).ForEach(func(k, v []byte) error {
		e, err := decode[Entry](k, v)
		if err == nil && !e.PlannedAt.Before(from) {
			later[e.ID] = e
		}
		return err
	})
	return later, err
}

// keysOf copies the keys of a bucket that are wanted: bbolt's cursors do not
// survive a delete.
func keysOf(b *bolt.Bucket, wanted func(k []byte) bool) (keys [][]byte) {
	_ = b.ForEach(func(k, _ []byte) error { // the function returns no error
		if wanted(k) {
			keys = append(keys, bytes.Clone(k))
		}
		return nil
	})
	return keys
}
