package apiclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"slices"
	"strings"

	"imagined/contract"
)

// fileRule is what the contract allows for a file.
type fileRule struct {
	types  []string
	most   int64            // bytes
	larger map[string]int64 // bytes, for a purpose that allows more
	only   bool             // no other field is taken
}

// fileRules has the operations that take a file.
var fileRules = map[string]fileRule{
	"uploadAvatar": {types: contract.ImageTypes, most: contract.MaxAvatarBytes, only: true},
	"uploadImage":  {types: contract.ImageTypes, most: contract.MaxImageBytes},
	"uploadVideo":  {types: contract.VideoTypes, most: contract.MaxVideoBytes, larger: map[string]int64{"byte": contract.MaxByteBytes}},
}

// limit is the most bytes for a purpose.
func (r fileRule) limit(purpose string) int64 { return max(r.most, r.larger[purpose]) }

// form is a multipart body around an open file.
type form struct {
	head, tail []byte
	file       io.ReaderAt
	size       int64     // of the file
	kind       string    // Content-Type of the whole
	closer     io.Closer // nil when the file is the caller's
}

// open checks the file against the rule and makes the form. Whoever gets it
// closes it.
func (u Upload) open(rule fileRule) (*form, error) {
	f := &form{file: u.Reader, size: u.Size}
	if u.Path != "" {
		file, size, err := openRegular(u.Path)
		if err != nil {
			return nil, err
		}
		f.file, f.size, f.closer = file, size, file
	}
	if err := u.fill(f, rule); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// openRegular opens a file that is neither link, folder nor device.
func openRegular(path string) (*os.File, int64, error) {
	seen, err := os.Lstat(path)
	if err != nil {
		return nil, 0, err
	}
	if !seen.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("file %s: it is not a regular file; name the file itself", path)
	}
	file, err := os.Open(path) //nolint:gosec // the caller's file is what this is for
	if err != nil {
		return nil, 0, err
	}
	now, err := file.Stat()
	if err == nil && !os.SameFile(seen, now) {
		err = fmt.Errorf("file %s: it was replaced while it was opened", path)
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, now.Size(), nil
}

// fill writes the form around the file.
func (u Upload) fill(f *form, rule fileRule) error {
	switch most := rule.limit(u.Purpose); {
	case rule.types == nil:
		return &FieldError{Field: "file", Want: "this operation takes none"}
	case f.file == nil:
		return errors.New("file: neither a path nor a reader is given")
	case f.size <= 0 || f.size > most:
		return &FieldError{Field: "file", Limit: int(most), Got: int(f.size), Unit: "bytes"}
	}
	start := make([]byte, min(f.size, sniffed))
	if _, err := f.file.ReadAt(start, 0); err != nil && err != io.EOF { //nolint:errorlint // a ReaderAt returns io.EOF itself
		return fmt.Errorf("read the file: %w", err)
	}
	kind := MediaType(start)
	if !slices.Contains(rule.types, kind) {
		return &FieldError{Field: "file", Want: "its content must be one of " + strings.Join(rule.types, ", ")}
	}
	return u.frame(f, kind, rule.only)
}

// frame makes what stands before and after the file.
func (u Upload) frame(f *form, kind string, only bool) error {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"purpose", u.Purpose}, {"folder", u.Folder}} {
		if field[1] == "" || only {
			continue
		}
		if err := w.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	_, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + u.name() + `"`},
		"Content-Type":        {kind},
	})
	if err != nil {
		return err
	}
	cut := b.Len()
	if err := w.Close(); err != nil {
		return err
	}
	f.head, f.tail = b.Bytes()[:cut], b.Bytes()[cut:]
	f.kind = w.FormDataContentType()
	return nil
}

// attach makes the form the request's body, with its length, since a platform
// need not take a body without. It can be read again from the start, which
// the transport does when a kept connection turns out dead before a byte of
// the request was written.
func (f *form) attach(req *http.Request) {
	req.Header.Set("Content-Type", f.kind)
	req.ContentLength = int64(len(f.head)) + f.size + int64(len(f.tail))
	req.GetBody = func() (io.ReadCloser, error) {
		file := io.NewSectionReader(f.file, 0, f.size)
		return io.NopCloser(io.MultiReader(bytes.NewReader(f.head), file, bytes.NewReader(f.tail))), nil
	}
	req.Body, _ = req.GetBody()
}

func (f *form) close() {
	if f.closer != nil {
		_ = f.closer.Close()
	}
}

// maxName is the most bytes of a file name.
const maxName = 100

// name is the file's base name in plain characters. Its ending is kept.
func (u Upload) name() string {
	name := u.Name
	if name == "" {
		name = u.Path
	}
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimLeft(strings.Map(plain, name), ".-")
	if name == "" {
		return "file"
	}
	if over := len(name) - maxName; over > 0 {
		stem := strings.LastIndexByte(name, '.')
		if stem <= over {
			return name[:maxName]
		}
		name = name[:stem-over] + name[stem:]
	}
	return name
}

func plain(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
		return r
	}
	return '_'
}
