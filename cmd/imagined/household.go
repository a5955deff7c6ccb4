package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/jobs"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// household is the personas of one process and what they share: the transport,
// the log, and in the sandbox the world.
type household struct {
	program   *program
	data      string
	settle    time.Duration
	pause     time.Duration // between two actions
	eager     time.Duration // between the first runs of the jobs
	headers   [2]string     // of an event of the platform: time and signature
	address   string        // of the console; empty: the default, if it is free
	trust     bool          // end caution
	upkeep    jobs.Upkeep
	baseURL   string
	sandboxed bool
	world     *world
	transport http.RoundTripper
	secrets   *redactor
	log       *slog.Logger
	lives     []*life
}

// handles are those of its personas.
func (h *household) handles() (handles []string) {
	for _, l := range h.lives {
		handles = append(handles, l.handle)
	}
	return handles
}

// newTransport is shared by all personas. It talks to few hosts.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 16, 4
	return t
}

// close closes the journals and, last, the world.
func (h *household) close() (err error) {
	for _, l := range h.lives {
		if l.store != nil {
			err = errors.Join(err, l.store.Close())
		}
	}
	if h.world != nil {
		h.world.close()
	}
	return err
}

// welcome opens everything that a persona's life needs. The journal comes
// first: a second copy of the program ends here.
func (h *household) welcome(who *persona.Persona, only bool) (err error) {
	path := journalPath(h.data, who.Handle)
	defer func() { err = explained(path, who.Handle, err) }()
	store, err := state.Open(path, who.Handle)
	if err != nil {
		return err
	}
	l := &life{household: h, handle: who.Handle, persona: who, store: store, log: h.log, began: time.Now(), sound: make(chan error, 1)}
	l.hooked.Store(who.Webhook != "")
	h.lives = append(h.lives, l)
	go func() { l.sound <- state.Sound(path, who.Handle) }() // before anything is sent; see live
	if !only {
		l.log = h.log.With("persona", who.Handle)
	}
	if err := l.claimPlatform(); err != nil {
		return err
	}
	creds, err := findCredentials(h.program, h.data, who.Handle, only && !h.sandboxed)
	if err != nil {
		return err
	}
	h.secrets.hide(creds.Secret)
	l.secret = creds.Secret
	if l.client, err = h.client(creds); err != nil {
		return err
	}
	if least := actions.DefaultSettle(l.client.Timeout()); h.settle < least && !h.sandboxed {
		l.log.Warn("--settle is short: a write that takes effect later than that could be sent twice", "settle", h.settle, "safe", least)
	}
	return nil
}

// without goes on without a persona whose journal is damaged: the others live,
// as they do when the damage shows later.
func (h *household) without(who *persona.Persona, err error) {
	if len(h.lives) == 0 || h.lives[len(h.lives)-1].handle != who.Handle { // it could not even be opened
		h.lives = append(h.lives, &life{household: h, handle: who.Handle, persona: who, log: h.log.With("persona", who.Handle)})
	}
	h.lives[len(h.lives)-1].end(err)
}

func (h *household) client(c credentials) (*apiclient.Client, error) {
	if err := c.mayGoTo(h.baseURL); err != nil {
		return nil, err
	}
	client, err := apiclient.New(apiclient.Config{
		BaseURL: h.baseURL, ID: c.ID, Secret: c.Secret, Transport: h.transport, Log: h.log,
		UserAgent: "imagined/" + buildInfo().Version,
	})
	if err != nil {
		return nil, &usageError{err}
	}
	return client, nil
}

// claimPlatform ties a journal to one platform: what happened in the sandbox
// did not happen on the live one.
func (l *life) claimPlatform() error {
	here := inSandbox
	if !l.household.sandboxed {
		u, err := url.Parse(l.household.baseURL)
		if err != nil {
			return &usageError{err}
		}
		here = u.Hostname()
	}
	before, err := l.store.Cursor(cursorPlatform)
	if err != nil {
		return err
	}
	if before != "" && before != here {
		return usagef("journal %s belongs to %s, not to %s: give this life its own --data", l.store.Path(), before, here)
	}
	if before == here {
		return nil
	}
	return l.store.SetCursor(cursorPlatform, here)
}

const (
	cursorPlatform = "platform" // the host that a journal belongs to
	inSandbox      = "sandbox"  // instead of a host
)

// hasPlatform refuses a journal of the sandbox: that platform ends with the
// program that brings it along, and its credentials are nobody else's business.
func hasPlatform(store *state.Store, handle string) error {
	here, err := store.Cursor(cursorPlatform)
	if err == nil && here == inSandbox {
		err = usagef("@%s lives in the sandbox of imagined run --sandbox: there is no platform to ask", handle)
	}
	return err
}

// explained says of a damaged journal how to mend it. Starting again would not
// help.
func explained(path, handle string, err error) error {
	if !errors.Is(err, state.ErrDamaged) {
		return err
	}
	var damaged *state.DamagedError
	if !errors.As(err, &damaged) {
		err = &state.DamagedError{Path: path, Handle: handle, Faults: []string{err.Error()}}
	}
	return &usageError{err}
}

// enterSandbox starts the embedded platform, lets the personas register there,
// and returns them with the days shortened.
func (h *household) enterSandbox(ctx context.Context, folk []*persona.Persona) ([]*persona.Persona, error) {
	server, err := sandbox.New(sandbox.Config{Seed: 9, Pace: 300, GenerationTime: 6 * time.Second})
	if err != nil {
		return nil, err
	}
	if h.world, err = serveWorld(ctx, "127.0.0.1:0", server); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(h.data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if err := h.resume(filepath.Join(h.data, "sandbox.json")); err != nil {
		return nil, err
	}
	h.baseURL, h.pause, h.eager = h.world.url, min(h.pause, 400*time.Millisecond), 1500*time.Millisecond
	h.log.Info("the sandbox is open", "url", h.world.url, "data", h.data)
	for i, who := range folk {
		if err := h.register(ctx, who); err != nil {
			return nil, fmt.Errorf("register @%s: %w", who.Handle, err)
		}
		folk[i] = hasten(who)
	}
	go h.world.keepSaving(ctx, h.log)
	return folk, nil
}

// resume goes on with the world of an earlier run. One that cannot be read is
// kept aside, and a new one begins: the journals know what was done.
func (h *household) resume(file string) error {
	err := h.world.load(file)
	if err == nil {
		return nil
	}
	h.log.Warn("the sandbox's world cannot be read; a new one begins", "err", err, "kept", file+".broken")
	if err := os.Rename(file, file+".broken"); err != nil {
		return err
	}
	return h.world.load(file)
}

// register makes sure that the sandbox knows the persona and has the providers
// of its recipes connected.
func (h *household) register(ctx context.Context, who *persona.Persona) error {
	client, err := h.resident(ctx, who)
	if err != nil {
		return err
	}
	providers := make(map[string]bool)
	for _, r := range who.Generation.Recipes {
		providers[r.Provider] = true
	}
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		if _, err := client.ConnectService(ctx, name, "sandbox-key-of-"+who.Handle); err != nil {
			return err
		}
	}
	return nil
}

// resident returns a client for the persona's account, which it makes when the
// world is new.
func (h *household) resident(ctx context.Context, who *persona.Persona) (*apiclient.Client, error) {
	creds, err := readCredentials(credentialsPath(h.data, who.Handle))
	if err == nil {
		client, err := h.client(creds)
		if err != nil {
			return nil, err
		}
		if _, err := client.Me(ctx); !errors.Is(err, apiclient.ErrCredentials) {
			return client, err
		}
	}
	client, err := h.client(credentials{})
	if err != nil {
		return nil, err
	}
	agent, err := client.Register(ctx, apiclient.NewAgent{
		Handle: who.Handle, Name: who.Name, Bio: who.Bio, AgentType: who.AgentType, WebsiteURL: who.Website,
	})
	if err != nil {
		return nil, err
	}
	creds = credentials{ID: agent.ClientID, Secret: agent.ClientSecret, Sandbox: true}
	if err := saveCredentials(h.data, who.Handle, creds); err != nil {
		return nil, err
	}
	return h.client(creds)
}

// thirsty are the jobs that read so much that the platform's rate allows little
// else in that minute; they leave the first one to the others.
var thirsty = []string{"network", "reflect"}

// hurried is that day: how often each job runs, introduce as ever.
var hurried = map[string]string{
	"respond": "@every 8s", "messages": "@every 12s", "engage": "@every 20s", "network": "@every 75s", "post": "@every 40s", "generate": "@every 45s",
	"byte": "@every 50s", "market": "@every 30s", "reflect": "@every 100s", "poll": "@every 3s",
}

// hasten returns the persona with a day of a minute or two, in which nobody
// sleeps: as fast as the platform's rate allows. All else is as in its file,
// limits included.
func hasten(who *persona.Persona) *persona.Persona {
	quick := *who
	quick.QuietHours = ""
	quick.Schedule = maps.Clone(who.Schedule)
	for name, spec := range hurried {
		if quick.Schedule[name].Cron != "off" {
			quick.Schedule[name] = persona.Job{Cron: spec, Missed: "skip"}
		}
	}
	return &quick
}
