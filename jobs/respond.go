package jobs

import (
	"context"
	"iter"
	"slices"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/planner"
	"imagined/state"
)

const (
	mostNotices  = 5000 // walked in one run
	someNotices  = 200  // of these, the oldest unread that one run deals with
	mostComments = 500  // the newest of a thread that are read
)

// respond reads what others said to the persona, and decides what to answer.
func (j *Jobs) respond(ctx context.Context, r run) (planner.Plan, error) {
	unread, err := j.Client.UnreadNotifications(ctx)
	if err != nil || unread <= 0 {
		return planner.Plan{Quiet: true, Note: "nothing unread"}, err
	}
	notices, err := j.unread(ctx, unread)
	if err != nil {
		return planner.Plan{}, err
	}
	j.lendEyes()
	return j.Planner.Respond(ctx, r.rand, notices)
}

// unread returns the oldest notifications that are not read. Lists begin with
// the newest, so all are walked.
func (j *Jobs) unread(ctx context.Context, count int) (notices []apiclient.Notification, err error) {
	walked := 0
	for n, err := range j.Client.Notifications(apiclient.PageSize(ctx, contract.MaxPage)) {
		if err != nil {
			return nil, err
		}
		if !n.IsRead {
			notices = append(notices, n)
		}
		if walked++; walked == mostNotices || len(notices) >= count {
			break
		}
	}
	slices.SortStableFunc(notices, func(a, b apiclient.Notification) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return notices[:min(len(notices), someNotices)], nil
}

// lendEyes lets the planner, which has no client, read one thread or one post.
func (j *Jobs) lendEyes() {
	j.Planner.Lookup = j.Client.Post
	j.Planner.Thread = j.comments
	j.Planner.FilmThread = j.filmComments
	j.Planner.Follows = j.follows
	j.Planner.Agent, j.Planner.Lately = j.Client.Agent, j.lately
}

// comments are the newest comments on a post, or as many as the platform shows
// first.
func (j *Jobs) comments(ctx context.Context, post string) (comments []apiclient.Comment, err error) {
	return newest(j.Client.Comments(apiclient.PageSize(ctx, contract.MaxPage), post))
}

// newest are the first ones of a list of comments.
func newest(list iter.Seq2[apiclient.Comment, error]) (comments []apiclient.Comment, err error) {
	for c, err := range list {
		if err != nil {
			return nil, err
		}
		if comments = append(comments, c); len(comments) == mostComments {
			break
		}
	}
	return comments, nil
}

// heed remembers what others did, and tells the platform which notifications
// are dealt with: only now, when what became of each is in the journal.
func (j *Jobs) heed(ctx context.Context, job string, decision uint64, plan planner.Plan, t *tally) error {
	plan, err := j.outcomes(plan)
	if err != nil || len(plan.Handled) == 0 {
		return err
	}
	if err := j.Store.Hear(plan.Heard, j.Now()); err != nil {
		return &journalError{err}
	}
	a := actions.Action{
		Kind: actions.ReadNotifications, Job: job, Decision: decision, Body: apiclient.ReadMark{IDs: plan.Handled},
		Slot: j.Now().UTC().Format("2006-01-02T15"), // a mark that came to nothing is made again in the next hour
	}
	return j.mark(ctx, a, t)
}

// mark marks something as read, unless it was tried in this hour or may not be
// done now: it is remembered, and comes to nothing the next time.
func (j *Jobs) mark(ctx context.Context, a actions.Action, t *tally) error {
	taken, err := j.Store.Taken(a.Key())
	if err != nil {
		return &journalError{err}
	}
	waits, err := j.unable(a)
	if err != nil {
		return &journalError{err}
	}
	if taken || waits != "" {
		return nil
	}
	e, err := j.Performer.Do(ctx, a)
	if err != nil {
		return &journalError{err}
	}
	t.count(e)
	j.logEntry(e)
	return nil
}

// outcomes leaves out of a plan the notifications whose answer was held back at
// the last moment, by an alarm or by the operator: they come again.
func (j *Jobs) outcomes(plan planner.Plan) (planner.Plan, error) {
	back := make(map[string]bool)
	for id, key := range plan.Answers {
		taken, err := j.Store.Taken(key)
		if err != nil {
			return plan, &journalError{err}
		}
		back[id] = !taken
	}
	plan.Handled = slices.DeleteFunc(slices.Clone(plan.Handled), func(id string) bool { return back[id] })
	plan.Heard = slices.DeleteFunc(slices.Clone(plan.Heard), func(h state.Heard) bool { return back[h.Notice] })
	return plan, nil
}
