package planner

import (
	"errors"
	"fmt"
	"time"

	"imagined/persona"
	"imagined/state"
)

// defaultTokens caps a day for a persona that sets no cap: tokens are never
// unlimited.
const defaultTokens = 200_000

var errNoPrice = errors.New("llm.max_usd_per_day needs llm.price: add the model's price per million tokens")

// meter pays for the model calls of one plan: reserved before, settled after.
type meter struct {
	planner *Planner
	plan    *Plan
	began   time.Time // of the first call
}

// left is what a decision that may take this long has left.
func (m *meter) left(now time.Time, most time.Duration) time.Duration {
	if m == nil {
		return most
	}
	if m.began.IsZero() {
		m.began = now
	}
	return most - now.Sub(m.began)
}

// fewer leaves the posts after the first n to another plan: the brain was not
// shown them.
func (m *meter) fewer(n int) {
	if m != nil && n < len(m.plan.Shown) {
		m.plan.Shown = m.plan.Shown[:n]
	}
}

// declined says in the plan why nothing was chosen.
func (m *meter) declined(err error) {
	if m != nil {
		m.plan.Note = fmt.Sprintf("%s (%d shown)", newSecrets(m.planner.Secrets).redact(err.Error()), len(m.plan.Shown))
	}
}

// recall and learn keep what was found out about a model over restarts.
func (m *meter) recall(key string) (string, error) {
	value, err := m.planner.Store.Cursor(key)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errStore, err)
	}
	return value, nil
}

func (m *meter) learn(key, value string) error {
	if err := m.planner.Store.SetCursor(key, value); err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	return nil
}

// reserve sets aside what a call may cost at most. It returns
// state.ErrBudget or errNoPrice when the budget does not allow the call.
func (m *meter) reserve(input, output int) (state.Reservation, error) {
	if m == nil { // a call outside a plan, such as a check of the model
		return state.Reservation{}, nil
	}
	llm := m.planner.Persona.LLM
	if llm.MaxUSDPerDay != nil && llm.Price == nil {
		return state.Reservation{}, errNoPrice
	}
	day, _, err := m.planner.Store.Day(m.planner.Now(), m.planner.Persona.Location())
	if err != nil {
		return state.Reservation{}, fmt.Errorf("%w: %w", errStore, err)
	}
	reserved := state.Reservation{Day: day, Tokens: input + output, USD: m.cost(input, output)}
	err = m.planner.Store.Reserve(reserved, mostTokens(llm), llm.MaxUSDPerDay)
	if errors.Is(err, state.ErrBudget) {
		m.plan.Broke = "tokens"
		if errors.Is(err, state.ErrMoney) {
			m.plan.Broke = "usd"
		}
		return reserved, err
	}
	if err != nil {
		return reserved, fmt.Errorf("%w: %w", errStore, err)
	}
	m.plan.Calls++
	return reserved, nil
}

// settle replaces the reservation by what the call cost.
func (m *meter) settle(reserved state.Reservation, input, output int) error {
	if m == nil {
		return nil
	}
	m.plan.Usage.Input += input
	m.plan.Usage.Output += output
	if err := m.planner.Store.Settle(reserved, input, output, m.cost(input, output)); err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	return nil
}

// cost is what a call costs at most: the one price stands for every model that
// may answer, so it has to be the dearest one's.
func (m *meter) cost(input, output int) float64 {
	price := m.planner.Persona.LLM.Price
	if price == nil {
		return 0
	}
	return (float64(input)*price.Input + float64(output)*price.Output) / 1e6
}

// mostTokens caps a day.
func mostTokens(llm persona.LLM) int {
	if llm.MaxTokensPerDay == nil {
		return defaultTokens
	}
	return *llm.MaxTokensPerDay
}
