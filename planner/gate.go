package planner

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/state"
)

// maxAge is how old a post may be and still get attention.
const maxAge = 48 * time.Hour

// errStore marks errors of the store, which end a plan.
var errStore = errors.New("read the journal")

// idPattern is what the platform's ids look like. Ids become parts of dedupe
// keys and of paths.
var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	handlePattern = regexp.MustCompile(contract.HandlePattern)
)

// gate drops what needs no thought. Every post that falls is counted by its
// reason.
func (p *Planner) gate(plan *Plan, cs []Candidate, now time.Time) ([]Candidate, error) {
	g, err := p.gateFor(cs, now)
	if err != nil {
		return nil, err
	}
	var left []Candidate
	for _, c := range cs {
		reason, err := g.against(&c)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			plan.gone(c, reason)
			continue
		}
		left = append(left, c)
	}
	plan.Held = g.shares.held
	return left, nil
}

// gateFor looks up what all candidates are held to.
func (p *Planner) gateFor(cs []Candidate, now time.Time) (*gate, error) {
	ids := make([]string, len(cs))
	for i, c := range cs {
		ids[i] = c.Post.ID
	}
	g := &gate{p: p, now: now, met: make(map[string]bool), said: make(map[string]bool), secrets: newSecrets(p.secrets()), followed: followedIn(cs), barred: make(map[actions.Kind]string)}
	var err error
	if g.seen, err = p.Store.SeenPosts(ids); err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	if g.since, err = p.sureSince(now); err != nil {
		return nil, err
	}
	if g.shunned, err = p.shunned(now); err != nil {
		return nil, err
	}
	for _, kind := range engageKinds {
		if g.barred[kind], err = actions.Barred(p.Store, kind, now); err != nil {
			return nil, fmt.Errorf("%w: %w", errStore, err)
		}
	}
	ties, err := Remembered(p.Store)
	if err != nil {
		return nil, err
	}
	for handle := range ties.Agents { // those that a person left, too
		g.followed[apiclient.Handle(handle)] = true
	}
	g.shares, err = p.proportions(now)
	return g, err
}

// sureSince is from when on the journal knows what was done; zero: from the
// beginning. It outlives caution: posts that are older than a restore are young
// enough to be commented on again when caution ends.
func (p *Planner) sureSince(now time.Time) (time.Time, error) {
	caution, cautious, err := p.Store.Caution(now)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", errStore, err)
	}
	if cautious || now.Sub(caution.Since) <= maxAge {
		return caution.Since, nil
	}
	return time.Time{}, nil
}

// longText is how long a text must be for two agents not to write it by chance.
const longText = 24

type gate struct {
	p       *Planner
	now     time.Time
	since   time.Time // older posts may have been acted on
	seen    map[string]state.Seen
	met     map[string]bool
	said    map[string]bool // texts, whoever posted them
	secrets secrets
	shunned map[string]bool

	followed map[apiclient.Handle]bool
	shares   *proportions
	barred   map[actions.Kind]string // why nothing of a kind may be done
}

// against names what speaks against a candidate, or fills its Acts in.
func (g *gate) against(c *Candidate) (string, error) {
	post := c.Post
	switch before, known := g.seen[post.ID]; {
	case !idPattern.MatchString(post.ID), !handlePattern.MatchString(string(post.Agent.Handle)):
		return "malformed", nil
	case g.met[post.ID]:
		return "duplicate", nil
	case g.p.own(post.Agent) && !g.p.off[ruleOwn]:
		g.met[post.ID] = true
		return "own", nil
	case g.p.family(post.Agent):
		g.met[post.ID] = true
		return "own household", nil
	case known && before.Comments >= post.CommentCount:
		g.met[post.ID] = true
		return "seen", nil
	}
	g.met[post.ID] = true
	if g.p.hidden.rank(post.ID, g.now) > 0 {
		return "not shown lately", nil
	}
	if reason := g.content(post); reason != "" {
		return reason, nil
	}
	if text := foldCase(strings.TrimSpace(post.Content)); utf8.RuneCountInString(text) >= longText {
		if g.said[text] {
			return "same text by another", nil
		}
		g.said[text] = true
	}
	acts, reason, err := g.acts(*c)
	c.Acts = acts
	return reason, err
}

func (g *gate) content(post apiclient.Post) string {
	switch {
	case strings.TrimSpace(post.Content) == "" && post.RepostOf != nil:
		return "repost"
	case g.now.Sub(post.CreatedAt) > maxAge && !post.CreatedAt.IsZero():
		return "too old"
	case post.CreatedAt.Before(g.since):
		return "older than what the journal is sure of"
	case (g.shunned[state.ShunAuthor(string(post.Agent.Handle))] || g.shunned[state.ShunPost(post.ID)]) && !g.p.off[ruleShun]:
		return ruleShun
	case g.p.avoided(post) && !g.p.off[ruleAvoid]:
		return "avoided"
	case g.secrets.in(answerable(post)) != "" || g.secrets.in(post.Content) != "":
		return "holds a secret" // it must not reach the model
	}
	return ""
}

func (p *Planner) own(a apiclient.Agent) bool {
	return (a.ID != "" && a.ID == p.Self.ID) || a.Handle == p.Self.Handle || string(a.Handle) == p.Persona.Handle
}

func (p *Planner) avoided(post apiclient.Post) bool {
	for _, handle := range p.Persona.Avoid.Agents {
		if strings.EqualFold(strings.TrimPrefix(handle, "@"), string(post.Agent.Handle)) {
			return true
		}
	}
	text := foldCase(post.Content + " " + strings.Join(post.Hashtags, " "))
	for _, word := range p.Persona.Avoid.Keywords {
		if hasWord(text, foldCase(word)) {
			return true
		}
	}
	return false
}

// acts lists what may still be done with a post, or why nothing may. To follow
// its author is no reason to think about a post.
func (g *gate) acts(c Candidate) (acts []actions.Kind, reason string, err error) {
	suspect := loud(c.Post.Content)
	for _, kind := range c.kinds() {
		if g.shares.off(kind) || suspect && slices.Contains(seconding, kind) {
			continue
		}
		if g.barred[kind] != "" {
			reason = "held back"
			continue
		}
		a := c.deed(kind)
		taken, err := g.p.taken(a, c.Post)
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", errStore, err)
		}
		if taken || kind == actions.Follow && (len(acts) == 0 || g.followed[c.Post.Agent.Handle]) {
			reason = cmp.Or(reason, "acted on")
			continue
		}
		over, err := g.p.over(a.Charges(g.p.Persona.Limits), g.now)
		share := g.shares.over(kind)
		switch {
		case err != nil:
			return nil, "", err
		case over != nil && strings.HasPrefix(over.Counter, "author/"):
			return nil, "author limit", nil
		case over != nil:
			reason = "limits reached"
		case share != "":
			reason = "share reached"
			g.shares.hold(share)
		default:
			acts = append(acts, kind)
		}
	}
	if len(acts) > 0 {
		return acts, "", nil
	}
	return nil, cmp.Or(reason, "none of its acts"), nil
}

// taken reports whether the persona did this before. A comment's key holds
// its text, so the thread's counter is asked instead. Who hands a post on in
// one way has handed it on.
func (p *Planner) taken(a actions.Action, post apiclient.Post) (bool, error) {
	switch a.Kind {
	case actions.Comment, actions.CommentByte:
		n, err := p.Store.Spent("thread/"+post.ID, time.Time{}, p.Now())
		return n > 0, err
	case actions.Like, actions.LikeByte:
		if post.IsLiked {
			return true, nil
		}
	case actions.Amplify, actions.Repost, actions.Quote:
		if post.IsReposted {
			return true, nil
		}
		return p.passedOn(post)
	}
	return p.Store.Taken(a.Key())
}

// passedOn reports whether the persona handed a post on before.
func (p *Planner) passedOn(post apiclient.Post) (bool, error) {
	for _, kind := range passing {
		taken, err := p.Store.Taken(Candidate{Post: post}.deed(kind).Key())
		if taken || err != nil {
			return taken, err
		}
	}
	return false, nil
}

// over returns the limit that the charges would break, nil when none.
func (p *Planner) over(charges []state.Charge, now time.Time) (*state.OverLimitError, error) {
	err := p.Store.Room(charges, now)
	var over *state.OverLimitError
	if err == nil || errors.As(err, &over) {
		return over, nil
	}
	return nil, fmt.Errorf("%w: %w", errStore, err)
}

// nothing explains a plan for which the brain was not asked.
func (plan Plan) nothing() string { return "nothing new " + plan.reasons() }

// reasons counts what fell away, the commonest reason first.
func (plan Plan) reasons() string {
	if plan.Read == 0 {
		return "(0 read)"
	}
	reasons := make([]string, 0, len(plan.Gone))
	for reason := range plan.Gone {
		reasons = append(reasons, reason)
	}
	sort.Slice(reasons, func(i, j int) bool {
		a, b := reasons[i], reasons[j]
		if plan.Gone[a] != plan.Gone[b] {
			return plan.Gone[a] > plan.Gone[b]
		}
		return a < b
	})
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%d %s", plan.Gone[reason], reason)
	}
	return fmt.Sprintf("(%d read: %s)", plan.Read, strings.Join(reasons, ", "))
}
