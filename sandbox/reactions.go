package sandbox

import (
	"math/rand/v2"
	"slices"
	"time"
)

// urge is something that one agent of the population may feel like doing about
// a client, one time in odds, within so many events.
type urge struct {
	do           string
	odds, within int
}

// What a client's post and a client's arrival may lead to, besides likes and
// comments.
var (
	urgesOfPost = []urge{
		{doFollow, 5, 200}, {doRepost, 8, 120}, {doQuote, 9, 150}, {doMention, 12, 250}, {doMessage, 12, 200},
	}
	urgesOfArrival = []urge{{doFollow, 2, 60}, {doFollow, 3, 300}, {doMention, 4, 200}, {doMessage, 3, 300}}
)

// stir has the population take notice of a client's post: a few likes and
// comments, now and then a hostile one, and mostly an answer of whom it
// mentions. Reactions draw from the id of what they react to.
func (w *world) stir(p *post) {
	r := w.rand(streamReactions, fingerprint(p.ID))
	if of := w.posts[p.RepostOf]; of != nil {
		w.stirAuthor(r, p, w.agents[of.Agent])
	}
	if w.Interval == 0 || p.Text == "" && len(p.Media) == 0 || len(w.natives()) == 0 {
		return
	}
	for range r.IntN(6) {
		do := doLike
		if r.IntN(5) < 2 {
			do = doComment
		}
		w.schedule(due{At: w.soon(r, p.At, 120), Do: do, ID: p.ID, By: w.passerby(r).ID, Draw: r.Uint64()})
	}
	for _, handle := range p.Mentions {
		if a := w.handles[handle]; a != nil && !a.Registered && r.IntN(5) < 3 {
			w.schedule(due{At: w.soon(r, p.At, 60), Do: doComment, ID: p.ID, By: a.ID, Draw: r.Uint64()})
		}
	}
	w.urge(r, urgesOfPost, p.Agent, p.ID, p.At)
}

// stirAuthor has the author of what a client reposts like that, or follow.
func (w *world) stirAuthor(r *rand.Rand, p *post, author *agent) {
	if w.Interval == 0 || author.Registered {
		return
	}
	if r.IntN(2) == 0 {
		w.schedule(due{At: w.soon(r, p.At, 60), Do: doLike, ID: p.ID, By: author.ID, Draw: r.Uint64()})
	}
	if r.IntN(4) == 0 {
		w.schedule(due{At: w.soon(r, p.At, 60), Do: doFollow, ID: p.Agent, By: author.ID, Draw: r.Uint64()})
	}
}

// urge draws which urges are followed. Those about an agent aim at the agent,
// the others at the post.
func (w *world) urge(r *rand.Rand, urges []urge, agent, post string, at time.Time) {
	for _, u := range urges {
		by, follows, draw := w.passerby(r), r.IntN(u.odds) == 0, r.Uint64()
		id := agent
		if u.do == doRepost || u.do == doQuote {
			id = post
		}
		if follows {
			w.schedule(due{At: w.soon(r, at, u.within), Do: u.do, ID: id, By: by.ID, Draw: draw})
		}
	}
}

// passerby draws somebody of the population, rarely a hostile one.
func (w *world) passerby(r *rand.Rand) *agent {
	crowd := w.natives()
	a := crowd[r.IntN(len(crowd))]
	if a.Hostile && r.IntN(3) > 0 {
		a = crowd[r.IntN(len(crowd))]
	}
	return a
}

// stirComment has the author of a post of the population, or the one answered,
// reply to a client's comment, now and then. Those that answer everything
// always do: a client that answers back never comes to the end of it.
func (w *world) stirComment(p *post, m *comment) {
	to := w.agents[p.Agent]
	if parent := p.comment(m.Parent); parent != nil {
		to = w.agents[parent.Agent]
	}
	r := w.rand(streamReactions, fingerprint(m.ID))
	if w.Interval == 0 || to == nil || to.Registered || to.Role != roleLoop && r.IntN(5) >= 2 {
		return
	}
	w.schedule(due{At: w.soon(r, m.At, 60), Do: doReply, ID: m.ID, Post: p.ID, By: to.ID, Draw: r.Uint64()})
}

// stirFollow has somebody whom a client follows follow back, or say hello.
func (w *world) stirFollow(client, to *agent, at time.Time) {
	if w.Interval == 0 || to.Registered {
		return
	}
	r := w.rand(streamReactions, w.seq())
	if r.IntN(3) == 0 {
		w.schedule(due{At: w.soon(r, at, 100), Do: doFollow, ID: client.ID, By: to.ID, Draw: r.Uint64()})
	}
	if r.IntN(8) == 0 {
		w.schedule(due{At: w.soon(r, at, 100), Do: doMessage, ID: client.ID, By: to.ID, Draw: r.Uint64()})
	}
}

// stirArrival has the population notice a new client.
func (w *world) stirArrival(client *agent, at time.Time) {
	if w.Interval == 0 || len(w.natives()) == 0 {
		return
	}
	w.urge(w.rand(streamReactions, fingerprint(client.ID)), urgesOfArrival, client.ID, "", at)
}

// stirMessage has somebody of the population answer a client's message, mostly.
func (w *world) stirMessage(t *talk, m *message) {
	to := w.agents[t.other(m.Agent)]
	r := w.rand(streamReactions, fingerprint(m.ID))
	if w.Interval == 0 || to.Registered || to.Role != roleLoop && r.IntN(5) == 0 {
		return
	}
	w.schedule(due{At: w.soon(r, m.At, 40), Do: doMessage, ID: m.Agent, Post: t.ID, By: to.ID, Draw: r.Uint64()})
}

// soon is a time some events of the population from now.
func (w *world) soon(r *rand.Rand, now time.Time, events int) time.Time {
	return now.Add(time.Duration(2+r.IntN(events)) * w.Interval)
}

// react is a reaction when its time has come; what it reacts to may be gone.
func (w *world) react(d due) {
	by, r := w.agents[d.By], rand.New(rand.NewPCG(w.Seed, d.Draw)) // #nosec G404 -- it must be reproducible
	if by == nil {
		return
	}
	if client := w.agents[d.ID]; client != nil {
		w.approach(r, d, by, client)
		return
	}
	p := w.posts[d.ID]
	if d.Do == doReply {
		p = w.posts[d.Post]
	}
	if p != nil {
		w.respond(r, d, by, p)
	}
}

// respond is a reaction to a post.
func (w *world) respond(r *rand.Rand, d due, by *agent, p *post) {
	id := w.id("cmt", streamReactions, d.Draw)
	switch d.Do {
	case doLike:
		w.likeAs(by, p, w.id("lik", streamReactions, d.Draw), d.At)
	case doComment:
		text := w.unheard(d.At, false, func(try int) string { return w.remark(r, by, p, try) })
		w.commentTo(p, &comment{ID: id, Agent: by.ID, Text: text, At: d.At})
	case doReply:
		i := slices.IndexFunc(p.Comments, func(m *comment) bool { return m.ID == d.ID })
		if i < 0 {
			return
		}
		to := w.agents[p.Comments[i].Agent]
		text := w.unheard(d.At, false, func(try int) string { return w.answer(r, by, to, try) })
		w.commentTo(p, &comment{ID: id, Agent: by.ID, Parent: d.ID, Text: text, At: d.At})
	case doRepost:
		w.shareWith(by, p, "", d)
	case doQuote:
		if text := w.unheard(d.At, false, func(int) string { return w.quip(r, by, p) }); text != "" {
			w.shareWith(by, p, text, d)
		}
	}
}

// commentTo adds a comment that is not the population's own doing.
func (w *world) commentTo(p *post, m *comment) {
	if m.Text != "" {
		m.Seq = w.seq()
		w.addComment(p, m)
	}
}

func (w *world) shareWith(by *agent, p *post, text string, d due) {
	if text != "" || w.repost(p, by.ID) == nil {
		w.addPost(&post{ID: w.id("pst", streamReactions, d.Draw), Agent: by.ID, Text: text, RepostOf: p.ID, Quote: text != "", At: d.At})
	}
}

// approach is a reaction to a client.
func (w *world) approach(r *rand.Rand, d due, by, client *agent) {
	switch d.Do {
	case doFollow:
		if by.follows(client.ID) {
			return
		}
		w.follow(by, client, d.At)
		if r.IntN(6) == 0 && w.Interval > 0 {
			w.schedule(due{At: w.soon(r, d.At, 600), Do: doUnfollow, ID: client.ID, By: by.ID, Draw: r.Uint64()})
		}
	case doUnfollow:
		if by.follows(client.ID) {
			w.unfollow(by, client, d.At)
		}
	case doMention:
		if text := w.unheard(d.At, false, func(int) string { return w.callOut(r, by, client) }); text != "" {
			w.addPost(&post{ID: w.id("pst", streamReactions, d.Draw), Agent: by.ID, Text: text, At: d.At})
		}
	case doMessage:
		if d.Post != "" && w.talk(d.Post) == nil {
			return // the conversation it would answer in is gone
		}
		t := w.talkOf(by.ID, client.ID, w.id("cnv", streamReactions, d.Draw), d.At)
		w.send(t, by.ID, w.whisper(r, by, d.Post != "", len(t.Messages)), w.id("msg", streamReactions, d.Draw), d.At)
	}
}
