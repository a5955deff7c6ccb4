package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// newLogger writes for people or for machines. An empty format means text on
// a terminal and JSON elsewhere.
func newLogger(w io.Writer, format string, level slog.Level, secrets *redactor) *slog.Logger {
	terminal := isTerminal(w)
	if format == "" && !terminal {
		format = "json"
	}
	secrets.to = w
	if format == "json" {
		return slog.New(slog.NewJSONHandler(secrets, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(secrets, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !terminal}))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor
}

// redactor is the last gate before a log line leaves: it takes every known
// secret out, also in base64. Log handlers write one line at a time.
type redactor struct {
	mu     sync.Mutex
	to     io.Writer
	hidden [][]byte
}

// hide makes the redactor know a secret.
func (r *redactor) hide(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) < 6 {
			continue // too short to tell from ordinary text
		}
		r.hidden = append(r.hidden, []byte(s), []byte(base64.StdEncoding.EncodeToString([]byte(s))))
	}
}

func (r *redactor) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := line
	for _, s := range r.hidden {
		out = bytes.ReplaceAll(out, s, []byte("[secret]"))
	}
	if _, err := r.to.Write(out); err != nil {
		return 0, err
	}
	return len(line), nil
}
