package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/planner"
	"imagined/state"
)

// does runs a command that must succeed, and returns what it prints. A life is
// once, and reads the house's file.
func (h *house) does(args ...string) string {
	h.t.Helper()
	code, out, errs := h.line("", args...)
	if code != exitOK {
		h.t.Fatalf("%v: exit code %d: %s", args, code, errs)
	}
	return out
}

func (h *house) lives() {
	h.t.Helper()
	if code, _, errs := h.imagined(once); code != exitOK {
		h.t.Fatalf("exit code %d: %s", code, errs)
	}
}

// TestMarket_ByHand: an order is placed and a payout asked for only after a
// person has said so twice; what pays is in a file and nowhere else.
func TestMarket_ByHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("nova.yaml", strings.Replace(novaFile, "voice:", "schedule: {introduce: off, respond: off, engage: off, post: off, generate: off, network: off}\nvoice:", 1))
	agent, err := h.client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "luma_seller", Name: "Luma"})
	if err != nil {
		t.Fatal(err)
	}
	luma := h.client(agent.ClientID, agent.ClientSecret)
	service, err := luma.CreateService(t.Context(), apiclient.NewService{Title: "Fog", Description: "x", Price: 500, DeliveryDays: 1, Revisions: 1, Category: "CREATIVE", Tags: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	h.lives()
	if said := h.does("market", "buy", service.ID, "--requirements", "A harbour in the fog.", "--pay", "COINBASE"); !strings.Contains(said, "waits for you: imagined approve 1 --persona nova_cli") {
		t.Errorf("buy says %q", said)
	}
	h.lives()
	if n := h.effects("placeOrder"); n != 0 {
		t.Fatalf("%d orders before anybody approved", n)
	}
	if said := h.does("market"); !strings.Contains(said, `waiting  1 waiting "order `) || !strings.Contains(said, "account  not ready (imagined market setup)") {
		t.Errorf("market shows %q", said)
	}
	h.does("approve", "1")
	h.lives()
	if n := h.effects("placeOrder"); n != 1 {
		t.Fatalf("%d orders after approval, want 1", n)
	}
	kept, err := filepath.Glob(filepath.Join(h.dir, "data", "secrets", "nova_cli", "order-*-coinbase"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("what pays the order is in %v, %v", kept, err)
	}
	secret, err := os.ReadFile(kept[0])
	if info, statErr := os.Stat(kept[0]); err != nil || statErr != nil || info.Mode().Perm() != 0o600 || len(secret) < 10 {
		t.Errorf("the secret's file: %v, %v, %v", info, err, statErr)
	}
	shown := h.does("market", "--json")
	for what, text := range map[string]string{"market": shown, "log": h.does("log"), "export": h.does("state", "export")} {
		if strings.Contains(text, strings.TrimSpace(string(secret))) {
			t.Errorf("%s shows the secret", what)
		}
	}
	var order marketLine
	for line := range strings.Lines(shown) {
		var l marketLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.What == "order" {
			order = l
		}
	}
	if order.Side != "buyer" || order.Cents != 500 || order.With != "luma_seller" {
		t.Errorf("the order is shown as %+v", order)
	}
	if said := h.does("market", "buy", service.ID, "--requirements", "A harbour in the fog."); !strings.Contains(said, "asked for before") {
		t.Errorf("the same again says %q", said)
	}
	if answer, err := http.Get(strings.TrimSpace(string(secret))); err != nil || answer.Body.Close() != nil || answer.StatusCode != 200 {
		t.Fatalf("the order cannot be paid at the address in the file: %v", err)
	}
	h.deals(luma, order.ID)
}

// deals takes the order to its end: changes, and acceptance by hand.
func (h *house) deals(luma *apiclient.Client, order string) {
	h.t.Helper()
	step := func(action, text string) {
		h.t.Helper()
		if _, err := luma.UpdateOrder(h.t.Context(), order, apiclient.OrderUpdate{Action: action, Deliverables: text}); err != nil {
			h.t.Fatal(err)
		}
	}
	step("start", "")
	step("deliver", "Fog.")
	h.does("market", "revise", order, "--why", "More fog.")
	h.lives()
	step("deliver", "More fog.")
	h.does("market", "accept", order)
	h.lives()
	o, err := luma.Order(h.t.Context(), order)
	if err != nil || o.Status != "COMPLETED" {
		h.t.Errorf("in the end the order is %s, %v", o.Status, err)
	}
}

// TestMarket_DearerThanApproved: what a person approved is a price, too. A seller
// who raises it meanwhile sells nothing.
func TestMarket_DearerThanApproved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("nova.yaml", strings.NewReplacer("voice:", "schedule: {introduce: off, respond: off, engage: off, post: off, generate: off, network: off}\nvoice:", "limits:", "limits:\n  order: {hour: 3}").Replace(novaFile))
	agent, err := h.client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "luma_seller", Name: "Luma"})
	if err != nil {
		t.Fatal(err)
	}
	luma := h.client(agent.ClientID, agent.ClientSecret)
	service, err := luma.CreateService(t.Context(), apiclient.NewService{Title: "Fog", Description: "x", Price: 500, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	h.lives()
	if said := h.does("market", "buy", service.ID, "--requirements", "A harbour in the fog."); !strings.Contains(said, `"Fog" of @luma_seller costs $5.00`) {
		t.Errorf("buy says %q", said)
	}
	h.does("approve", "1")
	if _, err := luma.UpdateService(t.Context(), service.ID, apiclient.ServiceUpdate{Price: new(99900)}); err != nil {
		t.Fatal(err)
	}
	h.lives()
	if n := h.effects("placeOrder"); n != 0 {
		t.Fatalf("%d orders at a price that nobody approved", n)
	}
	if log := h.does("log"); !strings.Contains(log, "$999.00 now") {
		t.Errorf("the journal does not say why: %s", log)
	}
	_, again, _ := strings.Cut(h.does("market", "buy", service.ID, "--requirements", "A harbour in the fog."), "imagined approve ")
	h.does(append([]string{"approve"}, strings.Fields(again)...)...)
	h.lives()
	if n := h.effects("placeOrder"); n != 1 {
		t.Errorf("%d orders at a price that was approved", n)
	}
}

// TestMarket_DeliveredAfterAll: an order that was shown as due soon is nobody's
// any more once it is delivered.
func TestMarket_DeliveredAfterAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("nova.yaml", strings.Replace(novaFile, "voice:", "schedule: {introduce: off, respond: off, engage: off, post: off, generate: off, network: off}\nvoice:", 1))
	h.lives()
	nova := h.client(h.env["IMAGINEANYTHING_CLIENT_ID"], h.secret)
	agent, err := h.client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "luma_buyer", Name: "Luma"})
	if err != nil {
		t.Fatal(err)
	}
	service, err := nova.CreateService(t.Context(), apiclient.NewService{Title: "Fog", Description: "x", Price: 500, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	order, err := h.client(agent.ClientID, agent.ClientSecret).PlaceOrder(t.Context(), apiclient.NewOrder{ServiceID: service.ID, PaymentMethod: "COINBASE"})
	if err != nil {
		t.Fatal(err)
	}
	if paid, err := http.Get(order.CheckoutURL); err != nil || paid.Body.Close() != nil {
		t.Fatal(err)
	}
	store, err := state.Open(journalPath(filepath.Join(h.dir, "data"), "nova_cli"), "nova_cli")
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Drop(state.Entry{Kind: "deliver", Target: order.ID, Error: planner.DueSoon, PlannedAt: time.Now()})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	if said := h.does("market"); !strings.Contains(said, "left to you: it is due soon") {
		t.Errorf("before, market shows %s", said)
	}
	for _, step := range []string{"start", "deliver"} {
		if _, err := nova.UpdateOrder(t.Context(), order.ID, apiclient.OrderUpdate{Action: step, Deliverables: "Fog."}); err != nil {
			t.Fatal(err)
		}
	}
	if said := h.does("market"); strings.Contains(said, "left to you") || !strings.Contains(said, "DELIVERED") {
		t.Errorf("after, market shows %s", said)
	}
}

// TestMarket_ShowsWhatThereIs: one part that the platform does not give hides
// none of the others, and is said.
func TestMarket_ShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/marketplace/orders") || r.URL.Path == "/api/marketplace/connect" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		h.sandbox.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	h.env[envBaseURL] = front.URL
	h.write("nova.yaml", strings.Replace(novaFile, "voice:", "schedule: {introduce: off, respond: off, engage: off, post: off, generate: off, network: off}\nvoice:", 1))
	h.lives()
	code, out, errs := h.line("", "market")
	if code != exitFailed || !strings.Contains(out, "payouts: $0.00 pending") || !strings.Contains(errs, "/api/marketplace/orders") || !strings.Contains(errs, "/api/marketplace/connect") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}
