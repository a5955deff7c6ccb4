package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"net/url"
	"runtime/debug"
	"sync/atomic"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/generation"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

const (
	envModelKey = "OPENAI_API_KEY" //nolint:gosec // a name, not a secret
	envModelURL = "OPENAI_BASE_URL"
)

// life is one persona in this process.
type life struct {
	household *household
	handle    string
	persona   *persona.Persona
	store     *state.Store
	client    *apiclient.Client
	secret    string // of the account; no text may hold it
	log       *slog.Logger
	began     time.Time

	file   *persona.File // nil: it cannot be edited
	folder string        // that the file is in; empty: it is in none
	sound  chan error    // what the check of the whole journal found
	day    atomic.Pointer[jobs.Jobs]
	ended  atomic.Pointer[string] // why, where the others live on

	identified bool        // the platform knows it
	hooked     atomic.Bool // its file has a webhook
}

// live finds out who the persona is on the platform and works its jobs.
func (l *life) live(ctx context.Context, once bool) error {
	self, err := l.identify(ctx, once)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	l.identified = true
	select {
	case err := <-l.sound: // nothing is sent on a journal that may lie
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return nil
	}
	if err := l.remember(self); err != nil {
		return err
	}
	j, err := l.jobs(self.Agent)
	if err != nil {
		return err
	}
	l.day.Store(j)
	debug.FreeOSMemory() // the check read the whole journal; the days that follow need little
	l.log.Info("alive", "as", "@"+string(self.Handle), "brain", j.Planner.Brain.Name(), "journal", l.store.Path())
	if once {
		return j.Once(ctx)
	}
	return j.Run(ctx)
}

// end says why a life has ended while others go on.
func (l *life) end(err error) {
	l.log.Error("this life ends", "err", err)
	l.ended.Store(new(err.Error()))
}

// identify asks the platform whose credentials these are. A platform that
// cannot be reached is asked again, ever more slowly; with once it is an
// error.
func (l *life) identify(ctx context.Context, once bool) (apiclient.Profile, error) {
	for wait := 2 * time.Second; ; wait = min(2*wait, time.Minute) {
		self, err := l.client.Me(ctx)
		switch {
		case err == nil && string(self.Handle) != l.persona.Handle:
			return self, usagef("the credentials are those of @%.30s, the persona file is for @%s", self.Handle, l.persona.Handle)
		case err == nil:
			return self, nil
		case ctx.Err() != nil:
			return self, ctx.Err()
		case errors.Is(err, apiclient.ErrCredentials):
			return self, &usageError{err}
		case once:
			return self, err
		}
		l.log.Warn("the platform does not answer; trying again", "err", err, "in", wait)
		if err := sleep(ctx, wait); err != nil {
			return self, err
		}
	}
}

// remember says what the journal holds: a persona that was here before does
// nothing again, and a new journal on an old account knows of nothing.
func (l *life) remember(self apiclient.Profile) error {
	now := time.Now()
	if l.household.trust {
		if err := l.store.Trust(); err != nil {
			return err
		}
	}
	if err := l.meet(self, now); err != nil {
		return err
	}
	newest, err := l.store.Entries(state.Filter{}, 1)
	if err != nil {
		return err
	}
	if caution, cautious, err := l.store.Caution(now); err != nil || cautious {
		l.log.Warn("cautious: it reads back before it acts, leaves older posts alone and spends no money; run --trust ends that", "why", caution.Why, "until", caution.Until.Local().Format(time.DateTime))
		if err != nil {
			return err
		}
	}
	for _, hold := range l.holds() {
		l.log.Warn("held: nothing of this kind is done until: imagined resume", "kind", cmp.Or(hold.Kind, "everything"), "why", hold.Why)
	}

	if len(newest) == 0 {
		l.log.Info("a new journal: nothing is known of an earlier life", "journal", l.store.Path())
		return nil
	}
	n, err := l.store.Len()
	if err != nil {
		return err
	}
	l.log.Info("earlier lives are remembered; nothing in them is done again", "entries", n, "last", newest[0].PlannedAt.Local().Format(time.DateTime))
	return nil
}

// cursorMet is when a journal that held nothing met its account.
const cursorMet = "met"

// meet makes a persona cautious whose journal knows nothing of the life that
// its account shows. The journal remembers that it was asked: how Open found it
// says too little, since the platform may not have answered the first time.
func (l *life) meet(self apiclient.Profile, now time.Time) error {
	met, err := l.store.Cursor(cursorMet)
	if err != nil || met != "" {
		return err
	}
	n, err := l.store.Len()
	if err != nil || n > 0 {
		return err
	}
	_, cautious, err := l.store.Caution(now)
	if err != nil {
		return err
	}
	if lived := self.PostCount > 0 || self.FollowingCount > 0; lived && !cautious && !l.household.trust {
		err := l.store.SetCaution(state.Caution{Why: "the journal is new and the account is not", Since: now, Until: now.Add(24 * time.Hour)})
		if err != nil {
			return err
		}
	}
	return l.store.SetCursor(cursorMet, now.Format(time.RFC3339))
}

// holds are those that stand; what cannot be read shows itself soon enough.
func (l *life) holds() []state.Hold {
	holds, _ := l.store.Holds()
	return holds
}

// edited looks whether the persona file was edited, and finds the brain for it.
func (l *life) edited() (jobs.Change, error) {
	if l.file == nil {
		return jobs.Change{}, nil
	}
	who, err := l.file.Changed()
	if err != nil || who == nil {
		return jobs.Change{}, err
	}
	if l.household.sandboxed {
		who = hasten(who)
	}
	l.persona = who
	l.hooked.Store(who.Webhook != "")
	brain, err := l.brain(l.household.program.getenv(envModelKey))
	return jobs.Change{Persona: who, Brain: brain}, err
}

// jobs builds the persona's day, from the ground floor up.
func (l *life) jobs(self apiclient.Agent) (*jobs.Jobs, error) {
	key := l.household.program.getenv(envModelKey)
	l.household.secrets.hide(key)
	brain, err := l.brain(key)
	if err != nil {
		return nil, &usageError{err}
	}
	inbox := state.InboxOf(l.store.Path())
	boot := actions.BootClock()
	l.store.SetClocks(clocks(l.client, boot))
	performer := &actions.Performer{
		Client: l.client, Store: l.store, Persona: l.persona, Self: self, Settle: l.household.settle,
		Now: time.Now, Boot: boot, KeepSecret: keeper(l.household.data, l.persona.Handle),
	}
	return &jobs.Jobs{
		Persona: l.persona, Client: l.client, Store: l.store, Performer: performer,
		Generator: &generation.Generator{Client: l.client, Store: l.store, Performer: performer, Now: time.Now},
		Planner: &planner.Planner{
			Persona: l.persona, Self: self, Store: l.store, Brain: brain, Secrets: []string{l.secret, key}, Live: l.client.Secrets, Now: time.Now, Log: l.log,
			Household: l.household.handles(),
		},
		Now: time.Now, Sleep: sleep, Seed: seed(l.persona.Handle, l.began), Pause: l.household.pause, Eager: l.household.eager, Later: thirsty, Log: l.log,
		Inbox: &inbox, Upkeep: l.household.upkeep, Reload: l.edited, Folder: l.folder,
	}, nil
}

// clocks are those that budgets are kept by.
func clocks(client *apiclient.Client, boot func() (string, time.Duration)) func() state.Clocks {
	return func() state.Clocks {
		c := state.Clocks{Platform: client.ServerTime()}
		if boot != nil {
			c.Boot, c.Since = boot()
		}
		return c
	}
}

// brain picks the model when there is one to ask: with a key, or at an address
// of the operator's own, which may need none. The sandbox asks a model only
// with a key.
func (l *life) brain(key string) (planner.Brain, error) {
	base, why := modelFor(l.household.program, l.persona, l.household.sandboxed)
	if base == "" {
		l.log.Info("the offline brain chooses by interest and says only the persona's own lines", "why", why)
		return planner.NewOffline(), nil
	}
	llm := l.persona.LLM
	return planner.NewOpenAI(planner.OpenAIConfig{
		BaseURL: base, Key: key, Model: llm.Model, Fallback: llm.Fallback, Transport: l.household.transport, Log: l.log,
	})
}

// modelFor is where the persona's model is; empty, with the reason, when none
// is to be asked.
func modelFor(p *program, who *persona.Persona, sandboxed bool) (base, why string) {
	base = who.LLM.BaseURL
	if u := p.getenv(envModelURL); u != "" {
		base = u
	}
	switch {
	case who.LLM.MaxTokensPerDay != nil && *who.LLM.MaxTokensPerDay == 0:
		return "", "llm.max_tokens_per_day is 0"
	case p.getenv(envModelKey) == "" && sandboxed:
		return "", "no " + envModelKey
	case p.getenv(envModelKey) == "" && !nearby(base):
		return "", "no " + envModelKey + ", and " + base + " is not on this network"
	}
	return base, ""
}

// nearby reports whether an address is on this machine or this network.
func nearby(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}

func seed(handle string, began time.Time) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s %d", handle, began.UnixNano()) // never fails
	return h.Sum64()
}

// sleep waits, or returns ctx's error when that is done first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
