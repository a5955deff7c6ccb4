package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

const (
	perStatus  = 100 // orders read of each status
	perThread  = 100 // messages read of each order
	perOver    = 20  // orders read of those that are over
	mostOrders = 60  // orders looked at in one run, the most urgent first
	mostUnread = 3   // of them that cannot be read: then it is not the orders, and a run has its limit

	// overFor is how long the messages of an order that is over are read.
	overFor = 3 * 24 * time.Hour
)

// openStatuses are those in which something may still be done about an order; of
// one that is over only messages are answered.
var openStatuses = []string{"PAID", "IN_PROGRESS", "REVISION", "DELIVERED", "DISPUTED", over}

const over = "COMPLETED"

// market keeps the persona's listings as its file has them, works what was
// ordered, and remembers the reviews. As a buyer it does nothing: that is for
// the operator's hand.
func (j *Jobs) market(ctx context.Context, r run) (planner.Plan, error) {
	var stall planner.Stall
	var err error
	if stall.Listings, stall.Known, err = j.listings(ctx); err != nil && !j.goesOn(ctx, "the marketplace", err) {
		return planner.Plan{}, err
	}
	if stall.Orders, err = j.orders(ctx); err != nil {
		return planner.Plan{}, err
	}
	if err := j.Store.KeepPrivate(letters(stall.Orders)...); err != nil {
		return planner.Plan{}, &journalError{err}
	}
	if err := j.recipesFor(ctx, &stall); err != nil {
		return planner.Plan{}, err
	}
	plan, err := j.Planner.Market(ctx, r.rand, stall)
	if err != nil {
		return plan, err
	}
	if err := j.keepShort(plan.Short); err != nil {
		return plan, err
	}
	for _, refused := range plan.Refused {
		if why, handed := strings.CutPrefix(refused.Reason, planner.Handed); handed {
			j.Log.Warn("an order is left to you: imagined market", "order", refused.Action.Target, "why", why)
		}
	}
	return plan, j.inLine(stall)
}

// goesOn reports whether a run goes on without what could not be read, and says
// so: not without the journal, and not when it is stopped. An order is not to be
// late because of something else.
func (j *Jobs) goesOn(ctx context.Context, without string, err error) bool {
	var broken *journalError
	if errors.As(err, &broken) || ctx.Err() != nil {
		return false
	}
	j.Log.Warn("the market goes on without", "what", without, "err", err)
	return true
}

// cursorShort is when media that were ordered last waited for a limit; empty when
// none do.
const cursorShort = "market/short"

// shortFor is how long that keeps the persona from making media for itself: the
// market is looked at far more often, unless it is off.
const shortFor = 24 * time.Hour

func (j *Jobs) keepShort(short bool) error {
	before, err := j.Store.Cursor(cursorShort)
	now := ""
	if short {
		now = j.Now().UTC().Format(time.RFC3339)
	}
	if err == nil && now != before {
		err = j.Store.SetCursor(cursorShort, now)
	}
	if err != nil {
		return &journalError{err}
	}
	return nil
}

// ordersShort reports whether an order waits for what may still be made.
func (j *Jobs) ordersShort() (bool, error) {
	text, err := j.Store.Cursor(cursorShort)
	if err != nil {
		return false, &journalError{err}
	}
	at, err := time.Parse(time.RFC3339, text)
	return err == nil && j.Now().Sub(at).Abs() < shortFor && len(j.Persona.Market.Services) > 0, nil
}

// letters are what buyers wrote: nobody else is told of it.
func letters(orders []planner.Order) (texts []string) {
	for _, o := range orders {
		texts = append(texts, o.Requirements)
		for _, m := range o.Thread {
			if m.Sender.ID == o.Buyer.ID {
				texts = append(texts, m.Content)
			}
		}
	}
	return texts
}

// orders reads what was ordered from the persona and is not over, with what was
// said about it and what the journal knows.
func (j *Jobs) orders(ctx context.Context) ([]planner.Order, error) {
	var orders []planner.Order
	lists := apiclient.PageSize(ctx, perStatus)
	for _, status := range openStatuses {
		n, most := 0, perStatus
		if status == over {
			most = perOver
		}
		for o, err := range j.Client.Orders(lists, apiclient.OrderFilter{Role: "seller", Status: status}) {
			if err != nil {
				return nil, fmt.Errorf("read orders: %w", err)
			}
			mine := o.Status == status && j.sold(o) // the filters are the platform's word
			if mine && (status != over || j.Now().Sub(o.UpdatedAt) < overFor) {
				orders = append(orders, planner.Order{Order: o})
			}
			if n++; n == most {
				break
			}
		}
	}
	orders = eachOnce(orders)
	if err := j.agree(ctx, orders); err != nil {
		return nil, err
	}
	if err := j.recall(orders); err != nil {
		return nil, err
	}
	slices.SortStableFunc(orders, planner.Urgency)
	orders = orders[:min(len(orders), mostOrders)]
	failed := 0
	for i := range orders {
		if failed == mostUnread {
			orders[i].Unread = true
			continue
		}
		if err := j.readThread(ctx, &orders[i]); err != nil {
			if !j.goesOn(ctx, "an order", err) {
				return nil, err
			}
			failed++
			orders[i].Unread = true
		}
	}
	return orders, nil
}

// sold reports whether an order of the list of what was sold was. Whose it is the
// platform may leave out.
func (j *Jobs) sold(o apiclient.Order) bool {
	self := j.Planner.Self.ID
	return o.Seller.ID == self || o.Seller.ID == "" && o.Buyer.ID != self
}

// eachOnce keeps the newest reading of each order: one that moves on meanwhile is
// in two lists.
func eachOnce(orders []planner.Order) []planner.Order {
	slices.Reverse(orders) // of the same time, what was read last
	slices.SortStableFunc(orders, func(a, b planner.Order) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), b.UpdatedAt.Compare(a.UpdatedAt))
	})
	return slices.CompactFunc(orders, func(a, b planner.Order) bool { return a.ID == b.ID })
}

// Terms are what was agreed when an order was first seen: a listing may change
// after it.
type Terms struct {
	Title     string    `json:"title"`
	Due       time.Time `json:"due"`
	Revisions int       `json:"revisions"`
}

const cursorTerms = "market/terms"

// agree fills in what was agreed about each order. Terms of orders that are over
// are forgotten.
func (j *Jobs) agree(ctx context.Context, orders []planner.Order) error {
	known, err := AgreedTerms(j.Store.Cursor)
	if err != nil {
		return &journalError{err}
	}
	kept := make(map[string]Terms)
	for i := range orders {
		o := &orders[i]
		t, seen := known[o.ID]
		if !seen {
			if err := j.describe(ctx, &o.Order); err != nil {
				if !j.goesOn(ctx, "an order", err) {
					return err
				}
				o.Unread = true
			}
			t = termsOf(o.Order)
		}
		if !o.Unread {
			kept[o.ID] = t
		}
		o.Title, o.Due, o.Revisions = t.Title, t.Due, t.Revisions
		if _, o.Mine, err = j.Store.Maker(string(actions.CreateService), o.ServiceID); err != nil {
			return &journalError{err}
		}
	}
	if same(known, kept) {
		return nil
	}
	text, err := json.Marshal(kept)
	if err == nil {
		err = j.Store.SetCursor(cursorTerms, string(text))
	}
	if err != nil {
		return &journalError{err}
	}
	return nil
}

// unworked says that orders are open where the job that works them is off.
func (j *Jobs) unworked(row job) error {
	if row.name != "market" {
		return nil
	}
	known, err := AgreedTerms(j.Store.Cursor)
	if err != nil {
		return &journalError{err}
	}
	if len(known) > 0 {
		j.Log.Warn("the job market is off, and nobody works what was ordered: imagined market", "orders", len(known))
	}
	return nil
}

// describe reads the service of an order that comes without it.
func (j *Jobs) describe(ctx context.Context, o *apiclient.Order) error {
	if o.Service.Title != "" && o.Service.DeliveryDays > 0 {
		return nil
	}
	s, err := j.Client.Service(ctx, o.ServiceID)
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("read the service of order %s: %w", o.ID, err)
	}
	o.Service = s.Service
	return nil
}

// AgreedTerms reads the cursor in which the terms of open orders are kept, by
// order.
func AgreedTerms(cursor func(name string) (string, error)) (map[string]Terms, error) {
	text, err := cursor(cursorTerms)
	if err != nil {
		return nil, err
	}
	var known map[string]Terms
	_ = json.Unmarshal([]byte(text), &known) // never set: nothing is known
	return known, nil
}

func same(a, b map[string]Terms) bool {
	if len(a) != len(b) {
		return false
	}
	for id := range b {
		if _, ok := a[id]; !ok {
			return false
		}
	}
	return true
}

// termsOf reads the terms from the order. One whose service is gone is due in a
// day: nobody can say more.
func termsOf(o apiclient.Order) Terms {
	days := max(1, o.Service.DeliveryDays)
	return Terms{Title: o.Service.Title, Due: o.CreatedAt.Add(time.Duration(days) * 24 * time.Hour), Revisions: o.Service.Revisions}
}

// recall finds what the journal knows of the orders, and the media that are
// made for the delivery that is due.
func (j *Jobs) recall(orders []planner.Order) error {
	if len(orders) == 0 {
		return nil
	}
	since := j.Now()
	place := make(map[string]int)
	for i, o := range orders {
		place[o.ID] = i
		if o.CreatedAt.Before(since) {
			since = o.CreatedAt
		}
	}
	since = since.Add(-24 * time.Hour) // the clocks differ
	for _, kind := range []actions.Kind{actions.StartOrder, actions.Deliver, actions.OrderMessage, actions.Generate} {
		entries, err := j.Store.Entries(state.Filter{Since: since, Kind: string(kind)}, 0)
		if err != nil {
			return &journalError{err}
		}
		for _, e := range entries {
			id := e.Target
			if kind == actions.Generate {
				id = ofOrder(e.Slot)
			}
			if i, ok := place[id]; ok && id != "" {
				orders[i].Entries = append(orders[i].Entries, e)
			}
		}
	}
	for i := range orders {
		slices.SortFunc(orders[i].Entries, func(a, b state.Entry) int { return cmp.Compare(a.ID, b.ID) })
	}
	media, err := j.Store.MediaSince(since)
	if err != nil {
		return &journalError{err}
	}
	for i := range orders {
		orders[i].Media = mediaOf(orders[i], media)
	}
	return nil
}

// ofOrder is the order in the slot of a generation; empty when there is none.
func ofOrder(slot string) string {
	rest, ok := strings.CutPrefix(slot, "order/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// mediaOf finds the media of the delivery that is due.
func mediaOf(o planner.Order, media []state.Media) *state.Media {
	slot := planner.MediaSlot(o.ID, o.Delivery())
	for _, e := range o.Entries {
		if e.Kind != string(actions.Generate) || e.Slot != slot || e.Status == state.Dropped {
			continue
		}
		for i := range media {
			if media[i].ID == e.ID {
				return &media[i]
			}
		}
	}
	return nil
}

// readThread reads the newest messages of an order. One that is gone meanwhile
// has none.
func (j *Jobs) readThread(ctx context.Context, o *planner.Order) error {
	for m, err := range j.Client.OrderMessages(apiclient.PageSize(ctx, perThread), o.ID) {
		if errors.Is(err, apiclient.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read messages of order %s: %w", o.ID, err)
		}
		if o.Thread = append(o.Thread, m); len(o.Thread) == perThread {
			break
		}
	}
	slices.SortStableFunc(o.Thread, func(a, b apiclient.OrderMessage) int { return a.CreatedAt.Compare(b.CreatedAt) })
	j.attribute(o)
	return nil
}

// attribute takes every message of an order that the persona did not write for
// one of the buyer's, so that none is lost; where nobody is named, the journal
// knows what the persona wrote.
func (j *Jobs) attribute(o *planner.Order) {
	o.Buyer.ID = cmp.Or(o.Buyer.ID, "the buyer of "+o.ID)
	for i := range o.Thread {
		m := &o.Thread[i]
		own := m.Sender.ID == j.Planner.Self.ID
		if m.Sender.ID == "" {
			own = slices.ContainsFunc(o.Entries, func(e state.Entry) bool {
				return e.Kind == string(actions.OrderMessage) && e.Status == state.Done && (e.RemoteID == m.ID || e.Text == m.Content)
			})
		}
		m.Sender.ID = o.Buyer.ID
		if own {
			m.Sender.ID = j.Planner.Self.ID
		}
	}
}

// recipesFor looks up the recipes that an order needs: which can be used now,
// with what they name by name, and how many generations have room.
func (j *Jobs) recipesFor(ctx context.Context, stall *planner.Stall) error {
	stall.Idle, stall.Usable = make(map[int]string), make(map[int]persona.Recipe)
	recipes := j.Persona.Generation.Recipes
	for _, s := range j.Persona.Market.Services {
		n := s.Recipe()
		needed := slices.ContainsFunc(stall.Orders, func(o planner.Order) bool {
			return o.Media == nil && planner.SameTitle(o.Title, s.Title) && (o.Status == "IN_PROGRESS" || o.Status == "REVISION")
		})
		if _, looked := stall.Idle[n]; n == 0 || n > len(recipes) || looked || !needed {
			continue
		}
		usable, why, err := j.Generator.Usable(ctx, recipes[n-1:n])
		if err != nil {
			if !j.goesOn(ctx, "a recipe", err) {
				return err
			}
			why = err.Error()
		}
		stall.Idle[n] = why
		if why == "" {
			stall.Usable[n] = usable[0]
		}
	}
	if len(stall.Usable) == 0 {
		return nil
	}
	room, err := j.Generator.Room(ctx)
	if err != nil && !j.goesOn(ctx, "generations", err) {
		return err
	}
	stall.Room = room
	return nil
}
