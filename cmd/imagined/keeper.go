package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var keptName = regexp.MustCompile(`^[a-z]+(/[A-Za-z0-9_-]+)*$`)

// keptPath is the file of a secret that an answer of the platform held.
func keptPath(data, handle, name string) string {
	return filepath.Join(data, "secrets", handle, strings.ReplaceAll(name, "/", "-"))
}

// keeper stores secrets that answers hold, each in a file that only its owner
// reads: what pays an order, where the payment account is finished.
func keeper(data, handle string) func(name, secret string) error {
	return func(name, secret string) error {
		if !keptName.MatchString(name) || len(name) > 200 {
			return fmt.Errorf("keep a secret of the platform: %.40q is no name for it", name)
		}
		path := keptPath(data, handle, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("keep %s: %w", name, err)
		}
		f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
		if err != nil {
			return fmt.Errorf("keep %s: %w", name, err)
		}
		if err := errors.Join(write(f, []byte(secret)), f.Sync(), f.Close(), os.Rename(f.Name(), path)); err != nil {
			return errors.Join(fmt.Errorf("keep %s: %w", name, err), os.Remove(f.Name()))
		}
		return nil
	}
}
