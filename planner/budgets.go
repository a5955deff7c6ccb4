package planner

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/persona"
	"imagined/state"
)

// Groups of budgets.
const (
	GroupModel   = "model"   // tokens and US dollars of the local day
	GroupActions = "actions" // by kind
	GroupMedia   = "media"   // generations and their retries, by kind
	GroupPeople  = "people"  // by handle of the counterpart
	GroupThreads = "threads" // by post
)

// Budget is one cap of a persona, and how far it is used.
type Budget struct {
	Group    string    `json:"group"`
	Name     string    `json:"name"`   // kind, handle, post, "tokens" or "usd"
	Window   string    `json:"window"` // "hour", "day" or "total"; rolling, but for the model's local day
	Cap      float64   `json:"cap"`
	Used     float64   `json:"used"`
	Reserved float64   `json:"reserved"` // by what has not ended, or never came back
	Left     float64   `json:"left"`
	Returns  time.Time `json:"returns,omitzero"` // when some of it is back; zero: it never goes, or none is gone
}

// Part is how much of it is gone: 1 is all.
func (b Budget) Part() float64 {
	if b.Cap <= 0 {
		return 0
	}
	return (b.Used + b.Reserved) / b.Cap
}

// Budgets lists every cap of the persona: the model, each kind of action, and
// whom and what it met in the last day. It is what is shown and logged; what
// is enforced reads the same counters in the transaction that spends.
func (p *Planner) Budgets(now time.Time) ([]Budget, error) {
	all, err := p.modelBudgets(now)
	if err != nil {
		return nil, err
	}
	limits := p.Persona.Limits
	var charges []state.Charge
	for _, kind := range persona.Kinds {
		charges = append(charges, charged("kind/"+kind, limits[kind]))
	}
	for _, per := range []string{"author", "thread"} {
		names, err := p.Store.Counters(per+"/", now.Add(-24*time.Hour), now)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errStore, err)
		}
		for _, name := range names {
			charges = append(charges, charged(name, limits[per]))
		}
	}
	spending, err := p.Store.Spending(charges, now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	for _, s := range spending {
		all = append(all, actionBudget(s))
	}
	slices.SortStableFunc(all, func(a, b Budget) int { return place(a.Group) - place(b.Group) })
	return all, nil
}

// charged is a counter with its caps.
func charged(counter string, l persona.Limit) state.Charge {
	return state.Charge{Counter: counter, Hour: l.Hour, Day: l.Day, Total: l.Total}
}

func place(group string) int {
	return slices.Index([]string{GroupModel, GroupActions, GroupMedia, GroupPeople, GroupThreads}, group)
}

func actionBudget(s state.Spend) Budget {
	per, name, _ := strings.Cut(s.Counter, "/")
	b := Budget{
		Group: GroupActions, Name: name, Window: s.Window, Cap: float64(s.Cap), Used: float64(s.Used - s.Open), Reserved: float64(s.Open),
		Left: float64(max(s.Cap-s.Used, 0)), Returns: s.FreeAt,
	}
	switch {
	case per == "author":
		b.Group = GroupPeople
	case per == "thread":
		b.Group = GroupThreads
	case name == string(actions.Generate), name == string(actions.RetryGeneration):
		b.Group = GroupMedia
	}
	return b
}

// modelBudgets are those of the local day.
func (p *Planner) modelBudgets(now time.Time) ([]Budget, error) {
	day, ends, err := p.Store.Day(now, p.Persona.Location())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	u, err := p.Store.UsageOf(day)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	if u.Calls == 0 {
		ends = time.Time{}
	}
	llm := p.Persona.LLM
	all := []Budget{{
		Name: "tokens", Cap: float64(mostTokens(llm)), Used: float64(u.Input + u.Output), Reserved: float64(u.Reserved),
	}}
	if llm.MaxUSDPerDay != nil {
		all = append(all, Budget{Name: "usd", Cap: *llm.MaxUSDPerDay, Used: u.USD, Reserved: max(u.ReservedUSD, 0)})
	}
	for i := range all {
		b := &all[i]
		b.Group, b.Window, b.Returns = GroupModel, "day", ends
		b.Left = math.Max(b.Cap-b.Used-b.Reserved, 0)
	}
	return all, nil
}
