//go:build !settle_short

package actions

import "time"

// window is the settle window of a kind.
//
// settle_length_short.go is this function done wrong, for the crash test to
// catch.
func (p *Performer) window(k Kind) time.Duration {
	return p.Settle * time.Duration(max(rows[k].settle, 1))
}
