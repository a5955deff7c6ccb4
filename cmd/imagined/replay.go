package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

type replayCmd struct {
	dataFlag
	ID      string `arg:"" help:"A decision (d12), or an entry that came of it."`
	Handle  string `arg:"" optional:"" help:"Whose journal; may be left out when there is one, or when the file has its handle."`
	File    string `name:"persona" required:"" help:"Persona file to decide with; its handle does not matter." placeholder:"FILE"`
	Offline bool   `help:"Decide with the offline brain."`
	Full    bool   `help:"Show the prompts and the answers whole."`
	JSON    bool   `help:"Print one JSON object." name:"json"`
}

// Run decides again, on a copy of the journal, and shows the difference.
// Nothing is written.
func (c replayCmd) Run(ctx context.Context, p *program) error {
	who, err := persona.Load(c.File)
	if err != nil {
		return &usageError{err}
	}
	data, handle, err := c.whose(p, who)
	if err != nil {
		return err
	}
	store, done, err := openCopy(data, handle)
	if err != nil {
		return err
	}
	defer done()
	then, entries, err := decisionOf(store, c.ID)
	if err != nil {
		return fmt.Errorf("%s in the journal of @%s: %w", plain(c.ID), handle, err)
	}
	if err := store.Rewind(then.At); err != nil {
		return err
	}
	who.Handle = handle
	brain, err := c.brain(p, who, then)
	if err != nil {
		return err
	}
	if then.Job == "respond" { // only what was written is decided again
		entries = slices.DeleteFunc(entries, func(e state.Entry) bool { return e.Text == "" })
	}
	t := replay{Then: then, Did: deedsDone(entries), who: who}
	if err := t.decide(ctx, store, brain, p.getenv(envModelKey), entries); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(p.out).Encode(t)
	}
	sheet{p.out, time.Local}.replay(t, c.File, c.Full)
	return nil
}

// whose finds out which journal is meant.
func (c replayCmd) whose(p *program, who *persona.Persona) (data, handle string, err error) {
	data, names, err := c.journals(p, c.Handle)
	switch {
	case err != nil:
		return "", "", err
	case len(names) == 1:
		return data, names[0], nil
	case slices.Contains(names, who.Handle):
		return data, who.Handle, nil
	}
	return "", "", usagef("name one of the personas in %s: %s", data, strings.Join(names, " "))
}

// decisionOf finds a decision and the entries that came of it.
func decisionOf(store *state.Store, name string) (d state.Decision, entries []state.Entry, err error) {
	id, badly := state.ParseID(strings.TrimPrefix(name, "d"))
	if badly != nil {
		return d, nil, usagef("%s is neither a decision, such as d12, nor the number of an entry", plain(name))
	}
	if !decisionID.MatchString(name) {
		e, err := store.Entry(id)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return d, nil, err
		}
		if e.Decision != 0 { // else it is the number of a decision
			id = e.Decision
		}
	}
	if d, err = store.Decision(id); err != nil {
		return d, nil, fmt.Errorf("decision d%d: %w", id, err)
	}
	all, err := store.Entries(state.Filter{}, 0)
	for _, e := range all {
		if e.Decision == d.ID {
			entries = append(entries, e)
		}
	}
	return d, entries, err
}

// brain is who is asked where something else is asked than was then; nil when
// a model was asked then and there is none now.
func (c replayCmd) brain(p *program, who *persona.Persona, then state.Decision) (planner.Brain, error) {
	base, _ := modelFor(p, who, false)
	switch {
	case c.Offline || base == "" && then.Brain == planner.OfflineName:
		return planner.NewOffline(), nil
	case base == "":
		return nil, nil //nolint:nilnil // nobody
	}
	return planner.NewOpenAI(planner.OpenAIConfig{
		BaseURL: base, Key: p.getenv(envModelKey), Model: who.LLM.Model, Fallback: who.LLM.Fallback, Transport: newTransport(),
	})
}

// replay is a decision twice.
type replay struct {
	Then     state.Decision `json:"then"`
	Did      []deed         `json:"did"`
	Now      state.Decision `json:"now"`
	Would    []deed         `json:"would"`
	Recalled int            `json:"recalled"` // answers of then that were taken again

	who *persona.Persona
}

// decide decides again. Chance is the same each time.
func (t *replay) decide(ctx context.Context, store *state.Store, brain planner.Brain, key string, entries []state.Entry) error {
	again := planner.Planner{
		Persona: t.who, Self: apiclient.Agent{Handle: apiclient.Handle(t.who.Handle)}, Store: store, Brain: brain, Secrets: []string{key}, Now: time.Now,
	}
	var made state.Entry
	if len(entries) > 0 {
		made = entries[0]
	}
	chance := rand.New(rand.NewPCG(t.Then.ID, uint64(t.Then.At.UnixNano()))) //nolint:gosec // chance, not secrecy
	plan, recalled, err := again.Replay(ctx, chance, t.Then, made)
	if err != nil {
		return err
	}
	t.Now = again.Decision(plan, t.Then.Job, t.Then.At)
	t.Would, t.Recalled = deedsOf(t.who, plan), recalled
	return nil
}

// replay shows what is different: for each post the scores, and the acts with
// = (as then), - (only then) and + (only now) before them.
func (s sheet) replay(t replay, file string, full bool) {
	s.line("replay of d%d of @%s, %s, %s, with %s; nothing is written", t.Then.ID, t.who.Handle, t.Then.Job, s.time(t.Then.At), plain(file))
	s.line("then: %s", asked(t.Then))
	s.line("now:  %s", t.asked())
	if t.Then.Prompt != 0 && t.Then.Prompt != planner.PromptVersion {
		s.line("the prompts are of version %d, then of %d", planner.PromptVersion, t.Then.Prompt)
	}
	posts, shown := make(map[string]bool), make(map[[2]string]bool)
	for i, now := range t.Now.Shown {
		posts[now.Post], shown[[2]string{now.Post, now.Author}] = true, true
		s.moved(t, i, now)
	}
	for _, then := range t.Then.Shown {
		if said := [2]string{then.Post, then.Author}; !shown[said] {
			posts[then.Post], shown[said] = true, true
			s.line("\n  -  %5.2f    -    %s by @%s: %s now", then.Score, plain(then.Post), plain(then.Author), plain(cmp.Or(t.Now.Gone[then.Post], "gone")))
			s.line("                    %s", inQuotes(then.Text, sheetWidth-20))
			s.differences(t.differenceFor(then))
		}
	}
	s.differences(t.rest(posts))
	for _, note := range []struct{ when, text string }{{"then", t.Then.Note}, {"now ", t.Now.Note}} {
		if note.text != "" {
			s.wrapped("\n"+note.when+": ", plain(note.text))
		}
	}
	s.line("\n%s", t.verdict())
	if full {
		s.exchanges(t.Now.Exchanges, true)
	}
}

// asked says what was asked now.
func (t replay) asked() string {
	text := asked(t.Now)
	switch {
	case t.Recalled > 0 && len(t.Now.Exchanges) == 0:
		return fmt.Sprintf("no model was asked: what it would be asked is the same, and its %d %s of then %s taken", t.Recalled, plural(t.Recalled, "answer"), wasOrWere(t.Recalled))
	case t.Recalled > 0:
		return fmt.Sprintf("%s; %d %s of then %s taken", text, t.Recalled, plural(t.Recalled, "answer"), wasOrWere(t.Recalled))
	}
	return text
}

func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// moved shows one post with its two scores.
func (s sheet) moved(t replay, i int, now state.Considered) {
	at := slices.IndexFunc(t.Then.Shown, func(c state.Considered) bool { return c.Post == now.Post && c.Author == now.Author })
	then, place := t.Then.Shown[at], ""
	if at != i {
		place = ", then " + ordinal(at+1)
	}
	score := fmt.Sprintf("%5.2f         ", now.Score)
	if then.Score != now.Score {
		score = fmt.Sprintf("%5.2f -> %5.2f", then.Score, now.Score)
	}
	s.line("\n%3d. %s  %s by @%s%s", i+1, score, plain(now.Post), plain(now.Author), place)
	s.line("                    %s", inQuotes(now.Text, sheetWidth-20))
	if parts := changedParts(then.Parts, now.Parts); parts != "" {
		s.wrapped("                    ", parts)
	}
	s.differences(t.differenceFor(now))
}

// changedParts names the addends that are not as they were.
func changedParts(then, now []state.Part) string {
	value := func(parts []state.Part, name string) float64 {
		if i := slices.IndexFunc(parts, func(p state.Part) bool { return p.Name == name }); i >= 0 {
			return parts[i].Value
		}
		return 0
	}
	var changed []string
	seen := make(map[string]bool)
	for _, part := range slices.Concat(now, then) {
		before, after := value(then, part.Name), value(now, part.Name)
		if !seen[part.Name] && before != after {
			changed = append(changed, fmt.Sprintf("%s %+.2f -> %+.2f", plain(part.Name), before, after))
		}
		seen[part.Name] = true
	}
	return strings.Join(changed, ", ")
}

// difference is one act of then, of now, or of both.
type difference struct {
	sign string // "=", "-" or "+"
	deed
}

// difference compares what was and would be done about a post.
func (t replay) difference(post string) []difference {
	return compare(about(t.Did, post), about(t.Would, post))
}

// differenceFor is difference without what is about others there: of two comments
// on a post each has its own answer.
func (t replay) differenceFor(c state.Considered) []difference {
	return slices.DeleteFunc(t.difference(c.Post), func(d difference) bool { return d.Author != "" && d.Author != c.Author })
}

// rest compares what is about none of the posts.
func (t replay) rest(posts map[string]bool) []difference {
	other := func(d deed) bool { return posts[d.Target] }
	return compare(slices.DeleteFunc(slices.Clone(t.Did), other), slices.DeleteFunc(slices.Clone(t.Would), other))
}

func compare(then, now []deed) (ds []difference) {
	left := slices.Clone(now)
	for _, d := range then {
		i := slices.IndexFunc(left, func(o deed) bool { return o.Kind == d.Kind && o.Text == d.Text && o.kept() == d.kept() })
		if i < 0 {
			ds = append(ds, difference{"-", d})
			continue
		}
		left = slices.Delete(left, i, i+1)
		ds = append(ds, difference{"=", d})
	}
	for _, d := range left {
		ds = append(ds, difference{"+", d})
	}
	return ds
}

// kept reports whether code kept the act from being done.
func (d deed) kept() bool { return d.Status == "refused" || d.Status == string(state.Dropped) }

func (s sheet) differences(ds []difference) {
	for _, d := range ds {
		text := d.Kind
		if d.Text != "" {
			text += " " + inQuotes(d.Text, 0)
		}
		if d.kept() {
			text += ", kept back: " + plain(d.Reason)
		}
		s.wrapped("                  "+d.sign+" ", text)
	}
}

// verdict counts the acts, but for those that code kept back.
func (t replay) verdict() string {
	then, now, changed := 0, 0, 0
	var ds []difference
	for _, post := range t.targets() {
		ds = append(ds, t.difference(post)...)
	}
	for _, d := range ds {
		if d.kept() {
			continue
		}
		if d.sign != "+" {
			then++
		}
		if d.sign != "-" {
			now++
		}
		if d.sign != "=" {
			changed++
		}
	}
	if changed == 0 {
		return fmt.Sprintf("the same would be done: %d %s", now, plural(now, "act"))
	}
	return fmt.Sprintf("%d %s then, %d now; %d only then or only now", then, plural(then, "act"), now, changed)
}

// targets are the posts that anything is about; one is empty.
func (t replay) targets() (posts []string) {
	for _, d := range slices.Concat(t.Did, t.Would) {
		if !slices.Contains(posts, d.Target) {
			posts = append(posts, d.Target)
		}
	}
	return posts
}
