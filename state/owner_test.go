package state_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"imagined/state"
)

// TestOwner_OfWhatRootMakes: what root does by hand for a persona that lives as
// another user, that user can use: commands, and the journal itself.
func TestOwner_OfWhatRootMakes(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	t.Parallel()
	const uid = 12345
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "nova.db")
	busy(t, path, 3)
	check(t, os.Chown(dir, uid, uid))
	check(t, os.Chown(path, uid, uid))
	owned := func(what, path string) {
		t.Helper()
		info, err := os.Stat(path)
		check(t, err)
		if by := info.Sys().(*syscall.Stat_t); by.Uid != uid || by.Gid != uid { //nolint:forcetypeassert // Unix
			t.Errorf("%s: %s belongs to %d:%d", what, path, by.Uid, by.Gid)
		}
	}
	name, err := state.InboxOf(path).Post(state.Command{Verb: "pause", At: noon})
	check(t, err)
	inbox := strings.TrimSuffix(path, ".db") + ".inbox"
	owned("a command", inbox)
	owned("a command", filepath.Join(inbox, name))

	backup := filepath.Join(t.TempDir(), "backup.db")
	check(t, state.Backup(path, backup))
	_, err = state.Restore(path, "nova", backup, noon)
	check(t, err)
	owned("restore", path)
	_, _, err = state.Compact(path, "nova")
	check(t, err)
	owned("compact", path)

	var lines strings.Builder
	s, err := state.OpenWith(backup, "nova", state.Options{Loose: true})
	check(t, err)
	check(t, s.Export(&lines))
	check(t, s.Close())
	check(t, os.Remove(path))
	check(t, state.Import(path, "nova", strings.NewReader(lines.String())))
	owned("import", path)

	check(t, os.Chown(dir, 0, 0))
	check(t, os.Chown(path, 0, 0))
	_, err = state.InboxOf(path).Post(state.Command{Verb: "resume", At: noon})
	check(t, err) // root's own: nothing is given away
}
