package persona

import (
	"bytes"
	"fmt"
)

// File is a persona's file, which may be edited while the persona lives.
type File struct {
	path, handle string
	text         []byte // as it was when it was read last
	hash         string
	fault        error // of the file as it is
}

// WatchFile watches the file that a persona was loaded from. The first look
// reads it again: it may have been edited since.
func WatchFile(path string, p *Persona) *File {
	return &File{path: path, handle: p.Handle, hash: p.Hash()}
}

// Changed returns the persona of an edited file, once; nil when nothing that
// matters has changed. The error of a file that is wrong, gone, or another
// persona's is returned every time, until it is mended.
//
// It goes by what is in the file, not by its time: two edits can have the same.
func (f *File) Changed() (*Persona, error) {
	text, err := read(f.path)
	if err != nil {
		f.text = nil
		return nil, err
	}
	if f.text != nil && bytes.Equal(text, f.text) {
		return nil, f.fault
	}
	f.text = text
	p, err := Parse(f.path, text)
	if err == nil && p.Handle != f.handle {
		err = fmt.Errorf("%s: the handle was %s and is %s now: a persona keeps its handle; give the other one a file of its own", f.path, f.handle, p.Handle)
	}
	if f.fault = err; err != nil || p.Hash() == f.hash {
		return nil, err
	}
	f.hash = p.Hash()
	return p, nil
}
