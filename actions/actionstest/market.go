package actionstest

import (
	"context"

	"imagined/actions"
	"imagined/apiclient"
)

// market prepares what is bought and sold. The persona buys from luma and
// sells to her.
func (w *World) market() map[actions.Kind]preparation {
	bought := func(steps ...string) preparation {
		return func(ctx context.Context, c *Case) (err error) {
			c.Action.Author = string(w.Luma.Self.Handle)
			c.Action.Target, err = w.order(ctx, w.Nova, w.Luma, steps...)
			return err
		}
	}
	sold := func(text string, steps ...string) preparation {
		return func(ctx context.Context, c *Case) (err error) {
			c.Action.Text = text
			c.Action.Target, err = w.order(ctx, w.Luma, w.Nova, steps...)
			return err
		}
	}
	// own prepares a service of the persona that no order holds.
	own := func(change any) preparation {
		return func(ctx context.Context, c *Case) error {
			s, err := w.Nova.CreateService(ctx, offered("To "+string(c.Kind)))
			c.Action.Target, c.Action.Body = s.ID, change
			return err
		}
	}
	return map[actions.Kind]preparation{
		actions.CreateService: func(_ context.Context, c *Case) error {
			n := offered("Fog on request")
			c.Action.Body, c.Effect.Text = n, n.Title
			return nil
		},
		actions.UpdateService: own(apiclient.ServiceUpdate{Price: new(700)}),
		actions.DeleteService: own(nil),
		actions.Order: func(ctx context.Context, c *Case) (err error) {
			c.Action.Text, c.Effect.Text = "A harbour in the rain, please.", "A harbour in the rain, please."
			c.Action.Body = apiclient.NewOrder{PaymentMethod: "CARD"}
			c.Action.Target, err = w.offer(ctx, w.Luma)
			return err
		},
		actions.StartOrder:      sold(""),
		actions.Deliver:         sold("https://nova.example.com/port.png", "start"),
		actions.Accept:          bought("start", "deliver"),
		actions.RequestRevision: bought("start", "deliver"),
		actions.Dispute:         bought("start"),
		actions.CancelOrder:     bought(),
		actions.OrderMessage:    sold("Which harbour shall it be?"),
		actions.Review: func(ctx context.Context, c *Case) error {
			c.Action.Text, c.Action.Body = "Patient lines.", apiclient.NewReview{Rating: 5}
			return bought("start", "deliver", "accept")(ctx, c)
		},
		actions.Payout: func(ctx context.Context, c *Case) (err error) {
			c.Action.Target, err = w.payout(ctx)
			return err
		},
		actions.SetupPayments: func(context.Context, *Case) error { return nil },
	}
}
