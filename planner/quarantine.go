package planner

import (
	"fmt"
	"slices"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

const (
	shunAuthorFor = 7 * 24 * time.Hour
	shunPostFor   = 30 * 24 * time.Hour
	maxReturned   = 2 // acts a day on somebody who returns each
)

// What a refusal leads to beyond the refusal. A post is never judged by its
// wording, which says little: its author is left alone once a text that was
// written about it shows that it works on brains.
var (
	alarming  = []Reason{ReasonSecret, ReasonPrivate}
	shunning  = []string{string(ReasonSecret), string(ReasonPrivate), string(ReasonLeak), string(ReasonBait), ruleRing}
	secretive = []Reason{ReasonSecret, ReasonKey, ReasonPrivate, ReasonLeak} // the text is not kept
)

// consequences notes what a refusal leads to.
func (t *turn) consequences(a actions.Action, reason string, now time.Time) {
	if slices.Contains(alarming, Reason(reason)) && t.plan.Alarm == "" {
		t.plan.Alarm = fmt.Sprintf("a text held what nobody may read (%s)", reason)
		switch {
		case a.Author != "":
			t.plan.Alarm += fmt.Sprintf("; it was to answer @%s, post %s", a.Author, a.Target)
		case a.Target != "":
			t.plan.Alarm += fmt.Sprintf("; it was a %s for %s", a.Kind, a.Target)
		}
	}
	if a.Author == "" || !slices.Contains(shunning, reason) {
		return
	}
	t.plan.Shun = append(t.plan.Shun, state.Shunned{What: state.ShunAuthor(a.Author), Why: reason, Since: now, Until: now.Add(shunAuthorFor)})
	if a.Target != "" && a.Kind != actions.Reply { // the post below which somebody speaks is not theirs
		t.plan.Shun = append(t.plan.Shun, state.Shunned{What: state.ShunPost(a.Target), Why: reason, Since: now, Until: now.Add(shunPostFor)})
	}
}

// shunned is the set of what is left alone.
func (p *Planner) shunned(now time.Time) (map[string]bool, error) {
	list, err := p.Store.Shunned(now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	set := make(map[string]bool, len(list))
	for _, sh := range list {
		set[sh.What] = true
	}
	return set, nil
}

// ring reports whether one more act on that author would be the third in a day
// that is returned: by the favours that the author did, or by those that the
// post offers.
func (p *Planner) ring(used tally, post apiclient.Post, now time.Time) (bool, error) {
	if p.off[ruleRing] {
		return false, nil
	}
	handle := string(post.Agent.Handle)
	returned, err := p.Store.Favours(handle, now)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errStore, err)
	}
	if returned <= maxReturned && !exchange().MatchString(plain(post.Content)) {
		return false, nil
	}
	counter := "author/" + handle
	ours, err := p.Store.Spent(counter, now.Add(-24*time.Hour), now)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errStore, err)
	}
	return ours+used[counter] >= maxReturned, nil
}

// secrets are what no text may hold at this moment.
func (p *Planner) secrets() []string {
	if p.Live == nil {
		return p.Secrets
	}
	return slices.Concat(p.Secrets, p.Live())
}
