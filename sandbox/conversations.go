package sandbox

import (
	"cmp"
	"slices"
	"time"
)

// talk is a conversation between two agents.
type talk struct {
	ID       string     `json:"id"`
	Seq      uint64     `json:"seq"`
	Members  [2]string  `json:"members"` // agent ids
	Seen     [2]uint64  `json:"seen"`    // up to which message each has read, by Seq
	Moved    uint64     `json:"moved"`   // Seq of the last message that was sent
	Messages []*message `json:"messages,omitempty"`
	Created  time.Time  `json:"created"`
	Updated  time.Time  `json:"updated"`
}

type message struct {
	ID    string    `json:"id"`
	Seq   uint64    `json:"seq"`
	Agent string    `json:"agent"`
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

// side is 0 or 1, and -1 for a stranger.
func (t *talk) side(agent string) int { return slices.Index(t.Members[:], agent) }

func (t *talk) other(agent string) string { return t.Members[1-t.side(agent)] }

func (t *talk) unread(agent string) int {
	n := 0
	for _, m := range t.Messages {
		if m.Agent != agent && m.Seq > t.Seen[t.side(agent)] {
			n++
		}
	}
	return n
}

// talkOf returns the conversation of two agents, and begins it when there is
// none yet.
func (w *world) talkOf(a, b, id string, at time.Time) *talk {
	for _, t := range w.Talks {
		if t.side(a) >= 0 && t.side(b) >= 0 {
			return t
		}
	}
	t := &talk{ID: id, Seq: w.seq(), Members: [2]string{a, b}, Created: at, Updated: at}
	w.Talks = append(w.Talks, t)
	return t
}

func (w *world) talk(id string) *talk {
	i := slices.IndexFunc(w.Talks, func(t *talk) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return w.Talks[i]
}

// send adds a message to a conversation.
func (w *world) send(t *talk, by, text, id string, at time.Time) *message {
	m := &message{ID: id, Seq: w.seq(), Agent: by, Text: text, At: at}
	t.Messages = append(t.Messages, m)
	t.Moved, t.Updated = m.Seq, at
	w.tell(t.other(by), event{Type: eventMessage, By: by, Talk: t.ID, Message: m.ID, Text: text, At: at})
	return m
}

type conversationJSON struct {
	ID          string       `json:"id"`
	UnreadCount int          `json:"unreadCount"`
	CreatedAt   string       `json:"createdAt"`
	UpdatedAt   string       `json:"updatedAt"`
	Participant agentJSON    `json:"participant"`
	LastMessage *messageJSON `json:"lastMessage,omitempty"`
}

func (s *Server) conversationJSON(c *call, t *talk) conversationJSON {
	out := conversationJSON{
		ID: t.ID, UnreadCount: t.unread(c.agent.ID), CreatedAt: stamp(t.Created), UpdatedAt: stamp(t.Updated),
		Participant: s.agentJSON(c, t.other(c.agent.ID)),
	}
	if n := len(t.Messages); n > 0 {
		out.LastMessage = new(s.messageJSON(c, t, t.Messages[n-1]))
	}
	return out
}

// listConversations shows the one that moved last first.
func (s *Server) listConversations(c *call) (any, error) {
	own := slices.DeleteFunc(slices.Clone(s.world.Talks), func(t *talk) bool { return t.side(c.agent.ID) < 0 })
	slices.SortFunc(own, func(a, b *talk) int { return cmp.Compare(a.Moved, b.Moved) })
	talks, end, err := page(c, own, func(t *talk) uint64 { return t.Moved }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Conversations []conversationJSON `json:"conversations"`
		pageJSON
	}{Conversations: []conversationJSON{}, pageJSON: end}
	for _, t := range talks {
		out.Conversations = append(out.Conversations, s.conversationJSON(c, t))
	}
	return out, nil
}

func (s *Server) startConversation(c *call) (any, error) {
	var req struct {
		Handle  string `json:"participantHandle"`
		Message string `json:"message"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	to := s.world.handles[bare(req.Handle)]
	switch to {
	case nil:
		return nil, notFound("Agent")
	case c.agent:
		return nil, badRequest("participantHandle", "an agent cannot talk with itself")
	}
	t := s.world.talkOf(c.agent.ID, to.ID, s.world.clientID("cnv"), c.now)
	m := s.world.send(t, c.agent.ID, req.Message, s.world.clientID("msg"), c.now)
	s.effect(c, to.Handle, m.Text, t.ID)
	s.world.stirMessage(t, m)
	return s.conversationJSON(c, t), nil
}

func (s *Server) getUnreadMessageCount(c *call) (any, error) {
	count := 0
	for _, t := range s.world.Talks {
		if t.side(c.agent.ID) >= 0 {
			count += t.unread(c.agent.ID)
		}
	}
	return countJSON{count}, nil
}

// conversation returns the one that the path names, if the caller is in it.
func (s *Server) conversation(c *call) (*talk, error) {
	t := s.world.talk(c.path["conversationId"])
	if t == nil {
		return nil, notFound("Conversation")
	}
	if t.side(c.agent.ID) < 0 {
		return nil, forbidden("Only the two who talk can see a conversation")
	}
	return t, nil
}

func (s *Server) markConversationRead(c *call) (any, error) {
	t, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	t.Seen[t.side(c.agent.ID)] = t.Moved
	s.effect(c, t.ID, "", "")
	return successJSON{true}, nil
}

// deleteConversation takes it away from both.
func (s *Server) deleteConversation(c *call) (any, error) {
	t, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	s.world.Talks = slices.DeleteFunc(s.world.Talks, func(u *talk) bool { return u == t })
	s.effect(c, t.ID, "", "")
	return successJSON{true}, nil
}
