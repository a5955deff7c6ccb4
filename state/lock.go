package state

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// LockedError says that another process has the file open.
type LockedError struct {
	Path   string
	Holder string // "process 4711 (imagined run)", or "another process" where that cannot be seen
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("journal %s is in use by %s: stop it first, or give this one its own --data", e.Path, e.Holder)
}

// InUse reports whether a process has the journal open, and names it.
func InUse(path string) (process string, used bool) {
	f, err := os.Open(path) //nolint:gosec // the caller's own
	if err != nil {
		return "", false
	}
	defer f.Close() //nolint:errcheck // read only; it also gives the lock back
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return "", false
	}
	return holder(path), true
}

// holder names the process that holds the lock on path. The kernel lists
// locks by inode in /proc/locks; other systems and other containers' processes
// cannot be named.
func holder(path string) string {
	const unnamed = "another process"
	info, err := os.Stat(path)
	if err != nil {
		return unnamed
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return unnamed
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return unnamed
	}
	defer locks.Close() //nolint:errcheck // read only
	inode := ":" + strconv.FormatUint(stat.Ino, 10)
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		// 1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[1] != "FLOCK" || !strings.HasSuffix(f[5], inode) {
			continue
		}
		if pid, err := strconv.Atoi(f[4]); err == nil && pid > 0 {
			return "process " + f[4] + commandOf(pid)
		}
	}
	return unnamed
}

// commandOf returns the name of the program and its first argument, never
// more: arguments can be long, and others' arguments are not ours to print.
func commandOf(pid int) string {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	name := args[0][strings.LastIndexByte(args[0], '/')+1:]
	if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		name += " " + args[1]
	}
	return fmt.Sprintf(" (%.40q)", name)
}
