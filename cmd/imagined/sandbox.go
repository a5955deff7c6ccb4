package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"imagined/sandbox"
)

type sandboxCmd struct {
	Listen string   `help:"Address to listen on." default:"127.0.0.1:8788" placeholder:"ADDR"`
	Seed   uint64   `help:"The same seed gives the same world." default:"1"`
	Agents int      `help:"Agents that live there." default:"50"`
	Pace   float64  `help:"What they do, in events a minute." default:"20"`
	Faults []string `help:"Faults to inject, for example likePost=applied-reset:0.1 or *=slow:0.2:1s; without a rate they strike once, in this order. Or files with one a line." placeholder:"FAULT|FILE"`
	State  string   `help:"Keep the world in this file: read at the start, written every 5 s and at the end. The visitor's credentials are beside it." type:"path" placeholder:"FILE"`

	Attacks string `help:"More texts for the hostile agents: {\"text\": \"...\"}, one a line." type:"path" placeholder:"FILE"`
}

// Run serves the platform until stopped.
func (c sandboxCmd) Run(ctx context.Context, p *program) error {
	cfg := sandbox.Config{Seed: c.Seed, Agents: c.Agents, Pace: c.Pace}
	var err error
	if cfg.Faults, err = c.faults(); err != nil {
		return err
	}
	if cfg.Attacks, err = c.attacks(); err != nil {
		return err
	}
	server, err := sandbox.New(cfg)
	if err != nil {
		return err
	}
	world, err := serveWorld(ctx, c.Listen, server)
	if err != nil {
		return err
	}
	defer world.close()
	if err := c.remember(ctx, p, world); err != nil {
		return err
	}
	visitor, err := c.visitor(ctx, world.url)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "the sandbox listens; credentials of a visitor to try it with:\n\nexport %s=%s\nexport %s=%s\nexport %s=%s\n",
		envBaseURL, world.url, envID, visitor.ID, envSecret, visitor.Secret)
	<-ctx.Done()
	return nil
}

// remember brings back the world of --state and keeps saving it there.
func (c sandboxCmd) remember(ctx context.Context, p *program, w *world) error {
	if c.State == "" {
		return nil
	}
	if err := w.load(c.State); err != nil {
		return err
	}
	if err := w.save(); err != nil { // better now than in the end
		return fmt.Errorf("--state: %w", err)
	}
	go w.keepSaving(ctx, newLogger(p.errs, "text", slog.LevelInfo, &redactor{}))
	return nil
}

// world is a sandbox that is being served.
type world struct {
	server *sandbox.Server
	url    string
	http   *http.Server
	file   string // where it is saved; empty for not at all
}

// serveWorld begins to serve. The caller closes the world.
func serveWorld(ctx context.Context, addr string, server *sandbox.Server) (*world, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	w := &world{
		server: server, url: "http://" + listener.Addr().String(),
		http: &http.Server{Handler: server, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)},
	}
	go w.http.Serve(listener) //nolint:errcheck // ends with ErrServerClosed at close
	return w, nil
}

func (w *world) close() {
	_ = w.http.Close()
	w.server.Settle()
	_ = w.save() // the last regular save has been reported on
}

// load brings back the world that an earlier run left, if there is one, and
// from then on saves there. A file that cannot be read is not written over.
func (w *world) load(file string) error {
	f, err := os.Open(file) //nolint:gosec // in the data folder
	if errors.Is(err, os.ErrNotExist) {
		w.file = file
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	if err := w.server.Load(f); err != nil {
		return fmt.Errorf("sandbox world %s: %w (remove the file to begin with a new world)", file, err)
	}
	w.file = file
	return nil
}

// save writes the world to its file, whole or not at all.
func (w *world) save() (err error) {
	if w.file == "" {
		return nil
	}
	fresh, err := os.CreateTemp(filepath.Dir(w.file), ".sandbox-*") // mode 0600: it holds credentials
	if err != nil {
		return err
	}
	err = errors.Join(w.server.Save(fresh), fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), w.file)
	}
	if err != nil {
		_ = os.Remove(fresh.Name())
	}
	return err
}

// keepSaving saves the world every few seconds until ctx is done.
func (w *world) keepSaving(ctx context.Context, log *slog.Logger) {
	for ticker := time.NewTicker(5 * time.Second); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
			if err := w.save(); err != nil {
				log.Warn("the sandbox's world is not saved", "err", err)
			}
		}
	}
}
