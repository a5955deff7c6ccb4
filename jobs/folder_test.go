package jobs_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

const (
	pngFile = "\x89PNG\r\n\x1a\n"
	gifFile = "GIF89a"
	jpgFile = "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
)

// only leaves the jobs that are named, each once a day at nine.
func (w *world) only(names ...string) {
	for _, name := range jobs.Names() {
		w.persona.Schedule[name] = persona.Job{Cron: "off"}
	}
	for _, name := range names {
		w.persona.Schedule[name] = persona.Job{Cron: "0 9 * * *"}
	}
}

// lay puts files into the folder beside the persona file.
func (w *world) lay(files map[string]string) {
	w.t.Helper()
	if w.folder == "" {
		w.folder = w.t.TempDir()
	}
	for name, text := range files {
		path := filepath.Join(w.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// effects are those of an operation at the sandbox.
func (w *world) effects(op string) (found []sandbox.Effect) {
	for _, e := range w.sandbox.Effects() {
		if e.Op == op {
			found = append(found, e)
		}
	}
	return found
}

// entriesOf are the journal's of one kind.
func (w *world) entriesOf(kind string) (found []state.Entry) {
	for _, e := range w.entries() {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

func box(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + name + body
}

// header is moov/mvhd of a film of some seconds.
func header(seconds float64) string {
	mvhd := binary.BigEndian.AppendUint32(make([]byte, 12), 600)
	mvhd = binary.BigEndian.AppendUint32(mvhd, uint32(600*seconds))
	return box("moov", box("trak", "x")+box("mvhd", string(append(mvhd, make([]byte, 80)...))))
}

// movie is an MP4 or QuickTime film of some seconds.
func movie(brand string, seconds float64) string {
	return box("ftyp", brand+"\x00\x00\x00\x00") + box("mdat", strings.Repeat("frame", 50)) + header(seconds)
}

// webm is a WebM film of some seconds.
func webm(seconds float64) string {
	duration := binary.BigEndian.AppendUint64([]byte{0x44, 0x89, 0x88}, math.Float64bits(seconds*1000))
	info := append(duration, 0x2a, 0xd7, 0xb1, 0x83, 0x0f, 0x42, 0x40) // ticks of a millisecond, said last
	segment := append([]byte{0x15, 0x49, 0xa9, 0x66, 0x80 | byte(len(info))}, info...)
	return "\x1a\x45\xdf\xa3\x87\x42\x82\x84webm" + "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + string(segment)
}

// TestByte: each film is published once, with a caption, whatever it is called
// and however often the job runs; a film that is not one is never sent.
func TestByte(t *testing.T) {
	t.Parallel()
	m := captions(t)
	w := newWorld(t)
	w.persona.Media = "media"
	w.lay(map[string]string{
		"media/pen.mp4": movie("isom", 59), "media/same pen.mp4": movie("isom", 59), "media/tape.mov.txt": "A pen that hesitates\nover grey paper",
		"media/tape.mov": movie("qt  ", 12), "media/rain.webm": webm(7.5), "media/quay.png": pngFile, "media/notes.txt": "not a film",
	})
	w.only("byte")
	w.live(w.jobs(m.brain(t)), 10*24*time.Hour)
	bytes, uploads := w.effects("createByte"), w.effects("uploadVideo")
	if len(bytes) != 3 || len(uploads) != 3 {
		t.Fatalf("%d bytes, %d uploads, want 3 of each; log:\n%s", len(bytes), len(uploads), w.log)
	}
	for i, e := range bytes {
		if !strings.HasPrefix(e.Text, "Caption ") || e.Target != uploads[i].ID {
			t.Errorf("byte %+v of upload %+v", e, uploads[i])
		}
	}
	if n := m.count(); n != 3 {
		t.Errorf("%d requests to the model, want 3: silence is free", n)
	}
	asked := strings.Join(m.requests(), "\n")
	if !strings.Contains(asked, "A pen that hesitates over grey paper") || !strings.Contains(asked, "that you cannot see now") {
		t.Error("the model is not told what a film shows, or that it cannot see it")
	}
	if e := w.entries()[len(w.entries())-1]; e.Kind != "plan" || !strings.Contains(e.Error, "no films in the media folder that were not used") {
		t.Errorf("the last entry is %+v", e)
	}
	checkOnce(t, w)
}

// TestByte_Refuses: what is no film of at most a minute is never sent, and the
// log says why.
func TestByte_Refuses(t *testing.T) {
	t.Parallel()
	long := movie("isom", 61)
	tests := []struct{ name, file, text, why string }{
		{"too long", "a.mp4", long, "it lasts 1m1s, and may last 1m0s"},
		{"WebM too long", "a.webm", webm(60.2), "it lasts 1m0.2s, and may last 1m0s"},
		{"no length", "a.mp4", box("ftyp", "isom\x00\x00\x00\x00") + box("mdat", "frames"), "its length cannot be told"},
		{"length of none", "a.mp4", movie("isom", 0), "its length cannot be told"},
		{"broken off", "a.mp4", long[:len(long)-90], "its length cannot be told"},
		{"a box in a box", "a.mp4", box("ftyp", "isom\x00\x00\x00\x00") + strings.Repeat(box("free", ""), 600) + header(5), "its length cannot be told"},
		{"another inside", "a.mp4", webm(5), "it is video/webm inside, and its name says video/mp4"},
		{"QuickTime as MP4", "a.mp4", movie("qt  ", 5), "it is video/quicktime inside"},
		{"a picture", "a.mov", pngFile + "pixels", "it is image/png inside"},
		{"a page", "a.mp4", "<html><script>", "it is text/html inside"},
		{"an archive", "a.webm", "PK\x03\x04 zip", "it is application/zip inside"},
		{"empty", "a.mp4", "", "it has 0 bytes"},
		{"a strange name", "a\u202e4pm.mp4", movie("isom", 5), "its name has characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.persona.Media = "media"
			w.lay(map[string]string{"media/" + tt.file: tt.text})
			w.only("byte")
			w.live(w.jobs(planner.NewOffline()), 26*time.Hour)
			if n := len(w.effects("uploadVideo")) + len(w.effects("createByte")); n != 0 {
				t.Errorf("%d effects", n)
			}
			if n := strings.Count(w.log.String(), tt.why); n != 1 {
				t.Errorf("said %d times: %q; log:\n%s", n, tt.why, w.log)
			}
		})
	}
}

// TestByte_TooLarge: by its size, without being read.
func TestByte_TooLarge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.persona.Media = "media"
	w.lay(map[string]string{"media/a.mp4": movie("isom", 5)})
	if err := os.Truncate(filepath.Join(w.folder, "media", "a.mp4"), 100_000_001); err != nil { // a hole
		t.Fatal(err)
	}
	w.only("byte")
	w.live(w.jobs(planner.NewOffline()), 2*time.Hour)
	if !strings.Contains(w.log.String(), "it has 100000001 bytes, and may have 1 to 100000000") || len(w.effects("uploadVideo")) != 0 {
		t.Errorf("log:\n%s", w.log)
	}
}

// TestByte_PathSafety: links, folders and ways out of the media folder lead
// nowhere; neither does a media folder that is a link.
func TestByte_PathSafety(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	secret := filepath.Join(outside, "private.mp4")
	if err := os.WriteFile(secret, []byte(movie("isom", 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lay := range map[string]func(w *world) error{
		"a link to a file": func(w *world) error {
			w.lay(map[string]string{"media/note.txt": "x"})
			return os.Symlink(secret, filepath.Join(w.folder, "media", "a.mp4"))
		},
		"a link inside": func(w *world) error {
			w.lay(map[string]string{"media/note.txt": "x", "private.mp4": movie("isom", 5)})
			return os.Symlink("../private.mp4", filepath.Join(w.folder, "media", "a.mp4"))
		},
		"the folder is a link": func(w *world) error {
			w.folder = t.TempDir()
			return os.Symlink(outside, filepath.Join(w.folder, "media"))
		},
		"a folder named so": func(w *world) error {
			w.lay(map[string]string{"media/a.mp4/b.mp4": movie("isom", 5)})
			return nil
		},
		"the way out": func(w *world) error {
			w.lay(map[string]string{"inner/x": "x"})
			w.folder, w.persona.Media = filepath.Join(w.folder, "inner"), "../media"
			return os.WriteFile(filepath.Join(w.folder, "x.mp4"), []byte(movie("isom", 5)), 0o600)
		},
		"what it shows is a link": func(w *world) error {
			w.lay(map[string]string{"media/a.mp4": movie("isom", 5)})
			return os.Symlink(secret, filepath.Join(w.folder, "media", "a.txt"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.persona.Media = "media"
			if err := lay(w); err != nil {
				t.Fatal(err)
			}
			w.only("byte")
			w.live(w.jobs(planner.NewOffline()), 2*time.Hour)
			if n := len(w.effects("uploadVideo")) + len(w.effects("createByte")); n != 0 {
				t.Errorf("%d effects; log:\n%s", n, w.log)
			}
			if len(w.entries()) == 0 {
				t.Errorf("the job did not run; log:\n%s", w.log)
			}
		})
	}
}

// captions is a model that writes another caption each time.
func captions(t *testing.T) *model {
	t.Helper()
	n := 0
	words := []string{"ochre", "granite", "halogen", "thistle", "cobalt", "marrow", "saffron", "lantern", "pumice", "velvet"}
	return newModel(t, func(string) (int, string) {
		n++
		a, b := words[n%len(words)], words[(3*n+1)%len(words)]
		return 200, says(fmt.Sprintf(`{"text":"Caption number %d of %s over %s."}`, n, a, b))
	})
}

// TestFilm_NoTrends: a film, of which there is one a week, does without what is
// popular where the platform does not say.
func TestFilm_NoTrends(t *testing.T) {
	t.Parallel()
	m := captions(t)
	w := newWorld(t)
	w.persona.Media = "media"
	w.lay(map[string]string{"media/pen.mp4": movie("isom", 59)})
	w.only("byte")
	w.meddled(fails("/api/explore", 500))
	w.live(w.jobs(m.brain(t)), 3*24*time.Hour)
	if n := len(w.effects("createByte")); n != 1 {
		t.Errorf("%d films, want 1; log:\n%s", n, w.log)
	}
}
