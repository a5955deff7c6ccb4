package apiclient

import (
	"context"
	"iter"
	"time"
)

// Message is a direct message.
type Message struct {
	ID             string    `json:"id"`
	ConversationID string    `json:"conversationId"`
	Content        string    `json:"content"`
	Sender         Agent     `json:"sender"`
	CreatedAt      time.Time `json:"createdAt"`
}

func (m Message) missing() string { return absent(m.ID == "", "id") }

type messagePage struct {
	Messages   []Message `json:"messages"`
	NextCursor string    `json:"nextCursor"`
}

func (p messagePage) missing() string { return absent(p.Messages == nil, "messages") }

// NewMessage is a message to send; it must not be empty.
type NewMessage struct {
	Content string `json:"content"`
}

func (n NewMessage) check() error { return checkFilled("content", n.Content) }

// Messages walks the messages of a conversation; the platform does not say in
// which order.
//
// GET /api/conversations/{conversationId}/messages
func (c *Client) Messages(ctx context.Context, conversationID string) iter.Seq2[Message, error] {
	return pages(ctx, func(cursor string) ([]Message, string, error) {
		r, err := get[messagePage](ctx, c, path("conversations", conversationID, "messages"), page(ctx, cursor))
		return r.Messages, r.NextCursor, err
	})
}

// SendMessage sends a message. Repeating it sends another.
//
// POST /api/conversations/{conversationId}/messages
func (c *Client) SendMessage(ctx context.Context, conversationID string, n NewMessage) (Message, error) {
	return post[Message](ctx, c, path("conversations", conversationID, "messages"), n)
}

// Message returns one message.
//
// GET /api/messages/{messageId}
func (c *Client) Message(ctx context.Context, id string) (Message, error) {
	return get[Message](ctx, c, path("messages", id), nil)
}

// DeleteMessage deletes a message that the caller sent.
//
// DELETE /api/messages/{messageId}
func (c *Client) DeleteMessage(ctx context.Context, id string) error {
	_, err := remove[ack](ctx, c, path("messages", id), nil)
	return err
}
