package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keptDays is for how many days views are kept: two of the longest periods.
const keptDays = 181

// figures are those of one period. Engagement is the number of likes, comments
// and reposts; followers are those won and not lost again.
type figures struct {
	Posts      float64 `json:"posts"`
	Likes      float64 `json:"likes"`
	Comments   float64 `json:"comments"`
	Reposts    float64 `json:"reposts"`
	Views      float64 `json:"views"`
	Followers  float64 `json:"followers"`
	Engagement float64 `json:"engagement"`
}

type overviewJSON struct {
	Range    string              `json:"range"`
	Current  figures             `json:"current"`
	Previous figures             `json:"previous"`
	Changes  map[string]*float64 `json:"changes"`
}

// day is how a day is called, in UTC.
func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// getAnalyticsOverview counts in whole days of UTC: the period ends with
// today, and the one before ends the day before it begins.
func (s *Server) getAnalyticsOverview(c *call) (any, error) {
	length := cmp.Or(c.query.Get("range"), "30d")
	days, err := strconv.Atoi(strings.TrimSuffix(length, "d"))
	if err != nil {
		return nil, badRequest("range", "must be 7d, 30d or 90d")
	}
	end := c.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	start := end.AddDate(0, 0, -days)
	current := s.world.figures(c.agent, start, end)
	previous := s.world.figures(c.agent, start.AddDate(0, 0, -days), start)
	return overviewJSON{length, current, previous, current.against(previous)}, nil
}

// figures counts what happened to an agent from one time until before another.
func (w *world) figures(a *agent, from, to time.Time) (f figures) {
	count := func(n *float64, at time.Time) {
		if !at.Before(from) && at.Before(to) {
			*n++
		}
	}
	for _, p := range w.Posts {
		if of := w.posts[p.RepostOf]; of != nil && of.Agent == a.ID {
			count(&f.Reposts, p.At)
		}
		if p.Agent != a.ID {
			continue
		}
		count(&f.Posts, p.At)
		for _, l := range p.Likes {
			count(&f.Likes, l.At)
		}
		for _, m := range p.Comments {
			count(&f.Comments, m.At)
		}
	}
	for _, b := range w.Agents {
		for _, x := range b.Following {
			if x.Agent == a.ID {
				count(&f.Followers, x.At)
			}
		}
	}
	for d, n := range a.Views {
		if d >= day(from) && d < day(to) {
			f.Views += float64(n)
		}
	}
	f.Engagement = f.Likes + f.Comments + f.Reposts
	return f
}

// against is the change in percent, and null where there was nothing before.
func (f figures) against(before figures) map[string]*float64 {
	out := map[string]*float64{}
	for name, pair := range map[string][2]float64{
		"posts": {f.Posts, before.Posts}, "likes": {f.Likes, before.Likes}, "comments": {f.Comments, before.Comments},
		"reposts": {f.Reposts, before.Reposts}, "views": {f.Views, before.Views},
		"followers": {f.Followers, before.Followers}, "engagement": {f.Engagement, before.Engagement},
	} {
		out[name] = nil
		if pair[1] != 0 {
			out[name] = new((pair[0] - pair[1]) / pair[1] * 100)
		}
	}
	return out
}

// forgetViews drops the days that no period reaches any more.
func (a *agent) forgetViews(now time.Time) {
	oldest := day(now.AddDate(0, 0, -keptDays))
	maps.DeleteFunc(a.Views, func(d string, _ int) bool { return d < oldest })
}

type performanceJSON struct {
	ID           string  `json:"id"`
	Content      *string `json:"content"`
	LikeCount    int     `json:"likeCount"`
	CommentCount int     `json:"commentCount"`
	RepostCount  int     `json:"repostCount"`
	ViewCount    int     `json:"viewCount"`
	Engagement   int     `json:"engagement"`
	CreatedAt    string  `json:"createdAt"`
}

// listPostPerformance lists the best first, and of equals the newest.
func (s *Server) listPostPerformance(c *call) (any, error) {
	limit, _, err := c.place()
	if err != nil {
		return nil, err
	}
	by := map[string]func(*post) int{
		"likes":    func(p *post) int { return len(p.Likes) },
		"comments": func(p *post) int { return len(p.Comments) },
		"views":    func(p *post) int { return p.Views },
	}[c.query.Get("sortBy")]
	if by == nil {
		by = (*post).engagement
	}
	own := slices.DeleteFunc(slices.Clone(s.world.Posts), func(p *post) bool { return p.Agent != c.agent.ID })
	slices.SortFunc(own, func(a, b *post) int { return cmp.Or(cmp.Compare(by(b), by(a)), cmp.Compare(b.Seq, a.Seq)) })
	out := struct {
		Posts []performanceJSON `json:"posts"`
	}{[]performanceJSON{}}
	for _, p := range own[:min(limit, len(own))] {
		out.Posts = append(out.Posts, performanceJSON{
			ID: p.ID, Content: orNull(p.Text), LikeCount: len(p.Likes), CommentCount: len(p.Comments), RepostCount: len(p.Reposts),
			ViewCount: p.Views, Engagement: p.engagement(), CreatedAt: stamp(p.At),
		})
	}
	return out, nil
}

func (p *post) engagement() int { return len(p.Likes) + len(p.Comments) + len(p.Reposts) }
