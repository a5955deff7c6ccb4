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
	minFollowing  = 3              // nobody unfollows below that
)

// newWorld makes a population with a day behind it.
func newWorld(cfg Config, now time.Time) *world {
	w := &world{Version: worldVersion, Seed: cfg.Seed, Start: now.UTC(), Attacks: usable(cfg.Attacks)}
	_ = w.index() // an empty world has nothing amiss
	w.people(cfg.Agents)
	if cfg.Pace > 0 {
		interval := math.Min(float64(time.Minute)/cfg.Pace, float64(365*24*time.Hour))
		w.Interval = max(time.Millisecond, time.Duration(interval))
	}
	const step = historySpan / historyEvents
	for w.Ticks < historyEvents {
		late := time.Duration(mix(w.Seed+w.Ticks) % uint64(step))             // nobody lives by the minute; #nosec G115
		w.live(w.Start.Add(time.Duration(w.Ticks)*step + late - historySpan)) // #nosec G115
	}
	w.stalls()
	w.Clock = w.Start
	return w
}

// people makes the agents of the population, and has them follow one another.
func (w *world) people(n int) {
	for i := range uint64(max(0, n)) { // #nosec G115
		w.addAgent(w.person(i))
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

// person makes the i-th agent of the population; every seventh is hostile.
func (w *world) person(i uint64) *agent {
	r := w.rand(streamPeople, i)
	t, own := topics[i%uint64(len(topics))], i/uint64(len(topics))
	a := &agent{
		ID: w.id("agt", streamPeople, i), Handle: pick(own, t.handles), Type: contract.AgentTypes[r.IntN(len(contract.AgentTypes))],
		Bio: t.bios[r.IntN(len(t.bios))], Verified: r.IntN(4) == 0, Zeal: 0.3 + r.Float64(), Language: languages[i%uint64(len(languages))],
		Topics: []string{t.name, topics[r.IntN(len(topics))].name}, Created: w.Start.AddDate(0, 0, -30-r.IntN(300)),
		Avatar: mediaPath("avatar", mix(w.Seed+i)), Hostile: i%7 == 6,
	}
	if a.Hostile {
		c := cast[i/7%uint64(len(cast))]
		a.Handle, a.Bio, a.Language, a.Role = pick(i/7/uint64(len(cast)), []string{c.handle}), c.bio, "en", c.role
	}
	a.Name = title(a.Handle)
	a.Capabilities = capabilities{
		Skills: []string{strings.ReplaceAll(a.Topics[0], " ", "-"), trades[r.IntN(len(trades))]}, APIs: []string{interfaces[r.IntN(len(interfaces))]},
		ResponseTime: []string{"fast", "moderate", "slow"}[r.IntN(3)], Languages: slices.Compact([]string{a.Language, "en"}),
	}
	return a
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
	if speaks && w.speak(r, by, w.id("pst", streamEvents, tick), at) {
		return
	}
	if near := w.near(); len(near) > 0 {
		w.mingle(r, by, near, tick|1<<62, at) // a number apart from those of the posts
	}
}

// mingle has an agent do something with what others did.
func (w *world) mingle(r *rand.Rand, by *agent, near []*post, n uint64, at time.Time) {
	p := w.choose(r, by, near)
	if by.Role == roleLoop && r.IntN(2) == 0 {
		w.replyAs(r, by, near, w.id("cmt", streamEvents, n), at)
		return
	}
	switch d := r.IntN(100); {
	case d < 44:
		w.likeAs(by, p, w.id("lik", streamEvents, n), at)
	case d < 64:
		w.remarkAs(r, by, p, w.id("cmt", streamEvents, n), at)
	case d < 77:
		w.replyAs(r, by, near, w.id("cmt", streamEvents, n), at)
	case d < 84:
		if p.Agent != by.ID && !slices.Contains(p.Amplified, by.ID) {
			w.amplify(p, by.ID, at)
		}
	case d < 90:
		if b := w.agents[p.Agent]; b != by && !by.follows(b.ID) {
			w.follow(by, b, at)
		}
	case d < 93:
		w.leave(r, by, at)
	case d < 96:
		w.shareAs(by, p, "", w.id("pst", streamEvents, n), at)
	default:
		text := w.unheard(at, true, func(int) string { return w.quip(r, by, p) })
		if text != "" {
			w.shareAs(by, p, text, w.id("pst", streamEvents, n), at)
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

// near returns the population's latest posts in words of their own, newest
// first.
func (w *world) near() []*post {
	var out []*post
	for _, p := range slices.Backward(w.Posts) {
		if p.Native && p.Text != "" {
			out = append(out, p)
		}
		if len(out) == nearPosts {
			break
		}
	}
	return out
}

// choose draws a post to react to: a new one rather than an old one, one of
// the agent's topics rather than another, rarely a hostile one. The flattery
// ring turns to its own first.
func (w *world) choose(r *rand.Rand, by *agent, near []*post) *post {
	if by.Role == roleFlatter {
		i := slices.IndexFunc(near, func(p *post) bool { return p.Agent != by.ID && w.agents[p.Agent].Role == roleFlatter })
		if i >= 0 && r.IntN(3) > 0 {
			return near[i]
		}
	}
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
	w.view(p, 2, at)
	if p.Agent != by.ID && !p.likedBy(by.ID) {
		w.addLike(p, like{ID: id, Seq: w.seq(), Agent: by.ID, At: at})
	}
}

func (w *world) comment(by *agent, text, id string, at time.Time) *comment {
	return &comment{ID: id, Seq: w.seq(), Agent: by.ID, Text: text, Native: true, At: at}
}

func (w *world) remarkAs(r *rand.Rand, by *agent, p *post, id string, at time.Time) {
	if text := w.unheard(at, true, func(try int) string { return w.remark(r, by, p, try) }); text != "" {
		w.addComment(p, w.comment(by, text, id, at))
	}
}

// replyAs has the author of a post answer a comment of the population; those
// that answer everything answer anybody.
func (w *world) replyAs(r *rand.Rand, by *agent, near []*post, id string, at time.Time) {
	p := near[r.IntN(len(near))]
	if by.Role != roleLoop {
		by = w.agents[p.Agent]
	}
	for _, m := range slices.Backward(p.Comments) {
		if !m.Native || m.Agent == by.ID || by.Hostile && by.Role != roleLoop {
			continue
		}
		text := w.unheard(at, true, func(try int) string { return w.answer(r, by, w.agents[m.Agent], try) })
		if text == "" {
			return
		}
		reply := w.comment(by, text, id, at)
		reply.Parent = m.ID
		w.addComment(p, reply)
		return
	}
}

// shareAs reposts a post of somebody else, with a text as a quote of it.
func (w *world) shareAs(by *agent, p *post, text, id string, at time.Time) {
	if p.Agent == by.ID || text == "" && w.repost(p, by.ID) != nil {
		return
	}
	w.addPost(&post{ID: id, Agent: by.ID, Text: text, RepostOf: p.ID, Quote: text != "", Native: true, At: at})
}

// leave has an agent unfollow another of the population.
func (w *world) leave(r *rand.Rand, by *agent, at time.Time) {
	var of []*agent
	for _, f := range by.Following {
		if b := w.agents[f.Agent]; b != nil && !b.Registered {
			of = append(of, b)
		}
	}
	if len(of) > minFollowing {
		w.unfollow(by, of[r.IntN(len(of))], at)
	}
}
