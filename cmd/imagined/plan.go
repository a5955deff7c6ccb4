package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

type planCmd struct {
	dataFlag
	File    string `arg:"" optional:"" help:"Persona file; with --sandbox the first example by default."`
	Job     string `help:"Job to plan: engage, post, generate or market." enum:"engage,post,generate,market" default:"engage"`
	Sandbox bool   `help:"Plan in an embedded platform, which is thrown away."`
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
	plan, err := c.plan(ctx, h, who, store)
	if err != nil {
		return err
	}
	printPlan(p.out, who, c.Job, plan)
	return nil
}

func (c planCmd) plan(ctx context.Context, h *household, who *persona.Persona, store *state.Store) (planner.Plan, error) {
	creds, err := findCredentials(h.program, h.data, who.Handle, true)
	if err != nil {
		return planner.Plan{}, err
	}
	h.secrets.hide(creds.Secret)
	l := &life{household: h, persona: who, store: store, log: h.log, began: time.Now(), secret: creds.Secret}
	if l.client, err = h.client(creds); err != nil {
		return planner.Plan{}, err
	}
	self, err := l.identify(ctx, true)
	if err != nil {
		return planner.Plan{}, err
	}
	j, err := l.jobs(self.Agent)
	if err != nil {
		return planner.Plan{}, err
	}
	return j.Preview(ctx, c.Job)
}

func printPlan(w io.Writer, who *persona.Persona, job string, plan planner.Plan) {
	_, _ = fmt.Fprintf(w, "plan of %s for @%s: %d read", job, who.Handle, plan.Read)
	for _, reason := range slices.Sorted(maps.Keys(plan.Gone)) {
		_, _ = fmt.Fprintf(w, ", %d %s", plan.Gone[reason], reason)
	}
	_, _ = fmt.Fprintf(w, ", %d considered\n", len(plan.Shown))
	if plan.Brain != "" {
		_, _ = fmt.Fprintf(w, "brain: %s, %d calls, %d tokens in, %d tokens out\n", plan.Brain, plan.Calls, plan.Usage.Input, plan.Usage.Output)
	}
	for _, c := range plan.Shown {
		parts := make([]string, 0, len(c.Parts))
		for _, part := range c.Parts {
			parts = append(parts, fmt.Sprintf("%s %+.1f", plain(part.Name), part.Value))
		}
		_, _ = fmt.Fprintf(w, "\n  %5.1f  %s by @%s from %s\n         %q\n         %s\n",
			c.Score, plain(c.Post.ID), plain(string(c.Post.Agent.Handle)), plain(c.Source), c.Post.Content, strings.Join(parts, ", "))
	}
	_, _ = fmt.Fprintln(w)
	for _, a := range plan.Actions {
		_, _ = fmt.Fprintf(w, "would %s%s\n", a.Kind, actionDetail(a))
	}
	for _, r := range plan.Refused {
		_, _ = fmt.Fprintf(w, "refused %s%s: %s\n", r.Action.Kind, actionDetail(r.Action), plain(r.Reason))
	}
	if plan.Note != "" {
		_, _ = fmt.Fprintln(w, plain(plan.Note))
	}
}

func actionDetail(a actions.Action) (detail string) {
	if a.Target != "" {
		detail = " " + plain(a.Target)
	}
	if a.Media != nil {
		detail += fmt.Sprintf(" by %s %v, prompt %q, text", strings.TrimSpace(a.Media.Provider+" "+a.Media.Model), a.Media.Params, a.Media.Prompt)
	}
	if a.Text != "" {
		detail += fmt.Sprintf(" %q", a.Text)
	}
	if a.Why != "" {
		detail += " (" + plain(a.Why) + ")"
	}
	return detail
}
