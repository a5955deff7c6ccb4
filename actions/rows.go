package actions

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/state"
)

// row is one kind of action: how to do it, and how to see that it was done.
type row struct {
	op     string // the contract's operation
	once   bool   // repeating is refused, so a 409 means that it was done before
	settle int    // settle windows to wait; 0 means 1
	do     func(ctx context.Context, p *Performer, e state.Entry) (remoteID string, err error)
	money  bool // spends or moves money
	// find reads the effect back. nil: nothing shows it, and the action is
	// sent at most once.
	find func(ctx context.Context, p *Performer, e state.Entry) (finding, error)
}

// repeat is what sending the action twice does, by the contract.
func (r row) repeat() contract.Repeat {
	op, _ := contract.Lookup(r.op)
	return op.Repeat
}

// most is how often the action may be sent.
func (r row) most() int { return maxAttempts }

// finding is what a read-back saw. Not found counts as absent only when the
// scan was complete: when it went back well past the moment of the intent.
type finding struct {
	found    bool
	remoteID string
	complete bool
	gone     bool // the target does not exist any more, and the effect with it
}

var absent = finding{complete: true}

// rows lists every kind. A kind that is not here cannot be performed.
var rows = map[Kind]row{
	Like:    {op: "likePost", once: true, do: doLike, find: findLike},
	Comment: {op: "createComment", do: doComment, find: findComment},
	Amplify: {op: "amplifyPost", once: true, do: doAmplify},
	Post:    {op: "createPost", do: doPost, find: findPost},
	// The platform fails a job after 5 minutes, so a start may surface late.
	Generate:        {op: "startGeneration", settle: 6, money: true, do: doGenerate, find: findGeneration},
	RetryGeneration: {op: "retryGeneration", do: doRetry, find: findRetry},
}

const (
	// slack is how much older than its intent an item may look: clocks differ.
	slack = 10 * time.Minute
	// scanItems is how many items a read-back may take; beyond it the scan is
	// not complete.
	scanItems = 20 * contract.MaxPage
	// olderItems is how many items in a row must be older than the intent
	// before the rest of a list is taken to be older, too: lists may hold a
	// pinned or a moved item.
	olderItems = contract.MaxPage
)

func doLike(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.LikePost(ctx, e.Target)
	return "", err
}

// findLike looks for itself among the likes when the post says "not liked":
// without a valid token every post says so.
func findLike(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	post, err := p.Client.Post(ctx, e.Target)
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return finding{gone: true}, nil
	case err != nil:
		return finding{}, err
	case post.IsLiked:
		return finding{found: true}, nil
	}
	return scan(p.Client.PostLikes(ctx, e.Target), nil, func(l apiclient.Like) (string, bool) {
		return "", l.Agent.ID == p.Self.ID
	})
}

func doComment(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	c, err := p.Client.CreateComment(ctx, e.Target, apiclient.NewComment{Content: e.Text})
	return c.ID, err
}

// findComment reads all comments: their order is not documented.
func findComment(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := scan(p.Client.Comments(ctx, e.Target), nil, func(c apiclient.Comment) (string, bool) {
		return c.ID, p.wrote(e, c.ID, c.Agent, c.Content, c.CreatedAt)
	})
	if errors.Is(err, apiclient.ErrNotFound) {
		return finding{gone: true}, nil
	}
	return in, err
}

func doAmplify(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.AmplifyPost(ctx, e.Target)
	return "", err
}

func doPost(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	post, err := p.Client.CreatePost(ctx, apiclient.NewPost{Content: e.Text})
	return post.ID, err
}

// findPost pages the public timeline, newest first, back to the intent.
func findPost(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	older := func(q apiclient.Post) bool { return older(e, q.CreatedAt) }
	return scan(p.Client.PublicTimeline(ctx), older, func(q apiclient.Post) (string, bool) {
		return q.ID, p.wrote(e, q.ID, q.Agent, q.Content, q.CreatedAt)
	})
}

func doGenerate(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	started, err := p.Client.StartGeneration(ctx, apiclient.NewGeneration{
		Provider: e.Media.Provider, Type: e.Media.Type, Model: e.Media.Model,
		Prompt: e.Media.Prompt, Params: e.Media.Params, Content: e.Text,
	})
	return started.JobID, err
}

// findGeneration looks for a job with this prompt that no other entry started,
// among the pending ones and then in the history.
func findGeneration(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	ours := func(j apiclient.GenerationJob) (string, bool) { return j.ID, p.started(e, j) }
	pending, err := p.Client.PendingGenerations(ctx)
	if err != nil {
		return finding{}, err
	}
	for _, j := range pending {
		if id, ok := ours(j); ok {
			return finding{found: true, remoteID: id}, nil
		}
	}
	older := func(j apiclient.GenerationJob) bool { return older(e, j.CreatedAt) }
	return scan(p.Client.GenerationHistory(ctx), older, ours)
}

func doRetry(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.RetryGeneration(ctx, e.Target)
	return "", err
}

// findRetry reads the job's retry count; the slot is the number of the retry.
func findRetry(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	want, err := strconv.Atoi(e.Slot)
	if err != nil {
		return finding{}, err
	}
	retried := func(j apiclient.GenerationJob) finding {
		return finding{found: j.RetryCount >= want, complete: true}
	}
	pending, err := p.Client.PendingGenerations(ctx)
	if err != nil {
		return finding{}, err
	}
	for _, j := range pending {
		if j.ID == e.Target {
			return retried(j), nil
		}
	}
	var job apiclient.GenerationJob
	in, err := scan(p.Client.GenerationHistory(ctx), nil, func(j apiclient.GenerationJob) (string, bool) {
		job = j
		return j.ID, j.ID == e.Target
	})
	if err != nil || !in.found {
		return finding{}, err // in neither list: it cannot be told
	}
	return retried(job), nil
}

// wrote reports whether an item is the one that the entry was to make: ours,
// with that text, not older than the intent, and not made by another entry.
func (p *Performer) wrote(e state.Entry, id string, by apiclient.Agent, text string, at time.Time) bool {
	if by.ID != p.Self.ID {
		return false
	}
	if fold(text) == fold(e.Text) && !older(e, at) && p.unclaimed(e, id) {
		return true
	}
	p.notice(id, text, at)
	return false
}

func (p *Performer) started(e state.Entry, j apiclient.GenerationJob) bool {
	if j.Provider != e.Media.Provider || j.Type != e.Media.Type || fold(j.Prompt) != fold(e.Media.Prompt) {
		return false
	}
	return !older(e, j.CreatedAt) && p.unclaimed(e, j.ID)
}

// older reports whether an item is too old to come from the entry. An item
// without a time may come from any.
func older(e state.Entry, at time.Time) bool {
	return !at.IsZero() && at.Before(e.ServerAt.Add(-slack))
}

// unclaimed reports whether no other entry made the item. When the journal
// cannot be read the item counts as claimed, so that nothing is marked done
// on a guess.
func (p *Performer) unclaimed(e state.Entry, id string) bool {
	if slices.Contains(e.Baseline, id) {
		return false
	}
	maker, known, err := p.Store.Maker(e.Kind, id)
	return err == nil && (!known || maker == e.ID)
}

// scan walks a list until ours is found, the list ends, or so many items in a
// row are older that the rest must be.
func scan[T any](items iter.Seq2[T, error], older func(T) bool, ours func(T) (string, bool)) (finding, error) {
	n, old := 0, 0
	for item, err := range items {
		if errors.Is(err, apiclient.ErrIncomplete) {
			return finding{}, nil
		}
		if err != nil {
			return finding{}, err
		}
		if id, ok := ours(item); ok {
			return finding{found: true, remoteID: id}, nil
		}
		old++
		if older == nil || !older(item) {
			old = 0
		}
		if old >= olderItems {
			return absent, nil
		}
		if n++; n >= scanItems {
			return finding{}, nil
		}
	}
	return absent, nil
}

// Kinds lists the kinds that can be performed, sorted.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(rows))
	for k := range rows {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}
