//go:build !linux

package actions

import "time"

// BootClock returns nil: this system has no clock that counts from its start
// and that nobody can set.
func BootClock() func() (boot string, since time.Duration) { return nil }
