package state

import (
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

const (
	keptPrivate   = 200  // texts that others wrote to the persona alone
	privateLength = 4000 // bytes of each
	privatePrefix = "private/"
)

// KeepPrivate remembers texts that were written to the persona alone, so that
// none of them is said in public. The newest 200 are kept, each once.
func (s *Store) KeepPrivate(texts ...string) error {
	kept, err := s.PrivateTexts()
	if err != nil {
		return err
	}
	var fresh []string
	for _, text := range texts {
		text = strings.ToValidUTF8(text[:min(len(text), privateLength)], "")
		if text != "" && !slices.Contains(kept, text) && !slices.Contains(fresh, text) {
			fresh = append(fresh, text)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return s.update(func(tx *txn) error {
		b := tx.Bucket(bucketStanding)
		for _, text := range fresh {
			id, err := b.NextSequence()
			if err != nil {
				return err
			}
			if id > keptPrivate {
				if err := tx.del(bucketStanding, privateKey(id-keptPrivate)); err != nil {
					return err
				}
			}
			if err := tx.put(bucketStanding, privateKey(id), text); err != nil {
				return err
			}
		}
		return nil
	})
}

// PrivateTexts returns what was written to the persona alone, oldest first.
func (s *Store) PrivateTexts() (texts []string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketStanding).Cursor()
		for k, v := c.Seek([]byte(privatePrefix)); k != nil && len(k) == len(privatePrefix)+8; k, v = c.Next() {
			text, err := decode[string](k, v)
			if err != nil {
				return err
			}
			texts = append(texts, text)
		}
		return nil
	})
	return texts, err
}

func privateKey(id uint64) []byte { return append([]byte(privatePrefix), idKey(id)...) }
