package actions

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OpenFile opens a regular file of a folder for reading. Whatever path holds,
// nothing outside of the folder is opened, and no link on the way is followed,
// not even one that stays inside: what it leads to may change while the file is
// looked at. The folder itself may be a link: it is the operator's own.
func OpenFile(folder, path string) (*os.File, error) {
	if !filepath.IsLocal(path) {
		return nil, fmt.Errorf("%q is not in the folder", path)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	seen, err := lstat(root, path)
	if err != nil {
		return nil, err
	}
	file, err := root.Open(path)
	if err != nil {
		return nil, err
	}
	now, err := file.Stat()
	if err == nil && !os.SameFile(seen, now) {
		err = fmt.Errorf("%s was replaced while it was opened", path)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// lstat looks at each part of the path by itself: folders, then a file.
func lstat(root *os.Root, path string) (info os.FileInfo, err error) {
	parts := strings.Split(filepath.ToSlash(filepath.Clean(path)), "/")
	for i := range parts {
		name := filepath.Join(parts[:i+1]...)
		if info, err = root.Lstat(name); err != nil {
			return nil, err
		}
		switch last := i == len(parts)-1; {
		case info.Mode()&os.ModeSymlink != 0:
			return nil, fmt.Errorf("%s is a link: put the file itself there", name)
		case last && !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s is not a regular file", name)
		case !last && !info.IsDir():
			return nil, fmt.Errorf("%s is not a folder", name)
		}
	}
	return info, nil
}

// ListFiles names the regular files in a folder inside of another, sorted, of
// the first most entries that the disk has. A folder that is a link is not
// looked into.
func ListFiles(folder, inside string, most int) (names []string, err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	seen, err := root.Lstat(inside)
	if err != nil {
		return nil, err
	}
	if !seen.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", inside)
	}
	dir, err := root.Open(inside)
	if err != nil {
		return nil, err
	}
	defer dir.Close() //nolint:errcheck // it was only read
	entries, err := dir.ReadDir(most)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
