package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"

	"imagined/console"
)

// maxConnections is how many the console serves at once; others wait.
const maxConnections = 64

// receivers are the personas whose files have a webhook, with the secret that
// the platform gave out when it was registered.
func (h *household) receivers() (all []console.Receiver) {
	for _, l := range h.lives {
		if !l.hooked.Load() {
			continue
		}
		r := console.Receiver{Handle: l.handle}
		secret, err := os.ReadFile(keptPath(h.data, l.handle, "webhook"))
		switch text := strings.TrimSpace(string(secret)); {
		case err == nil && text != "":
			r.Secrets = []string{text}
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			continue // there is one, so nobody is believed without it
		}
		all = append(all, r)
	}
	return all
}

// hint makes a job of a persona due, once it lives.
func (h *household) hint(handle, job string) {
	for _, l := range h.lives {
		if day := l.day.Load(); l.handle == handle && day != nil {
			day.Hint(job)
		}
	}
}

// crowd is a listener that lets so many in at once.
type crowd struct {
	net.Listener
	seats chan struct{}
}

// Accept waits for a seat, and then for somebody to take it.
func (c *crowd) Accept() (net.Conn, error) {
	c.seats <- struct{}{}
	conn, err := c.Listener.Accept()
	if err != nil {
		<-c.seats
		return nil, err
	}
	return &seated{Conn: conn, leave: sync.OnceFunc(func() { <-c.seats })}, nil
}

type seated struct {
	net.Conn
	leave func()
}

// Close frees the seat.
func (s *seated) Close() error {
	defer s.leave()
	return s.Conn.Close()
}
