package jobs_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/planner"
)

// TestMarket_FailuresApart: what the platform cannot say about one thing keeps
// no order waiting that has nothing to do with it.
func TestMarket_FailuresApart(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"reviews": "/api/marketplace/reviews", "the marketplace": "/api/marketplace/services",
		"providers": "/api/settings/services", "generations": "/api/generate/pending", "the other's messages": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.edit("delivery_days: 3", "delivery_days: 1")
			s.lives(time.Hour)
			buyer := s.buyer("luma_buyer")
			drawn, o := s.orders(buyer, drawingTitle, "The old port."), s.orders(buyer, poemTitle, "The old port.")
			if path == "" {
				path = "/api/marketplace/orders/" + drawn.ID + "/messages"
			}
			s.meddled(fails(path, 500))
			s.lives(23 * time.Hour)
			s.want("status", s.order(o.ID).Status, "DELIVERED")
			if s.order(drawn.ID).Status != "DELIVERED" && !slices.Contains(s.handed(), planner.DueSoon) {
				t.Errorf("the other order is %s, and nobody was told", s.order(drawn.ID).Status)
			}
		})
	}
}

// TestMarket_NoMessages: where no order can be read, each is shown in time, and a
// run asks for few.
func TestMarket_NoMessages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("delivery_days: 2", "delivery_days: 1")
	s.lives(time.Hour)
	buyer := s.buyer("luma_buyer")
	for i := range 8 {
		s.orders(buyer, poemTitle, fmt.Sprintf("Number %d.", i))
	}
	s.meddled(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/messages") {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	s.lives(23 * time.Hour)
	s.want("shown", len(s.handed()), 8)
	s.want("asked a run", strings.Count(s.log.String(), "goes on without") <= 3*24*2, true)
}
