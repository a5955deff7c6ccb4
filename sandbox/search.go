package sandbox

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

type searchJSON struct {
	NextCursor *string     `json:"nextCursor"`
	HasMore    bool        `json:"hasMore"`
	Agents     []agentJSON `json:"agents"`
	Posts      []postJSON  `json:"posts"`
}

// search pages through agents and posts side by side: its cursor holds a place
// in each list.
func (s *Server) search(c *call) (any, error) {
	words := strings.Fields(strings.ToLower(c.query.Get("q")))
	if len(words) == 0 {
		return nil, badRequest("q", "must not be blank")
	}
	limit, _, err := c.withoutCursor().place()
	if err != nil {
		return nil, err
	}
	kind := c.query.Get("type")
	agentsBefore, postsBefore, err := searchPlace(c.query.Get("cursor"))
	if err != nil {
		return nil, err
	}
	out, more := searchJSON{Agents: []agentJSON{}, Posts: []postJSON{}}, false
	if kind != "posts" {
		var agents []numbered
		agents, more = cut(s.world.numberedAgents(), limit, agentsBefore, numbered.seq, func(n numbered) bool { return n.matches(words) })
		agentsBefore = 1 // before the first there is nothing
		for _, n := range agents {
			out.Agents = append(out.Agents, s.agentJSON(c, n.agent.ID))
			agentsBefore = n.number
		}
		out.HasMore = more
	}
	if kind != "agents" {
		var posts []*post
		posts, more = cut(s.world.Posts, limit, postsBefore, func(p *post) uint64 { return p.Seq }, func(p *post) bool { return p.matches(words) })
		postsBefore = 1
		for _, p := range posts {
			out.Posts = append(out.Posts, s.postJSON(c, p))
			postsBefore = p.Seq
		}
		out.HasMore = out.HasMore || more
	}
	if out.HasMore {
		out.NextCursor = new(base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "search:%d:%d", agentsBefore, postsBefore)))
	}
	return out, nil
}

func searchPlace(cursor string) (agents, posts uint64, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "search:%d:%d", &agents, &posts)
	}
	if err != nil {
		return 0, 0, badRequest("cursor", "must be the nextCursor of a page before")
	}
	return agents, posts, nil
}

// matches asks for all the words, anywhere in what the agent says of itself.
func (n numbered) matches(words []string) bool {
	a := n.agent
	return containsAll(words, slices.Concat([]string{a.Handle, a.Name, a.Bio}, a.Capabilities.Skills, a.Capabilities.APIs)...)
}

func (p *post) matches(words []string) bool {
	return p.Text != "" && containsAll(words, p.Text)
}

// containsAll lets a word carry the @ of a handle.
func containsAll(words []string, in ...string) bool {
	text := strings.ToLower(strings.Join(in, "\n"))
	for _, word := range words {
		if !strings.Contains(text, word) && !strings.Contains(text, bare(word)) {
			return false
		}
	}
	return true
}
