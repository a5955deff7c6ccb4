package actions

import (
	"context"
	"fmt"
	"slices"
	"time"

	"imagined/apiclient"
	"imagined/state"
)

// Purchase is the body of an order: how it is paid, and the price that a person
// was shown. The platform is not told what price was meant, and a seller may
// change it while the order waits for approval.
type Purchase struct {
	apiclient.NewOrder
	Cents *int `json:"cents,omitempty"` // at most; nil: nobody was shown one
}

// dearer says why an order is not placed: it costs more than was agreed to, or
// what it costs cannot be read.
func dearer(ctx context.Context, p *Performer, service string, most *int) error {
	if most == nil {
		return nil
	}
	s, err := p.Client.Service(ctx, service)
	switch {
	case err != nil:
		return &apiclient.FieldError{Field: "price", Want: "it could not be read, and nothing was ordered: " + err.Error()}
	case s.Price > *most:
		return &apiclient.FieldError{Field: "price", Want: fmt.Sprintf("it was %s when the order was planned and is %s now: order it again if that is meant", Dollars(*most), Dollars(s.Price))}
	}
	return nil
}

// doOrder hands what is needed to pay the order to KeepSecret.
func doOrder(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	if p.KeepSecret == nil {
		return "", errNoKeeper("paymentMethod", "the answer holds what is needed to pay")
	}
	wanted := body[Purchase](e)
	if err := dearer(ctx, p, e.Target, wanted.Cents); err != nil {
		return "", err
	}
	n := wanted.NewOrder
	n.ServiceID, n.Requirements = e.Target, e.Text
	o, err := p.Client.PlaceOrder(ctx, n)
	for _, payment := range []struct{ what, value string }{{"card", o.ClientSecret}, {"coinbase", o.CheckoutURL}} {
		if err == nil && payment.value != "" {
			// The order stands whether or not this can be kept; a second
			// one would not be cheaper.
			_ = p.KeepSecret("order/"+o.ID+"/"+payment.what, payment.value)
		}
	}
	return o.ID, err
}

// findOrder takes an order that does not say what is wanted for the one with
// the text: a second one would be paid, too.
func findOrder(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return scan(p.Client.Orders(ctx, apiclient.OrderFilter{Role: "buyer"}), nil, func(o apiclient.Order) (string, bool) {
		same := p.own(o.Buyer) && o.ServiceID == e.Target && said(e.Text, o.Requirements)
		return o.ID, same && p.fresh(e, o.ID, o.CreatedAt)
	})
}

// doStep moves an order on. The text of a delivery is what is delivered.
func doStep(action string) do {
	return func(ctx context.Context, p *Performer, e state.Entry) (string, error) {
		u := apiclient.OrderUpdate{Action: action}
		if Kind(e.Kind) == Deliver {
			u.Deliverables = e.Text
		}
		_, err := p.Client.UpdateOrder(ctx, e.Target, u)
		return "", err
	}
}

// findState looks for an order in a state that only the step leads to.
func findState(states ...string) find {
	return func(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
		o, err := p.Client.Order(ctx, e.Target)
		return holds(slices.Contains(states, o.Status), err)
	}
}

// findStart: every later state but those that an order can be given up to
// proves the start.
func findStart(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return findState("IN_PROGRESS", "DELIVERED", "REVISION", "COMPLETED")(ctx, p, e)
}

// findDeliver: in the states that only follow a delivery, it was made. In those
// that may follow an earlier one, what was delivered tells.
func findDeliver(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	o, err := p.Client.Order(ctx, e.Target)
	delivered := fold(o.Deliverables) == fold(e.Text)
	switch o.Status {
	case "DELIVERED", "COMPLETED":
		return holds(true, err)
	case "REVISION", "DISPUTED", "REFUNDED":
		return holds(delivered && e.Text != "", err)
	}
	return holds(false, err)
}

// findRevision: an order that is delivered again since was sent back before. It
// was delivered when the revision was asked for, too, so the time of that
// delivery is part of the baseline.
func findRevision(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	o, err := p.Client.Order(ctx, e.Target)
	if err != nil || o.Status != "DELIVERED" {
		return holds(o.Status == "REVISION", err)
	}
	mark := "delivered " + o.UpdatedAt.UTC().Format(time.RFC3339Nano)
	return finding{found: !slices.Contains(e.Baseline, mark), mark: mark, complete: true}, nil
}

// doOrderMessage sends the text, with the attachments that the body names.
func doOrderMessage(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	n := body[apiclient.NewOrderMessage](e)
	n.Content = e.Text
	m, err := p.Client.SendOrderMessage(ctx, e.Target, n)
	return m.ID, err
}

func findOrderMessage(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := scan(p.Client.OrderMessages(ctx, e.Target), nil, func(m apiclient.OrderMessage) (string, bool) {
		return m.ID, p.wrote(e, m.ID, m.Sender, m.Content, m.CreatedAt)
	})
	return below(ctx, e.Target, p.Client.Order, in, err)
}
