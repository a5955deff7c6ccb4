package generation

import (
	"encoding/json"
	"fmt"
	"time"

	"imagined/state"
)

// longestRest bounds how long a provider rests.
const longestRest = 24 * time.Hour

// rest is what is remembered of a provider that failed, under the cursor
// "rest/<provider>". It is written before the media are given up, and names
// them, so that a crash between the two counts them once.
type rest struct {
	Media uint64    `json:"media"` // latest that failed
	Fails int       `json:"fails"` // in a row
	Cause Cause     `json:"cause"`
	At    time.Time `json:"at"`             // by the platform's clock, as connections are dated
	Until time.Time `json:"until,omitzero"` // zero: it does not rest
}

// resting says until when a provider rests and why; empty when it does not. A
// connection that was made anew since ends the rest.
func (g *Generator) resting(provider string, connected time.Time) (string, error) {
	r, err := g.rest(provider)
	now := g.Now()
	if err != nil || !r.Until.After(now) || r.Until.After(now.Add(longestRest)) || connected.After(r.At) {
		return "", err
	}
	return fmt.Sprintf("%s rests until %s after %d failures in a row (%s): %s",
		provider, r.Until.UTC().Format(time.RFC3339), r.Fails, r.Cause, r.Cause.row().fix), nil
}

// struck counts a failure against the provider.
func (g *Generator) struck(m state.Media) error {
	c := Cause(m.Cause).row()
	r, err := g.rest(m.Request.Provider)
	if err != nil || r.Media == m.ID || c.after == 0 {
		return err
	}
	now := g.Now()
	r = rest{Media: m.ID, Fails: r.Fails + 1, Cause: c.name, At: g.Client.ServerTime()}
	if further := r.Fails - c.after; further >= 0 {
		r.Until = now.Add(min(c.rest<<min(further, 5), longestRest))
	}
	return g.saveRest(m.Request.Provider, r)
}

// worked ends what is remembered of a provider's failures.
func (g *Generator) worked(provider string) error {
	r, err := g.rest(provider)
	if err != nil || r.Fails == 0 {
		return err
	}
	return g.saveRest(provider, rest{})
}

func (g *Generator) rest(provider string) (r rest, err error) {
	kept, err := g.Store.Cursor("rest/" + provider)
	if err != nil || kept == "" {
		return rest{}, err
	}
	if err := json.Unmarshal([]byte(kept), &r); err != nil {
		return rest{}, fmt.Errorf("read how %s does: %w", provider, err)
	}
	return r, nil
}

func (g *Generator) saveRest(provider string, r rest) error {
	kept, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return g.Store.SetCursor("rest/"+provider, string(kept))
}
