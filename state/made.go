package state

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// Made reports whether an entry of any kind made the item with that remote id.
func (s *Store) Made(remoteID string) (made bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRemote)
		c := b.Cursor()
		for k, _ := c.First(); k != nil; {
			kind, _, _ := bytes.Cut(k, []byte("/"))
			if b.Get(remoteKey(string(kind), remoteID)) != nil {
				made = true
				return nil
			}
			k, _ = c.Seek(append(bytes.Clone(kind), '/'+1)) // the first key of the next kind
		}
		return nil
	})
	return made, err
}
