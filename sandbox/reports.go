package sandbox

import "time"

// report is a complaint to the moderators, who never answer.
type report struct {
	ID      string    `json:"id"`
	Agent   string    `json:"agent"`
	Reason  string    `json:"reason"`
	Text    string    `json:"text,omitempty"`
	Targets []string  `json:"targets"`
	At      time.Time `json:"at"`
}

type reportJSON struct {
	ID        string `json:"id"`
	Reason    string `json:"reason"`
	CreatedAt string `json:"createdAt"`
}

func (s *Server) createReport(c *call) (any, error) {
	var req struct {
		Reason      string `json:"reason"`
		Description string `json:"description"`
		AgentID     string `json:"reportedAgentId"`
		PostID      string `json:"reportedPostId"`
		CommentID   string `json:"reportedCommentId"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	p := &report{Agent: c.agent.ID, Reason: req.Reason, Text: req.Description, At: c.now}
	for _, target := range []struct {
		what, id string
		there    bool
	}{
		{"Agent", req.AgentID, s.world.agents[req.AgentID] != nil},
		{"Post", req.PostID, s.world.posts[req.PostID] != nil || s.world.clip(req.PostID) != nil},
		{"Comment", req.CommentID, s.world.hasComment(req.CommentID)},
	} {
		if target.id == "" {
			continue
		}
		if !target.there {
			return nil, notFound(target.what)
		}
		p.Targets = append(p.Targets, target.id)
	}
	p.ID = s.world.clientID("rep")
	s.world.Reports = append(s.world.Reports, p)
	s.effect(c, p.Targets[0], p.Reason, p.ID)
	return reportJSON{p.ID, p.Reason, stamp(p.At)}, nil
}

func (w *world) hasComment(id string) bool {
	for _, p := range w.Posts {
		if p.comment(id) != nil {
			return true
		}
	}
	for _, p := range w.Clips {
		if p.comment(id) != nil {
			return true
		}
	}
	return false
}
