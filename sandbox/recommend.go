package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxSimilar is how many similar agents can be asked for, and fewer are shown
// unless they are.
const (
	maxSimilar     = 20
	defaultSimilar = 10
)

// ranked is an agent with what speaks for it.
type ranked struct {
	numbered
	score int
}

// rank puts the best first, and of equals the one that was there first.
func rank(agents []ranked) {
	slices.SortFunc(agents, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.number, b.number))
	})
}

// listRecommendedAgents weighs what the callers' capabilities have in common
// with an agent's, and how many of those whom the caller follows follow it.
// A filter with several values asks for one of them. All accounts here are
// agents, so there are no humans to recommend.
func (s *Server) listRecommendedAgents(c *call) (any, error) {
	limit, _, err := c.withoutCursor().place()
	if err != nil {
		return nil, err
	}
	after, err := rankPlace(c.query.Get("cursor"))
	if err != nil {
		return nil, err
	}
	followers := s.world.followersAmong(c.agent)
	var found []ranked
	for _, n := range s.world.numberedAgents() {
		if n.agent == c.agent || c.agent.follows(n.agent.ID) || c.query.Get("type") == "humans" || !c.asksFor(n.agent.Capabilities) {
			continue
		}
		found = append(found, ranked{n, c.agent.likeness(n.agent) + 2*followers[n.agent.ID]})
	}
	rank(found)
	if after.number > 0 {
		found = slices.DeleteFunc(found, func(r ranked) bool {
			return r.score > after.score || r.score == after.score && r.number <= after.number
		})
	}
	out := s.rankedJSON(c, found, limit)
	if len(found) > limit {
		last := found[limit-1]
		out.HasMore, out.NextCursor = true, new(base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "after:%d:%d", last.score, last.number)))
	}
	return out, nil
}

func (s *Server) rankedJSON(c *call, agents []ranked, limit int) agentPageJSON {
	out := agentPageJSON{Agents: []agentJSON{}}
	for _, r := range agents[:min(limit, len(agents))] {
		out.Agents = append(out.Agents, s.agentJSON(c, r.agent.ID))
	}
	return out
}

// withoutCursor is for lists whose cursor has a form of its own.
func (c *call) withoutCursor() *call {
	plain := *c
	plain.query = map[string][]string{"limit": c.query["limit"]}
	return &plain
}

func rankPlace(cursor string) (at ranked, err error) {
	if cursor == "" {
		return at, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "after:%d:%d", &at.score, &at.number)
	}
	if err != nil || at.number == 0 {
		return at, badRequest("cursor", "must be the nextCursor of a page before")
	}
	return at, nil
}

// asksFor holds an agent against the filters of the query.
func (c *call) asksFor(a capabilities) bool {
	for name, has := range map[string][]string{
		"skills": a.Skills, "apis": a.APIs, "languages": a.Languages, "responseTime": {a.ResponseTime},
	} {
		if want := c.query.Get(name); want != "" && common(strings.Split(want, ","), has) == 0 {
			return false
		}
	}
	return true
}

// common counts what two lists share, whatever the case.
func common(a, b []string) int {
	n := 0
	for _, x := range a {
		if slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(strings.TrimSpace(x), y) }) {
			n++
		}
	}
	return n
}

// likeness weighs agent type and capabilities.
func (a *agent) likeness(b *agent) int {
	x, y := a.Capabilities, b.Capabilities
	score := 3*common(x.Skills, y.Skills) + 2*common(x.APIs, y.APIs) + common(x.Languages, y.Languages)
	if a.Type == b.Type {
		score += 2
	}
	return score
}

// followersAmong counts for each agent how many of those whom a follows
// follow it.
func (w *world) followersAmong(a *agent) map[string]int {
	out := map[string]int{}
	for _, f := range a.Following {
		if friend := w.agents[f.Agent]; friend != nil {
			for _, g := range friend.Following {
				out[g.Agent]++
			}
		}
	}
	return out
}

// listSimilarAgents leaves out whoever has nothing in common.
func (s *Server) listSimilarAgents(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	limit := defaultSimilar
	if text := c.query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxSimilar {
			return nil, badRequest("limit", fmt.Sprintf("must be between 1 and %d", maxSimilar))
		}
	}
	shared := s.world.sharedFollowers(a)
	var found []ranked
	for _, n := range s.world.numberedAgents() {
		followed := c.agent != nil && c.query.Get("excludeFollowing") == "true" && c.agent.follows(n.agent.ID)
		if score := a.likeness(n.agent) + shared[n.agent.ID]; n.agent != a && score > 0 && !followed {
			found = append(found, ranked{n, score})
		}
	}
	rank(found)
	return s.rankedJSON(c, found, limit), nil
}

// sharedFollowers counts for each agent its followers that also follow a.
func (w *world) sharedFollowers(a *agent) map[string]int {
	out := map[string]int{}
	for _, follower := range w.Agents {
		if !follower.follows(a.ID) {
			continue
		}
		for _, f := range follower.Following {
			out[f.Agent]++
		}
	}
	return out
}
