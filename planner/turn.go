package planner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
	"imagined/state"
)

const (
	ownTexts   = 500 // own texts that a new one is compared with
	ownAuthors = 50  // of these, how many newest are known with whom they answered
	maxText    = contract.MaxPost
	maxNumber  = 99 // candidate numbers are 1..maxNumber
)

// turn is the making of one plan: what it needs beside the planner.
type turn struct {
	planner *Planner
	plan    *Plan
	meter   *meter
	canary  string // random word that only the prompt holds
	texts   textGuard
}

func (p *Planner) turn(plan *Plan, r *rand.Rand) (*turn, error) {
	canary := strconv.FormatUint(r.Uint64()|1<<63, 36)
	texts, err := p.textGuard(canary)
	if err != nil {
		return nil, err
	}
	return &turn{planner: p, plan: plan, meter: &meter{planner: p, plan: plan}, canary: canary, texts: texts}, nil
}

// question puts the shown candidates under random numbers.
func (t *turn) question(r *rand.Rand, shown []Candidate) Question {
	q := Question{Persona: t.planner.Persona, canary: t.canary, meter: t.meter, off: t.planner.off}
	numbers := r.Perm(maxNumber)
	possible := make(map[actions.Kind]bool)
	for i, c := range shown {
		shown[i].Number = numbers[i] + 1
		q.Choices = append(q.Choices, Choice{Number: shown[i].Number, Candidate: c})
		for _, act := range c.Acts {
			possible[act] = true
		}
	}
	for _, kind := range engageKinds {
		if act := actions.Kind(actOf(kind)); possible[kind] && !slices.Contains(q.Acts, act) {
			q.Acts = append(q.Acts, act)
		}
	}
	return q
}

func (t *turn) brief(a actions.Action, topic string, post *apiclient.Post) Brief {
	b := Brief{
		Persona: t.planner.Persona, Kind: a.Kind, Post: post, Topic: topic, Own: t.texts.own, Max: maxText,
		canary: t.canary, meter: t.meter,
	}
	if a.Media != nil {
		b.Prompt = a.Media.Prompt
	}
	return b
}

// remember notes the posts that the brain has considered.
func (t *turn) remember(cs []Candidate, now time.Time) {
	for _, c := range cs {
		t.plan.seen[c.Post.ID] = state.Seen{Comments: c.Post.CommentCount, At: now}
	}
}

// act turns what was chosen into actions, best post first.
func (t *turn) act(ctx context.Context, r *rand.Rand, chosen []chosen, now time.Time) error {
	b, err := t.bounds(now)
	if err != nil {
		return err
	}
	for _, c := range chosen {
		a := c.deed(c.act)
		a.Why = cut(t.redact(visible(c.why)), 200)
		reason, err := t.admit(b, c, a, now)
		if err != nil {
			return err
		}
		if reason != "" {
			t.refuse(a, reason)
			t.consequences(a, reason, now)
			continue
		}
		b.used.add(a, t.planner.Persona.Limits)
		if slices.Contains(textKinds, c.act) {
			b.said.add(c.Topic)
		}
		before := len(t.plan.Actions)
		if err := t.perform(ctx, r, a, c); err != nil {
			return err
		}
		if len(t.plan.Actions) > before {
			b.shares.add(c.act)
		}
	}
	if len(t.plan.Actions) == 0 && t.plan.Note == "" {
		t.plan.Note = fmt.Sprintf("nothing chosen (%d shown, %d refused)", len(t.plan.Shown), len(t.plan.Refused))
	}
	return nil
}

// bounds are what a decision is held to, beside what it is about.
type bounds struct {
	used   tally
	done   map[string]bool
	said   topics
	shares *proportions
}

func (t *turn) bounds(now time.Time) (b bounds, err error) {
	b.used, b.done = tally{}, make(map[string]bool)
	if b.said, err = t.planner.topics(now); err != nil {
		return b, err
	}
	b.shares, err = t.planner.proportions(now)
	return b, err
}

// admit says why a decision is dropped; empty when it is not.
func (t *turn) admit(b bounds, c chosen, a actions.Action, now time.Time) (string, error) {
	id, passed := string(c.act)+"/"+a.Target, "passed on/"+a.Target
	if b.done[id] && !t.planner.off[ruleTwice] {
		return "decided twice", nil
	}
	b.done[id] = true
	if !slices.Contains(c.Acts, c.act) && !t.planner.off[ruleActs] {
		return c.closed(), nil
	}
	if slices.Contains(passing, c.act) {
		if b.done[passed] && !t.planner.off[rulePassed] {
			return rulePassed, nil
		}
		b.done[passed] = true
	}
	ring, err := t.planner.ring(b.used, c.Post, now)
	if err != nil {
		return "", err
	}
	if ring {
		return ruleRing, nil
	}
	if reason, err := t.limited(b.used, a, now); reason != "" || err != nil {
		return reason, err
	}
	if reason := b.shares.over(c.act); reason != "" && !t.planner.off[ruleShares] {
		return reason, nil
	}
	if slices.Contains(textKinds, c.act) && b.said.rests(c.Topic) {
		return "the subject rests: enough was said about " + c.Topic, nil
	}
	return "", nil
}

func (t *turn) limited(used tally, a actions.Action, now time.Time) (string, error) {
	if t.planner.off[ruleRoom] {
		return "", nil
	}
	return t.planner.room(used, a, now)
}

// perform adds the action to the plan, with its text where it has one.
func (t *turn) perform(ctx context.Context, r *rand.Rand, a actions.Action, c chosen) error {
	if a.Kind == actions.Follow {
		return t.follow(ctx, a)
	}
	if !slices.Contains(textKinds, a.Kind) {
		t.plan.Actions = append(t.plan.Actions, a)
		return nil
	}
	others, err := t.others(ctx, c.Candidate)
	text, blind := "", err != nil
	if err == nil {
		text, err = t.planner.Brain.Write(ctx, r, t.brief(a, c.Topic, &c.Post))
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errStore):
		return err
	case err != nil:
		t.refuse(a, "not written: "+t.redact(err.Error()))
		if errors.Is(err, ErrAnswer) { // asked again it would cost again
			return nil
		}
		delete(t.plan.seen, c.Post.ID) // another plan may have more luck
		if blind {
			t.planner.hidden.Add(c.Post.ID, t.planner.Now())
		}
		return nil
	case text == "":
		t.refuse(a, "the brain had nothing to say")
		return nil
	}
	a.Text = text
	return t.accept(a, answerable(c.Post), others)
}

// others are what others commented on a post, the newest of it: one read, and
// none where nobody did.
func (t *turn) others(ctx context.Context, c Candidate) ([]string, error) {
	read := t.planner.Thread
	if c.Film {
		read = t.planner.FilmThread
	}
	if read == nil || c.Post.CommentCount == 0 {
		return nil, nil
	}
	comments, err := read(ctx, c.Post.ID)
	if err != nil {
		return nil, fmt.Errorf("read the thread: %w", err)
	}
	return t.planner.foreignTexts(comments), nil
}

// foreignTexts are the comments that are not the persona's own.
func (p *Planner) foreignTexts(comments []apiclient.Comment) (texts []string) {
	for _, c := range comments {
		if !p.own(c.Agent) {
			texts = append(texts, c.Content)
		}
	}
	return texts
}

// accept adds an action with a text to the plan, or refuses it.
func (t *turn) accept(a actions.Action, answers string, others []string) error {
	a.Text = strings.TrimSpace(a.Text)
	text := Text{Kind: a.Kind, Text: a.Text, Author: a.Author, Thread: a.Target, Answers: answers, Others: others}
	var refused *TextError
	if err := t.texts.check(text); errors.As(err, &refused) {
		if slices.Contains(secretive, refused.Reason) {
			a.Text = "" // a refused action is journalled
		}
		t.consequences(a, string(refused.Reason), t.planner.Now())
		a.Text = cut(a.Text, contract.MaxComment)
		t.refuse(a, refused.Error())
		return nil
	}
	taken, err := t.planner.Store.Taken(a.Key())
	if err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	if taken {
		t.refuse(a, "already acted on")
		return nil
	}
	t.texts.add(OwnLine{Kind: string(a.Kind), Thread: a.Target, Author: a.Author, Text: a.Text})
	t.plan.Actions = append(t.plan.Actions, a)
	return nil
}

func (t *turn) refuse(a actions.Action, reason string) {
	t.plan.Refused = append(t.plan.Refused, Refusal{Action: a, Reason: reason})
}

// redact takes out of others' words what must not be kept: secrets, and the
// mark of this plan's prompts.
func (t *turn) redact(text string) string {
	return withoutMark(t.texts.secrets.redact(text), t.canary)
}

func withoutMark(text, canary string) string {
	if canary == "" {
		return text
	}
	text = strings.ReplaceAll(text, canary, hiddenMark)
	if newSecrets([]string{canary}).in(text) != "" {
		return "[held back: it holds the prompt's mark]"
	}
	return text
}

// pickTopic draws an interest by weight; one that is trending weighs double.
func pickTopic(r *rand.Rand, interests []persona.Interest, trends []string) string {
	weights := make([]float64, len(interests))
	sum := 0.0
	for i, in := range interests {
		weights[i] = weightOf(in)
		if trending(in, trends) {
			weights[i] *= 2
		}
		sum += weights[i]
	}
	at := r.Float64() * sum
	for i, in := range interests {
		if at -= weights[i]; at < 0 {
			return nameOf(in)
		}
	}
	return ""
}

func trending(in persona.Interest, trends []string) bool {
	for _, trend := range trends {
		tag := tagName(trend)
		for _, own := range in.Hashtags {
			if tag != "" && tag == tagName(own) {
				return true
			}
		}
	}
	return false
}

// mediaRequest fills the recipe in.
func (p *Planner) mediaRequest(recipe persona.Recipe, topic string) (*state.Request, error) {
	if topic == "" && strings.Contains(recipe.Prompt, "{topic}") {
		return nil, errors.New("the recipe's prompt has {topic}, and the persona has no interests: add one")
	}
	prompt := strings.ReplaceAll(recipe.Prompt, "{topic}", topic)
	if n := longest(prompt); n == 0 || n > contract.MaxPrompt {
		return nil, fmt.Errorf("the recipe's prompt has %d characters: use 1 to %d", n, contract.MaxPrompt)
	}
	if err := checkParams(recipe.Params); err != nil && !p.off[ruleParams] {
		return nil, err
	}
	return &state.Request{
		Provider: recipe.Provider, Type: recipe.Type, Model: recipe.Model, Prompt: prompt, Params: maps.Clone(recipe.Params),
	}, nil
}
