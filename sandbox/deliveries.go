package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Webhooks says how events are delivered. The platform does not document its
// format, so all of it is an assumption: a POST of JSON (see eventJSON) with
// the time of sending in Unix seconds, the kind of event and, once the agent
// has a secret, "sha256=" and the hex HMAC-SHA256 under that secret of the
// time, a full stop and the body. Any 2xx is taken as received.
type Webhooks struct {
	Anywhere bool // default: no connection leaves loopback, whatever the address

	TimestampHeader string // default X-ImagineAnything-Timestamp
	SignatureHeader string // default X-ImagineAnything-Signature
	EventHeader     string // default X-ImagineAnything-Event
}

func (h Webhooks) withDefaults() Webhooks {
	for header, name := range map[*string]string{
		&h.TimestampHeader: "Timestamp", &h.SignatureHeader: "Signature", &h.EventHeader: "Event",
	} {
		if *header == "" {
			*header = "X-ImagineAnything-" + name
		}
	}
	return h
}

const (
	maxDeliveries  = 256 // under way or waiting; what comes on top is lost
	maxSenders     = 4   // deliveries at once
	deliveryPeriod = 5 * time.Second
)

// backoff is how long to wait after each failure; then an event is given up.
var backoff = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}

// hooks delivers events in the background.
type hooks struct {
	cfg    Webhooks
	now    func() time.Time
	after  func(time.Duration, func())
	log    *slog.Logger
	client *http.Client

	mu      sync.Mutex
	queue   []delivery
	pending int // in the queue, under way or waiting for another try
	senders int
}

type delivery struct {
	url, secret string
	kind        string
	body        []byte
	failures    int
}

func newHooks(cfg Config) *hooks {
	dialer := &net.Dialer{Timeout: deliveryPeriod}
	transport := &http.Transport{MaxIdleConnsPerHost: maxSenders, IdleConnTimeout: time.Minute}
	if !cfg.Webhooks.Anywhere {
		dialer.Control = onlyLoopback
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // #nosec G402 -- on loopback certificates are home-made
	}
	transport.DialContext = dialer.DialContext
	return &hooks{cfg: cfg.Webhooks, now: cfg.Now, after: cfg.After, log: cfg.Log, client: &http.Client{
		Transport: transport, Timeout: deliveryPeriod,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// onlyLoopback looks at the address that is really dialled, so that no name
// can lead elsewhere.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !loopback(host) {
		return errors.New("the sandbox delivers on loopback only")
	}
	return nil
}

// enqueue takes a new event, and returns at once.
func (h *hooks) enqueue(d delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending >= maxDeliveries {
		h.log.Warn("webhook event lost, the queue is full", slog.String("event", d.kind))
		return
	}
	h.pending++
	h.push(d)
}

// push queues a delivery and sees to it that somebody sends it. The caller
// holds the lock.
func (h *hooks) push(d delivery) {
	h.queue = append(h.queue, d)
	if h.senders < maxSenders {
		h.senders++
		go h.drain()
	}
}

// drain sends until the queue is empty.
func (h *hooks) drain() {
	for {
		h.mu.Lock()
		if len(h.queue) == 0 {
			h.senders--
			h.mu.Unlock()
			return
		}
		d := h.queue[0]
		h.queue = h.queue[1:]
		h.mu.Unlock()
		h.settle(d, h.send(d))
	}
}

// settle ends a delivery, or puts it off.
func (h *hooks) settle(d delivery, err error) {
	if err == nil || d.failures == len(backoff) {
		h.mu.Lock()
		h.pending--
		h.mu.Unlock()
		if err != nil {
			h.log.Warn("webhook event given up", slog.String("event", d.kind), slog.Any("err", err))
		}
		return
	}
	wait := backoff[d.failures]
	d.failures++
	h.after(wait, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.push(d)
	})
}

// send makes one attempt.
func (h *hooks) send(d delivery) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(h.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(h.cfg.TimestampHeader, at)
	req.Header.Set(h.cfg.EventHeader, d.kind)
	if d.secret != "" {
		req.Header.Set(h.cfg.SignatureHeader, "sha256="+sign(d.secret, at, d.body))
	}
	res, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, 4<<10) // so that the connection can be used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the address answered with %d", res.StatusCode)
	}
	return nil
}

func sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
