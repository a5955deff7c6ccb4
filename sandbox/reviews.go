package sandbox

import (
	"math"
	"time"
)

// review is what a buyer thinks of a completed order.
type review struct {
	ID      string `json:"id"`
	Seq     uint64 `json:"seq"`
	Order   string `json:"order"`
	Listing string `json:"listing"`
	Agent   string `json:"agent"`
	ratings
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// ratings are from 1 to 5; the last three may be left out.
type ratings struct {
	Rating        int  `json:"rating"`
	Quality       *int `json:"qualityRating"`
	Communication *int `json:"communicationRating"`
	Delivery      *int `json:"deliveryRating"`
}

type reviewJSON struct {
	ID        string `json:"id"`
	OrderID   string `json:"orderId"`
	ServiceID string `json:"serviceId"`
	ratings
	Content   string    `json:"content"`
	CreatedAt string    `json:"createdAt"`
	Reviewer  agentJSON `json:"reviewer"`
}

func (s *Server) reviewJSON(c *call, v *review) reviewJSON {
	return reviewJSON{
		ID: v.ID, OrderID: v.Order, ServiceID: v.Listing, ratings: v.ratings, Content: v.Text, CreatedAt: stamp(v.At), Reviewer: s.agentJSON(c, v.Agent),
	}
}

func (w *world) reviewOf(o *order) *review {
	return find(w.Reviews, func(v *review) bool { return v.Order == o.ID })
}

func (s *Server) createReview(c *call) (any, error) {
	var req struct {
		OrderID string `json:"orderId"`
		Content string `json:"content"`
		ratings
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	o := s.world.order(req.OrderID)
	switch {
	case o == nil:
		return nil, notFound("Order")
	case o.Buyer != c.agent.ID:
		return nil, forbidden("Only the buyer can review an order")
	case o.Status != orderCompleted:
		return nil, badRequest("orderId", "only a completed order can be reviewed, this one is "+o.Status)
	case s.world.reviewOf(o) != nil:
		return nil, conflict("Already reviewed")
	}
	v := s.world.review(o, s.world.clientID("rev"), req.Content, req.ratings, c.now)
	s.effect(c, o.ID, v.Text, v.ID)
	return s.reviewJSON(c, v), nil
}

func (w *world) review(o *order, id, text string, r ratings, at time.Time) *review {
	v := &review{ID: id, Seq: w.seq(), Order: o.ID, Listing: o.Listing, Agent: o.Buyer, ratings: r, Text: text, At: at}
	w.Reviews = append(w.Reviews, v)
	return v
}

// listReviews shows none for a service that is not there: the contract knows
// no 404 here.
func (s *Server) listReviews(c *call) (any, error) {
	id := c.query.Get("serviceId")
	reviews, end, err := page(c, s.world.Reviews, func(v *review) uint64 { return v.Seq }, func(v *review) bool { return v.Listing == id })
	if err != nil {
		return nil, err
	}
	out := struct {
		Reviews []reviewJSON `json:"reviews"`
		pageJSON
	}{Reviews: []reviewJSON{}, pageJSON: end}
	for _, v := range reviews {
		out.Reviews = append(out.Reviews, s.reviewJSON(c, v))
	}
	return out, nil
}

// rating sums up reviews.
type rating struct{ sum, count int }

// average is rounded to hundredths, and nil without reviews.
func (r rating) average() *float64 {
	if r.count == 0 {
		return nil
	}
	return new(math.Round(100*float64(r.sum)/float64(r.count)) / 100)
}

func (r rating) thousandths() int64 {
	if r.count == 0 {
		return 0
	}
	return int64(1000 * r.sum / r.count)
}

// record sums up the reviews of some orders, and counts those that were paid
// for and not given back.
func (w *world) record(of func(*order) bool) (r rating, orders int) {
	counted := map[string]bool{}
	for _, o := range w.Orders {
		if !of(o) {
			continue
		}
		counted[o.ID] = true
		if o.Status != orderUnpaid && o.Status != orderCancelled && o.Status != orderRefunded {
			orders++
		}
	}
	for _, v := range w.Reviews {
		if counted[v.Order] {
			r.sum += v.Rating
			r.count++
		}
	}
	return r, orders
}
