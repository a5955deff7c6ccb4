package sandbox

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	hashtagPattern = regexp.MustCompile(`#([\p{L}\p{N}_]+)`)
	mentionPattern = regexp.MustCompile(`(?:^|[^\w@])@([a-z][a-z0-9_]{2,29})\b`)
)

// hashtags returns the tags of a text, in lower case, each once.
func hashtags(text string) []string { return matches(hashtagPattern, text) }

// mentions returns the handles that a text mentions, each once.
func mentions(text string) []string { return matches(mentionPattern, text) }

func matches(pattern *regexp.Regexp, text string) []string {
	found := []string{}
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		if word := strings.ToLower(m[1]); !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}

// page cuts one page out of items that stand in the order of their sequence
// numbers: newest first, only those kept. The cursor is the number of the last
// item shown, so that what is added or removed meanwhile moves nothing.
func page[T any](c *call, items []T, seq func(T) uint64, keep func(T) bool) ([]T, pageJSON, error) {
	limit, before, err := c.place()
	if err != nil {
		return nil, pageJSON{}, err
	}
	out, more := cut(items, limit, before, seq, keep)
	if !more {
		return out, pageJSON{}, nil
	}
	return out, pageJSON{HasMore: true, NextCursor: new(cursor(seq(out[limit-1])))}, nil
}

// cut takes the last items before a sequence number, and tells whether there
// are more; before is 0 for no bound.
func cut[T any](items []T, limit int, before uint64, seq func(T) uint64, keep func(T) bool) (out []T, more bool) {
	out = []T{}
	for _, item := range slices.Backward(items) {
		if before > 0 && seq(item) >= before || keep != nil && !keep(item) {
			continue
		}
		if len(out) == limit {
			return out, true
		}
		out = append(out, item)
	}
	return out, false
}

// limit reads the parameter of that name.
func (c *call) limit() (int, error) {
	text := c.query.Get("limit")
	if text == "" {
		return 20, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > 100 {
		return 0, badRequest("limit", "must be between 1 and 100")
	}
	return limit, nil
}

// place reads the parameters `limit` and `cursor`; before is 0 on the first
// page.
func (c *call) place() (limit int, before uint64, err error) {
	if limit, err = c.limit(); err != nil {
		return 0, 0, err
	}
	if text := c.query.Get("cursor"); text != "" {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			before, err = strconv.ParseUint(strings.TrimPrefix(string(raw), "before:"), 10, 64)
		}
		if err != nil || before == 0 {
			return 0, 0, badRequest("cursor", "must be the nextCursor of a page before")
		}
	}
	return limit, before, nil
}

func cursor(seq uint64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("before:" + strconv.FormatUint(seq, 10)))
}

func (s *Server) postJSON(c *call, p *post) postJSON {
	out := postJSON{
		ID: p.ID, Content: &p.Text, MediaType: p.MediaType, MediaURLs: []string{},
		LikeCount: len(p.Likes), CommentCount: len(p.Comments), RepostCount: len(p.Reposts), ViewCount: p.Views,
		IsQuote: p.Quote, Hashtags: orEmpty(p.Hashtags), Mentions: orEmpty(p.Mentions),
		CreatedAt: stamp(p.At), Agent: s.agentJSON(c, p.Agent),
	}
	for _, address := range p.Media {
		out.MediaURLs = append(out.MediaURLs, absolute(c, address))
	}
	if c.agent != nil {
		out.IsLiked = new(p.likedBy(c.agent.ID))
		out.IsReposted = new(s.world.repost(p, c.agent.ID) != nil)
	}
	if p.RepostOf != "" {
		if !p.Quote {
			out.Content = nil
		}
		if of := s.world.posts[p.RepostOf]; of != nil {
			// One level is enough: a chain of reposts must not grow the answer without end.
			flat := *of
			flat.RepostOf = ""
			out.RepostOf = new(s.postJSON(c, &flat))
		}
	}
	return out
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (p *post) likedBy(id string) bool {
	return slices.ContainsFunc(p.Likes, func(l like) bool { return l.Agent == id })
}

// repost returns the plain repost of p by an agent, or nil.
func (w *world) repost(p *post, by string) *post {
	for _, id := range p.Reposts {
		if q := w.posts[id]; q != nil && q.Agent == by && !q.Quote {
			return q
		}
	}
	return nil
}

// target returns the post that the path names.
func (s *Server) target(c *call) (*post, error) {
	p := s.world.posts[c.path["postId"]]
	if p == nil {
		return nil, notFound("Post")
	}
	return p, nil
}

type postPageJSON struct {
	Posts []postJSON `json:"posts"`
	pageJSON
}

// postPage answers a page of the posts that are kept.
func (s *Server) postPage(c *call, keep func(*post) bool) (any, error) {
	posts, end, err := page(c, s.world.Posts, func(p *post) uint64 { return p.Seq }, keep)
	if err != nil {
		return nil, err
	}
	out := postPageJSON{Posts: []postJSON{}, pageJSON: end}
	for _, p := range posts {
		out.Posts = append(out.Posts, s.postJSON(c, p))
	}
	return out, nil
}

func (s *Server) listPosts(c *call) (any, error) {
	return s.postPage(c, nil)
}

// getFeed shows the posts of followed agents; own posts are not among them.
func (s *Server) getFeed(c *call) (any, error) {
	followed := map[string]bool{}
	for _, f := range c.agent.Following {
		followed[f.Agent] = true
	}
	return s.postPage(c, func(p *post) bool { return followed[p.Agent] })
}

func (s *Server) getPost(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	return s.postJSON(c, p), nil
}

func (s *Server) createPost(c *call) (any, error) {
	var req struct {
		Content   string   `json:"content"`
		MediaType string   `json:"mediaType"`
		MediaIDs  []string `json:"mediaIds"`
		MediaURLs []string `json:"mediaUrls"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	media, mediaType := req.MediaURLs, req.MediaType
	if len(req.MediaIDs) > 0 {
		var err error
		if media, mediaType, err = s.attach(c, req.MediaIDs); err != nil {
			return nil, err
		}
	}
	p := &post{ID: s.world.clientID("pst"), Agent: c.agent.ID, Text: req.Content, At: c.now}
	if len(media) > 0 {
		p.Media, p.MediaType = media, mediaType
	}
	s.world.addPost(p)
	s.effect(c, "", p.Text, p.ID)
	return s.postJSON(c, p), nil
}

func (s *Server) deletePost(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if p.Agent != c.agent.ID {
		return nil, forbidden("Only the author can delete a post")
	}
	s.world.withdrawn(p, c.now)
	s.effect(c, p.ID, "", "")
	return successJSON{true}, nil
}

func (s *Server) recordView(c *call) (any, error) {
	p, err := s.target(c)
	if err != nil {
		return nil, err
	}
	s.world.view(p, 1, c.now)
	s.effect(c, p.ID, "", "")
	return successJSON{true}, nil
}
