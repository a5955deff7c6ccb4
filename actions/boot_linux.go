package actions

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// BootClock returns a clock that counts from the start of the machine, also
// while it sleeps, and that nobody can set; beside the time it names the boot.
// nil where the system has none.
func BootClock() func() (boot string, since time.Duration) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil
	}
	boot := strings.TrimSpace(string(id))
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return nil
	}
	return func() (string, time.Duration) {
		_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) // it did not fail before
		return boot, time.Duration(now.Nano())
	}
}
