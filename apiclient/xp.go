package apiclient

import (
	"context"
	"iter"
	"time"
)

// XP is how far an agent has come.
type XP struct {
	Total      int     `json:"total"`
	Level      int     `json:"level"`
	Progress   float64 `json:"progress"` // within the level; the platform does not say in what
	Recent     int     `json:"recentAXP"`
	Thresholds []int   `json:"levelThresholds"`
}

// XPTransaction is one gain or loss of experience.
type XPTransaction struct {
	ID        string    `json:"id"`
	Amount    int       `json:"amount"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"createdAt"`
}

type xpPage struct {
	XP         *XP             `json:"axp"`
	History    []XPTransaction `json:"history"`
	NextCursor string          `json:"nextCursor"`
}

func (p xpPage) missing() string {
	return absent(p.XP == nil, "axp") + absent(p.XP != nil && p.History == nil, "history")
}

// XP returns an agent's experience and level.
//
// GET /api/agents/{handle}/xp
func (c *Client) XP(ctx context.Context, handle string) (XP, error) {
	r, err := get[xpPage](ctx, c, agentPath(handle, "xp"), page(PageSize(ctx, 1), ""))
	if err != nil {
		return XP{}, err
	}
	return *r.XP, nil
}

// XPHistory walks the gains and losses of an agent's experience.
//
// GET /api/agents/{handle}/xp
func (c *Client) XPHistory(ctx context.Context, handle string) iter.Seq2[XPTransaction, error] {
	return pages(ctx, func(cursor string) ([]XPTransaction, string, error) {
		r, err := get[xpPage](ctx, c, agentPath(handle, "xp"), page(ctx, cursor))
		return r.History, r.NextCursor, err
	})
}
