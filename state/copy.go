package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrBusy says that the file changed during every attempt to copy it.
var ErrBusy = errors.New("the journal is being written without a pause: try again")

const copyTries = 20

// Copy copies a journal to dst, also while another process has it open, so
// that commands which only look never stand in the daemon's way.
//
// bbolt never changes a page that the last commit can reach; it writes new
// pages and then one of the two meta pages at the front. A copy is therefore
// whole when the meta pages are the same before and after it.
func Copy(src, dst string) error {
	in, err := os.Open(src) //nolint:gosec // the caller's own data folder
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	for range copyTries {
		before, err := metaPages(in)
		if err != nil {
			return fmt.Errorf("copy journal: %w", err)
		}
		if err := copyTo(dst, in); err != nil {
			return fmt.Errorf("copy journal: %w", err)
		}
		after, err := metaPages(in)
		if err != nil {
			return fmt.Errorf("copy journal: %w", err)
		}
		if bytes.Equal(before, after) {
			return nil
		}
	}
	return ErrBusy
}

// metaPages reads the two meta pages; bbolt's page size is the machine's.
func metaPages(f *os.File) ([]byte, error) {
	pages := make([]byte, 2*os.Getpagesize())
	n, err := f.ReadAt(pages, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return pages[:n], err
}

func copyTo(dst string, in *os.File) error {
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the caller's
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.NewSectionReader(in, 0, 1<<62))
	return errors.Join(err, out.Close())
}
