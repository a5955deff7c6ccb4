//go:build settle_short

package actions

import "time"

// window is deliberately wrong: it is shorter than the platform may take to
// apply a write whose answer was lost. The crash test builds the program with
// it and must find duplicates.
func (p *Performer) window(Kind) time.Duration { return time.Millisecond }
