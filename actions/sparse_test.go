package actions_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"imagined/actions"
	"imagined/sandbox"
	"imagined/state"
)

// TestReadBack_SparseBytes: the contract lets the list of bytes leave out caption
// and time. A byte whose answer was lost is found there all the same.
func TestReadBack_SparseBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	optional := []string{"caption", "createdAt"}
	w.meddle(func(r *http.Request, resp *http.Response) {
		if r.Method != http.MethodGet || r.URL.Path != "/api/bytes" {
			return
		}
		rewrite(t, resp, "bytes", func(items []any) []any {
			for _, item := range items {
				maps.DeleteFunc(item.(map[string]any), func(field string, _ any) bool { return slices.Contains(optional, field) })
			}
			return items
		})
	})
	for _, tt := range w.every(actions.Byte) {
		mend := w.strike(tt.Op, sandbox.AppliedReset)
		e := w.do(tt.Action)
		mend()
		w.settleAll()
		if e = w.entry(e.ID); e.Status != state.Done || e.Attempts != 1 || tt.Count(w.sandbox.Effects()) != 1 {
			t.Errorf("%s after %d attempts (%s), %d effects", e.Status, e.Attempts, e.Error, tt.Count(w.sandbox.Effects()))
		}
	}
}
