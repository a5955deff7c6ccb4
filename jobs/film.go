package jobs

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/bits"
	"time"
)

// maxBoxes is how many parts of a film are looked at for its length. Each
// costs one small read, whatever the part's size.
const maxBoxes = 500

var errNoLength = errors.New("its length cannot be told")

// filmLength reads how long a film lasts from the header of its container,
// which its frames may contradict. Anything unusual is errNoLength.
func filmLength(contentType string, file io.ReaderAt, size int64) (time.Duration, error) {
	seconds := 0.0
	if contentType == "video/webm" {
		seconds = webmLength(file, size)
	} else {
		seconds = movieLength(file, size)
	}
	if !(seconds > 0 && seconds < 24*3600) {
		return 0, errNoLength
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// movieLength looks for moov/mvhd in the boxes of an MP4 or QuickTime file.
func movieLength(file io.ReaderAt, size int64) float64 {
	at, end := int64(0), size
	for range maxBoxes {
		var head [16]byte
		if at > end-8 || readAt(file, head[:8], at) != nil {
			return 0
		}
		length, header := int64(binary.BigEndian.Uint32(head[:4])), int64(8)
		switch length {
		case 0: // up to the end
			length = end - at
		case 1:
			if readAt(file, head[:], at) != nil {
				return 0
			}
			header, length = 16, int64(min(binary.BigEndian.Uint64(head[8:]), math.MaxInt64)) //nolint:gosec // at most MaxInt64
		}
		if length < header || length > end-at {
			return 0
		}
		switch string(head[4:8]) {
		case "moov": // its boxes come next
			at, end = at+header, at+length
			continue
		case "mvhd":
			return movieHeader(file, at+header, length-header)
		}
		at += length
	}
	return 0
}

// movieHeader reads time scale and duration. A duration of all ones means that
// it is not known.
func movieHeader(file io.ReaderAt, at, size int64) float64 {
	var b [32]byte
	if size < 20 || readAt(file, b[:min(size, 32)], at) != nil {
		return 0
	}
	scale, duration := uint64(binary.BigEndian.Uint32(b[12:])), uint64(binary.BigEndian.Uint32(b[16:]))
	unknown := uint64(math.MaxUint32)
	if b[0] == 1 { // times of 64 bits
		if size < 32 {
			return 0
		}
		scale, duration, unknown = uint64(binary.BigEndian.Uint32(b[20:])), binary.BigEndian.Uint64(b[24:]), math.MaxUint64
	}
	if b[0] > 1 || scale == 0 || duration == unknown {
		return 0
	}
	return float64(duration) / float64(scale)
}

// The elements of a WebM file that lead to its length.
const (
	webmSegment  = 0x18538067
	webmInfo     = 0x1549A966
	webmScale    = 0x2AD7B1 // nanoseconds of a tick
	webmDuration = 0x4489   // in ticks
	webmCluster  = 0x1F43B675
)

// webmLength looks for Segment/Info with its Duration, which may stand before
// the length of a tick.
func webmLength(file io.ReaderAt, size int64) float64 {
	at, end, scale, ticks := int64(0), size, 1e6, 0.0
	inInfo := false
	for range maxBoxes {
		if at >= end {
			break
		}
		id, n, err := webmNumber(file, at, false)
		length, m, errSize := webmNumber(file, at+n, true)
		data := at + n + m
		if err != nil || errSize != nil || id == webmCluster || data > end {
			return 0
		}
		unknown := m > 0 && length == 1<<(7*m)-1
		switch {
		case id == webmSegment:
			at = data
			continue
		case unknown || length > uint64(end-data): //nolint:gosec // data is at most end
			return 0
		case id == webmInfo:
			at, end, inInfo = data, data+int64(length), true //nolint:gosec // it is in the file
			continue
		case inInfo && id == webmScale:
			scale = float64(webmUint(file, data, length))
		case inInfo && id == webmDuration:
			ticks = webmFloat(file, data, length)
		}
		at = data + int64(length) //nolint:gosec // it is in the file
	}
	if !inInfo {
		return 0
	}
	return ticks * scale / 1e9
}

// webmNumber reads a number whose first byte tells its length, and returns that
// length, too. Of an element's id the marker of the length is part.
func webmNumber(file io.ReaderAt, at int64, plain bool) (value uint64, n int64, err error) {
	var b [8]byte
	if err := readAt(file, b[:1], at); err != nil {
		return 0, 0, err
	}
	more := bits.LeadingZeros8(b[0])
	if more > 7 {
		return 0, 0, errNoLength
	}
	if err := readAt(file, b[:more+1], at); err != nil {
		return 0, 0, err
	}
	if plain {
		b[0] &= 1<<(7-more) - 1
	}
	for _, c := range b[:more+1] {
		value = value<<8 | uint64(c)
	}
	return value, int64(more + 1), nil
}

func webmUint(file io.ReaderAt, at int64, length uint64) uint64 {
	var b [8]byte
	if length > 8 || readAt(file, b[8-length:], at) != nil {
		return 0
	}
	return binary.BigEndian.Uint64(b[:])
}

func webmFloat(file io.ReaderAt, at int64, length uint64) float64 {
	value := webmUint(file, at, length)
	switch length {
	case 4:
		return float64(math.Float32frombits(uint32(value))) //nolint:gosec // four bytes were read
	case 8:
		return math.Float64frombits(value)
	}
	return 0
}

// readAt fills b or fails.
func readAt(file io.ReaderAt, b []byte, at int64) error {
	n, err := file.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	return err
}
