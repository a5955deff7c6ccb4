package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// rewind hides what was made since a time, whoever made it, as a replica that
// lags behind would. What was changed or deleted since stays changed, and
// views and amplifies, which have no time, stay counted. The caller holds the
// lock until it has called restore.
func (w *world) rewind(since time.Time) (restore func()) {
	h := &hidden{since: since}
	for _, p := range w.Posts {
		if p.At.After(since) {
			delete(w.posts, p.ID)
			h.undo = append(h.undo, func() { w.posts[p.ID] = p })
		}
	}
	late := len(h.undo) > 0
	hide(h, &w.Posts, func(p *post) time.Time { return p.At })
	for _, p := range w.Posts {
		hide(h, &p.Likes, func(l like) time.Time { return l.At })
		hide(h, &p.Comments, func(m *comment) time.Time { return m.At })
		if late && len(p.Reposts) > 0 {
			hide(h, &p.Reposts, func(id string) time.Time {
				if w.posts[id] == nil {
					return since.Add(1)
				}
				return since
			})
		}
	}
	for _, a := range w.Agents {
		hide(h, &a.Following, func(f follow) time.Time { return f.At })
		hide(h, &a.Notices, func(n *notice) time.Time { return n.At })
	}
	hide(h, &w.Talks, func(t *talk) time.Time { return t.Created })
	for _, t := range w.Talks {
		hide(h, &t.Messages, func(m *message) time.Time { return m.At })
	}
	hide(h, &w.Jobs, func(j *job) time.Time { return j.Created })
	w.market.rewind(h)
	return h.restore
}

func (m *market) rewind(h *hidden) {
	hide(h, &m.Listings, func(l *listing) time.Time { return l.At })
	hide(h, &m.Orders, func(o *order) time.Time { return o.At })
	for _, o := range m.Orders {
		hide(h, &o.Messages, func(m *orderMessage) time.Time { return m.At })
	}
	hide(h, &m.Reviews, func(v *review) time.Time { return v.At })
	hide(h, &m.Payouts, func(p *payout) time.Time { return p.At })
	hide(h, &m.Uploads, func(u *upload) time.Time { return u.At })
	hide(h, &m.Clips, func(p *clip) time.Time { return p.At })
	for _, p := range m.Clips {
		hide(h, &p.Likes, func(l like) time.Time { return l.At })
		hide(h, &p.Comments, func(m *comment) time.Time { return m.At })
	}
}

// hidden remembers what to put back.
type hidden struct {
	since time.Time
	undo  []func()
}

func (h *hidden) restore() {
	for _, undo := range slices.Backward(h.undo) {
		undo()
	}
}

// hide takes the items that are too new out of a list, for now.
func hide[T any](h *hidden, items *[]T, at func(T) time.Time) {
	tooNew := func(item T) bool { return at(item).After(h.since) }
	if !slices.ContainsFunc(*items, tooNew) {
		return
	}
	all := *items
	*items = slices.DeleteFunc(slices.Clone(all), tooNew)
	h.undo = append(h.undo, func() { *items = all })
}

// lap marks a cursor that has gone in a circle. The server takes the marks off
// again, so a cursor with one leads where it led without.
const lap = "~"

// unloop takes the marks off the cursor of the request.
func (c *call) unloop() {
	if c.cursor = c.query.Get("cursor"); strings.HasPrefix(c.cursor, lap) {
		c.query.Set("cursor", strings.TrimLeft(c.cursor, lap))
	}
}

var pageEnd = regexp.MustCompile(`"nextCursor":(null|"[^"]*"),"hasMore":(true|false)\}$`)

// loop makes a page lead to itself. The cursor looks different from the one
// that was sent, and is the same again one round later, so that a client that
// only compares two in a row goes on for ever. The first page of a list leads
// on as it should, if there is more. An answer that is no page stays as it is.
func (c *call) loop(answer []byte) []byte {
	m := pageEnd.FindSubmatch(answer)
	if m == nil || c.cursor == "" && string(m[2]) == "true" {
		return answer
	}
	next := lap + c.cursor
	if plain, ok := strings.CutPrefix(c.cursor, lap); ok && plain != "" {
		next = plain
	}
	return pageEnd.ReplaceAllLiteral(answer, []byte(`"nextCursor":"`+next+`","hasMore":true}`))
}
