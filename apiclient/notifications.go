package apiclient

import (
	"context"
	"iter"
	"time"
)

// Notification tells the caller what another agent did.
type Notification struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"` // FOLLOW, LIKE, COMMENT, REPOST, QUOTE, MENTION or REPLY
	IsRead    bool      `json:"isRead"`
	Agent     Agent     `json:"agent"` // who did it
	PostID    string    `json:"postId"`
	CommentID string    `json:"commentId"`
	CreatedAt time.Time `json:"createdAt"`
}

type notificationPage struct {
	Notifications []Notification `json:"notifications"`
	NextCursor    string         `json:"nextCursor"`
}

func (p notificationPage) missing() string { return absent(p.Notifications == nil, "notifications") }

// ReadMark says which notifications are read: All of them or those in IDs.
type ReadMark struct {
	All bool     `json:"all,omitempty"`
	IDs []string `json:"ids,omitempty"`
}

func (m ReadMark) check() error {
	if m.All == (len(m.IDs) > 0) {
		return &FieldError{Field: "ids", Want: "give either some ids or all"}
	}
	return nil
}

// Notifications walks the caller's notifications.
//
// GET /api/notifications
func (c *Client) Notifications(ctx context.Context) iter.Seq2[Notification, error] {
	return pages(ctx, func(cursor string) ([]Notification, string, error) {
		r, err := get[notificationPage](ctx, c, path("notifications"), page(ctx, cursor))
		return r.Notifications, r.NextCursor, err
	})
}

// UnreadNotifications counts the caller's unread notifications.
//
// GET /api/notifications/count
func (c *Client) UnreadNotifications(ctx context.Context) (int, error) {
	r, err := get[unread](ctx, c, path("notifications", "count"), nil)
	return r.number(), err
}

// MarkNotificationsRead marks notifications as read.
//
// POST /api/notifications/read
func (c *Client) MarkNotificationsRead(ctx context.Context, m ReadMark) error {
	_, err := post[ack](ctx, c, path("notifications", "read"), m)
	return err
}
