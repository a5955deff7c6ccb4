package planner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

const (
	// followFloor is how many agents a persona may follow whoever follows it;
	// beyond, followPer for each of its followers. Who follows far more than
	// follow back looks like what nobody wants to be followed by.
	followFloor = 25
	followPer   = 2
	// maxProfiles is how many profiles one run reads at most.
	maxProfiles = 20
	// profileWait is how long somebody who follows the persona waits to be read:
	// the platform may be down.
	profileWait = time.Hour
)

// Ties are whom the persona follows, as it is remembered from run to run: the
// journal knows what the program did, and not what a person did on the platform.
type Ties struct {
	Read   time.Time      `json:"read"` // up to when the feed was read
	Agents map[string]Tie `json:"agents"`
}

// Tie is one agent that the persona follows or followed.
type Tie struct {
	Since time.Time `json:"since"`          // watched without a gap
	Heard time.Time `json:"heard,omitzero"` // latest post seen
	Gone  bool      `json:"gone,omitempty"` // not followed any more
}

// CursorTies is the cursor that holds them.
const CursorTies = "network/ties"

// Remembered reads the ties from the journal.
func Remembered(store *state.Store) (Ties, error) {
	ties := Ties{Agents: make(map[string]Tie)}
	text, err := store.Cursor(CursorTies)
	if err != nil {
		return ties, fmt.Errorf("%w: %w", errStore, err)
	}
	_ = json.Unmarshal([]byte(text), &ties) // never set: nothing is known
	if ties.Agents == nil {
		ties.Agents = make(map[string]Tie)
	}
	return ties, nil
}

// followedOnce reports whether the persona follows an agent or ever did, by the
// journal or, as far as it was seen, by a person's hand. Such an agent is not
// followed again.
func (p *Planner) followedOnce(handle string, ties Ties) (bool, error) {
	if _, known := ties.Agents[handle]; known {
		return true, nil
	}
	return p.followed(handle)
}

// followed reports whether the program itself followed an agent: the dedupe key
// is kept for ever.
func (p *Planner) followed(handle string) (bool, error) {
	taken, err := p.Store.Taken(actions.Action{Kind: actions.Follow, Target: handle}.Key())
	if err != nil {
		return false, fmt.Errorf("%w: %w", errStore, err)
	}
	return taken, nil
}

// uneven says why the persona follows enough for as many as follow it; empty
// when it may follow one more.
func uneven(following, followers int) string {
	most := max(followFloor, followPer*followers)
	if following < most {
		return ""
	}
	return fmt.Sprintf("it follows %d and is followed by %d: at most %d, or %d times its followers", following, followers, followFloor, followPer)
}

// underWay counts the follows whose outcome is open: no list shows them yet.
func (p *Planner) underWay() (n int, err error) {
	open, err := p.Store.OpenEntries()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errStore, err)
	}
	for _, e := range open {
		if e.Kind == string(actions.Follow) {
			n++
		}
	}
	return n, nil
}

// following is what deciding about followers needs in one run of respond.
type following struct {
	ready     bool
	ties      Ties
	mine      int // that the persona follows, those under way included
	followers int
	reads     int
	posts     []apiclient.Post
	acts      []actions.Action
}

// followedBy deals with somebody who follows the persona. It never waits for a
// limit: a hundred followers in an hour must not stand before what is said to
// the persona. Who is left out for now is looked at again by the job network.
func (a *answering) followedBy(ctx context.Context, n apiclient.Notification) error {
	act := actions.Action{Kind: actions.Follow, Target: string(n.Agent.Handle), Author: string(n.Agent.Handle), Job: "respond", Why: "it follows the persona"}
	reason, err := a.declined(n, act)
	if err == nil && reason == "" {
		reason, err = a.worthIt(ctx, &act)
	}
	if reason == reasonLater && a.now.Sub(n.CreatedAt) > profileWait {
		reason = "it cannot be read"
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil, reason == reasonLater:
		a.plan.Gone[reasonLater]++
		return ctx.Err()
	case reason == "":
		a.used.add(act, a.p.Persona.Limits)
		a.follows.acts = append(a.follows.acts, act)
	default:
		if err := a.declineFollow(act, reason); err != nil {
			return err
		}
	}
	a.done(n, state.Heard{Kind: "follow", Mood: 1})
	return nil
}

const followedBefore = "followed before"

// declined says what speaks against following back before anything is read.
func (a *answering) declined(n apiclient.Notification, act actions.Action) (string, error) {
	if reason := a.p.apart(n.Agent, a.alone); reason != "" {
		return reason, nil
	}
	if a.p.Persona.FollowBack != "always" && a.p.Persona.FollowBack != "relevant" {
		return "follow_back is never", nil
	}
	ties, err := Remembered(a.p.Store)
	if err != nil {
		return "", err
	}
	a.follows.ties = ties
	once, err := a.p.followedOnce(act.Target, ties)
	switch {
	case err != nil:
		return "", err
	case once, a.follows.holds(act.Target):
		return followedBefore, nil
	case n.CreatedAt.Before(a.since):
		return "older than what the journal is sure of", nil
	case a.follows.reads >= maxProfiles:
		return "too many follow at once", nil
	}
	if reason, err := actions.Barred(a.p.Store, actions.Follow, a.now); err != nil || reason != "" {
		return reason, err
	}
	return a.p.room(a.used, act, a.now)
}

// apart says why an agent is left alone, whatever it does; empty when it is
// not.
func (p *Planner) apart(agent apiclient.Agent, alone map[string]bool) string {
	switch {
	case p.own(agent):
		return "own"
	case p.family(agent):
		return "own household"
	case p.avoided(apiclient.Post{Agent: agent, Content: agent.Name}):
		return "avoided"
	case alone[state.ShunAuthor(string(agent.Handle))]:
		return ruleShun
	}
	return ""
}

func (f *following) holds(handle string) bool {
	for _, act := range f.acts {
		if act.Target == handle {
			return true
		}
	}
	return false
}

// worthIt reads who it is, and says why it is not followed back.
func (a *answering) worthIt(ctx context.Context, act *actions.Action) (string, error) {
	if a.p.Agent == nil || a.blind {
		return reasonLater, nil
	}
	if reason, err := a.survey(ctx); err != nil || reason != "" {
		return reason, err
	}
	if reason := uneven(a.follows.mine+len(a.follows.acts), a.follows.followers); reason != "" {
		return reason, nil
	}
	a.follows.reads++
	profile, err := a.p.Agent(ctx, act.Target)
	if err != nil {
		return a.missing(err), nil
	}
	person, err := a.p.Store.Person(act.Target)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return "", fmt.Errorf("%w: %w", errStore, err)
	}
	c, reason := a.p.appraise(Stranger{Agent: profile.Agent, Follows: true, Source: "followers"}, profile, a.follows.posts, person, a.now)
	switch {
	case string(profile.Handle) != act.Target:
		return "malformed", nil
	case reason != "":
		return reason, nil
	case a.texts.secrets.in(profile.Bio) != "":
		return "holds a secret", nil
	case pairRests(person.Texts, a.now):
		return "enough said", nil
	}
	if reason = a.p.dull(c); reason != "" && a.p.Persona.FollowBack == "relevant" {
		return reason, nil
	}
	act.Topic, act.Why = c.Topic, "it follows the persona; "+explained(c)
	return "", nil
}

// survey reads, once in a run, how many follow whom, and what was posted
// lately.
func (a *answering) survey(ctx context.Context) (string, error) {
	f := &a.follows
	if f.ready {
		return "", nil
	}
	self, err := a.p.Agent(ctx, string(a.p.Self.Handle))
	if err == nil && a.p.Lately != nil && a.p.Persona.FollowBack == "relevant" {
		f.posts, err = a.p.Lately(ctx)
	}
	if err != nil {
		a.blind = true
		return reasonLater, nil //nolint:nilerr // it is asked again in the next run
	}
	open, err := a.p.underWay()
	f.ready, f.mine, f.followers = true, self.FollowingCount+open, self.FollowerCount
	return "", err
}

// missing is what a profile that could not be read means.
func (a *answering) missing(err error) string {
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return "deleted"
	case apiclient.Final(err):
		return "it cannot be read"
	}
	a.blind = true
	return reasonLater
}

// declineFollow keeps why a follower is not followed back: once for each agent,
// however often it comes, and not where there is nothing to explain.
func (a *answering) declineFollow(act actions.Action, reason string) error {
	a.plan.Gone[reason]++
	person, err := a.p.Store.Person(act.Target)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	for _, r := range a.plan.Refused {
		if r.Action.Kind == actions.Follow && r.Action.Target == act.Target {
			return nil
		}
	}
	if reason != followedBefore && reason != "own" && person.Theirs["follow"] == 0 {
		a.refuse(act, reason)
	}
	return nil
}
