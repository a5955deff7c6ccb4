package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

type marketShowCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	JSON   bool   `help:"Print one JSON object a line." name:"json"`
}

// marketLine is one line of what market shows. Money is in US cents.
type marketLine struct {
	What   string    `json:"what"` // listing, order, waiting, review, payout or account
	ID     string    `json:"id"`
	Side   string    `json:"side,omitempty"` // of an order: seller or buyer
	Status string    `json:"status"`
	Title  string    `json:"title,omitempty"`
	With   string    `json:"with,omitempty"` // handle
	Cents  int       `json:"cents"`
	Rating float64   `json:"rating,omitempty"`
	At     time.Time `json:"at,omitzero"` // of an open order: when it is due
	Note   string    `json:"note,omitempty"`
}

// Run shows the persona's side of the marketplace. It reads the platform and a
// copy of the journal, and works beside a running daemon.
func (c marketShowCmd) Run(ctx context.Context, p *program) error {
	data, name, err := c.one(p, c.Handle)
	if err != nil {
		return err
	}
	store, done, err := openCopy(data, name)
	if err != nil {
		return err
	}
	defer done()
	client, me, err := marketAccount(ctx, p, data, store, name)
	if err != nil {
		return err
	}
	m := marketView{client: client, store: store, self: me.ID, data: data, handle: name}
	var failed []error // what cannot be read hides nothing else
	for _, part := range []func(context.Context) error{m.listings, m.orders, m.waiting, m.reviews, m.payouts, m.account} {
		if err := part(ctx); err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if c.JSON {
		enc := json.NewEncoder(p.out)
		for _, line := range m.lines {
			if err := enc.Encode(line); err != nil {
				return err
			}
		}
		return errors.Join(failed...)
	}
	m.print(p.out)
	return errors.Join(failed...)
}

// marketAccount is the persona's account, asked whose it is.
func marketAccount(ctx context.Context, p *program, data string, store *state.Store, name string) (client *apiclient.Client, me apiclient.Profile, err error) {
	if err := hasPlatform(store, name); err != nil {
		return nil, me, err
	}
	creds, err := findCredentials(p, data, name, true)
	if err != nil {
		return nil, me, err
	}
	if client, err = p.client(creds); err != nil {
		return nil, me, err
	}
	if me, err = client.Me(ctx); err != nil {
		return nil, me, err
	}
	if string(me.Handle) != name {
		return nil, me, usagef("the credentials are those of @%.30s, not of @%s", me.Handle, name)
	}
	return client, me, nil
}

// marketView gathers what is shown.
type marketView struct {
	client *apiclient.Client
	store  *state.Store
	self   string
	data   string
	handle string
	lines  []marketLine
	totals string
}

func (m *marketView) listings(ctx context.Context) error {
	for s, err := range m.client.Services(apiclient.PageSize(ctx, 100), apiclient.ServiceFilter{}) {
		if err != nil {
			return err
		}
		_, mine, err := m.store.Maker(string(actions.CreateService), s.ID)
		if err != nil {
			return err
		}
		if s.Agent.ID != m.self && !mine { // the list may leave out whose it is
			continue
		}
		line := marketLine{What: "listing", ID: s.ID, Status: "listed", Title: s.Title, Cents: s.Price, Rating: s.AvgRating, Note: fmt.Sprintf("%d orders", s.OrderCount)}
		if !mine {
			line.Note += "; made by hand: left alone"
		}
		m.lines = append(m.lines, line)
	}
	return nil
}

// closed are the statuses of orders that are over.
var closed = []string{"COMPLETED", "CANCELLED", "REFUNDED"}

// shownOrders is how many orders of each side are looked through.
const shownOrders = 200

func (m *marketView) orders(ctx context.Context) error {
	handed, err := m.handed()
	if err != nil {
		return err
	}
	terms, err := jobs.AgreedTerms(m.store.Cursor)
	if err != nil {
		return err
	}
	for _, side := range []string{"seller", "buyer"} {
		n := 0
		for o, err := range m.client.Orders(apiclient.PageSize(ctx, 100), apiclient.OrderFilter{Role: side}) {
			if err != nil {
				return err
			}
			if n++; n > shownOrders {
				break
			}
			with := o.Buyer.Handle
			if side == "buyer" {
				with = o.Seller.Handle
			}
			if !slices.Contains(closed, o.Status) {
				note := handed[o.ID]
				if o.Status == "DELIVERED" && note == leftTo(planner.DueSoon) {
					note = "" // it was delivered after all
				}
				m.lines = append(m.lines, marketLine{
					What: "order", ID: o.ID, Side: side, Status: o.Status, Title: cmp.Or(o.Service.Title, terms[o.ID].Title), With: string(with), Cents: o.Price,
					At: terms[o.ID].Due, Note: note,
				})
			}
		}
	}
	return nil
}

// handed are the orders that the program left to a person, with the reason.
func (m *marketView) handed() (map[string]string, error) {
	dropped, err := m.store.Entries(state.Filter{Status: state.Dropped}, 0)
	reasons := make(map[string]string)
	for _, e := range dropped {
		if strings.HasPrefix(e.Error, planner.Handed) {
			reasons[e.Target] = leftTo(e.Error)
		}
	}
	return reasons, err
}

func leftTo(reason string) string {
	return "left to you: " + strings.TrimPrefix(reason, planner.Handed)
}

func (m *marketView) waiting(context.Context) error {
	open, err := m.store.OpenEntries()
	for _, e := range open {
		if kind := actions.Kind(e.Kind); slices.Contains(jobs.Askable, kind) {
			m.lines = append(m.lines, marketLine{
				What: "waiting", ID: state.FormatID(e.ID), Status: string(e.Status), Title: e.Kind + " " + e.Target, At: e.PlannedAt, Note: e.Text,
			})
		}
	}
	return err
}

func (m *marketView) reviews(context.Context) error {
	known, err := jobs.RememberedReviews(m.store.Cursor)
	for _, v := range known.Kept[:min(len(known.Kept), 10)] {
		m.lines = append(m.lines, marketLine{What: "review", ID: v.ID, Status: "remembered", With: v.By, Rating: float64(v.Rating), At: v.At, Note: v.Text})
	}
	if known.Count > 0 {
		m.totals = fmt.Sprintf("%d reviews, %.1f stars on average\n", known.Count, float64(known.Stars)/float64(known.Count))
	}
	return err
}

func (m *marketView) payouts(ctx context.Context) error {
	n := 0
	for o, err := range m.client.Payouts(apiclient.PageSize(ctx, 50), "") {
		if err != nil {
			return err
		}
		if n++; n > 50 {
			break
		}
		if o.Status != "COMPLETED" {
			m.lines = append(m.lines, marketLine{What: "payout", ID: o.ID, Status: o.Status, Title: "of order " + o.OrderID, Cents: o.Amount, At: o.CreatedAt})
		}
	}
	sum, err := m.client.PayoutSummary(ctx)
	m.totals += fmt.Sprintf("payouts: %s pending, %s under way, %s paid\n", persona.Cents(sum.Pending), persona.Cents(sum.Processing), persona.Cents(sum.Completed))
	return err
}

func (m *marketView) account(ctx context.Context) error {
	a, err := m.client.PaymentAccount(ctx)
	if err != nil {
		return err
	}
	line := marketLine{What: "account", Status: "ready"}
	if !a.PayoutsEnabled {
		line.Status, line.Note = "not ready", "imagined market setup"
		path := keptPath(m.data, m.handle, "onboarding")
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			line.Note = "a person finishes it at the address in " + path
		}
	}
	m.lines = append(m.lines, line)
	return nil
}

// print writes one line for each; what strangers wrote is quoted.
func (m *marketView) print(w io.Writer) {
	for _, l := range m.lines {
		parts := []string{fmt.Sprintf("%-8s", l.What)}
		add := func(given bool, text string) {
			if given {
				parts = append(parts, text)
			}
		}
		add(l.ID != "", plain(l.ID))
		add(l.Side != "", "as "+l.Side)
		add(true, plain(l.Status))
		add(l.Cents != 0, persona.Cents(l.Cents).String())
		add(l.Title != "", fmt.Sprintf("%q", l.Title))
		add(l.With != "", "@"+plain(l.With))
		add(l.Rating > 0, fmt.Sprintf("%.1f stars", l.Rating))
		add(!l.At.IsZero() && l.What == "order", "due "+l.At.Local().Format("Jan 02 15:04"))
		add(l.Note != "", fmt.Sprintf("(%s)", strings.Trim(fmt.Sprintf("%q", l.Note), `"`)))
		_, _ = fmt.Fprintln(w, strings.Join(parts, " "))
	}
	_, _ = fmt.Fprint(w, m.totals)
}
