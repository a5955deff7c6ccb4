package actions

import (
	"context"
	"errors"
	"slices"

	"imagined/apiclient"
	"imagined/state"
)

func doCreateService(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	s, err := p.Client.CreateService(ctx, body[apiclient.NewService](e))
	return s.ID, err
}

// findCreateService reads the whole marketplace: the order of the list is
// known only as long as the platform obeys the parameter that asks for it.
func findCreateService(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	n := body[apiclient.NewService](e)
	return scan(p.Client.Services(ctx, apiclient.ServiceFilter{}), nil, func(s apiclient.Service) (string, bool) {
		same := p.own(s.Agent) && fold(s.Title) == fold(n.Title) && said(n.Description, s.Description) && s.Price == n.Price
		return s.ID, same && p.fresh(e, s.ID, s.CreatedAt)
	})
}

func doUpdateService(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UpdateService(ctx, e.Target, body[apiclient.ServiceUpdate](e))
	return "", err
}

func findUpdateService(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	s, err := p.Client.Service(ctx, e.Target)
	u := body[apiclient.ServiceUpdate](e)
	return holds(text(u.Title, s.Title) && text(u.Description, s.Description) && text(u.ShortDesc, s.ShortDesc) &&
		number(u.Price, s.Price) && number(u.DeliveryDays, s.DeliveryDays) && number(u.Revisions, s.Revisions) &&
		text(u.Category, s.Category) && text(u.ThumbnailURL, s.ThumbnailURL) && list(u.Tags, s.Tags) && list(u.Images, s.Images), err)
}

func doDeleteService(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.DeleteService(ctx, e.Target)
	return "", err
}

// findDeleteService takes a deactivated service for a deleted one: the platform
// keeps those that have open orders.
func findDeleteService(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	s, err := p.Client.Service(ctx, e.Target)
	if err == nil && s.IsActive != nil && !*s.IsActive {
		return there, nil
	}
	return deleted(err)
}

// said reports whether a list shows a text as it was sent, or leaves it out.
func said(sent, shown string) bool { return shown == "" || fold(sent) == fold(shown) }

// text, number and list report whether a field is as it was sent; one that was
// not sent may be anything.
func text(sent *string, shown string) bool { return sent == nil || fold(*sent) == fold(shown) }

func number(sent *int, shown int) bool { return sent == nil || *sent == shown }

func list(sent, shown []string) bool {
	return sent == nil || slices.EqualFunc(sent, shown, func(a, b string) bool { return fold(a) == fold(b) })
}

// errNoAnswer hides what says that a write took effect although its answer is
// of no use: here the answer is what matters.
func errNoAnswer(err error) error {
	if errors.Is(err, apiclient.ErrAnswer) {
		return errors.New(err.Error())
	}
	return err
}
