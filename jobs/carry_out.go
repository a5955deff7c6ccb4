package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"imagined/actions"
	"imagined/planner"
	"imagined/state"
)

// tally is the summary line of a run.
type tally struct {
	read, shown               int
	done, dropped, open, lost int // actions by what became of them; lost are refused or parked
	calls, tokens             int
	media                     int
	note                      string
	took                      time.Duration
}

// LogValue shows only the parts that are not zero.
func (t tally) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Duration("took", t.took.Round(time.Millisecond))}
	for _, part := range []struct {
		name string
		n    int
	}{
		{"read", t.read}, {"considered", t.shown}, {"done", t.done}, {"dropped", t.dropped}, {"open", t.open},
		{"lost", t.lost}, {"calls", t.calls}, {"tokens", t.tokens}, {"media", t.media},
	} {
		if part.n != 0 {
			attrs = append(attrs, slog.Int(part.name, part.n))
		}
	}
	if t.note != "" {
		attrs = append(attrs, slog.String("note", t.note))
	}
	return slog.GroupValue(attrs...)
}

// journalError is an error of the persona's own file: without it nothing may
// be done, so it ends the loop.
type journalError struct{ err error }

func (e *journalError) Error() string { return "journal: " + e.err.Error() }
func (e *journalError) Unwrap() error { return e.err }

// errNoPlan is the failure of a run whose brain was asked and gave nothing
// usable: all else about it is in order.
var errNoPlan = errors.New("no plan")

// carryOut journals what a plan refused and performs what it decided. A plan
// that came to nothing leaves one entry that says why. Posts are remembered as
// seen once nothing more is to be done about them: what a stop or a crash cuts
// off is considered again, and what was done is not, by its dedupe key.
func (j *Jobs) carryOut(ctx context.Context, r run, job string, plan planner.Plan) (tally, error) {
	t := tally{read: plan.Read, shown: len(plan.Shown), calls: plan.Calls, tokens: plan.Usage.Input + plan.Usage.Output, note: plan.Note}
	j.logPlan(job, plan)
	id, err := j.remember(job, plan)
	if err != nil {
		return t, err
	}
	if err := j.react(plan); err != nil {
		return t, &journalError{err}
	}
	seen := j.Planner.Seen(plan)
	acting := make(map[string]state.Seen)
	for _, a := range plan.Actions {
		if post, ok := seen[postOf(a)]; ok {
			acting[postOf(a)] = post
			delete(seen, postOf(a))
		}
	}
	if err := j.Store.MarkSeen(seen); err != nil {
		return t, &journalError{err}
	}
	if err := j.refuse(job, id, plan, &t); err != nil {
		return t, &journalError{err}
	}
	says := make(map[string]string)
	for _, c := range plan.Shown {
		says[c.Post.ID] = c.Post.Content
	}
	for i, a := range plan.Actions {
		if i > 0 {
			if err := j.pause(ctx, r); err != nil {
				return t, err
			}
		}
		until, night := j.nightfall(r)
		if night && r.again {
			if _, err := j.Performer.Drop(actions.Action{Kind: "plan", Job: job, Decision: id}, fmt.Sprintf("the quiet hours have begun: %d left undone", len(plan.Actions)-i)); err != nil {
				return t, &journalError{err}
			}
			break
		}
		a.Job, a.Decision = job, id
		e, err := j.perform(ctx, a, until)
		if err != nil {
			return t, &journalError{err}
		}
		t.count(e)
		j.logEntry(e, "says", clip(says[postOf(a)]))
		if err := j.actedOn(e, plan.Actions[i+1:], acting); err != nil {
			return t, &journalError{err}
		}
	}
	if _, night := j.nightfall(r); !night { // else nothing is lost: what was not marked as read comes again
		if err := j.heed(ctx, job, id, plan, &t); err != nil {
			return t, err
		}
		if err := j.heedTalks(ctx, job, id, plan, &t); err != nil {
			return t, err
		}
	}
	if plan.Failed {
		return t, fmt.Errorf("%w: %s", errNoPlan, plan.Note)
	}
	return t, nil
}

// refuse journals what a plan refused or, where it came to nothing, why.
func (j *Jobs) refuse(job string, decision uint64, plan planner.Plan, t *tally) error {
	for _, refused := range plan.Refused {
		refused.Action.Job, refused.Action.Decision = job, decision
		e, err := j.Performer.Drop(refused.Action, refused.Reason)
		if err != nil {
			return err
		}
		t.count(e)
		j.logEntry(e)
	}
	if came := len(plan.Actions)+len(plan.Refused) > 0; (came || plan.Quiet) && !plan.Failed {
		return nil
	}
	_, err := j.Performer.Drop(actions.Action{Kind: "plan", Job: job, Decision: decision}, plan.Note)
	return err
}

// nightfall reports whether the quiet hours began during a run that rests in
// them, and when they end: what it has not done by then is considered again in
// the morning, or where no run would, sent then.
func (j *Jobs) nightfall(r run) (until time.Time, night bool) {
	if !r.day {
		return time.Time{}, false
	}
	return j.Persona.Quiet(j.Now())
}

// react does what a plan asks for beyond its actions: it stops all writing,
// those of this plan included, and leaves authors and posts alone.
func (j *Jobs) react(plan planner.Plan) error {
	added, err := j.Store.Shun(plan.Shun)
	if err != nil {
		return err
	}
	for _, sh := range added {
		j.Log.Warn("left alone for a while", "what", sh.What, "why", sh.Why, "until", sh.Until)
	}
	if plan.Alarm == "" {
		return nil
	}
	j.Log.Error("all writing is stopped; look at it, then: imagined resume", "why", plan.Alarm)
	j.stop = &state.Hold{Why: plan.Alarm, At: j.Now()}
	return j.Store.Hold(*j.stop)
}

// remember keeps the decision behind a plan, before anything comes of it.
func (j *Jobs) remember(job string, plan planner.Plan) (id uint64, err error) {
	if !plan.Decided() {
		return 0, nil
	}
	if id, err = j.Store.SaveDecision(j.Planner.Decision(plan, job, j.Now())); err != nil {
		return 0, &journalError{err}
	}
	return id, nil
}

// postOf is the post that an action is about.
func postOf(a actions.Action) string { return cmp.Or(a.Post, a.Target) }

// actedOn marks the post of an entry as seen when no action is left for it.
// The persona's own comment is nothing new on a post.
func (j *Jobs) actedOn(e state.Entry, left []actions.Action, acting map[string]state.Seen) error {
	id := cmp.Or(e.Post, e.Target)
	post, ok := acting[id]
	if !ok {
		return nil
	}
	comments := e.Kind == string(actions.Comment) || e.Kind == string(actions.CommentByte)
	if comments && e.Status != state.Dropped {
		post.Comments++
		acting[id] = post
	}
	if slices.ContainsFunc(left, func(a actions.Action) bool { return postOf(a) == id }) {
		return nil
	}
	return j.Store.MarkSeen(map[string]state.Seen{id: post})
}

// pause waits between two actions, so that they do not come as a burst.
func (j *Jobs) pause(ctx context.Context, r run) error {
	if j.Pause <= 0 {
		return ctx.Err()
	}
	return j.Sleep(ctx, j.Pause/2+time.Duration(r.rand.Int64N(int64(j.Pause))))
}

func (t *tally) count(e state.Entry) {
	switch e.Status {
	case state.Done:
		t.done++
	case state.Dropped:
		t.dropped++
	case state.Refused, state.Parked:
		t.lost++
	default:
		t.open++
	}
}

// logPlan tells what was seen and what was chosen.
func (j *Jobs) logPlan(job string, plan planner.Plan) {
	log := j.Log.With("job", job)
	if len(plan.Shown) > 0 {
		log.Info("considering", "read", plan.Read, "shown", len(plan.Shown), "brain", cmp.Or(plan.Brain, "none"))
	}
	for _, c := range plan.Shown {
		log.Debug("candidate", "post", c.Post.ID, "by", "@"+string(c.Post.Agent.Handle), "score", fmt.Sprintf("%.1f", c.Score), "text", c.Post.Content)
	}
}

// logEntry tells what became of an action; more are pairs of keys and texts.
func (j *Jobs) logEntry(e state.Entry, more ...string) {
	attrs := []any{"kind", e.Kind, "entry", e.ID}
	pairs := append([]string{"target", e.Target, "by", at(e.Author)}, more...)
	pairs = append(pairs, "text", e.Text, "remote", e.RemoteID, "why", e.Why, "err", e.Error)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			attrs = append(attrs, pairs[i], pairs[i+1])
		}
	}
	switch e.Status {
	case state.Done:
		j.Log.Info("done", attrs...)
	case state.Dropped:
		j.Log.Info("dropped", attrs...)
	case state.Waiting:
		j.Log.Info("waiting for approval", attrs...)
	case state.Intent, state.Sending:
		j.Log.Info("not sent yet", attrs...)
	case state.Unknown:
		j.Log.Warn("unknown, to be read back", attrs...)
	case state.Refused:
		j.Log.Warn("refused by the platform", attrs...)
	case state.Parked:
		j.Log.Warn("parked", attrs...)
	}
}

func at(handle string) string {
	if handle == "" {
		return ""
	}
	return "@" + handle
}

// clip cuts a text for the log.
func clip(text string) string {
	const most = 70
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "\u2026"
	}
	return text
}
