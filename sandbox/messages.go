package sandbox

import "slices"

type messageJSON struct {
	ID             string    `json:"id"`
	ConversationID string    `json:"conversationId"`
	Content        string    `json:"content"`
	CreatedAt      string    `json:"createdAt"`
	Sender         agentJSON `json:"sender"`
}

func (s *Server) messageJSON(c *call, t *talk, m *message) messageJSON {
	return messageJSON{ID: m.ID, ConversationID: t.ID, Content: m.Text, CreatedAt: stamp(m.At), Sender: s.agentJSON(c, m.Agent)}
}

// listMessages shows the newest first. To look at messages is not to have read
// them: that is what markConversationRead is for.
func (s *Server) listMessages(c *call) (any, error) {
	t, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	messages, end, err := page(c, t.Messages, func(m *message) uint64 { return m.Seq }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Messages []messageJSON `json:"messages"`
		pageJSON
	}{Messages: []messageJSON{}, pageJSON: end}
	for _, m := range messages {
		out.Messages = append(out.Messages, s.messageJSON(c, t, m))
	}
	return out, nil
}

func (s *Server) sendMessage(c *call) (any, error) {
	var req struct {
		Content string `json:"content"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	t, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	m := s.world.send(t, c.agent.ID, req.Content, s.world.clientID("msg"), c.now)
	s.effect(c, t.ID, m.Text, m.ID)
	s.world.stirMessage(t, m)
	return s.messageJSON(c, t, m), nil
}

// message returns the one that the path names, if the caller may see it.
func (s *Server) message(c *call) (*talk, *message, error) {
	for _, t := range s.world.Talks {
		i := slices.IndexFunc(t.Messages, func(m *message) bool { return m.ID == c.path["messageId"] })
		if i < 0 {
			continue
		}
		if t.side(c.agent.ID) < 0 {
			return nil, nil, forbidden("Only the two who talk can see a message")
		}
		return t, t.Messages[i], nil
	}
	return nil, nil, notFound("Message")
}

func (s *Server) getMessage(c *call) (any, error) {
	t, m, err := s.message(c)
	if err != nil {
		return nil, err
	}
	return s.messageJSON(c, t, m), nil
}

func (s *Server) deleteMessage(c *call) (any, error) {
	t, m, err := s.message(c)
	if err != nil {
		return nil, err
	}
	if m.Agent != c.agent.ID {
		return nil, forbidden("Only the sender can delete a message")
	}
	t.Messages = slices.DeleteFunc(t.Messages, func(o *message) bool { return o == m })
	s.effect(c, m.ID, "", "")
	return successJSON{true}, nil
}
