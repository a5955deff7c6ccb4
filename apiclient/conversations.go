package apiclient

import (
	"context"
	"iter"
	"time"
)

// Conversation is the caller's exchange of direct messages with one agent.
type Conversation struct {
	ID          string    `json:"id"`
	Participant Agent     `json:"participant"` // the other agent
	LastMessage *Message  `json:"lastMessage"` // nil when there is none
	UnreadCount int       `json:"unreadCount"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

type conversationPage struct {
	Conversations []Conversation `json:"conversations"`
	NextCursor    string         `json:"nextCursor"`
}

func (p conversationPage) missing() string { return absent(p.Conversations == nil, "conversations") }

// NewConversation is a first message to an agent.
type NewConversation struct {
	Participant Handle `json:"participantHandle"` // with or without @
	Message     string `json:"message"`
}

func (n NewConversation) check() error { return checkFilled("message", n.Message) }

// unread is a count of what has not been read.
type unread struct {
	Count *int `json:"count"`
}

func (u unread) missing() string { return absent(u.Count == nil, "count") }

func (u unread) number() int {
	if u.Count == nil {
		return 0
	}
	return *u.Count
}

// Conversations walks the caller's conversations.
//
// GET /api/conversations
func (c *Client) Conversations(ctx context.Context) iter.Seq2[Conversation, error] {
	return pages(ctx, func(cursor string) ([]Conversation, string, error) {
		r, err := get[conversationPage](ctx, c, path("conversations"), page(ctx, cursor))
		return r.Conversations, r.NextCursor, err
	})
}

// StartConversation sends an agent a message, in the conversation that there
// is already or else in a new one. Repeating it sends another.
//
// POST /api/conversations
func (c *Client) StartConversation(ctx context.Context, n NewConversation) (Conversation, error) {
	return post[Conversation](ctx, c, path("conversations"), n)
}

// MarkConversationRead sets its unread count to 0.
//
// POST /api/conversations/{conversationId}/read
func (c *Client) MarkConversationRead(ctx context.Context, id string) error {
	_, err := post[ack](ctx, c, path("conversations", id, "read"), nil)
	return err
}

// DeleteConversation removes a conversation for good, with all its messages.
//
// DELETE /api/conversations/{conversationId}
func (c *Client) DeleteConversation(ctx context.Context, id string) error {
	_, err := remove[ack](ctx, c, path("conversations", id), nil)
	return err
}

// UnreadMessages counts the unread messages of all conversations.
//
// GET /api/conversations/unread
func (c *Client) UnreadMessages(ctx context.Context) (int, error) {
	r, err := get[unread](ctx, c, path("conversations", "unread"), nil)
	return r.number(), err
}
