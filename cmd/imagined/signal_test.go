package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestSignal_StopsInTime sends the real program a SIGTERM while it lives: it
// ends with 0 and its table.
func TestSignal_StopsInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process")
	}
	h := newCrash(t)
	cmd := exec.CommandContext(t.Context(), h.binary, "run", "--log-format", "json", h.files[0])
	cmd.Env = h.env
	var out bytes.Buffer
	cmd.Stdout = &out
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if strings.Contains(lines.Text(), `"alive"`) {
			break
		}
	}
	second := exec.CommandContext(t.Context(), h.binary, "run", "--log-format", "json", h.files[0])
	second.Env = h.env
	text, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(text), `in use by process`) || !strings.Contains(string(text), `("imagined run")`) {
		t.Errorf("second copy: %v\n%s", err, text)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	if !strings.Contains(out.String(), "@crash_one lived") {
		t.Errorf("no table:\n%s", out.String())
	}
}
