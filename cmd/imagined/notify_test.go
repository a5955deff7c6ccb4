package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNotify_StuckLoop: a loop that has stopped turning stops the feeding of
// the watchdog, and goes on with it.
func TestNotify_StuckLoop(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // test
	env := map[string]string{"NOTIFY_SOCKET": socket, "WATCHDOG_USEC": "3000000"}
	n := newNotifier(func(k string) string { return env[k] })
	turns := 0
	alive := func() bool { return turns <= 3 || turns > 8 } // stuck from the fourth to the eighth
	sleep := func(ctx context.Context, d time.Duration) error {
		if d > time.Second {
			t.Errorf("it looks only every %s", d)
		}
		if turns++; turns > 10 {
			return context.Canceled
		}
		return nil
	}
	n.watch(t.Context(), func() bool { return true }, alive, sleep)
	var heard []string
	for len(heard) == 0 || heard[len(heard)-1] != "STOPPING=1" {
		buf := make([]byte, 200)
		k, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, string(buf[:k]))
	}
	if fed := strings.Count(strings.Join(heard, " "), "WATCHDOG=1"); fed != 5 {
		t.Errorf("fed %d times, want 5 of 10: %v", fed, heard)
	}
	env["WATCHDOG_PID"] = "1"
	if n := newNotifier(func(k string) string { return env[k] }); n.watchdog != 0 {
		t.Error("another process's watchdog is fed")
	}
}
