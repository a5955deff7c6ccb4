package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

const (
	maxAnswers = 5  // texts of one run; the others wait for the next
	maxRead    = 10 // threads read in one run
	maxFailed  = 3  // that cannot be read, one after the other: then it is the platform
	// mentioned is the slot of a comment on a post that mentions the persona:
	// one for ever.
	mentioned = "mention"
)

// talkKinds are the notifications that hold words.
var talkKinds = []string{"comment", "reply", "mention", "quote"}

// commentKinds are those of them that tell of a comment.
var commentKinds = []string{"comment", "reply"}

// Why a notification is left for a later run, or forgotten without an entry.
const (
	reasonLater = "waits"
	reasonHeard = "heard before"
)

// Respond decides what to answer to what others said to the persona, oldest
// first. What is not decided in this run, because a limit is reached or the
// brain failed, is in none of the plan's lists: it comes again.
func (p *Planner) Respond(ctx context.Context, r *rand.Rand, notices []apiclient.Notification) (Plan, error) {
	plan := Plan{Read: len(notices), Gone: make(map[string]int), seen: make(map[string]state.Seen), away: make(map[string]string), Answers: make(map[string]string)}
	a := answering{p: p, now: p.Now(), used: tally{}, talk: conversation{people: make(map[string]state.Person), threads: make(map[string]state.Thread)}, read: make(map[string]thread), found: make(map[string]bool), waiting: make(map[string]bool)}
	if err := a.prepare(&plan, r, notices); err != nil {
		return plan, err
	}
	notices = slices.Clone(notices)
	slices.SortStableFunc(notices, func(x, y apiclient.Notification) int {
		return cmp.Or(p.hidden.Compare(x.PostID, y.PostID, a.now), x.CreatedAt.Compare(y.CreatedAt))
	})
	for _, n := range notices {
		if a.stopped {
			plan.Gone[reasonLater]++
			continue
		}
		if err := a.hear(ctx, r, n); err != nil {
			return plan, err
		}
	}
	plan.Actions = append(plan.Actions, a.follows.acts...)
	if plan.Note == "" && len(plan.Actions) == 0 {
		plan.Note = "nothing to answer " + plan.reasons()
	}
	plan.Quiet = len(plan.Handled)+len(plan.Refused)+len(plan.Actions) == 0 && !plan.Failed
	return plan, ctx.Err()
}

// answering is the making of one plan of answers.
type answering struct {
	*turn
	p      *Planner
	now    time.Time
	since  time.Time               // what is older may have been answered
	held   map[actions.Kind]string // why no answers of a kind are given at present
	known  map[string]bool
	alone  map[string]bool // authors and posts in quarantine
	used   tally
	talk   conversation
	read   map[string]thread // by post
	found  map[string]bool   // comments that belong to a notification which does not name them
	failed int               // reads of threads that failed in a row
	// stopped: the platform or the brain does not answer, and what is left waits.
	stopped bool
	waiting map[string]bool // authors with an answer that waits for their limit
	written int             // answers that the brain was asked for
	follows following       // of those who follow the persona
	blind   bool            // profiles cannot be read at present
}

// thread is a post with its newest comments, as far as they were read.
type thread struct {
	post     apiclient.Post
	comments []apiclient.Comment
	reason   string // why it cannot be answered
}

func (a *answering) prepare(plan *Plan, r *rand.Rand, notices []apiclient.Notification) (err error) {
	ids := make([]string, len(notices))
	for i, n := range notices {
		ids[i] = n.ID
	}
	if a.known, err = a.p.Store.HeardBefore(ids); err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	if a.alone, err = a.p.shunned(a.now); err != nil {
		return err
	}
	a.held = make(map[actions.Kind]string)
	for _, kind := range []actions.Kind{actions.Reply, actions.Comment} {
		if a.held[kind], err = actions.Barred(a.p.Store, kind, a.now); err != nil {
			return fmt.Errorf("%w: %w", errStore, err)
		}
	}
	if a.since, err = a.p.sureSince(a.now); err != nil {
		return err
	}
	a.turn, err = a.p.turn(plan, r)
	return err
}

// hear deals with one notification.
func (a *answering) hear(ctx context.Context, r *rand.Rand, n apiclient.Notification) error {
	kind := strings.ToLower(n.Type)
	switch {
	case !idPattern.MatchString(n.ID):
		a.plan.Gone["malformed"]++
		return nil // nothing can be done about it, not even marking it
	case a.known[n.ID]:
		a.plan.Gone[reasonHeard]++
		a.plan.Handled = append(a.plan.Handled, n.ID)
		return nil
	case !signed(n, kind), n.PostID != "" && !idPattern.MatchString(n.PostID), n.CommentID != "" && !idPattern.MatchString(n.CommentID):
		a.plan.Gone["malformed"]++
		a.plan.Handled = append(a.plan.Handled, n.ID)
		return nil
	case kind == "follow":
		return a.followedBy(ctx, n)
	case slices.Contains(talkKinds, kind) && n.PostID == "":
		a.decline(n, answerTo(n), "the platform does not say where it was said")
		a.done(n, state.Heard{Kind: kind})
		return nil
	case !slices.Contains(talkKinds, kind):
		a.plan.Gone[kindName(kind)]++
		mood := 0
		if kind == "like" || kind == "repost" {
			mood = 1
		}
		a.done(n, state.Heard{Kind: kindName(kind), Mood: mood})
		return nil
	}
	return a.answer(ctx, r, n, state.Heard{Kind: kind})
}

// kindName keeps what the platform calls a notification from becoming a key of
// ours.
func kindName(kind string) string {
	if slices.Contains([]string{"follow", "like", "repost"}, kind) || slices.Contains(talkKinds, kind) {
		return kind
	}
	return "other"
}

// done notes that a notification needs nothing more once the plan is carried
// out, and what was heard in it.
func (a *answering) done(n apiclient.Notification, h state.Heard) {
	h.Notice, h.Handle, h.Post, h.At = n.ID, string(n.Agent.Handle), n.PostID, n.CreatedAt
	a.plan.Handled = append(a.plan.Handled, n.ID)
	a.plan.Heard = append(a.plan.Heard, h)
	if slices.Contains(talkKinds, h.Kind) {
		a.talk.add(h.Handle, h.Post, state.Said{By: h.Handle, Text: h.Text, Post: h.Post, At: h.At})
	}
}

// answer deals with words. First what code can say without reading, then what
// was said, then the brain.
func (a *answering) answer(ctx context.Context, r *rand.Rand, n apiclient.Notification, h state.Heard) error {
	act := answerTo(n)
	reason, err := a.unread(n, act)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = a.look(ctx, n.PostID)
	}
	if whole := a.complete(n); reason == "" && whole != n {
		n, act = whole, answerTo(whole)
		if reason, err = a.unread(n, act); err != nil {
			return err
		}
	}
	if reason == reasonLater || ctx.Err() != nil {
		a.plan.Gone[reasonLater]++
		return ctx.Err()
	}
	var said Candidate
	if reason == "" {
		said, reason = a.heard(n)
	}
	h.Text, h.Mood, h.Topic = cut(visible(a.redact(said.Post.Content)), shownText), moodOf(said.Post.Content), said.Topic
	if reason == "" {
		act.Why, reason, err = a.due(n, said)
		act.Topic = said.Topic
	}
	if err == nil && reason == "" {
		reason, err = a.patience(act)
	}
	if err != nil {
		return err
	}
	if reason == reasonLater {
		a.plan.Gone[reasonLater]++
		return nil
	}
	if reason != "" {
		a.decline(n, act, reason)
		a.done(n, h)
		return nil
	}
	return a.write(ctx, r, n, h, act, said)
}

// unread says what speaks against an answer before anything is read.
func (a *answering) unread(n apiclient.Notification, act actions.Action) (string, error) {
	switch {
	case a.p.own(n.Agent):
		return "own", nil
	case a.p.family(n.Agent):
		return "own household", nil
	case a.p.avoided(apiclient.Post{Agent: n.Agent}):
		return "avoided", nil
	case a.alone[state.ShunAuthor(string(n.Agent.Handle))], a.alone[state.ShunPost(n.PostID)]:
		return ruleShun, nil
	case a.now.Sub(n.CreatedAt) > maxAge:
		return "too old", nil
	case n.CreatedAt.Before(a.since):
		return "older than what the journal is sure of", nil
	}
	taken, err := a.p.Store.Taken(act.Key())
	if err != nil {
		return "", fmt.Errorf("%w: %w", errStore, err)
	}
	if taken || a.commented(act) || slices.ContainsFunc(a.plan.Actions, func(other actions.Action) bool { return other.Key() == act.Key() }) {
		return "answered before", nil
	}
	person, thread, err := a.talk.with(a.p.Store, act.Author, n.PostID)
	if err != nil {
		return "", err
	}
	// The memory of a thread is short; the journal has every text of its own.
	own, err := a.p.Store.Spent("thread/"+n.PostID, a.now.Add(-turnRest), a.now)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", errStore, err)
	case pairRests(person.Texts, a.now):
		return "enough said with @" + act.Author, nil
	case own >= threadOwnTurns, threadRests(thread.Texts, act.Author, a.now):
		return "enough said in this thread", nil
	case a.held[act.Kind] != "" || a.written >= maxAnswers:
		return reasonLater, nil
	}
	return a.room(act)
}

// commented says whether the persona commented on a post that mentions it before
// it was told of that: one comment on it is enough.
func (a *answering) commented(act actions.Action) bool {
	return act.Kind == actions.Comment && slices.ContainsFunc(a.texts.own, func(own OwnLine) bool {
		return own.Kind == string(actions.Comment) && own.Thread == act.Target
	})
}

// room says which limit speaks against an answer, before it is known whether one
// is due. One of the kind is free again in a while, unless it is 0; with one of
// the thread, enough was said. For that of the author see patience.
func (a *answering) room(act actions.Action) (string, error) {
	if limit := a.p.Persona.Limits[string(act.Kind)]; zero(limit.Hour) || zero(limit.Day) {
		return "its limit is 0", nil
	}
	reason, err := a.p.room(a.used, act, a.now)
	switch {
	case strings.Contains(reason, "kind/"):
		return reasonLater, err
	case strings.Contains(reason, "author/"):
		return "", err
	}
	return reason, err
}

// patience says what the limit of the author means for an answer that is due. It
// may have gone into favours, and an answer is no favour: one of each author
// waits until there is room, after all else; whoever asks more has enough.
func (a *answering) patience(act actions.Action) (string, error) {
	reason, err := a.p.room(a.used, act, a.now)
	limit := a.p.Persona.Limits["author"]
	never := zero(limit.Hour) || zero(limit.Day) || limit.Total != nil
	if err != nil || !strings.Contains(reason, "author/") || never || a.waiting[act.Author] {
		return reason, err
	}
	a.waiting[act.Author] = true
	a.p.hidden.Add(act.Target, a.now)
	return reasonLater, nil
}

func zero(limit *int) bool { return limit != nil && *limit == 0 }

// look reads a thread, once in a run.
func (a *answering) look(ctx context.Context, id string) string {
	if known, read := a.read[id]; read {
		return known.reason
	}
	if len(a.read) >= maxRead || a.p.Lookup == nil || a.p.Thread == nil {
		return reasonLater
	}
	var t thread
	var err error
	if t.post, err = a.p.Lookup(ctx, id); err == nil {
		t.comments, err = a.p.Thread(ctx, id)
	}
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		t.reason = "deleted"
	case apiclient.Final(err):
		t.reason = "it cannot be read"
	case err != nil: // one thread that cannot be read must not stand before all others
		a.failed++
		a.p.hidden.Add(id, a.now)
		t.reason, a.stopped = reasonLater, a.failed >= maxFailed
	default:
		a.failed = 0
		delete(a.p.hidden, id)
	}
	a.read[id] = t
	return t.reason
}

// write has the brain write an answer.
func (a *answering) write(ctx context.Context, r *rand.Rand, n apiclient.Notification, h state.Heard, act actions.Action, said Candidate) error {
	t := a.read[n.PostID]
	said.Acts = []actions.Kind{act.Kind}
	brief := a.brief(act, said.Topic, &t.post)
	if act.Kind == actions.Reply {
		brief.Comment = &apiclient.Comment{ID: n.CommentID, Content: said.Post.Content, Agent: said.Post.Agent}
	}
	a.plan.Brain = a.p.Brain.Name()
	a.plan.Shown = append(a.plan.Shown, said)
	a.written++ // a text that is refused costs as much
	text, err := a.p.Brain.Write(ctx, r, brief)
	switch {
	case errors.Is(err, ErrAnswer): // asked again it would cost again
		a.decline(n, act, "not written: "+a.redact(err.Error()))
		a.done(n, h)
		return nil
	case err != nil:
		a.stopped = true
		a.plan.Gone[reasonLater]++
		return a.fail(ctx, err)
	case text == "":
		a.decline(n, act, "the brain had nothing to say")
		a.done(n, h)
		return nil
	}
	act.Text = text
	before := len(a.plan.Actions)
	if err := a.accept(act, said.Post.Content, a.p.foreignTexts(t.comments)); err != nil {
		return err
	}
	a.done(n, h)
	if len(a.plan.Actions) > before {
		a.plan.Answers[n.ID] = act.Key()
		a.used.add(act, a.p.Persona.Limits)
		a.talk.add(act.Author, n.PostID, state.Said{Own: true, Text: text, Post: n.PostID, At: a.now})
	}
	return nil
}

// decline refuses an answer. What one agent is refused for the same reason is
// told once: who mentions the persona a thousand times does not fill its
// journal.
func (a *answering) decline(n apiclient.Notification, act actions.Action, reason string) {
	a.plan.Gone[reason]++
	if n.PostID != "" {
		a.plan.away[n.PostID] = reason
	}
	for _, r := range a.plan.Refused {
		if r.Action.Author == act.Author && r.Reason == reason && (act.Author != "" || r.Action.Key() == act.Key()) {
			return
		}
	}
	a.refuse(act, reason)
}
