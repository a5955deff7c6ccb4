package sandbox_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/sandbox"
)

const (
	servicesPath = "/api/marketplace/services"
	ordersPath   = "/api/marketplace/orders"
	reviewsPath  = "/api/marketplace/reviews"
	payoutsPath  = "/api/marketplace/payouts"
	connectPath  = "/api/marketplace/connect"
)

// offers makes a service and returns its id.
func (a *agent) offers(title string, price, revisions int, category string) string {
	a.t.Helper()
	return a.post(servicesPath, fmt.Sprintf(`{"title":%q,"description":"All of it","shortDesc":"Some","price":%d,"deliveryDays":1,"revisions":%d,"category":%q,"tags":["ink"]}`,
		title, price, revisions, category)).want(201).text("id")
}

// orders places an order that is paid, and returns its path.
func (a *agent) orders(service string) string {
	a.t.Helper()
	id := a.post(ordersPath, fmt.Sprintf(`{"serviceId":%q,"requirements":"The old port","paymentMethod":"CARD"}`, service)).want(201).text("id")
	a.clock.add(2 * time.Second)
	return ordersPath + "/" + id
}

func (a *agent) patch(path, body string) *reply { a.t.Helper(); return a.do("PATCH", path, body) }

func (a *agent) act(order, action string) *reply {
	a.t.Helper()
	return a.patch(order, fmt.Sprintf(`{"action":%q,"deliverables":"https://nova.example.com/%s.png"}`, action, action))
}

func id(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func TestServer_services(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	r := a.post(servicesPath, `{"title":"Harbour sketches","description":"One ink sketch","shortDesc":"Ink","price":500,"deliveryDays":1,"revisions":2,"category":"CREATIVE","tags":["ink","sketch"],"images":["https://example.com/a.png"]}`).want(201)
	r.has("price", "500").has("tags", `["ink","sketch"]`).has("isActive", "true").has("avgRating", "null").has("orderCount", "0").has("thumbnailUrl", "null").
		has("images", `["https://example.com/a.png"]`).has("agent.handle", `"nova_bot"`).has("featured", "false")
	at := servicesPath + "/" + r.text("id")
	p.anonymous().get(at).want(200).has("title", `"Harbour sketches"`).has("reviews", "[]").has("agentStats.services", "1").has("agentStats.completedOrders", "0")
	a.patch(at, `{"price":750,"tags":["pen"]}`).want(200).has("price", "750").has("tags", `["pen"]`).has("title", `"Harbour sketches"`).has("revisions", "2")
	p.anonymous().get(at).want(200).has("price", "750").has("images", `["https://example.com/a.png"]`)
	a.patch(at, `{"price":-1}`).refused(400, "price")
	a.post(servicesPath, `{"title":"x"}`).refused(400, "")
	b.patch(at, `{"price":1}`).refused(403, "seller")
	b.delete(at).refused(403, "seller")
	p.anonymous().delete(at).refused(401, "token")
	a.delete(at).want(200).has("deactivated", "false")
	a.delete(at).refused(404, "Service")
	a.patch(at, `{"price":1}`).refused(404, "Service")
	p.anonymous().get(at).refused(404, "Service")
	p.effects("createService", "updateService", "deleteService")
}

func TestServer_listServices(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	for i, price := range []int{300, 100, 200, 200} {
		a.offers(fmt.Sprintf("Unique %c", 'A'+i), price, 0, []string{"ODD", "EVEN"}[i%2])
		p.clock.add(time.Second)
	}
	titles := func(query string) string {
		t.Helper()
		var got []string
		for cursor := ""; ; {
			r := p.anonymous().get(servicesPath + "?search=unique&limit=3" + query + "&cursor=" + cursor).want(200)
			for i := range r.list("services") {
				got = append(got, strings.TrimPrefix(r.text(fmt.Sprintf("services.%d.title", i)), "Unique "))
			}
			if cursor = r.text("nextCursor"); cursor == "" {
				return strings.Join(got, "")
			}
		}
	}
	tests := []struct{ name, query, want string }{
		{name: "newest first", want: "DCBA"},
		{name: "oldest first", query: "&sortOrder=asc", want: "ABCD"},
		{name: "dear first", query: "&sortBy=price", want: "ADCB"},
		{name: "cheap first", query: "&sortBy=price&sortOrder=asc", want: "BCDA"},
		{name: "unrated by rating", query: "&sortBy=avgRating", want: "DCBA"},
		{name: "never ordered by orders", query: "&sortBy=orderCount&sortOrder=asc", want: "ABCD"},
		{name: "category", query: "&category=odd", want: "CA"},
		{name: "least price", query: "&minPrice=200", want: "DCA"},
		{name: "most price", query: "&maxPrice=200", want: "DCB"},
		{name: "between", query: "&minPrice=150&maxPrice=250", want: "DC"},
		{name: "the platform features none of a client's", query: "&featured=true", want: ""},
		{name: "not featured", query: "&featured=false", want: "DCBA"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.clock.add(time.Minute)
			if got := titles(tt.query); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	p.anonymous().get(servicesPath+"?sortBy=luck").refused(400, "sortBy")
	p.anonymous().get(servicesPath+"?minPrice=-1").refused(400, "minPrice")
	p.anonymous().get(servicesPath+"?cursor=xyz").refused(400, "cursor")
	if n := len(p.anonymous().get(servicesPath + "?limit=100").want(200).list("services")); n < 10 {
		t.Errorf("%d services of the population and ours, want 10 at least", n)
	}
}

func TestServer_orderFromPaymentToReview(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	seller, buyer, other := p.register("nova_bot"), p.register("luma_bot"), p.register("mira_bot")
	service := seller.offers("Sketches", 500, 1, "CREATIVE")
	r := buyer.post(ordersPath, fmt.Sprintf(`{"serviceId":%q,"requirements":"The old port","paymentMethod":"CARD"}`, service)).want(201)
	r.has("status", `"PENDING_PAYMENT"`).has("price", "500").has("requirements", `"The old port"`).has("buyer.handle", `"luma_bot"`).
		has("seller.handle", `"nova_bot"`).has("service.id", fmt.Sprintf("%q", service)).has("coinbaseCheckoutUrl", "null")
	if r.text("clientSecret") == "" {
		t.Errorf("no clientSecret: %s", r.body)
	}
	order := ordersPath + "/" + r.text("id")
	seller.patch(servicesPath+"/"+service, `{"price":9900,"revisions":0}`).want(200) // the order keeps its terms
	buyer.get(order).want(200).has("status", `"PENDING_PAYMENT"`).has("clientSecret", "null")
	seller.act(order, "start").refused(400, "PENDING_PAYMENT")
	p.clock.add(2 * time.Second)
	buyer.get(order).want(200).has("status", `"PAID"`).has("updatedAt", `"2026-03-01T12:00:02.000Z"`)

	review := fmt.Sprintf(`{"orderId":%q,"rating":4,"content":"Fine work","deliveryRating":5}`, r.text("id"))
	other.get(order).refused(403, "buyer")
	other.act(order, "cancel").refused(403, "buyer")
	buyer.act(order, "start").refused(403, "seller")
	seller.act(order, "accept").refused(403, "buyer")
	buyer.post(reviewsPath, review).refused(400, "PAID")
	seller.act(order, "start").want(200).has("status", `"IN_PROGRESS"`)
	seller.act(order, "start").refused(400, "IN_PROGRESS")
	seller.act(order, "deliver").want(200).has("status", `"DELIVERED"`).has("deliverables", `"https://nova.example.com/deliver.png"`)
	buyer.act(order, "cancel").refused(400, "DELIVERED")
	buyer.act(order, "request_revision").want(200).has("status", `"REVISION"`)
	seller.act(order, "deliver").want(200)
	buyer.act(order, "request_revision").refused(400, "1 agreed revisions")
	buyer.act(order, "accept").want(200).has("status", `"COMPLETED"`).has("price", "500")
	buyer.act(order, "dispute").refused(400, "COMPLETED")
	buyer.act(order, "dance").refused(400, "action")

	seller.post(reviewsPath, review).refused(403, "buyer")
	buyer.post(reviewsPath, strings.Replace(review, `"rating":4`, `"rating":6`, 1)).refused(400, "rating")
	buyer.post(reviewsPath, strings.Replace(review, r.text("id"), "ord_9", 1)).refused(404, "Order")
	buyer.post(reviewsPath, review).want(201).has("rating", "4").has("deliveryRating", "5").has("qualityRating", "null").has("reviewer.handle", `"luma_bot"`)
	buyer.post(reviewsPath, review).refused(409, "reviewed")
	p.anonymous().get(reviewsPath+"?serviceId="+service).want(200).has("reviews.0.content", `"Fine work"`).has("reviews.1", "null")
	p.anonymous().get(reviewsPath+"?serviceId=svc_9").want(200).has("reviews", "[]")
	p.anonymous().get(reviewsPath).refused(400, "serviceId")
	second := buyer.orders(service)
	for _, step := range []string{"start", "deliver"} {
		seller.act(second, step).want(200)
	}
	buyer.act(second, "accept").want(200)
	buyer.post(reviewsPath, fmt.Sprintf(`{"orderId":%q,"rating":1,"content":"Not again"}`, id(second))).want(201)
	p.anonymous().get(servicesPath+"/"+service).want(200).has("avgRating", "2.5").has("orderCount", "2").has("agentStats.completedOrders", "2").
		has("agentStats.reviewCount", "2").has("reviews.0.content", `"Not again"`)
}

func TestServer_placeOrder(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	seller, buyer := p.register("nova_bot"), p.register("luma_bot")
	service := seller.offers("Sketches", 500, 1, "CREATIVE")
	body := func(service, method string) string {
		return fmt.Sprintf(`{"serviceId":%q,"paymentMethod":%q}`, service, method)
	}
	seller.post(ordersPath, body(service, "CARD")).refused(400, "own service")
	buyer.post(ordersPath, body("svc_9", "CARD")).refused(404, "Service")
	buyer.post(ordersPath, body(service, "SHELLS")).refused(400, "paymentMethod")
	p.anonymous().post(ordersPath, body(service, "CARD")).refused(401, "token")
	for method, wants := range map[string]string{"CARD": "clientSecret", "COINBASE": "coinbaseCheckoutUrl", "CRYPTO_USDC": "", "CRYPTO_USDP": ""} {
		r := buyer.post(ordersPath, body(service, method)).want(201)
		for _, field := range []string{"clientSecret", "coinbaseCheckoutUrl"} {
			if got := r.text(field) != ""; got != (field == wants) {
				t.Errorf("%s: %s: %v: %s", method, field, got, r.body)
			}
		}
	}
	r := buyer.post(ordersPath, body(service, "COINBASE")).want(201)
	p.anonymous().get(strings.TrimPrefix(r.text("coinbaseCheckoutUrl"), p.url)).want(200)
	buyer.get(ordersPath+"/"+r.text("id")).want(200).has("status", `"PAID"`)
	p.anonymous().get("/_sandbox/checkout/ord_9").want(404)

	seller.delete(servicesPath+"/"+service).want(200).has("deactivated", "true")
	seller.delete(servicesPath+"/"+service).want(200).has("deactivated", "true")
	p.anonymous().get(servicesPath+"/"+service).want(200).has("isActive", "false")
	p.anonymous().get(servicesPath+"?search=Sketches").want(200).has("services", "[]")
	buyer.post(ordersPath, body(service, "CARD")).refused(400, "no longer offered")
	for range 5 {
		open := buyer.get(ordersPath + "?limit=100").want(200)
		for i := range open.list("orders") {
			if s := open.text(fmt.Sprintf("orders.%d.status", i)); s == "PAID" || s == "PENDING_PAYMENT" {
				buyer.act(ordersPath+"/"+open.text(fmt.Sprintf("orders.%d.id", i)), "cancel").want(200)
				break
			}
		}
	}
	seller.delete(servicesPath+"/"+service).want(200).has("deactivated", "false") // none is open any more
	buyer.get(ordersPath+"/"+r.text("id")).want(200).has("service", "null").has("status", `"CANCELLED"`).has("serviceId", fmt.Sprintf("%q", service))
}

func TestServer_listOrders(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	ours, theirs := a.offers("Ours", 100, 0, "X"), b.offers("Theirs", 200, 0, "X")
	bought, sold := a.orders(theirs), b.orders(ours)
	first := func(a *agent, query, want string) {
		t.Helper()
		a.get(ordersPath+query).want(200).has("orders.0.id", fmt.Sprintf("%q", id(want)))
	}
	first(a, "", sold)
	first(a, "?role=buyer", bought)
	first(a, "?role=seller", sold)
	first(b, "?role=buyer", sold)
	a.act(sold, "start").want(200)
	first(a, "?status=PAID", bought)
	first(a, "?role=all&status=IN_PROGRESS", sold)
	r := a.get(ordersPath+"?limit=1").want(200).has("hasMore", "true")
	first(a, "?limit=1&cursor="+r.text("nextCursor"), bought)
	p.register("mira_bot").get(ordersPath).want(200).has("orders", "[]")
	a.get(ordersPath+"?status=LOST").refused(400, "status")
	p.anonymous().get(ordersPath).refused(401, "token")
	a.get(ordersPath+"/ord_9").refused(404, "Order")
	a.act(ordersPath+"/ord_9", "start").refused(404, "Order")
}

func TestServer_disputes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{TokenLife: 72 * time.Hour})
	seller, buyer := p.register("nova_bot"), p.register("luma_bot")
	order := buyer.orders(seller.offers("Sketches", 500, 1, "CREATIVE"))
	seller.act(order, "dispute").want(200).has("status", `"DISPUTED"`)
	seller.act(order, "deliver").refused(400, "DISPUTED")
	p.clock.add(24*time.Hour - time.Second)
	buyer.get(order).want(200).has("status", `"DISPUTED"`)
	p.clock.add(time.Second)
	buyer.get(order).want(200).has("status", `"REFUNDED"`)
	seller.get(payoutsPath).want(200).has("payouts", "[]")
}

func TestServer_orderMessages(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	seller, buyer, other := p.register("nova_bot"), p.register("luma_bot"), p.register("mira_bot")
	order := buyer.orders(seller.offers("Sketches", 500, 1, "CREATIVE"))
	at := order + "/messages"
	buyer.post(at, `{"content":"Which port?"}`).want(201).has("sender.handle", `"luma_bot"`).has("attachments", "[]").has("orderId", fmt.Sprintf("%q", id(order)))
	seller.post(at, `{"content":"Draft attached.","attachments":["https://nova.example.com/draft.png"]}`).want(201).has("attachments.0", `"https://nova.example.com/draft.png"`)
	r := buyer.get(at+"?limit=1").want(200).has("messages.0.content", `"Draft attached."`).has("hasMore", "true")
	seller.get(at+"?limit=1&cursor="+r.text("nextCursor")).want(200).has("messages.0.content", `"Which port?"`).has("hasMore", "false")
	other.get(at).refused(403, "buyer")
	other.post(at, `{"content":"hello"}`).refused(403, "buyer")
	buyer.post(at, `{"content":""}`).refused(400, "content")
	buyer.post(at, `{"content":"`+strings.Repeat("x", 5001)+`"}`).refused(400, "content")
	buyer.get(ordersPath+"/ord_9/messages").refused(404, "Order")
	buyer.post(ordersPath+"/ord_9/messages", `{"content":"x"}`).refused(404, "Order")
	buyer.get(at+"?cursor=x").refused(400, "cursor")
	p.anonymous().get(at).refused(401, "token")
	p.anonymous().post(at, `{"content":"x"}`).refused(401, "token")
}

func TestServer_payouts(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{SettleTime: 2 * time.Second})
	seller, buyer := p.register("nova_bot"), p.register("luma_bot")
	service := seller.offers("Sketches", 500, 1, "CREATIVE")
	for range 2 {
		order := buyer.orders(service)
		seller.act(order, "start").want(200)
		seller.act(order, "deliver").want(200)
		seller.get(payoutsPath).want(200)
		buyer.act(order, "accept").want(200)
	}
	r := seller.get(payoutsPath+"?limit=1").want(200).has("payouts.0.amount", "500").has("payouts.0.status", `"PENDING"`).
		has("summary", `{"completed":0,"pending":1000,"processing":0}`).has("hasMore", "true")
	ask := fmt.Sprintf(`{"payoutId":%q}`, r.text("payouts.0.id"))
	seller.get(connectPath).want(200).has("chargesEnabled", "false").has("payoutsEnabled", "false")
	seller.post(payoutsPath, ask).refused(400, "onboarding")
	link := seller.post(connectPath, "").want(200).text("onboardingUrl")
	if again := seller.post(connectPath, `{"preferCrypto":true,"cryptoWalletAddress":"0x1"}`).want(200).text("onboardingUrl"); again != link {
		t.Errorf("a second account: %s and %s", link, again)
	}
	seller.post(payoutsPath, ask).refused(400, "onboarding")
	seller.post(connectPath, `{"preferCrypto":"yes"}`).refused(400, "preferCrypto")
	p.anonymous().get(strings.TrimPrefix(link, p.url)).want(200)
	p.anonymous().get("/_sandbox/onboarding/acct_9").want(404)
	seller.get(connectPath).want(200).has("chargesEnabled", "true").has("payoutsEnabled", "true")
	buyer.get(connectPath).want(200).has("payoutsEnabled", "false")

	buyer.post(payoutsPath, ask).refused(403, "seller")
	seller.post(payoutsPath, `{"payoutId":"pay_9"}`).refused(404, "Payout")
	seller.post(payoutsPath, `{}`).refused(400, "payoutId")
	seller.post(payoutsPath, ask).want(200).has("status", `"PROCESSING"`).has("completedAt", "null")
	seller.post(payoutsPath, ask).refused(400, "PROCESSING")
	p.clock.add(2 * time.Second)
	seller.get(payoutsPath+"?status=COMPLETED").want(200).has("payouts.0.id", fmt.Sprintf("%q", r.text("payouts.0.id"))).has("payouts.1", "null").
		has("summary", `{"completed":500,"pending":500,"processing":0}`)
	seller.get(payoutsPath+"?status=PENDING").want(200).has("payouts.0.amount", "500").has("payouts.1", "null")
	buyer.get(payoutsPath).want(200).has("payouts", "[]")
	seller.get(payoutsPath+"?status=LOST").refused(400, "status")
	for _, path := range []string{payoutsPath, connectPath} {
		p.anonymous().get(path).refused(401, "token")
		p.anonymous().post(path, ask).refused(401, "token")
	}
}

// TestServer_populationTrades lets the population order from a client and
// deliver to one.
func TestServer_populationTrades(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 3, Pace: 20, TokenLife: 72 * time.Hour})
	a := p.register("nova_bot")
	theirs := p.anonymous().get(servicesPath + "?featured=true&limit=1").want(200).text("services.0.id")
	order := a.orders(theirs)
	a.offers("Sketches", 500, 1, "CREATIVE")
	for range 20 { // hours of a busy seller
		p.clock.add(time.Hour)
		r := a.get(ordersPath + "?role=seller").want(200)
		for i := range r.list("orders") {
			at := ordersPath + "/" + r.text(fmt.Sprintf("orders.%d.id", i))
			switch r.text(fmt.Sprintf("orders.%d.status", i)) {
			case "PAID":
				a.act(at, "start").want(200)
				a.post(at+"/messages", `{"content":"I have begun."}`).want(201)
			case "IN_PROGRESS", "REVISION":
				a.act(at, "deliver").want(200)
			}
		}
	}
	a.get(order).want(200).has("status", `"DELIVERED"`)
	a.act(order, "accept").want(200)
	r := a.get(ordersPath + "?role=seller&status=COMPLETED").want(200)
	if len(r.list("orders")) == 0 {
		t.Error("nobody of the population bought anything in 20 hours")
	}
	if len(a.get(payoutsPath).want(200).list("payouts")) != len(r.list("orders")) {
		t.Error("not every completed order made a payout")
	}
	service := a.get(servicesPath + "?search=Sketches").want(200)
	if service.field("services.0.avgRating") == nil {
		t.Errorf("nobody of the population reviewed: %s", service.body)
	}
}

func TestServer_saveAndLoadOfTheMarket(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{TokenLife: 72 * time.Hour})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	image := a.upload(imagePath, "a.png", pngFile, "post").want(200).text("id")
	film := a.upload(videoPath, "a.mp4", movie("isom", 9), "byte").want(200).text("id")
	order := b.orders(a.offers("Sketches", 500, 1, "CREATIVE"))
	b.post(order+"/messages", `{"content":"Which port?"}`).want(201)
	a.post(connectPath, "").want(200)
	a.act(order, "dispute").want(200)
	clip := a.post("/api/bytes", fmt.Sprintf(`{"mediaId":%q,"caption":"Gulls"}`, film)).want(201).text("id")
	b.post("/api/bytes/"+clip+"/comments", `{"content":"I can hear them"}`).want(201)
	a.post("/api/reports", fmt.Sprintf(`{"reason":"SPAM","reportedAgentId":%q}`, b.id)).want(201)
	var saved, again bytes.Buffer
	if err := p.server.Save(&saved); err != nil {
		t.Fatal(err)
	}
	q := start(t, sandbox.Config{Now: p.clock.Now, TokenLife: 72 * time.Hour})
	if err := q.server.Load(bytes.NewReader(saved.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := q.server.Save(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved.String(), again.String()); diff != "" {
		t.Errorf("saved, loaded and saved is not the same:\n%s", diff)
	}
	c := *b
	c.platform = q
	c.signIn()
	c.get("/api/bytes/"+clip).want(200).has("commentCount", "1")
	c.get(order+"/messages").want(200).has("messages.0.content", `"Which port?"`)
	p.clock.add(24 * time.Hour)
	c.get(order).want(200).has("status", `"REFUNDED"`) // what is to happen was saved, too
	c = *a
	c.platform = q
	c.signIn()
	c.post("/api/posts", fmt.Sprintf(`{"content":"x","mediaIds":[%q]}`, image)).want(201)

	for what, text := range map[string]string{
		"listing":       `{"version":1,"listings":[{"id":"svc_1","agent":"agt_1"}]}`,
		"order":         `{"version":1,"orders":[{"id":"ord_1","buyer":"agt_1","seller":"agt_2"}]}`,
		"byte":          `{"version":1,"bytes":[{"id":"byt_1","agent":"agt_1"}]}`,
		"order message": strings.ReplaceAll(saved.String(), `"text":"Which port?"`, `"agent":"agt_9","text":"Which port?"`),
	} {
		if err := q.server.Load(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), what+" ") {
			t.Errorf("%s: error %v", what, err)
		}
	}
}
