package persona

import (
	"fmt"
	"os"
)

// File is a persona's file, which may be edited while the persona lives.
type File struct {
	path   string
	handle string
	info   os.FileInfo // as it was when it was read last
	hash   string
	fault  error // of the file as it is
}

// WatchFile watches the file that a persona was loaded from.
func WatchFile(path string, p *Persona) *File {
	f := &File{path: path, handle: p.Handle, hash: p.Hash()}
	f.info, _ = os.Stat(path) // what cannot be looked at has changed
	return f
}

// Changed returns the persona of an edited file, once; nil when nothing that
// matters has changed. The error of a file that is wrong, gone, or another
// persona's is returned every time, until it is mended.
func (f *File) Changed() (*Persona, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	if f.info != nil && os.SameFile(info, f.info) && info.Size() == f.info.Size() && info.ModTime().Equal(f.info.ModTime()) {
		return nil, f.fault
	}
	f.info = info
	p, err := Load(f.path)
	if err == nil && p.Handle != f.handle {
		err = fmt.Errorf("%s: the handle was %s and is %s now: a persona keeps its handle; give the other one a file of its own", f.path, f.handle, p.Handle)
	}
	if f.fault = err; err != nil || p.Hash() == f.hash {
		return nil, err
	}
	f.hash = p.Hash()
	return p, nil
}
