package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// A persona may live as a user of its own, and root do something for it by
// hand. What root makes then belongs to the owner of the journal, or else of the
// folder that it is in: else the next life could not use it. Only root can give
// anything away; for all others these do nothing.

// ownerOf is who is given what root makes for a journal; false: nobody.
func ownerOf(journal string) (uid, gid int, given bool, err error) {
	if os.Geteuid() != 0 {
		return 0, 0, false, nil
	}
	info, err := os.Lstat(journal)
	if errors.Is(err, os.ErrNotExist) {
		info, err = os.Stat(filepath.Dir(journal))
	}
	if err != nil {
		return 0, 0, false, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return 0, 0, false, nil
	}
	return int(owner.Uid), int(owner.Gid), true, nil
}

func giveFile(f *os.File, journal string) error {
	uid, gid, given, err := ownerOf(journal)
	if err != nil || !given {
		return err
	}
	if err := f.Chown(uid, gid); err != nil {
		return fmt.Errorf("give it to the owner of %s: %w", journal, err)
	}
	return nil
}

func giveFolder(dir, journal string) error {
	uid, gid, given, err := ownerOf(journal)
	if err != nil || !given {
		return err
	}
	if err := os.Lchown(dir, uid, gid); err != nil { // never what a link points to
		return fmt.Errorf("give it to the owner of %s: %w", journal, err)
	}
	return nil
}
