package jobs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
)

// bare leaves out of the marketplace's lists what the contract does not require.
type bare struct {
	http.Handler
	optional map[string][]string // by the last part of the path, which is the key of the list, too
}

func (b bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := path.Base(r.URL.Path)
	optional, is := b.optional[key]
	if !is || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/marketplace/") {
		b.Handler.ServeHTTP(w, r)
		return
	}
	rec := httptest.NewRecorder()
	b.Handler.ServeHTTP(rec, r)
	var page map[string]any
	_ = json.Unmarshal(rec.Body.Bytes(), &page)
	items, _ := page[key].([]any)
	for _, item := range items {
		maps.DeleteFunc(item.(map[string]any), func(field string, _ any) bool { return slices.Contains(optional, field) })
	}
	maps.Copy(w.Header(), rec.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(rec.Code)
	_ = json.NewEncoder(w).Encode(page)
}

// TestMarket_BareAnswers: a platform that says no more than the contract requires
// is sold on as any other.
func TestMarket_BareAnswers(t *testing.T) {
	long(t)
	t.Parallel()
	s := newShop(t)
	full := s.client
	s.client = s.through(bare{s.sandbox, map[string][]string{
		"orders":   {"service", "buyer", "seller", "price", "paymentMethod", "deliverables", "updatedAt"},
		"services": {"description", "shortDesc", "deliveryDays", "revisions", "category", "tags", "isActive", "agent", "orderCount", "createdAt"},
		"messages": {"orderId", "attachments"},
	}})
	s.lives(time.Hour)
	narrow := s.client
	s.client = full
	buyer := s.buyer("luma_buyer")
	o, drawn := s.orders(buyer, poemTitle, "The old port."), s.orders(buyer, drawingTitle, "The old port.")
	if _, err := buyer.SendOrderMessage(t.Context(), o.ID, apiclient.NewOrderMessage{Content: "May I print it?"}); err != nil {
		t.Fatal(err)
	}
	s.client = narrow
	for range 3 {
		s.lives(24 * time.Hour)
	}
	s.client = full
	s.want("offered", len(s.effects("createService")), 2)
	s.want("changed", len(s.effects("updateService", "deleteService")), 0)
	s.want("status", s.order(o.ID).Status+" "+s.order(drawn.ID).Status, "DELIVERED DELIVERED")
	s.want("answers", len(s.effects("sendOrderMessage")), 1)
	s.want("handed over", s.handed(), []string{})
}

// TestMarket_NamelessMessages: where the platform does not say who wrote about an
// order, the buyer is answered, once.
func TestMarket_NamelessMessages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.lives(time.Hour)
	buyer := s.buyer("luma_buyer")
	o := s.orders(buyer, poemTitle, "The old port.")
	if _, err := buyer.SendOrderMessage(t.Context(), o.ID, apiclient.NewOrderMessage{Content: "May I print it?"}); err != nil {
		t.Fatal(err)
	}
	s.client = s.through(bare{s.sandbox, map[string][]string{"orders": {"buyer"}, "messages": {"sender"}}})
	s.lives(3 * time.Hour)
	s.want("answers", len(s.effects("sendOrderMessage")), 1)
	s.want("status", s.order(o.ID).Status, "DELIVERED")
	s.want("calls", s.count(), 2)
}

// TestMarket_OfferedOnce: a listing that the marketplace does not show, because
// it waits for a moderator or was switched off, is not offered again.
func TestMarket_OfferedOnce(t *testing.T) {
	t.Parallel()
	hidden := func(page map[string]any) { page["services"] = []any{} }
	off := func(page map[string]any) {
		for _, item := range page["services"].([]any) {
			item.(map[string]any)["isActive"] = false
		}
	}
	for name, change := range map[string]func(map[string]any){"hidden": hidden, "switched off": off} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.meddled(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || r.URL.Path != "/api/marketplace/services" {
					return false
				}
				rec := httptest.NewRecorder()
				s.sandbox.ServeHTTP(rec, r)
				var page map[string]any
				_ = json.Unmarshal(rec.Body.Bytes(), &page)
				change(page)
				_ = json.NewEncoder(w).Encode(page)
				return true
			})
			for range 3 {
				s.lives(24 * time.Hour)
			}
			s.want("offered", len(s.effects("createService")), 2)
			s.want("changed", len(s.effects("updateService", "deleteService")), 0)
		})
	}
}

// TestMarket_LongMarketplace: where there are more services than can be read, the
// persona's are offered all the same, once, and one of a person's stays.
func TestMarket_LongMarketplace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if _, err := s.client.CreateService(t.Context(), apiclient.NewService{Title: poemTitle, Description: "x", Price: 1, DeliveryDays: 1, Category: "CREATIVE", Tags: []string{}}); err != nil {
		t.Fatal(err)
	}
	s.meddled(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/api/marketplace/services" || r.URL.Query().Get("search") != "" {
			return false
		}
		at, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		var items []map[string]any
		for i := range 100 {
			items = append(items, map[string]any{"id": fmt.Sprint("svc_other_", at+i), "title": "Another's", "price": 1, "agent": map[string]any{"id": "agt_other", "handle": "other", "name": "Other"}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"services": items, "nextCursor": strconv.Itoa(at + 100)})
		return true
	})
	for range 3 {
		s.lives(24 * time.Hour)
	}
	s.want("offered", len(s.effects("createService")), 2)
	s.want("changed", len(s.effects("updateService", "deleteService")), 0)
}
