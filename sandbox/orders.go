package sandbox

import (
	"fmt"
	"time"
)

// disputeTime is how long a dispute lasts. The platform then gives the money
// back; how it really decides is not documented.
const disputeTime = 24 * time.Hour

// order is one order of a service. Price and revisions are those agreed when
// it was placed.
type order struct {
	ID           string          `json:"id"`
	Seq          uint64          `json:"seq"`
	Listing      string          `json:"listing"`
	Buyer        string          `json:"buyer"`
	Seller       string          `json:"seller"`
	Status       string          `json:"status"`
	Price        int             `json:"price"` // US cents
	Revisions    int             `json:"revisions"`
	Revised      int             `json:"revised,omitempty"` // revisions asked for so far
	Method       string          `json:"method"`
	Requirements string          `json:"requirements,omitempty"`
	Deliverables string          `json:"deliverables,omitempty"`
	Messages     []*orderMessage `json:"messages,omitempty"`
	Steps        uint64          `json:"steps,omitempty"` // changes of status so far
	At           time.Time       `json:"at"`
	Updated      time.Time       `json:"updated"`
}

// The states of an order.
const (
	orderUnpaid    = "PENDING_PAYMENT"
	orderPaid      = "PAID"
	orderStarted   = "IN_PROGRESS"
	orderDelivered = "DELIVERED"
	orderRevision  = "REVISION"
	orderCompleted = "COMPLETED"
	orderCancelled = "CANCELLED"
	orderDisputed  = "DISPUTED"
	orderRefunded  = "REFUNDED"
)

// open tells whether something can still happen to the order.
func (o *order) open() bool {
	return o.Status != orderCompleted && o.Status != orderCancelled && o.Status != orderRefunded
}

type orderJSON struct {
	ID            string       `json:"id"`
	ServiceID     string       `json:"serviceId"`
	Status        string       `json:"status"`
	Price         int          `json:"price"`
	PaymentMethod string       `json:"paymentMethod"`
	Requirements  *string      `json:"requirements"`
	Deliverables  *string      `json:"deliverables"`
	CreatedAt     string       `json:"createdAt"`
	UpdatedAt     string       `json:"updatedAt"`
	ClientSecret  *string      `json:"clientSecret,omitempty"`        // to the buyer, when it is placed
	CheckoutURL   *string      `json:"coinbaseCheckoutUrl,omitempty"` // likewise
	Service       *listingJSON `json:"service,omitempty"`             // unless it was deleted since
	Buyer         agentJSON    `json:"buyer"`
	Seller        agentJSON    `json:"seller"`
}

func (s *Server) orderJSON(c *call, o *order) orderJSON {
	out := orderJSON{
		ID: o.ID, ServiceID: o.Listing, Status: o.Status, Price: o.Price, PaymentMethod: o.Method,
		Requirements: orNull(o.Requirements), Deliverables: orNull(o.Deliverables),
		CreatedAt: stamp(o.At), UpdatedAt: stamp(o.Updated), Buyer: s.agentJSON(c, o.Buyer), Seller: s.agentJSON(c, o.Seller),
	}
	if l := s.world.listing(o.Listing); l != nil {
		out.Service = new(s.listingJSON(c, l))
	}
	return out
}

func (w *world) order(id string) *order {
	return find(w.Orders, func(o *order) bool { return o.ID == id })
}

// ownOrder returns the order that the path names and the caller's side of it.
func (s *Server) ownOrder(c *call) (o *order, side string, err error) {
	o = s.world.order(c.path["orderId"])
	switch {
	case o == nil:
		return nil, "", notFound("Order")
	case o.Buyer == c.agent.ID:
		return o, "buyer", nil
	case o.Seller == c.agent.ID:
		return o, "seller", nil
	}
	return nil, "", forbidden("Only the buyer and the seller can see an order")
}

// placeOrder takes an order, and the money for it a little later: the sandbox
// pays for everybody.
func (s *Server) placeOrder(c *call) (any, error) {
	var req struct {
		ServiceID    string `json:"serviceId"`
		Requirements string `json:"requirements"`
		Method       string `json:"paymentMethod"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	l := s.world.listing(req.ServiceID)
	switch {
	case l == nil:
		return nil, notFound("Service")
	case l.Inactive:
		return nil, badRequest("serviceId", "the service is no longer offered")
	case l.Agent == c.agent.ID:
		return nil, badRequest("serviceId", "an agent cannot order its own service")
	}
	o := l.order(s.world.clientID("ord"), c.agent.ID, c.now)
	o.Seq, o.Method, o.Requirements = s.world.seq(), req.Method, req.Requirements
	s.world.Orders = append(s.world.Orders, o)
	s.world.after(s.cfg.SettleTime, c.now, doPay, o.ID)
	s.effect(c, l.ID, req.Requirements, o.ID)
	out := s.orderJSON(c, o)
	switch req.Method {
	case "CARD":
		out.ClientSecret = new("pi_" + o.ID + "_secret_sandbox")
	case "COINBASE":
		out.CheckoutURL = new(c.base + controlPath + "checkout/" + o.ID)
	}
	return out, nil
}

// order makes an order on the terms of the listing.
func (l *listing) order(id, buyer string, now time.Time) *order {
	return &order{
		ID: id, Listing: l.ID, Buyer: buyer, Seller: l.Agent, Status: orderUnpaid,
		Price: l.Price, Revisions: l.Revisions, At: now, Updated: now,
	}
}

func (s *Server) getOrder(c *call) (any, error) {
	o, _, err := s.ownOrder(c)
	if err != nil {
		return nil, err
	}
	return s.orderJSON(c, o), nil
}

func (s *Server) listOrders(c *call) (any, error) {
	role, status := c.query.Get("role"), c.query.Get("status")
	orders, end, err := page(c, s.world.Orders, func(o *order) uint64 { return o.Seq }, func(o *order) bool {
		buys, sells := o.Buyer == c.agent.ID, o.Seller == c.agent.ID
		return (buys && role != "seller" || sells && role != "buyer") && (status == "" || status == o.Status)
	})
	if err != nil {
		return nil, err
	}
	out := struct {
		Orders []orderJSON `json:"orders"`
		pageJSON
	}{Orders: []orderJSON{}, pageJSON: end}
	for _, o := range orders {
		out.Orders = append(out.Orders, s.orderJSON(c, o))
	}
	return out, nil
}

// updateOrder takes the step that the contract has for the action. A revision
// more than agreed is refused (assumed).
func (s *Server) updateOrder(c *call) (any, error) {
	var req struct {
		Action       string `json:"action"`
		Deliverables string `json:"deliverables"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	o, side, err := s.ownOrder(c)
	if err != nil {
		return nil, err
	}
	step, err := contractRules().step(req.Action, side, o.Status)
	if err != nil {
		return nil, err
	}
	if step.To == orderRevision && o.Revised >= o.Revisions {
		return nil, badRequest("action", fmt.Sprintf("the %d agreed revisions are used up", o.Revisions))
	}
	if step.To == orderDelivered {
		o.Deliverables = req.Deliverables
	}
	s.world.move(o, step.To, c.now)
	s.effect(c, o.ID, req.Action, "")
	return s.orderJSON(c, o), nil
}

// move puts an order into a state, and sets off what follows from that.
func (w *world) move(o *order, to string, at time.Time) {
	o.Status, o.Updated = to, at
	o.Steps++
	switch to {
	case orderRevision:
		o.Revised++
	case orderDisputed:
		w.after(disputeTime, at, doRefund, o.ID)
	case orderCompleted:
		w.Payouts = append(w.Payouts, &payout{
			ID: w.id("pay", streamMarket, fingerprint(o.ID)), Seq: w.seq(), Agent: o.Seller, Order: o.ID,
			Amount: o.Price, Status: payoutPending, At: at,
		})
	}
	w.stirOrder(o, at)
}

// orderMessage is said between buyer and seller.
type orderMessage struct {
	ID          string    `json:"id"`
	Seq         uint64    `json:"seq"`
	Agent       string    `json:"agent"`
	Text        string    `json:"text"`
	Attachments []string  `json:"attachments,omitempty"`
	At          time.Time `json:"at"`
}

type orderMessageJSON struct {
	ID          string    `json:"id"`
	OrderID     string    `json:"orderId"`
	Content     string    `json:"content"`
	Attachments []string  `json:"attachments"`
	CreatedAt   string    `json:"createdAt"`
	Sender      agentJSON `json:"sender"`
}

func (s *Server) orderMessageJSON(c *call, o *order, m *orderMessage) orderMessageJSON {
	return orderMessageJSON{
		ID: m.ID, OrderID: o.ID, Content: m.Text, Attachments: orEmpty(m.Attachments), CreatedAt: stamp(m.At), Sender: s.agentJSON(c, m.Agent),
	}
}

func (s *Server) sendOrderMessage(c *call) (any, error) {
	var req struct {
		Content     string   `json:"content"`
		Attachments []string `json:"attachments"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	o, _, err := s.ownOrder(c)
	if err != nil {
		return nil, err
	}
	m := &orderMessage{
		ID: s.world.clientID("oms"), Seq: s.world.seq(), Agent: c.agent.ID, Text: req.Content, Attachments: req.Attachments, At: c.now,
	}
	o.Messages = append(o.Messages, m)
	s.effect(c, o.ID, m.Text, m.ID)
	s.world.stirOrderMessage(o, m)
	return s.orderMessageJSON(c, o, m), nil
}

func (s *Server) listOrderMessages(c *call) (any, error) {
	o, _, err := s.ownOrder(c)
	if err != nil {
		return nil, err
	}
	messages, end, err := page(c, o.Messages, func(m *orderMessage) uint64 { return m.Seq }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Messages []orderMessageJSON `json:"messages"`
		pageJSON
	}{Messages: []orderMessageJSON{}, pageJSON: end}
	for _, m := range messages {
		out.Messages = append(out.Messages, s.orderMessageJSON(c, o, m))
	}
	return out, nil
}
