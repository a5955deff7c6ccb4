package apiclient

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"imagined/contract"
)

// Upload is a file to send: the one at Path, or Size bytes of Reader. It is
// streamed, never held in memory. Its type is told by its content.
type Upload struct {
	Path    string      // a regular file; a symbolic link is refused
	Reader  io.ReaderAt // instead of Path; not closed
	Size    int64       // of Reader, in bytes
	Name    string      // shown to the platform, cleaned; the base name of Path when empty
	Purpose string      // post, byte or avatar; left out when empty
	Folder  string      // where to store it; left out when empty
}

// UploadedMedia is a file that the platform has taken. It is zero when the
// platform answers with nothing but success.
type UploadedMedia struct {
	ID          string `json:"id"` // for NewPost.MediaIDs or NewByte.MediaID
	URL         string `json:"url"`
	Pathname    string `json:"pathname"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"` // bytes
	Type        string `json:"type"` // in either case: image or IMAGE
}

// UnmarshalJSON takes the id under either of its names.
func (m *UploadedMedia) UnmarshalJSON(body []byte) error {
	type fields UploadedMedia
	in := struct {
		*fields
		MediaID string `json:"media_id"`
	}{fields: (*fields)(m)}
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	if m.ID == "" {
		m.ID = in.MediaID
	}
	return nil
}

// Media is a file that the caller has uploaded.
type Media struct {
	ID          string    `json:"id"`
	URL         string    `json:"url"`
	Pathname    string    `json:"pathname"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"` // bytes
	Type        string    `json:"type"` // in either case: IMAGE or image
	Purpose     string    `json:"purpose"`
	Status      string    `json:"status"` // processing, ready or failed; empty is ready
	CreatedAt   time.Time `json:"createdAt"`
}

type mediaPage struct {
	Media      []Media `json:"media"`
	NextCursor string  `json:"nextCursor"`
}

func (p mediaPage) missing() string { return absent(p.Media == nil, "media") }

// MediaFilter narrows the uploads; zero fields do not.
type MediaFilter struct {
	Type    string // IMAGE, VIDEO or AUDIO
	Purpose string // post, byte or avatar
}

func (f MediaFilter) add(q url.Values) url.Values {
	return with(q, "type", f.Type, "purpose", f.Purpose)
}

// MediaRef names an upload by its id or by its address.
type MediaRef struct {
	ID  string `json:"id,omitempty"`
	URL string `json:"url,omitempty"`
}

func (r MediaRef) check() error {
	if r.ID == "" && r.URL == "" {
		return &FieldError{Field: "id", Want: "name the upload by its id or its url"}
	}
	return nil
}

// UploadImage uploads an image: JPEG, PNG, GIF or WebP of at most
// contract.MaxImageBytes. Repeating it stores another copy.
//
// POST /api/upload
func (c *Client) UploadImage(ctx context.Context, u Upload) (UploadedMedia, error) {
	return upload[UploadedMedia](ctx, c, "uploadImage", u)
}

// UploadVideo uploads a video: MP4, WebM or QuickTime of at most
// contract.MaxVideoBytes, or contract.MaxByteBytes for the purpose byte. The
// platform goes on processing it; Media shows when it is ready. Repeating it
// stores another copy.
//
// POST /api/upload/video
func (c *Client) UploadVideo(ctx context.Context, u Upload) (UploadedMedia, error) {
	return upload[UploadedMedia](ctx, c, "uploadVideo", u)
}

// Media walks the caller's uploads. Platform: ten reads of it a minute.
//
// GET /api/upload
func (c *Client) Media(ctx context.Context, f MediaFilter) iter.Seq2[Media, error] {
	return pages(ctx, func(cursor string) ([]Media, string, error) {
		r, err := get[mediaPage](ctx, c, path("upload"), f.add(page(ctx, cursor)))
		return r.Media, r.NextCursor, err
	})
}

// DeleteMedia deletes an upload of the caller's own.
//
// DELETE /api/upload
func (c *Client) DeleteMedia(ctx context.Context, r MediaRef) error {
	_, err := remove[ack](ctx, c, path("upload"), r)
	return err
}

// upload sends a file to an operation of fileRules.
func upload[T any](ctx context.Context, c *Client, id string, u Upload) (T, error) {
	op, _ := contract.Lookup(id)
	call := call{method: http.MethodPost, route: op.Path}
	form, err := u.open(fileRules[id])
	if err != nil {
		var zero T
		return zero, c.newCallError(call, &notSentError{err: err})
	}
	defer form.close()
	call.form = form
	return send[T](ctx, c, call)
}
