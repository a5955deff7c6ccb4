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
	"imagined/apiclient"
	"imagined/state"
)

// ErrNoBrain says that something else would be asked than what was asked then,
// and that there is nobody to ask.
var ErrNoBrain = errors.New("another prompt than then, and no model to ask")

// errNotKept says that a decision has nothing that could be decided again.
var errNotKept = errors.New("nothing in it can be decided again")

// Replay decides again what was decided before, now with this planner's
// persona: about the same posts under the same numbers, as they were then, with
// the acts that were possible then. Where the model is asked the very same, the
// answer of then is taken, and recalled counts it; else the brain is asked, and
// without one the plan says ErrNoBrain. The store is a copy that was rewound to
// the decision. Made is the entry that came of a decision about media; it may
// be zero for others.
//
// An answer is asked for in the words of then, with the persona of now.
// Gates are not asked again but for what the persona avoids and its limits:
// what fell away then is not kept whole.
func (p *Planner) Replay(ctx context.Context, r *rand.Rand, d state.Decision, made state.Entry) (plan Plan, recalled int, err error) {
	again := *p
	memory := &recall{brain: p.Brain, name: d.Brain, exchanges: d.Exchanges, redact: newSecrets(p.secrets()).redact}
	switch {
	case memory.Name() != OfflineName:
		again.Brain = memory
	case p.Brain == nil:
		again.Brain = NewOffline()
	}
	switch {
	case d.Job == "engage" && len(d.Shown) > 0:
		plan, err = again.chooseAgain(ctx, r, d)
	case d.Job == "respond" && len(d.Shown) > 0:
		plan, err = again.answerAgain(ctx, r, d)
	case d.Job == "post" && len(d.Gone) == 0:
		plan, err = again.compose(ctx, r, materialOf(d.Material), again.topicOf(r, d.Topic))
	case d.Job == "generate" && made.Media != nil:
		a := actions.Action{Kind: actions.Generate, Slot: made.Slot, Job: d.Job, Media: made.Media, Why: made.Why}
		plan, err = again.say(ctx, r, a, again.topicOf(r, d.Topic), About{})
	default:
		err = fmt.Errorf("decision d%d, of %s: %w", d.ID, d.Job, errNotKept)
	}
	return plan, memory.used, err
}

// chooseAgain is Engage about posts that were kept.
func (p *Planner) chooseAgain(ctx context.Context, r *rand.Rand, d state.Decision) (Plan, error) {
	plan := Plan{Read: d.Read, Gone: make(map[string]int), seen: make(map[string]state.Seen), away: make(map[string]string)}
	var left []Candidate
	numbers := make(map[string]int)
	for _, kept := range d.Shown {
		c := candidate(kept)
		numbers[c.Post.ID] = kept.Number
		acts, err := p.allowed(c, d.At)
		switch {
		case err != nil:
			return plan, err
		case p.avoided(c.Post):
			plan.gone(c, "avoided")
		case len(acts) == 0:
			plan.gone(c, "limits reached")
		default:
			c.Acts = acts
			left = append(left, c)
		}
	}
	shown, err := p.rank(&plan, left, d.At)
	if err != nil {
		return plan, err
	}
	plan.Shown = shown
	if len(plan.Shown) == 0 {
		plan.Note = plan.nothing()
		return plan, ctx.Err()
	}
	t, err := p.turn(&plan, r)
	if err != nil {
		return plan, err
	}
	q := t.question(r, plan.Shown)
	for i, c := range plan.Shown { // the numbers of then, so that the answer of then can be read
		plan.Shown[i].Number, q.Choices[i].Number = numbers[c.Post.ID], numbers[c.Post.ID]
		q.Choices[i].Candidate.Number = numbers[c.Post.ID]
	}
	plan.Brain = p.Brain.Name()
	answer, err := p.Brain.Choose(ctx, r, q)
	if err != nil {
		return plan, t.fail(ctx, err)
	}
	chosen, err := q.match(answer)
	if err != nil {
		return plan, t.fail(ctx, err)
	}
	return plan, t.act(ctx, r, chosen, d.At)
}

// answerAgain is Respond about what was answered then. The words in which each
// answer was asked for are those of then; the persona is not.
func (p *Planner) answerAgain(ctx context.Context, r *rand.Rand, d state.Decision) (Plan, error) {
	plan := Plan{Read: d.Read, Gone: make(map[string]int), away: make(map[string]string)}
	t, err := p.turn(&plan, r)
	if err != nil {
		return plan, err
	}
	asked := askedToWrite(d.Exchanges)
	for i, kept := range d.Shown[:min(len(d.Shown), len(asked))] {
		c := candidate(kept)
		if c.Topic = kept.Topic; len(c.Acts) != 1 {
			continue
		}
		a := c.deed(c.Acts[0])
		a.Job = d.Job
		over, err := p.over(a.Charges(p.Persona.Limits), d.At)
		switch {
		case err != nil:
			return plan, err
		case p.avoided(c.Post):
			plan.gone(c, "avoided")
			continue
		case over != nil:
			plan.gone(c, "limits reached")
			continue
		}
		plan.Shown, plan.Brain = append(plan.Shown, c), p.Brain.Name()
		b := t.brief(a, c.Topic, &c.Post)
		b.Comment, b.asked = &apiclient.Comment{Content: c.Post.Content, Agent: c.Post.Agent}, asked[i]
		if a.Text, err = p.Brain.Write(ctx, r, b); err != nil {
			return plan, t.fail(ctx, err)
		}
		if a.Text == "" {
			t.refuse(a, "the brain had nothing to say")
			continue
		}
		if err := t.accept(a, c.Post.Content, nil); err != nil {
			return plan, err
		}
	}
	return plan, ctx.Err()
}

// askedToWrite are the prompts of texts, each once: not those that repair an
// answer, nor the same in another form.
func askedToWrite(exchanges []state.Exchange) (asked []string) {
	for _, x := range exchanges {
		if x.Purpose == "write" && !strings.HasPrefix(x.User, repairs) && !slices.Contains(asked, x.User) {
			asked = append(asked, x.User)
		}
	}
	return asked
}

// candidate is the reverse of considered, as far as that goes.
func candidate(kept state.Considered) Candidate {
	c := Candidate{Source: kept.Source, Number: kept.Number, Film: kept.Film, Post: apiclient.Post{
		ID: kept.Post, Content: kept.Text, Hashtags: kept.Hashtags, LikeCount: kept.Likes, CommentCount: kept.Comments,
		CreatedAt: kept.At, Agent: apiclient.Agent{Handle: apiclient.Handle(kept.Author)},
	}}
	if kept.Quotes != "" {
		c.Post.RepostOf = &apiclient.Post{Content: kept.Quotes}
	}
	for _, act := range kept.Acts {
		c.Acts = append(c.Acts, actions.Kind(act))
	}
	return c
}

// allowed are the acts of then that the persona's limits and shares allow.
func (p *Planner) allowed(c Candidate, then time.Time) (acts []actions.Kind, err error) {
	shares, err := p.proportions(then)
	if err != nil {
		return nil, err
	}
	for _, kind := range c.Acts {
		if !slices.Contains(c.kinds(), kind) || shares.over(kind) != "" {
			continue
		}
		a := c.deed(kind)
		over, err := p.over(a.Charges(p.Persona.Limits), then)
		if err != nil {
			return nil, err
		}
		if over == nil {
			acts = append(acts, kind)
		}
	}
	return acts, nil
}

// topicOf is the topic of then, if it is still one of the persona's.
func (p *Planner) topicOf(r *rand.Rand, topic string) string {
	for _, in := range p.Persona.Interests {
		if nameOf(in) == topic {
			return topic
		}
	}
	return pickTopic(r, p.Persona.Interests, nil)
}

// recall is a brain that remembers what a model was asked and answered.
type recall struct {
	brain     Brain  // asked when the memory does not help; nil: nobody is
	name      string // of the brain of then
	exchanges []state.Exchange
	redact    func(string) string // as the exchanges were
	used      int                 // answers of then that were taken
}

// Name is that of the brain that would be asked.
func (b *recall) Name() string {
	if b.brain == nil {
		return b.name
	}
	return b.brain.Name()
}

// Choose takes the answer of then if the model would be asked the same.
func (b *recall) Choose(ctx context.Context, r *rand.Rand, q Question) (answer Answer, err error) {
	fitted, a := q, ask{system: systemPrompt(q.Persona, strings.Repeat("x", markLength))}
	a.fit(&fitted)
	if b.find("choose", "", systemPrompt(q.Persona, hiddenMark), a.user, func(data []byte) error {
		answer, err = decodeAnswer(data)
		return err
	}) {
		q.meter.fewer(len(fitted.Choices))
		return answer, nil
	}
	if b.brain == nil {
		return nil, ErrNoBrain
	}
	return b.brain.Choose(ctx, r, q)
}

// Write takes the text of then if the model would be asked the same.
func (b *recall) Write(ctx context.Context, r *rand.Rand, brief Brief) (text string, err error) {
	target := ""
	if brief.Post != nil {
		target = brief.Post.ID
	}
	if b.find("write", target, systemPrompt(brief.Persona, hiddenMark), writePrompt(brief), func(data []byte) error {
		text, err = decodeText(data)
		return err
	}) {
		return text, nil
	}
	if b.brain == nil {
		return "", ErrNoBrain
	}
	return b.brain.Write(ctx, r, brief)
}

// markLength is how long a prompt's mark is: it counts where a question is cut
// to size.
const markLength = 13

// find looks for the exchange that began with these prompts. Its last answer
// that can be read is the one that was used then.
func (b *recall) find(purpose, target, system, user string, read func([]byte) error) bool {
	system, user = b.redact(system), b.redact(user)
	const declined = "\x00" // no answer is that
	same := false
	var answers []string
	for _, x := range b.exchanges {
		if x.Purpose != purpose || x.Target != target || x.System != system {
			continue
		}
		if purpose == "write" && x.User != user && !strings.HasPrefix(x.User, repairs) {
			if same { // from here on it is about another comment on that post
				break
			}
			continue
		}
		same = same || x.User == user
		if !same {
			continue
		}
		switch {
		case strings.HasPrefix(x.Error, errSilence.Error()):
			answers = append(answers, declined)
		case x.Error == "":
			answers = append(answers, x.Answer)
		}
	}
	if !same {
		return false
	}
	for _, answer := range slices.Backward(answers) {
		if answer == declined || readAnyhow(answer, read) == nil {
			b.used++
			return true
		}
	}
	return false
}

// readAnyhow reads an answer in whatever form it came.
func readAnyhow(answer string, read func([]byte) error) error {
	answer = afterThoughts(answer)
	if err := read([]byte(answer)); err == nil {
		return nil
	}
	return read([]byte(onlyObject(answer)))
}

// Answered is what a kept request to choose was answered; nothing when the
// answer could not be used.
func Answered(x state.Exchange) (answer Answer) {
	if x.Purpose != "choose" || x.Error != "" {
		return nil
	}
	var found Answer
	err := readAnyhow(x.Answer, func(data []byte) (err error) { found, err = decodeAnswer(data); return err })
	if err != nil {
		return nil
	}
	return found
}
