package sandbox

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"math/bits"
	"net/http"
	"strings"
)

// sniffed is how many bytes tell what a file is.
const sniffed = 512

// contentType says what a file is by how it begins. The standard library does
// not know QuickTime, nor most of the brands of MP4.
func contentType(head []byte) string {
	if len(head) >= 12 {
		switch box, brand := string(head[4:8]), string(head[8:12]); {
		case box == "ftyp" && brand == "qt  ", box == "moov", box == "wide":
			return "video/quicktime"
		case box == "ftyp" && (brand == "avif" || brand == "avis" || strings.HasPrefix(brand, "hei") || brand == "mif1" || brand == "msf1"):
			return "image/heif"
		case box == "ftyp" && strings.HasPrefix(brand, "M4A"):
			return "audio/mp4"
		case box == "ftyp":
			return "video/mp4"
		}
	}
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return kind
}

// duration reads how many seconds a video lasts, as far as its container says
// so before it breaks the rules of its format; else it is 0.
func duration(kind string, r *bufio.Reader) float64 {
	seconds := 0.0
	if kind == "video/webm" {
		seconds = webmSeconds(r)
	} else {
		seconds = movieSeconds(r)
	}
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) || seconds < 0 {
		return 0
	}
	return seconds
}

// movieSeconds looks for the box moov/mvhd of an MP4 or QuickTime file, which
// may stand at its end.
func movieSeconds(r *bufio.Reader) float64 {
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return 0
		}
		size, header := uint64(binary.BigEndian.Uint32(head[:4])), uint64(8)
		if size == 1 {
			var long [8]byte
			if _, err := io.ReadFull(r, long[:]); err != nil {
				return 0
			}
			size, header = binary.BigEndian.Uint64(long[:]), 16
		}
		switch name := string(head[4:]); {
		case name == "mvhd":
			return movieHeader(r)
		case name == "moov":
			continue // its boxes come next
		case size < header || size > maxUpload:
			return 0
		}
		if _, err := r.Discard(int(size - header)); err != nil { // #nosec G115 -- at most maxUpload
			return 0
		}
	}
}

// movieHeader reads time scale and duration of the box mvhd.
func movieHeader(r io.Reader) float64 {
	var b [32]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0
	}
	if b[0] == 1 { // times of 64 bits
		return float64(binary.BigEndian.Uint64(b[24:])) / float64(binary.BigEndian.Uint32(b[20:]))
	}
	return float64(binary.BigEndian.Uint32(b[16:])) / float64(binary.BigEndian.Uint32(b[12:]))
}

// The elements of a WebM file that lead to its duration.
const (
	webmHeader   = 0x1A45DFA3
	webmSegment  = 0x18538067
	webmInfo     = 0x1549A966
	webmScale    = 0x2AD7B1 // nanoseconds of a tick
	webmDuration = 0x4489   // in ticks
	webmCluster  = 0x1F43B675
)

// webmSeconds looks for the element Segment/Info/Duration, which stands before
// the first cluster of frames.
func webmSeconds(r *bufio.Reader) float64 {
	scale := 1e6
	for {
		id, err := webmNumber(r, false)
		if err != nil || id == webmCluster {
			return 0
		}
		size, err := webmNumber(r, true)
		if err != nil {
			return 0
		}
		switch {
		case id == webmSegment || id == webmInfo:
			continue // their elements come next
		case id == webmScale && size <= 8:
			n, err := webmUint(r, size)
			if err != nil {
				return 0
			}
			scale = float64(n)
		case id == webmDuration && (size == 4 || size == 8):
			n, err := webmUint(r, size)
			if err != nil {
				return 0
			}
			if size == 4 {
				return float64(math.Float32frombits(uint32(n))) * scale / 1e9 // #nosec G115 -- four bytes were read
			}
			return math.Float64frombits(n) * scale / 1e9
		case size > maxUpload:
			return 0
		default:
			if _, err := r.Discard(int(size)); err != nil { // #nosec G115 -- at most maxUpload
				return 0
			}
		}
	}
}

// webmNumber reads a number whose first byte tells its length; of an element's
// id the marker of the length is part.
func webmNumber(r *bufio.Reader, plain bool) (uint64, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	more := bits.LeadingZeros8(first)
	if more > 7 {
		return 0, io.ErrUnexpectedEOF
	}
	if plain {
		first &= 1<<(7-more) - 1
	}
	rest, err := webmUint(r, uint64(more)) // #nosec G115 -- at most 7
	return uint64(first)<<(8*more) | rest, err
}

// webmUint reads that many bytes, at most 8, as a big-endian number.
func webmUint(r io.Reader, size uint64) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[8-size:]); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b[:]), nil
}
