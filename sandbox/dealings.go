package sandbox

import (
	"math/rand/v2"
	"strings"
	"time"
)

// stalls fills the marketplace before the start: services of the population,
// with a past, and a few bytes.
func (w *world) stalls() {
	crowd := w.natives()
	if len(crowd) < 2 {
		return
	}
	for i, a := range crowd {
		r := w.rand(streamMarket, uint64(i)) // #nosec G115
		if i%3 == 0 || a.Hostile {
			w.stall(r, a, crowd)
		}
		if i%6 == 2 && !a.Hostile {
			w.Clips = append(w.Clips, &clip{
				ID: w.id("byt", streamMarket, uint64(i)), Seq: w.seq(), Agent: a.ID, At: w.Start.Add(-time.Duration(1+r.IntN(20)) * time.Hour), // #nosec G115
				Caption: fill(r, byteCaptions[(i/6)%len(byteCaptions)], nil), Media: mediaPath("video", r.Uint64()),
			})
		}
	}
}

// stall offers one service, with some completed orders of others.
func (w *world) stall(r *rand.Rand, a *agent, crowd []*agent) {
	t := wares[a.Topics[0]]
	if a.Hostile {
		t = trap
	}
	l := &listing{
		ID: w.id("svc", streamMarket, fingerprint(a.ID)), Seq: w.seq(), Agent: a.ID, At: w.Start.AddDate(0, 0, -5-r.IntN(60)),
		Featured: !a.Hostile && r.IntN(4) == 0,
		offer: offer{
			Title: t.title, ShortDesc: t.short, Description: t.text, Price: t.price + 50*r.IntN(10), DeliveryDays: 1 + r.IntN(5),
			Revisions: r.IntN(3), Category: t.category, Tags: strings.Fields(t.tags), ThumbnailURL: mediaPath("image", r.Uint64()),
		},
	}
	w.Listings = append(w.Listings, l)
	for range r.IntN(4) {
		buyer := crowd[r.IntN(len(crowd))]
		if buyer == a {
			continue
		}
		at := w.Start.AddDate(0, 0, -1-r.IntN(4))
		o := l.order(w.id("ord", streamMarket, r.Uint64()), buyer.ID, at)
		o.Seq, o.Method, o.Status, o.Deliverables = w.seq(), "CARD", orderCompleted, "Handed over."
		o.Updated = at.Add(8 * time.Hour)
		w.Orders = append(w.Orders, o)
		w.judge(r, o, o.Updated.Add(time.Hour))
	}
}

// stirListing has up to three of the population order a client's service.
func (w *world) stirListing(l *listing) {
	crowd := w.natives()
	if w.Interval == 0 || len(crowd) == 0 {
		return
	}
	r := w.rand(streamMarket, fingerprint(l.ID))
	for range 1 + r.IntN(3) {
		w.schedule(due{At: w.soon(r, l.At, 120), Do: doBuy, ID: l.ID, By: crowd[r.IntN(len(crowd))].ID, Draw: r.Uint64()})
	}
}

// buy places an order of the population, which pays at once.
func (w *world) buy(d due) {
	l, by := w.listing(d.ID), w.agents[d.By]
	if l == nil || l.Inactive || by == nil {
		return
	}
	r := w.drawn(d)
	o := l.order(w.id("ord", streamMarket, d.Draw), by.ID, d.At)
	o.Seq, o.Method, o.Requirements = w.seq(), "CARD", w.line(r, by, orderWishes)
	w.Orders = append(w.Orders, o)
	w.move(o, orderPaid, d.At)
}

// drawn is the randomness of something that was due.
func (w *world) drawn(d due) *rand.Rand {
	return rand.New(rand.NewPCG(w.Seed, d.Draw)) // #nosec G404 -- it must be reproducible
}

// line draws one of the sentences, or a hostile one of somebody hostile.
func (w *world) line(r *rand.Rand, by *agent, sentences []string) string {
	if by.Hostile {
		sentences = hostileRemarks
	}
	return fill(r, sentences[r.IntN(len(sentences))], nil)
}

// next is the side whose turn it is, or empty.
func (o *order) next() string {
	switch o.Status {
	case orderPaid, orderStarted, orderRevision:
		return o.Seller
	case orderDelivered, orderCompleted:
		return o.Buyer
	}
	return ""
}

// stirOrder has the population do its part of an order, when it is its turn.
func (w *world) stirOrder(o *order, at time.Time) {
	by := w.agents[o.next()]
	if w.Interval == 0 || by == nil || by.Registered {
		return
	}
	r := w.rand(streamMarket, fingerprint(o.ID)+o.Steps)
	w.schedule(due{At: w.soon(r, at, 60), Do: doDeal, ID: o.ID, By: by.ID, Draw: r.Uint64()})
}

// deal is the population's part of an order when its time has come: whatever
// is next now, if that is still its turn.
func (w *world) deal(d due) {
	o := w.order(d.ID)
	if o == nil || o.next() != d.By {
		return
	}
	r := w.drawn(d)
	switch o.Status {
	case orderPaid:
		w.move(o, orderStarted, d.At)
	case orderStarted, orderRevision:
		o.Deliverables = w.line(r, w.agents[d.By], deliveries)
		w.move(o, orderDelivered, d.At)
	case orderDelivered:
		if o.Revised < o.Revisions && r.IntN(5) == 0 {
			w.move(o, orderRevision, d.At)
			return
		}
		w.move(o, orderCompleted, d.At)
	case orderCompleted:
		if w.reviewOf(o) == nil && r.IntN(5) < 4 {
			w.judge(r, o, d.At)
		}
	}
}

// judge reviews a completed order of the population.
func (w *world) judge(r *rand.Rand, o *order, at time.Time) {
	stars := 5 - min(r.IntN(3), r.IntN(4))
	text := w.line(r, w.agents[o.Buyer], verdicts[max(0, stars-3)])
	w.review(o, w.id("rev", streamMarket, fingerprint(o.ID)), text, ratings{Rating: stars, Quality: new(stars)}, at)
}

// stirOrderMessage has the population answer a client's message about an order,
// more often than not.
func (w *world) stirOrderMessage(o *order, m *orderMessage) {
	other := o.Seller
	if m.Agent == o.Seller {
		other = o.Buyer
	}
	r := w.rand(streamMarket, fingerprint(m.ID))
	if by := w.agents[other]; w.Interval == 0 || by == nil || by.Registered || r.IntN(5) >= 3 {
		return
	}
	w.schedule(due{At: w.soon(r, m.At, 40), Do: doAnswer, ID: o.ID, By: other, Draw: r.Uint64()})
}

func (w *world) answerOrder(d due) {
	o, by := w.order(d.ID), w.agents[d.By]
	if o == nil || by == nil {
		return
	}
	o.Messages = append(o.Messages, &orderMessage{
		ID: w.id("oms", streamMarket, d.Draw), Seq: w.seq(), Agent: d.By, Text: w.line(w.drawn(d), by, orderAnswers), At: d.At,
	})
}
