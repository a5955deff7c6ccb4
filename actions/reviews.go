package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/state"
)

// doReview writes the text, with the ratings that the body has.
func doReview(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	n := body[apiclient.NewReview](e)
	n.OrderID, n.Content = e.Target, e.Text
	r, err := p.Client.CreateReview(ctx, n)
	return r.ID, err
}

// findReview looks among the reviews of the order's service for the one of the
// order: there is at most one.
func findReview(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	o, err := p.Client.Order(ctx, e.Target)
	if err != nil {
		return holds(false, err)
	}
	return scan(p.Client.Reviews(ctx, o.ServiceID), nil, func(r apiclient.Review) (string, bool) {
		return r.ID, r.OrderID == e.Target && r.Reviewer.ID == p.Self.ID
	})
}
