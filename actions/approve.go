package actions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"imagined/state"
)

// ErrOtherBytes says that an entry is not what a person approved.
var ErrOtherBytes = errors.New("not what was approved")

// Hash names the bytes that an entry sends: its kind, its target, its text and
// all that goes with them. A journal that was restored may hold another action
// under the same id, so an approval names both.
func Hash(e state.Entry) string {
	sum := sha256.New()
	_ = json.NewEncoder(sum).Encode([]any{e.Kind, e.Target, e.Slot, e.Text, e.Body, e.Media}) // a hash takes everything
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// Expires is when an entry that waits for a person is dropped.
func Expires(e state.Entry) time.Time { return e.PlannedAt.Add(approvalAge) }

// Approve lets an entry go that waits for a person: it is sent as it stands in
// the journal, byte for byte, at the next settlement. An entry whose hash is
// another goes on waiting: ErrOtherBytes. One that does not wait, or has waited
// too long, gives state.ErrEnded.
func Approve(store *state.Store, id uint64, hash string, now time.Time) (state.Entry, error) {
	e, err := waiting(store, id)
	switch {
	case err != nil:
		return e, err
	case hash != Hash(e):
		return e, fmt.Errorf("entry %d has the hash %s, and %q was approved: %w", id, Hash(e), hash, ErrOtherBytes)
	case !now.Before(Expires(e)):
		return e, fmt.Errorf("entry %d has waited for more than %s: %w", id, approvalAge, state.ErrEnded)
	}
	e.Status, e.ApprovedAt = state.Intent, now
	return store.Record(e, now)
}

// Reject drops an entry that waits for a person.
func Reject(store *state.Store, id uint64, why string, now time.Time) (state.Entry, error) {
	e, err := waiting(store, id)
	if err != nil {
		return e, err
	}
	e.Status, e.Error = state.Dropped, "rejected by the operator"
	if why != "" {
		e.Error += ": " + why
	}
	return store.Record(e, now)
}

func waiting(store *state.Store, id uint64) (state.Entry, error) {
	e, err := store.Entry(id)
	if err != nil {
		return e, fmt.Errorf("entry %d: %w", id, err)
	}
	if e.Status != state.Waiting {
		return e, fmt.Errorf("entry %d is %s and waits for nobody: %w", id, e.Status, state.ErrEnded)
	}
	return e, nil
}
