package jobs

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// FuzzFilmLength: whatever the bytes, an answer comes after few reads, and it
// is a length above zero or an error.
func FuzzFilmLength(f *testing.F) {
	box := func(name string, body []byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), name...), body...) //nolint:gosec // a test's
	}
	mvhd := append(make([]byte, 12), 0, 0, 0, 1, 0, 0, 0, 7)
	long := append([]byte{1, 0, 0, 0}, make([]byte, 16)...)
	long = append(long, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9)
	f.Add(false, box("moov", box("mvhd", mvhd)))
	f.Add(false, box("moov", box("mvhd", long)))
	f.Add(false, []byte("\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add(false, []byte("\x00\x00\x00\x00moov\x00\x00\x00\x00mvhd"))
	f.Add(true, []byte("\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x15\x49\xa9\x66\x87\x44\x89\x84\x45\x9c\x40\x00"))
	f.Add(true, []byte("\x15\x49\xa9\x66\x01\xff\xff\xff\xff\xff\xff\xfe"))
	f.Fuzz(func(t *testing.T, web bool, data []byte) {
		file := &counting{Reader: bytes.NewReader(data)}
		kind := "video/mp4"
		if web {
			kind = "video/webm"
		}
		length, err := filmLength(kind, file, int64(len(data)))
		if err == nil && (length < 0 || length > 24*time.Hour) {
			t.Errorf("length %s", length)
		}
		if file.reads > 5*maxBoxes {
			t.Errorf("%d reads", file.reads)
		}
	})
}

type counting struct {
	*bytes.Reader
	reads int
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	c.reads++
	return c.Reader.ReadAt(b, at)
}

// TestFilmLength: both forms of the header, and a box as large as the file.
func TestFilmLength(t *testing.T) {
	t.Parallel()
	short := append(make([]byte, 12), 0, 0, 2, 88, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(short[16:], 600*59)
	wide := append([]byte{1, 0, 0, 0}, make([]byte, 16)...)
	wide = append(binary.BigEndian.AppendUint32(wide, 1000), binary.BigEndian.AppendUint64(nil, 12_500)...)
	open := append([]byte("\x00\x00\x00\x00moov"), append([]byte("\x00\x00\x00\x1cmvhd"), short...)...)
	unknown := append(make([]byte, 12), 0, 0, 2, 88, 0xff, 0xff, 0xff, 0xff)
	frame := func(mvhd []byte) []byte {
		inner := append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(mvhd))), "mvhd"...), mvhd...) //nolint:gosec // a test's
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(inner))), "moov"...), inner...) //nolint:gosec // a test's
	}
	tests := []struct {
		name string
		file []byte
		want time.Duration // 0: it cannot be told
	}{
		{"32 bits", frame(short), 59 * time.Second},
		{"64 bits", frame(wide), 12500 * time.Millisecond},
		{"up to the end", open, 59 * time.Second},
		{"not known", frame(unknown), 0},
		{"scale of zero", frame(make([]byte, 20)), 0},
		{"a newer version", frame(append([]byte{2}, short[1:]...)), 0},
		{"nothing", nil, 0},
	}
	for _, tt := range tests {
		got, err := filmLength("video/mp4", bytes.NewReader(tt.file), int64(len(tt.file)))
		if got != tt.want || (err != nil) != (tt.want == 0) {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}
