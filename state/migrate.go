package state

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

var (
	bucketMeta      = []byte("meta")
	bucketJournal   = []byte("journal")
	bucketEntries   = []byte("entries")
	bucketOpen      = []byte("open")
	bucketKeys      = []byte("keys")
	bucketRemote    = []byte("remote")
	bucketTexts     = []byte("texts")
	bucketSpent     = []byte("spent")
	bucketMedia     = []byte("media")
	bucketFollowing = []byte("following")
	bucketSeen      = []byte("seen")
	bucketJobs      = []byte("jobs")
	bucketUsage     = []byte("usage")
	bucketCursors   = []byte("cursors")
	bucketRuns      = []byte("runs")
	bucketStanding  = []byte("standing")

	keyVersion = []byte("version")
	keyPersona = []byte("persona")
)

// migrations bring a file up to date, oldest first. A file's version is the
// number of them that it has had. Append only; each one gets a test with a
// file from before it.
var migrations = []func(tx *bolt.Tx) error{
	createBuckets,
	addRunsAndStanding,
}

func migrate(tx *bolt.Tx, persona string) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	version := uint64(0)
	if v := meta.Get(keyVersion); len(v) == 8 {
		version = binary.BigEndian.Uint64(v)
	}
	if version > uint64(len(migrations)) {
		return fmt.Errorf("format %d: %w: this program knows formats up to %d", version, ErrNewer, len(migrations))
	}
	for i, m := range migrations[version:] {
		if err := m(tx); err != nil {
			return fmt.Errorf("migration %d: %w", int(version)+i+1, err) //nolint:gosec // small
		}
	}
	if err := meta.Put(keyVersion, idKey(uint64(len(migrations)))); err != nil {
		return err
	}
	if owner := meta.Get(keyPersona); owner != nil && string(owner) != persona {
		return errors.New("it belongs to the persona " + string(owner) + ", not to " + persona)
	}
	return meta.Put(keyPersona, []byte(persona))
}

func createBuckets(tx *bolt.Tx) error {
	for _, name := range [][]byte{
		bucketJournal, bucketEntries, bucketOpen, bucketKeys, bucketRemote, bucketTexts, bucketSpent,
		bucketMedia, bucketFollowing, bucketSeen, bucketJobs, bucketUsage, bucketCursors,
	} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

func addRunsAndStanding(tx *bolt.Tx) error {
	_, err := tx.CreateBucketIfNotExists(bucketRuns)
	if err != nil {
		return err
	}
	_, err = tx.CreateBucketIfNotExists(bucketStanding)
	return err
}
