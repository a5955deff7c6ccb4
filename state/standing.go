package state

import (
	"errors"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Hold is a stop that outlives the process: while it stands no write of that
// kind leaves. It ends when a person ends it.
type Hold struct {
	Kind string    `json:"kind,omitempty"` // action kind; empty for every kind
	Why  string    `json:"why"`
	At   time.Time `json:"at"`
}

// Caution is how a persona lives while its journal may not know everything that
// it did: after a restore, a rollback, or with a new journal on an old account.
// Every first attempt is preceded by a read-back, nothing older than Since is
// acted on, and no money is spent.
type Caution struct {
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

const (
	holdPrefix = "hold/"
	keyCaution = "caution"
)

// Hold stops a kind, or with an empty kind all of them.
func (s *Store) Hold(h Hold) error {
	return s.update(func(tx *txn) error {
		return tx.put(bucketStanding, []byte(holdPrefix+h.Kind), h)
	})
}

// Release ends the hold on a kind, or with an empty kind every hold. A kind
// that is not held is no error.
func (s *Store) Release(kind string) error {
	return s.update(func(tx *txn) error {
		if kind != "" {
			return tx.del(bucketStanding, []byte(holdPrefix+kind))
		}
		holds, err := holds(tx.Tx)
		for _, h := range holds {
			err = errors.Join(err, tx.del(bucketStanding, []byte(holdPrefix+h.Kind)))
		}
		return err
	})
}

// Holds lists the holds that stand, the one on every kind first.
func (s *Store) Holds() (hs []Hold, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		hs, err = holds(tx)
		return err
	})
	return hs, err
}

// Held returns the hold that stops a kind, if one does.
func (s *Store) Held(kind string) (h Hold, held bool, err error) {
	hs, err := s.Holds()
	for _, h := range hs {
		if h.Kind == "" || h.Kind == kind {
			return h, true, err
		}
	}
	return Hold{}, false, err
}

func holds(tx *bolt.Tx) (hs []Hold, err error) {
	err = tx.Bucket(bucketStanding).ForEach(func(k, v []byte) error {
		if !strings.HasPrefix(string(k), holdPrefix) {
			return nil
		}
		h, err := decode[Hold](k, v)
		hs = append(hs, h)
		return err
	})
	return hs, err
}

// SetCaution begins a time of caution, or replaces the present one.
func (s *Store) SetCaution(c Caution) error {
	return s.update(func(tx *txn) error { return tx.put(bucketStanding, []byte(keyCaution), c) })
}

// Caution returns the caution that is in force at that time, if one is.
func (s *Store) Caution(now time.Time) (c Caution, cautious bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c, err = get[Caution](tx.Bucket(bucketStanding), []byte(keyCaution))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return Caution{}, false, nil
	}
	return c, err == nil && now.Before(c.Until), err
}

// Trust ends caution before its time.
func (s *Store) Trust() error {
	return s.update(func(tx *txn) error { return tx.del(bucketStanding, []byte(keyCaution)) })
}
