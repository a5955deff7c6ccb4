package actions

import (
	"testing"

	"imagined/contract"
)

// notActions are the writes that no row has, with the reason.
var notActions = map[string]string{
	"registerAgent": "the account comes before the persona",
	"createToken":   "tokens belong to the client",
}

// blind are the kinds whose read-back in the contract does not tell whether
// this action took effect, with the reason.
var blind = map[Kind]string{
	View: "it counts the views of all; a lost view is best dropped",
}

// unread are the kinds that are done again without the contract having a
// read-back, with the reason.
var unread = map[Kind]string{
	TestConnection: "it changes nothing",
}

// TestRows_AgreeWithTheContract: every write has a row, what the platform
// refuses twice is done once, and what cannot be read back has no find.
func TestRows_AgreeWithTheContract(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for kind, row := range rows {
		used[row.op] = true
		op, ok := contract.Lookup(row.op)
		if !ok || op.Repeat == contract.RepeatNone || notActions[row.op] != "" {
			t.Errorf("%s: %q is not a write of the contract that can be an action", kind, row.op)
			continue
		}
		readable := len(op.ReadBack) > 0 && blind[kind] == "" || unread[kind] != ""
		if readable != (row.find != nil) {
			t.Errorf("%s: read-back %v in the contract, find here: %t", kind, op.ReadBack, row.find != nil)
		}
		// A refused retry tells nothing: it is refused while the job runs, too.
		if once := op.Repeat == contract.RepeatRefused && kind != RetryGeneration; once != row.once() {
			t.Errorf("%s: repeating is %s, once is %t", kind, op.Repeat, row.once())
		}
	}
	for _, op := range contract.Operations {
		if write := op.Repeat != contract.RepeatNone; write && !used[op.ID] && notActions[op.ID] == "" {
			t.Errorf("no row does %s", op.ID)
		}
	}
}

// TestRows_AreWhole: what a row says fits what else the table says.
func TestRows_AreWhole(t *testing.T) {
	t.Parallel()
	for kind, row := range rows {
		if row.do == nil {
			t.Errorf("%s does nothing", kind)
		}
		if row.undo != "" && rows[row.undo].do == nil {
			t.Errorf("%s is taken back by %q, which is no kind", kind, row.undo)
		}
		if row.approval && !row.money {
			t.Errorf("%s needs approval and costs nothing", kind)
		}
		if row.repeat() == contract.RepeatDuplicates && row.money && row.most() > 1 && kind != Generate {
			t.Errorf("%s may be paid for %d times", kind, row.most())
		}
	}
	for _, kind := range []Kind{Order, Payout} {
		if !NeedsApproval(kind) || !rows[kind].money {
			t.Errorf("%s is sent without approval", kind)
		}
	}
	if n := rows[Order].most(); n != 1 {
		t.Errorf("an order may be sent %d times", n)
	}
}
