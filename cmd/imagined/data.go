package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagined/state"
)

// dataFlag is where a command finds the data folder.
type dataFlag struct {
	Data string `help:"Data folder (default: IMAGINED_DATA, STATE_DIRECTORY, XDG_STATE_HOME/imagined)." type:"path" placeholder:"DIR"`
}

// folder is the data folder, whether or not it exists.
func (d dataFlag) folder(p *program) (string, error) {
	for _, dir := range []string{d.Data, p.getenv("IMAGINED_DATA"), p.getenv("STATE_DIRECTORY")} {
		if dir != "" {
			return dir, nil
		}
	}
	if dir := p.getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "imagined"), nil
	}
	if home := p.getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "imagined"), nil
	}
	return "", usagef("no data folder: give --data DIR or set IMAGINED_DATA")
}

// journalPath is where the persona's file is.
func journalPath(data, handle string) string {
	return filepath.Join(data, "state", handle+".db")
}

// handles lists the personas that have a journal in the data folder.
func handles(data string) ([]string, error) {
	files, err := os.ReadDir(filepath.Join(data, "state"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".db"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// journals are the handles that a command is about: the named one, or all.
func (d dataFlag) journals(p *program, named string) (data string, names []string, err error) {
	if data, err = d.folder(p); err != nil {
		return "", nil, err
	}
	if names, err = handles(data); err != nil {
		return "", nil, err
	}
	named = strings.TrimPrefix(named, "@")
	switch {
	case len(names) == 0:
		return "", nil, fmt.Errorf("no journal in %s: nothing has lived there yet (a life in the sandbox is in its folder sandbox)", data)
	case named == "":
		return data, names, nil
	case !slices.Contains(names, named):
		return "", nil, fmt.Errorf("no journal of %q in %s; there are: %s", named, data, strings.Join(names, " "))
	}
	return data, []string{named}, nil
}

// eachJournal does something with every journal that is named. One that cannot be read
// keeps none of the others back.
func eachJournal(names []string, do func(i int, name string) error) error {
	var failed []error
	for i, name := range names {
		if err := do(i, name); err != nil {
			failed = append(failed, fmt.Errorf("journal of %s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

// openCopy opens a private copy of a persona's journal, so that looking never
// gets in the way of a running daemon. The caller calls done. Without a
// journal the copy is empty.
func openCopy(data, handle string) (store *state.Store, done func(), err error) {
	dir, remove, err := tempFolder(data)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, handle+".db")
	if err := state.Copy(journalPath(data, handle), path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		remove()
		return nil, nil, err
	}
	if store, err = state.OpenWith(path, handle, state.Options{Loose: true}); err != nil {
		remove()
		return nil, nil, err
	}
	return store, func() { _ = store.Close(); remove() }, nil
}

// tempFolder makes a private folder; the caller removes it. Where the system
// has no place for such, as in an empty container image, it is in the data
// folder.
func tempFolder(data string) (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "imagined-"); err != nil {
		if dir, err = os.MkdirTemp(data, ".copy-"); err != nil {
			return "", nil, err
		}
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // nothing of value is in it
}
