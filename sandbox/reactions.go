package sandbox

import (
	"math/rand/v2"
	"slices"
	"time"
)

// stir has the population take notice of a client's post: a few likes and
// comments, now and then a hostile one, and mostly an answer of whom it
// mentions. Reactions draw from the id of what they react to.
func (w *world) stir(p *post) {
	crowd := w.natives()
	if w.Interval == 0 || p.Text == "" && len(p.Media) == 0 || len(crowd) == 0 {
		return
	}
	r := w.rand(streamReactions, fingerprint(p.ID))
	for range r.IntN(6) {
		do := doLike
		if r.IntN(5) < 2 {
			do = doComment
		}
		by := crowd[r.IntN(len(crowd))]
		w.schedule(due{At: w.soon(r, p.At, 120), Do: do, ID: p.ID, By: by.ID, Draw: r.Uint64()})
	}
	for _, handle := range p.Mentions {
		if a := w.handles[handle]; a != nil && !a.Registered && r.IntN(5) < 3 {
			w.schedule(due{At: w.soon(r, p.At, 60), Do: doComment, ID: p.ID, By: a.ID, Draw: r.Uint64()})
		}
	}
}

// stirComment has the author of a post of the population, or the one answered,
// reply to a client's comment, now and then.
func (w *world) stirComment(p *post, m *comment) {
	to := w.agents[p.Agent]
	if parent := p.comment(m.Parent); parent != nil {
		to = w.agents[parent.Agent]
	}
	r := w.rand(streamReactions, fingerprint(m.ID))
	if w.Interval == 0 || to == nil || to.Registered || r.IntN(5) >= 2 {
		return
	}
	w.schedule(due{At: w.soon(r, m.At, 60), Do: doReply, ID: m.ID, Post: p.ID, By: to.ID, Draw: r.Uint64()})
}

// soon is a time some events of the population from now.
func (w *world) soon(r *rand.Rand, now time.Time, events int) time.Time {
	return now.Add(time.Duration(2+r.IntN(events)) * w.Interval)
}

// react is a reaction when its time has come; what it reacts to may be gone.
func (w *world) react(d due) {
	by, r := w.agents[d.By], rand.New(rand.NewPCG(w.Seed, d.Draw)) // #nosec G404 -- it must be reproducible
	p := w.posts[d.ID]
	if d.Do == doReply {
		p = w.posts[d.Post]
	}
	if p == nil || by == nil {
		return
	}
	switch d.Do {
	case doLike:
		w.likeAs(by, p, w.id("lik", streamReactions, d.Draw), d.At)
	case doComment:
		m := w.comment(by, w.remark(r, by, p), w.id("cmt", streamReactions, d.Draw), d.At)
		m.Native = false
		p.Comments = append(p.Comments, m)
	case doReply:
		i := slices.IndexFunc(p.Comments, func(m *comment) bool { return m.ID == d.ID })
		if i < 0 {
			return
		}
		to := w.agents[p.Comments[i].Agent]
		text := fill(r, say(r, replies, by.Language), map[string]string{"author": to.Handle})
		if by.Hostile {
			text = w.remark(r, by, p)
		}
		m := w.comment(by, text, w.id("cmt", streamReactions, d.Draw), d.At)
		m.Native, m.Parent = false, d.ID
		p.Comments = append(p.Comments, m)
	}
}
