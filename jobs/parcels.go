package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

const (
	cursorParcels = "parcels"
	// parcelAge is how long a parcel is pursued: over a weekend without network,
	// not until its words are stale.
	parcelAge   = 4 * 24 * time.Hour
	deliverRest = 10 * time.Minute // after a panic
	// mediaRead is how many uploads are read to see how one is coming along.
	mediaRead = 50
)

// parcel is a post or a byte whose file goes ahead of it. It is on disk before
// the file leaves and until the post has an entry of its own, so that a crash
// between the two neither loses nor doubles: each half is in the journal under
// a dedupe key that follows from the parcel.
type parcel struct {
	Kind     actions.Kind `json:"kind"` // post or byte
	Text     string       `json:"text"`
	File     actions.File `json:"file"`
	Slot     string       `json:"slot,omitempty"`
	Topic    string       `json:"topic,omitempty"`
	Why      string       `json:"why,omitempty"`
	Job      string       `json:"job"`
	Decision uint64       `json:"decision,omitempty"`
	At       time.Time    `json:"at"`            // when it was decided
	Next     time.Time    `json:"next,omitzero"` // not looked at before
	Looks    int          `json:"looks,omitempty"`
}

// perform does an action, not before a time: at once, or where a file goes ahead
// of it, as far as it goes now. A file waits for the morning by itself.
func (j *Jobs) perform(ctx context.Context, a actions.Action, notBefore time.Time) (state.Entry, error) {
	if a.File == nil {
		return j.Performer.DoFrom(ctx, a, notBefore)
	}
	ps, err := j.parcels()
	if err != nil {
		return state.Entry{}, err
	}
	ps = append(ps, parcel{
		Kind: a.Kind, Text: a.Text, File: *a.File, Slot: a.Slot, Topic: a.Topic, Why: a.Why, Job: a.Job, Decision: a.Decision, At: j.Now(),
	})
	if err := j.keepParcels(ps); err != nil {
		return state.Entry{}, err
	}
	own := state.Entry{Kind: string(a.Kind), Text: a.Text, Why: a.Why, Status: state.Intent, Error: "its file goes first"}
	changed, err := j.forward(ctx)
	for _, e := range changed {
		if e.Kind == own.Kind && e.Text == a.Text {
			own = e // whoever asked for it says what became of it
		} else {
			j.logEntry(e)
		}
	}
	return own, err
}

// deliver takes what is on its way further, and logs what became of it. A panic
// ends no life: it is logged with its stack, and delivering rests for a while.
func (j *Jobs) deliver(ctx context.Context) (err error) {
	if now := j.Now(); j.deliverAgain.After(now) && j.deliverAgain.Before(now.Add(time.Hour)) {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			j.Log.Error("delivering panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			j.deliverAgain = j.Now().Add(deliverRest)
		}
	}()
	changed, err := j.forward(ctx)
	for _, e := range changed {
		j.logEntry(e)
	}
	return err
}

// expected says that a post or a byte is on its way, which the next one must
// not overtake: its words are not among the own texts yet.
func (j *Jobs) expected(k actions.Kind) (bool, error) {
	ps, err := j.parcels()
	return slices.ContainsFunc(ps, func(p parcel) bool { return p.Kind == k }), err
}

func (j *Jobs) parcels() (ps []parcel, err error) {
	text, err := j.Store.Cursor(cursorParcels)
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &ps); err != nil {
		return nil, fmt.Errorf("parcels: %w", err)
	}
	return ps, nil
}

func (j *Jobs) keepParcels(ps []parcel) error {
	text, err := json.Marshal(ps)
	if err != nil {
		return err
	}
	return j.Store.SetCursor(cursorParcels, string(text))
}

// forward takes each parcel whose time has come one step on. It returns the
// entries that it brought about.
func (j *Jobs) forward(ctx context.Context) (changed []state.Entry, err error) {
	ps, err := j.parcels()
	if err != nil || len(ps) == 0 {
		return nil, err
	}
	var left []parcel
	moved := false
	for _, p := range ps {
		if ctx.Err() != nil || p.Next.After(j.Now()) && !p.Next.After(j.Now().Add(parcelAge)) {
			left = append(left, p)
			continue
		}
		moved = true
		j.beat(15 * time.Minute) // a film takes its time
		done, more, err := j.step(ctx, &p)
		changed = append(changed, more...)
		if err != nil {
			return changed, err
		}
		if !done {
			left = append(left, p)
		}
	}
	if !moved {
		return changed, nil
	}
	return changed, j.keepParcels(left)
}

// step takes a parcel on. Done means that nothing is left to do about it: its
// own entry says what became of it.
func (j *Jobs) step(ctx context.Context, p *parcel) (done bool, changed []state.Entry, err error) {
	if j.Now().Sub(p.At) > parcelAge {
		e, err := j.Performer.Drop(p.action(""), "its file did not get through in time")
		return true, []state.Entry{e}, err
	}
	if until, quiet := j.Persona.Quiet(j.Now()); quiet {
		p.Next = until
		return false, nil, nil
	}
	upload, changed, err := j.half(ctx, p, p.upload())
	if err != nil || upload.Status.Open() {
		return false, changed, err
	}
	reason, media := "", upload.RemoteID
	switch {
	case upload.Status != state.Done:
		reason = fmt.Sprintf("its file was not uploaded: entry %d is %s", upload.ID, upload.Status)
	case p.Kind == actions.Byte || media == "":
		var ready bool
		if media, ready, reason, err = j.processed(ctx, p, upload); err != nil || !ready && reason == "" {
			p.later(j.Now())
			return false, changed, nil //nolint:nilerr // it waits, and is read again
		}
	}
	if reason != "" {
		e, err := j.Performer.Drop(p.action(media), reason)
		return true, append(changed, e), err
	}
	e, more, err := j.half(ctx, p, p.action(media))
	return e.ID != 0, append(changed, more...), err
}

// half returns the entry of one half, and does the action when there is none.
// An action that cannot be done now waits: then the entry is an intent without
// an id.
func (j *Jobs) half(ctx context.Context, p *parcel, a actions.Action) (e state.Entry, changed []state.Entry, err error) {
	e, err = j.Store.Holder(a.Key())
	if err == nil {
		if e.Status.Open() {
			p.later(j.Now())
		}
		return e, nil, nil
	}
	if !errors.Is(err, state.ErrNotFound) {
		return e, nil, err
	}
	waits, err := j.unable(a)
	if err != nil || waits != "" || ctx.Err() != nil {
		p.later(j.Now())
		return state.Entry{Status: state.Intent, Error: waits}, nil, err
	}
	e, err = j.Performer.Do(ctx, a)
	if err != nil {
		return e, nil, err
	}
	if e.Status.Open() {
		p.later(j.Now())
	}
	return e, []state.Entry{e}, nil
}

// unable says why an action cannot be done at this time; empty when it can.
func (j *Jobs) unable(a actions.Action) (string, error) {
	reason, err := actions.Barred(j.Store, a.Kind, j.Now())
	if err != nil || reason != "" {
		return reason, err
	}
	err = j.Store.Room(a.Charges(j.Persona.Limits), j.Now())
	var over *state.OverLimitError
	if errors.As(err, &over) {
		return over.Error(), nil
	}
	return "", err
}

// processed reads whether an upload is ready for use, or what is wrong with it.
// One whose answer could not be read has no id in the journal; it is told by
// what is known of it.
func (j *Jobs) processed(ctx context.Context, p *parcel, upload state.Entry) (id string, ready bool, fault string, err error) {
	n := 0
	for m, err := range j.Client.Media(apiclient.PageSize(ctx, mediaRead), apiclient.MediaFilter{}) {
		if err != nil {
			return "", false, "", err
		}
		ours := m.ID == upload.RemoteID
		if upload.RemoteID == "" && m.Size == p.File.Size && (m.Purpose == "" || m.Purpose == p.File.Purpose) && !m.CreatedAt.Before(upload.ServerAt.Truncate(time.Second)) {
			made, err := j.Store.Made(m.ID)
			if err != nil {
				return "", false, "", err
			}
			ours = !made
		}
		switch {
		case ours && (m.Status == "" || strings.EqualFold(m.Status, "ready")):
			return m.ID, true, "", nil
		case ours && strings.EqualFold(m.Status, "failed"):
			return m.ID, false, "the platform could not process the file", nil
		case ours:
			return m.ID, false, "", nil
		}
		if n++; n == mediaRead {
			break
		}
	}
	if upload.RemoteID == "" {
		return "", false, fmt.Sprintf("the platform did not say what it calls the file of entry %d", upload.ID), nil
	}
	return upload.RemoteID, true, "", nil // it is not listed; the platform says what it thinks of it
}

// later puts the next look off, ever more.
func (p *parcel) later(now time.Time) {
	p.Next = now.Add(min(5*time.Second<<min(p.Looks, 10), 5*time.Minute))
	p.Looks++
}

// upload is the first half.
func (p *parcel) upload() actions.Action {
	a := actions.Action{Kind: actions.UploadImage, Body: p.File, Job: p.Job, Decision: p.Decision, Why: "for " + p.Why}
	if p.Kind == actions.Byte {
		a.Kind = actions.UploadVideo
	}
	return a
}

// action is the second half, made of what was uploaded.
func (p *parcel) action(media string) actions.Action {
	a := actions.Action{Kind: p.Kind, Text: p.Text, Slot: p.Slot, Topic: p.Topic, Why: p.Why, Job: p.Job, Decision: p.Decision}
	if p.Kind == actions.Byte {
		a.Target = media
		return a
	}
	a.Body = apiclient.NewPost{MediaIDs: []string{media}}
	return a
}
