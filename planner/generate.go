package planner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/persona"
	"imagined/state"
)

const (
	aimMake     = 400                 // characters of a prompt that a model is asked for
	captionTags = 2                   // hashtags of a caption
	madeSince   = 30 * 24 * time.Hour // prompts that are not to come again
	madeShown   = 10                  // of them, that a model is shown
)

// made are the words for what is made, and what a prompt for it should say.
var made = map[string]struct{ what, how string }{
	"image":        {"a picture of yours", "what is to be seen, how it is composed, its light, its colours, what it seems to be made with. No lettering"},
	"video":        {"a short film of yours", "what is to be seen, what moves, how it begins and how it ends. No lettering"},
	"sound_effect": {"a sound of yours", "what makes it, in what room, how it begins and how it ends"},
	"music":        {"a short piece of music of yours", "instruments, tempo, mood, how it moves from its beginning to its end"},
}

// mediaOf makes a request of a recipe. A prompt that the model is to write is
// left empty.
func (p *Planner) mediaOf(recipe persona.Recipe, topic string) (*state.Request, error) {
	request, err := p.mediaRequest(recipe, topic)
	if err != nil {
		return nil, err
	}
	if err := recipe.Check(); err != nil {
		return nil, fmt.Errorf("the recipe cannot be made: %w", err)
	}
	if _, capped := p.Persona.Generation.MaxCents(); capped && recipe.USD == nil {
		return nil, fmt.Errorf("the recipe for %s %s has no price, and generation.max_usd_per_day caps what media may cost: add a line such as \"usd: 0.04\"",
			recipe.Provider, recipe.Type)
	}
	request.Cents = recipe.Cents()
	if recipe.Auto() {
		request.Prompt = ""
	}
	return request, nil
}

// mediaBudget adds the money for media where it is capped.
func (p *Planner) mediaBudget(all []Budget, now time.Time) ([]Budget, error) {
	most, capped := p.Persona.Generation.MaxCents()
	if !capped {
		return all, nil
	}
	spent, err := p.Store.MediaCents(now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	usd := func(cents int) float64 { return float64(cents) / 100 }
	return append(all, Budget{Group: GroupMedia, Name: "usd", Window: "day", Cap: usd(most), Used: usd(spent), Left: usd(max(most-spent, 0))}), nil
}

// imagine has the brain write the prompt of media that have none. It reports
// whether there is one; if not, the plan says why.
func (t *turn) imagine(ctx context.Context, r *rand.Rand, a *actions.Action, topic string) (ok bool, err error) {
	if a.Media == nil || a.Media.Prompt != "" {
		return true, nil
	}
	if t.planner.Brain.Name() == OfflineName {
		t.plan.Note, t.plan.Brain = "the prompt of this recipe is written by a model, and there is none", ""
		return false, nil
	}
	before, err := t.madeBefore(a.Media.Type)
	if err != nil {
		return false, err
	}
	b := t.brief(*a, topic, nil)
	b.Make, b.Own = a.Media.Type, before
	prompt, err := t.planner.Brain.Write(ctx, r, b)
	if err != nil {
		return false, t.fail(ctx, err)
	}
	prompt = strings.TrimSpace(prompt)
	if prompt == "" {
		t.plan.Note = "the brain had nothing to make"
		return false, nil
	}
	if reason := t.judge(prompt, before); reason != "" {
		t.plan.Note = "the prompt was refused: " + reason
		return false, nil
	}
	a.Media.Prompt = prompt
	return true, nil
}

// judge says why a prompt is not sent: it leaves the program as a text does,
// and what is spoken is one.
func (t *turn) judge(prompt string, before []OwnLine) string {
	var refused *TextError
	if errors.As(t.texts.check(Text{Kind: actions.Generate, Text: prompt}), &refused) {
		t.consequences(actions.Action{Kind: actions.Generate}, string(refused.Reason), t.planner.Now())
		return refused.Error()
	}
	grams := shinglesOf(prompt)
	same := func(line OwnLine) bool { return overlap(grams, shinglesOf(line.Text)) >= tooSimilar }
	if slices.ContainsFunc(before, same) {
		return string(ReasonRepeat) + ": of what was made lately"
	}
	return ""
}

// madeBefore lists the prompts for media of a type, newest first.
func (t *turn) madeBefore(kind string) (lines []OwnLine, err error) {
	media, err := t.planner.Store.MediaSince(t.planner.Now().Add(-madeSince))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	for _, m := range slices.Backward(media) {
		if m.Request.Type == kind {
			lines = append(lines, OwnLine{Kind: string(actions.Generate), Text: m.Request.Prompt})
		}
	}
	return lines, nil
}

// makePrompt asks for the prompt of media.
func makePrompt(b Brief) string {
	lines := make([]string, 0, madeShown)
	for _, line := range b.Own[:min(len(b.Own), madeShown)] {
		lines = append(lines, quote(visible(line.Text)))
	}
	data := struct {
		What, How, Topic, Made string
		Aim                    int
	}{made[b.Make].what, made[b.Make].how, b.Topic, strings.Join(lines, "\n"), aimMake}
	return render("make.tmpl", data)
}

// tagged puts hashtags of the topic behind the caption of media, as many as
// fit. Lines that the operator wrote are said word for word.
func (p *Planner) tagged(a actions.Action, topic, text string) string {
	text = strings.TrimSpace(text)
	i := slices.IndexFunc(p.Persona.Interests, func(in persona.Interest) bool { return nameOf(in) == topic })
	if a.Kind != actions.Generate || i < 0 || p.Brain.Name() == OfflineName {
		return text
	}
	for _, tag := range p.Persona.Interests[i].Hashtags {
		there := hashtag().FindAllStringSubmatch(text, -1)
		signed := text + " #" + tag
		if len(there) >= captionTags || longest(signed) > maxText {
			break
		}
		if !slices.ContainsFunc(there, func(own []string) bool { return tagName(own[1]) == tagName(tag) }) {
			text = signed
		}
	}
	return text
}
