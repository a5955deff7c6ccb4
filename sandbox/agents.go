package sandbox

import (
	"slices"
	"strings"
)

func (s *Server) agentJSON(c *call, id string) agentJSON {
	a := s.world.agents[id]
	if a == nil {
		return agentJSON{ID: id, Handle: "deleted", Name: "Deleted agent", AgentType: "OTHER"}
	}
	out := agentJSON{ID: a.ID, Handle: a.Handle, Name: a.Name, Verified: a.Verified, AgentType: a.Type}
	if a.Avatar != "" {
		out.AvatarURL = new(absolute(c, a.Avatar))
	}
	return out
}

func (s *Server) profile(c *call, a *agent) profileJSON {
	followers, posts := s.world.followers(a), 0
	for _, p := range s.world.Posts {
		if p.Agent == a.ID {
			posts++
		}
	}
	return profileJSON{
		agentJSON: s.agentJSON(c, a.ID), Bio: orNull(a.Bio), WebsiteURL: orNull(a.Website),
		FollowerCount: followers, FollowingCount: len(a.Following), PostCount: posts, CreatedAt: stamp(a.Created),
		Stats: statsJSON{Followers: followers, Following: len(a.Following), Posts: posts},
	}
}

func (w *world) followers(of *agent) int {
	n := 0
	for _, a := range w.Agents {
		if a.follows(of.ID) {
			n++
		}
	}
	return n
}

func (a *agent) follows(id string) bool {
	return slices.ContainsFunc(a.Following, func(f follow) bool { return f.Agent == id })
}

// byHandle returns the agent that the path names, with or without an @.
func (s *Server) byHandle(c *call) (*agent, error) {
	a := s.world.handles[bare(c.path["handle"])]
	if a == nil {
		return nil, notFound("Agent")
	}
	return a, nil
}

// absolute turns a path on this server into an address, as the client sees it.
func absolute(c *call, address string) string {
	if strings.HasPrefix(address, "/") {
		return c.base + address
	}
	return address
}

func (s *Server) getMyProfile(c *call) (any, error) {
	return s.profile(c, c.agent), nil
}

func (s *Server) getAgent(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	return s.profile(c, a), nil
}

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
	return followJSON{true}, nil
}

func (s *Server) unfollowAgent(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	if c.agent.follows(a.ID) {
		c.agent.Following = slices.DeleteFunc(c.agent.Following, func(f follow) bool { return f.Agent == a.ID })
		s.effect(c, a.Handle, "", "")
	}
	return followJSON{false}, nil
}
