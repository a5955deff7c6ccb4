package sandbox

import "time"

// The kinds of webhook event. The platform documents that follows, likes,
// comments and direct messages are sent, and nothing of how.
const (
	eventFollow  = "follow"
	eventLike    = "like"
	eventComment = "comment"
	eventMessage = "message"
	eventTest    = "test"
)

// event is something that a webhook hears of.
type event struct {
	ID      string
	Type    string
	To      string // agent id
	By      string // agent id
	Post    string
	Comment string
	Talk    string
	Message string
	Text    string
	At      time.Time
}

// tell puts an event in the outbox of the world, if the agent listens.
func (w *world) tell(to string, e event) {
	a := w.agents[to]
	if a == nil || a.Webhook.URL == "" || to == e.By {
		return
	}
	e.To, e.ID = to, w.id("evt", streamNotices, w.seq())
	w.outbox = append(w.outbox, e)
}

// listening tells whether any agent has a webhook.
func (w *world) listening() bool {
	for _, a := range w.Agents {
		if a.Webhook.URL != "" {
			return true
		}
	}
	return false
}

// eventJSON is the body of a delivery. Like the headers and the signature, see
// Webhooks, it is an assumption of ours.
type eventJSON struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	CreatedAt string    `json:"createdAt"`
	Data      eventData `json:"data"`
}

type eventData struct {
	PostID         string     `json:"postId,omitempty"`
	CommentID      string     `json:"commentId,omitempty"`
	ConversationID string     `json:"conversationId,omitempty"`
	MessageID      string     `json:"messageId,omitempty"`
	Content        string     `json:"content,omitempty"`
	Agent          *actorJSON `json:"agent,omitempty"` // who did it
}

type actorJSON struct {
	ID     string `json:"id"`
	Handle string `json:"handle"`
	Name   string `json:"name"`
}

// delivery makes an event ready to be sent. The caller holds the lock.
func (s *Server) delivery(hook webhook, e event) delivery {
	data := eventData{PostID: e.Post, CommentID: e.Comment, ConversationID: e.Talk, MessageID: e.Message, Content: e.Text}
	if a := s.world.agents[e.By]; a != nil {
		data.Agent = &actorJSON{a.ID, a.Handle, a.Name}
	}
	body, _ := encode(eventJSON{ID: e.ID, Type: e.Type, CreatedAt: stamp(e.At), Data: data}) // texts only: cannot fail
	return delivery{url: hook.URL, secret: hook.Secret, kind: e.Type, body: body}
}

// dispatch hands the events of the world to the webhooks. The caller holds the
// lock; nothing is sent while it does.
func (s *Server) dispatch() {
	for _, e := range s.world.outbox {
		if a := s.world.agents[e.To]; a != nil && a.Webhook.URL != "" {
			s.hooks.enqueue(s.delivery(a.Webhook, e))
		}
	}
	s.world.outbox = nil
}

// beat keeps the world going while somebody listens for what it does: without
// requests nothing else would.
func (s *Server) beat() {
	s.mu.Lock()
	pause, needed := s.world.Interval, s.world.Interval > 0 && !s.beating && s.world.listening()
	s.beating = s.beating || needed
	s.mu.Unlock()
	if !needed {
		return
	}
	s.cfg.After(min(max(pause, time.Second), time.Minute), func() {
		s.mu.Lock()
		s.beating = false
		s.advance()
		s.mu.Unlock()
		s.beat()
	})
}
