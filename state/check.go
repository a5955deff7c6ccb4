package state

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// Report is what Check found in a file.
type Report struct {
	Persona string         `json:"persona"`
	Format  uint64         `json:"format"`
	Bytes   int64          `json:"bytes"`
	Pages   int            `json:"pages"` // in use, of the pages in the file
	Free    int            `json:"free"`  // pages
	Records map[string]int `json:"records"`
	Faults  []string       `json:"faults,omitempty"` // the first few; empty when the file is sound
}

// maxFaults is how many faults a report lists.
const maxFaults = 10

// Check reads a whole journal file and holds it against its checksums and its
// seal. It is code of our own, which trusts no byte: bbolt answers a damaged
// file with panics, some of them where nobody can catch them, or with silence.
// The error says that the file could not be read at all; what is wrong in it is
// in the report.
//
// A file that a process is writing must be copied first; see Copy.
func Check(path string) (Report, error) {
	return inspectPages(path, checkBytes)
}

// walkable makes sure that bbolt's reader finds the end of what it reads: no
// page of the trees lies outside, or twice, or in a circle. It reads only the
// pages that lead to others, so that it takes a start next to no time; Check
// reads the records. Nobody may write the file meanwhile.
func walkable(path string) error {
	report, err := inspectPages(path, func(data []byte, report *Report) {
		c := &checker{data: data, report: report, shape: true}
		c.walk()
	})
	if err == nil && len(report.Faults) > 0 {
		err = fmt.Errorf("%w: %s", ErrDamaged, report.Faults[0])
	}
	return err
}

// inspectPages maps a file into memory for check.
func inspectPages(path string, check func(data []byte, report *Report)) (Report, error) {
	if there, err := os.Stat(path); err == nil && !there.Mode().IsRegular() {
		return Report{}, fmt.Errorf("check journal %s: it is no file (%s)", path, there.Mode().Type()) // opening a pipe would wait for ever
	}
	f, err := os.Open(path) //nolint:gosec // the caller's own
	if err != nil {
		return Report{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return Report{}, err
	}
	report := Report{Bytes: info.Size(), Records: make(map[string]int)}
	if info.Size() < 4*minPage {
		report.Faults = []string{fmt.Sprintf("it has only %d bytes", info.Size())}
		return report, nil
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return report, fmt.Errorf("check journal %s: %w", path, err)
	}
	defer unix.Munmap(data) //nolint:errcheck // nothing depends on it
	err = readable(func() { check(data, &report) })
	return report, err
}

// readable turns the fault of a file that shrinks or a disk that fails under
// the map into an error.
func readable(f func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file cannot be read: %v", p)
		}
	}()
	f()
	return nil
}

func checkBytes(data []byte, report *Report) {
	c := &checker{data: data, report: report, meta: make(map[string][]byte)}
	if !c.walk() {
		return
	}
	for name, b := range c.seal.Buckets {
		report.Records[name] = int(b.Records) //nolint:gosec // less than the bytes of the file
	}
	for _, used := range c.used {
		if used {
			report.Pages++
		}
	}
	if len(report.Faults) == 0 {
		c.judge()
	}
}

// judge holds what was read against the seal.
func (c *checker) judge() {
	if v := c.meta[string(keyVersion)]; len(v) == 8 {
		c.report.Format = binary.BigEndian.Uint64(v)
	}
	c.report.Persona = string(c.meta[string(keyPersona)])
	if c.commits <= 1 && len(c.meta) == 0 && len(c.seal.Buckets) == 0 {
		return // the process that made it ended before its first commit
	}
	if c.report.Format == 0 {
		c.fault("it does not say of which format it is")
		return
	}
	if c.report.Format < sealedFormat {
		return
	}
	payload, err := unframe(c.meta[string(keySeal)])
	var seal Seal
	if err == nil {
		err = json.Unmarshal(payload, &seal)
	}
	if err != nil {
		c.fault("its seal is damaged")
		return
	}
	if _, err := unframe(c.meta[string(keyBirth)]); err != nil {
		c.fault("its birth is damaged")
	}
	if diff := seal.differs(&c.seal); diff != "" {
		c.fault("%s", diff)
	}
}

// sealedFormat is the first format with a seal.
const sealedFormat = 2

// CheckOpen checks the journal while it is in use: by a process that writes now
// and then, which is noticed and waited out.
func CheckOpen(path string) (report Report, err error) {
	f, err := os.Open(path) //nolint:gosec // the caller's own
	if err != nil {
		return Report{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	for range copyTries {
		before, err := metaPages(f)
		if err != nil {
			return Report{}, err
		}
		if report, err = Check(path); err != nil {
			return report, err
		}
		after, err := metaPages(f)
		if err != nil || bytes.Equal(before, after) {
			return report, err
		}
	}
	return report, ErrBusy
}

// DamagedError says what is wrong with a journal, and what to do.
type DamagedError struct {
	Path   string
	Handle string
	Faults []string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("journal %s is damaged: %s: nothing is done with it; put the newest good snapshot in its place: imagined state restore %s", e.Path, e.Faults[0], e.Handle)
}

// Unwrap makes it ErrDamaged.
func (e *DamagedError) Unwrap() error { return ErrDamaged }

// Sound returns a *DamagedError when a journal that exists is not sound. The
// journal may be in use.
func Sound(path, handle string) error {
	report, err := CheckOpen(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case report.Bytes == 0: // never written, or emptied: the sequence file tells
		return nil
	case len(report.Faults) > 0:
		return &DamagedError{Path: path, Handle: handle, Faults: report.Faults}
	}
	return nil
}
