package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"imagined/console"
	"imagined/jobs"
)

// defaultListen is where /healthz is.
const defaultListen = "127.0.0.1:8787"

// listen serves the console until ctx is done. An address that is in use is an
// error only where the operator chose it.
func (h *household) listen(ctx context.Context, addr string) error {
	chosen := addr != ""
	if !chosen {
		addr = defaultListen
	}
	if addr == "off" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil && chosen {
		return usagef("--listen %s: %v: choose another address, or off", addr, err)
	}
	if err != nil {
		h.log.Warn("health is not served; --listen chooses another address", "err", err)
		return nil
	}
	hook := &console.Webhook{Receivers: h.receivers, Hint: h.hint, Now: time.Now, Log: h.log, TimestampHeader: h.headers[0], SignatureHeader: h.headers[1]}
	go hook.Run(ctx)
	server := &http.Server{
		Handler: console.Console{Health: h.health, Ready: h.ready, Webhook: hook}.Handler(), ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	h.log.Info("health is served", "url", fmt.Sprintf("http://%s/healthz", l.Addr()))
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nothing in it is worth waiting for
	go func() {
		if err := server.Serve(&crowd{Listener: l, seats: make(chan struct{}, maxConnections)}); err != nil && !errors.Is(err, http.ErrServerClosed) {
			h.log.Error("health is not served any more", "err", err)
		}
	}()
	return nil
}

// health is how each life is. One that has not begun yet is not healthy.
func (h *household) health() []jobs.Health {
	all := make([]jobs.Health, 0, len(h.lives))
	for _, l := range h.lives {
		day, end := l.day.Load(), l.ended.Load()
		switch {
		case end != nil:
			all = append(all, jobs.Health{Handle: l.handle, Why: "its life has ended: " + *end})
		case day != nil:
			all = append(all, day.Health())
		default:
			all = append(all, jobs.Health{Handle: l.handle, Why: "it has not reached the platform yet"})
		}
	}
	return all
}

func (h *household) ready() bool {
	for _, l := range h.lives {
		if l.day.Load() == nil {
			return false
		}
	}
	return true
}

// alive reports whether every loop turns.
func (h *household) alive() bool {
	for _, l := range h.lives {
		if j := l.day.Load(); j != nil && l.ended.Load() == nil && !j.Alive() {
			return false
		}
	}
	return true
}
