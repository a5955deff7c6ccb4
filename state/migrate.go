package state

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

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
	bucketDecisions = []byte("decisions")
	bucketPeople    = []byte("people")
	bucketThreads   = []byte("threads")
	bucketShunned   = []byte("shunned")

	keyVersion = []byte("version")
	keyPersona = []byte("persona")
	keyBirth   = []byte("birth")
	keySeal    = []byte("seal")
)

// buckets lists every bucket that is sealed: all but meta.
var buckets = slices.Concat(format1, format2, format3)

// birth tells a journal from any other.
type birth struct {
	ID string    `json:"id"` // drawn by lot when the file was made, and anew where a copy goes on
	At time.Time `json:"at"`
}

// migrations bring a file up to date, oldest first. A file's version is the
// number of them that it has had. Append only; each one gets a test with a
// file from before it.
var migrations = []func(tx *bolt.Tx, now time.Time) error{
	createBuckets,
	sealBuckets,
	addMinds,
}

func migrate(tx *bolt.Tx, persona string, now time.Time) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	if owner := meta.Get(keyPersona); owner != nil && string(owner) != persona {
		return errors.New("it belongs to the persona " + string(owner) + ", not to " + persona)
	}
	version := uint64(0)
	if v := meta.Get(keyVersion); len(v) == 8 {
		version = binary.BigEndian.Uint64(v)
	}
	newest := uint64(len(migrations))
	switch {
	case version > newest:
		return fmt.Errorf("format %d: %w: this program knows formats up to %d", version, ErrNewer, newest)
	case version == newest:
		return nil
	}
	for i, m := range migrations[version:] {
		if err := m(tx, now); err != nil {
			return fmt.Errorf("migration %d: %w", int(version)+i+1, err) //nolint:gosec // small
		}
	}
	return errors.Join(meta.Put(keyPersona, []byte(persona)), meta.Put(keyVersion, idKey(newest)))
}

// What each format added.
var (
	format1 = [][]byte{
		bucketJournal, bucketEntries, bucketOpen, bucketKeys, bucketRemote, bucketTexts, bucketSpent,
		bucketMedia, bucketFollowing, bucketSeen, bucketJobs, bucketUsage, bucketCursors,
	}
	format2 = [][]byte{bucketRuns, bucketStanding}
	format3 = [][]byte{bucketDecisions, bucketPeople, bucketThreads, bucketShunned}
)

func createBuckets(tx *bolt.Tx, _ time.Time) error {
	for _, name := range format1 {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// sealBuckets adds runs and standing, the birth and the seal.
func sealBuckets(tx *bolt.Tx, now time.Time) error {
	for _, name := range format2 {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	born, err := json.Marshal(birth{ID: rand.Text(), At: now})
	if err != nil {
		return err
	}
	if err := tx.Bucket(bucketMeta).Put(keyBirth, frame(born)); err != nil {
		return err
	}
	t := &txn{Tx: tx}
	if t.seal, err = reseal(tx, slices.Concat(format1, format2)); err != nil {
		return err
	}
	t.seal.Commits = 1
	return t.close()
}

// addMinds adds what is remembered of decisions, of others, and of threads.
func addMinds(tx *bolt.Tx, _ time.Time) error {
	for _, name := range format3 {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	seal, err := readSeal(tx)
	if err != nil {
		return err
	}
	t := &txn{Tx: tx, seal: seal}
	return t.close()
}
