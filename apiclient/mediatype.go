package apiclient

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// sniffed is how many bytes of a file tell its type.
const sniffed = 512

// MediaType tells the type of a file by its first bytes. Containers that
// http.DetectContentType lumps together are told apart.
func MediaType(start []byte) string {
	switch {
	case len(start) >= 12 && string(start[4:8]) == "ftyp":
		return brandType(string(start[8:12]))
	case bytes.HasPrefix(start, []byte("\x1a\x45\xdf\xa3")):
		if bytes.Contains(start, []byte("\x42\x82\x84webm")) { // the element DocType
			return "video/webm"
		}
		return "video/x-matroska"
	case len(start) >= 8 && slices.Contains([]string{"moov", "mdat", "wide"}, string(start[4:8])):
		return "video/quicktime" // from before there were brands
	}
	kind, _, _ := strings.Cut(http.DetectContentType(start), ";")
	return kind
}

// brandType is the type of an ISO media file by its major brand; HEIC, AVIF
// and M4A are such files too.
func brandType(brand string) string {
	if brand == "qt  " {
		return "video/quicktime"
	}
	for _, video := range []string{"iso", "mp4", "avc1", "M4V", "dash", "MSNV"} {
		if strings.HasPrefix(brand, video) {
			return "video/mp4"
		}
	}
	return "application/octet-stream"
}
