package jobs_test

import (
	"testing"
	"time"
)

// TestMarket_OwnMediaYield: what the persona makes for itself takes no paid
// order's place.
func TestMarket_OwnMediaYield(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("per_day: 5", "per_day: 1", "generate: off", "generate: \"*/10 * * * *\"")
	s.lives(5 * time.Hour)
	s.want("own", len(s.effects("startGeneration")), 1)
	o := s.orders(s.buyer("luma_buyer"), drawingTitle, "The old port.")
	for range 3 {
		s.lives(24 * time.Hour)
	}
	s.want("status", s.order(o.ID).Status, "DELIVERED")
	s.want("handed over", s.handed(), []string{})
	before := len(s.effects("startGeneration"))
	s.lives(49 * time.Hour)
	s.want("own goes on", len(s.effects("startGeneration")) > before, true)
}
