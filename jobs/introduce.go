package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/contract"
	"imagined/planner"
	"imagined/state"
)

const cursorIntroduction = "introduction"

// introduce brings profile, avatar and capabilities in line with the file,
// only what differs, and decides on the first post of a new account. What a
// person changed on the platform since is shown once, and left alone unless the
// file says enforce.
func (j *Jobs) introduce(ctx context.Context, r run) (planner.Plan, error) {
	known, has, posts, err := j.account(ctx)
	if err != nil {
		return planner.Plan{}, err
	}
	want, avatar, fault := j.wanted()
	var plan planner.Plan
	if known.owes(posts, j.Now()) {
		if plan, err = j.Planner.Introduce(ctx, r.rand); err != nil {
			return plan, err
		}
	}
	known.agree(want, has)
	first := plan.Actions
	plan.Actions = nil
	if fault != "" && known.Shown["avatar"] != fault {
		plan.Refused = append(plan.Refused, planner.Refusal{Action: actions.Action{Kind: actions.Avatar}, Reason: fault})
	}
	for _, kind := range []actions.Kind{actions.Profile, actions.Avatar, actions.Capabilities} {
		send, theirs := known.differs(kind, want, has, j.Persona.Profile == "enforce")
		for _, name := range theirs {
			plan.Refused = append(plan.Refused, planner.Refusal{Action: actions.Action{Kind: kind}, Reason: changedThere(name, has[name])})
		}
		if len(send) == 0 {
			continue
		}
		a := known.setting(kind, send, want, avatar)
		if tried, err := j.tried(a); err != nil {
			return plan, err
		} else if !tried {
			plan.Actions = append(plan.Actions, a)
		}
	}
	if hook, err := j.listening(ctx); err != nil {
		return plan, err
	} else if hook != nil {
		plan.Actions = append(plan.Actions, *hook)
	}
	plan.Actions = append(plan.Actions, first...)
	if len(plan.Actions)+len(plan.Refused) == 0 && plan.Note == "" {
		plan.Note = "the account needs nothing"
	}
	return plan, nil
}

// changedThere is what an operator is told of a person's change.
func changedThere(name, has string) string {
	change := fmt.Sprintf("changed on the platform, to %q", clip(has))
	if has == "" {
		change = "removed on the platform"
	}
	return name + " was " + change + ": left alone; profile: enforce sends the file's"
}

// introduced remembers what the account looks like after a run.
func (j *Jobs) introduced(ctx context.Context) error {
	if err := j.listened(); err != nil {
		return err
	}
	known, has, posts, err := j.account(ctx)
	if err != nil {
		return err
	}
	if err := j.owed(&known, posts); err != nil {
		return err
	}
	want, _, fault := j.wanted()
	known.agree(want, has)
	for _, a := range aspects {
		if _, theirs := known.differs(a.kind, want, has, false); slices.Contains(theirs, a.name) {
			known.Shown[a.name] = has[a.name]
		}
	}
	if fault != "" {
		known.Shown["avatar"] = fault
	}
	known.File, known.At = j.said(), j.Now()
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if err := j.Store.SetCursor(cursorIntroduction, string(text)); err != nil {
		return &journalError{err}
	}
	return nil
}

// owed notes whether the first post is still to be made: other jobs may post
// before it.
func (j *Jobs) owed(known *introduction, posts int) error {
	made, err := j.Store.Taken(actions.Action{Kind: actions.Post, Slot: planner.Introduction}.Key())
	switch {
	case err != nil:
		return &journalError{err}
	case made, !known.owes(posts, j.Now()):
		known.Owed = time.Time{}
	case known.Owed.IsZero():
		known.Owed = j.Now()
	}
	return nil
}

// changed says that the file speaks of another account than when it was last
// brought in line; in a first life it does.
func (j *Jobs) changed() (bool, error) {
	known, err := j.introduction()
	return known.File != j.said(), err
}

// said stands for what the file says of the account.
func (j *Jobs) said() string {
	p := j.Persona
	text, err := json.Marshal([]any{p.Name, p.Bio, p.Website, p.AgentType, p.Avatar, p.Capabilities, p.Profile, p.Webhook})
	if err != nil {
		return err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func (j *Jobs) introduction() (known introduction, err error) {
	text, err := j.Store.Cursor(cursorIntroduction)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &known)
	}
	if err != nil {
		return known, &journalError{fmt.Errorf("introduction: %w", err)}
	}
	for _, m := range []*looks{&known.Sent, &known.Has, &known.Shown} {
		if *m == nil {
			*m = looks{}
		}
	}
	if known.Entry == nil {
		known.Entry = make(map[actions.Kind]uint64)
	}
	return known, nil
}

// account reads what the platform shows, and what is known of how it came
// about: what an own entry set since then is ours, whatever happened between
// the entry and this moment.
func (j *Jobs) account(ctx context.Context) (known introduction, has looks, posts int, err error) {
	if known, err = j.introduction(); err != nil {
		return known, nil, 0, err
	}
	me, err := j.Client.Me(ctx)
	if err != nil {
		return known, nil, 0, err
	}
	can, err := j.Client.Capabilities(ctx)
	if err != nil {
		return known, nil, 0, err
	}
	has = looks{
		"name": me.Name, "bio": me.Bio, "website": me.WebsiteURL, "agent_type": me.AgentType, "avatar": pictureIn(me.AvatarURL),
		"skills": lines(can.Skills), "apis": lines(can.APIs), "response_time": can.ResponseTime, "languages": lines(can.Languages),
	}
	for _, kind := range []actions.Kind{actions.Profile, actions.Avatar, actions.Capabilities} {
		entries, err := j.Store.Entries(state.Filter{Since: known.At.Add(-48 * time.Hour), Kind: string(kind), Status: state.Done}, 1)
		if err != nil {
			return known, nil, 0, &journalError{err}
		}
		if len(entries) == 1 && entries[0].ID > known.Entry[kind] {
			known.Entry[kind] = entries[0].ID
			for name, sent := range set(entries[0]) {
				known.Sent[name], known.Has[name] = sent, has[name]
			}
		}
	}
	return known, has, me.PostCount, nil
}

// pictureIn is an avatar's address without what changes while the picture stays:
// a signature that ages, and the port of a sandbox.
func pictureIn(address string) string {
	address, _, _ = strings.Cut(address, "?")
	if u, err := url.Parse(address); err == nil && u.Hostname() == "127.0.0.1" {
		return u.Path
	}
	return address
}

// wanted is what the file says of the account; empty where it says nothing. A
// fault is what is wrong with the avatar's file.
func (j *Jobs) wanted() (want looks, avatar actions.File, fault string) {
	p := j.Persona
	want = looks{
		"name": p.Name, "bio": p.Bio, "website": p.Website, "agent_type": p.AgentType,
		"skills": lines(p.Capabilities.Skills), "apis": lines(p.Capabilities.APIs), "response_time": p.Capabilities.ResponseTime, "languages": lines(p.Capabilities.Languages),
	}
	if p.Avatar == "" {
		return want, avatar, ""
	}
	avatar, err := j.avatar()
	switch {
	case j.Folder == "" || errors.Is(err, fs.ErrNotExist):
		return want, avatar, fmt.Sprintf("there is no file %s beside the persona file", p.Avatar)
	case err != nil:
		return want, avatar, fmt.Sprintf("the avatar %s: %v", p.Avatar, err)
	}
	want["avatar"] = avatar.SHA256
	return want, avatar, ""
}

// avatar reads the avatar's file.
func (j *Jobs) avatar() (actions.File, error) {
	faces := pictures
	faces.most = contract.MaxAvatarBytes
	file, err := actions.OpenFile(j.Folder, j.Persona.Avatar)
	if err != nil {
		return actions.File{}, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err == nil {
		err = faces.fits(j.Persona.Avatar, file, info.Size())
	}
	if err != nil {
		return actions.File{}, err
	}
	return actions.File{Folder: j.Folder, Path: j.Persona.Avatar}.Measured(file)
}

// tried reports whether the same was sent since the account was last set, and
// came to nothing, or whether something of that kind has not ended: that
// settles first.
func (j *Jobs) tried(a actions.Action) (bool, error) {
	taken, err := j.Store.Taken(a.Key())
	if err != nil {
		return false, &journalError{err}
	}
	open, err := j.Store.OpenEntries()
	if err != nil {
		return false, &journalError{err}
	}
	return taken || slices.ContainsFunc(open, func(e state.Entry) bool { return e.Kind == string(a.Kind) }), nil
}
