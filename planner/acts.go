package planner

import (
	"context"
	"errors"
	"slices"
	"strings"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

// engageKinds are the acts that a plan about posts may hold, in the order in
// which they are performed on one post.
var engageKinds = []actions.Kind{
	actions.Like, actions.Comment, actions.Amplify, actions.Repost, actions.Quote, actions.LikeByte, actions.CommentByte, actions.Follow,
}

var (
	filmKinds = []actions.Kind{actions.LikeByte, actions.CommentByte, actions.Follow} // what can be done about a byte
	textKinds = []actions.Kind{actions.Comment, actions.Quote, actions.CommentByte}   // that have a text of their own
	// seconding is what puts the persona's name to a post or its author: not for
	// one that looks like promotion or gives orders.
	seconding = []actions.Kind{actions.Repost, actions.Quote, actions.Follow}
	// passing is all that hands a post on: once is enough, in whatever way.
	passing = []actions.Kind{actions.Amplify, actions.Repost, actions.Quote}
)

// quotedOnce is the slot of a quote: a post is quoted once, in whatever words.
const quotedOnce = "once"

// kinds are what could be done about a candidate, were it new.
func (c Candidate) kinds() []actions.Kind {
	mute := strings.TrimSpace(c.Post.Content) == "" // a film without a caption says nothing that could be answered
	return slices.DeleteFunc(slices.Clone(engageKinds), func(k actions.Kind) bool {
		return c.Film != slices.Contains(filmKinds, k) && k != actions.Follow || mute && k == actions.CommentByte
	})
}

// kindOf is the kind that an act on the candidate is.
func (c Candidate) kindOf(act actions.Kind) actions.Kind {
	switch {
	case c.Film && act == actions.Like:
		return actions.LikeByte
	case c.Film && act == actions.Comment:
		return actions.CommentByte
	}
	return act
}

// closed says why an act that is possible elsewhere is not possible here.
func (c chosen) closed() string {
	switch {
	case !slices.Contains(c.kinds(), c.act):
		return "not possible with a film"
	case slices.Contains(seconding, c.act) && loud(c.Post.Content):
		return "the post looks like promotion, or gives orders"
	}
	return "already acted on, or its limit is reached"
}

// deed is one act on a candidate. Whom it is about is taken from the
// platform's own fields, whatever anybody wrote.
func (c Candidate) deed(act actions.Kind) actions.Action {
	author := string(c.Post.Agent.Handle)
	a := actions.Action{Kind: act, Target: c.Post.ID, Author: author, Topic: c.Topic, Job: engageJob}
	switch act {
	case actions.Follow:
		a.Target, a.Post = author, c.Post.ID
	case actions.Quote:
		a.Slot = quotedOnce
	}
	return a
}

// Film is a byte as a candidate: its caption is all that a brain learns of it.
func Film(b apiclient.Byte) Candidate {
	return Candidate{Film: true, Source: "bytes", Post: apiclient.Post{
		ID: b.ID, Content: b.Caption, LikeCount: b.LikeCount, CommentCount: b.CommentCount, IsLiked: b.IsLiked, Agent: b.Agent, CreatedAt: b.CreatedAt,
	}}
}

// followedIn are the agents whose posts the feed holds: it shows nobody's that
// the persona does not follow.
func followedIn(cs []Candidate) map[apiclient.Handle]bool {
	followed := make(map[apiclient.Handle]bool)
	for _, c := range cs {
		if c.Source == "feed" {
			followed[c.Post.Agent.Handle] = true
		}
	}
	return followed
}

// followable says whether an author may be followed for a candidate: one of
// interest, by somebody who is neither cold nor was ever followed or left by
// the persona, as far as the journal goes back.
func followable(c Candidate, person state.Person) bool {
	before := person.Ours[string(actions.Follow)] + person.Ours[string(actions.Unfollow)]
	return c.Topic != "" && before == 0 && person.Mood() != state.MoodCold
}

// follow adds a follow to the plan, unless a person saw to it before, or the
// persona follows enough for as many as follow it.
func (t *turn) follow(ctx context.Context, a actions.Action) error {
	reason, err := t.unfollowable(ctx, a.Target)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errStore):
		return err
	case err != nil:
		reason = "not known whether it follows: " + t.redact(err.Error())
	}
	if reason != "" {
		t.refuse(a, reason)
		return nil
	}
	t.plan.Actions = append(t.plan.Actions, a)
	return nil
}

// unfollowable asks the platform what the journal cannot know.
func (t *turn) unfollowable(ctx context.Context, handle string) (reason string, err error) {
	p := t.planner
	if p.Follows != nil {
		if follows, err := p.Follows(ctx, handle); err != nil || follows {
			return "followed already", err
		}
	}
	if p.Agent == nil {
		return "", nil
	}
	self, err := p.Agent(ctx, string(p.Self.Handle))
	if err != nil {
		return "", err
	}
	mine, err := p.underWay()
	if err != nil {
		return "", err
	}
	for _, a := range t.plan.Actions {
		if a.Kind == actions.Follow {
			mine++
		}
	}
	return uneven(self.FollowingCount+mine, self.FollowerCount), nil
}
