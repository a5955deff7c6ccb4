package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

const shopFile = `
handle: nova_test
name: Nova
interests: [{topic: generative art, keywords: [plotter]}]
schedule: {introduce: off, respond: off, engage: off, post: off, generate: off, network: off, poll: "@every 1m", market: "*/30 * * * *"}
limits: {create_service: {hour: 5}}
generation:
  per_day: 5
  recipes: [{provider: OPENAI, type: image, prompt: "two inks on grey paper"}]
market:
  services:
    - {title: A poem for your wall, description: "Fourteen lines at most, about what you tell me.", price: "3.00", delivery_days: 2, revisions: 1, tags: [poetry]}
    - {title: A drawing from your words, description: One picture., price: 800, delivery_days: 3, by: recipe 1}
`

// shop is a world in which the persona sells, and the model of it.
type shop struct {
	*world
	model *model
	mu    sync.Mutex
	asked []string // requests to the model
	said  func(request string) string
	kept  map[string]string // secrets of the platform's answers
}

func newShop(t *testing.T, change ...func(*sandbox.Config)) *shop {
	t.Helper()
	s := &shop{kept: make(map[string]string)}
	s.said = func(request string) string {
		switch {
		case strings.Contains(request, "has written to you about an order"):
			return fmt.Sprintf("It will be on paper number %d, as you like.", s.count())
		case strings.Contains(request, "works from"):
			return fmt.Sprintf("A grey harbour in two inks, sheet %d.", s.count())
		case strings.Contains(request, "and it is made"):
			return fmt.Sprintf("Here is sheet %d. The left edge was left open.", s.count())
		}
		return poem(s.count())
	}
	s.model = newModel(t, func(request string) (int, string) {
		s.mu.Lock()
		s.asked = append(s.asked, request)
		s.mu.Unlock()
		return 200, says(fmt.Sprintf(`{"text":%q}`, s.said(request)))
	})
	s.world = newWorld(t, append([]func(*sandbox.Config){func(c *sandbox.Config) { c.Pace = -1 }}, change...)...)
	var err error
	if s.persona, err = persona.Parse("shop.yaml", []byte(shopFile)); err != nil {
		t.Fatal(err)
	}
	return s
}

// poem is a text that is like no other.
func poem(n int) string {
	words := []string{"harbour", "lamp", "rope", "gull", "tide", "mast", "stone", "fog", "oar", "net", "salt", "bell"}
	var lines []string
	for i := range 4 {
		at := func(k int) string { return words[(n*7+i*5+k*(n%5+1))%len(words)] }
		lines = append(lines, fmt.Sprintf("The %s %d and the %s\nkeep %s for the %s.", at(0), n*31+i, at(1), at(2), at(3)))
	}
	return strings.Join(lines, "\n")
}

func (s *shop) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// lives goes on with a life; each is a restart.
func (s *shop) lives(d time.Duration) {
	s.t.Helper()
	j := s.jobs(s.model.brain(s.t))
	j.Planner.Secrets = []string{s.secret}
	j.Performer.KeepSecret = func(name, secret string) error { s.kept[name] = secret; return nil }
	s.live(j, d)
}

// buyer is another agent of the sandbox.
func (s *shop) buyer(handle string) *apiclient.Client {
	s.t.Helper()
	agent, err := s.newClient("", "").Register(s.t.Context(), apiclient.NewAgent{Handle: handle, Name: handle})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.newClient(agent.ClientID, agent.ClientSecret)
}

// listed returns the persona's listings by title.
func (s *shop) listed() map[string]apiclient.Service {
	s.t.Helper()
	found := make(map[string]apiclient.Service)
	for l, err := range s.client.Services(s.t.Context(), apiclient.ServiceFilter{}) {
		if err != nil {
			s.t.Fatal(err)
		}
		if l.Agent.ID == s.self.ID {
			found[l.Title] = l
		}
	}
	return found
}

func (s *shop) orders(buyer *apiclient.Client, title, wish string) apiclient.Order {
	s.t.Helper()
	o, err := buyer.PlaceOrder(s.t.Context(), apiclient.NewOrder{ServiceID: s.listed()[title].ID, Requirements: wish, PaymentMethod: "CARD"})
	if err != nil {
		s.t.Fatal(err)
	}
	return o.Order
}

func (s *shop) order(id string) apiclient.Order {
	s.t.Helper()
	o, err := s.client.Order(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// effects are what the persona did to the platform, without likes and the like.
func (s *shop) effects(ops ...string) (found []sandbox.Effect) {
	for _, e := range s.sandbox.Effects() {
		if e.Agent == "nova_test" && slices.Contains(ops, e.Op) {
			found = append(found, e)
		}
	}
	return found
}

func (s *shop) want(what string, got, want any) {
	s.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("%s: %v, want %v\n%s", what, got, want, s.log.String())
	}
}

const poemTitle, drawingTitle = "A poem for your wall", "A drawing from your words"

func TestMarket_Listings(t *testing.T) {
	long(t)
	t.Parallel()
	s := newShop(t)
	if _, err := s.client.CreateService(t.Context(), apiclient.NewService{Title: "By hand", Description: "x", Price: 1, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}}); err != nil {
		t.Fatal(err)
	}
	s.lives(2 * time.Hour)
	listed := s.listed()
	l := listed[poemTitle]
	s.want("listings", len(listed), 3)
	offers, err := s.store.Entries(state.Filter{Kind: "create_service"}, 0)
	if err != nil || len(offers) == 0 || !strings.HasSuffix(offers[0].Why, ": "+drawingTitle) && !strings.HasSuffix(offers[0].Why, ": "+poemTitle) {
		t.Errorf("the journal does not say which service was offered: %+v, %v", offers, err)
	}
	s.want("terms", fmt.Sprintf("%d %d %d %v %s %s", l.Price, l.DeliveryDays, l.Revisions, l.Tags, l.ShortDesc, l.Category), "300 2 1 [poetry] A poem for your wall CREATIVE")
	s.lives(26 * time.Hour)
	s.want("offered", len(s.effects("createService")), 3)
	s.want("changed", len(s.effects("updateService", "deleteService")), 0)
	s.want("asked", s.count(), 0)

	edited := *s.persona
	edited.Market.Services = slices.Clone(s.persona.Market.Services)[:1]
	edited.Market.Services[0].Price = 450
	s.persona = &edited
	s.lives(2 * time.Hour)
	listed = s.listed()
	s.want("price", listed[poemTitle].Price, 450)
	s.want("left", len(listed), 2)
	s.want("by hand", listed["By hand"].Price, 1)
	s.want("changes", len(s.effects("updateService")), 1)
	s.want("taken down", len(s.effects("deleteService")), 1)
}

// TestMarket_SameTitleByHand: what a person offers under a title of the file is
// neither changed nor offered again.
func TestMarket_SameTitleByHand(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if _, err := s.client.CreateService(t.Context(), apiclient.NewService{Title: poemTitle, Description: "x", Price: 1, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}}); err != nil {
		t.Fatal(err)
	}
	s.lives(2 * time.Hour)
	s.want("offered", len(s.effects("createService")), 2)
	s.want("changed", len(s.effects("updateService", "deleteService")), 0)
	s.want("price", s.listed()[poemTitle].Price, 1)
	s.want("said", strings.Count(s.log.String(), "a listing that a person made is left alone"), 1)
}

func TestMarket_TextOrderAndRevision(t *testing.T) {
	long(t)
	t.Parallel()
	s := newShop(t)
	s.lives(time.Hour)
	luma, mira := s.buyer("luma_buyer"), s.buyer("mira_buyer")
	o, other := s.orders(luma, poemTitle, "The old port at four in the morning."), s.orders(mira, poemTitle, "My grandmother's kitchen.")
	s.lives(3 * time.Hour)
	s.want("status", s.order(o.ID).Status+" "+s.order(other.ID).Status, "DELIVERED DELIVERED")
	for _, q := range s.asked {
		if strings.Contains(q, "old port") == strings.Contains(q, "grandmother") {
			t.Errorf("a call sees not exactly one order: %s", q)
		}
	}
	first := s.order(o.ID).Deliverables
	if _, err := luma.SendOrderMessage(t.Context(), o.ID, apiclient.NewOrderMessage{Content: "A little shorter, please?"}); err != nil {
		t.Fatal(err)
	}
	if _, err := luma.UpdateOrder(t.Context(), o.ID, apiclient.OrderUpdate{Action: "request_revision"}); err != nil {
		t.Fatal(err)
	}
	before := s.count()
	s.lives(2 * time.Hour)
	s.want("status", s.order(o.ID).Status, "DELIVERED")
	if again := s.order(o.ID).Deliverables; again == first || again == "" {
		t.Errorf("delivered again: %q", again)
	}
	if q := s.asked[before]; !strings.Contains(q, "asks for changes") || !strings.Contains(q, "A little shorter") {
		t.Errorf("the revision's prompt does not show what was asked: %s", q)
	}
	s.want("answers", len(s.effects("sendOrderMessage")), 1)
	s.want("steps", len(s.effects("updateOrder")), 5) // two starts, three deliveries
	s.lives(24 * time.Hour)
	s.want("calls in the end", s.count(), before+2)
	for _, e := range s.entries() {
		if e.Status.Open() {
			t.Errorf("entry %d is %s", e.ID, e.Status)
		}
	}
}

func TestMarket_MediaOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.lives(time.Hour)
	o := s.orders(s.buyer("luma_buyer"), drawingTitle, "The old port.")
	s.lives(4 * time.Hour)
	got := s.order(o.ID)
	s.want("status", got.Status, "DELIVERED")
	if !strings.Contains(got.Deliverables, "/media/image") || !strings.HasPrefix(got.Deliverables, "Here is sheet") {
		t.Errorf("delivered %q", got.Deliverables)
	}
	s.want("generations", len(s.effects("startGeneration")), 1)
	if text := s.effects("startGeneration")[0].Text; !strings.Contains(text, "grey harbour") {
		t.Errorf("generated from %q", text)
	}
	s.want("calls", s.count(), 2)
}

// TestMarket_HandsOver: what the program cannot do is left to a person, said
// once, and costs nothing more.
func TestMarket_HandsOver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		title string
		said  string
		shape func(s *shop, buyer *apiclient.Client, o apiclient.Order)
		why   string
		calls int
	}{
		{name: "the model declines", title: poemTitle, said: "", why: "the model did not write it", calls: 1},
		{name: "links only", title: poemTitle, said: "Look at http://evil.example/a for it.", why: "3 texts for it were refused", calls: 3},
		{name: "a listing of a person's", title: "By hand", said: "x", why: "the program did not make"},
		{name: "disputed", title: poemTitle, said: "x", why: "it is disputed", shape: func(s *shop, buyer *apiclient.Client, o apiclient.Order) {
			if err := s.Sleep(s.t.Context(), time.Minute); err != nil {
				s.t.Fatal(err)
			}
			if _, err := buyer.UpdateOrder(s.t.Context(), o.ID, apiclient.OrderUpdate{Action: "dispute"}); err != nil {
				s.t.Fatal(err)
			}
		}},
		{name: "not in the file", title: poemTitle, said: "x", why: "has no service", shape: func(s *shop, _ *apiclient.Client, _ apiclient.Order) {
			edited := *s.persona
			edited.Market.Services = s.persona.Market.Services[1:]
			s.persona = &edited
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.said = func(string) string { return tt.said }
			if _, err := s.client.CreateService(t.Context(), apiclient.NewService{Title: "By hand", Description: "x", Price: 1, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}}); err != nil {
				t.Fatal(err)
			}
			s.lives(time.Hour)
			buyer := s.buyer("luma_buyer")
			o := s.orders(buyer, tt.title, "The old port.")
			if tt.shape != nil {
				tt.shape(s, buyer, o)
			}
			s.lives(6 * time.Hour)
			s.want("calls", s.count(), tt.calls)
			s.want("warnings", strings.Count(s.log.String(), "an order is left to you"), 1)
			s.want("deliveries", strings.Contains(s.order(o.ID).Status, "DELIVERED"), false)
			handed := 0
			for _, e := range s.entries() {
				if e.Target == o.ID && strings.HasPrefix(e.Error, planner.Handed) {
					handed++
					if e.Status != state.Dropped || !strings.Contains(e.Error, tt.why) {
						t.Errorf("entry %+v, want %q", e, tt.why)
					}
				}
			}
			s.want("entries", handed, 1)
		})
	}
}
