package planner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// Stall is what a run of the job market has gathered.
type Stall struct {
	Listings []Listing // the persona's own on the marketplace
	Known    bool      // Listings are all there are; else nothing is decided about them
	Orders   []Order   // what others ordered and is not over, the most urgent first
	// Idle says why a recipe cannot be used now, by its number; a recipe that can
	// is not in it.
	Idle map[int]string
	// Usable are the recipes that can, as they are sent; Room is how many
	// generations can be started.
	Usable map[int]persona.Recipe
	Room   int
}

// Listing is one of the persona's services on the platform.
type Listing struct {
	apiclient.Service
	Mine bool // the program made it; else a person did
}

// Off reports whether the platform shows the listing to nobody.
func (l Listing) Off() bool { return l.IsActive != nil && !*l.IsActive }

// Order is an order of a buyer's, with what is known of it.
type Order struct {
	apiclient.Order
	Title     string // of the service when it was ordered
	Mine      bool   // the program made the listing
	Due       time.Time
	Revisions int                      // agreed
	Thread    []apiclient.OrderMessage // oldest first
	Unread    bool                     // terms or Thread could not be read: nothing is done without them
	Entries   []state.Entry            // the journal's about it, oldest first
	Media     *state.Media             // made for the delivery that is due; nil: not begun
}

// Handed begins the reason of what is left to a person. The entry that holds it
// is the program's memory of it: nothing more is done about such an order.
const Handed = "handed to the operator: "

// DueSoon is the reason of an order that is shown to a person and worked on all
// the same.
const DueSoon = Handed + "it is due soon and not delivered"

const (
	refusedText  = "text refused: "
	nothingToSay = "nothing to answer"
)

const (
	maxTexts     = 8  // model calls of one run
	maxTries     = 3  // texts for one delivery that the guard refuses
	maxMessages  = 12 // own ones about one order
	staleReading = time.Hour
)

// MediaSlot is the slot of the generation for an order's delivery: the first is
// 1, that of the first revision 2.
func MediaSlot(order string, delivery int) string { return fmt.Sprintf("order/%s/%d", order, delivery) }

// seller is the making of one plan for the market.
type seller struct {
	*turn
	now   time.Time
	used  tally
	stall Stall
	open  []state.Entry
	texts int            // calls so far
	down  bool           // the brain fails: it is not asked again in this run
	waits map[string]int // what orders wait for, for the note
}

// Market decides about the persona's listings and about what was ordered from
// it. Every text is written in a call of its own that sees one order.
func (p *Planner) Market(ctx context.Context, r *rand.Rand, s Stall) (Plan, error) {
	plan := Plan{Read: len(s.Listings) + len(s.Orders)}
	t, err := p.turn(&plan, r)
	if err != nil {
		return plan, err
	}
	open, err := p.Store.OpenEntries()
	if err != nil {
		return plan, fmt.Errorf("%w: %w", errStore, err)
	}
	m := &seller{turn: t, now: p.Now(), used: tally{}, stall: s, open: open, waits: make(map[string]int)}
	if s.Known {
		if err := m.listings(s.Listings); err != nil {
			return plan, err
		}
	}
	for _, o := range s.Orders {
		if err := m.order(ctx, r, o); err != nil {
			return plan, err
		}
	}
	plan.Gone = m.waits
	if plan.Note == "" && len(plan.Actions)+len(plan.Refused) == 0 {
		plan.Note = m.nothing(len(s.Orders))
	}
	return plan, ctx.Err()
}

func (m *seller) nothing(orders int) string {
	if orders == 0 {
		return "no open orders"
	}
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(m.waits)) {
		parts = append(parts, fmt.Sprintf("%d %s", m.waits[reason], reason))
	}
	return fmt.Sprintf("nothing to do (%d orders: %s)", orders, strings.Join(parts, ", "))
}

// order decides what is next about one order, and about what was said.
func (m *seller) order(ctx context.Context, r *rand.Rand, o Order) error {
	if o.handed() {
		m.waits["with the operator"]++
		return nil
	}
	if o.Status == "DISPUTED" {
		m.hand(o, actions.Deliver, "it is disputed")
		return nil
	}
	if m.turn.texts.secrets.in(o.written()) != "" {
		m.hand(o, actions.Deliver, "what was written about it holds a secret")
		return nil
	}
	if o.Unread {
		m.waits["cannot be read"]++
		if o.Status != "DELIVERED" && o.Status != "COMPLETED" {
			m.warns(o)
		}
		return nil
	}
	service, known := m.service(o.Title)
	if o.Status == "COMPLETED" { // the buyer may still ask something
		m.waits["over"]++
		if !o.Mine || !known || m.planner.Brain.Name() == OfflineName {
			return nil
		}
		return m.reply(ctx, r, o, service)
	}
	switch {
	case !o.Mine:
		m.hand(o, actions.StartOrder, "it is for a listing that the program did not make")
		return nil
	case !known:
		m.hand(o, actions.StartOrder, fmt.Sprintf("the file has no service %q any more", cut(visible(o.Title), 60)))
		return nil
	case m.planner.Brain.Name() == OfflineName:
		m.hand(o, actions.StartOrder, "there is no model to work it with")
		return nil
	}
	if err := m.step(ctx, r, o, service); err != nil || ctx.Err() != nil {
		return err
	}
	return m.reply(ctx, r, o, service)
}

// written is all that a model may be shown of an order.
func (o Order) written() string {
	texts := []string{o.Requirements, o.Deliverables}
	for _, said := range o.Thread {
		texts = append(texts, said.Content)
	}
	return strings.Join(texts, partEnd)
}

func (m *seller) step(ctx context.Context, r *rand.Rand, o Order, s persona.Service) error {
	if m.busy(o.ID, actions.StartOrder, actions.Deliver, actions.Dispute, actions.CancelOrder) {
		if m.approval(o.ID) { // it may wait longer than the buyer does
			m.warns(o)
		}
		m.waits["not settled"]++
		return nil
	}
	switch o.Status {
	case "PAID":
		m.warns(o)
		return m.start(o)
	case "IN_PROGRESS", "REVISION":
		return m.work(ctx, r, o, s)
	}
	m.waits["with the buyer"]++
	return nil
}

func (m *seller) service(title string) (persona.Service, bool) {
	services := m.planner.Persona.Market.Services
	i := slices.IndexFunc(services, func(s persona.Service) bool { return SameTitle(s.Title, title) })
	if i < 0 {
		return persona.Service{}, false
	}
	return services[i], true
}

// busy reports whether the outcome of an action about an order is open.
func (m *seller) busy(target string, kinds ...actions.Kind) bool {
	return slices.ContainsFunc(m.open, func(e state.Entry) bool {
		return e.Target == target && slices.Contains(kinds, actions.Kind(e.Kind))
	})
}

// approval reports whether a step of an order waits for a person.
func (m *seller) approval(order string) bool {
	return slices.ContainsFunc(m.open, func(e state.Entry) bool {
		return e.Target == order && e.Status == state.Waiting && e.Kind != string(actions.OrderMessage)
	})
}

// start begins a paid order.
func (m *seller) start(o Order) error {
	a := actions.Action{
		Kind: actions.StartOrder, Target: o.ID,
		Why: fmt.Sprintf("ordered by @%s: %s, %s, due %s", visible(string(o.Buyer.Handle)), cut(visible(o.Title), 60), persona.Cents(o.Price), o.Due.UTC().Format("Jan 02 15:04 UTC")),
	}
	reason, err := m.lost(o, a)
	switch {
	case err != nil:
		return err
	case reason != "":
		m.hand(o, actions.StartOrder, reason)
		return nil
	}
	return m.plans(a)
}

// plans adds an action that has no text to be judged, if there is room for it.
func (m *seller) plans(a actions.Action) error {
	reason, err := m.free(a)
	if err != nil {
		return err
	}
	if reason != "" {
		m.waits[reason]++
		return nil
	}
	m.add(a)
	return nil
}

func (m *seller) add(a actions.Action) {
	m.used.add(a, m.planner.Persona.Limits)
	m.plan.Actions = append(m.plan.Actions, a)
}

// free says why an action cannot be taken now; empty when it can. Nothing is
// asked about what could not be done.
func (m *seller) free(a actions.Action) (string, error) {
	if reason, err := actions.Barred(m.planner.Store, a.Kind, m.now); err != nil || reason != "" {
		return reason, err
	}
	if reason, err := m.planner.room(m.used, a, m.now); err != nil || reason != "" {
		return reason, err
	}
	taken, err := m.planner.Store.Taken(a.Key())
	if err != nil {
		return "", fmt.Errorf("%w: %w", errStore, err)
	}
	if taken {
		return "done before", nil
	}
	return "", nil
}

// hand leaves an order to a person.
func (m *seller) hand(o Order, k actions.Kind, why string) {
	m.refuse(actions.Action{Kind: k, Target: o.ID, Why: "ordered by @" + visible(string(o.Buyer.Handle))}, Handed+strings.TrimPrefix(why, Handed))
}

// writes asks the brain for one text about one order. False: there is none, and
// the plan says why.
func (m *seller) writes(ctx context.Context, r *rand.Rand, a actions.Action, o *OrderBrief) (text string, ok bool, err error) {
	if m.down || m.texts == maxTexts {
		m.waits["for the model"]++
		return "", false, nil
	}
	m.texts++
	b := m.brief(a, "", nil)
	b.Own, b.Prompt, b.Order, b.Max = nil, "", o, mostOf(a.Kind)
	m.plan.Brain = m.planner.Brain.Name()
	text, err = m.planner.Brain.Write(ctx, r, b)
	if err != nil {
		m.down = true
		return "", false, m.fail(ctx, err)
	}
	return strings.TrimSpace(text), true, nil
}

// judge says which rule a text breaks; nil when it breaks none. Repetition is
// the last rule. It asks less of these texts than of public ones: a new version
// may be much like the one before, and two buyers may be told the same; but
// nothing is said twice about one order.
func (m *seller) judge(k actions.Kind, text string, o *OrderBrief) *TextError {
	text = strings.TrimSpace(text)
	if text != "" && (sameWords(text, o.Before) || slices.ContainsFunc(o.Thread, func(said apiclient.OrderMessage) bool { return sameWords(text, said.Content) })) {
		return &TextError{ReasonRepeat, "of what was said about the order before"}
	}
	t := Text{Kind: k, Text: text, Answers: o.Wish}
	refused := breaks(m.turn.texts, t)
	switch {
	case refused == nil || refused.Reason != ReasonRepeat:
		return refused
	case k == actions.OrderMessage:
		return nil
	}
	return breaks(m.turn.texts.without(o.Before), t)
}

func breaks(g textGuard, t Text) *TextError {
	var refused *TextError
	errors.As(g.check(t), &refused)
	return refused
}

// drops journals a text that was refused: its own words only where they hold no
// secret.
func (m *seller) drops(a actions.Action, text string, refused *TextError) {
	if !slices.Contains(secretive, refused.Reason) {
		a.Text = cut(text, mostOf(a.Kind))
	}
	m.consequences(a, string(refused.Reason), m.now)
	m.refuse(a, refusedText+refused.Error())
}

// without is the guard that does not know one own text.
func (g textGuard) without(text string) textGuard {
	if text == "" {
		return g
	}
	own, grams := g.own, g.grams
	g.own, g.grams = nil, nil
	for i, line := range own {
		if foldCase(line.Text) == foldCase(text) {
			continue
		}
		g.own = append(g.own, line)
		if grams != nil {
			g.grams = append(g.grams, grams[i])
		}
	}
	return g
}

// SameTitle reports whether two titles are those of one service.
func SameTitle(a, b string) bool {
	return foldCase(strings.TrimSpace(a)) == foldCase(strings.TrimSpace(b))
}

func sameWords(a, b string) bool {
	return foldCase(strings.TrimSpace(a)) == foldCase(strings.TrimSpace(b))
}
