package jobs_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

// mends turns the sandbox's way to reset a connection into an answer that is
// not one: here is no socket.
type mends struct{ http.Handler }

func (m mends) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			w.WriteHeader(http.StatusBadGateway)
		}
	}()
	m.Handler.ServeHTTP(w, r)
}

// TestMarket_Faults: answers are lost, writes fail, lists lag behind and the
// process is restarted all day. No step is taken twice, no listing is offered
// twice, nothing is answered twice, and every order is delivered.
func TestMarket_Faults(t *testing.T) {
	long(t)
	t.Parallel()
	s := newShop(t)
	var faults []sandbox.Fault
	for _, op := range []string{"createService", "updateOrder", "sendOrderMessage", "startGeneration"} {
		for _, kind := range []sandbox.FaultKind{sandbox.AppliedReset, sandbox.AppliedError, sandbox.NotApplied} {
			faults = append(faults, sandbox.Fault{Op: op, Kind: kind, Rate: 0.25})
		}
	}
	// What is read back is at most half a settle window old.
	for _, op := range []string{"listServices", "listOrderMessages"} {
		faults = append(faults, sandbox.Fault{Op: op, Kind: sandbox.Stale, Rate: 0.3, Delay: 30 * time.Second})
	}
	faults = append(faults, sandbox.Fault{Op: "listOrders", Kind: sandbox.Stale, Rate: 0.3, Delay: 20 * time.Minute})
	s.client = s.through(mends{s.sandbox})
	s.sandbox.SetFaults(faults...)
	buyer := s.buyer("luma_buyer")
	s.lives(24 * time.Hour)
	s.want("listings", len(s.effects("createService")), 2)
	var placed []string
	for i := range 6 {
		s.sandbox.SetFaults()
		o := s.orders(buyer, []string{poemTitle, drawingTitle}[i%2], fmt.Sprintf("The port, number %d.", i))
		placed = append(placed, o.ID)
		if i%2 == 0 {
			if _, err := buyer.SendOrderMessage(t.Context(), o.ID, apiclient.NewOrderMessage{Content: fmt.Sprintf("Is it number %d?", i)}); err != nil {
				t.Fatal(err)
			}
		}
		s.sandbox.SetFaults(faults...)
		for range 6 {
			s.lives(4 * time.Hour)
		}
	}
	s.lives(24 * time.Hour)
	s.sandbox.SetFaults()
	for _, id := range placed {
		s.want("steps of "+id, s.steps(id), "start deliver")
	}
	s.want("listings", len(s.effects("createService")), 2)
	s.want("answers", len(s.effects("sendOrderMessage")), 3)
	s.want("generations", len(s.effects("startGeneration")), 3)
	if i := slices.IndexFunc(s.entries(), func(e state.Entry) bool { return e.Status == state.Parked }); i >= 0 {
		t.Errorf("parked: %+v", s.entries()[i])
	}
}
