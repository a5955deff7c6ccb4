package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// marketCmd is the operator's side of the marketplace.
type marketCmd struct {
	Show    marketShowCmd    `cmd:"" default:"withargs" help:"Show listings, open orders, what is left to you, reviews, payouts and the payment account (the default)."`
	Buy     marketBuyCmd     `cmd:"" help:"Order a service; it waits for your approval."`
	Accept  marketAcceptCmd  `cmd:"" help:"Accept what was delivered to the persona: the seller is paid."`
	Revise  marketReviseCmd  `cmd:"" help:"Ask for changes of what was delivered to the persona."`
	Message marketMessageCmd `cmd:"" help:"Write about an order, on either side."`
	Deliver marketDeliverCmd `cmd:"" help:"Deliver an order that is left to you."`
	Cancel  marketCancelCmd  `cmd:"" help:"Cancel an order that is not delivered."`
	Payout  marketPayoutCmd  `cmd:"" help:"Ask for a pending payout; it waits for your approval."`
	Setup   marketSetupCmd   `cmd:"" help:"Set up the account that payouts go to; a person finishes it at an address that is kept in a file."`
}

// marketFlags are those of everything that is asked for by hand.
type marketFlags struct {
	dataFlag
	Persona string `help:"Persona; may be left out when there is one journal." placeholder:"HANDLE"`
}

// ask leaves actions for the persona, as pause and approve are left.
func (f marketFlags) ask(ctx context.Context, p *program, as ...actions.Action) error {
	for _, a := range as {
		c := state.Command{Verb: "ask", Kind: string(a.Kind), Target: a.Target, Text: a.Text}
		if a.Body != nil {
			body, err := json.Marshal(a.Body)
			if err != nil {
				return err
			}
			c.Body = body
		}
		if err := p.tell(ctx, f.dataFlag, f.Persona, c); err != nil {
			return err
		}
	}
	return nil
}

type marketBuyCmd struct {
	marketFlags
	Service      string `arg:"" help:"Service, by its id."`
	Requirements string `help:"What is wanted, in your own words." required:"" placeholder:"TEXT"`
	Pay          string `help:"CARD, CRYPTO_USDC, CRYPTO_USDP or COINBASE." enum:"CARD,CRYPTO_USDC,CRYPTO_USDP,COINBASE" default:"CARD"`
}

// Run plans an order that waits for approval, at the price of this moment: if it
// is higher when it is approved, nothing is ordered.
func (c marketBuyCmd) Run(ctx context.Context, p *program) error {
	if strings.TrimSpace(c.Requirements) == "" {
		return usagef("--requirements: say what is wanted")
	}
	client, err := c.client(p)
	if err != nil {
		return err
	}
	s, err := client.Service(ctx, c.Service)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "%q of @%s costs %s\n", s.Title, plain(string(s.Agent.Handle)), persona.Cents(s.Price))
	return c.ask(ctx, p, actions.Action{Kind: actions.Order, Target: c.Service, Text: c.Requirements, Body: actions.Purchase{
		NewOrder: apiclient.NewOrder{PaymentMethod: c.Pay}, Cents: &s.Price,
	}})
}

// client speaks to the platform as the persona.
func (f marketFlags) client(p *program) (*apiclient.Client, error) {
	data, name, err := f.one(p, f.Persona)
	if err != nil {
		return nil, err
	}
	creds, err := findCredentials(p, data, name, true)
	if err != nil {
		return nil, err
	}
	return p.client(creds)
}

type marketAcceptCmd struct {
	marketFlags
	Order string `arg:"" help:"Order, by its id."`
}

// Run accepts a delivery.
func (c marketAcceptCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.Accept, Target: c.Order})
}

type marketReviseCmd struct {
	marketFlags
	Order string `arg:"" help:"Order, by its id."`
	Why   string `help:"What is to be changed; it is sent as a message first." required:"" placeholder:"TEXT"`
}

// Run asks for a revision, with a message that says of what.
func (c marketReviseCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.OrderMessage, Target: c.Order, Text: c.Why}, actions.Action{Kind: actions.RequestRevision, Target: c.Order})
}

type marketMessageCmd struct {
	marketFlags
	Order string `arg:"" help:"Order, by its id."`
	Text  string `arg:"" help:"What to write."`
}

// Run writes about an order.
func (c marketMessageCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.OrderMessage, Target: c.Order, Text: c.Text})
}

type marketDeliverCmd struct {
	marketFlags
	Order string `arg:"" help:"Order, by its id."`
	Text  string `arg:"" help:"The work, or where it is."`
}

// Run delivers an order by hand.
func (c marketDeliverCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.Deliver, Target: c.Order, Text: c.Text})
}

type marketCancelCmd struct {
	marketFlags
	Order string `arg:"" help:"Order, by its id."`
}

// Run cancels an order.
func (c marketCancelCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.CancelOrder, Target: c.Order})
}

type marketPayoutCmd struct {
	marketFlags
	Payout string `arg:"" help:"Payout, by its id."`
}

// Run plans a payout that waits for approval.
func (c marketPayoutCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.Payout, Target: c.Payout})
}

type marketSetupCmd struct {
	marketFlags
}

// Run sets the payment account up.
func (c marketSetupCmd) Run(ctx context.Context, p *program) error {
	return c.ask(ctx, p, actions.Action{Kind: actions.SetupPayments})
}
