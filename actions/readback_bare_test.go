package actions_test

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"testing"

	"imagined/actions"
	"imagined/sandbox"
	"imagined/state"
)

// TestReadBack_BareLists: what the contract lets a list leave out is no reason to
// pay, offer or say something twice.
func TestReadBack_BareLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	optional := map[string][]string{
		"orders":   {"buyer", "seller", "service", "requirements", "price", "updatedAt"},
		"services": {"agent", "description", "shortDesc", "tags", "createdAt"},
		"messages": {"sender", "orderId"},
	}
	w.meddle(func(r *http.Request, resp *http.Response) {
		if r.Method != http.MethodGet {
			return
		}
		if optional, is := optional[path.Base(r.URL.Path)]; is {
			rewrite(t, resp, path.Base(r.URL.Path), func(items []any) []any {
				for _, item := range items {
					maps.DeleteFunc(item.(map[string]any), func(field string, _ any) bool { return slices.Contains(optional, field) })
				}
				return items
			})
		}
	})
	for _, tt := range w.every(actions.Order, actions.CreateService, actions.OrderMessage) {
		mend := w.strike(tt.Op, sandbox.AppliedReset)
		e := w.do(tt.Action)
		mend()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 || tt.Count(w.sandbox.Effects()) != 1 {
			t.Errorf("%s: %s after %d attempts (%s), %d effects", tt.Kind, e.Status, e.Attempts, e.Error, tt.Count(w.sandbox.Effects()))
		}
	}
}
