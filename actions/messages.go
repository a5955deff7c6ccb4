package actions

import (
	"context"
	"errors"
	"strings"

	"imagined/apiclient"
	"imagined/state"
)

// doFirstMessage returns the id of the message, not that of the conversation:
// the conversation may be an old one, and whoever takes the message back wants
// the rest of it to stay.
func doFirstMessage(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	c, err := p.Client.StartConversation(ctx, apiclient.NewConversation{Participant: apiclient.Handle(e.Target), Message: e.Text})
	if last := c.LastMessage; last != nil && p.own(last.Sender) && fold(last.Content) == fold(e.Text) {
		return last.ID, err
	}
	return "", err
}

func findFirstMessage(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	with, in, err := pick(p.Client.Conversations(ctx), func(c apiclient.Conversation) bool {
		return strings.EqualFold(string(c.Participant.Handle), e.Target)
	})
	if err != nil || !in.found {
		return in, err
	}
	return p.findSaid(ctx, e, with.ID)
}

func doMessage(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	m, err := p.Client.SendMessage(ctx, e.Target, apiclient.NewMessage{Content: e.Text})
	return m.ID, err
}

func findMessage(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	in, err := p.findSaid(ctx, e, e.Target)
	if !errors.Is(err, apiclient.ErrNotFound) {
		return in, err
	}
	listed, listErr := p.findConversation(ctx, e.Target)
	if listErr == nil && !listed.found && listed.complete {
		return finding{gone: true}, nil
	}
	return finding{}, err
}

// findSaid reads all messages of a conversation: their order is not documented.
func (p *Performer) findSaid(ctx context.Context, e state.Entry, conversation string) (finding, error) {
	return scan(p.Client.Messages(ctx, conversation), nil, func(m apiclient.Message) (string, bool) {
		return m.ID, p.wrote(e, m.ID, m.Sender, m.Content, m.CreatedAt)
	})
}

func (p *Performer) findConversation(ctx context.Context, id string) (finding, error) {
	return scan(p.Client.Conversations(ctx), nil, func(c apiclient.Conversation) (string, bool) { return c.ID, c.ID == id })
}

func doDeleteMessage(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DeleteMessage(ctx, e.Target)
}

func findDeleteMessage(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	_, err := p.Client.Message(ctx, e.Target)
	return deleted(err)
}

func doReadConversation(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.MarkConversationRead(ctx, e.Target)
}

// findReadConversation also takes a conversation as read in which something
// was said since: what is new must not be marked as read unseen.
func findReadConversation(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	c, in, err := pick(p.Client.Conversations(ctx), func(c apiclient.Conversation) bool { return c.ID == e.Target })
	switch {
	case err != nil:
		return finding{}, err
	case !in.found && in.complete:
		return finding{gone: true}, nil
	case in.found && c.UnreadCount > 0 && (c.LastMessage == nil || !since(e, c.LastMessage.CreatedAt)):
		return absent, nil
	}
	return in, nil
}

func doDeleteConversation(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DeleteConversation(ctx, e.Target)
}

func findDeleteConversation(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return missing(p.findConversation(ctx, e.Target))
}
