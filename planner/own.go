package planner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"imagined/actions"
	"imagined/persona"
)

// Introduction is the occasion of the first post, and its slot: there is one.
const Introduction = "introduction"

// greetings are the hashtags of the platform's guide for a first post.
var greetings = []string{"NewAgent", "Introduction"}

const (
	mostTags   = 3   // in a text
	shownTags  = 8   // that a model may pick from
	shownBest  = 3   // own texts that were answered most
	shownMedia = 500 // characters of what a picture or a film shows
)

var tagForm = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_]+$`)

// Material is what there is for a text of the persona's own.
type Material struct {
	Trends []string // hashtags that are popular now, with or without #
	Best   []string // own posts that were answered most, best first
	File   *actions.File
	Shows  string // what the file shows, in the operator's words; may be empty
}

// About is what a text of the persona's own is to be about, beside its topic.
type About struct {
	Occasion string   // Introduction, or empty
	Tags     []string // the only hashtags it may have, without #; nil: any
	Best     []string // own texts that were answered most
	Media    string   // "picture" or "film" that comes with it; empty for none
	Shows    string   // what that shows; may be empty
}

// Post decides about a post of the persona's own. Trends are hashtags that
// are popular now; those that match an interest make its subject likelier.
func (p *Planner) Post(ctx context.Context, r *rand.Rand, trends []string) (Plan, error) {
	return p.Compose(ctx, r, Material{Trends: trends})
}

// Compose decides about a post of the persona's own, with a picture where the
// material has one.
func (p *Planner) Compose(ctx context.Context, r *rand.Rand, m Material) (Plan, error) {
	said, err := p.topics(p.Now())
	if err != nil {
		return Plan{}, err
	}
	rested := said.rested(p.Persona.Interests)
	if len(rested) == 0 && len(p.Persona.Interests) > 0 {
		return Plan{Note: "every subject rests: enough was said about each"}, nil
	}
	return p.compose(ctx, r, m, subject(r, rested, m))
}

func (p *Planner) compose(ctx context.Context, r *rand.Rand, m Material, topic string) (Plan, error) {
	a := actions.Action{Kind: actions.Post, File: m.File, Job: "post", Topic: topic, Why: "a post about " + topic}
	if topic == "" {
		a.Why = "a post"
	}
	about := About{Tags: p.tags(topic, m.Trends), Best: p.best(m.Best)}
	if m.File != nil {
		a.Why += ", with a picture"
		about.Media, about.Shows = "picture", cut(visible(m.Shows), shownMedia)
	}
	if what := newSecrets(p.secrets()).in(m.Shows); what != "" {
		return Plan{Note: "what stands beside the picture holds a secret: " + what}, nil
	}
	plan, err := p.say(ctx, r, a, topic, about)
	plan.material = m
	return plan, err
}

// Film decides about a byte of the film that the material has.
func (p *Planner) Film(ctx context.Context, r *rand.Rand, m Material) (Plan, error) {
	said, err := p.topics(p.Now())
	if err != nil {
		return Plan{}, err
	}
	topic := subject(r, said.restedOrAll(p.Persona.Interests), m)
	a := actions.Action{Kind: actions.Byte, File: m.File, Job: "byte", Topic: topic, Why: strings.TrimSuffix("a film about "+topic, " about ")}
	if what := newSecrets(p.secrets()).in(m.Shows); what != "" {
		return Plan{Note: "what stands beside the film holds a secret: " + what}, nil
	}
	about := About{Tags: p.tags(topic, m.Trends), Media: "film", Shows: cut(visible(m.Shows), shownMedia)}
	return p.say(ctx, r, a, topic, about)
}

// Introduce decides about the first post of an account, which is made once.
func (p *Planner) Introduce(ctx context.Context, r *rand.Rand) (Plan, error) {
	about := About{Occasion: Introduction, Tags: slices.Clone(greetings)}
	for _, in := range p.Persona.Interests {
		if len(in.Hashtags) > 0 {
			about.Tags = append(about.Tags, in.Hashtags[0])
			break
		}
	}
	a := actions.Action{Kind: actions.Post, Slot: Introduction, Job: "introduce", Why: "the first post: who it is"}
	return p.say(ctx, r, a, "", about)
}

// subject is the interest that what is shown belongs to, else one by chance.
func subject(r *rand.Rand, interests []persona.Interest, m Material) (topic string) {
	drawn, best := pickTopic(r, interests, m.Trends), 0.0
	for _, in := range interests {
		if v := interestIn(in, foldCase(m.Shows), nil); v > best {
			best, topic = v, nameOf(in)
		}
	}
	if topic == "" {
		return drawn
	}
	return topic
}

// tags are the hashtags that a text may have: those of the topic, those that
// trend and are one of the persona's words, and those of its other interests.
// What trends and is none of these may be anybody's campaign.
func (p *Planner) tags(topic string, trends []string) []string {
	var own, trending, others []string
	for _, in := range p.Persona.Interests {
		if nameOf(in) == topic {
			own = append(own, in.Hashtags...)
		} else {
			others = append(others, in.Hashtags...)
		}
		for _, trend := range trends {
			if matches(in, trend) {
				trending = append(trending, strings.TrimLeft(strings.TrimSpace(trend), "#"))
			}
		}
	}
	tags := []string{}
	for _, tag := range slices.Concat(own, trending, others) {
		same := func(known string) bool { return tagName(known) == tagName(tag) }
		if len(tags) < shownTags && longest(tag) <= 100 && tagForm.MatchString(tag) && !slices.ContainsFunc(tags, same) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// matches reports whether a hashtag is one of an interest's words, written
// together.
func matches(in persona.Interest, tag string) bool {
	for _, word := range append([]string{in.Topic}, in.Keywords...) {
		if joined := strings.Join(strings.Fields(foldCase(word)), ""); joined != "" && joined == tagName(tag) {
			return true
		}
	}
	return false
}

// best keeps of the persona's own texts those that may be shown to a model.
func (p *Planner) best(texts []string) (best []string) {
	hidden := newSecrets(p.secrets())
	for _, text := range texts {
		if len(best) < shownBest && hidden.in(text) == "" {
			best = append(best, cut(visible(text), shownText))
		}
	}
	return best
}

// sign puts the hashtags of an occasion after the text, as many as fit.
func (about About) sign(text string) string {
	if about.Occasion == "" {
		return text
	}
	text = strings.TrimSpace(text)
	for _, tag := range about.Tags {
		signed := text + " #" + tag
		there := slices.ContainsFunc(tagsIn(text), func(own string) bool { return tagName(own) == tagName(tag) })
		if there || len(tagsIn(signed)) > mostTags || longest(signed) > maxText {
			continue
		}
		text = signed
	}
	return text
}

// tagsIn lists the hashtags of a text, colours such as #c0ffee left out.
func tagsIn(text string) (tags []string) {
	for _, found := range hashtag().FindAllStringSubmatch(text, -1) {
		if !color().MatchString(found[1]) {
			tags = append(tags, found[1])
		}
	}
	return tags
}

// hashtags lets three through at most, and only those that were offered.
func (g *textGuard) hashtags(t Text) (string, bool) {
	tags := tagsIn(t.Text)
	if len(tags) > mostTags {
		return fmt.Sprintf("%d of %d", len(tags), mostTags), true
	}
	for _, tag := range tags {
		if g.tags != nil && !slices.ContainsFunc(g.tags, func(known string) bool { return tagName(known) == tagName(tag) }) {
			return fmt.Sprintf("%q is not one that is in use here", cut(tag, 40)), true
		}
	}
	return "", false
}

// ownWords is what the operator wrote for just this text, where there is no
// model: the bio for an introduction, and what a picture or a film shows.
func ownWords(b Brief) string {
	if b.About.Occasion == Introduction {
		return strings.TrimSpace(b.Persona.Bio)
	}
	return strings.TrimSpace(b.About.Shows)
}

// ownPrompt asks for a post or for the caption of a byte.
func ownPrompt(b Brief) string {
	data := struct {
		Occasion, Topic, Media, Shows, Tags, Best, Own string
		Aim                                            int
	}{Occasion: b.About.Occasion, Topic: b.Topic, Media: b.About.Media, Own: ownLines(b.Own), Aim: min(aimText, b.Max)}
	if b.About.Shows != "" {
		data.Shows = quote(b.About.Shows)
	}
	if b.About.Occasion == "" && len(b.About.Tags) > 0 {
		data.Tags = "#" + strings.Join(b.About.Tags, " #")
	}
	lines := make([]string, len(b.About.Best))
	for i, text := range b.About.Best {
		lines[i] = quote(text)
	}
	data.Best = strings.Join(lines, "\n")
	return render("own.tmpl", data)
}
