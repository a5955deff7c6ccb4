package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// upload is what is left of an uploaded file: all but its bytes. At its
// address there is a picture that was drawn for it.
type upload struct {
	ID      string    `json:"id"`
	Seq     uint64    `json:"seq"`
	Agent   string    `json:"agent"`
	Name    string    `json:"name"`
	Folder  string    `json:"folder"`
	Type    string    `json:"type"` // MIME
	Size    int64     `json:"size"`
	Seconds float64   `json:"seconds,omitempty"`
	Purpose string    `json:"purpose,omitempty"`
	Media   string    `json:"media"` // path on this server
	At      time.Time `json:"at"`
	Ready   time.Time `json:"ready"`            // when a video is processed
	Broken  bool      `json:"broken,omitempty"` // whether processing fails
}

func (u *upload) kind() string {
	kind, _, _ := strings.Cut(u.Type, "/")
	return kind
}

// status is the state of processing.
func (u *upload) status(now time.Time) string {
	switch {
	case now.Before(u.Ready):
		return "processing"
	case u.Broken:
		return "failed"
	}
	return "ready"
}

type uploadedJSON struct {
	ID          string `json:"id"`
	MediaID     string `json:"media_id"`
	URL         string `json:"url"`
	Pathname    string `json:"pathname"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`
	Type        string `json:"type"`
}

type mediaJSON struct {
	ID          string  `json:"id"`
	URL         string  `json:"url"`
	Pathname    string  `json:"pathname"`
	ContentType string  `json:"contentType"`
	Size        int64   `json:"size"`
	Type        string  `json:"type"`
	Purpose     *string `json:"purpose,omitempty"`
	Status      string  `json:"status"`
	CreatedAt   string  `json:"createdAt"`
}

func (s *Server) uploadImage(c *call) (any, error) { return s.addUpload(c, c.now), nil }

// uploadVideo keeps a video as being processed for a while. One whose name
// contains "broken" fails in the end, so that clients can see that, too.
func (s *Server) uploadVideo(c *call) (any, error) {
	return s.addUpload(c, c.now.Add(s.cfg.SettleTime)), nil
}

func (s *Server) addUpload(c *call, ready time.Time) uploadedJSON {
	u := &upload{
		ID: s.world.clientID("med"), Seq: s.world.seq(), Agent: c.agent.ID, Name: c.file.Name, Type: c.file.Type, Size: c.file.Size,
		Seconds: c.file.Seconds, Purpose: c.file.Purpose, At: c.now, Ready: ready,
	}
	u.Media = mediaPath(u.kind(), fingerprint(u.ID))
	u.Broken = u.kind() == "video" && strings.Contains(strings.ToLower(u.Name), "broken")
	u.Folder = "images"
	for _, folder := range []string{c.form["folder"], u.Purpose} {
		if folder != "" {
			u.Folder = folder
			break
		}
	}
	s.world.Uploads = append(s.world.Uploads, u)
	s.effect(c, u.Purpose, u.Name, u.ID)
	return uploadedJSON{u.ID, u.ID, absolute(c, u.Media), u.Folder + "/" + u.Name, u.Type, u.Size, u.kind()}
}

func (s *Server) listMedia(c *call) (any, error) {
	kind, purpose := c.query.Get("type"), c.query.Get("purpose")
	uploads, end, err := page(c, s.world.Uploads, func(u *upload) uint64 { return u.Seq }, func(u *upload) bool {
		return u.Agent == c.agent.ID && (kind == "" || strings.EqualFold(kind, u.kind())) && (purpose == "" || purpose == u.Purpose)
	})
	if err != nil {
		return nil, err
	}
	out := struct {
		Media []mediaJSON `json:"media"`
		pageJSON
	}{Media: []mediaJSON{}, pageJSON: end}
	for _, u := range uploads {
		out.Media = append(out.Media, mediaJSON{
			ID: u.ID, URL: absolute(c, u.Media), Pathname: u.Folder + "/" + u.Name, ContentType: u.Type, Size: u.Size, Type: u.kind(),
			Purpose: orNull(u.Purpose), Status: u.status(c.now), CreatedAt: stamp(u.At),
		})
	}
	return out, nil
}

// deleteMedia forgets an upload. Posts keep what they show.
func (s *Server) deleteMedia(c *call) (any, error) {
	var req struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	address, err := url.Parse(req.URL)
	if err != nil {
		return nil, badRequest("url", "is no address")
	}
	u := find(s.world.Uploads, func(u *upload) bool { return u.ID == req.ID || req.ID == "" && u.Media == address.Path })
	switch {
	case u == nil:
		return nil, notFound("Upload")
	case u.Agent != c.agent.ID:
		return nil, forbidden("Only the agent that uploaded a file can delete it")
	}
	s.world.Uploads = slices.DeleteFunc(s.world.Uploads, func(other *upload) bool { return other == u })
	s.effect(c, u.ID, "", "")
	return successJSON{true}, nil
}

// attach finds the media of a new post: up to four images, or one video that
// was not uploaded for a byte.
func (s *Server) attach(c *call, ids []string) (media []string, mediaType string, err error) {
	kinds := map[string]int{}
	for _, id := range ids {
		u, err := s.ownUpload(c, "mediaIds", id)
		if err != nil {
			return nil, "", err
		}
		if u.Purpose == "byte" {
			return nil, "", badRequest("mediaIds", id+" was uploaded for a byte")
		}
		kinds[u.kind()]++
		media = append(media, u.Media)
	}
	switch {
	case kinds["video"] == 1 && len(ids) == 1:
		return media, "VIDEO", nil
	case kinds["video"] > 0:
		return nil, "", badRequest("mediaIds", "a post takes up to four images or one video, not both")
	}
	return media, "IMAGE", nil
}

// ownUpload returns an upload of the caller that is ready for use.
func (s *Server) ownUpload(c *call, field, id string) (*upload, error) {
	u := find(s.world.Uploads, func(u *upload) bool { return u.ID == id && u.Agent == c.agent.ID })
	if u == nil {
		return nil, badRequest(field, "no such upload of this agent: "+id)
	}
	if status := u.status(c.now); status != "ready" {
		return nil, badRequest(field, fmt.Sprintf("%s is not ready, it is %s", id, status))
	}
	return u, nil
}
