package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/planner"
	"imagined/state"
)

const (
	mostOwnRead  = 60                  // own posts that one week reads
	ripeAfter    = 24 * time.Hour      // own posts are counted from this age on
	weekLong     = 7 * 24 * time.Hour  // what a first week looks back
	longestWeek  = 15 * 24 * time.Hour // what any does, after one that was missed
	reflectAgain = 20 * time.Hour      // sooner, a week is not looked at again
)

// reflection is what a run has come to.
type reflection struct {
	weeks   []planner.Week
	learned planner.Learned
}

// reflect keeps the figures of a week, and has weights and hours moved a little
// by what was answered. No model is asked, and nothing is written on the
// platform.
func (j *Jobs) reflect(ctx context.Context, r run) (planner.Plan, error) {
	j.reflection = nil
	weeks, err := Weeks(j.Store)
	if err != nil {
		return planner.Plan{}, &journalError{err}
	}
	learned, err := Learned(j.Store)
	if err != nil {
		return planner.Plan{}, &journalError{err}
	}
	now := j.Now()
	w, weeks := thisWeek(pastWeeks(weeks, now), weekName(r.slot.In(j.Persona.Location())), now)
	if again := now.Sub(w.At); !w.At.IsZero() && again < reflectAgain {
		return planner.Plan{Quiet: true, Note: w.Name + " was looked at before"}, nil
	}
	done, err := j.Store.Entries(state.Filter{Since: now.Add(-longestWeek - 2*ripeAfter), Status: state.Done}, 0)
	if err != nil {
		return planner.Plan{}, &journalError{err}
	}
	if len(done)+len(weeks) == 0 {
		return planner.Plan{Quiet: true, Note: "nothing was done yet that could be answered"}, nil
	}
	w.At = now
	j.count(&w, weeks, done)
	read, err := j.answers(ctx, &w, done)
	if err != nil {
		return planner.Plan{}, err
	}
	if err := j.figures(ctx, &w, weeks); err != nil {
		return planner.Plan{}, err
	}
	return j.learn(w, weeks, learned, read), nil
}

// learn makes the plan: nothing to do, and what the week says.
func (j *Jobs) learn(w planner.Week, weeks []planner.Week, learned planner.Learned, read int) planner.Plan {
	learned = planner.Learn(j.Persona, append(weeks, w), learned, w.At)
	now := learned.Effective(j.Persona)
	w.Weights, w.PostHours = planner.Weights(now), planner.PostHours(now)
	j.reflection = &reflection{weeks: append(weeks, w), learned: learned}
	moved := learned.MovedAt(w.At)
	plan := planner.Plan{Read: read, Quiet: len(moved) == 0, Note: summary(w)}
	for _, c := range moved {
		plan.Note += "; " + c.String() + ", as " + c.Why
	}
	return plan
}

// summary is a week in one line.
func summary(w planner.Week) string {
	all := planner.Tally{}
	for _, t := range w.Hours {
		all.Posts, all.Answers = all.Posts+t.Posts, all.Answers+t.Answers
	}
	line := fmt.Sprintf("%s: %d own posts, a day old, were answered %d times; AXP %d, level %d, %d followers", w.Name, all.Posts, all.Answers, w.Figures.AXP, w.Figures.Level, w.Figures.Followers)
	if len(w.Missing) > 0 {
		line += "; not known: " + strings.Join(w.Missing, ", ")
	}
	return line
}

// reflected keeps what a run has come to. The series goes first: cut off in
// between, the week is counted when it is looked at again.
func (j *Jobs) reflected(context.Context) error {
	if j.reflection == nil {
		return nil
	}
	kept := *j.reflection
	j.reflection = nil
	if err := keepWeeks(j.Store, kept.weeks); err != nil {
		return &journalError{err}
	}
	if err := keepLearned(j.Store, kept.learned); err != nil {
		return &journalError{err}
	}
	if now := kept.learned.Effective(j.Persona); now.Schedule["post"] != j.Planner.Persona.Schedule["post"] {
		j.edited = true // the jobs are to be placed anew
	}
	return nil
}

// apply has the planner decide by what was learned. Everything else goes on by
// the file.
func (j *Jobs) apply() error {
	learned, err := Learned(j.Store)
	if err != nil {
		return &journalError{err}
	}
	j.Planner.Persona = learned.Effective(j.Persona)
	return nil
}

// weekName is the ISO week of a local time.
func weekName(at time.Time) string {
	year, week := at.ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}

// pastWeeks leaves out weeks of a time that has not come: a clock was wrong.
func pastWeeks(weeks []planner.Week, now time.Time) (past []planner.Week) {
	for _, w := range weeks {
		if !w.At.After(now) {
			past = append(past, w)
		}
	}
	return past
}

// thisWeek returns the week of that name, with the span of the own posts that it
// counts, and those before it. A week that there is already is counted anew.
func thisWeek(weeks []planner.Week, name string, now time.Time) (w planner.Week, earlier []planner.Week) {
	earlier = weeks
	if n := len(weeks); n > 0 && weeks[n-1].Name >= name {
		w, earlier = weeks[n-1], weeks[:n-1]
	} else {
		w.Name = name
	}
	w.To = now.Add(-ripeAfter)
	w.From = w.To.Add(-weekLong)
	if n := len(earlier); n > 0 {
		w.From = earlier[n-1].To
	}
	if oldest := w.To.Add(-longestWeek); w.From.Before(oldest) {
		w.From = oldest
	}
	return planner.Week{Name: w.Name, At: w.At, From: w.From, To: w.To}, earlier
}

// count counts what the persona did since the week before, by the journal.
func (j *Jobs) count(w *planner.Week, earlier []planner.Week, done []state.Entry) {
	w.Did, w.Topics, w.Hours = make(map[string]int), make(map[string]planner.Tally), make(map[int]planner.Tally)
	for _, topic := range planner.Topics(j.Persona) {
		w.Topics[topic] = planner.Tally{}
	}
	since := w.At.Add(-weekLong)
	if n := len(earlier); n > 0 {
		since = earlier[n-1].At
	}
	for _, e := range done {
		if !e.DoneAt.After(since) || e.DoneAt.After(w.At) {
			continue
		}
		w.Did[e.Kind]++
		j.tally(w, e, planner.Tally{Did: 1})
	}
}

// tally adds to the topic of an entry and to its hour.
func (j *Jobs) tally(w *planner.Week, e state.Entry, t planner.Tally) {
	if known, ok := w.Topics[e.Topic]; ok { // one of the file's, so that a series stays small
		w.Topics[e.Topic] = known.Plus(t)
	}
	hour := e.DoneAt.In(j.Persona.Location()).Hour()
	w.Hours[hour] = w.Hours[hour].Plus(t)
}

// answers reads the own posts that the week counts, the newest ones, and adds
// what was answered. Where the platform fails, they are left to the next week.
func (j *Jobs) answers(ctx context.Context, w *planner.Week, done []state.Entry) (read int, err error) {
	type made struct {
		state.Entry
		post apiclient.Post
	}
	var posts []made
	for i := len(done) - 1; i >= 0 && read < mostOwnRead; i-- {
		e := done[i]
		if e.DoneAt.Before(w.From) || !e.DoneAt.Before(w.To) {
			continue
		}
		id, err := j.becamePost(e)
		if err != nil {
			return read, err
		}
		if id == "" {
			continue
		}
		read++
		post, err := j.Client.Post(ctx, id)
		switch {
		case ctx.Err() != nil:
			return read, ctx.Err()
		case errors.Is(err, apiclient.ErrNotFound): // it was deleted
		case err != nil:
			j.Log.Debug("what was answered is not known", "err", err)
			w.Missing = append(w.Missing, "answers")
			w.To = w.From
			return read, nil
		default:
			posts = append(posts, made{e, post})
		}
	}
	for _, p := range posts {
		n := max(p.post.LikeCount, 0) + max(p.post.CommentCount, 0) + max(p.post.RepostCount, 0)
		j.tally(w, p.Entry, planner.Tally{Posts: 1, Answers: n, Marks: min(n, planner.MostMarks)})
	}
	return read, nil
}

// becamePost is the post that an entry made; empty for none.
func (j *Jobs) becamePost(e state.Entry) (string, error) {
	switch actions.Kind(e.Kind) {
	case actions.Post, actions.Quote:
		return e.RemoteID, nil
	case actions.Generate:
		m, err := j.Store.MediaOf(e.ID)
		if errors.Is(err, state.ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", &journalError{err}
		}
		return m.PostID, nil
	}
	return "", nil
}

// figures reads what the platform counts. What it does not say is named.
func (j *Jobs) figures(ctx context.Context, w *planner.Week, earlier []planner.Week) error {
	f := &w.Figures
	lacks := func(what string, err error) bool {
		if err != nil {
			j.Log.Debug("a figure is not known", "figure", what, "err", err)
			w.Missing = append(w.Missing, what)
		}
		return err != nil
	}
	if o, err := j.Client.AnalyticsOverview(ctx, "7d"); !lacks("analytics", err) {
		f.Won, f.Posts, f.Views = int(o.Current.Followers), int(o.Current.Posts), int(o.Current.Views)
		f.Likes, f.Comments, f.Reposts = int(o.Current.Likes), int(o.Current.Comments), int(o.Current.Reposts)
	}
	if xp, err := j.Client.XP(ctx, j.Persona.Handle); !lacks("experience", err) {
		f.AXP, f.Level, f.Gained = xp.Total, xp.Level, xp.Recent
		if n := len(earlier); n > 0 && earlier[n-1].Figures.Level > 0 {
			f.Gained = xp.Total - earlier[n-1].Figures.AXP
		}
	}
	if me, err := j.Client.Me(ctx); !lacks("followers", err) {
		f.Followers = me.FollowerCount
	}
	return ctx.Err()
}
