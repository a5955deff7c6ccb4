package sandbox

import (
	"math/rand/v2"
	"slices"
	"time"
)

// clip is a byte, a short video. It is not among the posts.
type clip struct {
	ID       string     `json:"id"`
	Seq      uint64     `json:"seq"`
	Agent    string     `json:"agent"`
	Caption  string     `json:"caption,omitempty"`
	Media    string     `json:"media"` // path on this server
	Likes    []like     `json:"likes,omitempty"`
	Comments []*comment `json:"comments,omitempty"`
	At       time.Time  `json:"at"`
}

type byteJSON struct {
	ID           string    `json:"id"`
	Caption      *string   `json:"caption"`
	VideoURL     string    `json:"videoUrl"`
	ThumbnailURL *string   `json:"thumbnailUrl"`
	LikeCount    int       `json:"likeCount"`
	CommentCount int       `json:"commentCount"`
	IsLiked      *bool     `json:"isLiked,omitempty"` // only for a caller with a token
	CreatedAt    string    `json:"createdAt"`
	Agent        agentJSON `json:"agent"`
}

func (s *Server) byteJSON(c *call, p *clip) byteJSON {
	out := byteJSON{
		ID: p.ID, Caption: orNull(p.Caption), VideoURL: absolute(c, p.Media), ThumbnailURL: new(absolute(c, stillOf(p.Media))),
		LikeCount: len(p.Likes), CommentCount: len(p.Comments), CreatedAt: stamp(p.At), Agent: s.agentJSON(c, p.Agent),
	}
	if c.agent != nil {
		out.IsLiked = new(p.likedBy(c.agent.ID))
	}
	return out
}

func (p *clip) likedBy(id string) bool {
	return slices.ContainsFunc(p.Likes, func(l like) bool { return l.Agent == id })
}

func (p *clip) comment(id string) *comment {
	return find(p.Comments, func(m *comment) bool { return m.ID == id })
}

func (w *world) clip(id string) *clip {
	return find(w.Clips, func(p *clip) bool { return p.ID == id })
}

// byteOf returns the byte that the path names.
func (s *Server) byteOf(c *call) (*clip, error) {
	p := s.world.clip(c.path["byteId"])
	if p == nil {
		return nil, notFound("Byte")
	}
	return p, nil
}

func (s *Server) listBytes(c *call) (any, error) {
	clips, end, err := page(c, s.world.Clips, func(p *clip) uint64 { return p.Seq }, nil)
	if err != nil {
		return nil, err
	}
	out := struct {
		Bytes []byteJSON `json:"bytes"`
		pageJSON
	}{Bytes: []byteJSON{}, pageJSON: end}
	for _, p := range clips {
		out.Bytes = append(out.Bytes, s.byteJSON(c, p))
	}
	return out, nil
}

// createByte takes a video that was uploaded for a byte. Its size and length
// were checked then.
func (s *Server) createByte(c *call) (any, error) {
	var req struct {
		MediaID string `json:"mediaId"`
		Caption string `json:"caption"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if find(s.world.Uploads, func(u *upload) bool { return u.ID == req.MediaID && u.Agent == c.agent.ID }) == nil {
		return nil, notFound("Upload")
	}
	u, err := s.ownUpload(c, "mediaId", req.MediaID)
	if err != nil {
		return nil, err
	}
	if u.kind() != "video" || u.Purpose != "byte" {
		return nil, badRequest("mediaId", "must be a video that was uploaded with purpose byte")
	}
	p := &clip{ID: s.world.clientID("byt"), Seq: s.world.seq(), Agent: c.agent.ID, Caption: req.Caption, Media: u.Media, At: c.now}
	s.world.Clips = append(s.world.Clips, p)
	s.effect(c, u.ID, p.Caption, p.ID)
	s.world.stirByte(p)
	return s.byteJSON(c, p), nil
}

func (s *Server) getByte(c *call) (any, error) {
	p, err := s.byteOf(c)
	if err != nil {
		return nil, err
	}
	return s.byteJSON(c, p), nil
}

func (s *Server) deleteByte(c *call) (any, error) {
	p, err := s.byteOf(c)
	if err != nil {
		return nil, err
	}
	if p.Agent != c.agent.ID {
		return nil, forbidden("Only the author can delete a byte")
	}
	s.world.Clips = slices.DeleteFunc(s.world.Clips, func(other *clip) bool { return other == p })
	s.effect(c, p.ID, "", "")
	return successJSON{true}, nil
}

func (s *Server) likeByte(c *call) (any, error) {
	p, err := s.byteOf(c)
	if err != nil {
		return nil, err
	}
	if p.likedBy(c.agent.ID) {
		return nil, conflict("Already liked")
	}
	l := like{ID: s.world.clientID("lik"), Seq: s.world.seq(), Agent: c.agent.ID, At: c.now}
	p.Likes = append(p.Likes, l)
	s.effect(c, p.ID, "", l.ID)
	return likedJSON{true, len(p.Likes)}, nil
}

func (s *Server) unlikeByte(c *call) (any, error) {
	p, err := s.byteOf(c)
	if err != nil {
		return nil, err
	}
	if p.likedBy(c.agent.ID) {
		p.Likes = slices.DeleteFunc(p.Likes, func(l like) bool { return l.Agent == c.agent.ID })
		s.effect(c, p.ID, "", "")
	}
	return likedJSON{false, len(p.Likes)}, nil
}

func (s *Server) listByteComments(c *call) (any, error) {
	p, err := s.byteOf(c)
	if err != nil {
		return nil, err
	}
	return s.commentPage(c, p.Comments)
}

func (s *Server) createByteComment(c *call) (any, error) {
	p, err := s.byteOf(c)
	if err != nil {
		return nil, err
	}
	m, err := s.newComment(c, p.comment, "byte")
	if err != nil {
		return nil, err
	}
	p.Comments = append(p.Comments, m)
	s.effect(c, p.ID, m.Text, m.ID)
	return s.commentJSON(c, m), nil
}

// stirByte has the population look at a client's byte.
func (w *world) stirByte(p *clip) {
	crowd := w.natives()
	if w.Interval == 0 || len(crowd) == 0 {
		return
	}
	r := w.rand(streamMarket, fingerprint(p.ID))
	for range r.IntN(5) {
		do := doByteLike
		if r.IntN(3) == 0 {
			do = doByteSay
		}
		w.schedule(due{At: w.soon(r, p.At, 120), Do: do, ID: p.ID, By: crowd[r.IntN(len(crowd))].ID, Draw: r.Uint64()})
	}
}

// watch is a reaction to a byte when its time has come.
func (w *world) watch(d due) {
	p, by := w.clip(d.ID), w.agents[d.By]
	if p == nil || by == nil {
		return
	}
	if d.Do == doByteLike {
		if !p.likedBy(by.ID) {
			p.Likes = append(p.Likes, like{ID: w.id("lik", streamMarket, d.Draw), Seq: w.seq(), Agent: by.ID, At: d.At})
		}
		return
	}
	r := rand.New(rand.NewPCG(w.Seed, d.Draw)) // #nosec G404 -- it must be reproducible
	text := fill(r, byteRemarks[r.IntN(len(byteRemarks))], nil)
	if by.Hostile {
		text = fill(r, hostileRemarks[r.IntN(len(hostileRemarks))], nil)
	}
	p.Comments = append(p.Comments, &comment{ID: w.id("cmt", streamMarket, d.Draw), Seq: w.seq(), Agent: by.ID, Text: text, At: d.At})
}
