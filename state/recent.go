package state

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Recent returns the kinds of the newest entries of a job that took effect or
// may yet, newest first: at most so many, none planned before since, and only
// of these kinds.
func (s *Store) Recent(job string, kinds []string, since time.Time, most int) (found []string, err error) {
	const oldRun = 1000 // as in Entries
	err = s.view(func(tx *bolt.Tx) error {
		old := 0
		c := tx.Bucket(bucketEntries).Cursor()
		for k, v := c.Last(); k != nil && len(found) < most; k, v = c.Prev() {
			if !mayHold(v, "job", job) || mayHold(v, "kind", "plan") {
				continue
			}
			e, err := decode[Entry](k, v)
			if err != nil {
				return err
			}
			if e.PlannedAt.Before(since) {
				if old++; old == oldRun {
					return nil
				}
				continue
			}
			old = 0
			if e.Job == job && e.Status != Dropped && e.Status != Refused && slices.Contains(kinds, e.Kind) {
				found = append(found, e.Kind)
			}
		}
		return nil
	})
	return found, err
}
