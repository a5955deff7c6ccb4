package apiclient_test

import (
	"context"
	"slices"
	"sync"
	"time"
)

// town is a clock for several workers who live at once. It stands still while
// one of them is busy; when all sleep it goes on to when the first wakes. So
// what they do in an hour does not depend on how fast the machine is.
type town struct {
	mu       sync.Mutex
	now      time.Time
	busy     int // workers who are not asleep
	sleepers []sleeper
	held     []chan struct{}
}

type sleeper struct {
	until time.Time
	wake  chan struct{}
}

// Now tells the time.
func (c *town) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep is for workers only.
func (c *town) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	s := sleeper{c.now.Add(d), make(chan struct{})}
	c.sleepers = append(c.sleepers, s)
	c.busy--
	c.turn()
	c.mu.Unlock()
	select {
	case <-s.wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gather holds a worker until no other can go on, and then lets all go on that
// it holds.
func (c *town) gather() {
	wake := make(chan struct{})
	c.mu.Lock()
	c.held = append(c.held, wake)
	c.busy--
	c.turn()
	c.mu.Unlock()
	<-wake
}

// work runs all of these at once, and returns when the last is done.
func (c *town) work(workers ...func()) {
	c.mu.Lock()
	c.busy += len(workers)
	c.mu.Unlock()
	var all sync.WaitGroup
	for _, worker := range workers {
		all.Go(func() {
			worker()
			c.mu.Lock()
			defer c.mu.Unlock()
			c.busy--
			c.turn()
		})
	}
	all.Wait()
}

// turn wakes whoever is held or else first, when all are asleep. The caller
// holds the lock.
func (c *town) turn() {
	if c.busy > 0 {
		return
	}
	if len(c.held) > 0 {
		for _, wake := range c.held {
			close(wake)
		}
		c.busy, c.held = len(c.held), nil
		return
	}
	if len(c.sleepers) == 0 {
		return
	}
	first := slices.MinFunc(c.sleepers, func(a, b sleeper) int { return a.until.Compare(b.until) })
	if first.until.After(c.now) {
		c.now = first.until
	}
	c.sleepers = slices.DeleteFunc(c.sleepers, func(s sleeper) bool {
		if s.until.After(c.now) {
			return false
		}
		c.busy++
		close(s.wake)
		return true
	})
}
