package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/planner"
)

const (
	mostTalks = 2000 // conversations walked in one run
	someTalks = 30   // of those with something unread, the longest untouched, that are read
	perTalk   = 50   // the newest messages of each
	mostTalk  = 2000 // messages walked to find them: their order is not documented
	mostTried = 60   // conversations tried, where some cannot be read
	mostLost  = 3    // that fail one after the other: then it is the platform
	// markedFor is how long a conversation is read again after it was marked as
	// read: what came in between was marked, too.
	markedFor    = 15 * time.Minute
	forgetMark   = 24 * time.Hour // of a conversation that is not there any more
	cursorMarked = "messages/marked"
)

// messages reads what others wrote to the persona alone, and decides what to
// answer, or whether to write to somebody first.
func (j *Jobs) messages(ctx context.Context, r run) (planner.Plan, error) {
	marked, err := j.marked()
	if err != nil {
		return planner.Plan{}, err
	}
	unread, err := j.Client.UnreadMessages(ctx)
	if err != nil {
		return planner.Plan{}, err
	}
	if unread <= 0 && len(marked) == 0 {
		if j.Persona.Messages.Cold {
			return j.approach(ctx, r)
		}
		return planner.Plan{Quiet: true, Note: "nothing unread"}, nil
	}
	talks, err := j.talks(ctx, marked)
	if err != nil {
		return planner.Plan{}, err
	}
	var received []string
	for _, t := range talks {
		for _, m := range t.Thread {
			if m.Sender.ID != j.Planner.Self.ID {
				received = append(received, m.Content)
			}
		}
	}
	if err := j.Store.KeepPrivate(received...); err != nil {
		return planner.Plan{}, &journalError{err}
	}
	return j.Planner.Messages(ctx, r.rand, talks)
}

// approach decides whether to write to somebody with whom there is no
// conversation yet.
func (j *Jobs) approach(ctx context.Context, r run) (planner.Plan, error) {
	var with []string
	for c, err := range j.Client.Conversations(apiclient.PageSize(ctx, contract.MaxPage)) {
		if err != nil {
			return planner.Plan{}, fmt.Errorf("read conversations: %w", err)
		}
		if with = append(with, string(c.Participant.Handle)); len(with) == mostTalks {
			break
		}
	}
	return j.Planner.Approach(ctx, r.rand, with)
}

// talks reads the conversations with something unread, and those that were
// marked as read a moment ago.
func (j *Jobs) talks(ctx context.Context, marked map[string]time.Time) (talks []planner.Talk, err error) {
	walked := 0
	for c, err := range j.Client.Conversations(apiclient.PageSize(ctx, contract.MaxPage)) {
		if err != nil {
			return nil, fmt.Errorf("read conversations: %w", err)
		}
		_, again := marked[c.ID]
		if c.UnreadCount > 0 || again {
			talks = append(talks, planner.Talk{Conversation: c, Again: again})
		}
		if walked++; walked == mostTalks {
			break
		}
	}
	slices.SortStableFunc(talks, func(a, b planner.Talk) int {
		return cmp.Or(j.hidden.Compare(a.ID, b.ID, j.Now()), moved(a.Conversation).Compare(moved(b.Conversation)), cmp.Compare(a.ID, b.ID))
	})
	return j.readTalks(ctx, talks)
}

// readTalks reads the first ones of some conversations. One that cannot be read
// must not stand before the others for ever: it is passed over.
func (j *Jobs) readTalks(ctx context.Context, talks []planner.Talk) (read []planner.Talk, err error) {
	var failure error
	lost := 0 // one after the other
	for _, t := range talks[:min(len(talks), mostTried)] {
		whole, err := j.readTalk(ctx, &t)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			j.Log.Warn("a conversation cannot be read", "conversation", t.ID, "err", err)
			j.hidden.Add(t.ID, j.Now())
			failure = err
			lost++
		case whole:
			delete(j.hidden, t.ID)
			read = append(read, t)
			lost = 0
		}
		if len(read) == someTalks || lost == mostLost {
			break
		}
	}
	if len(read) > 0 {
		failure = nil
	}
	return read, failure
}

// moved is when something was said in a conversation last.
func moved(c apiclient.Conversation) time.Time {
	if c.LastMessage != nil {
		return c.LastMessage.CreatedAt
	}
	return c.UpdatedAt
}

// readTalk reads the newest messages of a conversation, whose order is not
// documented. It is false for one that is gone, and for one whose last message is
// not shown yet: marked as read it would be lost. One that is not shown after a
// while is not there any more.
func (j *Jobs) readTalk(ctx context.Context, t *planner.Talk) (whole bool, err error) {
	named := t.LastMessage != nil && t.LastMessage.ID != "" // a preview need not say which it is
	found := false
	for m, err := range j.Client.Messages(apiclient.PageSize(ctx, contract.MaxPage), t.ID) {
		if apiclient.Final(err) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("read conversation %s: %w", t.ID, err)
		}
		t.Thread = append(t.Thread, m)
		found = found || named && m.ID == t.LastMessage.ID
		newest := found || !named && m.CreatedAt.Before(t.Thread[0].CreatedAt) // the newest come first
		if n := len(t.Thread); n >= perTalk && newest {
			break
		} else if n == mostTalk {
			return false, fmt.Errorf("conversation %s: the newest message is not among the first %d", t.ID, mostTalk)
		}
	}
	whole = found || !named || j.Now().Sub(moved(t.Conversation)) >= markedFor
	// Of two of the same second, the one that a list shows first is the newer.
	slices.Reverse(t.Thread)
	slices.SortStableFunc(t.Thread, func(a, b apiclient.Message) int { return a.CreatedAt.Compare(b.CreatedAt) })
	t.Thread = t.Thread[max(0, len(t.Thread)-perTalk):]
	return whole, nil
}

// marked are the conversations that were marked as read lately, and when. One
// whose mark may still take effect stays.
func (j *Jobs) marked() (map[string]time.Time, error) {
	text, err := j.Store.Cursor(cursorMarked)
	if err != nil {
		return nil, &journalError{err}
	}
	marked := make(map[string]time.Time)
	_ = json.Unmarshal([]byte(text), &marked) // never set: there are none
	maps.DeleteFunc(marked, func(_ string, at time.Time) bool { return j.Now().Sub(at).Abs() >= forgetMark })
	open, err := j.Store.OpenEntries()
	if err != nil {
		return nil, &journalError{err}
	}
	for _, e := range open {
		if _, known := marked[e.Target]; known && e.Kind == string(actions.ReadConversation) {
			marked[e.Target] = j.Now()
		}
	}
	return marked, nil
}

// heedTalks remembers what was written to the persona, and tells the platform
// which conversations are read: only now, when what became of each is in the
// journal.
func (j *Jobs) heedTalks(ctx context.Context, job string, decision uint64, plan planner.Plan, t *tally) error {
	if len(plan.Talks) == 0 {
		return nil
	}
	var unread, dealt []planner.ReadTalk
	for _, talk := range plan.Talks {
		if talk.Answer != "" {
			answered, err := j.Store.Taken(talk.Answer)
			if err != nil {
				return &journalError{err}
			}
			if !answered { // it was held back at the last moment: it comes again
				continue
			}
		}
		if err := j.Store.Hear(talk.Heard, j.Now()); err != nil {
			return &journalError{err}
		}
		dealt = append(dealt, talk)
		if talk.Unread {
			unread = append(unread, talk)
		}
	}
	if err := j.keepMarked(dealt, unread); err != nil {
		return err
	}
	for _, talk := range unread {
		if err := j.markTalk(ctx, job, decision, talk, t); err != nil {
			return err
		}
	}
	return nil
}

// keepMarked notes which conversations are about to be marked, and forgets those
// that were read again long enough after it.
func (j *Jobs) keepMarked(read, unread []planner.ReadTalk) error {
	marked, err := j.marked()
	if err != nil {
		return err
	}
	for _, t := range read {
		if j.Now().Sub(marked[t.Conversation]) >= markedFor {
			delete(marked, t.Conversation)
		}
	}
	for _, t := range unread {
		marked[t.Conversation] = j.Now()
	}
	text, err := json.Marshal(marked)
	if err == nil {
		err = j.Store.SetCursor(cursorMarked, string(text))
	}
	if err != nil {
		return &journalError{err}
	}
	return nil
}

// markTalk marks one conversation as read up to what was read of it. A mark that
// came to nothing is made again in the next hour.
func (j *Jobs) markTalk(ctx context.Context, job string, decision uint64, talk planner.ReadTalk, t *tally) error {
	a := actions.Action{
		Kind: actions.ReadConversation, Target: talk.Conversation, Job: job, Decision: decision,
		Slot: talk.Upto + "@" + j.Now().UTC().Format("2006-01-02T15"),
	}
	return j.mark(ctx, a, t)
}
