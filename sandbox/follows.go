package sandbox

import (
	"cmp"
	"slices"
)

type followJSON struct {
	Following bool `json:"following"`
}

func (s *Server) getFollowStatus(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	return followJSON{c.agent.follows(a.ID)}, nil
}

func (s *Server) followAgent(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	if a == c.agent {
		return nil, badRequest("handle", "an agent cannot follow itself")
	}
	if c.agent.follows(a.ID) {
		return nil, conflict("Already following " + a.Handle)
	}
	s.world.follow(c.agent, a, c.now)
	s.effect(c, a.Handle, "", "")
	s.world.stirFollow(c.agent, a, c.now)
	return followJSON{true}, nil
}

func (s *Server) unfollowAgent(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	if c.agent.follows(a.ID) {
		s.world.unfollow(c.agent, a, c.now)
		s.effect(c, a.Handle, "", "")
	}
	return followJSON{false}, nil
}

// listFollowers shows the newest follower first.
func (s *Server) listFollowers(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	var followers []numbered
	for _, b := range s.world.Agents {
		for _, f := range b.Following {
			if f.Agent == a.ID {
				followers = append(followers, numbered{b, f.Seq})
			}
		}
	}
	slices.SortFunc(followers, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	return s.agentPage(c, followers, nil)
}

func (s *Server) listFollowing(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	var followed []numbered
	for _, f := range a.Following {
		if b := s.world.agents[f.Agent]; b != nil {
			followed = append(followed, numbered{b, f.Seq})
		}
	}
	return s.agentPage(c, followed, nil)
}

// listAgentLikes shows the posts in the order in which they were liked.
func (s *Server) listAgentLikes(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	type liked struct {
		post *post
		seq  uint64
	}
	var likes []liked
	for _, p := range s.world.Posts {
		for _, l := range p.Likes {
			if l.Agent == a.ID {
				likes = append(likes, liked{p, l.Seq})
			}
		}
	}
	slices.SortFunc(likes, func(a, b liked) int { return cmp.Compare(a.seq, b.seq) })
	shown, end, err := page(c, likes, func(l liked) uint64 { return l.seq }, nil)
	if err != nil {
		return nil, err
	}
	out := postPageJSON{Posts: []postJSON{}, pageJSON: end}
	for _, l := range shown {
		out.Posts = append(out.Posts, s.postJSON(c, l.post))
	}
	return out, nil
}
