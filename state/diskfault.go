package state

import (
	"errors"
	"strings"
	"syscall"
)

// DiskFault says what is wrong with the disk when an error is one that may
// pass: a disk that is full today has room tomorrow.
func DiskFault(err error) (reason string, ok bool) {
	if err == nil {
		return "", false
	}
	text := err.Error()
	for _, fault := range []struct {
		errno  syscall.Errno
		reason string
	}{
		{syscall.ENOSPC, "the disk is full"},
		{syscall.EDQUOT, "the disk quota is used up"},
		{syscall.EFBIG, "the file may not grow (limit of the process or the file system)"},
		{syscall.EROFS, "the disk is read-only"},
		{syscall.EIO, "the disk does not read or write"},
		{syscall.ENOMEM, "the machine is out of memory"},
	} {
		// Of a file that cannot grow bbolt hands on nothing but the text.
		if errors.Is(err, fault.errno) || strings.Contains(text, "file resize error") && strings.HasSuffix(text, fault.errno.Error()) {
			return fault.reason, true
		}
	}
	return "", false
}

// probeBytes is more than any one commit of a persona writes.
const probeBytes = 256 << 10

// Probe returns nil when the journal has room for what comes next. The pages
// that it tries stay part of the file, free for that.
func (s *Store) Probe() error {
	const cursor = "probe"
	if err := s.SetCursor(cursor, strings.Repeat("-", probeBytes)); err != nil {
		return err
	}
	return s.update(func(tx *txn) error { return tx.del(bucketCursors, []byte(cursor)) })
}
