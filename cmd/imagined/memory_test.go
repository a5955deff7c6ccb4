package main_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"imagined/sandbox"
)

// TestF17_Memory lets the platform answer with 64 MiB of white space, again and
// again, while the program has 48 MiB to live in: it works on, and never takes
// more than 64 MiB.
func TestF17_Memory(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	h := newCrash(t)
	h.sandbox.SetFaults(sandbox.Fault{Op: "*", Kind: sandbox.Huge, Rate: 0.5})
	d := h.start([]string{"GOMEMLIMIT=48MiB"}, "--listen", "off")
	d.says(`"ran"`, 3)
	peak := peakMemory(t, d.cmd.Process.Pid)
	t.Logf("at most %d KiB were in memory", peak)
	if peak > 64<<10 {
		t.Errorf("%d KiB, want at most 64 MiB", peak)
	}
	if err := d.end(); err != nil {
		t.Error(err)
	}
}

// peakMemory is the most that a process has had in memory, in KiB.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this system does not tell")
	}
	for _, line := range strings.Split(string(status), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Skip("this system does not tell")
	return 0
}
