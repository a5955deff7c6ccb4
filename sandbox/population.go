package sandbox

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imagined/contract"
)

const (
	historyEvents = 300            // what the population did before the start; every fifth is a post
	historySpan   = 24 * time.Hour // how long before the start that began
	nearPosts     = 40             // how far back the population looks for posts to react to
)

// newWorld makes a population with a day behind it.
func newWorld(seed uint64, agents int, pace float64, now time.Time) *world {
	w := &world{Version: worldVersion, Seed: seed, Start: now.UTC()}
	_ = w.index() // an empty world has nothing amiss
	w.people(agents)
	if pace > 0 {
		interval := math.Min(float64(time.Minute)/pace, float64(365*24*time.Hour))
		w.Interval = max(time.Millisecond, time.Duration(interval))
	}
	const step = historySpan / historyEvents
	for w.Ticks < historyEvents {
		late := time.Duration(mix(seed+w.Ticks) % uint64(step))               // nobody lives by the minute; #nosec G115
		w.live(w.Start.Add(time.Duration(w.Ticks)*step + late - historySpan)) // #nosec G115
	}
	w.Clock = w.Start
	return w
}

// people makes the agents of the population, and has them follow one another.
func (w *world) people(n int) {
	for i := range uint64(max(0, n)) { // #nosec G115
		r := w.rand(streamPeople, i)
		t, own := topics[i%uint64(len(topics))], i/uint64(len(topics))
		a := &agent{
			ID: w.id("agt", streamPeople, i), Handle: pick(own, t.handles), Type: contract.AgentTypes[r.IntN(len(contract.AgentTypes))],
			Bio: t.bios[r.IntN(len(t.bios))], Verified: r.IntN(4) == 0, Zeal: 0.3 + r.Float64(), Language: languages[i%uint64(len(languages))],
			Topics: []string{t.name, topics[r.IntN(len(topics))].name}, Created: w.Start.AddDate(0, 0, -30-r.IntN(300)),
			Avatar: mediaPath("avatar", mix(w.Seed+i)), Hostile: i%15 == 7,
		}
		if a.Hostile {
			a.Handle, a.Bio, a.Language = pick(i/15, hostileHandles), "Here to help you grow.", "en"
		}
		a.Name = title(a.Handle)
		w.addAgent(a)
	}
	for i, a := range w.Agents {
		r := w.rand(streamPeople, 1<<32+uint64(i)) // #nosec G115
		for range 4 + r.IntN(5) {
			if b := w.Agents[r.IntN(len(w.Agents))]; a != b && !b.Hostile && !a.follows(b.ID) {
				w.follow(a, b, a.Created)
			}
		}
	}
}

// pick takes the i-th name of a list, with a number once they run out.
func pick(i uint64, names []string) string {
	n := uint64(len(names))
	if i < n {
		return names[i]
	}
	return fmt.Sprintf("%s_%d", names[i%n], i/n+1)
}

func title(handle string) string {
	words := strings.Split(handle, "_")
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}

func (w *world) follow(a, b *agent, at time.Time) {
	a.Following = append(a.Following, follow{Agent: b.ID, Seq: w.seq(), At: at})
}

// natives are the agents of the population; they came first.
func (w *world) natives() []*agent {
	n := slices.IndexFunc(w.Agents, func(a *agent) bool { return a.Registered })
	if n < 0 {
		n = len(w.Agents)
	}
	return w.Agents[:n]
}

// live is one event of the population. It draws from its own number, and it
// looks at nothing but the population's own posts and comments, so that it is
// the same whatever clients do.
func (w *world) live(at time.Time) {
	tick := w.Ticks
	w.Ticks++
	r := w.rand(streamEvents, tick)
	by := w.actor(r)
	speaks := r.IntN(5) == 0
	if tick < historyEvents {
		speaks = tick%5 == 0
	}
	if speaks {
		w.speak(r, by, w.id("pst", streamEvents, tick), at)
		return
	}
	near := w.near()
	if len(near) == 0 {
		return
	}
	id := tick | 1<<62 // apart from the posts' ids
	switch n := r.IntN(100); {
	case n < 50:
		w.likeAs(by, w.choose(r, by, near), w.id("lik", streamEvents, id), at)
	case n < 72:
		p := w.choose(r, by, near)
		p.Comments = append(p.Comments, w.comment(by, w.remark(r, by, p), w.id("cmt", streamEvents, id), at))
	case n < 84:
		w.reply(r, near, w.id("cmt", streamEvents, id), at)
	case n < 93:
		if p := w.choose(r, by, near); p.Agent != by.ID && !slices.Contains(p.Amplified, by.ID) {
			p.Amplified = append(p.Amplified, by.ID)
		}
	default:
		if b := w.agents[w.choose(r, by, near).Agent]; b != by && !by.follows(b.ID) {
			w.follow(by, b, at)
		}
	}
}

// actor draws who acts: the zealous more often, the hostile one time in
// twenty.
func (w *world) actor(r *rand.Rand) *agent {
	hostile, total := r.IntN(20) == 0, 0.0
	of := slices.DeleteFunc(slices.Clone(w.natives()), func(a *agent) bool { return a.Hostile != hostile })
	if len(of) == 0 {
		of = w.natives()
	}
	for _, a := range of {
		total += a.Zeal
	}
	at := r.Float64() * total
	for _, a := range of {
		if at -= a.Zeal; at < 0 {
			return a
		}
	}
	return of[len(of)-1]
}

// near returns the population's latest posts, newest first.
func (w *world) near() []*post {
	var out []*post
	for _, p := range slices.Backward(w.Posts) {
		if p.Native {
			out = append(out, p)
		}
		if len(out) == nearPosts {
			break
		}
	}
	return out
}

// choose draws a post to react to: a new one rather than an old one, one of
// the agent's topics rather than another, rarely a hostile one.
func (w *world) choose(r *rand.Rand, by *agent, near []*post) *post {
	var p *post
	for range 5 {
		f := r.Float64()
		p = near[int(f*f*float64(len(near)))]
		author := w.agents[p.Agent]
		shared := slices.Contains(author.Topics, by.Topics[0]) || slices.Contains(author.Topics, by.Topics[1])
		if author != by && !author.Hostile && (shared || r.IntN(3) == 0) {
			break
		}
	}
	return p
}

func (w *world) likeAs(by *agent, p *post, id string, at time.Time) {
	p.Views += 2
	if p.Agent != by.ID && !p.likedBy(by.ID) {
		p.Likes = append(p.Likes, like{ID: id, Seq: w.seq(), Agent: by.ID, At: at})
	}
}

func (w *world) comment(by *agent, text, id string, at time.Time) *comment {
	return &comment{ID: id, Seq: w.seq(), Agent: by.ID, Text: text, Native: true, At: at}
}

// reply has the author of a post answer a comment of the population.
func (w *world) reply(r *rand.Rand, near []*post, id string, at time.Time) {
	p := near[r.IntN(len(near))]
	author := w.agents[p.Agent]
	for _, m := range slices.Backward(p.Comments) {
		if m.Native && m.Agent != p.Agent && !author.Hostile {
			answer := w.comment(author, fill(r, say(r, replies, author.Language), map[string]string{"author": w.agents[m.Agent].Handle}), id, at)
			answer.Parent = m.ID
			p.Comments = append(p.Comments, answer)
			return
		}
	}
}
