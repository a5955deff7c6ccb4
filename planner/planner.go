// Package planner decides what a persona does: which posts it considers, what
// the brain is asked about them, and which of its answers are allowed.
//
// Nothing here acts. A plan holds actions that passed every guard, and the
// refused ones with the reason; the caller journals and performs them.
package planner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// Candidate is a post that the persona might do something about.
type Candidate struct {
	Post   apiclient.Post
	Source string         // where it was found: "feed", "explore", "#tag", "timeline"
	Score  float64        // sum of Parts
	Parts  []Part         // set by the planner
	Topic  string         // best matching interest; empty when none does
	Acts   []actions.Kind // what limits and earlier actions still allow; set by the planner
	Film   bool           // the post is a byte
	Met    int            // likes and comments that the persona gave its author; set by the planner
	Number int            // that stands for it before the brain; 0: it was not shown
}

// Part is one named addend of a score.
type Part = state.Part

// Refusal is an action that was decided against, and why.
type Refusal struct {
	Action actions.Action // without its text when the text holds a secret
	Reason string
}

// Usage is what the model calls of one plan cost, in tokens.
type Usage struct {
	Input  int
	Output int
}

// Plan is one decision with all that led to it.
type Plan struct {
	Read    int              // candidates given
	Gone    map[string]int   // how many fell away before the brain was asked, by reason
	Shown   []Candidate      // what the brain was asked about, best first
	Actions []actions.Action // what to do, in order; every guard let them through
	Refused []Refusal
	Brain   string // "offline" or the model; empty when it was not asked
	Calls   int    // requests to the model
	Usage   Usage
	Held    []string        // acts that their share held back
	Topic   string          // of a text that answers nobody
	Note    string          // one line that explains a plan without actions
	Failed  bool            // the brain was asked and gave nothing usable
	Broke   string          // "tokens" or "usd" where that budget did not allow a call
	Alarm   string          // why all writing is to stop until a person says otherwise; empty: it goes on
	Shun    []state.Shunned // who is to be left alone for a while
	Quiet   bool            // nothing was there to decide about: not worth an entry
	// Handled are the notifications that are dealt with once the plan has been
	// carried out, and Heard what others did in them.
	Handled []string
	Heard   []state.Heard
	Answers map[string]string // by notification: dedupe key of its answer, which must be in the journal by then
	Talks   []ReadTalk        // conversations that are dealt with then
	Short   bool              // media that were ordered wait for a limit

	seen      map[string]state.Seen
	away      map[string]string // why a post fell away, by id; without those that come back each time
	exchanges []state.Exchange  // requests to the model
	found     map[string]string // where what fell away was found
	material  Material          // that a post of its own was to be written from
}

// Planner decides for one persona. Its fields are set once, before the first
// call; its methods must not run at the same time.
type Planner struct {
	Persona *persona.Persona
	Self    apiclient.Agent // the persona on the platform
	Store   *state.Store    // read only, but for the model: its budget, and how to ask it
	Brain   Brain
	Secrets []string        // what no text may hold: client secret, model key
	Live    func() []string // secrets that change, such as the platform's token; may be nil
	Now     func() time.Time
	Log     *slog.Logger // may be nil

	Household []string // handles of the personas of this process, this one included
	// Thread reads the newest comments on a post, and Lookup one post; both are
	// set by who has a client. nil: comments are not compared with those of others.
	Thread func(ctx context.Context, post string) ([]apiclient.Comment, error)
	Lookup func(ctx context.Context, post string) (apiclient.Post, error)
	// FilmThread is Thread of a byte. Follows says whether the persona follows an
	// agent; nil: nobody knows, and the platform refuses what repeats.
	FilmThread func(ctx context.Context, film string) ([]apiclient.Comment, error)
	Follows    func(ctx context.Context, handle string) (bool, error)
	// Agent reads a profile, and Lately what was posted about the interests; they
	// are set likewise. nil: nobody is followed.
	Agent  func(ctx context.Context, handle string) (apiclient.Profile, error)
	Lately func(ctx context.Context) ([]apiclient.Post, error)

	hidden Unreadable      // posts, with their threads
	off    map[string]bool // rules that a test has removed
}

// Engage decides about posts. An error means a store that failed or a ctx
// that is done; a brain that fails makes a plan that is Failed and does
// nothing.
func (p *Planner) Engage(ctx context.Context, r *rand.Rand, cs []Candidate) (Plan, error) {
	plan := Plan{Read: len(cs), Gone: make(map[string]int), seen: make(map[string]state.Seen), away: make(map[string]string)}
	now := p.Now()
	left, err := p.gate(&plan, cs, now)
	if err != nil {
		return plan, err
	}
	if plan.Shown, err = p.rank(&plan, left, now); err != nil {
		return plan, err
	}
	if len(plan.Shown) == 0 {
		plan.Note = plan.nothing()
		return plan, ctx.Err()
	}
	t, err := p.turn(&plan, r)
	if err != nil {
		return plan, err
	}
	q := t.question(r, plan.Shown)
	plan.Brain = p.Brain.Name()
	answer, err := p.Brain.Choose(ctx, r, q)
	if err != nil {
		return plan, t.fail(ctx, err)
	}
	chosen, err := q.match(answer)
	if err != nil {
		return plan, t.fail(ctx, err)
	}
	t.remember(plan.Shown, now)
	return plan, t.act(ctx, r, chosen, now)
}

// Generate decides about one piece of media by this recipe, with a caption
// from the brain. The slot is the run that wants it.
func (p *Planner) Generate(ctx context.Context, r *rand.Rand, recipe persona.Recipe, slot string) (Plan, error) {
	said, err := p.topics(p.Now())
	if err != nil {
		return Plan{}, err
	}
	topic := pickTopic(r, said.restedOrAll(p.Persona.Interests), nil)
	request, err := p.mediaOf(recipe, topic)
	if err != nil {
		return Plan{Note: err.Error()}, nil //nolint:nilerr // a recipe that does not fit is a decision, not a failure
	}
	a := actions.Action{
		Kind: actions.Generate, Slot: slot, Job: "generate", Topic: topic, Media: request,
		Why: fmt.Sprintf("%s %s about %s", request.Provider, request.Type, topic),
	}
	if reason, err := actions.Unaffordable(p.Store, p.Persona, request.Cents, p.Now()); err != nil || reason != "" {
		return Plan{Note: reason}, err
	}
	return p.say(ctx, r, a, topic, About{})
}

// Seen returns the posts to remember once the plan has been journalled: those
// the brain was asked about and those that are not of interest. A plan that
// failed leaves what it showed to the next one.
func (p *Planner) Seen(plan Plan) map[string]state.Seen { return plan.seen }

// say plans one text that answers nobody.
func (p *Planner) say(ctx context.Context, r *rand.Rand, a actions.Action, topic string, about About) (Plan, error) {
	plan := Plan{Topic: topic}
	now := p.Now()
	if reason, err := actions.Barred(p.Store, a.Kind, now); err != nil || reason != "" {
		plan.Note = reason
		return plan, err
	}
	if reason, err := p.room(tally{}, a, now); err != nil || reason != "" {
		plan.Note = reason
		return plan, err
	}
	taken, err := p.Store.Taken(a.Key()) // of media; a post's key waits for its text
	if err != nil {
		return plan, fmt.Errorf("%w: %w", errStore, err)
	}
	if taken {
		plan.Note = "already planned for " + a.Slot
		return plan, nil
	}
	t, err := p.turn(&plan, r)
	if err != nil {
		return plan, err
	}
	if plan.Brain = p.Brain.Name(); plan.Brain == OfflineName {
		a.Why += "; no model was asked"
	}
	if ok, err := t.imagine(ctx, r, &a, topic); !ok {
		return plan, err
	}
	b := t.brief(a, topic, nil)
	b.About, t.texts.tags = about, about.Tags
	text, err := p.Brain.Write(ctx, r, b)
	if err != nil {
		return plan, t.fail(ctx, err)
	}
	if text == "" {
		plan.Note = "the brain had nothing to say"
		return plan, nil
	}
	a.Text = p.tagged(a, topic, about.sign(text))
	err = t.accept(a, "", nil)
	if len(plan.Refused) > 0 {
		plan.Note = "refused: " + plan.Refused[0].Reason
	}
	return plan, err
}

// fail writes into the plan why the brain gave nothing. It returns an error
// only for what is not the brain's fault.
func (t *turn) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errStore) {
		return err
	}
	t.plan.Note = t.redact(err.Error())
	t.plan.Failed = !errors.Is(err, state.ErrBudget) && !errors.Is(err, errNoPrice)
	if t.plan.Calls == 0 && !t.plan.Failed {
		t.plan.Brain = "" // not asked
	}
	t.planner.log().DebugContext(ctx, "no usable answer", slog.String("brain", t.planner.Brain.Name()), slog.String("err", t.plan.Note))
	return nil
}

func (p *Planner) log() *slog.Logger {
	if p.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Log
}
