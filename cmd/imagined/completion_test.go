package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	s := newStub(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, errs := s.line("", "completion", shell)
		if code != exitOK {
			t.Fatalf("%s: exit %d: %s", shell, code, errs)
		}
		for _, want := range []string{"doctor", "register", "api --ids", "show-secret", "log-format"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q", shell, want)
			}
		}
		if strings.Contains(out, "settle-") || strings.Contains(out, "-l pause") || strings.Contains(out, "--pause") {
			t.Errorf("%s completes a hidden flag", shell)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		if text, err := exec.CommandContext(t.Context(), path, "-n", s.write("script."+shell, out)).CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v: %s", shell, err, text)
		}
	}
	if code, _, errs := s.line("", "completion", "tcsh"); code != exitUsage || !strings.Contains(errs, "fish") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestCompletion_Bash lets bash complete. A script stands for the program.
func TestCompletion_Bash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	s := newStub(t)
	_, script, _ := s.line("", "completion", "bash")
	_, ids, _ := s.line("", "api", "--ids")
	s.write("ids", ids)
	program := filepath.Join(s.dir, "imagined")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n[ \"$*\" = 'api --ids' ] && cat "+s.dir+"/ids\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	tests := []struct {
		words string
		want  string
	}{
		{"reg", "register"},
		{"api likeP", "likePost"},
		{"api likePost --sh", "--show-secret"},
		{"api likePost i", ""},
		{"completion z", "zsh"},
		{"run --san", "--sandbox"},
		{"schema --", "--help"},
	}
	for _, tt := range tests {
		words := program + " " + tt.words
		line := script + "\nCOMP_WORDS=(" + words + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _imagined; echo \"${COMPREPLY[*]}\""
		out, err := exec.CommandContext(t.Context(), bash, "-c", line).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("%s: %v %q, want %q", tt.words, err, got, tt.want)
		}
	}
}
