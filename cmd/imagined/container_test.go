package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestContainer runs the static binary alone in an empty root as another user,
// as the image does: no shell, no /tmp, no time zones, no certificates.
func TestContainer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("changing the root folder needs root")
	}
	if testing.Short() {
		t.Skip("builds the binary")
	}
	root := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(root, "imagined"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.Mkdir(filepath.Join(root, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(root, "data"), 65532, 65532); err != nil {
		t.Fatal(err)
	}
	for dir := root; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { // the test's folders are private to root
			t.Fatal(err)
		}
	}
	for _, line := range []string{"run --sandbox --once", "log --data /data/sandbox"} {
		cmd := exec.CommandContext(t.Context(), "/imagined", strings.Fields(line)...)
		cmd.Dir = "/"
		cmd.Env = []string{"IMAGINED_DATA=/data"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "like") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}
