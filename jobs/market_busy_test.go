package jobs_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
)

// edit changes the shop's file.
func (s *shop) edit(pairs ...string) {
	s.t.Helper()
	var err error
	if s.persona, err = persona.Parse("shop.yaml", []byte(strings.NewReplacer(pairs...).Replace(shopFile))); err != nil {
		s.t.Fatal(err)
	}
}

// handed are the reasons for which orders were left to a person.
func (s *shop) handed() (reasons []string) {
	for _, e := range s.entries() {
		if strings.HasPrefix(e.Error, "handed to the operator: ") {
			reasons = append(reasons, e.Error)
		}
	}
	return reasons
}

// TestMarket_ManyDrawings: the platform makes three things at once and refuses
// a fourth for good. Orders wait for their turn.
func TestMarket_ManyDrawings(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("per_day: 5", "per_day: 9", "limits: {", "limits: {generate: {hour: 9}, ")
	s.said = func(string) string { return poem(s.count()) } // no two alike
	s.lives(time.Hour)
	var placed []apiclient.Order
	for i := range 5 {
		placed = append(placed, s.orders(s.buyer(fmt.Sprintf("buyer_%d", i)), drawingTitle, fmt.Sprintf("The port, number %d.", i)))
	}
	s.lives(6 * time.Hour)
	for _, o := range placed {
		s.want(o.ID, s.order(o.ID).Status, "DELIVERED")
	}
	s.want("handed over", s.handed(), []string{})
	s.want("generations", len(s.effects("startGeneration")), 5)
}

// TestMarket_VoiceByName: a voice that the recipe names by its name is sent by
// its id, as generate sends it.
func TestMarket_VoiceByName(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("{provider: OPENAI, type: image, prompt: \"two inks on grey paper\"}", "{provider: ELEVENLABS, type: voice, prompt: \"read it slowly\", params: {voice_id: Sarah}}")
	if _, err := s.client.ConnectService(t.Context(), "ELEVENLABS", "key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	s.lives(time.Hour)
	o := s.orders(s.buyer("luma_buyer"), drawingTitle, "The old port.")
	s.lives(4 * time.Hour)
	s.want("status", s.order(o.ID).Status, "DELIVERED")
	for _, e := range s.entries() {
		if e.Media != nil {
			s.want("voice", e.Media.Params["voice_id"], "EXAVITQu4vr4xnSDxMaL")
		}
	}
}

// TestMarket_ManyOrders: however many orders are with the buyer or with a
// person, one that is paid is worked.
func TestMarket_ManyOrders(t *testing.T) {
	long(t)
	t.Parallel()
	s := newShop(t)
	if _, err := s.client.CreateService(t.Context(), apiclient.NewService{Title: "By hand", Description: "x", Price: 1, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}}); err != nil {
		t.Fatal(err)
	}
	s.lives(time.Hour)
	buyer := s.buyer("luma_buyer")
	for i := range 65 {
		s.orders(buyer, "By hand", fmt.Sprintf("Number %d.", i))
	}
	s.lives(2 * time.Hour)
	s.want("left to a person", len(s.handed()), 65)
	o := s.orders(buyer, poemTitle, "The old port.")
	s.lives(3 * time.Hour)
	s.want("status", s.order(o.ID).Status, "DELIVERED")
}

// TestMarket_DueSoon: an order that is not delivered is shown before it is late,
// whatever holds it up.
func TestMarket_DueSoon(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string][2]string{
		"no start allowed":       {"limits: {", "limits: {start_order: {day: 0}, "},
		"start waits":            {"market:\n", "approval: [start_order]\nmarket:\n"},
		"delivery waits":         {"market:\n", "approval: [deliver]\nmarket:\n"},
		"no generation is left":  {"per_day: 5", "per_day: 0"},
		"the provider is absent": {"OPENAI", "RUNWARE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.edit(edit[0], edit[1], "delivery_days: 3", "delivery_days: 2")
			s.lives(time.Hour)
			buyer := s.buyer("luma_buyer")
			s.orders(buyer, poemTitle, "The old port.")
			s.orders(buyer, drawingTitle, "The old port.")
			s.lives(24 * time.Hour)
			early := len(s.handed())
			s.lives(23 * time.Hour)
			late := map[string]bool{}
			for _, e := range s.entries() {
				if e.Error == "handed to the operator: it is due soon and not delivered" || e.Error == "handed to the operator: nobody approved it in time" {
					if late[e.Target] {
						t.Errorf("%s is shown twice", e.Target)
					}
					late[e.Target] = true
				}
			}
			want := 2
			if strings.HasPrefix(name, "no gen") || strings.HasPrefix(name, "the prov") {
				want = 1
			}
			s.want("early", early, 0)
			s.want("shown", len(late), want)
		})
	}
}

// TestMarket_AskedWhileAccepting: who accepts and asks something gets an answer,
// and is thanked for nothing.
func TestMarket_AskedWhileAccepting(t *testing.T) {
	long(t)
	t.Parallel()
	s := newShop(t)
	s.lives(time.Hour)
	buyer := s.buyer("luma_buyer")
	o := s.orders(buyer, poemTitle, "The old port.")
	s.lives(2 * time.Hour)
	if _, err := buyer.SendOrderMessage(t.Context(), o.ID, apiclient.NewOrderMessage{Content: "May I print it?"}); err != nil {
		t.Fatal(err)
	}
	if _, err := buyer.UpdateOrder(t.Context(), o.ID, apiclient.OrderUpdate{Action: "accept"}); err != nil {
		t.Fatal(err)
	}
	before := s.count()
	s.lives(2 * time.Hour)
	s.want("answers", len(s.effects("sendOrderMessage")), 1)
	s.lives(5 * 24 * time.Hour)
	s.want("calls", s.count(), before+1)
	s.want("steps", s.steps(o.ID), "start deliver")
	s.want("handed over", s.handed(), []string{})
}

// lags shows orders that are delivered among those in progress, too, as they
// were when somebody read them a moment ago.
type lags struct{ http.Handler }

func (l lags) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.URL.Path != "/api/marketplace/orders" || q.Get("status") != "IN_PROGRESS" {
		l.Handler.ServeHTTP(w, r)
		return
	}
	q.Set("status", "DELIVERED")
	r.URL.RawQuery = q.Encode()
	rec := httptest.NewRecorder()
	l.Handler.ServeHTTP(rec, r)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, strings.ReplaceAll(rec.Body.String(), `"DELIVERED"`, `"IN_PROGRESS"`))
}

// TestMarket_InTwoLists: an order that moves on while the lists are read is in two of
// them, and is answered once.
func TestMarket_InTwoLists(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.lives(time.Hour)
	buyer := s.buyer("luma_buyer")
	o := s.orders(buyer, poemTitle, "The old port.")
	for s.order(o.ID).Status != "DELIVERED" {
		s.lives(10 * time.Minute)
	}
	if _, err := buyer.SendOrderMessage(t.Context(), o.ID, apiclient.NewOrderMessage{Content: "May I print it?"}); err != nil {
		t.Fatal(err)
	}
	s.client = s.through(lags{s.sandbox})
	s.lives(40 * time.Minute)
	s.want("answers", len(s.effects("sendOrderMessage")), 1)
	s.want("steps", s.steps(o.ID), "start deliver")
}
