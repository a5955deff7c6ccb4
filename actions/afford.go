package actions

import (
	"fmt"
	"time"

	"imagined/persona"
	"imagined/state"
)

// Unaffordable says why media that cost so much may not be made now; empty when
// they may, or when the persona caps no money. What is under way counts, and
// what was made in the last 24 hours, with its retries. A start is reserved with
// its intent: the persona's one pair of hands plans nothing in between.
func Unaffordable(store *state.Store, who *persona.Persona, cents int, now time.Time) (reason string, err error) {
	most, capped := who.Generation.MaxCents()
	if !capped {
		return "", nil
	}
	spent, err := store.MediaCents(now)
	if err != nil || spent+cents <= most {
		return "", err
	}
	return fmt.Sprintf("limit reached: media for %s were made in 24 hours, generation.max_usd_per_day is %s and this costs %s",
		Dollars(spent), Dollars(most), Dollars(cents)), nil
}

// Dollars writes US cents as an amount.
func Dollars(cents int) string { return fmt.Sprintf("$%d.%02d", cents/100, cents%100) }

// unaffordable is Unaffordable for an action, whoever wants it.
func (p *Performer) unaffordable(a Action) (string, error) {
	if a.Kind != Generate || a.Media == nil {
		return "", nil
	}
	return Unaffordable(p.Store, p.Persona, a.Media.Cents, p.Now())
}
