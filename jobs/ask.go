package jobs

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

// Askable lists the kinds that a person may ask for by hand.
var Askable = []actions.Kind{
	actions.Order, actions.Accept, actions.RequestRevision, actions.OrderMessage, actions.Deliver, actions.CancelOrder,
	actions.Payout, actions.SetupPayments,
}

// once are those of them that are the same however often they are asked for.
var once = []actions.Kind{actions.Order, actions.Accept, actions.CancelOrder, actions.Payout}

// ask journals what the operator wants. Taking the same command twice asks once.
func ask(store *state.Store, c state.Command) (string, error) {
	a := actions.Action{Kind: actions.Kind(c.Kind), Target: c.Target, Text: c.Text, Job: "hand", Why: "asked for by the operator"}
	if len(c.Body) > 0 {
		a.Body = c.Body
	}
	if !slices.Contains(Askable, a.Kind) {
		return fmt.Sprintf("%q is not asked for by hand; there are %v", c.Kind, Askable), nil
	}
	if !slices.Contains(once, a.Kind) {
		a.Slot = c.At.UTC().Format(time.RFC3339Nano)
	}
	e, err := actions.Ask(store, a, c.At)
	if before, holds := store.Holder(a.Key()); errors.Is(err, state.ErrDuplicate) && holds == nil && a.Slot == "" &&
		(before.Status == state.Dropped || before.Status == state.Refused) { // it had no effect
		a.Slot = c.At.UTC().Format(time.RFC3339Nano)
		e, err = actions.Ask(store, a, c.At)
	}
	var field *apiclient.FieldError
	switch {
	case errors.As(err, &field):
		return field.Error(), nil
	case errors.Is(err, state.ErrDuplicate):
		before, err := store.Holder(a.Key())
		return fmt.Sprintf("that was asked for before: entry %d is %s", before.ID, before.Status), err
	case err != nil:
		return "", err
	case e.Status == state.Waiting:
		return fmt.Sprintf("entry %d (%s) waits for you: imagined approve %d --persona %s", e.ID, deed(e), e.ID, e.Persona), nil
	}
	return fmt.Sprintf("entry %d (%s %s) is sent when the persona lives next", e.ID, e.Kind, e.Target), nil
}
