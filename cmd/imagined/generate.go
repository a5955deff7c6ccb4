package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"imagined/actions"
	"imagined/generation"
	"imagined/jobs"
	"imagined/state"
)

type generateCmd struct {
	dataFlag
	File    string        `arg:"" optional:"" help:"Persona file; with --sandbox the first example by default."`
	Recipe  int           `help:"Recipe, by its number in the file from 1 (default: one is drawn by weight)." placeholder:"N"`
	Sandbox bool          `help:"Generate in an embedded platform, which is thrown away."`
	JSON    bool          `help:"One JSON object a line, for each change." name:"json"`
	Settle  time.Duration `help:"How long an unknown outcome waits before it is read back; a start waits six times as long." default:"60s"`
	Every   time.Duration `help:"Between two looks at the job." default:"2s" hidden:""`
}

// Run makes one piece of media now, within the persona's limits, and shows how
// it goes. Beside a running daemon it is the daemon that does it.
func (c generateCmd) Run(ctx context.Context, p *program) (err error) {
	if c.Settle <= 0 || c.Every <= 0 || c.Recipe < 0 {
		return usagef("--settle must be above 0, and --recipe may not be below")
	}
	from := runCmd{dataFlag: c.dataFlag, Sandbox: c.Sandbox, LogFormat: "text", Settle: c.Settle}
	if c.File != "" {
		from.Files = []string{c.File}
	}
	folk, _, err := from.personas()
	if err != nil {
		return err
	}
	if len(folk) > 1 {
		return usagef("%d personas: name the file of one", len(folk))
	}
	if n := len(folk[0].Generation.Recipes); c.Recipe > n {
		return usagef("there is no recipe %d: @%s has %d", c.Recipe, folk[0].Handle, n)
	}
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	if c.Sandbox {
		dir, remove, err := tempFolder(data)
		if err != nil {
			return err
		}
		defer remove()
		data = dir
	}
	h := from.household(p, data)
	h.log = newLogger(p.errs, "text", slog.LevelWarn, h.secrets)
	defer func() { err = errors.Join(err, h.close()) }()
	if c.Sandbox {
		if folk, err = h.enterSandbox(ctx, folk); err != nil {
			return err
		}
	}
	err = h.welcome(folk[0], true)
	var locked *state.LockedError
	if errors.As(err, &locked) {
		return p.tell(ctx, c.dataFlag, folk[0].Handle, state.Command{Verb: "generate", Recipe: c.Recipe})
	}
	if err != nil {
		return err
	}
	return c.make(ctx, h, h.lives[0])
}

// make wakes the persona as run does, and has it make something.
func (c generateCmd) make(ctx context.Context, h *household, l *life) error {
	self, err := l.identify(ctx, true)
	if err != nil {
		return err
	}
	select {
	case err := <-l.sound: // nothing is sent on a journal that may lie
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := l.remember(self); err != nil {
		return err
	}
	j, err := l.jobs(self.Agent)
	if err != nil {
		return err
	}
	_, e, err := j.Make(ctx, c.Recipe)
	if err != nil {
		return err
	}
	out := progress{to: h.program.out, json: c.JSON, live: isTerminal(h.program.out) && !c.JSON, began: time.Now()}
	out.begin(e)
	if e.Status == state.Waiting {
		out.say(fmt.Sprintf("entry %d waits for a person: imagined approve %d --persona %s", e.ID, e.ID, l.handle))
		return nil
	}
	return c.follow(ctx, j, l.store, e, &out)
}

// patience is how often in a row the platform or the journal may fail.
const patience = 10

// follow shows where the media stand until they have ended. The journal knows
// them: when this is stopped, the next run goes on.
func (c generateCmd) follow(ctx context.Context, j *jobs.Jobs, store *state.Store, e state.Entry, out *progress) error {
	for failures := 0; ; {
		_, err := j.Step(ctx)
		m, kept := store.MediaOf(e.ID)
		switch {
		case ctx.Err() != nil:
			out.say("stopped; imagined run goes on with it")
			return nil //nolint:nilerr // stopped, not failed
		case kept != nil:
			return kept
		case err != nil:
			if failures++; failures == patience {
				return err
			}
			out.say("no answer: " + plain(err.Error()))
		default:
			failures = 0
			out.show(m, time.Now())
		}
		if m.Ended {
			return out.end(m)
		}
		if err := sleep(ctx, c.Every); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// progress prints how one generation goes: a line for each change, and on a
// terminal the seconds of the present one.
type progress struct {
	to         io.Writer
	json, live bool
	began      time.Time
	last       string
}

func (o *progress) begin(e state.Entry) {
	if o.json {
		return
	}
	what := strings.TrimSpace(e.Media.Provider+" "+e.Media.Type+" "+e.Media.Model) + price(e.Media.Cents)
	_, _ = fmt.Fprintf(o.to, "%s\nprompt: %q\ntext:   %q\n", plain(what), e.Media.Prompt, e.Text)
}

func price(cents int) string {
	if cents == 0 {
		return ""
	}
	return " for " + actions.Dollars(cents)
}

func (o *progress) show(m state.Media, now time.Time) {
	words := m.Status
	if m.Cause != "" && !m.Ended {
		words += fmt.Sprintf(" (%s: %s)", m.Cause, plain(m.Error))
	}
	if m.RetryAt.After(now) {
		words += ", retried at " + m.RetryAt.Local().Format(time.TimeOnly)
	}
	if m.Retries > 0 {
		words += fmt.Sprintf(", retry %d", m.Retries)
	}
	seconds := int(now.Sub(o.began).Seconds())
	changed := words != o.last
	switch {
	case o.json && changed:
		_ = json.NewEncoder(o.to).Encode(m) // to is a terminal or a buffer
	case o.json:
	case changed && o.live && o.last != "":
		_, _ = fmt.Fprintf(o.to, "\n%4ds  %s", seconds, words)
	case o.live:
		_, _ = fmt.Fprintf(o.to, "\r%4ds  %s", seconds, words)
	case changed:
		_, _ = fmt.Fprintf(o.to, "%4ds  %s\n", seconds, words)
	}
	o.last = words
}

// say prints a line that is not a state.
func (o *progress) say(words string) {
	if o.json {
		return
	}
	if o.live && o.last != "" {
		words, o.last = "\n"+words, ""
	}
	_, _ = fmt.Fprintln(o.to, words)
}

// end says what came of it. What was given up is an error, with what can be
// done.
func (o *progress) end(m state.Media) error {
	if o.live {
		_, _ = fmt.Fprintln(o.to)
	}
	if m.Status != state.MediaCompleted {
		why := m.Status + ": " + plain(m.Error)
		if fix := generation.Fix(m); fix != "" {
			why += "; " + fix
		}
		return errors.New(why)
	}
	if o.json {
		return nil
	}
	_, _ = fmt.Fprintf(o.to, "post:   %s\nfile:   %s\n", plain(m.PostID), plain(m.Result))
	if m.Seen != "" {
		_, _ = fmt.Fprintf(o.to, "seen:   %s\n", plain(m.Seen))
	}
	if m.Fault != "" {
		_, _ = fmt.Fprintf(o.to, "but:    %s\n", plain(m.Fault))
	}
	return nil
}
