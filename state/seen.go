package state

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Seen is what a post looked like when the persona last considered it. A post
// with the same number of comments has nothing new to say.
type Seen struct {
	Comments int       `json:"comments"`
	At       time.Time `json:"at"`
}

// SeenPosts returns what is known of these posts; unknown ones are left out.
func (s *Store) SeenPosts(ids []string) (map[string]Seen, error) {
	known := make(map[string]Seen)
	err := s.view(func(tx *bolt.Tx) error {
		for _, id := range ids {
			v, err := get[Seen](tx.Bucket(bucketSeen), []byte(id))
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			known[id] = v
		}
		return nil
	})
	return known, err
}

// MarkSeen remembers posts by id.
func (s *Store) MarkSeen(posts map[string]Seen) error {
	if len(posts) == 0 {
		return nil
	}
	return s.update(func(tx *txn) error {
		for id, v := range posts {
			if err := tx.put(bucketSeen, []byte(id), v); err != nil {
				return err
			}
		}
		return nil
	})
}
