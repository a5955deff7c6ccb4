package state

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Found is what Open found, compared with what the sequence file knew.
type Found string

// What a journal may turn out to be.
const (
	FoundAsLeft     Found = "as it was left"
	FoundNew        Found = "new"
	FoundOlder      Found = "an older copy of itself"
	FoundOther      Found = "another journal than before"
	FoundUnwatched  Found = "without its sequence file" // restored or copied by hand
	cautionDuration       = 24 * time.Hour
)

// Found tells what Open found. All but as left and new have made the persona
// cautious.
func (s *Store) Found() Found { return s.found }

// follow compares the journal with its sequence file and goes on with both.
func (s *Store) follow(path string, now time.Time) error {
	sequence, id, commits, err := openSequence(path)
	if err != nil {
		return err
	}
	s.sequence = sequence
	fresh := s.commits.Load() == 1
	switch {
	case id == "" && fresh:
		s.found = FoundNew
	case id == "":
		s.found = FoundUnwatched
	case id != s.birth.ID:
		s.found = FoundOther
	case s.commits.Load() < commits:
		s.found = FoundOlder
	default:
		s.found = FoundAsLeft
	}
	switch s.found {
	case FoundAsLeft, FoundNew:
	default:
		// Written before the sequence file, which would forget what it knew.
		if err := s.goOn(Caution{Why: "the journal is " + string(s.found), Since: now, Until: now.Add(cautionDuration)}); err != nil {
			return err
		}
		if err := sequence.forget(); err != nil {
			return err
		}
	}
	return s.sequence.write(s.birth.ID, s.commits.Load())
}

// goOn makes the persona cautious and gives the journal a new name: from here on
// it is another one than all copies of it, also those that count more commits.
func (s *Store) goOn(c Caution) error {
	renamed := birth{ID: rand.Text(), At: s.birth.At}
	payload, err := json.Marshal(renamed)
	if err != nil {
		return err
	}
	err = s.update(func(tx *txn) error {
		return errors.Join(tx.put(bucketStanding, []byte(keyCaution), c), tx.Bucket(bucketMeta).Put(keyBirth, frame(payload)))
	})
	if err == nil {
		s.birth = renamed
	}
	return err
}

// inspect refuses what is no journal of this user, before anything opens it. A
// journal that others may read is made private.
func inspect(path string) error {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return fmt.Errorf("journal %s is a folder: move it away, or give --data another folder", path)
	case mode&fs.ModeSymlink != 0:
		return fmt.Errorf("journal %s is a link: put the file itself there, or point --data to where it is", path)
	case !mode.IsRegular():
		return fmt.Errorf("journal %s is no file (%s): move it away", path, mode.Type())
	}
	switch err := unix.Access(path, unix.R_OK|unix.W_OK); {
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("journal %s cannot be written: the disk is read-only (%w): mount it so that it can be written", path, err)
	case err != nil:
		return fmt.Errorf("journal %s cannot be written by this user: %w: change its owner, or the user that runs this", path, err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("journal %s can be read by other users: %w: change its owner, or the user that runs this", path, err)
	}
	return nil
}
