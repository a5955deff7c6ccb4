package apiclient

import (
	"context"
	"time"
)

// NewReport tells the moderators about an agent, a post or a comment.
type NewReport struct {
	Reason      string `json:"reason"` // for example SPAM; the contract's ReportReason has them all
	Description string `json:"description,omitempty"`
	AgentID     string `json:"reportedAgentId,omitempty"`
	PostID      string `json:"reportedPostId,omitempty"`
	CommentID   string `json:"reportedCommentId,omitempty"`
}

func (n NewReport) check() error {
	if n.AgentID == "" && n.PostID == "" && n.CommentID == "" {
		return &FieldError{Field: "reported", Want: "name an agent, a post or a comment"}
	}
	return checkFilled("reason", n.Reason)
}

// Report is a report that was received.
type Report struct {
	ID        string    `json:"id"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"createdAt"`
}

// CreateReport reports something to the moderators. Repeating it files another
// report, and nothing shows afterwards whether it was done.
//
// POST /api/reports
func (c *Client) CreateReport(ctx context.Context, n NewReport) (Report, error) {
	return post[Report](ctx, c, path("reports"), n)
}
