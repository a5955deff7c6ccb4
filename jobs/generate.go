package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// generate decides on one media generation; poll follows it to its post.
func (j *Jobs) generate(ctx context.Context, r run) (planner.Plan, error) {
	recipes, why := j.recipes(r.recipe)
	if why != "" {
		return planner.Plan{Note: why}, nil
	}
	if short, err := j.ordersShort(); err != nil || short && r.recipe == 0 {
		return planner.Plan{Note: "what may still be made today is for an order"}, err
	}
	recipes, why, err := j.Generator.Usable(ctx, recipes)
	if err != nil || why != "" {
		return planner.Plan{Note: why}, err
	}
	return j.Planner.Generate(ctx, r.rand, pick(r.rand, recipes), r.slot.UTC().Format(slotForm))
}

// slotForm is to the nanosecond only where a person wanted it: the times of the
// schedule are whole.
const slotForm = time.RFC3339Nano

// recipes are those to draw from: the one that is wanted, by its number from 1,
// or all for which there is somebody to write the prompt.
func (j *Jobs) recipes(wanted int) (recipes []persona.Recipe, why string) {
	all := j.Persona.Generation.Recipes
	switch {
	case wanted < 0 || wanted > len(all):
		return nil, fmt.Sprintf("there is no recipe %d: the persona has %d", wanted, len(all))
	case wanted > 0:
		return all[wanted-1 : wanted], ""
	}
	for _, r := range all {
		if !r.Auto() || j.Planner.Brain.Name() != planner.OfflineName {
			recipes = append(recipes, r)
		}
	}
	if len(recipes) == 0 && len(all) > 0 {
		return nil, "the prompts of its recipes are written by a model, and there is none"
	}
	return recipes, ""
}

// pick draws a recipe by weight.
func pick(r *rand.Rand, recipes []persona.Recipe) persona.Recipe {
	total := 0.0
	for _, recipe := range recipes {
		total += recipe.Weight
	}
	at := r.Float64() * total
	for _, recipe := range recipes {
		if at -= recipe.Weight; at < 0 {
			return recipe
		}
	}
	return recipes[len(recipes)-1]
}

// Make decides on one generation and starts it, by a person's hand: by the
// recipe with that number, or one that is drawn when it is 0. All limits hold.
// ErrNotMade says, with the reason, that nothing was started.
func (j *Jobs) Make(ctx context.Context, recipe int) (planner.Plan, state.Entry, error) {
	return j.make(ctx, recipe, j.Now())
}

// ErrNotMade is the error of Make when nothing was started.
var ErrNotMade = errors.New("nothing was started")

func (j *Jobs) make(ctx context.Context, recipe int, wanted time.Time) (planner.Plan, state.Entry, error) {
	const name = "generate"
	if hold, held, err := j.Store.Held(""); err != nil || held {
		return planner.Plan{}, state.Entry{}, errors.Join(err, fmt.Errorf("%w: held: %s", ErrNotMade, hold.Why))
	}
	r := run{rand: j.chance(name, wanted), slot: wanted, recipe: recipe}
	plan, err := j.generate(ctx, r)
	if err != nil {
		return plan, state.Entry{}, err
	}
	if _, err := j.carryOut(ctx, r, name, plan); err != nil && !errors.Is(err, errNoPlan) {
		return plan, state.Entry{}, err
	}
	if len(plan.Actions) == 0 {
		return plan, state.Entry{}, fmt.Errorf("%w: %s", ErrNotMade, plan.Note)
	}
	e, err := j.Store.Holder(plan.Actions[0].Key())
	switch {
	case errors.Is(err, state.ErrNotFound): // a limit was reached meanwhile: it was dropped
		return plan, e, fmt.Errorf("%w: the journal has the reason", ErrNotMade)
	case err == nil && (e.Status == state.Refused || e.Status == state.Dropped || e.Status == state.Parked):
		return plan, e, fmt.Errorf("%w: %s: %s", ErrNotMade, e.Status, e.Error)
	}
	return plan, e, err
}

// Step takes what is open and what is being generated one step further, and
// returns the media that changed.
func (j *Jobs) Step(ctx context.Context) ([]state.Media, error) {
	if err := j.settle(ctx); err != nil {
		return nil, err
	}
	return j.Generator.Poll(ctx)
}

// cursorAsked holds the generations that a person asked the running program for,
// one a line: the recipe's number and when.
const cursorAsked = "generate/asked"

// askFor notes that a person wants a generation. Noted twice it is still one:
// its slot is the time of the command.
func askFor(store *state.Store, c state.Command) (string, error) {
	notes, err := store.Cursor(cursorAsked)
	if err != nil {
		return "", err
	}
	note := strconv.Itoa(c.Recipe) + " " + c.At.UTC().Format(slotForm) + "\n"
	if !strings.Contains(notes, note) {
		err = store.SetCursor(cursorAsked, notes+note)
	}
	return "a generation is started next", err
}

// asked starts the generations that a person asked for, in that order. The note
// of each is gone before, so that it is done once at most.
func (j *Jobs) asked(ctx context.Context) error {
	for ctx.Err() == nil {
		notes, err := j.Store.Cursor(cursorAsked)
		if err != nil || notes == "" {
			return err
		}
		note, others, _ := strings.Cut(notes, "\n")
		if err := j.Store.SetCursor(cursorAsked, others); err != nil {
			return err
		}
		j.beat(askedLimit)
		if err := j.askedFor(ctx, note); err != nil {
			return err
		}
	}
	return nil
}

const askedLimit = 5 * time.Minute

func (j *Jobs) askedFor(ctx context.Context, note string) error {
	number, at, _ := strings.Cut(note, " ")
	recipe, err := strconv.Atoi(number)
	wanted, parsed := time.Parse(slotForm, at)
	if err != nil || parsed != nil {
		return nil //nolint:nilerr // not one of ours
	}
	ctx, cancel := context.WithTimeout(ctx, askedLimit)
	defer cancel()
	_, _, err = j.make(ctx, recipe, wanted)
	var broken *journalError
	switch {
	case errors.As(err, &broken):
		return err
	case err != nil && !errors.Is(err, context.Canceled):
		j.Log.Warn("the generation that was asked for", "err", err)
	}
	return nil
}
