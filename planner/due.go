package planner

import (
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

// answerTo is the action that answers a notification, without its text: to a
// post or, where there is a comment, to that.
func answerTo(n apiclient.Notification) actions.Action {
	act := actions.Action{
		Kind: actions.Reply, Target: n.PostID, Author: string(n.Agent.Handle), Slot: n.CommentID, Job: "respond",
		Body: actions.ReplyTo{ParentID: n.CommentID},
	}
	if n.CommentID == "" && !slices.Contains(commentKinds, strings.ToLower(n.Type)) {
		act.Kind, act.Slot, act.Body = actions.Comment, mentioned, nil
	}
	return act
}

// signed says whether it is known, or can be found out, who is behind a
// notification. The platform need not say it.
func signed(n apiclient.Notification, kind string) bool {
	if n.Agent.Handle == "" {
		return slices.Contains(talkKinds, kind)
	}
	return handlePattern.MatchString(string(n.Agent.Handle))
}

// told is how far the time of a notification may be from that of what it tells.
const told = time.Minute

// complete fills in who spoke and in which comment, where the notification
// leaves that out and the thread, which has been read, shows it.
func (a *answering) complete(n apiclient.Notification) apiclient.Notification {
	if n.Agent.Handle != "" && n.CommentID != "" {
		return n
	}
	t := a.read[n.PostID]
	by := func(agent apiclient.Agent) bool {
		return !a.p.own(agent) && (n.Agent.Handle == "" || same(n.Agent, agent))
	}
	near := func(at time.Time) bool { return n.CreatedAt.Sub(at).Abs() <= told }
	said := answerTo(n).Kind == actions.Comment && by(t.post.Agent)
	var best *apiclient.Comment
	for i, c := range t.comments {
		switch {
		case n.CommentID != "" && c.ID != n.CommentID, !by(c.Agent), said && near(t.post.CreatedAt):
		case n.CommentID == "" && (!near(c.CreatedAt) || a.found[c.ID] || !mentions(c.Content, string(a.p.Self.Handle)) && !a.answersUs(t, c, strings.ToLower(n.Type))):
		case best == nil || n.CreatedAt.Sub(c.CreatedAt).Abs() < n.CreatedAt.Sub(best.CreatedAt).Abs():
			best = &t.comments[i]
		}
	}
	switch {
	case best != nil:
		a.found[best.ID] = true
		n.CommentID, n.Agent = best.ID, best.Agent
	case said && n.Agent.Handle == "":
		n.Agent = t.post.Agent
	}
	return n
}

// heard finds what was said, as a candidate. What the platform says about it is
// checked: who said it, and that it was said to the persona.
func (a *answering) heard(n apiclient.Notification) (Candidate, string) {
	t := a.read[n.PostID]
	c := Candidate{Post: t.post, Source: strings.ToLower(n.Type)}
	to := a.p.Self.Handle
	addressed := mentions(t.post.Content, string(to)) || t.post.RepostOf != nil && a.p.own(t.post.RepostOf.Agent)
	if answerTo(n).Kind == actions.Reply {
		at := slices.IndexFunc(t.comments, func(c apiclient.Comment) bool { return c.ID == n.CommentID })
		if at < 0 {
			return Candidate{}, "not among the newest comments"
		}
		comment := t.comments[at]
		c.Post = apiclient.Post{ID: t.post.ID, Content: comment.Content, Agent: comment.Agent, CreatedAt: comment.CreatedAt, CommentCount: t.post.CommentCount}
		addressed = mentions(comment.Content, string(to)) || a.answersUs(t, comment, c.Source)
	}
	_, c.Topic = interested(a.p.Persona.Interests, c.Post.Content+" "+t.post.Content, t.post.Hashtags)
	switch {
	case !same(c.Post.Agent, n.Agent):
		return Candidate{}, "not by whom the platform says"
	case !addressed:
		return c, "not said to the persona"
	case a.texts.secrets.in(c.Post.Content) != "" || a.texts.secrets.in(t.post.Content) != "" || a.texts.secrets.in(answerable(t.post)) != "":
		return Candidate{}, "holds a secret"
	case a.p.avoided(c.Post):
		return c, "avoided"
	}
	return c, ""
}

// answersUs says whether a comment answers the persona: its comment, or its
// post. Where it does not say what it answers, but is told of as a reply, it does
// when the persona has spoken in the thread.
func (a *answering) answersUs(t thread, comment apiclient.Comment, kind string) bool {
	if comment.ParentID == "" {
		spoke := func(c apiclient.Comment) bool { return a.p.own(c.Agent) }
		return a.p.own(t.post.Agent) || kind == "reply" && slices.ContainsFunc(t.comments, spoke)
	}
	for _, c := range t.comments {
		if c.ID == comment.ParentID {
			return a.p.own(c.Agent)
		}
	}
	for _, kind := range []actions.Kind{actions.Reply, actions.Comment} { // an older one of ours
		if _, ours, err := a.p.Store.Maker(string(kind), comment.ParentID); err == nil && ours {
			return true
		}
	}
	return false
}

// due says why an answer is due, or why it is not.
func (a *answering) due(n apiclient.Notification, said Candidate) (why, reason string, err error) {
	text := said.Post.Content
	person, _, err := a.talk.with(a.p.Store, string(n.Agent.Handle), n.PostID)
	if err != nil {
		return "", "", err
	}
	spoken := slices.ContainsFunc(person.Texts, func(s state.Said) bool { return s.Own })
	switch {
	case closes(text):
		return "", "it needs no answer", nil
	case a.echo(text, n.PostID):
		return "", "it says what the persona said", nil
	case asks(text):
		return "a question", "", nil
	case moodOf(text) < 0:
		return "", "it wants no answer", nil
	case mentions(text, string(a.p.Self.Handle)):
		return "a mention", "", nil
	case !spoken:
		return "the first word of somebody", "", nil
	}
	return "", "it asks nothing", nil
}

// echo says whether a text repeats what the persona said in that thread.
func (a *answering) echo(text, post string) bool {
	grams := shinglesOf(withoutMentions(text))
	return slices.ContainsFunc(a.texts.own, func(own OwnLine) bool {
		return own.Thread == post && overlap(grams, shinglesOf(withoutMentions(own.Text))) >= tooSimilar
	})
}
