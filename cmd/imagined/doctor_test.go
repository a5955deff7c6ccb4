package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
	"imagined/state"
)

const modelKey = "sk-key-of-the-model-server"

// clinic is a house with a model's server.
func clinic(t *testing.T, status int, answer string) *house {
	t.Helper()
	h := newHouse(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" || r.Header.Get("Authorization") != "Bearer "+modelKey {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	h.env[envModelURL], h.env[envModelKey] = server.URL+"/v1/", modelKey
	h.write("nova.yaml", novaFile+"llm: {model: tiny}\n")
	return h
}

const tinyList = `{"data":[{"id":"tiny"}]}`

// findings runs the doctor and returns its lines by check.
func (h *house) findings(line string) (code int, found map[string]finding) {
	h.t.Helper()
	return h.findingsUntil(h.t.Context(), line)
}

func (h *house) findingsUntil(ctx context.Context, line string) (code int, found map[string]finding) {
	h.t.Helper()
	code, out, errs := h.imaginedUntil(ctx, "doctor --json "+line)
	if strings.Contains(out+errs, modelKey) {
		h.t.Errorf("the key was printed:\n%s%s", out, errs)
	}
	found = make(map[string]finding)
	for line := range strings.Lines(out) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Message == "" || (f.Status == healthy) != (f.Fix == "") {
			h.t.Errorf("%v: %s", err, line)
		}
		found[f.Check] = f
	}
	return code, found
}

func TestDoctor_AllIsWell(t *testing.T) {
	t.Parallel()
	h := clinic(t, http.StatusOK, tinyList)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	code, out, errs := h.imagined("doctor @nova.yaml")
	if code != exitOK {
		t.Errorf("exit %d: %s", code, errs)
	}
	for _, want := range []string{
		"ok    persona file @nova_cli: configuration", "ok    data folder: ", "ok    free space: ", "ok    journal @nova_cli: sound, format 3, ",
		"ok    credentials @nova_cli: client id " + h.env[envID], "ok    account @nova_cli: ", "ok    connected services @nova_cli: OPENAI",
		"ok    model @nova_cli: tiny at 127.0.0.1", "ok    platform: ", "ok    clock: ", "ok    rate limits: ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "fail") || strings.Contains(out, "warn") {
		t.Errorf("not all is well:\n%s", out)
	}
}

// TestDoctor_Finds one fault a row.
func TestDoctor_Finds(t *testing.T) {
	t.Parallel()
	with := func(name, value string) func(*house) { return func(h *house) { h.env[name] = value } }
	tests := []struct {
		name   string
		set    func(h *house)
		status int
		answer string
		check  string
		want   health
		says   string // in the message
		fix    string
	}{
		{"a persona file with a fault", func(h *house) { h.write("nova.yaml", "handle: X\n") }, 200, tinyList, "persona file", broken, "nova.yaml:1", "imagined check"},
		{"a persona file that is not there", func(h *house) { _ = os.Remove(filepath.Join(h.dir, "nova.yaml")) }, 200, tinyList, "persona file", broken, "nova.yaml", "name a file"},
		{"a data folder that is a file", func(h *house) { h.env["IMAGINED_DATA"] = h.write("file", "") }, 200, tinyList, "data folder", broken, "not a folder", "--data"},
		{"a data folder under a file", func(h *house) { h.env["IMAGINED_DATA"] = h.write("file", "") + "/data" }, 200, tinyList, "data folder", broken, "not a directory", "folder"},
		{"a data folder to come", func(*house) {}, 200, tinyList, "data folder", healthy, "not there yet", ""},
		{"a data folder for all", func(h *house) {
			_ = os.Mkdir(h.env["IMAGINED_DATA"], 0o700)
			_ = os.Chmod(h.env["IMAGINED_DATA"], 0o777)
		}, 200, tinyList, "data folder", warning, "written by others", "chmod go-w"},
		{"no data folder", func(h *house) { delete(h.env, "IMAGINED_DATA") }, 200, tinyList, "data folder", broken, "there is none", "IMAGINED_DATA"},
		{"a damaged journal", func(h *house) {
			path := journalPath(h.env["IMAGINED_DATA"], "nova_cli")
			_ = os.MkdirAll(filepath.Dir(path), 0o700)
			_ = os.WriteFile(path, make([]byte, 64<<10), 0o600)
		}, 200, tinyList, "journal", broken, "it is damaged: ", "imagined state restore nova_cli"},
		{"another's journal", func(h *house) {
			store, err := state.Open(journalPath(h.env["IMAGINED_DATA"], "nova_cli"), "luma")
			if err != nil {
				h.t.Fatal(err)
			}
			_ = store.Close()
		}, 200, tinyList, "journal", broken, "belongs to the persona luma", "copy from before"},
		{"no credentials", func(h *house) { delete(h.env, envSecret) }, 200, tinyList, "credentials", broken, envSecret, "imagined register"},
		{"a wrong secret", with(envSecret, "wrong-secret-wrong"), 200, tinyList, "account", broken, "credentials", "check client id and secret from environment"},
		{"another's credentials", func(h *house) { h.write("nova.yaml", strings.Replace(novaFile, "nova_cli", "luma_cli", 1)) }, 200, tinyList, "account", broken, "those of @nova_cli", "its own credentials"},
		{"a provider that is not connected", func(h *house) { h.write("nova.yaml", strings.Replace(novaFile, "OPENAI", "RUNWARE", 1)) }, 200, tinyList,
			"connected services", broken, "RUNWARE", "imagined api connectService --persona nova_cli provider=RUNWARE --json FILE"},
		{"a key that does not work", func(h *house) {
			if _, err := h.client(h.env[envID], h.env[envSecret]).ConnectService(h.t.Context(), "OPENAI", "key-invalid-in-the-sandbox"); err != nil {
				h.t.Fatal(err)
			}
		}, 200, tinyList, "connected services", broken, `the key of OPENAI does not work: "Invalid API key"`, "imagined api connectService"},
		{"a platform that is away", with(envBaseURL, "http://127.0.0.1:1"), 200, tinyList, "platform", broken, "connection refused", envBaseURL},
		{"a platform without TLS", with(envBaseURL, "http://platform.example"), 200, tinyList, "platform", broken, "https", envBaseURL},
		{"a refused key", func(*house) {}, 401, "", "model", broken, "does not accept the key", envModelKey},
		{"a model that is not there", func(*house) {}, 200, `{"data":[{"id":"huge"}]}`, "model", warning, "does not list tiny", "llm.model"},
		{"a server with a problem", func(*house) {}, 500, "", "model", broken, "status 500", "later"},
		{"a server that lists nothing", func(*house) {}, 404, "", "model", warning, "does not list its models", "imagined plan"},
		{"a server that is away", with(envModelURL, "http://127.0.0.1:1"), 200, tinyList, "model", broken, "connection refused", "llm.base_url"},
		{"a secret in the model's address", with(envModelURL, "http://u:"+modelKey+"@127.0.0.1:1"), 200, tinyList, "model", broken, "not usable", envModelURL},
		{"no key", func(h *house) { delete(h.env, envModelKey); delete(h.env, envModelURL) }, 200, tinyList, "model", warning, "offline brain", envModelKey},
		{"no model wanted", func(h *house) { h.write("nova.yaml", novaFile+"llm: {max_tokens_per_day: 0}\n") }, 200, tinyList, "model", healthy, "max_tokens_per_day is 0", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := clinic(t, tt.status, tt.answer)
			tt.set(h)
			code, found := h.findings("@nova.yaml")
			got := found[tt.check]
			if got.Status != tt.want || !strings.Contains(got.Message, tt.says) || !strings.Contains(got.Fix, tt.fix) {
				t.Errorf("got %+v\nof %+v", got, found)
			}
			if (tt.want == broken) != (code == exitFailed) {
				t.Errorf("exit %d: %+v", code, found)
			}
		})
	}
}

// TestDoctor_NothingAnswers: servers that take a connection and say nothing
// cost the deadline, and every line is there.
func TestDoctor_NothingAnswers(t *testing.T) {
	t.Parallel()
	h := clinic(t, http.StatusOK, tinyList)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // test
	silent := "http://" + listener.Addr().String()
	h.env[envBaseURL], h.env[envModelURL] = silent, silent+"/v1"
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second) // far more than it needs
	defer cancel()
	code, found := h.findingsUntil(ctx, "--within 50ms @nova.yaml")
	if ctx.Err() != nil {
		t.Error("it did not keep its own deadline")
	}
	for _, check := range []string{"account", "model", "platform"} {
		if f := found[check]; f.Status != broken || !strings.Contains(f.Message, context.DeadlineExceeded.Error()) {
			t.Errorf("%s: %+v", check, f)
		}
	}
	if code != exitFailed || found["journal"].Status != healthy {
		t.Errorf("exit %d: %+v", code, found)
	}
}

// TestDoctor_Beside: what the file names beside itself is there, or it is said.
func TestDoctor_Beside(t *testing.T) {
	t.Parallel()
	h := clinic(t, http.StatusOK, tinyList)
	h.write("nova.yaml", novaFile+"llm: {model: tiny}\navatar: face.png\nmedia: shelf\n")
	code, found := h.findings("@nova.yaml")
	for check, name := range map[string]string{"avatar": "face.png", "media": "shelf"} {
		if f := found[check]; code != exitOK || f.Status != warning || f.Persona != "nova_cli" || !strings.Contains(f.Message, "no "+name) {
			t.Errorf("%s: exit %d: %+v", check, code, f)
		}
	}
	h.write("face.png", "\x89PNG")
	if _, found := h.findings("@nova.yaml"); found["avatar"].Check != "" || found["media"].Check == "" {
		t.Errorf("%+v", found)
	}
}

// TestDoctor_LooksOnly: no file appears, and a daemon is not in the way.
func TestDoctor_LooksOnly(t *testing.T) {
	t.Parallel()
	h := clinic(t, http.StatusOK, tinyList)
	before := len(h.sandbox.Effects())
	if code, found := h.findings("@nova.yaml"); code != exitOK {
		t.Errorf("exit %d: %+v", code, found)
	}
	// That a key is tried changes nothing.
	tries := func(e sandbox.Effect) bool { return e.Op == "testConnectedService" }
	since := slices.DeleteFunc(h.sandbox.Effects()[before:], tries)
	if _, err := os.Stat(h.env["IMAGINED_DATA"]); !os.IsNotExist(err) || len(since) != 0 {
		t.Errorf("it wrote: %v", err)
	}
	store, err := state.Open(journalPath(h.env["IMAGINED_DATA"], "nova_cli"), "nova_cli")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // test
	e, err := store.Plan(state.Entry{Kind: "like", Target: "p", Key: "k", PlannedAt: time.Now()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Status = state.Parked
	if _, err := store.Record(e, time.Now()); err != nil {
		t.Fatal(err)
	}
	code, found := h.findings("@nova.yaml")
	if files, err := os.ReadDir(h.env["IMAGINED_DATA"]); err != nil || len(files) != 1 {
		t.Errorf("something was left behind: %v, %v", files, err)
	}
	if f := found["journal"]; code != exitOK || f.Status != warning || !strings.Contains(f.Message, "0 entries open, 1 parked") || !strings.Contains(f.Fix, "--status parked") {
		t.Errorf("exit %d: %+v", code, f)
	}
	if _, found := h.findings(""); found["journal"].Persona != "nova_cli" || found["account"].Status != healthy {
		t.Errorf("without a file: %+v", found)
	}
}

func TestDoctor_Nobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, found := h.findings(""); code != exitOK || found["account"].Status != healthy {
		t.Errorf("credentials only: exit %d: %+v", code, found)
	}
	delete(h.env, envID)
	if code, found := h.findings(""); code != exitOK || found["persona"].Status != warning {
		t.Errorf("not even those: exit %d: %+v", code, found)
	}
}

func TestCheckClockAndRates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 500e6, time.UTC)
	date := func(d time.Duration) http.Header {
		return http.Header{"Date": {now.Add(d).UTC().Format(http.TimeFormat)}}
	}
	rates := func(limit, left string) http.Header {
		h := make(http.Header)
		h.Set("X-RateLimit-Limit", limit)
		h.Set("X-RateLimit-Remaining", left)
		h.Set("X-RateLimit-Reset", "1")
		return h
	}
	tests := []struct {
		name string
		got  finding
		want health
		says string
	}{
		{"the same clock", checkClock(date(0), now, now), healthy, "1s or less"},
		{"a slow answer", checkClock(date(3*time.Second), now, now.Add(3*time.Second)), healthy, "1s or less"},
		{"a little behind", checkClock(date(40*time.Second), now, now), warning, "40s behind"},
		{"far ahead", checkClock(date(-time.Hour), now, now), broken, "ahead of"},
		{"no date", checkClock(nil, now, now), warning, "no usable Date"},
		{"rates", checkRates(rates("100", "99")), healthy, "99 of 100"},
		{"fewer than documented", checkRates(rates("20", "19")), warning, "20 reads"},
		{"no rates", checkRates(nil), warning, "no X-RateLimit"},
	}
	for _, tt := range tests {
		if tt.got.Status != tt.want || !strings.Contains(tt.got.Message, tt.says) {
			t.Errorf("%s: %+v", tt.name, tt.got)
		}
	}
}
