package console

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"imagined/jobs"
)

const (
	maxHook      = 64 << 10        // bytes of a delivery
	maxQueue     = 100             // deliveries that wait to be looked at; what comes on top is lost
	hookSkew     = 5 * time.Minute // between the time of a signature and ours
	hooksAMinute = 60              // of one source
	maxSources   = 1024            // that are counted at once; more than those wait
	maxReplays   = 2048            // deliveries that are known again, for as long as their time is right
)

// Receiver names somebody who has events sent to this program.
type Receiver struct {
	Handle  string
	Secrets []string // one of them signs the deliveries; none: nobody can tell who sent one
}

// Webhook receives the platform's deliveries at POST /webhook. Nothing in one is
// believed or kept: it is a hint to look, which costs a read. The platform
// documents neither form nor signature, so this is an assumption: JSON with a
// type, in one header the time in Unix seconds, and in another "sha256=" and the
// hex HMAC-SHA256 of that time, a full stop and the body.
//
// An answer is given before anything is looked at: 202, whoever asks, so that
// nobody learns which signature is right.
type Webhook struct {
	// Receivers are asked for with every delivery; without any there is no page.
	Receivers func() []Receiver
	// Hint makes a job of a receiver due. It must return at once.
	Hint func(handle, job string)
	Now  func() time.Time
	Log  *slog.Logger // debug: one line for a delivery that leads to nothing, without anything of it; may be nil

	TimestampHeader string // default X-ImagineAnything-Timestamp
	SignatureHeader string // default X-ImagineAnything-Signature

	once    sync.Once
	queue   chan delivery
	mu      sync.Mutex
	sources map[string]window
	replays []replay // oldest first; of Run only
}

// window counts what a source sent in a minute.
type window struct {
	began time.Time
	n     int
}

// replay is a delivery that was taken, by its signature.
type replay struct {
	mac string
	at  time.Time
}

type delivery struct {
	timestamp, signature string
	body                 []byte
}

func (h *Webhook) init() {
	h.once.Do(func() {
		h.queue, h.sources = make(chan delivery, maxQueue), make(map[string]window)
		h.TimestampHeader = cmp.Or(h.TimestampHeader, "X-ImagineAnything-Timestamp")
		h.SignatureHeader = cmp.Or(h.SignatureHeader, "X-ImagineAnything-Signature")
	})
}

// ServeHTTP takes a delivery and answers.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.init()
	w.Header().Set("Cache-Control", "no-store")
	if !h.admits(source(r.RemoteAddr), h.Now()) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many", http.StatusTooManyRequests)
		return
	}
	if len(h.Receivers()) == 0 {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "it breaks off", http.StatusBadRequest)
		return
	}
	select {
	case h.queue <- delivery{r.Header.Get(h.TimestampHeader), r.Header.Get(h.SignatureHeader), body}:
		w.WriteHeader(http.StatusAccepted)
	default:
		http.Error(w, "too many", http.StatusServiceUnavailable)
	}
}

// source is what a sender is counted by: its address, and of an IPv6 address
// the network, of which one sender has all.
func source(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "?"
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		network, _ := addr.Prefix(64) // an IPv6 address has one
		return network.String()
	}
	return addr.String()
}

// admits counts a request of a source.
func (h *Webhook) admits(from string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	count, known := h.sources[from]
	if !known && len(h.sources) >= maxSources {
		for other, w := range h.sources {
			if now.Sub(w.began).Abs() >= time.Minute {
				delete(h.sources, other)
			}
		}
		if len(h.sources) >= maxSources {
			return false
		}
	}
	if now.Sub(count.began).Abs() >= time.Minute {
		count = window{began: now}
	}
	count.n++
	h.sources[from] = count
	return count.n <= hooksAMinute
}

// Run looks at the deliveries until ctx is done.
func (h *Webhook) Run(ctx context.Context) {
	h.init()
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-h.queue:
			h.look(d)
		}
	}
}

// look finds out whom a delivery is for: one that is signed for whoever has the
// secret, and any for those who have none. What is forged leads to nothing where
// there is a secret, and where there is none to a read.
func (h *Webhook) look(d delivery) {
	due, hinted := d.jobs(), false
	for _, r := range h.Receivers() {
		if len(r.Secrets) > 0 && !h.signed(d, r.Secrets) {
			continue
		}
		hinted = true
		for _, job := range due {
			h.Hint(r.Handle, job)
		}
	}
	if !hinted && h.Log != nil {
		h.Log.Debug("a delivery to /webhook led to nothing: it is not signed, not of this time, or came before")
	}
}

// signed reports whether one of the secrets signed a delivery, lately and for
// the first time.
func (h *Webhook) signed(d delivery, secrets []string) bool {
	now := h.Now()
	at, err := strconv.ParseInt(d.timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > hookSkew {
		return false
	}
	mac, err := hex.DecodeString(strings.TrimPrefix(d.signature, "sha256="))
	if err != nil {
		return false
	}
	for _, secret := range secrets {
		want := hmac.New(sha256.New, []byte(secret))
		want.Write([]byte(d.timestamp + "."))
		want.Write(d.body)
		if secret != "" && hmac.Equal(mac, want.Sum(nil)) {
			return h.first(string(mac), now)
		}
	}
	return false
}

// first reports whether a delivery has not been taken before.
func (h *Webhook) first(mac string, now time.Time) bool {
	h.replays = slices.DeleteFunc(h.replays, func(r replay) bool { return now.Sub(r.at).Abs() > 2*hookSkew })
	if len(h.replays) == maxReplays || slices.ContainsFunc(h.replays, func(r replay) bool { return r.mac == mac }) {
		return false
	}
	h.replays = append(h.replays, replay{mac, now})
	return true
}

// jobs are those that a delivery is about; one that does not say what it is may
// be about any.
func (d delivery) jobs() []string {
	var event struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(d.body, &event) // what cannot be read says nothing
	switch kind := strings.ToLower(event.Type); {
	case kind == "message":
		return []string{"messages"}
	case slices.Contains([]string{"follow", "like", "comment", "repost", "quote", "mention", "reply"}, kind):
		return []string{"respond"}
	}
	return jobs.Hintable
}
