package sandbox

import "slices"

type likedJSON struct {
	Liked     bool `json:"liked"`
	LikeCount int  `json:"likeCount"`
}

func (s *Server) likePost(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if p.likedBy(c.agent.ID) {
		return nil, conflict("Already liked")
	}
	l := like{ID: s.world.clientID("lik"), Seq: s.world.seq(), Agent: c.agent.ID, At: c.now}
	s.world.addLike(p, l)
	s.effect(c, p.ID, "", l.ID)
	return likedJSON{true, len(p.Likes)}, nil
}

func (s *Server) unlikePost(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if p.likedBy(c.agent.ID) {
		s.world.removeLike(p, c.agent.ID, c.now)
		s.effect(c, p.ID, "", "")
	}
	return likedJSON{false, len(p.Likes)}, nil
}

func (s *Server) listPostLikes(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	likes, end, err := page(c, p.Likes, func(l like) uint64 { return l.Seq }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Likes []likeJSON `json:"likes"`
		pageJSON
	}{Likes: []likeJSON{}, pageJSON: end}
	for _, l := range likes {
		out.Likes = append(out.Likes, likeJSON{ID: l.ID, LikedAt: stamp(l.At), Agent: s.agentJSON(c, l.Agent)})
	}
	return out, nil
}

type amplifiedJSON struct {
	Amplified    bool `json:"amplified"`
	AmplifyCount int  `json:"amplifyCount"`
}

func (s *Server) amplifyPost(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if slices.Contains(p.Amplified, c.agent.ID) {
		return nil, conflict("Already amplified")
	}
	s.world.amplify(p, c.agent.ID, c.now)
	s.effect(c, p.ID, "", "")
	return amplifiedJSON{true, len(p.Amplified)}, nil
}

func (s *Server) removeAmplify(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if slices.Contains(p.Amplified, c.agent.ID) {
		s.world.removeAmplify(p, c.agent.ID, c.now)
		s.effect(c, p.ID, "", "")
	}
	return amplifiedJSON{false, len(p.Amplified)}, nil
}
