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
//	  birth              when the file was made, and a name drawn for it then or
//	                     when it went on as a copy
//	  seal               Seal: what all the other buckets must hold
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
//	  <counter>\x00<time><id>  empty: one row per action charged to a counter; on the journal's clock
//	media
//	  <id>               Media: the life of a generation started by that entry
//	following
//	  <id>               empty: media that have not ended
//	seen
//	  <post id>          Seen
//	  notice/<id>        Seen: notifications that Hear was told of
//	jobs
//	  <job>              JobState
//	runs
//	  <job>\x00<slot>    time: runs that have begun
//	standing
//	  hold/<kind>        Hold
//	  caution            Caution
//	  clock              tick: the clock that budgets are kept on
//	  private/<id>       what others wrote to the persona alone: the newest 200
//	decisions
//	  <id>               Decision: the newest 300
//	people
//	  <handle>           Person: the latest 2000
//	threads
//	  <post id>          Thread: the latest 2000
//	shunned
//	  author/<handle>    Shunned: left alone for a while
//	  post/<id>          Shunned
//	  favours/<handle>   when that author did the persona a favour: the newest 10
//	usage
//	  <local day>        Usage: model calls and tokens
//	cursors
//	  <name>             string
//
// Every exported method is one transaction. What it returns are copies.
package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Errors that callers tell apart.
var (
	ErrNotFound  = errors.New("not in the journal")
	ErrDuplicate = errors.New("already acted on")    // the dedupe key is taken
	ErrEnded     = errors.New("the entry has ended") // an ended entry never changes again
	ErrDamaged   = errors.New("the journal is damaged")
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
	db       *bolt.DB
	file     os.FileInfo // of the open file
	persona  string
	birth    birth
	commits  atomic.Uint64 // as of the latest transaction
	sequence *sequence     // nil: not kept
	found    Found
	clocks   func() Clocks // nil: the wall clock alone
}

// Options change how a file is opened.
type Options struct {
	Now    func() time.Time // default time.Now
	NoSync bool             // commits do not wait for the disk: only for simulations
	Loose  bool             // no sequence file, no caution: for copies that are only looked at
}

// Open opens or creates the persona's file: a 0600 file in a folder that it
// makes 0700. The caller closes it. A file that another process holds gives a
// *LockedError within lockWait, one that is no file of ours an error that says
// what it is.
//
// A journal that is not the one that the sequence file beside it knows, or an
// older copy of it, makes the persona cautious; see Found and Caution.
func Open(path, persona string) (*Store, error) { return OpenWith(path, persona, Options{}) }

// OpenWith is Open with options.
func OpenWith(path, persona string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := inspect(path); err != nil {
		return nil, err
	}
	s := &Store{persona: persona}
	err := contain(func() error { return s.open(path, o) })
	for range 3 { // it was replaced while this process waited for its lock
		if err != nil || s.inPlace(path) {
			break
		}
		_ = s.db.Close()
		err = contain(func() error { return s.open(path, o) })
	}
	if err == nil && !o.Loose {
		err = s.follow(path, o.Now())
	}
	if err != nil {
		if s.db != nil {
			_ = s.Close() // the first error says more
		}
		return nil, err
	}
	return s, nil
}

// Close releases the file.
func (s *Store) Close() error {
	err := s.db.Close()
	if s.sequence != nil {
		err = errors.Join(err, s.sequence.close())
	}
	return err
}

// Born is when the journal was made.
func (s *Store) Born() time.Time { return s.birth.At }

// Path is where the file is.
func (s *Store) Path() string { return s.db.Path() }

func (s *Store) open(path string, o Options) (err error) {
	s.db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout:      lockWait,
		FreelistType: bolt.FreelistMapType,
		// The list of free pages is kept in the file. Without it bbolt reads every
		// page at the start, in a goroutine of its own, whose panics over a
		// damaged file nobody can catch.
		NoFreelistSync: false,
		NoSync:         o.NoSync,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode) //nolint:gosec // the caller's own
			if err == nil {
				s.file, err = f.Stat()
			}
			return f, err
		},
		InitialMmapSize: 64 << 20,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return &LockedError{Path: path, Holder: holder(path)}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("open journal %s: its first pages are lost: %w", path, ErrDamaged)
	case err != nil:
		return fmt.Errorf("open journal %s: %w", path, err)
	}
	s.db.AllocSize = allocSize
	if err := walkable(path); err != nil {
		return fmt.Errorf("open journal %s: %w", path, err)
	}
	if err := s.prepare(o.Now()); err != nil {
		return fmt.Errorf("open journal %s: %w", path, err)
	}
	return nil
}

// inPlace reports whether the open file is still the one at path: restoring
// and compacting put another one there.
func (s *Store) inPlace(path string) bool {
	there, err := os.Stat(path)
	return err == nil && s.file != nil && os.SameFile(there, s.file)
}

// prepare brings the file up to date and reads what it says about itself. A
// file that is up to date is not written.
func (s *Store) prepare(now time.Time) error {
	read := func(tx *bolt.Tx) (err error) {
		if s.birth, err = get[birth](tx.Bucket(bucketMeta), keyBirth); err != nil {
			return fmt.Errorf("birth: %w", err)
		}
		seal, err := readSeal(tx)
		s.commits.Store(seal.Commits)
		return err
	}
	current := false
	err := s.db.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		current = meta != nil && bytes.Equal(meta.Get(keyVersion), idKey(uint64(len(migrations)))) && string(meta.Get(keyPersona)) == s.persona
		return nil
	})
	if err == nil && !current {
		err = s.db.Update(func(tx *bolt.Tx) error { return migrate(tx, s.persona, now) })
	}
	if err != nil {
		return err
	}
	return s.db.View(read)
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
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return f()
}

// view and update run one transaction.
func (s *Store) view(f func(tx *bolt.Tx) error) error {
	return contain(func() error { return s.db.View(f) })
}

func (s *Store) update(f func(tx *txn) error) error {
	return contain(func() error {
		err := s.db.Update(func(tx *bolt.Tx) error { return s.sealed(tx, f) })
		if err != nil || s.sequence == nil {
			return err
		}
		// The commit is made; a sequence file that lags behind does no harm.
		_ = s.sequence.write(s.birth.ID, s.commits.Load())
		return nil
	})
}

func idKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

func timeKey(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(t.UnixNano(), 0))) //nolint:gosec // not negative
}

func keyTime(b []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))) //nolint:gosec // written by timeKey
}
