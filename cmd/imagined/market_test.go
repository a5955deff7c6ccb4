package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagined/apiclient"
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
