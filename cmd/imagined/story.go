package main

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"imagined/planner"
	"imagined/state"
)

// story is all that a journal knows of one post, one entry or one decision, in
// the order of time.
type story struct {
	Persona string
	Moments []moment
	// Decision is set for the story of a whole decision.
	Decision *state.Decision
}

// moment is one step of a story; which fields are set says what it was.
type moment struct {
	At       time.Time         `json:"at"`
	Persona  string            `json:"persona"`
	What     string            `json:"what"` // gone, considered, wrote, entry or seen
	Decision uint64            `json:"decision,omitempty"`
	Job      string            `json:"job,omitempty"`
	Brain    string            `json:"brain,omitempty"`
	Post     string            `json:"post,omitempty"`
	Gone     string            `json:"gone,omitempty"` // why it fell away
	Found    string            `json:"found,omitempty"`
	Place    int               `json:"place,omitempty"`
	Of       int               `json:"of,omitempty"`
	Shown    *state.Considered `json:"shown,omitempty"`
	Answered []answered        `json:"answered,omitempty"`
	Asked    []state.Exchange  `json:"asked,omitempty"`
	Note     string            `json:"note,omitempty"`
	Silent   bool              `json:"silent,omitempty"` // nothing came of it
	Entry    *entryJSON        `json:"entry,omitempty"`
	Events   []state.Event     `json:"events,omitempty"`
	Media    *state.Media      `json:"media,omitempty"`
	Seen     *state.Seen       `json:"seen,omitempty"`

	entry state.Entry
}

// answered is what a model said about one post.
type answered struct {
	Act string `json:"act"`
	Why string `json:"why"`
}

var decisionID = regexp.MustCompile(`^d[0-9]+$`)

// tell finds out what an id is, and returns its story; state.ErrNotFound when
// the journal does not know it.
func tell(store *state.Store, persona, id string) (*story, error) {
	t := &story{Persona: persona}
	var err error
	if decisionID.MatchString(id) {
		if n, badly := state.ParseID(id[1:]); badly == nil {
			err = t.ofDecision(store, n)
		}
	} else if n, badly := state.ParseID(id); badly == nil {
		err = t.ofEntry(store, n)
	} else {
		err = t.ofPost(store, id)
	}
	if err != nil {
		return nil, err
	}
	if len(t.Moments) == 0 && t.Decision == nil {
		return nil, state.ErrNotFound
	}
	slices.SortStableFunc(t.Moments, func(a, b moment) int { return cmp.Or(a.At.Compare(b.At), a.order()-b.order()) })
	for i, m := range t.Moments {
		t.Moments[i].Persona, t.Moments[i].Silent = persona, t.silent(m)
	}
	return t, nil
}

func (t *story) ofDecision(store *state.Store, id uint64) error {
	d, err := store.Decision(id)
	if err != nil {
		return err
	}
	t.Decision = &d
	return t.entries(store, func(e state.Entry) bool { return e.Decision == id })
}

func (t *story) ofEntry(store *state.Store, id uint64) error {
	e, err := store.Entry(id)
	if err != nil {
		return err
	}
	if err := t.decided(store, e); err != nil {
		return err
	}
	return t.entries(store, func(o state.Entry) bool {
		return o.ID == id || o.Job == "undo" && o.Why == "takes back entry "+state.FormatID(id)
	})
}

// ofPost is the story of a post, or of something else that an entry made.
func (t *story) ofPost(store *state.Store, id string) error {
	made := make(map[uint64]bool) // by generations, which get their post later
	media, err := store.MediaSince(time.Time{})
	if err != nil {
		return err
	}
	for _, m := range media {
		made[m.ID] = m.PostID == id || m.JobID == id
	}
	err = t.entries(store, func(e state.Entry) bool {
		return e.Target == id || e.Post == id || e.RemoteID == id || e.Slot == id || made[e.ID]
	})
	if err != nil {
		return err
	}
	told := make(map[uint64]bool)
	if err := store.Decisions(func(d state.Decision) bool {
		if m, ok := momentOf(d, id); ok {
			told[d.ID] = true
			t.Moments = append(t.Moments, m)
		}
		return true
	}); err != nil {
		return err
	}
	for _, m := range slices.Clone(t.Moments) {
		if e := m.entry; e.Decision != 0 && !told[e.Decision] {
			told[e.Decision] = true
			if err := t.decided(store, e); err != nil {
				return err
			}
		}
	}
	seen, err := store.SeenPosts([]string{id})
	if v, ok := seen[id]; ok {
		t.Moments = append(t.Moments, moment{At: v.At, What: "seen", Post: id, Seen: &v})
	}
	return err
}

// momentOf is a decision as far as it is about one post.
func momentOf(d state.Decision, post string) (moment, bool) {
	m := moment{At: d.At, Decision: d.ID, Job: d.Job, Brain: d.Brain, Post: post}
	if reason, ok := d.Gone[post]; ok {
		m.What, m.Gone, m.Found = "gone", reason, d.Found[post]
		return m, true
	}
	i := slices.IndexFunc(d.Shown, func(c state.Considered) bool { return c.Post == post })
	if i < 0 {
		return m, false
	}
	m.What, m.Shown, m.Place, m.Of = "considered", &d.Shown[i], i+1, len(d.Shown)
	m.Answered = answersAbout(d.Exchanges, d.Shown[i].Number)
	for _, x := range d.Exchanges {
		if x.Target == "" || x.Target == post {
			m.Asked = append(m.Asked, x)
		}
	}
	if d.Failed {
		m.Note = d.Note
	}
	return m, true
}

// answersAbout is what the last answer that can be read says about a number.
func answersAbout(xs []state.Exchange, number int) (found []answered) {
	for _, x := range xs {
		answer := planner.Answered(x)
		if answer == nil {
			continue
		}
		found = nil
		for _, d := range answer {
			if d.Number == number {
				found = append(found, answered{d.Act, d.Why})
			}
		}
	}
	return found
}

// decided adds the decision that led to an entry.
func (t *story) decided(store *state.Store, e state.Entry) error {
	if e.Decision == 0 {
		return nil
	}
	d, err := store.Decision(e.Decision)
	if errors.Is(err, state.ErrNotFound) {
		t.Moments = append(t.Moments, moment{At: e.PlannedAt, What: "wrote", Decision: e.Decision, Job: e.Job, Note: "the decision is no longer kept"})
		return nil
	}
	if err != nil {
		return err
	}
	m, ok := momentOf(d, cmp.Or(e.Post, e.Target))
	if !ok { // a text that answers nobody, or a run that came to nothing
		m = moment{At: d.At, What: "wrote", Decision: d.ID, Job: d.Job, Brain: d.Brain, Note: d.Note, Asked: d.Exchanges}
	}
	t.Moments = append(t.Moments, m)
	return nil
}

// entries adds the entries that are part of the story, each with all that
// happened to it.
func (t *story) entries(store *state.Store, part func(state.Entry) bool) error {
	all, err := store.Entries(state.Filter{}, 0)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(e state.Entry) bool { return !part(e) })
	ids := make([]uint64, len(all))
	for i, e := range all {
		ids[i] = e.ID
	}
	events, err := store.EventsOf(ids...)
	if err != nil {
		return err
	}
	media, err := store.MediaSince(time.Time{})
	if err != nil {
		return err
	}
	for _, e := range all {
		m := moment{At: e.PlannedAt, What: "entry", Decision: e.Decision, Job: e.Job, Entry: new(newEntryJSON(e)), Events: events[e.ID], entry: e}
		if i := slices.IndexFunc(media, func(made state.Media) bool { return made.ID == e.ID }); i >= 0 {
			m.Media = &media[i]
		}
		t.Moments = append(t.Moments, m)
	}
	return nil
}

// order is the order of what happened at one moment.
func (m moment) order() int {
	switch m.What {
	case "entry":
		return 1
	case "seen":
		return 2
	}
	return 0
}

// silent reports whether a decision that considered a post did nothing about
// it, as far as the story knows.
func (t *story) silent(m moment) bool {
	return m.What == "considered" && !slices.ContainsFunc(t.Moments, func(o moment) bool {
		return o.What == "entry" && o.Decision == m.Decision && cmp.Or(o.entry.Post, o.entry.Target) == m.Post
	})
}

// post is whom the post of the story is by, and what it says; empty when the
// journal does not know.
func (t *story) post() (author, text string) {
	for _, m := range t.Moments {
		if m.Shown != nil {
			return m.Shown.Author, m.Shown.Text
		}
		author = cmp.Or(author, m.entry.Author)
	}
	return strings.TrimPrefix(author, "@"), ""
}
