package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// notifier tells systemd how the service is, by datagrams to the socket that
// it names in NOTIFY_SOCKET. Without one it does nothing.
type notifier struct {
	socket   string
	watchdog time.Duration // how long systemd waits for a sign of life; 0: it does not
}

func newNotifier(getenv func(string) string) notifier {
	n := notifier{socket: getenv("NOTIFY_SOCKET")}
	if strings.HasPrefix(n.socket, "@") { // an abstract address
		n.socket = "\x00" + n.socket[1:]
	}
	usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	pid := getenv("WATCHDOG_PID")
	if err == nil && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		n.watchdog = time.Duration(usec) * time.Microsecond
	}
	return n
}

func (n notifier) send(state string) {
	if n.socket == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return // systemd notices silence by itself
	}
	_, _ = c.Write([]byte(state))
	_ = c.Close()
}

// watch says that the service has started, and then feeds the watchdog as long
// as alive is true: a loop that is stuck stops the feeding, and systemd starts
// the service again. A platform that cannot be reached is no reason not to have
// started: the status says so.
func (n notifier) watch(ctx context.Context, ready, alive func() bool, sleep func(context.Context, time.Duration) error) {
	if n.socket == "" {
		return
	}
	every := time.Second
	if n.watchdog > 0 {
		every = min(every, n.watchdog/3)
	}
	n.send("READY=1\nSTATUS=looking for the platform")
	said := false
	for sleep(ctx, every) == nil {
		if !said && ready() {
			n.send("STATUS=alive")
			said = true
		}
		if n.watchdog > 0 && alive() {
			n.send("WATCHDOG=1")
		}
	}
	n.send("STOPPING=1")
}
