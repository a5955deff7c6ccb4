package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
)

const (
	maxUpload = 512 << 20 // bytes of a multipart body that are read before the connection is given up
	maxField  = 1 << 10   // bytes of a text field
)

// received is a file that came in a multipart body. Its bytes were counted,
// looked at and thrown away: the sandbox keeps no file.
type received struct {
	Name    string
	Type    string // by content, not by what the client said
	Size    int64
	Seconds float64 // of a video; 0 when the file does not tell
	Purpose string
}

// receive reads a multipart body as it streams in, and checks it against the
// contract's limits. The purpose may come after the file, so the limits are
// looked at last. A body that is too large is read to its end, since an answer
// given in the middle of it would be lost on the way.
func (c *call) receive(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	form, err := r.MultipartReader()
	if err != nil {
		return badRequest("body", "must be multipart/form-data with the file in the field file")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = c.receivePart(part)
		}
		if err != nil {
			return badRequest("body", "breaks off, or is no multipart/form-data")
		}
	}
	if c.file == nil {
		return badRequest("file", "is missing")
	}
	c.file.Purpose = c.form["purpose"]
	return c.file.check(contractRules().uploads[c.op.ID].forPurpose(c.file.Purpose))
}

// receivePart reads one part. Fields that the contract does not know pass.
func (c *call) receivePart(part *multipart.Part) error {
	if part.FormName() == "file" && c.file == nil {
		file, err := readFile(part)
		c.file = file
		return err
	}
	text, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil {
		return err
	}
	if c.form == nil {
		c.form = map[string]string{}
	}
	c.form[part.FormName()] = string(text)
	_, err = io.Copy(io.Discard, part)
	return err
}

// readFile counts a file and finds out what it is, in little memory.
func readFile(part *multipart.Part) (*received, error) {
	count := &counter{from: part}
	b := bufio.NewReaderSize(count, 64<<10)
	head, err := b.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	f := &received{Name: path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), Type: contentType(head)}
	if strings.HasPrefix(f.Type, "video/") {
		f.Seconds = duration(f.Type, b) // whatever it leaves unread is counted below
	}
	_, err = io.Copy(io.Discard, b)
	f.Size = count.n
	return f, err
}

// counter counts what is read through it.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

func (f *received) check(rule uploadRule) error {
	switch {
	case f.Size == 0:
		return badRequest("file", "is empty")
	case !slices.Contains(rule.Types, f.Type):
		return badRequest("file", fmt.Sprintf("is %s by its content, and must be one of %s", f.Type, strings.Join(rule.Types, ", ")))
	case f.Size > rule.Megabytes<<20:
		return badRequest("file", fmt.Sprintf("is larger than %d MB", rule.Megabytes))
	case rule.Seconds > 0 && f.Seconds > rule.Seconds:
		return badRequest("file", fmt.Sprintf("lasts %.0f seconds, and may last %.0f", f.Seconds, rule.Seconds))
	}
	return nil
}

// multipartBody tells whether the operation takes a file.
func (c *call) multipartBody() bool {
	_, ok := contractRules().uploads[c.op.ID]
	return ok && c.op.Method == http.MethodPost
}
