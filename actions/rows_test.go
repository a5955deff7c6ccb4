package actions

import (
	"testing"

	"imagined/contract"
)

// TestRows_AgreeWithTheContract: what the platform refuses twice is marked
// once, and what cannot be read back has no find, both ways.
func TestRows_AgreeWithTheContract(t *testing.T) {
	t.Parallel()
	for kind, row := range rows {
		op, ok := contract.Lookup(row.op)
		if !ok {
			t.Errorf("%s: the contract has no operation %q", kind, row.op)
			continue
		}
		if readable := len(op.ReadBack) > 0; readable != (row.find != nil) {
			t.Errorf("%s: read-back %v in the contract, find here: %t", kind, op.ReadBack, row.find != nil)
		}
		// A refused retry tells nothing: it is refused while the job runs, too.
		if once := op.Repeat == contract.RepeatRefused && kind != RetryGeneration; once != row.once {
			t.Errorf("%s: repeating is %s, once is %t", kind, op.Repeat, row.once)
		}
		if op.Tier != contract.TierWrite {
			t.Errorf("%s: tier %s", kind, op.Tier)
		}
	}
}
