package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
	"imagined/state"
)

// newStudio is a house whose platform makes things fast.
func newStudio(t *testing.T, config sandbox.Config) *house {
	t.Helper()
	config.Seed, config.Pace = 5, -1
	if config.GenerationTime == 0 {
		config.GenerationTime = 900 * time.Millisecond
	}
	h := newHouseWith(t, config)
	h.write("nova.yaml", strings.ReplaceAll(novaFile, `[{provider: OPENAI, type: image, prompt: "{topic} at dawn"}]`,
		`[{provider: OPENAI, type: image, prompt: "{topic} at dawn", usd: 0.05}, {provider: ELEVENLABS, type: music, prompt: slow bells}, {provider: OPENAI, type: image}]`))
	return h
}

const byHand = "generate --every 50ms --settle 50ms @nova.yaml --recipe "

// TestGenerate_ByHand shows each state, then the post, and all of it is in the
// journal that run reads.
func TestGenerate_ByHand(t *testing.T) {
	t.Parallel()
	h := newStudio(t, sandbox.Config{})
	code, out, errs := h.imagined(byHand + "1")
	want := regexp.MustCompile(`^OPENAI image for \$0.05
prompt: "plotters at dawn"
text:   "[^"]+"
 +\ds  pending
 +\ds  generating
 +\ds  uploading
 +\ds  completed
post:   (pst_\w+)
file:   http://127\.0\.0\.1:\d+/media/image-\w+\.png
seen:   image/png, \d+ kB; in its post
$`)
	m := want.FindStringSubmatch(out)
	if code != exitOK || m == nil {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	if post, err := h.client("", "").Post(t.Context(), m[1]); err != nil || len(post.MediaURLs) != 1 {
		t.Errorf("post %+v, %v", post, err)
	}
	if n := h.effects("startGeneration"); n != 1 {
		t.Errorf("%d starts", n)
	}
	if _, out, _ := h.imagined("log --json --kind generate"); !strings.Contains(out, `"status":"done"`) {
		t.Errorf("the journal: %s", out)
	}
	for _, n := range []int{2, 3} { // per_day is 2
		code, out, errs = h.imagined(byHand + "1 --json")
		if (code == exitOK) != (n == 2) {
			t.Errorf("number %d: exit %d, %s%s", n, code, out, errs)
		}
		if n == 2 {
			lines := strings.Split(strings.TrimSpace(out), "\n")
			var last state.Media
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Status != state.MediaCompleted || len(lines) != 4 {
				t.Errorf("%d lines, the last %+v, %v", len(lines), last, err)
			}
		}
	}
	if !strings.Contains(errs, "nothing was started: limit reached: kind/generate 2 a") || h.effects("startGeneration") != 2 {
		t.Errorf("%d starts; %s", h.effects("startGeneration"), errs)
	}
}

// TestGenerate_Refused: what cannot be made says why and what can be done.
func TestGenerate_Refused(t *testing.T) {
	t.Parallel()
	h := newStudio(t, sandbox.Config{FailGenerations: 1, GenerationTime: 60 * time.Millisecond})
	tests := []struct {
		line string
		code int
		says string
	}{
		{byHand + "4", exitUsage, "there is no recipe 4: @nova_cli has 3"},
		{strings.TrimSpace(byHand) + "=-1", exitUsage, "may not be below"},
		{byHand + "2", exitFailed, "nothing was started: ELEVENLABS is not connected: imagined api connectService"},
		{byHand + "3", exitFailed, "nothing was started: the prompt of this recipe is written by a model, and there is none"},
		{byHand + "1", exitFailed, "given up: failed after 3 retries: The provider could not generate this; the message is all that is known"},
	}
	for _, tt := range tests {
		code, out, errs := h.imagined(tt.line)
		if code != tt.code || !strings.Contains(errs, tt.says) {
			t.Errorf("%s: exit %d, %s%s", tt.line, code, out, errs)
		}
	}
	if s, r := h.effects("startGeneration"), h.effects("retryGeneration"); s != 1 || r != 3 {
		t.Errorf("%d starts, %d retries; want 1 and 3", s, r)
	}
}

// TestGenerate_LostAnswer: the answer to the start is lost; it is read back, and
// started once.
func TestGenerate_LostAnswer(t *testing.T) {
	t.Parallel()
	h := newStudio(t, sandbox.Config{})
	h.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: sandbox.AppliedReset, Once: true})
	code, out, errs := h.imagined(byHand + "1")
	if code != exitOK || !strings.Contains(out, "  starting\n") || !strings.Contains(out, "  completed\n") || h.effects("startGeneration") != 1 {
		t.Errorf("exit %d, %d starts, %s%s", code, h.effects("startGeneration"), out, errs)
	}
}

// TestGenerate_BesideADaemon: the journal is the daemon's, so it is the daemon
// that makes what is asked for, once.
func TestGenerate_BesideADaemon(t *testing.T) {
	t.Parallel()
	h := newStudio(t, sandbox.Config{})
	h.write("nova.yaml", strings.ReplaceAll(novaFile, "limits:", "schedule: {engage: off, post: off, generate: off, poll: \"@every 5s\"}\nlimits:"))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, said := io.Pipe()
	ended := make(chan int)
	go func() {
		args := strings.Fields("run --listen off --log-format text --settle 1s " + h.dir + "/nova.yaml")
		ended <- run(ctx, args, &program{out: io.Discard, errs: said, getenv: func(k string) string { return h.env[k] }})
		_ = said.Close()
	}()
	lines := bufio.NewScanner(log)
	hear(t, lines, "alive")
	heard := make(chan struct{})
	go func() {
		hear(t, lines, "done kind=generate")
		hear(t, lines, "completed")
		close(heard)
		_, _ = io.Copy(io.Discard, log)
	}()
	code, out, errs := h.imagined(byHand + "1")
	if code != exitOK || !strings.Contains(out, "the running daemon ") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	<-heard
	stop()
	if code := <-ended; code != exitOK || h.effects("startGeneration") != 1 {
		t.Errorf("exit %d, %d starts", code, h.effects("startGeneration"))
	}
}

// hear reads on to a line with these words.
func hear(t *testing.T, lines *bufio.Scanner, words string) {
	for lines.Scan() {
		if strings.Contains(lines.Text(), words) {
			return
		}
	}
	t.Errorf("the log ends without %q", words)
}
