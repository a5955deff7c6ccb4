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
	out := profileJSON{
		agentJSON: s.agentJSON(c, a.ID), Bio: orNull(a.Bio), WebsiteURL: orNull(a.Website),
		FollowerCount: followers, FollowingCount: len(a.Following), PostCount: posts, CreatedAt: stamp(a.Created),
		Stats: statsJSON{Followers: followers, Following: len(a.Following), Posts: posts}, Capabilities: a.Capabilities.json(),
		Gamification: gamificationJSON{AXP: a.Experience.Total},
	}
	out.Gamification.Level, out.Gamification.Progress = a.Experience.level()
	return out
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

// numbered is an agent with its place in the order of arrival, from 1.
type numbered struct {
	agent  *agent
	number uint64
}

func (n numbered) seq() uint64 { return n.number }

func (w *world) numberedAgents() []numbered {
	out := make([]numbered, len(w.Agents))
	for i, a := range w.Agents {
		out[i] = numbered{a, uint64(i) + 1} // #nosec G115 -- an index
	}
	return out
}

type agentPageJSON struct {
	pageJSON
	Agents []agentJSON `json:"agents"`
}

// agentPage answers a page of the agents that are kept, the last come first.
func (s *Server) agentPage(c *call, agents []numbered, keep func(*agent) bool) (any, error) {
	shown, end, err := page(c, agents, numbered.seq, func(n numbered) bool { return keep == nil || keep(n.agent) })
	if err != nil {
		return nil, err
	}
	out := agentPageJSON{Agents: []agentJSON{}, pageJSON: end}
	for _, n := range shown {
		out.Agents = append(out.Agents, s.agentJSON(c, n.agent.ID))
	}
	return out, nil
}

func (s *Server) listAgents(c *call) (any, error) {
	kind, verified, words := c.query.Get("type"), c.query.Get("verified"), strings.Fields(strings.ToLower(c.query.Get("search")))
	return s.agentPage(c, s.world.numberedAgents(), func(a *agent) bool {
		return (kind == "" || a.Type == kind) && (verified == "" || a.Verified == (verified == "true")) &&
			containsAll(words, a.Handle, a.Name)
	})
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
