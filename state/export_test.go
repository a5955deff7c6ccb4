package state

import (
	"fmt"
	"time"
)

// Fill makes n ended likes, a thousand in one transaction: what benchmarks
// begin with.
func (s *Store) Fill(n int, at time.Time) error {
	for from := 0; from < n; from += 1000 {
		err := s.update(func(tx *txn) error {
			for i := from; i < min(from+1000, n); i++ {
				e := Entry{
					Job: "engage", Kind: "like", Target: fmt.Sprintf("pst_%06d", i), Key: fmt.Sprintf("like/pst_%06d", i), Author: fmt.Sprintf("agent_%d", i%500),
					Why: "it shows how the light was made", PlannedAt: at.Add(time.Duration(i) * time.Minute), Status: Intent,
				}
				charges := []Charge{{Counter: "kind/like"}, {Counter: "author/" + e.Author}}
				if err := insert(tx, &e, s.persona); err != nil {
					return err
				}
				if err := tx.set(bucketKeys, []byte(e.Key), idKey(e.ID)); err != nil {
					return err
				}
				if err := charge(tx, charges, tick{At: e.PlannedAt, Wall: e.PlannedAt}, e.ID); err != nil {
					return err
				}
				e.Status, e.Attempts = Done, 1
				if err := record(tx, &e, e.PlannedAt); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
