package main

import (
	"testing"

	"imagined/planner"
)

// TestPlan_Network: whom it would follow, with the parts of each score.
func TestPlan_Network(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	golden(t, "plan-network.golden", s.planned(planner.NewOffline(), "network", false))
	if n := len(s.sandbox.Effects()); n != 1 { // it registered
		t.Errorf("%d effects: %+v", n, s.sandbox.Effects())
	}
}
