package state

import (
	"fmt"
	"time"
)

// Resolve ends a parked or unknown entry by a person's word. Done keeps
// everything as it is; dropped says that it had no effect and frees its dedupe
// key, so that it may be done again. What it cost stays spent: nobody can take
// back what was sent. Any other entry gives ErrEnded.
func (s *Store) Resolve(id uint64, end Status, note string, now time.Time) (e Entry, err error) {
	err = s.update(func(tx *txn) error {
		if e, err = get[Entry](tx.Bucket(bucketEntries), idKey(id)); err != nil {
			return fmt.Errorf("entry %d: %w", id, err)
		}
		if e.Status != Parked && e.Status != Unknown {
			return fmt.Errorf("entry %d is %s, neither parked nor unknown: %w", id, e.Status, ErrEnded)
		}
		e.Status, e.Error, e.DoneAt = end, note, now
		if end == Dropped {
			if err := tx.del(bucketKeys, []byte(e.Key)); err != nil {
				return err
			}
		}
		if end == Done {
			if err := learn(tx, e); err != nil {
				return err
			}
		}
		return save(tx, e, now)
	})
	return e, err
}
