package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

type planCmd struct {
	dataFlag
	File    string `arg:"" optional:"" help:"Persona file; with --sandbox the first example by default."`
	Job     string `help:"Job to plan: engage, respond, messages, network, post, generate, byte, market, reflect or introduce." enum:"engage,respond,messages,network,post,generate,byte,market,reflect,introduce" default:"engage"`
	Sandbox bool   `help:"Plan in an embedded platform, which is thrown away."`
	Full    bool   `help:"Show the prompts and the answers whole."`
	JSON    bool   `help:"Print one JSON object." name:"json"`
}

// Run plans one tick on a copy of the journal and shows it. Nothing is written
// on the platform or in the data folder.
func (c planCmd) Run(ctx context.Context, p *program) (err error) {
	from := runCmd{dataFlag: c.dataFlag, Sandbox: c.Sandbox, LogFormat: "text"}
	if c.File != "" {
		from.Files = []string{c.File}
	}
	folk, _, err := from.personas()
	if err != nil {
		return err
	}
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	h := from.household(p, data)
	if c.Sandbox {
		dir, remove, err := tempFolder(data)
		if err != nil {
			return err
		}
		defer remove()
		h.data = dir
		if folk, err = h.enterSandbox(ctx, folk); err != nil {
			return err
		}
		defer h.world.close()
	}
	who := folk[0]
	if len(folk) > 1 {
		return usagef("%d personas: name the file of one", len(folk))
	}
	store, done, err := openCopy(h.data, who.Handle)
	if err != nil {
		return err
	}
	defer done()
	plan, d, err := c.plan(ctx, h, who, store)
	if err != nil {
		return err
	}
	learned, err := changesIn(store, who)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(p.out).Encode(planJSON{d, plan.Gone, deedsOf(who, plan), costOf(d.Exchanges), learned})
	}
	sheet{p.out, time.Local}.plan(who, plan, d, c.Full)
	sheet{p.out, time.Local}.learned(learned)
	return nil
}

// planJSON is a dry tick for other programs.
type planJSON struct {
	Decision state.Decision   `json:"decision"`
	Gone     map[string]int   `json:"gone"` // how many fell away, by reason
	Deeds    []deed           `json:"deeds"`
	Cost     cost             `json:"cost"`
	Learned  []planner.Change `json:"learned"` // what it decides by instead of the file's
}

// plan also returns what a life would keep of it.
func (c planCmd) plan(ctx context.Context, h *household, who *persona.Persona, store *state.Store) (plan planner.Plan, d state.Decision, err error) {
	if !h.sandboxed {
		if err := hasPlatform(store, who.Handle); err != nil {
			return plan, d, err
		}
	}
	creds, err := findCredentials(h.program, h.data, who.Handle, true)
	if err != nil {
		return plan, d, err
	}
	h.secrets.hide(creds.Secret)
	l := &life{household: h, persona: who, store: store, log: h.log, began: time.Now(), secret: creds.Secret}
	if c.File != "" {
		l.folder = folderOf(c.File)
	}
	if l.client, err = h.client(creds); err != nil {
		return plan, d, err
	}
	self, err := l.identify(ctx, true)
	if err != nil {
		return plan, d, err
	}
	j, err := l.jobs(self.Agent)
	if err != nil {
		return plan, d, err
	}
	plan, err = j.Preview(ctx, c.Job)
	d = j.Planner.Decision(plan, c.Job, j.Now())
	return plan, d, err
}

// plan shows one dry tick: the candidates with their scores, what it would do
// about each and what it refuses, who fell away, and what the model was asked.
func (s sheet) plan(who *persona.Persona, plan planner.Plan, d state.Decision, full bool) {
	head := fmt.Sprintf("plan of %s for @%s", d.Job, who.Handle)
	if plan.Read > 0 {
		head += fmt.Sprintf(": %d read, %d considered", plan.Read, len(plan.Shown))
	}
	s.line("%s; nothing is written", head)
	s.line("brain: %s", asked(d))
	if who.Schedule[d.Job].Cron == "off" {
		s.line("the job is off in the persona file: it never runs by itself")
	}
	s.candidates(d.Shown, deedsOf(who, plan))
	if plan.Note != "" {
		s.line("")
		s.wrapped("", plain(plan.Note))
	}
	s.held(d.Held)
	s.gone(d.Gone)
	s.usual(plan.Gone, d.Gone)
	s.exchanges(d.Exchanges, full)
}

// usual counts what fell away for a reason that is the same each time, so that
// it is kept nowhere.
func (s sheet) usual(counts map[string]int, gone map[string]string) {
	named := make(map[string]bool)
	for _, reason := range gone {
		named[reason] = true
	}
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		if !named[reason] {
			s.line("%4d %s", counts[reason], plain(reason))
		}
	}
}
