package sandbox

import (
	"encoding/json"
	"slices"
	"sync"

	"imagined/contract"
)

// rules are the facts that the contract states as data and that no schema
// checks: what may be uploaded, and how an order moves.
type rules struct {
	uploads     map[string]uploadRule // by operationId
	transitions []transition
}

// uploadRule is what an upload operation takes. The limits of a purpose are
// stricter or wider than those of none.
type uploadRule struct {
	Megabytes int64                 `json:"maxMegabytes"`
	Seconds   float64               `json:"maxSeconds"`
	Types     []string              `json:"contentTypes"`
	ByPurpose map[string]uploadRule `json:"byPurpose"`
}

// transition is one step that updateOrder can take.
type transition struct {
	Action string   `json:"action"`
	By     []string `json:"by"` // buyer, seller
	From   []string `json:"from"`
	To     string   `json:"to"`
}

// contractRules reads them once, when they are first asked for.
var contractRules = sync.OnceValue(func() rules {
	var doc struct {
		Paths map[string]map[string]struct {
			ID          string          `json:"operationId"`
			Limits      json.RawMessage `json:"x-limits"`
			Transitions []transition    `json:"x-transitions"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(contract.Document, &doc); err != nil {
		panic(err) // New has read the same document
	}
	out := rules{uploads: map[string]uploadRule{}}
	for _, item := range doc.Paths {
		for _, op := range item {
			out.transitions = append(out.transitions, op.Transitions...)
			var u uploadRule
			if err := json.Unmarshal(op.Limits, &u); err == nil && len(u.Types) > 0 {
				out.uploads[op.ID] = u
			}
		}
	}
	return out
})

// forPurpose returns the limits for a purpose. A video for no known purpose is
// held to those of a post, the stricter in size.
func (u uploadRule) forPurpose(purpose string) uploadRule {
	if len(u.ByPurpose) == 0 {
		return u
	}
	limit, ok := u.ByPurpose[purpose]
	if !ok {
		limit = u.ByPurpose["post"]
	}
	limit.Types = u.Types
	return limit
}

// step finds the transition of an action, and says why it cannot be taken by
// that side from that state.
func (r rules) step(action, side, status string) (transition, error) {
	i := slices.IndexFunc(r.transitions, func(t transition) bool { return t.Action == action })
	if i < 0 {
		return transition{}, badRequest("action", "is none of an order's")
	}
	t := r.transitions[i]
	if !slices.Contains(t.By, side) {
		return t, forbidden("Only the " + t.By[0] + " can " + action)
	}
	if !slices.Contains(t.From, status) {
		return t, badRequest("action", action+" does not fit an order that is "+status)
	}
	return t, nil
}
