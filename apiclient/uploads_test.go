package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/contract"
)

const (
	pngText = "\x89PNG\r\n\x1a\nthe rest"
	mp4Text = "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41the rest"
)

// fromText is an upload out of memory.
func fromText(text string) apiclient.Upload {
	return apiclient.Upload{Reader: strings.NewReader(text), Size: int64(len(text))}
}

func png() apiclient.Upload {
	u := fromText(pngText)
	u.Name = "quay.png"
	return u
}

func postImage() apiclient.Upload {
	u := png()
	u.Purpose, u.Folder = "post", "images"
	return u
}

func byteVideo() apiclient.Upload {
	u := fromText(mp4Text)
	u.Purpose = "byte"
	return u
}

// onDisk is a file that begins with text and is size bytes long.
func onDisk(t testing.TB, name, text string, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// receiver is a server that takes uploads as they come and keeps no byte.
type receiver struct {
	t      testing.TB
	taken  atomic.Int64 // bytes of the file
	length atomic.Int64 // Content-Length
	kind   atomic.Value // of the file
	name   atomic.Value // of the file
	calls  atomic.Int64
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path == "/api/auth/token" {
		reply(w, 200, tokenText)
		return
	}
	r.calls.Add(1)
	r.length.Store(req.ContentLength)
	if len(req.TransferEncoding) > 0 {
		r.t.Errorf("Transfer-Encoding %q, want a Content-Length", req.TransferEncoding)
	}
	_, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		r.t.Error(err)
	}
	form := multipart.NewReader(req.Body, params["boundary"])
	for {
		part, err := form.NextRawPart()
		if err != nil {
			break
		}
		if part.FormName() != "file" {
			continue
		}
		n, _ := io.Copy(io.Discard, part)
		r.taken.Store(n)
		r.kind.Store(part.Header.Get("Content-Type"))
		r.name.Store(part.FileName())
	}
	reply(w, 201, uploadedText)
}

func newReceiver(t testing.TB) (*receiver, *apiclient.Client) {
	t.Helper()
	r := &receiver{t: t}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	v := newVirtual()
	c, err := apiclient.New(apiclient.Config{BaseURL: server.URL, ID: clientID, Secret: clientSecret, Transport: server.Client().Transport, Now: v.Now, Sleep: v.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

func TestUpload_FromDisk(t *testing.T) {
	t.Parallel()
	r, c := newReceiver(t)
	const size = 300_001
	got, err := c.UploadImage(t.Context(), apiclient.Upload{Path: onDisk(t, "My quay (1).PNG", pngText, size), Purpose: "post"})
	if err != nil || got != uploaded {
		t.Fatalf("got %+v, %v", got, err)
	}
	if n := r.taken.Load(); n != size || r.length.Load() <= size {
		t.Errorf("%d bytes of %d arrived, Content-Length %d", n, size, r.length.Load())
	}
	if kind, name := r.kind.Load(), r.name.Load(); kind != "image/png" || name != "My_quay__1_.PNG" {
		t.Errorf("got %s named %s", kind, name)
	}
}

// The limits are the contract's, to the byte.
func TestUpload_Sizes(t *testing.T) {
	t.Parallel()
	r, c := newReceiver(t)
	upload := map[string]func(context.Context, apiclient.Upload) error{
		"avatar": func(ctx context.Context, u apiclient.Upload) error { _, err := c.UploadAvatar(ctx, u); return err },
		"image":  func(ctx context.Context, u apiclient.Upload) error { _, err := c.UploadImage(ctx, u); return err },
		"video":  func(ctx context.Context, u apiclient.Upload) error { _, err := c.UploadVideo(ctx, u); return err },
	}
	tests := []struct {
		kind, purpose, text string
		most                int64
	}{
		{kind: "avatar", text: pngText, most: contract.MaxAvatarBytes},
		{kind: "image", text: pngText, most: contract.MaxImageBytes},
		{kind: "image", purpose: "byte", text: pngText, most: contract.MaxImageBytes},
		{kind: "video", text: mp4Text, most: contract.MaxVideoBytes},
		{kind: "video", purpose: "post", text: mp4Text, most: contract.MaxVideoBytes},
		{kind: "video", purpose: "byte", text: mp4Text, most: contract.MaxByteBytes},
	}
	for _, tt := range tests {
		before := r.calls.Load()
		over := apiclient.Upload{Path: onDisk(t, "f", tt.text, tt.most+1), Purpose: tt.purpose}
		err := upload[tt.kind](t.Context(), over)
		field, _ := errors.AsType[*apiclient.FieldError](err)
		if field == nil || field.Limit != int(tt.most) || field.Got != int(tt.most)+1 || field.Unit != "bytes" || !apiclient.NotSent(err) || r.calls.Load() != before {
			t.Errorf("%s for %q of %d bytes: got %v, want it refused", tt.kind, tt.purpose, tt.most+1, err)
		}
		if tt.most > contract.MaxImageBytes { // those of a hundred megabytes are for the test of the memory
			continue
		}
		if err := upload[tt.kind](t.Context(), apiclient.Upload{Path: onDisk(t, "f", tt.text, tt.most), Purpose: tt.purpose}); err != nil || r.taken.Load() != tt.most {
			t.Errorf("%s for %q of %d bytes: got %v, %d arrived", tt.kind, tt.purpose, tt.most, err, r.taken.Load())
		}
	}
}

func TestUpload_Refused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(201, uploadedText))
	c := p.client(t)
	image := onDisk(t, "a.png", pngText, 100)
	link := filepath.Join(t.TempDir(), "link.png")
	if err := os.Symlink(image, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		file apiclient.Upload
		want string // part of the error
	}{
		{name: "nothing", want: "neither a path nor a reader"},
		{name: "no such file", file: apiclient.Upload{Path: image + ".not"}, want: "no such file"},
		{name: "folder", file: apiclient.Upload{Path: filepath.Dir(image)}, want: "not a regular file"},
		{name: "link", file: apiclient.Upload{Path: link}, want: "not a regular file"},
		{name: "device", file: apiclient.Upload{Path: os.DevNull}, want: "not a regular file"},
		{name: "empty", file: apiclient.Upload{Path: onDisk(t, "b.png", "", 0)}, want: "file is empty"},
		{name: "negative", file: apiclient.Upload{Reader: strings.NewReader("x"), Size: -1}, want: "file has -1 bytes"},
		{name: "text", file: apiclient.Upload{Path: onDisk(t, "c.png", "hello", 5)}, want: "image/jpeg"},
		{name: "video", file: fromText(mp4Text), want: "image/jpeg"},
		{name: "page", file: fromText("<html><img>"), want: "image/jpeg"},
		{name: "drawing", file: fromText("<svg xmlns='http://www.w3.org/2000/svg'/>"), want: "image/jpeg"},
		{name: "control characters", file: apiclient.Upload{Path: "/nowhere/\x1b[2J"}, want: `\u001b`},
	}
	for _, tt := range tests {
		_, err := c.UploadImage(t.Context(), tt.file)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !apiclient.NotSent(err) {
			t.Errorf("%s: got %v, want %q in it", tt.name, err, tt.want)
		}
	}
	if got := len(p.seen()); got != 0 || len(p.asked()) != 0 {
		t.Errorf("%d requests and %d for a token were sent", got, len(p.asked()))
	}
}

// The type is told by the content, whatever the name says.
func TestUpload_Types(t *testing.T) {
	t.Parallel()
	ftyp := func(brand string) string { return "\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x02\x00isommp41" }
	tests := []struct {
		name, text string
		image      string // the type as an image, "" when refused
		video      string
	}{
		{name: "png", text: pngText, image: "image/png"},
		{name: "jpeg", text: "\xff\xd8\xff\xe0\x00\x10JFIF", image: "image/jpeg"},
		{name: "gif", text: "GIF89a....", image: "image/gif"},
		{name: "webp", text: "RIFF\x24\x00\x00\x00WEBPVP8 ", image: "image/webp"},
		{name: "wav", text: "RIFF\x24\x00\x00\x00WAVEfmt "},
		{name: "bmp", text: "BM........"},
		{name: "pdf", text: "%PDF-1.7"},
		{name: "isom", text: ftyp("isom"), video: "video/mp4"},
		{name: "iso5", text: ftyp("iso5"), video: "video/mp4"},
		{name: "mp42", text: ftyp("mp42"), video: "video/mp4"},
		{name: "avc1", text: ftyp("avc1"), video: "video/mp4"},
		{name: "m4v", text: ftyp("M4V "), video: "video/mp4"},
		{name: "quicktime", text: ftyp("qt  "), video: "video/quicktime"},
		{name: "old quicktime", text: "\x00\x00\x00\x08wide\x00\x00\x01\x00mdat", video: "video/quicktime"},
		{name: "heic", text: ftyp("heic")},
		{name: "avif", text: ftyp("avif")},
		{name: "m4a", text: ftyp("M4A ")},
		{name: "webm", text: "\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04", video: "video/webm"},
		{name: "matroska", text: "\x1a\x45\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroskaB\x87\x81\x04"},
		{name: "four bytes", text: "ftyp"},
	}
	r, c := newReceiver(t)
	for _, tt := range tests {
		got := func(upload func(context.Context, apiclient.Upload) (apiclient.UploadedMedia, error)) string {
			file := fromText(tt.text)
			file.Name = "a.png"
			r.kind.Store("")
			_, err := upload(t.Context(), file)
			if sent := r.kind.Load().(string); (err == nil) != (sent != "") {
				t.Errorf("%s: sent as %q, %v", tt.name, sent, err)
			}
			return r.kind.Load().(string)
		}
		if image, video := got(c.UploadImage), got(c.UploadVideo); image != tt.image || video != tt.video {
			t.Errorf("%s: sent as the image %q and the video %q, want %q and %q", tt.name, image, video, tt.image, tt.video)
		}
	}
}

func TestUpload_Names(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{name: "quay.png", want: "quay.png"},
		{name: "", want: "file"},
		{name: "../../etc/passwd", want: "passwd"},
		{name: `C:\pictures\quay.png`, want: "quay.png"},
		{name: "folder/", want: "file"},
		{name: "...", want: "file"},
		{name: ".htaccess", want: "htaccess"},
		{name: "--help.png", want: "help.png"},
		{name: "a\"; filename=\"b.sh\r\nX: y.png", want: "a___filename__b.sh__X__y.png"},
		{name: "quai d'été.png", want: "quai_d__t_.png"},
		{name: strings.Repeat("x", 200) + ".png", want: strings.Repeat("x", 96) + ".png"},
		{name: "x." + strings.Repeat("p", 200), want: "x." + strings.Repeat("p", 98)},
		{name: strings.Repeat("x", 200), want: strings.Repeat("x", 100)},
		{name: "\x00\xff.png", want: "__.png"},
	}
	r, c := newReceiver(t)
	for _, tt := range tests {
		file := fromText(pngText)
		file.Name = tt.name
		if _, err := c.UploadImage(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		if got := r.name.Load(); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Like every write an upload is one round trip, whatever comes of it.
func TestUpload_Once(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"401":   always(401, `{"error":"unauthorized"}`),
		"413":   always(413, `{"error":"too_large"}`),
		"503":   always(503, `{}`),
		"307":   withHeader("Location", "/api/upload/video", always(307, `{}`)),
		"reset": hangUp(true),
		"end":   hangUp(false),
	}
	for name, answer := range answers {
		p := newPlatform(t, answer)
		_, err := p.client(t).UploadImage(t.Context(), apiclient.Upload{Path: onDisk(t, "a.png", pngText, 100_000)})
		if got := len(p.seen()); err == nil || got != 1 || apiclient.NotSent(err) {
			t.Errorf("%s: %d requests, %v; want 1 and an error", name, got, err)
		}
	}
}

// A file that is shorter than it was said is not passed off as a whole one.
func TestUpload_Shrinks(t *testing.T) {
	t.Parallel()
	r, c := newReceiver(t)
	file := png()
	file.Size += 10
	_, err := c.UploadImage(t.Context(), file)
	if err == nil || apiclient.NotSent(err) || r.taken.Load() > int64(len(pngText)) {
		t.Errorf("got %v after %d bytes", err, r.taken.Load())
	}
}

// Only uploads have the longer time.
func TestUpload_Timeout(t *testing.T) {
	t.Parallel()
	left := map[string]time.Duration{}
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		deadline, _ := r.Context().Deadline()
		left[r.Method+" "+r.URL.Path] = time.Until(deadline)
		if r.Body != nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		return inMemory(`{"access_token":"t"}`).RoundTrip(r)
	})
	c, err := apiclient.New(apiclient.Config{ID: "i", Secret: "s", Transport: transport, Timeout: time.Hour, UploadTimeout: 3 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if c.Timeout() != time.Hour || c.UploadTimeout() != 3*time.Hour {
		t.Errorf("got %s and %s", c.Timeout(), c.UploadTimeout())
	}
	if _, err := c.UploadImage(t.Context(), png()); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteMedia(t.Context(), apiclient.MediaRef{ID: "m"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]time.Duration{"POST /api/auth/token": time.Hour, "POST /api/upload": 3 * time.Hour, "DELETE /api/upload": time.Hour}
	for what, most := range want {
		if got := left[what]; got > most || got < most-30*time.Minute {
			t.Errorf("%s: %s are left, want about %s", what, got, most)
		}
	}
}

// maxUploadMemory is the most that the upload of a byte may allocate, sender
// and receiver together.
const maxUploadMemory = 8 << 20

// Not parallel: it counts what the whole process allocates.
func TestUpload_Memory(t *testing.T) {
	r, c := newReceiver(t)
	path := onDisk(t, "gulls.mp4", mp4Text, contract.MaxByteBytes)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.UploadVideo(t.Context(), apiclient.Upload{Path: path, Purpose: "byte"})
	runtime.ReadMemStats(&after)
	if err != nil || r.taken.Load() != contract.MaxByteBytes {
		t.Fatalf("%d bytes arrived, %v", r.taken.Load(), err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > maxUploadMemory {
		t.Errorf("the upload of %d bytes allocated %d, want at most %d", contract.MaxByteBytes, got, maxUploadMemory)
	}
}

// The B/op are all that sender and receiver allocate.
func BenchmarkUploadVideo(b *testing.B) {
	for _, size := range []int64{1_000_000, contract.MaxByteBytes} {
		b.Run(fmt.Sprintf("%dMB", size/1_000_000), func(b *testing.B) {
			_, c := newReceiver(b)
			file := apiclient.Upload{Path: onDisk(b, "gulls.mp4", mp4Text, size), Purpose: "byte"}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.UploadVideo(b.Context(), file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
