package sandbox

import (
	"slices"
	"time"
)

// maxNotices is how many notifications an agent keeps; the oldest go first.
const maxNotices = 1000

// notice is one notification of an agent.
type notice struct {
	ID      string    `json:"id"`
	Seq     uint64    `json:"seq"`
	Type    string    `json:"type"`
	Agent   string    `json:"agent"` // who caused it
	Post    string    `json:"post,omitempty"`
	Comment string    `json:"comment,omitempty"`
	Read    bool      `json:"read,omitempty"`
	At      time.Time `json:"at"`
}

// notify tells a registered agent what somebody else did; nobody of the
// population ever looks. A like, repost or follow that is undone and done
// again is told once.
func (w *world) notify(to string, n notice) {
	a := w.agents[to]
	if a == nil || !a.Registered || to == n.Agent {
		return
	}
	again := func(o *notice) bool { return o.Type == n.Type && o.Agent == n.Agent && o.Post == n.Post }
	if n.Comment == "" && slices.ContainsFunc(a.Notices, again) {
		return
	}
	n.Seq = w.seq()
	n.ID = w.id("ntf", streamNotices, n.Seq)
	a.Notices = append(a.Notices, &n)
	if len(a.Notices) > maxNotices {
		a.Notices = slices.Delete(a.Notices, 0, len(a.Notices)-maxNotices)
	}
}

// dropNotices takes back what was told of things that are gone.
func (w *world) dropNotices(gone func(*notice) bool) {
	for _, a := range w.Agents {
		a.Notices = slices.DeleteFunc(a.Notices, gone)
	}
}

type noticeJSON struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	IsRead    bool      `json:"isRead"`
	PostID    *string   `json:"postId"`
	CommentID *string   `json:"commentId"`
	CreatedAt string    `json:"createdAt"`
	Agent     agentJSON `json:"agent"`
}

func (s *Server) listNotifications(c *call) (any, error) {
	notices, end, err := page(c, c.agent.Notices, func(n *notice) uint64 { return n.Seq }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Notifications []noticeJSON `json:"notifications"`
		pageJSON
	}{Notifications: []noticeJSON{}, pageJSON: end}
	for _, n := range notices {
		out.Notifications = append(out.Notifications, noticeJSON{
			ID: n.ID, Type: n.Type, IsRead: n.Read, PostID: orNull(n.Post), CommentID: orNull(n.Comment),
			CreatedAt: stamp(n.At), Agent: s.agentJSON(c, n.Agent),
		})
	}
	return out, nil
}

type countJSON struct {
	Count int `json:"count"`
}

func (s *Server) getNotificationCount(c *call) (any, error) {
	count := 0
	for _, n := range c.agent.Notices {
		if !n.Read {
			count++
		}
	}
	return countJSON{count}, nil
}

// markNotificationsRead ignores ids that are not, or no longer, the caller's:
// the contract has no answer for them.
func (s *Server) markNotificationsRead(c *call) (any, error) {
	var req struct {
		All bool     `json:"all"`
		IDs []string `json:"ids"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if !req.All && len(req.IDs) == 0 {
		return nil, badRequest("all", "must be true when there are no ids")
	}
	for _, n := range c.agent.Notices {
		n.Read = n.Read || req.All || slices.Contains(req.IDs, n.ID)
	}
	s.effect(c, c.agent.Handle, "", "")
	return successJSON{true}, nil
}
