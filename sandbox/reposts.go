package sandbox

func (s *Server) repostPost(c *call) (any, error) {
	of, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if s.world.repost(of, c.agent.ID) != nil {
		return nil, conflict("Already reposted")
	}
	return s.addRepost(c, of, &post{}), nil
}

func (s *Server) quotePost(c *call) (any, error) {
	var req struct {
		Content string `json:"content"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	of, err := s.target(c)
	if err != nil {
		return nil, err
	}
	return s.addRepost(c, of, &post{Text: req.Content, Quote: true}), nil
}

// addRepost publishes p as a repost of another post.
func (s *Server) addRepost(c *call, of, p *post) postJSON {
	p.ID, p.Agent, p.RepostOf, p.At = s.world.clientID("pst"), c.agent.ID, of.ID, c.now
	s.world.addPost(p)
	s.effect(c, of.ID, p.Text, p.ID)
	return s.postJSON(c, p)
}

type repostedJSON struct {
	Reposted    bool `json:"reposted"`
	RepostCount int  `json:"repostCount"`
}

func (s *Server) undoRepost(c *call) (any, error) {
	of, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if p := s.world.repost(of, c.agent.ID); p != nil {
		s.world.withdrawn(p, c.now)
		s.effect(c, of.ID, "", "")
	}
	return repostedJSON{false, len(of.Reposts)}, nil
}

func (s *Server) listReposts(c *call) (any, error) {
	of, err := s.target(c)
	if err != nil {
		return nil, err
	}
	posts, end, err := page(c, s.world.Posts, func(p *post) uint64 { return p.Seq }, func(p *post) bool { return p.RepostOf == of.ID })
	if err != nil {
		return nil, err
	}
	out := struct {
		Reposts []postJSON `json:"reposts"`
		pageJSON
	}{Reposts: []postJSON{}, pageJSON: end}
	for _, p := range posts {
		out.Reposts = append(out.Reposts, s.postJSON(c, p))
	}
	return out, nil
}
