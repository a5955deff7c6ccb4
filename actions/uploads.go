package actions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"imagined/apiclient"
	"imagined/state"
)

// File is the body of an upload: a file, and what is in it, so that the bytes
// that are sent are those that were decided on. NewFile makes one.
type File struct {
	Path    string `json:"path"`
	Purpose string `json:"purpose,omitempty"` // post or byte; of an avatar: none
	Size    int64  `json:"size"`              // bytes
	SHA256  string `json:"sha256"`            // hex
}

// NewFile reads a file for an upload.
func NewFile(path, purpose string) (File, error) {
	f := File{Path: path, Purpose: purpose}
	var err error
	f.Size, f.SHA256, err = digest(path)
	if err != nil {
		return File{}, fmt.Errorf("read the file to upload: %w", err)
	}
	return f, nil
}

func digest(path string) (size int64, sum string, err error) {
	file, err := os.Open(path) //nolint:gosec // the operator's file
	if err != nil {
		return 0, "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if size, err = io.Copy(h, file); err != nil {
		return 0, "", err
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}

// upload is the file as it is to be sent, or what is wrong with it.
func (f File) upload() (apiclient.Upload, error) {
	size, sum, err := digest(f.Path)
	switch {
	case f.Path == "":
		return apiclient.Upload{}, &apiclient.FieldError{Field: "path"}
	case err != nil:
		return apiclient.Upload{}, &apiclient.FieldError{Field: "path", Want: "it must be a file that can be read: " + err.Error()}
	case size != f.Size || sum != f.SHA256:
		return apiclient.Upload{}, &apiclient.FieldError{Field: "path", Want: "the file has changed since it was decided to send it"}
	}
	return apiclient.Upload{Path: f.Path, Purpose: f.Purpose}, nil
}

// send gives the file to an operation. A file that the client cannot read
// after all is refused, too: it will not come back.
func (f File) send(to func(apiclient.Upload) (string, error)) (string, error) {
	u, err := f.upload()
	if err != nil {
		return "", err
	}
	id, err := to(u)
	var path *os.PathError
	if errors.As(err, &path) && apiclient.NotSent(err) {
		return "", &apiclient.FieldError{Field: "path", Want: "it must be a file that can be read: " + path.Err.Error()}
	}
	return id, err
}

func doUploadImage(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return body[File](e).send(func(u apiclient.Upload) (string, error) {
		m, err := p.Client.UploadImage(ctx, u)
		return m.ID, err
	})
}

func doUploadVideo(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return body[File](e).send(func(u apiclient.Upload) (string, error) {
		m, err := p.Client.UploadVideo(ctx, u)
		return m.ID, err
	})
}

// findUpload looks for a file of that size and type: the platform shows no
// more of what is in it.
func findUpload(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	kind := map[Kind]string{UploadImage: "image", UploadVideo: "video"}[Kind(e.Kind)]
	f := body[File](e)
	return scan(p.Client.Media(ctx, apiclient.MediaFilter{}), nil, func(m apiclient.Media) (string, bool) {
		same := m.Size == f.Size && strings.EqualFold(m.Type, kind) && (m.Purpose == "" || f.Purpose == "" || m.Purpose == f.Purpose)
		return m.ID, same && p.fresh(e, m.ID, m.CreatedAt)
	})
}

func doDeleteMedia(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DeleteMedia(ctx, apiclient.MediaRef{ID: e.Target})
}

func findDeleteMedia(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	return missing(scan(p.Client.Media(ctx, apiclient.MediaFilter{}), nil, func(m apiclient.Media) (string, bool) {
		return "", m.ID == e.Target
	}))
}
