package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// snapshotTime is the part of a snapshot's name that sorts by age.
const snapshotTime = "20060102T150405Z"

// Snapshot is a copy of a journal that was found sound when it was made.
type Snapshot struct {
	Path  string
	At    time.Time
	Bytes int64
}

// Snapshot copies the journal into dir while it is in use, checks the copy, and
// removes the oldest copies of this persona beyond keep. A copy that cannot be
// finished leaves nothing behind.
func (s *Store) Snapshot(dir string, keep int, now time.Time) (Snapshot, error) {
	shot := Snapshot{Path: filepath.Join(dir, s.persona+"-"+now.UTC().Format(snapshotTime)+".db"), At: now}
	err := makeFolder(dir)
	// A process that was killed over a snapshot left what it had of it.
	halves, _ := filepath.Glob(filepath.Join(dir, "."+s.persona+"-*.db.*"))
	for _, half := range halves {
		_ = os.Remove(half) // it will be tried again
	}
	if err == nil {
		err = replace(shot.Path, func(f *os.File) error {
			return contain(func() error {
				return s.db.View(func(tx *bolt.Tx) error {
					n, err := tx.WriteTo(f)
					shot.Bytes = n
					return err
				})
			})
		})
	}
	if err != nil {
		return shot, fmt.Errorf("snapshot: %w", err)
	}
	all, err := Snapshots(dir, s.persona)
	for _, old := range surplus(all, keep, now) {
		err = errors.Join(err, os.Remove(old.Path))
	}
	return shot, err
}

// surplus is what of all snapshots goes so that keep are left: the oldest.
func surplus(all []Snapshot, keep int, now time.Time) []Snapshot {
	return ByAge(all, now)[:max(0, len(all)-max(keep, 1))]
}

// ByAge sorts snapshots, oldest first. Those that a clock which was ahead has
// dated may be of any age, and count as the oldest.
func ByAge(all []Snapshot, now time.Time) []Snapshot {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Snapshot) int {
		switch aheadA, aheadB := a.At.After(now), b.At.After(now); {
		case aheadA && !aheadB:
			return -1
		case aheadB && !aheadA:
			return 1
		}
		return a.At.Compare(b.At)
	})
	return all
}

// Snapshots lists the snapshots of a persona in dir, oldest first.
func Snapshots(dir, persona string) (all []Snapshot, err error) {
	files, err := os.ReadDir(dir) // sorted by name
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		text, ours := strings.CutPrefix(f.Name(), persona+"-")
		at, parseErr := time.Parse(snapshotTime+".db", text)
		info, infoErr := f.Info()
		if ours && parseErr == nil && infoErr == nil {
			all = append(all, Snapshot{Path: filepath.Join(dir, f.Name()), At: at, Bytes: info.Size()})
		}
	}
	return all, err
}

// replace writes a journal file beside path, checks it, and puts it in the
// place of path in one step. Until then, and when anything fails, path stays as
// it was.
func replace(path string, write func(f *os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // after the rename it is not there
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	report, err := Check(f.Name())
	if err != nil {
		return err
	}
	if len(report.Faults) > 0 {
		return fmt.Errorf("the copy is damaged: %s: %w", report.Faults[0], ErrDamaged)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// replaceJournal is replace for a journal that somebody else may live on.
func replaceJournal(path string, write func(f *os.File) error) error {
	return replace(path, func(f *os.File) error {
		if err := giveFile(f, path); err != nil {
			return err
		}
		return write(f)
	})
}

// syncFolder makes a rename durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the caller's own
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Backup copies a journal to dst, also while another process has it open, and
// checks the copy. A file that is there already is replaced.
func Backup(journal, dst string) error {
	scratch, err := os.MkdirTemp(filepath.Dir(dst), ".backup-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // nothing of value is in it
	whole := filepath.Join(scratch, "journal.db")
	if err := Copy(journal, whole); err != nil {
		return err
	}
	return replace(dst, func(f *os.File) error { return pour(f, whole) })
}

// Restore puts a copy in the place of a persona's journal, which no process may
// hold. The present one is kept aside, under the name that is returned. The
// sequence file stays: by it the next Open knows that the journal is older, and
// makes the persona cautious.
func Restore(journal, persona, source string, now time.Time) (aside string, err error) {
	report, err := Check(source)
	switch {
	case err != nil:
		return "", fmt.Errorf("restore: %w", err)
	case len(report.Faults) > 0:
		return "", fmt.Errorf("restore: %s is damaged, too: %s: name another snapshot", source, report.Faults[0])
	case report.Persona != persona:
		return "", fmt.Errorf("restore: %s is the journal of %s, not of %s", source, report.Persona, persona)
	}
	if err := makeFolder(filepath.Dir(journal)); err != nil {
		return "", err
	}
	release, err := seize(journal)
	if err != nil {
		return "", err
	}
	defer release()
	if _, err := os.Lstat(journal); err == nil {
		aside = journal + ".before-restore-" + now.UTC().Format(snapshotTime)
		if err := os.Link(journal, aside); err != nil { // a link: the journal is never away
			return "", fmt.Errorf("restore: keep the present journal: %w", err)
		}
	}
	if err := replaceJournal(journal, func(f *os.File) error { return pour(f, source) }); err != nil {
		return aside, fmt.Errorf("restore: %w", err)
	}
	return aside, nil
}

// Compact writes a journal anew without its free pages. No process may hold it.
func Compact(journal, persona string) (before, after int64, err error) {
	if err := Sound(journal, persona); err != nil {
		return 0, 0, err
	}
	s, err := OpenWith(journal, persona, Options{Loose: true}) // holds the lock until the new file is in place
	if err != nil {
		return 0, 0, err
	}
	defer s.Close() //nolint:errcheck // it was not changed
	was, err := os.Stat(journal)
	if err != nil {
		return 0, 0, err
	}
	err = replaceJournal(journal, func(f *os.File) error {
		dst, err := bolt.Open(f.Name(), 0o600, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType})
		if err != nil {
			return err
		}
		dst.AllocSize = allocSize
		return errors.Join(contain(func() error { return bolt.Compact(dst, s.db, 1<<20) }), dst.Close())
	})
	if err != nil {
		return 0, 0, fmt.Errorf("compact: %w", err)
	}
	info, err := os.Stat(journal)
	if err != nil {
		return 0, 0, err
	}
	return was.Size(), info.Size(), nil
}

// seize makes sure that no process holds the journal, and that none takes it
// until release is called.
func seize(journal string) (release func(), err error) {
	f, err := os.OpenFile(journal, os.O_RDWR, 0) //nolint:gosec // the caller's own
	if errors.Is(err, os.ErrNotExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, &LockedError{Path: journal, Holder: holder(journal)}
	}
	return func() { _ = f.Close() }, nil
}

func pour(f *os.File, source string) error {
	in, err := os.Open(source) //nolint:gosec // the caller's own
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	_, err = io.Copy(f, in)
	return err
}
