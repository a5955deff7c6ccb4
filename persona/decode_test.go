package persona_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/persona"
)

var update = flag.Bool("update", false, "rewrite the .want files beside the persona files that are refused")

// files returns the persona files of some folders below testdata.
func files(t *testing.T, folders ...string) []string {
	t.Helper()
	var all []string
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Fatalf("no files in testdata/%s", folder)
		}
		all = append(all, found...)
	}
	return all
}

func parse(t *testing.T, yaml string) *persona.Persona {
	t.Helper()
	p, err := persona.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLoad_Refused(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "bad", "semantic") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			p, err := persona.Load(file)
			if _, ok := errors.AsType[persona.Errors](err); !ok || p != nil {
				t.Fatalf("Load = %v, %v; want no persona and Errors", p, err)
			}
			got := filepath.ToSlash(err.Error()) + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoad_MissingFile(t *testing.T) {
	t.Parallel()
	_, err := persona.Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "read persona: ") {
		t.Errorf("err = %v", err)
	}
}

func TestParse_Bytes(t *testing.T) {
	t.Parallel()
	const head = "handle: nova\nname: Nova\n"
	tests := []struct{ name, data, want string }{
		{"nothing", "", `x.yaml:1:1: the file is empty: write at least "handle: my_agent" and "name: My Agent"`},
		{"latin-1", head + "bio: caf\xe9\n", "x.yaml:3:9: the file is not UTF-8 text: save it as UTF-8"},
		{"utf-16", "\xff\xfeh\x00", "x.yaml:1:1: the file is not UTF-8 text: save it as UTF-8"},
		{"terminal escape", head + "bio: \x1b[2J\n", "x.yaml:3:6: the control character U+001B is not allowed: remove it"},
		{"too large", head + "#" + strings.Repeat(" ", persona.MaxBytes-len(head)), "x.yaml:1:1: the file is larger than 256 KiB: a persona is a few KiB; remove what does not belong here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := persona.Parse("x.yaml", []byte(tt.data))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestParse_LargestFile(t *testing.T) {
	t.Parallel()
	head := "handle: nova\nname: Nova\n"
	parse(t, head+"#"+strings.Repeat(" ", persona.MaxBytes-len(head)-1))
}

func TestParse_Defaults(t *testing.T) {
	t.Parallel()
	want := persona.Defaults()
	want.Handle, want.Name = "nova", "Nova"
	for name, cron := range map[string]string{"engage": "15-59/20 * * * *", "post": "42 9,18 * * *", "generate": "19 12 * * *", "introduce": "5 */4 * * *", "messages": "4-59/10 * * * *", "network": "22 11 * * *", "reflect": "57 20 * * 0", "respond": "2-59/5 * * * *"} {
		job := want.Schedule[name]
		job.Cron = cron // the minute is drawn by the handle
		want.Schedule[name] = job
	}
	if diff := cmp.Diff(want, parse(t, "handle: nova\nname: Nova\n")); diff != "" {
		t.Errorf("minimal file (-want +got):\n%s", diff)
	}
}

func TestParse_KeepsDefaultsOfWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	p := parse(t, `handle: nova
name: Nova
interests:
  - {keywords: [shader, noise]}
  - {hashtags: [art], weight: 2}
schedule:
  engage: "@every 1h"
  post: {jitter: 0s, missed: once}
limits:
  like: {day: 7}
  quote: {day: 1}
acts: {comment: 0.3}
generation:
  recipes:
    - {provider: OPENAI, type: image, prompt: tea}
`)
	tests := []struct {
		name      string
		got, want any
	}{
		{"cron of a string", p.Schedule["engage"], persona.Job{Cron: "@every 1h", Jitter: 3 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute}},
		{"cron of a mapping", p.Schedule["post"], persona.Job{Cron: "42 9,18 * * *", Missed: "once", MaxLate: 24 * time.Hour}},
		{"job", p.Schedule["poll"], persona.Job{Cron: "@every 15s", Missed: "skip", MaxLate: 10 * time.Minute}},
		{"cap", p.Limits["like"], persona.Limit{Hour: new(20), Day: new(7)}},
		{"limit", p.Limits["comment"], persona.Limit{Hour: new(6), Day: new(30)}},
		{"other cap", p.Limits["quote"], persona.Limit{Hour: new(1), Day: new(1)}},
		{"share", p.Acts["comment"], 0.3},
		{"other share", p.Acts["quote"], 0.05},
		{"media a day", p.Generation.PerDay, 2},
		{"generations a day", p.Limits["generate"], persona.Limit{Hour: new(2), Day: new(2)}},
		{"recipe weight", p.Generation.Recipes[0].Weight, 1.0},
		{"interest weight", p.Interests[0].Weight, 1.0},
		{"topic from keyword", p.Interests[0].Topic, "shader"},
		{"topic from hashtag", p.Interests[1].Topic, "art"},
		{"weight given", p.Interests[1].Weight, 2.0},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestError_Excerpt(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, data, want string }{
		{
			"middle", "handle: nova\nname: Nova\nlimits: {like: {hour: 900}}\nbio: x\n",
			"    2 | name: Nova\n" +
				"    3 | limits: {like: {hour: 900}}\n" +
				"      |                       ^\n" +
				"    4 | bio: x\n",
		},
		{
			"first line, wide characters", "{handle: nova, name: 墨白, bio: [诗]}",
			"    1 | {handle: nova, name: 墨白, bio: [诗]}\n" +
				"      | " + strings.Repeat(" ", 32) + "^\n",
		},
		{
			"neighbour with a secret", "handle: Nova\nbio: sk-proj-abcdefghijklmnop\nname: Nova\n",
			"    1 | handle: Nova\n" +
				"      |         ^\n" +
				"    2 | bio: ************************\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := persona.Parse("x.yaml", []byte(tt.data))
			first, ok := errors.AsType[*persona.Error](err)
			if !ok {
				t.Fatalf("err = %v", err)
			}
			if diff := cmp.Diff(tt.want, first.Excerpt()); diff != "" {
				t.Errorf("excerpt (-want +got):\n%s", diff)
			}
		})
	}
}

// Parse tells a key from a long word.
func TestParse_Secrets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text   string
		secret bool
	}{
		{"sk-abcdefghijkl", true},
		{"see iar_012345", true},
		{"-----BEGIN PRIVATE KEY-----", true},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", true},
		{"ghp_abcdefghijklmnopqrst0123", true},
		{"AKIAIOSFODNN7EXAMPLE", true},
		{"c2VjcmV0IGFjY2VzcyBrZXkgNDU2Nzg5", true},
		{"d41d8cd98f00b204e9800998ecf8427e", true},
		{"abcdefghijklmnopqrstuvwxyz0123456789", true},
		{"sk-8 boards", false},
		{"ask-me-anything-about-plotters", false},
		{"iat_ is a prefix", false},
		{"Donaudampfschifffahrtsgesellschaftskapitaen", false},
		{"ACCCGTTACGTACCCGTTACGTACCCGTTACGTACCCGTT", false},
		{"12345678901234567890123456789012", false},
		{"Qwen3-Coder-480B-A35B-Instruct-FP8", false},
		{"21m00Tcm4TlvDq8ikWAM", false},
		{"https://example.com/a/long/path/2026/11/22/about-nothing", false},
	}
	for _, tt := range tests {
		_, err := persona.Parse("x.yaml", []byte("handle: nova\nname: Nova\nbio: '"+tt.text+"'\n"))
		if (err != nil) != tt.secret {
			t.Errorf("%q: err = %v, want a secret: %v", tt.text, err, tt.secret)
		}
	}
}

// Keys and prompts go in the clear to this machine and private networks only.
func TestParse_PlainHTTP(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host string
		good bool
	}{
		{"localhost:11434", true},
		{"127.0.0.1:8080", true},
		{"[::1]:8080", true},
		{"[::ffff:10.0.0.1]", true},
		{"[::ffff:100.100.1.1]", true},
		{"192.168.1.20", true},
		{"[fd00::1]", true},
		{"100.100.1.1", true},
		{"ollama:11434", true},
		{"gpu.home.arpa", true},
		{"host.docker.internal:11434", true},
		{"8.8.8.8", false},
		{"[2001:db8::1]", false},
		{"169.254.169.254", false},
		{"0.0.0.0", false},
		{"2130706433", false},
		{"0x7f000001", false},
		{"models.example.com", false},
		{"localhost.example.com", false},
		{"local", true},
		{"evil.notlocal", false},
	}
	for _, tt := range tests {
		for scheme, good := range map[string]bool{"http": tt.good, "https": true} {
			_, err := persona.Parse("x.yaml", []byte("handle: nova\nname: Nova\nllm: {base_url: '"+scheme+"://"+tt.host+"/v1'}\n"))
			if (err == nil) != good {
				t.Errorf("%s://%s: err = %v, want good: %v", scheme, tt.host, err, good)
			}
		}
	}
}

// A message must not repeat the secret that it warns of.
func TestErrors_HideSecrets(t *testing.T) {
	t.Parallel()
	const secret = "sk-proj-abcdefghijklmnop0123"
	for _, data := range []string{
		"handle: " + secret + "\nname: Nova\n",
		"handle: nova\nname: Nova\n" + secret + ": 1\n",
		"handle: nova\nname: Nova\nlimits: {" + secret + ": 1}\n",
		"handle: nova\nname: Nova\nschedule: {post: " + secret + "}\n",
		"handle: nova\nname: Nova\nvoice: {lines: ['{" + secret + "}']}\n",
		"handle: nova\nname: Nova\nbio: *" + secret + "\n",
		"handle: nova\nname: Nova\nbio: !" + secret + " x\n",
		"handle: nova\nname: Nova\nbio: &" + secret + " x\n",
		"handle: nova\nname: Nova\nllm: {base_url: 'http://" + secret + ".example.com'}\n",
	} {
		_, err := persona.Parse("x.yaml", []byte(data))
		if err == nil || strings.Contains(err.Error(), "abcdefghijklmnop") {
			t.Errorf("Parse(%q) = %v", data, err)
		}
	}
}
