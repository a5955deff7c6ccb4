package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Seal is what a file says about itself: how often it was written, and for
// each bucket how many records it holds and the sum of their hashes.
//
// bbolt has no checksums of pages. A page that was zeroed or swapped may read
// as "no such key", and a dedupe key that is not found is an action done
// twice. Recomputing the seal finds that.
type Seal struct {
	Commits uint64                 `json:"commits"`
	Buckets map[string]*BucketSeal `json:"buckets"`
}

// BucketSeal is the seal of one bucket.
type BucketSeal struct {
	Records  uint64 `json:"n"`
	Sum      uint64 `json:"sum"`           // of the records' hashes, modulo 2^64: the order does not matter
	Sequence uint64 `json:"seq,omitempty"` // of ids given; a lost one would give an id twice
}

// recordHash is two CRCs over one record, which processors compute quickly. It
// finds accidents; it is no defence against a forger.
func recordHash(bucket, key, value []byte) uint64 {
	return uint64(crcOf(crc32.IEEETable, bucket, key, value))<<32 | uint64(crcOf(castagnoli, bucket, key, value))
}

func crcOf(table *crc32.Table, bucket, key, value []byte) uint32 {
	crc := crc32.Update(0, table, bucket)
	crc = crc32.Update(crc^uint32(len(key)), table, key) //nolint:gosec // bbolt's keys are shorter than 2^15
	return crc32.Update(crc, table, value)
}

// add counts a record in, and drop counts it out.
func (s *Seal) add(bucket, key, value []byte) {
	b := s.of(bucket)
	b.Records++
	b.Sum += recordHash(bucket, key, value)
}

func (s *Seal) drop(bucket, key, value []byte) {
	b := s.of(bucket)
	b.Records--
	b.Sum -= recordHash(bucket, key, value)
}

func (s *Seal) of(bucket []byte) *BucketSeal {
	if s.Buckets == nil {
		s.Buckets = make(map[string]*BucketSeal)
	}
	b := s.Buckets[string(bucket)]
	if b == nil {
		b = &BucketSeal{}
		s.Buckets[string(bucket)] = b
	}
	return b
}

// differs names the first bucket in which what was found is not what the seal
// says; empty when there is none.
func (s *Seal) differs(found *Seal) string {
	names := slices.Sorted(maps.Keys(s.Buckets))
	for name := range found.Buckets {
		if s.Buckets[name] == nil {
			names = append(names, name)
		}
	}
	for _, name := range names {
		want, got := s.of([]byte(name)), found.of([]byte(name))
		switch {
		case want.Records != got.Records:
			return fmt.Sprintf("bucket %s holds %d records, its seal says %d", name, got.Records, want.Records)
		case want.Sum != got.Sum:
			return fmt.Sprintf("bucket %s holds other records than its seal says", name)
		case want.Sequence != got.Sequence:
			return fmt.Sprintf("bucket %s counts to %d, its seal says %d", name, got.Sequence, want.Sequence)
		}
	}
	return ""
}

// txn is a write transaction: it holds the seal up to date with what is
// written. All writes but those of the bucket meta go through it.
type txn struct {
	*bolt.Tx
	seal Seal
}

func (t *txn) put(bucket, key []byte, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.set(bucket, key, frame(payload))
}

func (t *txn) set(bucket, key, value []byte) error {
	b := t.Bucket(bucket)
	if before, found := lookup(b, key); found {
		t.seal.drop(bucket, key, before)
	}
	t.seal.add(bucket, key, value)
	return b.Put(key, value)
}

func (t *txn) del(bucket, key []byte) error {
	b := t.Bucket(bucket)
	before, found := lookup(b, key)
	if !found {
		return nil
	}
	t.seal.drop(bucket, key, before)
	return b.Delete(key)
}

// lookup tells an empty value from none, which Get does not.
func lookup(b *bolt.Bucket, key []byte) (value []byte, found bool) {
	k, v := b.Cursor().Seek(key)
	return v, k != nil && bytes.Equal(k, key)
}

// Commits counts the write transactions of the journal's life: while it stands
// still, nothing has changed.
func (s *Store) Commits() uint64 { return s.commits.Load() }

// sealed runs one write transaction and seals it.
func (s *Store) sealed(tx *bolt.Tx, f func(tx *txn) error) (err error) {
	t := &txn{Tx: tx}
	if t.seal, err = readSeal(tx); err != nil {
		return err
	}
	if err := f(t); err != nil {
		return err
	}
	t.seal.Commits++
	tx.OnCommit(func() { s.commits.Store(t.seal.Commits) })
	return t.close()
}

// close writes the seal.
func (t *txn) close() error {
	for name, b := range t.seal.Buckets {
		b.Sequence = t.Bucket([]byte(name)).Sequence()
	}
	payload, err := json.Marshal(t.seal)
	if err != nil {
		return err
	}
	return t.Bucket(bucketMeta).Put(keySeal, frame(payload))
}

func readSeal(tx *bolt.Tx) (Seal, error) {
	seal, err := get[Seal](tx.Bucket(bucketMeta), keySeal)
	if err != nil {
		return Seal{}, fmt.Errorf("seal: %w", err)
	}
	return seal, nil
}

// reseal makes the seal of these buckets from what they hold.
func reseal(tx *bolt.Tx, buckets [][]byte) (Seal, error) {
	var seal Seal
	for _, name := range buckets {
		b := tx.Bucket(name)
		if b == nil {
			return seal, fmt.Errorf("bucket %s is missing: %w", name, ErrDamaged)
		}
		seal.of(name).Sequence = b.Sequence()
		if err := b.ForEach(func(k, v []byte) error { seal.add(name, k, v); return nil }); err != nil {
			return seal, err
		}
	}
	return seal, nil
}

// Verify reads every record and holds the file against its seal. An error that
// is ErrDamaged names what differs.
func (s *Store) Verify() error {
	return s.view(func(tx *bolt.Tx) error {
		seal, err := readSeal(tx)
		if err != nil {
			return err
		}
		found, err := reseal(tx, buckets)
		if err != nil {
			return err
		}
		if diff := seal.differs(&found); diff != "" {
			return fmt.Errorf("%s: %w", diff, ErrDamaged)
		}
		return nil
	})
}

// Len is how many entries the journal holds.
func (s *Store) Len() (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		seal, err := readSeal(tx)
		n = int(seal.of(bucketEntries).Records) //nolint:gosec // less than the bytes of the file
		return err
	})
	return n, err
}
