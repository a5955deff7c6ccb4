package actions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"imagined/apiclient"
	"imagined/state"
)

// File is the body of an upload: a file, and what is in it, so that the bytes
// that are sent are those that were decided on. NewFile makes one.
type File struct {
	Path    string `json:"path"`
	Folder  string `json:"folder,omitempty"`  // that Path is in; see OpenFile. Empty: Path is all of it
	Purpose string `json:"purpose,omitempty"` // post or byte; of an avatar: none
	Size    int64  `json:"size"`              // bytes
	SHA256  string `json:"sha256"`            // hex
}

// NewFile reads a file for an upload.
func NewFile(path, purpose string) (File, error) {
	return File{Path: path, Purpose: purpose}.measured()
}

// NewFileIn reads a file of a folder for an upload, as OpenFile does.
func NewFileIn(folder, path, purpose string) (File, error) {
	return File{Folder: folder, Path: path, Purpose: purpose}.measured()
}

func (f File) measured() (File, error) {
	file, err := f.open()
	if err != nil {
		return File{}, fmt.Errorf("read the file to upload: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	return f.Measured(file)
}

// Measured is the file with what is in it, which file is read for from where it
// stands.
func (f File) Measured(file io.Reader) (File, error) {
	var err error
	if f.Size, f.SHA256, err = digest(file); err != nil {
		return File{}, fmt.Errorf("read the file to upload: %w", err)
	}
	return f, nil
}

func (f File) open() (*os.File, error) {
	if f.Folder != "" {
		return OpenFile(f.Folder, f.Path)
	}
	return os.Open(f.Path)
}

func digest(file io.Reader) (size int64, sum string, err error) {
	h := sha256.New()
	if size, err = io.Copy(h, file); err != nil {
		return 0, "", err
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}

// send gives the file to an operation, or says what is wrong with it. A file
// that the client cannot read after all is refused, too: it will not come back.
func (f File) send(to func(apiclient.Upload) (string, error)) (string, error) {
	if f.Path == "" {
		return "", &apiclient.FieldError{Field: "path"}
	}
	file, err := f.open()
	if err != nil {
		return "", unreadable(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	switch size, sum, err := digest(file); {
	case err != nil:
		return "", unreadable(err)
	case size != f.Size || sum != f.SHA256:
		return "", &apiclient.FieldError{Field: "path", Want: "the file has changed since it was decided to send it"}
	}
	u := apiclient.Upload{Path: f.Path, Purpose: f.Purpose}
	if f.Folder != "" { // what was looked at is what is sent
		u = apiclient.Upload{Reader: file, Size: f.Size, Name: filepath.Base(f.Path), Purpose: f.Purpose}
	}
	id, err := to(u)
	var path *os.PathError
	if errors.As(err, &path) && apiclient.NotSent(err) {
		return "", unreadable(path.Err)
	}
	return id, err
}

func unreadable(err error) error {
	return &apiclient.FieldError{Field: "path", Want: "it must be a file that can be read: " + err.Error()}
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
