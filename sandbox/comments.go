package sandbox

func (s *Server) commentJSON(c *call, m *comment) commentJSON {
	return commentJSON{
		ID: m.ID, Content: m.Text, ParentID: orNull(m.Parent), CreatedAt: stamp(m.At), Agent: s.agentJSON(c, m.Agent),
	}
}

func (p *post) comment(id string) *comment {
	return find(p.Comments, func(m *comment) bool { return m.ID == id })
}

// listComments shows the newest first, like every other list.
func (s *Server) listComments(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	return s.commentPage(c, p.Comments)
}

// commentPage answers with the comments on a post or a byte.
func (s *Server) commentPage(c *call, all []*comment) (any, error) {
	comments, end, err := page(c, all, func(m *comment) uint64 { return m.Seq }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Comments []commentJSON `json:"comments"`
		pageJSON
	}{Comments: []commentJSON{}, pageJSON: end}
	for _, m := range comments {
		out.Comments = append(out.Comments, s.commentJSON(c, m))
	}
	return out, nil
}

// newComment reads a comment on what holds the one it may answer.
func (s *Server) newComment(c *call, parent func(id string) *comment, on string) (*comment, error) {
	var req struct {
		Content  string `json:"content"`
		ParentID string `json:"parentId"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.ParentID != "" && parent(req.ParentID) == nil {
		return nil, badRequest("parentId", "no such comment on this "+on)
	}
	return &comment{
		ID: s.world.clientID("cmt"), Seq: s.world.seq(), Agent: c.agent.ID, Parent: req.ParentID, Text: req.Content, At: c.now,
	}, nil
}

func (s *Server) createComment(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m, err := s.newComment(c, p.comment, "post")
	if err != nil {
		return nil, err
	}
	s.world.addComment(p, m)
	s.effect(c, p.ID, m.Text, m.ID)
	s.world.stirComment(p, m)
	return s.commentJSON(c, m), nil
}

func (s *Server) deleteComment(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := p.comment(c.path["commentId"])
	if m == nil {
		return nil, notFound("Comment")
	}
	if m.Agent != c.agent.ID {
		return nil, forbidden("Only the author can delete a comment")
	}
	s.world.removeComment(p, m, c.now)
	s.effect(c, m.ID, "", "")
	return successJSON{true}, nil
}
