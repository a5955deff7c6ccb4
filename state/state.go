// Package state keeps what happened: one bbolt file per persona with the
// journal of its actions, what it has seen, and what it has spent.
//
// The bucket tree; ids and sequence numbers are 8-byte big-endian integers,
// times 8-byte big-endian nanoseconds, and every value is a framed record
// (see frame.go):
//
//	meta
//	  version            uint64, the number of migrations applied
//	  persona            handle, so that a file is never used for another one
//	journal
//	  <seq>              Event: one line per change of an entry, append-only
//	entries
//	  <id>               Entry: where the entry stands now
//	open
//	  <id>               empty: entries that have not ended
//	keys
//	  <dedupe key>       <id> of the entry that took the key
//	remote
//	  <kind>/<remote id> <id> of the entry that made the item
//	texts
//	  <id>               OwnText: what the persona wrote in public
//	spent
//	  <counter>\x00<time><id>  empty: one row per action charged to a counter
//	media
//	  <id>               Media: the life of a generation started by that entry
//	following
//	  <id>               empty: media that have not ended
//	seen
//	  <post id>          Seen
//	jobs
//	  <job>              JobState
//	runs
//	  <job>\x00<slot>    time: runs that have begun
//	standing
//	  hold/<kind>        Hold
//	  caution            Caution
//	usage
//	  <local day>        Usage: model calls and tokens
//	cursors
//	  <name>             string
//
// Every exported method is one transaction. What it returns are copies.
package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Errors that callers tell apart.
var (
	ErrNotFound  = errors.New("not in the journal")
	ErrDuplicate = errors.New("already acted on")    // the dedupe key is taken
	ErrEnded     = errors.New("the entry has ended") // an ended entry never changes again
	ErrDamaged   = errors.New("record does not match its checksum")
	ErrNewer     = errors.New("written by a newer version") // upgrade the program
)

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// allocSize is the step in which the file grows; bbolt's own 16 MiB is more
// than a persona needs in months.
const allocSize = 1 << 20

// Store is one persona's file. Its methods may be called from several
// goroutines.
type Store struct {
	db      *bolt.DB
	persona string
}

// Open opens or creates the persona's file: a 0600 file in a folder that it
// makes 0700. The caller closes it. A file that another process holds gives a
// *LockedError within lockWait.
func Open(path, persona string) (*Store, error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	s := &Store{persona: persona}
	if err := contain(func() error { return s.open(path) }); err != nil {
		if s.db != nil {
			_ = s.db.Close() // the first error says more
		}
		return nil, err
	}
	return s, nil
}

// Close releases the file.
func (s *Store) Close() error { return s.db.Close() }

// Path is where the file is.
func (s *Store) Path() string { return s.db.Path() }

func (s *Store) open(path string) (err error) {
	s.db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout:         lockWait,
		FreelistType:    bolt.FreelistMapType,
		NoFreelistSync:  true, // commits stay cheap with many free pages; reopening scans instead
		InitialMmapSize: 64 << 20,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return &LockedError{Path: path, Holder: holder(path)}
	case err != nil:
		return fmt.Errorf("open journal %s: %w", path, err)
	}
	s.db.AllocSize = allocSize
	if err := s.db.Update(func(tx *bolt.Tx) error { return migrate(tx, s.persona) }); err != nil {
		return fmt.Errorf("open journal %s: %w", path, err)
	}
	return nil
}

// makeFolder makes the folder of the journals private to this user.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if info.Mode().Perm() == 0o700 {
		return nil
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs its x bit
		return fmt.Errorf("make data folder private: %w", err)
	}
	return nil
}

// contain turns the panics and faults that bbolt answers damage with into
// errors.
func contain(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the journal is damaged: %v", p)
		}
	}()
	return f()
}

// view and update run one transaction.
func (s *Store) view(f func(tx *bolt.Tx) error) error {
	return contain(func() error { return s.db.View(f) })
}

func (s *Store) update(f func(tx *bolt.Tx) error) error {
	return contain(func() error { return s.db.Update(f) })
}

func idKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

func timeKey(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(t.UnixNano(), 0))) //nolint:gosec // not negative
}

func keyTime(b []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))) //nolint:gosec // written by timeKey
}
