package sandbox_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

// The least that is one of these by its content.
const (
	pngFile  = "\x89PNG\r\n\x1a\n" + "pixels"
	jpegFile = "\xff\xd8\xff\xe0" + "pixels"
	gifFile  = "GIF89a" + "pixels"
	webpFile = "RIFF\x10\x00\x00\x00WEBPVP8 " + "pixels"
)

// box is a box of an MP4 or QuickTime file.
func box(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + name + body
}

// movie is a film of some seconds, with its length at the end of the file.
func movie(brand string, seconds int) string {
	mvhd := binary.BigEndian.AppendUint32(make([]byte, 12), 600)
	mvhd = binary.BigEndian.AppendUint32(mvhd, uint32(600*seconds))
	return box("ftyp", brand+"\x00\x00\x00\x00") + box("mdat", strings.Repeat("frame", 50)) + box("moov", box("mvhd", string(append(mvhd, make([]byte, 80)...))))
}

// webm is the same as a WebM file.
func webm(seconds float64) string {
	duration := binary.BigEndian.AppendUint64([]byte{0x44, 0x89, 0x88}, math.Float64bits(seconds*1000))
	info := append([]byte{0x2a, 0xd7, 0xb1, 0x83, 0x0f, 0x42, 0x40}, duration...) // ticks of a millisecond
	segment := append([]byte{0x15, 0x49, 0xa9, 0x66, 0x80 | byte(len(info))}, info...)
	return "\x1a\x45\xdf\xa3\x84\x42\x82\x81w" + "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + string(segment)
}

// upload sends a file as the guide's curl does: the purpose after the file.
func (a *agent) upload(path, name, file, purpose string) *reply {
	a.t.Helper()
	return a.stream(path, name, strings.NewReader(file), purpose)
}

func (a *agent) stream(path, name string, file io.Reader, purpose string) *reply {
	a.t.Helper()
	body, to := io.Pipe()
	form := multipart.NewWriter(to)
	go func() {
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(part, file)
		}
		if err == nil && purpose != "" {
			err = form.WriteField("purpose", purpose)
		}
		if err == nil {
			err = form.Close()
		}
		_ = to.CloseWithError(err)
	}()
	return a.send("POST", path, form.FormDataContentType(), body)
}

const (
	imagePath = "/api/upload"
	videoPath = "/api/upload/video"
)

func TestServer_uploadImage(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	r := a.upload(imagePath, "/tmp/a b.png", pngFile, "post").want(200)
	r.has("contentType", `"image/png"`).has("type", `"image"`).has("size", fmt.Sprint(len(pngFile))).has("pathname", `"post/a b.png"`)
	if r.text("id") == "" || r.text("id") != r.text("media_id") {
		t.Errorf("id and media_id: %s", r.body)
	}
	for name, file := range map[string]string{"jpeg": jpegFile, "gif": gifFile, "webp": webpFile} {
		a.upload(imagePath, "lies.png", file, "").want(200).has("contentType", `"image/`+name+`"`)
	}
	picture := p.anonymous().get(strings.TrimPrefix(r.text("url"), p.url)).want(200)
	if got := picture.header.Get("Content-Type"); got != "image/png" {
		t.Errorf("at the address there is %s", got)
	}
	a.get(imagePath).want(200).has("media.3.id", fmt.Sprintf("%q", r.text("id"))).has("media.3.purpose", `"post"`).has("media.3.status", `"ready"`)
	a.get(imagePath+"?purpose=post").want(200).has("media.1", "null")
	a.get(imagePath+"?limit=3&type=IMAGE").want(200).has("hasMore", "true")
	a.get(imagePath+"?type=VIDEO").want(200).has("media", "[]")
	p.clock.add(time.Minute)
	b.get(imagePath).want(200).has("media", "[]")
	a.get(imagePath+"?type=SONG").refused(400, "type")
	p.anonymous().get(imagePath).refused(401, "token")
	if e := p.server.Effects()[2]; e.Op != "uploadImage" || e.ID != r.text("id") || e.Text != "a b.png" || e.Target != "post" {
		t.Errorf("effect %+v", e)
	}
}

func TestServer_uploadRefused(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	zeros := func(head string, megabytes int64) io.Reader {
		return io.MultiReader(strings.NewReader(head), io.LimitReader(zero{}, megabytes<<20))
	}
	tests := []struct {
		name, path, purpose string
		file                io.Reader
		says                string
	}{
		{name: "not an image", path: imagePath, file: strings.NewReader("hello"), says: "text/plain"},
		{name: "video as image", path: imagePath, file: strings.NewReader(movie("isom", 1)), says: "video/mp4"},
		{name: "image as video", path: videoPath, file: strings.NewReader(pngFile), says: "image/png"},
		{name: "still of a phone", path: videoPath, file: strings.NewReader(box("ftyp", "heic\x00\x00\x00\x00")), says: "image/heif"},
		{name: "empty", path: imagePath, file: strings.NewReader(""), says: "empty"},
		{name: "image too large", path: imagePath, file: zeros(pngFile, 10), says: "10 MB"},
		{name: "video too large for a post", path: videoPath, purpose: "post", file: zeros(movie("isom", 1), 50), says: "50 MB"},
		{name: "video too large for nothing", path: videoPath, file: zeros(movie("isom", 1), 50), says: "50 MB"},
		{name: "byte too large", path: videoPath, purpose: "byte", file: zeros(movie("isom", 1), 100), says: "100 MB"},
		{name: "video too long", path: videoPath, purpose: "post", file: strings.NewReader(movie("qt  ", 181)), says: "181 seconds"},
		{name: "byte too long", path: videoPath, purpose: "byte", file: strings.NewReader(movie("mp42", 61)), says: "61 seconds"},
		{name: "WebM too long", path: videoPath, purpose: "byte", file: strings.NewReader(webm(61)), says: "61 seconds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := *a
			b.platform = &platform{t: t, server: p.server, url: p.url, clock: p.clock}
			p.clock.add(time.Minute)
			b.stream(tt.path, "file", tt.file, tt.purpose).refused(400, tt.says)
		})
	}
	p.clock.add(time.Minute)
	a.post(imagePath, `{"file":"x"}`).refused(400, "multipart")
	a.send("POST", imagePath, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\npost\r\n--x--\r\n")).refused(400, "file")
	a.send("POST", imagePath, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\x89PNG")).refused(400, "breaks off")
	p.anonymous().upload(imagePath, "a.png", pngFile, "").refused(401, "token")
	p.effects()
}

// zero is a file of nothing, without end.
type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestServer_uploadVideo(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{SettleTime: 4 * time.Second})
	a := p.register("nova_bot")
	for _, tt := range []struct{ file, kind string }{
		{movie("isom", 180), "video/mp4"}, {movie("qt  ", 3), "video/quicktime"}, {webm(60), "video/webm"},
		{box("ftyp", "mp42\x00\x00\x00\x00") + "no box", "video/mp4"}, // what cannot be measured passes
	} {
		a.upload(videoPath, "a.bin", tt.file, "post").want(200).has("contentType", `"`+tt.kind+`"`).has("type", `"video"`)
	}
	id := a.upload(videoPath, "a.mp4", movie("mp42", 60), "byte").want(200).text("id")
	broken := a.upload(videoPath, "Broken.mp4", movie("mp42", 9), "post").want(200).text("id")
	a.get(imagePath+"?type=VIDEO&limit=2").want(200).has("media.0.status", `"processing"`).has("media.1.status", `"processing"`)
	a.post("/api/posts", fmt.Sprintf(`{"content":"x","mediaIds":[%q]}`, broken)).refused(400, "processing")
	p.clock.add(4 * time.Second)
	a.get(imagePath+"?purpose=byte").want(200).has("media.0.id", fmt.Sprintf("%q", id)).has("media.0.status", `"ready"`)
	a.get(imagePath+"?limit=1").want(200).has("media.0.status", `"failed"`)
	a.post("/api/posts", fmt.Sprintf(`{"content":"x","mediaIds":[%q]}`, broken)).refused(400, "failed")
}

func TestServer_deleteMedia(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	first, second := a.upload(imagePath, "a.png", pngFile, "post").want(200), a.upload(imagePath, "a.png", pngFile, "post").want(200)
	byID := fmt.Sprintf(`{"id":%q}`, first.text("id"))
	b.do("DELETE", imagePath, byID).refused(403, "uploaded")
	a.do("DELETE", imagePath, byID).want(200).has("success", "true")
	a.do("DELETE", imagePath, byID).refused(404, "Upload")
	a.get(imagePath).want(200).has("media.0.id", fmt.Sprintf("%q", second.text("id"))).has("media.1", "null")
	a.do("DELETE", imagePath, fmt.Sprintf(`{"url":%q}`, second.text("url"))).want(200)
	a.get(imagePath).want(200).has("media", "[]")
	a.do("DELETE", imagePath, `{}`).refused(400, "")
	p.anonymous().do("DELETE", imagePath, byID).refused(401, "token")
	p.effects("uploadImage", "uploadImage", "deleteMedia", "deleteMedia")
}

func TestServer_postsWithMedia(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	var images []string
	for range 4 {
		images = append(images, a.upload(imagePath, "a.png", pngFile, "post").want(200).text("id"))
	}
	film := a.upload(videoPath, "a.mp4", movie("isom", 9), "post").want(200).text("id")
	short := a.upload(videoPath, "b.mp4", movie("isom", 9), "byte").want(200).text("id")
	p.clock.add(time.Minute)
	post := func(a *agent, ids ...string) *reply {
		t.Helper()
		return a.post("/api/posts", `{"content":"look","mediaIds":["`+strings.Join(ids, `","`)+`"],"mediaUrls":["https://example.com/x.png"]}`)
	}
	r := post(a, images...).want(201).has("mediaType", `"IMAGE"`)
	if got := r.list("mediaUrls"); len(got) != 4 || !strings.HasPrefix(got[0].(string), p.url) {
		t.Errorf("mediaUrls %v", got)
	}
	post(a, film).want(201).has("mediaType", `"VIDEO"`)
	post(a, film, images[0]).refused(400, "not both")
	post(a, film, film).refused(400, "one video")
	post(a, append(images, images[0])...).refused(400, "mediaIds")
	post(a, short).refused(400, "for a byte")
	post(b, images[0]).refused(400, "no such upload of this agent")
	a.do("DELETE", imagePath, fmt.Sprintf(`{"id":%q}`, images[0])).want(200)
	post(a, images[0]).refused(400, "no such upload")
	a.get("/api/posts/"+r.text("id")).want(200).has("mediaUrls.0", fmt.Sprintf("%q", r.text("mediaUrls.0"))) // posts keep what they show
}

// TestServer_uploadTakesLittleMemory sends the largest file there is, and one
// that is larger.
func TestServer_uploadTakesLittleMemory(t *testing.T) { // alone: it looks at the memory of the process
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	head := movie("isom", 9)
	peak := &gauge{from: io.LimitReader(zero{}, 100<<20-int64(len(head)))}
	runtime.GC()
	before := heap()
	a.stream(videoPath, "a.mp4", io.MultiReader(strings.NewReader(head), peak), "byte").want(200).has("size", fmt.Sprint(100<<20))
	if peak.most > before+8<<20 {
		t.Errorf("the heap grew by %d KiB while 100 MiB came in, want at most 8 MiB", (peak.most-before)>>10)
	}
}

// gauge looks at the heap after every 8 MiB that are read through it.
type gauge struct {
	from    io.Reader
	n, next int64
	most    uint64
}

func (g *gauge) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	if g.n += int64(n); g.n >= g.next {
		g.next += 8 << 20
		g.most = max(g.most, heap())
	}
	return n, err
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func FuzzUpload(f *testing.F) {
	for _, file := range []string{pngFile, movie("isom", 3), movie("qt  ", 3), webm(3), "", "\x00\x00\x00\x01ftypisom\x00\x00\x00\x00" + strings.Repeat("\xff", 40)} {
		f.Add([]byte(file))
	}
	server, err := sandbox.New(sandbox.Config{Pace: -1, Limits: map[contract.Tier]int{"read": 1 << 30, "write": 1 << 30, "auth": 1 << 30, "upload": 1 << 30}})
	if err != nil {
		f.Fatal(err)
	}
	token := fuzzToken(f, server)
	f.Fuzz(func(t *testing.T, file []byte) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "a")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(file)
		_ = form.Close()
		req := httptest.NewRequestWithContext(t.Context(), "POST", videoPath, &body)
		req.Header.Set("Content-Type", form.FormDataContentType())
		req.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, req)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
