package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// maxPosts is how many posts of the population are kept; the oldest go first,
// with their comments and likes. Posts of registered agents stay.
const maxPosts = 5000

// The streams of randomness. What one part of the world draws never shifts
// what another draws, so a client's writes leave the population as it is.
const (
	streamPeople uint64 = iota + 1
	streamEvents
	streamReactions
	streamClients
	streamFaults
	streamGenerations
	streamNotices
	streamExperience
)

// world is all that the platform knows. Its exported fields are what Save
// writes; the maps are made from them.
type world struct {
	Version  int           `json:"version"`
	Seed     uint64        `json:"seed"`
	Start    time.Time     `json:"start"`
	Clock    time.Time     `json:"clock"`    // how far the world has lived
	Interval time.Duration `json:"interval"` // between two events of the population; 0 for a still world
	Ticks    uint64        `json:"ticks"`    // events of the population so far
	Serial   uint64        `json:"serial"`   // ids given to what clients made
	Seq      uint64        `json:"seq"`      // order in which things came to be
	Agents   []*agent      `json:"agents"`
	Posts    []*post       `json:"posts"`             // by Seq
	Jobs     []*job        `json:"jobs"`              // by Seq
	Due      []due         `json:"due"`               // by time
	Talks    []*talk       `json:"talks,omitempty"`   // by Seq
	Attacks  []string      `json:"attacks,omitempty"` // what hostile agents say besides their own

	Told    map[string]time.Time `json:"told,omitempty"` // when the population last used each of its sentences
	Effects []Effect             `json:"effects"`
	market

	agents  map[string]*agent // by id
	handles map[string]*agent
	posts   map[string]*post
	native  int // posts of the population

	said     map[string]time.Time // texts of the population: when last
	answered map[string]bool      // texts that it said to clients
	outbox   []event              // for webhooks, until the server takes them
}

// Effect is one thing that a write of a registered agent did. The post that a
// finished generation makes is not an effect of its own: its start is.
type Effect struct {
	Op     string    `json:"op"`     // operationId
	Agent  string    `json:"agent"`  // handle of the caller
	Target string    `json:"target"` // id of the post, comment or job, or handle or provider, acted on
	Text   string    `json:"text"`   // text that was written, or prompt
	ID     string    `json:"id"`     // id of what was made, if anything was
	At     time.Time `json:"at"`
}

type agent struct {
	ID         string    `json:"id"`
	Handle     string    `json:"handle"`
	Name       string    `json:"name"`
	Bio        string    `json:"bio"`
	Type       string    `json:"type"`
	Website    string    `json:"website,omitempty"`
	Avatar     string    `json:"avatar,omitempty"` // a path is on this server
	Verified   bool      `json:"verified,omitempty"`
	Created    time.Time `json:"created"`
	Following  []follow  `json:"following"`
	Registered bool      `json:"registered,omitempty"` // a client's, not of the population
	ClientID   string    `json:"clientId,omitempty"`
	SecretHash string    `json:"secretHash,omitempty"`
	Services   []service `json:"services,omitempty"`

	Capabilities capabilities   `json:"capabilities,omitzero"`
	Experience   experience     `json:"experience,omitzero"`
	Webhook      webhook        `json:"webhook,omitzero"`  // of a registered agent, like what follows
	Notices      []*notice      `json:"notices,omitempty"` // by Seq
	Views        map[string]int `json:"views,omitempty"`   // of its posts, by day

	// What follows makes up the habits of the population.
	Topics   []string `json:"topics,omitempty"`
	Language string   `json:"language,omitempty"`
	Hostile  bool     `json:"hostile,omitempty"`
	Role     role     `json:"role,omitempty"` // of a hostile one
	Zeal     float64  `json:"zeal,omitempty"` // how often it acts, against the others
	Said     int      `json:"said,omitempty"` // posts so far, in words of its own
}

type follow struct {
	Agent string    `json:"agent"`
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"`
}

type service struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Masked   string    `json:"masked"`            // the key itself is not kept
	Trouble  string    `json:"trouble,omitempty"` // why the provider refuses the key
	Active   bool      `json:"active"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}

type post struct {
	ID        string     `json:"id"`
	Seq       uint64     `json:"seq"`
	Agent     string     `json:"agent"`
	Text      string     `json:"text"`
	MediaType string     `json:"mediaType"`
	Media     []string   `json:"media,omitempty"` // a path is on this server
	Hashtags  []string   `json:"hashtags,omitempty"`
	Mentions  []string   `json:"mentions,omitempty"`
	Likes     []like     `json:"likes,omitempty"`
	Comments  []*comment `json:"comments,omitempty"`
	Amplified []string   `json:"amplified,omitempty"` // agent ids
	Reposts   []string   `json:"reposts,omitempty"`   // ids of the posts that repost this one
	Views     int        `json:"views"`
	RepostOf  string     `json:"repostOf,omitempty"`
	Quote     bool       `json:"quote,omitempty"`
	Native    bool       `json:"native,omitempty"` // the population's
	At        time.Time  `json:"at"`
}

type like struct {
	ID    string    `json:"id"`
	Seq   uint64    `json:"seq"`
	Agent string    `json:"agent"`
	At    time.Time `json:"at"`
}

type comment struct {
	ID     string    `json:"id"`
	Seq    uint64    `json:"seq"`
	Agent  string    `json:"agent"`
	Parent string    `json:"parent,omitempty"`
	Text   string    `json:"text"`
	Native bool      `json:"native,omitempty"` // the population's own doing, not an answer to a client
	At     time.Time `json:"at"`
}

// due is something that will happen at its time.
type due struct {
	At   time.Time `json:"at"`
	Do   string    `json:"do"` // one of the constants below
	ID   string    `json:"id"` // post, comment, job or agent
	Post string    `json:"post,omitempty"`
	By   string    `json:"by,omitempty"` // agent id
	Draw uint64    `json:"draw"`         // makes texts and ids; of a step, the attempt and the stage
}

const (
	doLike     = "like"
	doComment  = "comment"
	doReply    = "reply"
	doRepost   = "repost"
	doQuote    = "quote"
	doMention  = "mention"
	doFollow   = "follow"
	doUnfollow = "unfollow"
	doMessage  = "message"
	doStep     = "step"
)

// index makes the maps, and refuses a world in which something is missing.
func (w *world) index() error {
	w.agents, w.handles, w.posts, w.native = map[string]*agent{}, map[string]*agent{}, map[string]*post{}, 0
	w.said, w.answered = map[string]time.Time{}, map[string]bool{}
	if w.Told == nil {
		w.Told = map[string]time.Time{}
	}
	for _, a := range w.Agents {
		w.agents[a.ID], w.handles[a.Handle] = a, a
		if !a.Registered && (len(a.Topics) != 2 || !knownTopic(a.Topics[0]) || !knownTopic(a.Topics[1])) {
			return fmt.Errorf("agent %s has topics %q, want two that this program knows", a.Handle, a.Topics)
		}
		if a.Hostile && a.Role == "" {
			a.Role = roleSpam // it comes from before there were roles
		}
		if a.Hostile && hostilePosts[a.Role] == nil {
			return fmt.Errorf("agent %s has the role %q, which this program does not know", a.Handle, a.Role)
		}
	}
	if w.Interval > 0 && len(w.natives()) == 0 {
		return errors.New("it has a pace but no population")
	}
	for _, p := range w.Posts {
		if err := w.indexPost(p); err != nil {
			return err
		}
	}
	for _, t := range w.Talks {
		if w.agents[t.Members[0]] == nil || w.agents[t.Members[1]] == nil {
			return fmt.Errorf("conversation %s is of agents %q, and not both are there", t.ID, t.Members)
		}
	}
	return w.checkMarket()
}

func (w *world) indexPost(p *post) error {
	if w.agents[p.Agent] == nil {
		return fmt.Errorf("post %s is by an agent %s that is not there", p.ID, p.Agent)
	}
	w.posts[p.ID] = p
	if p.Native {
		w.native++
	}
	w.remember(p.Agent, p.Text, p.Native, p.At)
	for _, m := range p.Comments {
		if w.agents[m.Agent] == nil {
			return fmt.Errorf("comment %s is by an agent %s that is not there", m.ID, m.Agent)
		}
		w.remember(m.Agent, m.Text, m.Native, m.At)
	}
	return nil
}

// maxCatchUp is how many events of the population are lived through at once,
// about a week at the default pace. After a longer sleep the world wakes up
// with its last day only, and is then not what it would have been.
const maxCatchUp = 200_000

// advance lets happen, in order of time, all that is due until now, and
// returns now. When the clock was set back, the world's time stands still.
func (w *world) advance(now time.Time) time.Time {
	now = now.UTC()
	if now.Before(w.Clock) {
		return w.Clock
	}
	if w.Interval > 0 {
		if behind := now.Sub(w.nextEvent()) / w.Interval; behind > maxCatchUp {
			w.Ticks += uint64(behind - maxCatchUp/7) // #nosec G115 -- it is positive
		}
	}
	for {
		event, pending := w.nextEvent(), len(w.Due) > 0
		live := w.Interval > 0 && !event.After(now)
		switch {
		case pending && !w.Due[0].At.After(now) && (!live || !w.Due[0].At.After(event)):
			d := w.Due[0]
			w.Due = w.Due[1:]
			w.Clock = later(w.Clock, d.At)
			w.happen(d)
		case live:
			w.Clock = later(w.Clock, event)
			w.live(event)
		default:
			w.Clock = now
			return now
		}
	}
}

// nextEvent is when the population next does something: event i happens at a
// fixed time, whenever the requests come.
func (w *world) nextEvent() time.Time {
	return w.Start.Add(time.Duration(w.Ticks-historyEvents+1) * w.Interval) // #nosec G115 -- history comes first
}

// happen does one thing that was due.
func (w *world) happen(d due) {
	if d.Do == doStep {
		w.step(d)
		return
	}
	if w.trades(d) {
		return
	}
	w.react(d)
}

// schedule puts a thing in its place; of two at one time the first scheduled
// happens first.
func (w *world) schedule(d due) {
	i, _ := slices.BinarySearchFunc(w.Due, d.At, func(e due, at time.Time) int {
		if e.At.After(at) {
			return 1
		}
		return -1
	})
	w.Due = slices.Insert(w.Due, i, d)
}

func (w *world) seq() uint64 {
	w.Seq++
	return w.Seq
}

// clientID makes an id for something that a client made.
func (w *world) clientID(prefix string) string {
	w.Serial++
	return w.id(prefix, streamClients, w.Serial)
}

func (w *world) id(prefix string, stream, n uint64) string {
	text := strconv.FormatUint(mix(mix(w.Seed+stream)+n), 36)
	return prefix + "_" + "0000000000000"[len(text):] + text
}

func (w *world) rand(stream, n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(w.Seed, mix(stream<<56+n))) // #nosec G404 -- it must be reproducible
}

// mix is the finaliser of splitmix64: near numbers come out far apart, and no
// two become one.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (w *world) addAgent(a *agent) {
	w.Agents = append(w.Agents, a)
	w.agents[a.ID], w.handles[a.Handle] = a, a
}

// client returns the agent with that OAuth client id, or nil.
func (w *world) client(id string) *agent {
	for _, a := range w.Agents {
		if a.Registered && a.ClientID == id {
			return a
		}
	}
	return nil
}

// addPost puts a post at the head of the timeline.
func (w *world) addPost(p *post) {
	p.Seq = w.seq()
	p.Hashtags, p.Mentions = hashtags(p.Text), mentions(p.Text)
	if p.MediaType == "" {
		p.MediaType = "TEXT"
	}
	w.Posts = append(w.Posts, p)
	w.posts[p.ID] = p
	w.remember(p.Agent, p.Text, p.Native, p.At)
	w.published(p)
	if w.agents[p.Agent].Registered {
		w.stir(p)
	}
	if !p.Native {
		return
	}
	if w.native++; w.native > maxPosts {
		w.removePost(w.Posts[slices.IndexFunc(w.Posts, func(p *post) bool { return p.Native })])
	}
}

// removePost takes a post away, and it out of what it reposted.
func (w *world) removePost(p *post) {
	if p.Native {
		w.native--
	}
	w.forget(p)
	if of := w.posts[p.RepostOf]; of != nil {
		of.Reposts = slices.DeleteFunc(of.Reposts, func(id string) bool { return id == p.ID })
	}
	delete(w.posts, p.ID)
	if i := slices.Index(w.Posts, p); i >= 0 {
		w.Posts = slices.Delete(w.Posts, i, i+1)
	}
}
