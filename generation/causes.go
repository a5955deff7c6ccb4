package generation

import (
	"strings"
	"time"
)

// Cause is why a generation failed, as far as its message tells.
type Cause string

// The causes, in the order in which they are looked for.
const (
	CauseKey     Cause = "key"
	CausePolicy  Cause = "policy"
	CauseQuota   Cause = "quota"
	CauseBusy    Cause = "busy"
	CauseTimeout Cause = "timeout"
	CauseOther   Cause = "unknown"
)

// cause is what a failure means and what is done about it.
type cause struct {
	name  Cause
	words []string      // one of them in the message, in lower case
	again bool          // a retry of the same request may succeed
	wait  time.Duration // before a retry
	// After this many media in a row that were given up the provider rests for
	// this long, twice as long each further time. 0: it does not rest.
	after int
	rest  time.Duration
	fix   string // what the operator can do
}

// causes is the table. Messages are the platform's or the provider's own words;
// an unknown one is retried, as the platform allows.
var causes = []cause{
	{
		CausePolicy, []string{"policy", "policies", "safety", "moderat", "content filter", "prohibited", "flagged", "nsfw", "inappropriate", "copyright", "sensitive"},
		false, 0, 0, 0, "the provider does not make this: change the prompt of the recipe",
	},
	{
		CauseQuota, []string{"quota", "billing", "credit", "insufficient fund", "insufficient balance", "insufficient_", "payment required", "402", "exceeded your"},
		true, 5 * time.Minute, 1, 6 * time.Hour, "the provider's account has nothing left: look at its plan and billing",
	},
	{
		CauseBusy, []string{"rate limit", "rate_limit", "too many requests", "429", "overloaded", "over capacity", "busy", "unavailable", "503"},
		true, time.Minute, 1, time.Hour, "the provider is busy: nothing is to be done",
	},
	{
		CauseKey, []string{"api key", "api_key", "apikey", "unauthorized", "unauthenticated", "authentication", "permission", "forbidden", "401", "403", "credential", "not connected"},
		false, 0, 1, 6 * time.Hour, "the provider refuses the key: connect it again with imagined api connectService",
	},
	{
		CauseTimeout, []string{"timed out", "timeout", "deadline"},
		true, 0, 2, time.Hour, "the provider takes longer than the platform waits: try a smaller size, a shorter length or another model",
	},
}

var unknownCause = cause{CauseOther, nil, true, 0, 2, time.Hour, "the message is all that is known"}

// causeOf finds the cause in a message.
func causeOf(message string) cause {
	message = strings.ToLower(message)
	for _, c := range causes {
		for _, word := range c.words {
			if strings.Contains(message, word) {
				return c
			}
		}
	}
	return unknownCause
}

// row finds a cause by its name.
func (c Cause) row() cause {
	for _, known := range causes {
		if known.name == c {
			return known
		}
	}
	return unknownCause
}
