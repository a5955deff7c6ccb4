package planner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
)

const (
	maxFollows   = 3 // in one run of the job network
	maxUnfollows = 3 // likewise
)

// Stranger is an agent that the persona might follow.
type Stranger struct {
	apiclient.Agent
	Source  string // where it was found: "followers", "recommended", "similar to @luma", "search plotter", "posts"
	Follows bool   // it follows the persona
}

// Circle is what a run of the job network has gathered.
type Circle struct {
	Following []apiclient.Agent
	Followers int
	Known     bool // Following are all there are; else nothing is decided
	Ties      Ties
	Strangers []Stranger
	Posts     []apiclient.Post // of the last days, by anybody
}

// Network decides whom to follow, and whom no longer. It asks no model: what
// strangers write about themselves is counted and goes no further.
func (p *Planner) Network(ctx context.Context, r *rand.Rand, c Circle) (Plan, error) {
	plan := Plan{Read: len(c.Strangers), Gone: make(map[string]int), away: make(map[string]string)}
	n := p.networking(c, &plan)
	if reason, err := n.prepare(); err != nil || reason != "" {
		plan.Note = reason
		return plan, err
	}
	if err := n.part(); err != nil {
		return plan, err
	}
	err := n.meet(ctx, r)
	if plan.Note == "" && len(plan.Actions) == 0 {
		plan.Note = "nobody to follow " + plan.reasons()
	}
	return plan, err
}

// networking is the making of one plan about agents.
type networking struct {
	p       *Planner
	plan    *Plan
	circle  Circle
	now     time.Time
	used    tally
	alone   map[string]bool
	met     map[string]bool
	mine    int // that the persona follows, those under way included
	secrets secrets
}

func (p *Planner) networking(c Circle, plan *Plan) *networking {
	return &networking{p: p, plan: plan, circle: c, now: p.Now(), used: tally{}, met: make(map[string]bool)}
}

// Full says why nobody more can be followed now, so that nobody need be looked
// for; empty when somebody can.
func (p *Planner) Full(c Circle) (string, error) {
	n := p.networking(c, &Plan{})
	if reason, err := n.prepare(); err != nil || reason != "" {
		return reason, err
	}
	return n.full()
}

func (n *networking) full() (string, error) {
	reason, err := n.free(actions.Action{Kind: actions.Follow})
	if err != nil || reason != "" {
		return reason, err
	}
	return uneven(n.mine, n.circle.Followers), nil
}

// prepare says why nothing at all is decided.
func (n *networking) prepare() (reason string, err error) {
	_, cautious, err := n.p.Store.Caution(n.now)
	switch {
	case !n.circle.Known:
		return "whom the persona follows could not be read whole", nil
	case err != nil:
		return "", fmt.Errorf("%w: %w", errStore, err)
	case cautious:
		return "the journal is not sure whom the persona unfollowed", nil
	}
	if n.alone, err = n.p.shunned(n.now); err != nil {
		return "", err
	}
	open, err := n.p.underWay()
	n.mine, n.secrets = len(n.circle.Following)+open, newSecrets(n.p.secrets())
	return "", err
}

// free says why nobody more is followed or unfollowed now; empty when one may.
func (n *networking) free(a actions.Action) (string, error) {
	if reason, err := actions.Barred(n.p.Store, a.Kind, n.now); err != nil || reason != "" {
		return reason, err
	}
	return n.p.room(n.used, a, n.now)
}

func (n *networking) add(a actions.Action) {
	n.used.add(a, n.p.Persona.Limits)
	n.plan.Actions = append(n.plan.Actions, a)
}

// part ends following those that the program followed and that are silent, the
// longest silent first, where the persona's policy is that.
func (n *networking) part() error {
	if n.p.Persona.Unfollow != "silent" {
		return nil
	}
	var silent []string
	for _, agent := range n.circle.Following {
		if days := n.silence(string(agent.Handle)); days >= n.p.Persona.SilentDays {
			silent = append(silent, string(agent.Handle))
		}
	}
	slices.SortFunc(silent, func(a, b string) int {
		if d := n.silence(b) - n.silence(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, handle := range silent {
		if err := n.leave(handle); err != nil {
			return err
		}
	}
	return nil
}

// silence is for how many days nothing was heard of somebody, as far as that
// was watched.
func (n *networking) silence(handle string) int {
	tie, known := n.circle.Ties.Agents[handle]
	if !known || tie.Since.IsZero() {
		return 0
	}
	last := tie.Since
	if tie.Heard.After(last) {
		last = tie.Heard
	}
	return int(n.now.Sub(last) / (24 * time.Hour))
}

func (n *networking) leave(handle string) error {
	a := actions.Action{Kind: actions.Unfollow, Target: handle, Author: handle, Job: "network", Why: fmt.Sprintf("no post for %d days", n.silence(handle))}
	ours, err := n.p.followed(handle)
	if err != nil {
		return err
	}
	taken, err := n.p.Store.Taken(a.Key())
	if err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	reason := ""
	switch {
	case !ours:
		reason = "silent, and followed by hand"
	case taken:
		reason = "silent, and unfollowed before"
	case len(n.plan.Actions) >= maxUnfollows:
		reason = "silent, later"
	default:
		if reason, err = n.free(a); err != nil {
			return err
		}
	}
	if reason != "" {
		n.plan.Gone[reason]++
		return nil
	}
	n.add(a)
	return nil
}

// meet follows the best of the strangers.
func (n *networking) meet(ctx context.Context, r *rand.Rand) error {
	reason, err := n.full()
	if err != nil {
		return err
	}
	if reason != "" {
		n.plan.Note = "nobody is followed: " + reason
		return nil
	}
	left, err := n.sift()
	if err != nil {
		return err
	}
	shown, err := n.look(ctx, r, left)
	if err != nil || ctx.Err() != nil {
		return err
	}
	n.plan.Shown = shown
	return n.follow()
}

// sift drops who needs no thought.
func (n *networking) sift() (left []Stranger, err error) {
	for _, s := range n.circle.Strangers {
		handle := string(s.Handle)
		if n.met[handle] {
			n.plan.Gone["duplicate"]++
			continue
		}
		n.met[handle] = true
		reason, err := n.against(s)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			n.plan.Gone[reason]++
			continue
		}
		left = append(left, s)
	}
	return left, nil
}

func (n *networking) against(s Stranger) (string, error) {
	handle := string(s.Handle)
	if !handlePattern.MatchString(handle) {
		return "malformed", nil
	}
	if reason := n.p.apart(s.Agent, n.alone); reason != "" {
		return reason, nil
	}
	if slices.ContainsFunc(n.circle.Following, func(a apiclient.Agent) bool { return a.Handle == s.Handle }) {
		return "followed already", nil
	}
	once, err := n.p.followedOnce(handle, n.circle.Ties)
	if err != nil || once {
		return followedBefore, err
	}
	if s.Source == "followers" && n.p.Persona.FollowBack != "always" && n.p.Persona.FollowBack != "relevant" {
		return "follow_back is never", nil
	}
	over, err := n.p.room(n.used, actions.Action{Kind: actions.Follow, Target: handle, Author: handle}, n.now)
	if err != nil || over == "" {
		return "", err
	}
	return "author limit", nil
}

// look reads the profiles of the likeliest and ranks them. Those of whom less
// is known take turns by chance.
func (n *networking) look(ctx context.Context, r *rand.Rand, left []Stranger) ([]Candidate, error) {
	r.Shuffle(len(left), func(i, k int) { left[i], left[k] = left[k], left[i] })
	promise := func(s Stranger) float64 {
		parts, _ := postedAbout(n.p, string(s.Handle), n.circle.Posts, n.now)
		sum := total(parts)
		if s.Follows {
			sum++
		}
		return sum
	}
	slices.SortStableFunc(left, func(a, b Stranger) int {
		switch x, y := promise(a), promise(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	if over := len(left) - maxProfiles; over > 0 {
		n.plan.Gone["not looked at"] += over
		left = left[:maxProfiles]
	}
	var found []Candidate
	for _, s := range left {
		c, err := n.appraise(ctx, s)
		if err != nil {
			return nil, err
		}
		if c != nil {
			found = append(found, *c)
		}
	}
	slices.SortStableFunc(found, byScore)
	return found, nil
}

// appraise scores one stranger; nil when it falls away.
func (n *networking) appraise(ctx context.Context, s Stranger) (*Candidate, error) {
	profile, reason, err := n.profile(ctx, s)
	if err != nil {
		return nil, err
	}
	known, err := n.p.Store.Acquaintances([]string{string(s.Handle)})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	person := known[string(s.Handle)]
	c := Candidate{Post: apiclient.Post{ID: string(s.Handle), Agent: s.Agent}, Source: s.Source}
	if reason == "" {
		c, reason = n.p.appraise(s, profile, n.circle.Posts, person, n.now)
	}
	always := s.Follows && n.p.Persona.FollowBack == "always"
	switch {
	case reason != "":
	case n.secrets.in(profile.Bio) != "":
		reason = "holds a secret"
	case pairRests(person.Texts, n.now):
		reason = "enough said"
	case !always:
		reason = n.p.dull(c)
	}
	if reason != "" {
		n.plan.gone(c, reason)
		return nil, nil
	}
	return &c, nil
}

func (n *networking) profile(ctx context.Context, s Stranger) (profile apiclient.Profile, reason string, err error) {
	if n.p.Agent == nil {
		return profile, "it cannot be read", nil
	}
	profile, err = n.p.Agent(ctx, string(s.Handle))
	switch {
	case ctx.Err() != nil:
		return profile, "", ctx.Err()
	case err != nil:
		return profile, "it cannot be read", nil //nolint:nilerr // another day
	case profile.Handle != s.Handle:
		return profile, "malformed", nil
	}
	return profile, "", nil
}

// follow takes the best, as far as limits and the ratio go.
func (n *networking) follow() error {
	follows := 0
	for i := range n.plan.Shown {
		c := &n.plan.Shown[i]
		c.Acts = []actions.Kind{actions.Follow}
		if follows == maxFollows {
			continue
		}
		a := actions.Action{Kind: actions.Follow, Target: c.Post.ID, Author: c.Post.ID, Topic: c.Topic, Job: "network", Why: explained(*c)}
		reason, err := n.free(a)
		if err != nil {
			return err
		}
		if reason == "" {
			reason = uneven(n.mine+follows, n.circle.Followers)
		}
		if reason != "" {
			n.plan.Note = "nobody more is followed: " + reason
			return nil
		}
		n.add(a)
		follows++
	}
	return nil
}
