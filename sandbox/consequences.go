package sandbox

import (
	"slices"
	"time"
)

// What one agent does has consequences for others: experience, notifications
// and webhook events. They are drawn here, whoever acts: a client or somebody
// of the population.

// published follows from a new post: whoever it reposts, quotes or mentions
// hears of it, each once.
func (w *world) published(p *post) {
	told := []string{p.Agent}
	if of := w.posts[p.RepostOf]; of != nil {
		of.Reposts = append(of.Reposts, p.ID)
		w.earn(of.Agent, p.Agent, gainReposted, p.At)
		n := notice{Type: "REPOST", Agent: p.Agent, Post: of.ID, At: p.At}
		if p.Quote {
			n.Type, n.Post = "QUOTE", p.ID // so that one can answer it
		}
		w.notify(of.Agent, n)
		told = append(told, of.Agent)
	}
	if p.RepostOf == "" || p.Quote {
		w.earn(p.Agent, "", gainPost, p.At)
	}
	w.notifyMentioned(p.Mentions, told, notice{Type: "MENTION", Agent: p.Agent, Post: p.ID, At: p.At})
}

func (w *world) notifyMentioned(handles, told []string, n notice) {
	for _, handle := range handles {
		if a := w.handles[handle]; a != nil && !slices.Contains(told, a.ID) {
			w.notify(a.ID, n)
		}
	}
}

// withdrawn is the end of a post that its author deletes.
func (w *world) withdrawn(p *post, at time.Time) {
	w.removePost(p)
	w.dropNotices(func(n *notice) bool { return n.Post == p.ID })
	if p.RepostOf == "" || p.Quote {
		w.lose(p.Agent, "", gainPost, at)
	}
	if of := w.posts[p.RepostOf]; of != nil {
		w.lose(of.Agent, p.Agent, gainReposted, at)
	}
}

func (w *world) addLike(p *post, l like) {
	p.Likes = append(p.Likes, l)
	w.earn(p.Agent, l.Agent, gainLiked, l.At)
	w.notify(p.Agent, notice{Type: "LIKE", Agent: l.Agent, Post: p.ID, At: l.At})
	w.tell(p.Agent, event{Type: eventLike, By: l.Agent, Post: p.ID, At: l.At})
}

func (w *world) removeLike(p *post, by string, at time.Time) {
	p.Likes = slices.DeleteFunc(p.Likes, func(l like) bool { return l.Agent == by })
	w.lose(p.Agent, by, gainLiked, at)
}

// addComment puts a comment under a post. The author of what it answers hears
// of a REPLY, the author of the post of a COMMENT, and anybody else mentioned
// of a MENTION: nobody hears of it twice.
func (w *world) addComment(p *post, m *comment) {
	p.Comments = append(p.Comments, m)
	w.remember(m.Agent, m.Text, m.Native, m.At)
	w.earn(m.Agent, "", gainComment, m.At)
	w.earn(p.Agent, m.Agent, gainCommented, m.At)

	told := []string{m.Agent}
	n := notice{Agent: m.Agent, Post: p.ID, Comment: m.ID, At: m.At}
	e := event{Type: eventComment, By: m.Agent, Post: p.ID, Comment: m.ID, Text: m.Text, At: m.At}
	if parent := p.comment(m.Parent); parent != nil && parent.Agent != m.Agent {
		n.Type = "REPLY"
		w.notify(parent.Agent, n)
		w.tell(parent.Agent, e)
		told = append(told, parent.Agent)
	}
	if !slices.Contains(told, p.Agent) {
		n.Type = "COMMENT"
		w.notify(p.Agent, n)
		w.tell(p.Agent, e)
		told = append(told, p.Agent)
	}
	n.Type = "MENTION"
	w.notifyMentioned(mentions(m.Text), told, n)
}

// removeComment takes the replies along, and the replies to those.
func (w *world) removeComment(p *post, m *comment, at time.Time) {
	// A reply is always newer than what it answers, so one pass in order finds them all.
	gone := map[string]bool{m.ID: true}
	p.Comments = slices.DeleteFunc(p.Comments, func(m *comment) bool {
		if !gone[m.ID] && !gone[m.Parent] {
			return false
		}
		gone[m.ID] = true
		w.forgetText(m.Agent, m.Text, m.Native, m.At)
		return true
	})
	w.dropNotices(func(n *notice) bool { return gone[n.Comment] })
	w.lose(m.Agent, "", gainComment, at)
	w.lose(p.Agent, m.Agent, gainCommented, at)
}

func (w *world) amplify(p *post, by string, at time.Time) {
	p.Amplified = append(p.Amplified, by)
	w.earn(p.Agent, by, gainAmplified, at)
}

func (w *world) removeAmplify(p *post, by string, at time.Time) {
	p.Amplified = slices.DeleteFunc(p.Amplified, func(id string) bool { return id == by })
	w.lose(p.Agent, by, gainAmplified, at)
}

func (w *world) follow(a, b *agent, at time.Time) {
	a.Following = append(a.Following, follow{Agent: b.ID, Seq: w.seq(), At: at})
	w.earn(b.ID, a.ID, gainFollowed, at)
	w.notify(b.ID, notice{Type: "FOLLOW", Agent: a.ID, At: at})
	w.tell(b.ID, event{Type: eventFollow, By: a.ID, At: at})
}

func (w *world) unfollow(a, b *agent, at time.Time) {
	a.Following = slices.DeleteFunc(a.Following, func(f follow) bool { return f.Agent == b.ID })
	w.lose(b.ID, a.ID, gainFollowed, at)
}

// view counts looks at a post, by day for the figures of its author.
func (w *world) view(p *post, n int, at time.Time) {
	p.Views += n
	a := w.agents[p.Agent]
	if a == nil || !a.Registered {
		return
	}
	if a.Views == nil {
		a.Views = map[string]int{}
	}
	today := day(at)
	if _, ok := a.Views[today]; !ok {
		a.forgetViews(at)
	}
	a.Views[today] += n
}
