package jobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
)

const (
	maxFiles   = 2000      // of the media folder that are looked at
	maxSidecar = 4 << 10   // bytes of the text beside a file
	maxRead    = 300 << 20 // bytes of files that one run reads to find one that is new
)

// shelf is what the media folder is searched for.
type shelf struct {
	what    string // in the plural
	upload  actions.Kind
	purpose string
	types   map[string]string // content type by the ending of the name
	most    int64             // bytes
	longest time.Duration     // of a film
}

var (
	pictures = shelf{
		what: "pictures", upload: actions.UploadImage, purpose: "post", most: contract.MaxImageBytes,
		types: map[string]string{".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"},
	}
	films = shelf{
		what: "films", upload: actions.UploadVideo, purpose: "byte", most: contract.MaxByteBytes, longest: contract.MaxByte,
		types: map[string]string{".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime"},
	}
)

// fileName is what the name of a media file may be, of at most longestName
// characters: a bound in the pattern would make a program of megabytes of it.
var fileName = regexp.MustCompile(`^[\p{L}\p{N}_(][\p{L}\p{M}\p{N} _.,()+-]*$`)

const longestName = 151

// found is a file of the media folder that was never used, with what stands
// beside it.
type found struct {
	file  actions.File
	shows string
}

// stamp tells a file that was looked at before.
type stamp struct {
	size int64
	at   time.Time
}

// find looks for a file that was never used, in an order of chance. Without
// one it says why. Files that cannot be used are named once, in the log.
func (j *Jobs) find(r *rand.Rand, s shelf) (*found, string, error) {
	if j.Folder == "" || j.Persona.Media == "" {
		return nil, "there is no media folder", nil
	}
	names, err := actions.ListFiles(j.Folder, j.Persona.Media, maxFiles)
	if err != nil {
		return nil, "the media folder cannot be read: " + err.Error(), nil //nolint:nilerr // a reason to show none
	}
	r.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
	left := int64(maxRead)
	for _, name := range names {
		if s.types[ending(name)] == "" {
			continue
		}
		if left <= 0 {
			return nil, "no new one among the " + s.what + " that were looked at; the others are next", nil
		}
		f, err := j.look(s, name, &left)
		var store *journalError
		switch {
		case errors.As(err, &store):
			return nil, "", err
		case err != nil:
			j.Log.Warn("a file of the media folder is not used", "file", clip(name), "why", err)
		case f != nil:
			return f, "", nil
		}
	}
	return nil, "no " + s.what + " in the media folder that were not used", nil
}

// look examines one file; nil without an error means that it was used, or is
// as it was when it was looked at before.
func (j *Jobs) look(s shelf, name string, left *int64) (*found, error) {
	at := path.Join(j.Persona.Media, name)
	file, err := actions.OpenFile(j.Folder, at)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	now := stamp{info.Size(), info.ModTime()}
	if j.lookedAt[at] == now {
		return nil, nil
	}
	if len(j.lookedAt) > 2*maxFiles || j.lookedAt == nil {
		j.lookedAt = make(map[string]stamp)
	}
	j.lookedAt[at] = now
	if err := s.fits(name, file, info.Size()); err != nil {
		return nil, err
	}
	*left -= info.Size()
	measured, err := actions.File{Folder: j.Folder, Path: at, Purpose: s.purpose}.Measured(file)
	if err != nil {
		return nil, err
	}
	used, err := j.Store.Taken(actions.Action{Kind: s.upload, Body: measured}.Key())
	if err != nil {
		return nil, &journalError{err}
	}
	if used {
		return nil, nil
	}
	delete(j.lookedAt, at) // it is new until it is used
	shows, err := j.beside(at)
	if err != nil {
		return nil, err
	}
	return &found{file: measured, shows: shows}, nil
}

// fits says why a file cannot be used.
func (s shelf) fits(name string, file *os.File, size int64) error {
	if utf8.RuneCountInString(name) > longestName || !fileName.MatchString(name) {
		return errors.New("its name has characters that a name does not need")
	}
	if size == 0 || size > s.most {
		return fmt.Errorf("it has %d bytes, and may have 1 to %d", size, s.most)
	}
	start := make([]byte, min(size, 512))
	if _, err := file.ReadAt(start, 0); err != nil {
		return err
	}
	if is, want := apiclient.MediaType(start), s.types[ending(name)]; is != want {
		return fmt.Errorf("it is %s inside, and its name says %s", is, want)
	}
	if s.longest == 0 {
		return nil
	}
	length, err := filmLength(s.types[ending(name)], file, size)
	if err == nil && length > s.longest {
		err = fmt.Errorf("it lasts %s, and may last %s", length.Round(100*time.Millisecond), s.longest)
	}
	return err
}

// beside reads the text that says what a file shows: quay.txt or quay.jpg.txt
// for quay.jpg. There may be none.
func (j *Jobs) beside(at string) (string, error) {
	for _, name := range []string{at + ".txt", strings.TrimSuffix(at, path.Ext(at)) + ".txt"} {
		file, err := actions.OpenFile(j.Folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("the text beside it: %w", err)
		}
		text, err := io.ReadAll(io.LimitReader(file, maxSidecar+1))
		_ = file.Close() // it was only read
		switch {
		case err != nil:
			return "", fmt.Errorf("the text beside it: %w", err)
		case len(text) > maxSidecar || !utf8.Valid(text):
			return "", fmt.Errorf("the text beside it is not UTF-8 text of at most %d bytes", maxSidecar)
		}
		return strings.Join(strings.Fields(strings.TrimPrefix(string(text), "\ufeff")), " "), nil
	}
	return "", nil
}

func ending(name string) string { return strings.ToLower(path.Ext(name)) }
