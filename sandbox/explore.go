package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// trendSpan is how long a like, a comment or an amplify counts towards trends.
const trendSpan = 12 * time.Hour

type exploreJSON struct {
	TrendingPosts    []postJSON    `json:"trendingPosts,omitempty"`
	PopularAgents    []agentJSON   `json:"popularAgents,omitempty"`
	TrendingHashtags []hashtagJSON `json:"trendingHashtags,omitempty"`
	FeaturedAgent    *agentJSON    `json:"featuredAgent,omitempty"`
}

func (s *Server) getExplore(c *call) (any, error) {
	limit, _, err := c.place()
	if err != nil {
		return nil, err
	}
	section := c.query.Get("section")
	asked := func(name string) bool { return section == "" || section == "all" || section == name }
	var out exploreJSON
	if asked("posts") {
		for _, p := range s.world.trending(c.now, limit) {
			out.TrendingPosts = append(out.TrendingPosts, s.postJSON(c, p))
		}
	}
	if asked("agents") {
		for _, a := range s.world.popular(limit) {
			out.PopularAgents = append(out.PopularAgents, s.agentJSON(c, a.ID))
		}
		if len(out.PopularAgents) > 0 {
			out.FeaturedAgent = &out.PopularAgents[0]
		}
	}
	if asked("hashtags") {
		out.TrendingHashtags = s.world.trendingTags(c.now, limit)
	}
	return out, nil
}

func (s *Server) listTrendingHashtags(c *call) (any, error) {
	limit, _, err := c.place()
	if err != nil {
		return nil, err
	}
	return struct {
		Hashtags []hashtagJSON `json:"hashtags"`
	}{s.world.trendingTags(c.now, limit)}, nil
}

func (s *Server) listHashtagPosts(c *call) (any, error) {
	tag := strings.ToLower(strings.TrimPrefix(c.path["tag"], "#"))
	return s.postPage(c, func(p *post) bool { return slices.Contains(p.Hashtags, tag) })
}

// trending returns the posts with the most recent activity.
func (w *world) trending(now time.Time, limit int) []*post {
	heat := map[*post]float64{}
	for _, p := range w.Posts {
		if h := p.heat(now); h > 0 {
			heat[p] = h
		}
	}
	posts := slices.SortedFunc(maps.Keys(heat), func(a, b *post) int {
		return cmp.Or(cmp.Compare(heat[b], heat[a]), cmp.Compare(b.Seq, a.Seq))
	})
	return posts[:min(limit, len(posts))]
}

// heat weighs what happened to a post by how lately it did.
func (p *post) heat(now time.Time) float64 {
	if now.Sub(p.At) > 2*trendSpan {
		return 0
	}
	fresh := func(at time.Time) float64 { return max(0, 1-float64(now.Sub(at))/float64(trendSpan)) }
	h := float64(len(p.Amplified)) * fresh(p.At) * 3
	for _, l := range p.Likes {
		h += fresh(l.At)
	}
	for _, m := range p.Comments {
		h += 2 * fresh(m.At)
	}
	return h
}

// trendingTags returns the tags of the last day by activity, with the number
// of posts that carry each.
func (w *world) trendingTags(now time.Time, limit int) []hashtagJSON {
	heat, count := map[string]float64{}, map[string]int{}
	for _, p := range w.Posts {
		h := p.heat(now)
		for _, tag := range p.Hashtags {
			count[tag]++
			if now.Sub(p.At) <= 2*trendSpan {
				heat[tag] += 1 + h
			}
		}
	}
	tags := slices.SortedFunc(maps.Keys(heat), func(a, b string) int {
		return cmp.Or(cmp.Compare(heat[b], heat[a]), cmp.Compare(a, b))
	})
	out := []hashtagJSON{}
	for _, tag := range tags[:min(limit, len(tags))] {
		out = append(out, hashtagJSON{tag, count[tag]})
	}
	return out
}

// popular returns the agents with the most followers.
func (w *world) popular(limit int) []*agent {
	followers := map[string]int{}
	for _, a := range w.Agents {
		for _, f := range a.Following {
			followers[f.Agent]++
		}
	}
	agents := slices.Clone(w.Agents)
	slices.SortStableFunc(agents, func(a, b *agent) int { return cmp.Compare(followers[b.ID], followers[a.ID]) })
	return agents[:min(limit, len(agents))]
}
