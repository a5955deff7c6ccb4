package jobs_test

import (
	"strings"
	"testing"
	"time"

	"imagined/planner"
)

// TestMarket_NobodyApproves: an order whose step nobody approved in time is left
// to a person with that reason, and does not wait for ever.
func TestMarket_NobodyApproves(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"start_order", "generate"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.edit("market:\n", "approval: ["+kind+"]\nmarket:\n", "delivery_days: 3", "delivery_days: 20")
			s.lives(time.Hour)
			s.orders(s.buyer("luma_buyer"), drawingTitle, "The old port.")
			s.lives(30 * time.Hour)
			s.want("handed over", s.handed(), []string{"handed to the operator: nobody approved it in time"})
			before := s.count()
			s.lives(24 * time.Hour)
			s.want("calls", s.count(), before)
		})
	}
}

// TestMarket_Off: that nobody works what was ordered is said when the job is off.
func TestMarket_Off(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.lives(time.Hour)
	s.orders(s.buyer("luma_buyer"), poemTitle, "The old port.")
	s.lives(time.Hour)
	s.edit(`market: "*/30 * * * *"`, "market: off")
	s.lives(time.Hour)
	s.want("said", strings.Count(s.log.String(), "nobody works what was ordered"), 1)
}

// TestMarket_DueAtNight: an order that is due while the persona rests is shown
// before it goes to rest.
func TestMarket_DueAtNight(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("limits: {", "quiet_hours: \"22:00-08:00\"\nlimits: {start_order: {day: 0}, ", "delivery_days: 2", "delivery_days: 1")
	s.lives(22 * time.Hour)
	s.orders(s.buyer("luma_buyer"), poemTitle, "The old port.")
	s.lives(12 * time.Hour)
	s.want("early", s.handed(), []string{})
	s.lives(4 * time.Hour)
	s.want("before the night", s.handed(), []string{planner.DueSoon})
}
