package main

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagined/apiclient"
	"imagined/sandbox"
)

const lumaFile = `handle: luma_cli
name: Luma
bio: Prints by hand.
agent_type: CREATIVE
website: https://luma.example.com
avatar: luma.png
capabilities: {skills: [printing, ink], languages: [en], response_time: fast}
interests:
  - {topic: ink, keywords: [ink], weight: 1}
`

// newcomer is a house with a persona that the platform does not know.
func newcomer(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.write("luma.yaml", lumaFile)
	delete(h.env, envID)
	delete(h.env, envSecret)
	return h
}

// secretOf reads the secret that register kept.
func (h *house) secretOf(handle string) string {
	h.t.Helper()
	creds, err := readCredentials(credentialsPath(h.env["IMAGINED_DATA"], handle))
	if err != nil {
		h.t.Fatal(err)
	}
	return creds.Secret
}

func TestRegister(t *testing.T) {
	t.Parallel()
	h := newcomer(t)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	h.write("luma.png", picture.String())
	code, out, errs := h.line("", "register", filepath.Join(h.dir, "luma.yaml"))
	if code != exitOK {
		t.Fatalf("exit %d: %s\n%s", code, out, errs)
	}
	path := credentialsPath(h.env["IMAGINED_DATA"], "luma_cli")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("credentials: %v %v", info, err)
	}
	if secret := h.secretOf("luma_cli"); strings.Contains(out+errs, secret) {
		t.Error("the secret was printed")
	}
	for _, want := range []string{"registered @luma_cli", path, "profile: as in the file", "avatar: set from", "capabilities: set from the file"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	creds, _ := readCredentials(path)
	me, err := h.client(creds.ID, creds.Secret).Me(t.Context())
	if err != nil || me.Name != "Luma" || me.Bio != "Prints by hand." || me.AvatarURL == "" || me.WebsiteURL != "https://luma.example.com" {
		t.Errorf("profile %+v, %v", me, err)
	}
	if _, out, _ := h.line("", "api", "getCapabilities", "--persona", "luma_cli"); !strings.Contains(out, `["printing","ink"]`) {
		t.Errorf("capabilities %s", out)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("something was left behind: %v, %v", files, err)
	}
	before := len(h.sandbox.Effects())
	code, _, errs = h.line("", "register", filepath.Join(h.dir, "luma.yaml"))
	if code != exitUsage || !strings.Contains(errs, "has credentials already, in "+path) || len(h.sandbox.Effects()) != before {
		t.Errorf("again: exit %d: %s", code, errs)
	}
	if again, _ := readCredentials(path); again != creds {
		t.Error("the credentials were replaced")
	}
}

func TestRegister_MissingAvatar(t *testing.T) {
	t.Parallel()
	h := newcomer(t)
	code, out, errs := h.line("", "register", filepath.Join(h.dir, "luma.yaml"), "--show-secret")
	if code != exitOK || !strings.Contains(out, "luma.png: going on without") || !strings.Contains(out, "capabilities: set from the file") {
		t.Errorf("exit %d: %s\n%s", code, out, errs)
	}
	if !strings.Contains(out, envSecret+"="+h.secretOf("luma_cli")) {
		t.Errorf("--show-secret shows none:\n%s", out)
	}
}

// TestRegister_Faults: what goes wrong is told with what it means, and a
// secret is never left where nobody finds it.
func TestRegister_Faults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault string
		set   func(h *house)
		code  int
		born  bool // the platform has the agent afterwards
		says  []string
	}{
		{"the handle is taken", "", func(h *house) {
			if _, err := h.client("", "").Register(context.Background(), apiclient.NewAgent{Handle: "luma_cli", Name: "L"}); err != nil {
				h.t.Error(err)
			}
		}, exitUsage, true, []string{"409", "change handle in", "credentials/luma_cli.json"}},
		{"the answer is lost", "registerAgent=applied-reset:1", nil, exitFailed, true, []string{"may now exist without us knowing its secret", "imagined api getAgent handle=luma_cli"}},
		{"an error after the fact", "registerAgent=applied-error:1", nil, exitFailed, true, []string{"may now exist"}},
		{"a web page", "registerAgent=html:1", nil, exitFailed, true, []string{"may now exist without us knowing its secret"}},
		{"half an answer", "registerAgent=truncated:1", nil, exitFailed, true, []string{"may now exist"}},
		{"too many", "registerAgent=too-many:1", nil, exitFailed, false, []string{"not registered: try again in"}},
		{"no network", "", func(h *house) { h.env[envBaseURL] = "http://127.0.0.1:1" }, exitFailed, false, []string{"nothing was sent"}},
		{"the folder cannot be written", "", func(h *house) { h.env["IMAGINED_DATA"] = h.write("file", "") }, exitFailed, false, []string{"nothing was sent", "--data"}},
		{"a bad file", "", func(h *house) { h.write("luma.yaml", "handle: X\n") }, exitUsage, false, []string{"luma.yaml:1", "cannot be used"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newcomer(t)
			platform := h.env[envBaseURL]
			if tt.set != nil {
				tt.set(h)
			}
			if tt.fault != "" {
				fault, err := sandbox.ParseFault(tt.fault)
				if err != nil {
					t.Fatal(err)
				}
				h.sandbox.SetFaults(fault)
			}
			code, out, errs := h.line("", "register", filepath.Join(h.dir, "luma.yaml"))
			if code != tt.code || strings.Contains(out, "registered") {
				t.Errorf("exit %d, want %d: %s", code, tt.code, out)
			}
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in: %s", want, errs)
				}
			}
			if _, err := os.Stat(credentialsPath(h.env["IMAGINED_DATA"], "luma_cli")); err == nil {
				t.Error("there are credentials")
			}
			h.env[envBaseURL] = platform
			if code, _, _ := h.line("", "api", "getAgent", "handle=luma_cli"); (code == exitOK) != tt.born {
				t.Errorf("getAgent: exit %d, born %v", code, tt.born)
			}
		})
	}
}

// TestRegister_AnswerWithoutSecret: an agent that nobody can be is no success.
func TestRegister_AnswerWithoutSecret(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	s.answer = `{"id":"agt_1","handle":"luma_cli","name":"Luma","clientId":"cid_1"}`
	code, out, errs := s.line("", "register", s.write("luma.yaml", lumaFile))
	if code != exitFailed || out != "" || !strings.Contains(errs, "may now exist") || len(s.asked) != 1 {
		t.Errorf("exit %d %q: %s", code, out, errs)
	}
}

// TestRegister_StoppedInTheMiddle: the secret is waited for and kept.
func TestRegister_StoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	s.answer = `{"id":"agt_1","handle":"luma_cli","name":"Luma","clientId":"cid_1","clientSecret":"sec_once_only"}`
	ctx, cancel := context.WithCancel(t.Context())
	s.stop = cancel
	code, out, errs := s.lineUntil(ctx, "", "register", s.write("luma.yaml", lumaFile))
	if code != exitFailed || !strings.Contains(out, "registered @luma_cli") || !strings.Contains(errs, "is registered, but") {
		t.Errorf("exit %d %s: %s", code, out, errs)
	}
	if got := s.secretOf("luma_cli"); got != "sec_once_only" {
		t.Errorf("kept %q", got)
	}
}

// TestRegister_HalfAProfile: what cannot be set is told with the line to do it
// by hand, and the rest is set.
func TestRegister_HalfAProfile(t *testing.T) {
	t.Parallel()
	h := newcomer(t)
	fault, err := sandbox.ParseFault("updateCapabilities=not-applied:1")
	if err != nil {
		t.Fatal(err)
	}
	h.sandbox.SetFaults(fault)
	code, out, errs := h.line("", "register", filepath.Join(h.dir, "luma.yaml"))
	if code != exitFailed || !strings.Contains(errs, "is registered, but 1 of 3") || !strings.Contains(out, "/luma.yaml updateCapabilities skills=") || !strings.Contains(out, "profile: as in the file") {
		t.Errorf("exit %d: %s\n%s", code, out, errs)
	}
	h.secretOf("luma_cli")
}

// TestKeep_Elsewhere: when the data folder fails at the last moment, the
// secret goes where it can be found.
func TestKeep_Elsewhere(t *testing.T) {
	h := &house{t: t, dir: t.TempDir()}
	t.Setenv("TMPDIR", h.dir)
	want := credentials{ID: "cid", Secret: "sec_only_once"}
	path, err := keep(h.write("file", ""), "luma", want)
	if err == nil || !strings.Contains(err.Error(), "move it to") || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), want.Secret) {
		t.Errorf("%q, %v", path, err)
	}
	got, err := readCredentials(path)
	if err != nil || got.ID != want.ID || got.Secret != want.Secret || !regexp.MustCompile(`imagined-luma-\d+\.json$`).MatchString(path) {
		t.Errorf("%q: %v, %v", path, got, err)
	}
	t.Setenv("TMPDIR", filepath.Join(h.dir, "none"))
	if path, err := keep(h.write("file", ""), "luma", want); path != "" || !strings.Contains(err.Error(), "the secret is lost") {
		t.Errorf("%q, %v", path, err)
	}
}
