package apiclient_test

import (
	"context"

	"imagined/apiclient"
)

var marketPlays = []play{
	{op: "listServices", works: func(ctx context.Context, s *scene) error {
		id := s.offer(s.luma)
		list, err := collect(s.nova.Services(ctx, apiclient.ServiceFilter{Search: "harbour sketches", MaxPrice: 500, SortBy: "price"}))
		return that(err, len(list) == 1 && list[0].ID == id && list[0].Price == 500, list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(collect(s.nova.Services(ctx, apiclient.ServiceFilter{SortBy: "luck"})))
	}}}},
	{op: "createService", works: func(ctx context.Context, s *scene) error {
		v, err := s.nova.CreateService(ctx, sketches)
		return that(err, v.ID != "" && v.Title == sketches.Title && v.Agent.Handle == "nova_bot", v)
	}},
	{op: "getService", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.nova, s.luma, "start", "deliver", "accept")
		v := must(s.nova.CreateReview(s.ctx(), apiclient.NewReview{OrderID: id, Rating: 4, Content: "Fine work."}))(s)
		d, err := s.nova.Service(ctx, v.ServiceID)
		return that(err, d.AvgRating == 4 && d.OrderCount == 1 && len(d.Reviews) == 1 && d.Reviews[0].ID == v.ID, d)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.Service(ctx, gone)) }}}},
	{op: "updateService", works: func(ctx context.Context, s *scene) error {
		v, err := s.nova.UpdateService(ctx, s.offer(s.nova), apiclient.ServiceUpdate{Price: new(750)})
		return that(err, v.Price == 750 && v.Title == sketches.Title, v)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			return only(s.nova.UpdateService(ctx, s.offer(s.luma), apiclient.ServiceUpdate{Price: new(1)}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.UpdateService(ctx, gone, apiclient.ServiceUpdate{Price: new(1)}))
		}},
	}},
	{op: "deleteService", works: func(ctx context.Context, s *scene) error {
		order := s.order(s.luma, s.nova)
		open := must(s.luma.Order(s.ctx(), order))(s).ServiceID
		r, err := s.nova.DeleteService(ctx, open)
		return that(err, r.Deactivated && !*must(s.luma.Service(s.ctx(), open))(s).IsActive, r)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { return only(s.nova.DeleteService(ctx, s.offer(s.luma))) }},
		{404, func(ctx context.Context, s *scene) error { // deleted before
			id := s.offer(s.nova)
			must(s.nova.DeleteService(s.ctx(), id))(s)
			return only(s.nova.DeleteService(ctx, id))
		}},
	}},
	{op: "listOrders", works: func(ctx context.Context, s *scene) error {
		s.order(s.luma, s.nova)
		id := s.order(s.nova, s.luma)
		list, err := collect(s.nova.Orders(ctx, apiclient.OrderFilter{Role: "buyer", Status: "PAID"}))
		return that(err, len(list) == 1 && list[0].ID == id, list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(collect(s.nova.Orders(ctx, apiclient.OrderFilter{Status: "LOST"})))
	}}}},
	{op: "placeOrder", works: func(ctx context.Context, s *scene) error {
		o, err := s.nova.PlaceOrder(ctx, apiclient.NewOrder{ServiceID: s.offer(s.luma), Requirements: "The old port", PaymentMethod: "CARD"})
		return that(err, o.Status == "PENDING_PAYMENT" && o.Price == 500 && o.ClientSecret != "" && o.Requirements == "The old port", o)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // one's own
			return only(s.nova.PlaceOrder(ctx, apiclient.NewOrder{ServiceID: s.offer(s.nova), PaymentMethod: "CARD"}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.PlaceOrder(ctx, apiclient.NewOrder{ServiceID: gone, PaymentMethod: "CARD"}))
		}},
	}},
	{op: "getOrder", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.nova, s.luma)
		o, err := s.nova.Order(ctx, id)
		return that(err, o.ID == id && o.Status == "PAID" && o.Seller.Handle == "luma" && o.Buyer.Handle == "nova_bot", o)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { return only(s.orb.Order(ctx, s.order(s.nova, s.luma))) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.Order(ctx, gone)) }},
	}},
	{op: "updateOrder", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.nova, s.luma, "start")
		o, err := s.luma.UpdateOrder(ctx, id, apiclient.OrderUpdate{Action: "deliver", Deliverables: "https://luma.example.com/port.png"})
		return that(err, o.Status == "DELIVERED" && o.Deliverables == "https://luma.example.com/port.png", o)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // not started
			return only(s.luma.UpdateOrder(ctx, s.order(s.nova, s.luma), apiclient.OrderUpdate{Action: "deliver"}))
		}},
		{400, func(ctx context.Context, s *scene) error { // one revision was agreed
			id := s.order(s.nova, s.luma, "start", "deliver", "request_revision", "deliver")
			return only(s.nova.UpdateOrder(ctx, id, apiclient.OrderUpdate{Action: "request_revision"}))
		}},
		{403, func(ctx context.Context, s *scene) error { // the seller's step
			return only(s.nova.UpdateOrder(ctx, s.order(s.nova, s.luma), apiclient.OrderUpdate{Action: "start"}))
		}},
		{403, func(ctx context.Context, s *scene) error {
			return only(s.orb.UpdateOrder(ctx, s.order(s.nova, s.luma), apiclient.OrderUpdate{Action: "cancel"}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.UpdateOrder(ctx, gone, apiclient.OrderUpdate{Action: "cancel"}))
		}},
	}},
	{op: "listOrderMessages", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.nova, s.luma)
		m := must(s.luma.SendOrderMessage(s.ctx(), id, apiclient.NewOrderMessage{Content: "Draft attached."}))(s)
		list, err := collect(s.nova.OrderMessages(ctx, id))
		return that(err, len(list) == 1 && list[0].ID == m.ID && list[0].Sender.Handle == "luma", list)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			return only(collect(s.orb.OrderMessages(ctx, s.order(s.nova, s.luma))))
		}},
		{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.OrderMessages(ctx, gone))) }},
	}},
	{op: "sendOrderMessage", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.nova, s.luma)
		m, err := s.nova.SendOrderMessage(ctx, id, apiclient.NewOrderMessage{Content: "At low tide?", Attachments: []string{"https://nova.example.com/tide.png"}})
		return that(err, m.OrderID == id && m.Content == "At low tide?" && len(m.Attachments) == 1, m)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			return only(s.orb.SendOrderMessage(ctx, s.order(s.nova, s.luma), apiclient.NewOrderMessage{Content: "And I?"}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.SendOrderMessage(ctx, gone, apiclient.NewOrderMessage{Content: "Hello?"}))
		}},
	}},
	{op: "listReviews", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.luma, s.nova, "start", "deliver", "accept")
		v := must(s.luma.CreateReview(s.ctx(), apiclient.NewReview{OrderID: id, Rating: 5, Content: "Fine work."}))(s)
		list, err := collect(s.nova.Reviews(ctx, v.ServiceID))
		return that(err, len(list) == 1 && list[0].ID == v.ID && list[0].Rating == 5, list)
	}},
	{op: "createReview", works: func(ctx context.Context, s *scene) error {
		id := s.order(s.nova, s.luma, "start", "deliver", "accept")
		v, err := s.nova.CreateReview(ctx, apiclient.NewReview{OrderID: id, Rating: 5, Content: "Fine work.", QualityRating: 4})
		return that(err, v.OrderID == id && v.Rating == 5 && v.QualityRating == 4 && v.Reviewer.Handle == "nova_bot", v)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // not completed
			return only(s.nova.CreateReview(ctx, apiclient.NewReview{OrderID: s.order(s.nova, s.luma, "start"), Rating: 5, Content: "Fine."}))
		}},
		{403, func(ctx context.Context, s *scene) error { // the seller
			id := s.order(s.luma, s.nova, "start", "deliver", "accept")
			return only(s.nova.CreateReview(ctx, apiclient.NewReview{OrderID: id, Rating: 5, Content: "Fine."}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateReview(ctx, apiclient.NewReview{OrderID: gone, Rating: 5, Content: "Fine."}))
		}},
		{409, func(ctx context.Context, s *scene) error {
			v := apiclient.NewReview{OrderID: s.order(s.nova, s.luma, "start", "deliver", "accept"), Rating: 5, Content: "Fine."}
			must(s.nova.CreateReview(s.ctx(), v))(s)
			return only(s.nova.CreateReview(ctx, v))
		}},
	}},
	{op: "listPayouts", works: func(ctx context.Context, s *scene) error {
		id := s.earned(s.nova, s.luma)
		list, err := collect(s.nova.Payouts(ctx, "PENDING"))
		return that(err, len(list) == 1 && list[0].ID == id && list[0].Amount == 500, list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { return only(collect(s.nova.Payouts(ctx, "LOST"))) }}}},
	{op: "requestPayout", works: func(ctx context.Context, s *scene) error {
		id := s.earned(s.nova, s.luma)
		s.onboard(s.nova)
		p, err := s.nova.RequestPayout(ctx, id)
		return that(err, p.ID == id && p.Status == "PROCESSING", p)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // before onboarding
			return only(s.nova.RequestPayout(ctx, s.earned(s.nova, s.luma)))
		}},
		{400, func(ctx context.Context, s *scene) error { // once is enough
			id := s.earned(s.nova, s.luma)
			s.onboard(s.nova)
			must(s.nova.RequestPayout(s.ctx(), id))(s)
			return only(s.nova.RequestPayout(ctx, id))
		}},
		{403, func(ctx context.Context, s *scene) error {
			return only(s.nova.RequestPayout(ctx, s.earned(s.luma, s.nova)))
		}},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.RequestPayout(ctx, gone)) }},
	}},
	{op: "getPaymentAccount", works: func(ctx context.Context, s *scene) error {
		s.onboard(s.nova)
		r, err := s.nova.PaymentAccount(ctx)
		return that(err, r.ChargesEnabled && r.PayoutsEnabled, r)
	}},
	{op: "setupPaymentAccount", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.SetupPaymentAccount(ctx, apiclient.NewPaymentAccount{PreferCrypto: true, Wallet: "0x0000000000000000000000000000000000000001"})
		return that(err, r.OnboardingURL != "", r)
	}},
	{op: "createReport", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.CreateReport(ctx, apiclient.NewReport{Reason: "SPAM", Description: "On every post", PostID: s.post(s.luma)})
		return that(err, r.ID != "" && r.Reason == "SPAM", r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateReport(ctx, apiclient.NewReport{Reason: "BORING", AgentID: s.luma.ID}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateReport(ctx, apiclient.NewReport{Reason: "SPAM", PostID: gone}))
		}},
	}},
}
