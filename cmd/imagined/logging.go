package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
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
// secret out, in each spelling that a text of others may bring it in, and what
// looks like a token of the platform. Log handlers write one line at a time.
type redactor struct {
	mu     sync.Mutex
	to     io.Writer
	hidden [][]byte
}

// tokenShape is what the platform's tokens look like; they change while the
// program runs.
var tokenShape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(iat|iar)_[A-Za-z0-9_-]{8,}`) })

// hide makes the redactor know a secret.
func (r *redactor) hide(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) < 6 {
			continue // too short to tell from ordinary text
		}
		back := []byte(s)
		slices.Reverse(back)
		for _, form := range []string{
			s, base64.StdEncoding.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
			hex.EncodeToString([]byte(s)), string(back), rot13(s), strings.Join(strings.Split(s, ""), " "),
		} {
			r.hidden = append(r.hidden, []byte(form))
		}
	}
}

func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}

func (r *redactor) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := line
	for _, s := range r.hidden {
		out = bytes.ReplaceAll(out, s, []byte("[secret]"))
	}
	if bytes.Contains(out, []byte("iat_")) || bytes.Contains(out, []byte("iar_")) {
		out = tokenShape().ReplaceAll(out, []byte("[secret]"))
	}
	if _, err := r.to.Write(out); err != nil {
		return 0, err
	}
	return len(line), nil
}
