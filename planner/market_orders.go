package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
	"imagined/state"
)

// handed reports whether the order was left to a person.
func (o Order) handed() bool {
	return slices.ContainsFunc(o.Entries, func(e state.Entry) bool {
		return strings.HasPrefix(e.Error, Handed) && e.Error != DueSoon && e.Kind != string(actions.OrderMessage)
	})
}

// Urgency puts the orders that the persona has to work on first, by when they are
// due; then those that are the buyer's turn, the latest change first; and last
// those that were left to a person.
func Urgency(a, b Order) int {
	rank := func(o Order) int {
		switch {
		case o.handed():
			return 2
		case o.Status == "DELIVERED" || o.Status == "COMPLETED":
			return 1
		}
		return 0
	}
	latest := 0
	if rank(a) > 0 {
		latest = b.UpdatedAt.Compare(a.UpdatedAt)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), latest, a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
}

// lost says why an action about the order is not tried again: the platform or a
// person refused it, or its outcome cannot be found out.
func (o Order) lost(k actions.Kind, slot string) string {
	refused := 0
	for _, e := range o.Entries {
		if e.Kind != string(k) || e.Slot != slot {
			continue
		}
		switch {
		case e.Status == state.Refused:
			return "the platform refused it: " + e.Error
		case e.Status == state.Parked:
			return "it cannot be told whether it took effect"
		case e.Status == state.Dropped && strings.HasPrefix(e.Error, "rejected by the operator"):
			return "rejected"
		case e.Status == state.Dropped && strings.HasPrefix(e.Error, refusedText):
			refused++
		}
	}
	if refused >= maxTries {
		return fmt.Sprintf("%d texts for it were refused", refused)
	}
	return ""
}

// lost is Order.lost, and why an action without a text, of which there is one
// only, came to nothing before it was sent: nobody approved it, for example.
func (m *seller) lost(o Order, a actions.Action) (string, error) {
	if reason := o.lost(a.Kind, a.Slot); reason != "" {
		return reason, nil
	}
	e, err := m.planner.Store.Holder(a.Key())
	switch {
	case errors.Is(err, state.ErrNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("%w: %w", errStore, err)
	case e.Status == state.Dropped:
		return e.Error, nil
	}
	return "", nil
}

// delivered is the number of deliveries so far, and when the latest was made.
func (o Order) delivered() (n int, at time.Time) {
	for _, e := range o.Entries {
		if e.Kind == string(actions.Deliver) && e.Status == state.Done {
			n, at = n+1, e.DoneAt
		}
	}
	return n, at
}

// Delivery is the number of the delivery that is due: 1, or after that one more
// for each that was made.
func (o Order) Delivery() int {
	n, _ := o.delivered()
	if n == 0 && o.Status == "REVISION" {
		n = 1 // by hand
	}
	return n + 1
}

// margin is how long before its time an order that is not delivered is shown to
// a person.
func (o Order) margin() time.Duration {
	return min(24*time.Hour, max(6*time.Hour, o.Due.Sub(o.CreatedAt)/4))
}

// warns shows a person an order that is due soon and not delivered, once. It is
// worked on all the same. Where the persona rests by then, it says so before.
func (m *seller) warns(o Order) {
	said := slices.ContainsFunc(o.Entries, func(e state.Entry) bool { return e.Error == DueSoon })
	soon := o.Due.Add(-o.margin())
	for range 24 {
		if _, asleep := m.planner.Persona.Quiet(soon); !asleep {
			break
		}
		soon = soon.Add(-time.Hour)
	}
	if m.now.After(soon) && !said {
		m.hand(o, actions.Deliver, DueSoon)
	}
}

// work takes an order that was begun to its delivery.
func (m *seller) work(ctx context.Context, r *rand.Rand, o Order, s persona.Service) error {
	n, at := o.delivered()
	slot := fmt.Sprint(o.Delivery())
	switch {
	case n > 0 && m.now.Sub(at) < staleReading && (o.Status != "REVISION" || o.UpdatedAt.Before(at)):
		m.waits["read before it was delivered"]++
		return nil
	case o.Status == "REVISION" && o.Delivery()-1 > o.Revisions:
		m.hand(o, actions.Deliver, fmt.Sprintf("more changes are asked for than the %d agreed", o.Revisions))
		return nil
	}
	a := actions.Action{Kind: actions.Deliver, Target: o.ID, Slot: slot, Why: fmt.Sprintf("%s for @%s, due %s", cut(visible(o.Title), 60), visible(string(o.Buyer.Handle)), o.Due.UTC().Format("Jan 02 15:04 UTC"))}
	if reason := o.lost(a.Kind, a.Slot); reason != "" {
		m.hand(o, actions.Deliver, reason)
		return nil
	}
	m.warns(o)
	if reason, err := m.free(a); err != nil || reason != "" {
		m.waits[reason]++
		return err
	}
	b := m.orderBrief(o, s)
	if s.Recipe() > 0 {
		return m.media(ctx, r, o, a, b)
	}
	text, ok, err := m.writes(ctx, r, a, b)
	if err != nil || !ok {
		return err
	}
	return m.delivers(o, a, b, text, "")
}

func (m *seller) orderBrief(o Order, s persona.Service) *OrderBrief {
	b := &OrderBrief{
		ID: o.ID, Service: s, Status: o.Status, Due: o.Due, Wish: o.Requirements, Thread: o.Thread, Buyer: o.Buyer.ID, Makes: makesText,
	}
	if o.Status == "REVISION" {
		b.Before = o.Deliverables
	}
	if n := s.Recipe(); n > 0 && n <= len(m.planner.Persona.Generation.Recipes) {
		b.Recipe = m.planner.Persona.Generation.Recipes[n-1]
	}
	return b
}

// delivers plans a delivery: the text, and the address of what was made where
// something was.
func (m *seller) delivers(o Order, a actions.Action, b *OrderBrief, text, made string) error {
	if text == "" {
		m.hand(o, actions.Deliver, "the model did not write it: it may be unclear, or nothing that the persona makes")
		return nil
	}
	if refused := m.judge(a.Kind, text, b); refused != nil {
		m.drops(a, text, refused)
		return nil
	}
	m.turn.texts.add(OwnLine{Kind: string(a.Kind), Thread: a.Target, Text: text})
	a.Text = text
	if made != "" {
		a.Text += "\n" + made
	}
	m.add(a)
	return nil
}

// media takes an order that a recipe works one step further: the start of the
// generation, or the delivery of what it made.
func (m *seller) media(ctx context.Context, r *rand.Rand, o Order, a actions.Action, b *OrderBrief) error {
	switch made := o.Media; {
	case made == nil:
		return m.generates(ctx, r, o, b)
	case !made.Ended:
		m.waits["in the making"]++
		return nil
	case made.Status != state.MediaCompleted:
		m.hand(o, actions.Deliver, fmt.Sprintf("it could not be made (%s): %s", made.Status, visible(made.Error)))
		return nil
	case !address(made.Result):
		m.hand(o, actions.Deliver, "it is made, and the platform does not say where: post "+visible(made.PostID))
		return nil
	default:
		b.Makes, b.Prompt = makesNote, made.Request.Prompt
		text, ok, err := m.writes(ctx, r, a, b)
		if err != nil || !ok {
			return err
		}
		return m.delivers(o, a, b, text, made.Result)
	}
}

// address reports whether what the platform calls the address of a file is one
// that can be handed on as it is.
func address(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		len(text) <= contract.MaxPrompt && visible(text) == text && !strings.ContainsAny(text, " \t\n")
}

// generates starts what an order is made of. Its prompt is the model's, from the
// recipe's and the buyer's wish; what it makes becomes a post without words.
func (m *seller) generates(ctx context.Context, r *rand.Rand, o Order, b *OrderBrief) error {
	slot := MediaSlot(o.ID, o.Delivery())
	reason, err := m.lost(o, actions.Action{Kind: actions.Generate, Slot: slot})
	switch {
	case err != nil:
		return err
	case reason != "":
		m.hand(o, actions.Deliver, reason)
		return nil
	}
	if why := m.stall.Idle[b.Service.Recipe()]; why != "" {
		m.delayed(why)
		return nil
	}
	if m.stall.Room <= 0 { // one more would be refused, and that is for good
		m.waits["for a generation to end"]++
		return nil
	}
	request, err := m.requestOf(b)
	if err != nil {
		m.hand(o, actions.Deliver, err.Error())
		return nil //nolint:nilerr // a recipe that does not fit is the operator's to mend
	}
	a := actions.Action{Kind: actions.Generate, Slot: slot, Media: request, Why: fmt.Sprintf("%s for the order %s", cut(visible(o.Title), 60), o.ID)}
	if reason, err := m.free(a); err != nil || reason != "" {
		m.delayed(reason)
		return err
	}
	b.Makes = makesPrompt
	prompt, ok, err := m.writes(ctx, r, a, b)
	if err != nil || !ok {
		return err
	}
	m.makes(o, a, b, prompt)
	return nil
}

// delayed notes why the media of an order are not begun. A limit is shared with
// what the persona makes for itself, which waits meanwhile.
func (m *seller) delayed(why string) {
	m.waits[why]++
	m.plan.Short = m.plan.Short || strings.HasPrefix(why, "limit reached")
}

// requestOf is what is asked of the generator, but for the prompt, which is
// written for each order.
func (m *seller) requestOf(b *OrderBrief) (*state.Request, error) {
	recipe, looked := m.stall.Usable[b.Service.Recipe()]
	if !looked {
		recipe = b.Recipe
	}
	recipe.Prompt = "ordered"
	return m.planner.mediaOf(recipe, "")
}

// makes plans the start of a generation with the prompt that was written for it.
func (m *seller) makes(o Order, a actions.Action, b *OrderBrief, prompt string) {
	if prompt == "" {
		m.hand(o, actions.Deliver, "the model did not say what to make: it may be unclear, or nothing that the persona makes")
		return
	}
	if refused := m.judge(actions.Deliver, prompt, b); refused != nil || longest(prompt) > contract.MaxPrompt {
		if refused == nil {
			refused = &TextError{Reason: ReasonLong}
		}
		m.drops(a, prompt, refused)
		return
	}
	a.Media.Prompt = prompt
	m.stall.Room--
	m.add(a)
}

// reply answers what the buyer said last, unless it was answered or needs none.
func (m *seller) reply(ctx context.Context, r *rand.Rand, o Order, s persona.Service) error {
	last, own := o.lastWord()
	if last == nil || m.busy(o.ID, actions.OrderMessage) {
		return nil
	}
	a := actions.Action{Kind: actions.OrderMessage, Target: o.ID, Slot: last.ID, Why: "@" + visible(string(last.Sender.Handle)) + " wrote about the order"}
	if o.dealtWith(last.ID) {
		return nil
	}
	reason := o.lost(a.Kind, a.Slot)
	if reason == "" && own >= maxMessages {
		reason = fmt.Sprintf("%d messages were written about it", own)
	}
	if reason != "" {
		m.refuse(a, Handed+reason)
		return nil
	}
	if reason, err := m.free(a); err != nil || reason != "" {
		m.waits[reason]++
		return err
	}
	b := m.orderBrief(o, s)
	text, ok, err := m.writes(ctx, r, a, b)
	switch {
	case err != nil || !ok:
		return err
	case text == "" && strings.ContainsAny(last.Content, "?\uff1f\u061f"):
		m.refuse(a, Handed+"the buyer asks something that the model did not answer")
		return nil
	case text == "":
		m.refuse(a, nothingToSay)
		return nil
	}
	b.Before, b.Wish = "", last.Content
	if refused := m.judge(a.Kind, text, b); refused != nil {
		m.drops(a, text, refused)
		return nil
	}
	a.Text = text
	m.turn.texts.add(OwnLine{Kind: string(a.Kind), Thread: a.Target, Text: text})
	m.add(a)
	return nil
}

// lastWord is the newest message when it is the buyer's, and how many of the
// messages are not.
func (o Order) lastWord() (last *apiclient.OrderMessage, own int) {
	for i, m := range o.Thread {
		last = &o.Thread[i]
		if m.Sender.ID != o.Buyer.ID {
			last = nil
			own++
		}
	}
	return last, own
}

// dealtWith reports whether the journal knows what became of a message.
func (o Order) dealtWith(message string) bool {
	return slices.ContainsFunc(o.Entries, func(e state.Entry) bool {
		if e.Kind != string(actions.OrderMessage) || e.Slot != message {
			return false
		}
		return e.Status == state.Done || e.Error == nothingToSay || strings.HasPrefix(e.Error, Handed)
	})
}
