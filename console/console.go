// Package console shows over HTTP how the personas of a process are, and lets
// the platform say that there is something for them to see.
package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"imagined/jobs"
)

// Console answers /healthz and /readyz, and /webhook where there is one. All may
// be asked by anybody who can reach the address: they hold no secret.
type Console struct {
	// Health is how each persona is; it is called for every request.
	Health func() []jobs.Health
	// Ready reports whether all personas have begun to live. It stays true.
	Ready func() bool
	// Webhook receives the platform's events; nil: there is no /webhook.
	Webhook http.Handler
}

// Handler serves the console.
func (c Console) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", c.healthz)
	mux.HandleFunc("GET /readyz", c.readyz)
	if c.Webhook != nil {
		mux.Handle("POST /webhook", c.Webhook)
	}
	return mux
}

// status is the answer of /healthz.
type status struct {
	Healthy  bool          `json:"healthy"`
	Personas []jobs.Health `json:"personas"`
}

// healthz is 200 while every persona is healthy, else 503. The body is JSON,
// or one line a persona where text is asked for.
func (c Console) healthz(w http.ResponseWriter, r *http.Request) {
	all := status{Healthy: true, Personas: c.Health()}
	var lines strings.Builder
	for _, h := range all.Personas {
		word := "healthy"
		if !h.Healthy {
			word, all.Healthy = h.Why, false
		}
		_, _ = fmt.Fprintf(&lines, "@%s: %s\n", h.Handle, word)
	}
	code := http.StatusOK
	if !all.Healthy {
		code = http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Query().Has("text") || strings.HasPrefix(r.Header.Get("Accept"), "text/plain") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = fmt.Fprint(w, lines.String()) // the reader may be gone
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(all) // the reader may be gone
}

func (c Console) readyz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !c.Ready() {
		http.Error(w, "not yet: a persona has not reached the platform", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ready") // the reader may be gone
}
