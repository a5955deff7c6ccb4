package simulate

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/generation"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// address is where the platform would be; nothing is ever sent there.
const address = "http://127.0.0.1:1"

// Config says who lives where.
type Config struct {
	Personas []*persona.Persona
	Start    time.Time // of the clock
	Seed     uint64
	Pace     float64                     // of the population, see sandbox.Config
	Journal  func(handle string) string  // where a journal is
	Folder   map[string]string           // of the persona file, by handle; with its media
	Log      func(string) slog.Handler   // by handle; may be nil
	Model    func(handle string) *Author // whom a persona asks; nil: see NewAuthor
	Deaths   *Deaths                     // of the residents; nil: none
}

// Town is a sandbox with residents, who are personas, and visitors.
type Town struct {
	*sandbox.Clock
	Server    *sandbox.Server
	Residents []*Resident
	config    Config
	visitors  []*visitor
	moved     int // effects of before they lived here
	errs      []error
}

// Resident is a persona that lives in a town.
type Resident struct {
	Persona *persona.Persona
	Store   *state.Store     // Town.Close closes it
	Author  *Author          // nil: it asks no model
	Limited int              // requests that were answered with 429
	Costs   map[string]*Cost // by job

	town       *Town
	id, secret string
	self       apiclient.Agent
	at         *jobs.Jobs // the process that lives
}

// Cost is what the runs of a job took.
type Cost struct{ Runs, Requests, Calls, Tokens int }

// cost is that of the job that runs; nil between jobs.
func (r *Resident) cost() *Cost {
	if r.at == nil {
		return nil
	}
	return r.Costs[r.at.Running()]
}

// NewTown builds a town. The caller closes it.
func NewTown(ctx context.Context, c Config) (*Town, error) {
	t := &Town{Clock: sandbox.NewClock(c.Start), config: c}
	var err error
	t.Server, err = sandbox.New(sandbox.Config{Seed: c.Seed, Pace: c.Pace, Now: t.Now, GenerationTime: 3 * time.Minute, FailGenerations: 0.1, SettleTime: time.Minute})
	if err != nil {
		return nil, err
	}
	for _, who := range c.Personas {
		r, err := t.settle(ctx, who)
		if err != nil {
			_ = t.Close()
			return nil, fmt.Errorf("@%s: %w", who.Handle, err)
		}
		t.Residents = append(t.Residents, r)
	}
	t.moved = len(t.Server.Effects())
	return t, nil
}

// Close closes the journals.
func (t *Town) Close() (err error) {
	for _, r := range t.Residents {
		if e := r.Store.Close(); e != nil {
			err = e
		}
	}
	return err
}

func (t *Town) client(id, secret string, sleep func(context.Context, time.Duration) error, way http.RoundTripper) (*apiclient.Client, error) {
	return apiclient.New(apiclient.Config{BaseURL: address, ID: id, Secret: secret, Now: t.Now, Sleep: sleep, Transport: way})
}

// register makes an account and its client.
func (t *Town) register(ctx context.Context, a apiclient.NewAgent, sleep func(context.Context, time.Duration) error) (c *apiclient.Client, id, secret string, err error) {
	visitor, err := t.client("", "", sleep, t.Server.Transport())
	if err != nil {
		return nil, "", "", err
	}
	agent, err := visitor.Register(ctx, a)
	if err != nil {
		return nil, "", "", err
	}
	c, err = t.client(agent.ClientID, agent.ClientSecret, sleep, t.Server.Transport())
	return c, agent.ClientID, agent.ClientSecret, err
}

// settle gives a persona its account, with the providers of its recipes, and
// its journal.
func (t *Town) settle(ctx context.Context, who *persona.Persona) (*Resident, error) {
	r := &Resident{Persona: who, town: t, Costs: make(map[string]*Cost)}
	for _, job := range jobs.Names() {
		r.Costs[job] = &Cost{}
	}
	c, id, secret, err := t.register(ctx, apiclient.NewAgent{Handle: who.Handle, Name: who.Name}, t.Sleep)
	if err != nil {
		return nil, err
	}
	r.id, r.secret = id, secret
	me, err := c.Me(ctx)
	if err != nil {
		return nil, err
	}
	r.self = me.Agent
	connected := make(map[string]bool)
	for _, recipe := range who.Generation.Recipes {
		if !connected[recipe.Provider] {
			if _, err := c.ConnectService(ctx, recipe.Provider, "key-for-the-sandbox"); err != nil {
				return nil, err
			}
		}
		connected[recipe.Provider] = true
	}
	if most := who.LLM.MaxTokensPerDay; most == nil || *most > 0 {
		if r.Author, err = t.author(who.Handle); err != nil {
			return nil, err
		}
	}
	r.Store, err = state.OpenWith(t.config.Journal(who.Handle), who.Handle, state.Options{NoSync: true, Now: t.Now})
	return r, err
}

func (t *Town) author(handle string) (*Author, error) {
	if t.config.Model != nil {
		return t.config.Model(handle), nil
	}
	return NewAuthor(handle)
}

// Live has everybody live for a time. It returns what went wrong.
func (t *Town) Live(ctx context.Context, d time.Duration) []error {
	var actors []sandbox.Actor
	for _, r := range t.Residents {
		actors = append(actors, r.live)
	}
	for _, v := range t.visitors {
		actors = append(actors, v.live)
	}
	t.Play(ctx, d, actors...)
	return t.errs
}

// Spare ends the deaths.
func (t *Town) Spare() { t.config.Deaths = nil }

// wrong notes what should not happen. Actors take turns, so nothing is locked.
func (t *Town) wrong(format string, args ...any) {
	t.errs = append(t.errs, fmt.Errorf(format, args...))
}

// live is a process of the daemon, as far as one persona is concerned, or many.
func (r *Resident) live(ctx context.Context, sleep func(context.Context, time.Duration) error) {
	if d := r.town.config.Deaths; d != nil {
		d.live(ctx, r, sleep)
		return
	}
	client, err := r.town.client(r.id, r.secret, sleep, &door{resident: r})
	if err != nil {
		r.town.wrong("@%s: %w", r.Persona.Handle, err)
		return
	}
	if r.at, err = r.jobs(client, sleep); err == nil {
		err = r.at.Run(ctx)
		for _, job := range r.at.Health().Jobs {
			if c := r.Costs[job.Name]; c != nil {
				c.Runs += job.Runs
			}
		}
	}
	if err != nil {
		r.town.wrong("@%s: %w", r.Persona.Handle, err)
	}
}

func (r *Resident) jobs(client *apiclient.Client, sleep func(context.Context, time.Duration) error) (*jobs.Jobs, error) {
	t, log := r.town, slog.New(slog.DiscardHandler)
	if t.config.Log != nil {
		log = slog.New(t.config.Log(r.Persona.Handle))
	}
	var brain planner.Brain = planner.NewOffline()
	if r.Author != nil {
		var err error
		brain, err = planner.NewOpenAI(planner.OpenAIConfig{
			BaseURL: address + "/v1", Key: "model-key-of-the-town", Model: r.Persona.LLM.Model, Transport: asking{r}, Now: t.Now,
		})
		if err != nil {
			return nil, err
		}
	}
	performer := &actions.Performer{
		Client: client, Store: r.Store, Persona: r.Persona, Self: r.self, Settle: time.Minute, Now: t.Now,
		KeepSecret: func(string, string) error { return nil },
	}
	return &jobs.Jobs{
		Persona: r.Persona, Client: client, Store: r.Store, Performer: performer,
		Generator: &generation.Generator{Client: client, Store: r.Store, Performer: performer, Now: t.Now},
		Planner: &planner.Planner{
			Persona: r.Persona, Self: r.self, Store: r.Store, Brain: brain, Secrets: []string{r.secret}, Now: t.Now, Household: t.handles(),
		},
		Now: t.Now, Sleep: sleep, Seed: t.config.Seed ^ seedOf(r.Persona.Handle), Pause: 20 * time.Second, Log: log, Folder: t.config.Folder[r.Persona.Handle],
	}, nil
}

func (t *Town) handles() (all []string) {
	for _, who := range t.config.Personas {
		all = append(all, who.Handle)
	}
	return all
}

func seedOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// asking notes what is asked of the author.
type asking struct{ resident *Resident }

func (a asking) RoundTrip(req *http.Request) (*http.Response, error) {
	before := a.resident.Author.Tokens
	resp, err := a.resident.Author.RoundTrip(req)
	if c := a.resident.cost(); c != nil {
		c.Calls++
		c.Tokens += a.resident.Author.Tokens - before
	}
	return resp, err
}
