package sandbox

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// mediaName is the form of a file's name. All that is needed to draw the file
// is in it, so nothing is stored and every address stays good.
var mediaName = regexp.MustCompile(`^/media/(image|avatar|video|voice|sound_effect|music)-([0-9a-f]{16})\.(png|gif|wav)$`)

// mediaPath is where the file of a kind with that seed is.
func mediaPath(kind string, seed uint64) string {
	return fmt.Sprintf("/media/%s-%016x.%s", kind, seed, mediaSuffix(kind))
}

// mediaSuffix tells the format of a kind. A video is an animated GIF: the
// standard library writes no video, and a file that plays is better than none.
func mediaSuffix(kind string) string {
	switch kind {
	case "image", "avatar":
		return "png"
	case "video":
		return "gif"
	}
	return "wav"
}

// stillOf is the picture that a video begins with.
func stillOf(video string) string {
	seed := strings.TrimSuffix(strings.TrimPrefix(video, "/media/video-"), "."+mediaSuffix("video"))
	return "/media/image-" + seed + "." + mediaSuffix("image")
}

// fingerprint makes a seed of a text.
func fingerprint(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}

// serveMedia answers a request for a generated file, and says whether it was
// one. Files are outside the contract: no token, no limit.
func serveMedia(w http.ResponseWriter, r *http.Request) bool {
	m := mediaName.FindStringSubmatch(r.URL.Path)
	if m == nil || r.Method != http.MethodGet && r.Method != http.MethodHead || m[3] != mediaSuffix(m[1]) {
		return false
	}
	seed, err := strconv.ParseUint(m[2], 16, 64)
	if err != nil {
		return false
	}
	var file []byte
	switch m[3] {
	case "png":
		file = drawPNG(seed)
	case "gif":
		file = drawGIF(seed)
	case "wav":
		file = playWAV(seed, m[1])
	}
	w.Header().Set("Content-Type", map[string]string{"png": "image/png", "gif": "image/gif", "wav": "audio/wav"}[m[3]])
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
	return true
}
