package planner

import (
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
	// letterTurns is how many messages the persona writes in one conversation
	// within turnRest; then it rests: two agents that answer everything would
	// write to each other for ever.
	letterTurns = 6
	chatTurns   = 2                  // of these, after which only a question is answered
	letterAge   = 7 * 24 * time.Hour // how old a message may be and still be answered
)

// Talk is a conversation with one agent, as far as it was read.
type Talk struct {
	apiclient.Conversation
	Thread []apiclient.Message // the newest, oldest first
	// Again: the persona marked it as read lately, and something may have come
	// in between. Then the platform's count of unread messages says nothing.
	Again bool
}

// ReadTalk is a conversation that is dealt with once the plan has been carried
// out.
type ReadTalk struct {
	Conversation string
	Upto         string // the newest message that was read
	Unread       bool   // the platform is to be told
	Answer       string // dedupe key of the answer, which must be in the journal by then; empty: none is due
	Heard        []state.Heard
}

// letter is a conversation with what in it is new.
type letter struct {
	Talk
	earlier []apiclient.Message // that somebody has read before, whether it was the program or not
	unheard []apiclient.Message // of the others, those that nothing is known of, oldest first
	fresh   []apiclient.Message // of these, what may be answered
	stale   []apiclient.Message // of these, what is too old
}

// since is when it began to wait for an answer.
func (t letter) since() time.Time {
	if len(t.fresh) == 0 {
		return time.Time{}
	}
	return t.fresh[0].CreatedAt
}

func (t letter) with() string { return string(t.Participant.Handle) }

// answer is the action that answers it, without its text.
func (t letter) answer() actions.Action { return t.to(t.fresh[len(t.fresh)-1]) }

func (t letter) to(m apiclient.Message) actions.Action {
	act := actions.Action{Kind: actions.Message, Target: t.ID, Slot: m.ID, Job: "messages"}
	if handlePattern.MatchString(t.with()) {
		act.Author = t.with()
	}
	return act
}

// Messages decides what to answer to what others wrote to the persona alone,
// the longest waiting first. Each answer is written in a call that sees its
// conversation and nothing else. What is not decided in this run is in none of
// the plan's lists: it comes again.
func (p *Planner) Messages(ctx context.Context, r *rand.Rand, talks []Talk) (Plan, error) {
	plan := Plan{Read: len(talks), Gone: make(map[string]int), away: make(map[string]string)}
	l, err := p.letters(&plan, r, talks)
	if err != nil {
		return plan, err
	}
	for _, t := range l.letters {
		if l.stopped {
			plan.Gone[reasonLater]++
			continue
		}
		if err := l.deal(ctx, r, t); err != nil {
			return plan, err
		}
	}
	if plan.Note == "" && len(plan.Actions) == 0 {
		plan.Note = "nothing to answer " + plan.reasons()
	}
	plan.Quiet = len(plan.Refused)+len(plan.Actions) == 0 && !plan.Failed
	return plan, ctx.Err()
}

// writer is the making of one plan of messages.
type writer struct {
	*turn
	p        *Planner
	now      time.Time
	letters  []letter
	since    time.Time // while cautious: what is older may have been answered
	held     string    // why nothing is written at present
	alone    map[string]bool
	busy     map[string]bool // conversations with an answer whose outcome is open
	own      map[string]int  // messages that were written in the last day, by conversation
	told     map[string]bool // conversation and reason of what was declined in the last day
	received []string        // texts that were written to the persona alone
	used     tally
	written  int  // answers that the brain was asked for
	stopped  bool // the brain does not answer, and what is left waits
}

func (p *Planner) letters(plan *Plan, r *rand.Rand, talks []Talk) (*writer, error) {
	t, err := p.turn(plan, r)
	if err != nil {
		return nil, err
	}
	w := &writer{turn: t, p: p, now: p.Now(), used: tally{}}
	if err := w.recall(); err != nil {
		return nil, err
	}
	for _, talk := range talks {
		t, err := w.read(talk)
		if err != nil {
			return nil, err
		}
		w.letters = append(w.letters, t)
	}
	slices.SortStableFunc(w.letters, func(a, b letter) int { return a.since().Compare(b.since()) })
	return w, nil
}

// recall gathers what the journal knows.
func (w *writer) recall() (err error) {
	defer func() {
		if err != nil && !errors.Is(err, errStore) {
			err = fmt.Errorf("%w: %w", errStore, err)
		}
	}()
	store := w.p.Store
	if w.alone, err = w.p.shunned(w.now); err != nil {
		return err
	}
	if w.held, err = actions.Barred(store, actions.Message, w.now); err != nil {
		return err
	}
	caution, cautious, err := store.Caution(w.now)
	if err != nil {
		return err
	}
	if cautious {
		w.since = caution.Since
	}
	if w.received, err = store.PrivateTexts(); err != nil {
		return err
	}
	open, err := store.OpenEntries()
	if err != nil {
		return err
	}
	w.busy = make(map[string]bool)
	for _, e := range open {
		w.busy[e.Target] = w.busy[e.Target] || e.Kind == string(actions.Message)
	}
	return w.count()
}

// count notes what became of the messages of the last day.
func (w *writer) count() error {
	w.own, w.told = make(map[string]int), make(map[string]bool)
	written, err := w.p.Store.Entries(state.Filter{Since: w.now.Add(-turnRest), Kind: string(actions.Message)}, 0)
	for _, e := range written {
		switch e.Status {
		case state.Dropped:
			w.told[e.Target+" "+e.Error] = true
			if e.Why != "" { // it was due and written, and the text refused: that costs as much
				w.own[e.Target]++
			}
		case state.Refused:
		default:
			w.own[e.Target]++
		}
	}
	return err
}

// read finds what is new in a conversation. What stands before an own message
// that the journal does not know was answered by hand.
func (w *writer) read(talk Talk) (t letter, err error) {
	if talk.Thread, err = w.signed(talk); err != nil {
		return t, err
	}
	t.Talk = talk
	var theirs []apiclient.Message
	for _, m := range talk.Thread {
		switch {
		case w.p.own(m.Sender):
			made, err := w.made(m)
			if err != nil {
				return t, err
			}
			if !made {
				theirs = nil
			}
		case same(m.Sender, talk.Participant) && idPattern.MatchString(m.ID):
			theirs = append(theirs, m)
		}
	}
	if !talk.Again {
		read := max(0, len(theirs)-talk.UnreadCount)
		t.earlier, theirs = theirs[:read], theirs[read:]
	}
	return t, w.sort(&t, theirs)
}

// same reports whether two agents are one: a handle may have been another when
// something was written.
func same(a, b apiclient.Agent) bool { return a.Handle == b.Handle || a.ID != "" && a.ID == b.ID }

// signed fills in who wrote a message where the platform does not say: the
// persona what the journal knows, the other all else.
func (w *writer) signed(talk Talk) ([]apiclient.Message, error) {
	thread := slices.Clone(talk.Thread)
	for i, m := range thread {
		if m.Sender != (apiclient.Agent{}) {
			continue
		}
		made, err := w.made(m)
		if err != nil {
			return nil, err
		}
		if thread[i].Sender = talk.Participant; made {
			thread[i].Sender = w.p.Self
		}
	}
	return thread, nil
}

// sort tells what nothing is known of, and what of it may be answered.
func (w *writer) sort(t *letter, theirs []apiclient.Message) error {
	notices := make([]string, len(theirs))
	for i, m := range theirs {
		notices[i] = noticeOf(m)
	}
	known, err := w.p.Store.HeardBefore(notices)
	if err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	for _, m := range theirs {
		if known[noticeOf(m)] {
			continue
		}
		t.unheard = append(t.unheard, m)
		if w.now.Sub(m.CreatedAt) <= letterAge {
			t.fresh = append(t.fresh, m)
		} else {
			t.stale = append(t.stale, m)
		}
		taken, err := w.p.Store.Taken(t.to(m).Key()) // the process ended before this was remembered
		if err != nil {
			return fmt.Errorf("%w: %w", errStore, err)
		}
		if taken {
			t.fresh, t.stale = nil, nil
		}
	}
	return nil
}

// made says whether the program wrote a message.
func (w *writer) made(m apiclient.Message) (bool, error) {
	for _, kind := range []actions.Kind{actions.Message, actions.FirstMessage} {
		_, ok, err := w.p.Store.Maker(string(kind), m.ID)
		if err != nil {
			return false, fmt.Errorf("%w: %w", errStore, err)
		}
		if ok {
			return true, nil
		}
	}
	return slices.ContainsFunc(w.texts.own, func(line OwnLine) bool { // its answer could not be read
		return slices.Contains(letters, actions.Kind(line.Kind)) && sameWords(line.Text, m.Content)
	}), nil
}

// deal decides about one conversation.
func (w *writer) deal(ctx context.Context, r *rand.Rand, t letter) error {
	if !idPattern.MatchString(t.ID) {
		w.plan.Gone["malformed"]++
		return nil // nothing can be done about it, not even marking it
	}
	if len(t.fresh) == 0 {
		switch {
		case len(t.stale) > 0 && t.UnreadCount > 0:
			w.decline(t.to(t.stale[len(t.stale)-1]), "too old")
		case len(t.unheard) > 0:
			w.plan.Gone["too old, or answered"]++
		default:
			w.plan.Gone[reasonHeard]++
		}
		w.done(t, "")
		return nil
	}
	act, reason := t.answer(), "whoever wrote it has no handle" // an account that is gone
	if act.Author != "" {
		reason = w.against(t)
	}
	if reason == "" {
		act.Why, reason = w.due(t)
	}
	if limit := w.p.Persona.Limits[string(act.Kind)]; reason == "" && (zero(limit.Hour) || zero(limit.Day)) {
		act.Why, reason = "", "its limit is 0" // it would wait for ever
	}
	if reason != "" {
		w.decline(act, reason)
		w.done(t, "")
		return nil
	}
	if later, err := w.waits(t, act); err != nil || later {
		w.plan.Gone[reasonLater]++
		return err
	}
	return w.write(ctx, r, t, act)
}

// against says what speaks against an answer, whenever it would be written.
func (w *writer) against(t letter) string {
	text := t.said()
	switch {
	case w.p.own(t.Participant):
		return "own"
	case w.p.family(t.Participant):
		return "own household"
	case w.p.avoided(apiclient.Post{Agent: t.Participant, Content: text}):
		return "avoided"
	case w.alone[state.ShunAuthor(t.with())]:
		return ruleShun
	case w.texts.secrets.in(text) != "":
		return "holds a secret"
	case w.own[t.ID] >= letterTurns:
		return "enough said with @" + t.with()
	}
	return ""
}

// said is all that is new in it.
func (t letter) said() string {
	texts := make([]string, len(t.fresh))
	for i, m := range t.fresh {
		texts[i] = m.Content
	}
	return strings.Join(texts, "\n")
}

// due says why an answer is due, or why it is not.
func (w *writer) due(t letter) (why, reason string) {
	open := slices.DeleteFunc(slices.Clone(t.fresh), func(m apiclient.Message) bool { return closes(m.Content) })
	if len(open) == 0 {
		return "", "it needs no answer"
	}
	open = slices.DeleteFunc(open, func(m apiclient.Message) bool { return w.echoes(t, m.Content) })
	switch {
	case len(open) == 0:
		return "", "it says what the persona said"
	case slices.ContainsFunc(open, func(m apiclient.Message) bool { return asks(m.Content) }):
		return "a question", ""
	case moodOf(t.said()) < 0:
		return "", "it wants no answer"
	case w.own[t.ID] >= chatTurns:
		return "", "it asks nothing"
	}
	return "a message", ""
}

// waits says whether an answer that is due is for a later run.
func (w *writer) waits(t letter, act actions.Action) (bool, error) {
	newest := t.fresh[len(t.fresh)-1].CreatedAt
	if w.busy[t.ID] || w.held != "" || w.written >= maxAnswers || newest.Before(w.since) {
		return true, nil
	}
	reason, err := w.p.room(w.used, act, w.now)
	return reason != "", err
}

// write has the brain write an answer.
func (w *writer) write(ctx context.Context, r *rand.Rand, t letter, act actions.Action) error {
	b := w.brief(act, "", nil)
	b.Own, b.Max, b.Letter = nil, mostOf(act.Kind), w.letterBrief(t)
	w.plan.Brain = w.p.Brain.Name()
	w.written++
	text, err := w.p.Brain.Write(ctx, r, b)
	switch {
	case errors.Is(err, ErrAnswer): // asked again it would cost again
		w.decline(act, "not written: "+w.redact(err.Error()))
	case err != nil:
		w.stopped = true
		w.plan.Gone[reasonLater]++
		return w.fail(ctx, err)
	case text == "" && w.p.Brain.Name() == OfflineName:
		w.decline(act, "no model, and nothing in messages.lines that was not said there")
	case text == "":
		w.decline(act, "the brain had nothing to say")
	case w.accepts(act, text, t):
		w.used.add(act, w.p.Persona.Limits)
		w.done(t, act.Key())
		return nil
	}
	w.done(t, "")
	return nil
}

// done notes that a conversation needs nothing more once the plan is carried
// out. What was said in it is kept nowhere among what is known of its author.
func (w *writer) done(t letter, answer string) {
	read := ReadTalk{Conversation: t.ID, Unread: t.UnreadCount > 0, Answer: answer}
	who := t.with()
	if !handlePattern.MatchString(who) {
		who = "" // nobody is known by it
	}
	if n := len(t.Thread); n > 0 {
		read.Upto = t.Thread[n-1].ID
	}
	for _, m := range slices.Concat(t.earlier, t.unheard) {
		read.Heard = append(read.Heard, state.Heard{
			Notice: noticeOf(m), Handle: who, Kind: "message", Mood: moodOf(m.Content), At: m.CreatedAt,
		})
	}
	w.plan.Talks = append(w.plan.Talks, read)
}

// decline refuses an answer. The same reason is told once a day in one
// conversation: who writes a thousand times does not fill the journal.
func (w *writer) decline(act actions.Action, reason string) {
	w.plan.Gone[reason]++
	w.plan.away[act.Target] = reason
	if w.told[act.Target+" "+reason] {
		return
	}
	w.told[act.Target+" "+reason] = true
	w.refuse(act, reason)
}
