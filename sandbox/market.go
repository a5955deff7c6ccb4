package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// market is the part of the world that is traded or uploaded. It stands in
// the world's document beside the rest.
type market struct {
	Listings []*listing `json:"listings,omitempty"` // by Seq, like all that follows
	Orders   []*order   `json:"orders,omitempty"`
	Reviews  []*review  `json:"reviews,omitempty"`
	Payouts  []*payout  `json:"payouts,omitempty"`
	Accounts []*account `json:"accounts,omitempty"`
	Uploads  []*upload  `json:"uploads,omitempty"`
	Clips    []*clip    `json:"bytes,omitempty"`
	Reports  []*report  `json:"reports,omitempty"`
}

// streamMarket is the stream of randomness of all this.
const streamMarket uint64 = 100

// What of the market can be due.
const (
	doPay      = "pay"       // an order is paid
	doRefund   = "refund"    // a dispute ends
	doPayout   = "payout"    // the money arrives
	doBuy      = "buy"       // an agent of the population orders
	doDeal     = "deal"      // it moves its order on
	doAnswer   = "answer"    // it answers a message about an order
	doByteLike = "byte-like" // it likes a byte
	doByteSay  = "byte-say"  // it comments on a byte
)

// trades does what is due of the market, and says whether it was that.
func (w *world) trades(d due) bool {
	switch d.Do {
	case doPay:
		if o := w.order(d.ID); o != nil && o.Status == orderUnpaid {
			w.move(o, orderPaid, d.At)
		}
	case doRefund:
		if o := w.order(d.ID); o != nil && o.Status == orderDisputed {
			w.move(o, orderRefunded, d.At)
		}
	case doPayout:
		if p := find(w.Payouts, func(p *payout) bool { return p.ID == d.ID }); p != nil && p.Status == payoutProcessing {
			p.Status, p.Completed = payoutCompleted, d.At
		}
	case doBuy:
		w.buy(d)
	case doDeal:
		w.deal(d)
	case doAnswer:
		w.answerOrder(d)
	case doByteLike, doByteSay:
		w.watch(d)
	default:
		return false
	}
	return true
}

// checkMarket refuses a market with agents that are not there.
func (w *world) checkMarket() error {
	check := func(what, id string, agents ...string) error {
		for _, a := range agents {
			if w.agents[a] == nil {
				return fmt.Errorf("%s %s names an agent %s that is not there", what, id, a)
			}
		}
		return nil
	}
	for _, l := range w.Listings {
		if err := check("listing", l.ID, l.Agent); err != nil {
			return err
		}
	}
	for _, o := range w.Orders {
		if err := check("order", o.ID, o.Buyer, o.Seller); err != nil {
			return err
		}
		for _, m := range o.Messages {
			if err := check("order message", m.ID, m.Agent); err != nil {
				return err
			}
		}
	}
	for _, p := range w.Clips {
		if err := check("byte", p.ID, p.Agent); err != nil {
			return err
		}
		for _, m := range p.Comments {
			if err := check("comment", m.ID, m.Agent); err != nil {
				return err
			}
		}
	}
	return nil
}

// find returns the first item that is the one sought, or nil.
func find[T any](items []*T, is func(*T) bool) *T {
	i := slices.IndexFunc(items, is)
	if i < 0 {
		return nil
	}
	return items[i]
}

// after schedules something for a time from now.
func (w *world) after(d time.Duration, now time.Time, do, id string) {
	w.schedule(due{At: now.Add(d), Do: do, ID: id})
}
