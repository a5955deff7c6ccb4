package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagined/state"
)

// TestState_ADamagedJournal: what a person does to a damaged journal by hand
// would be lost with it, so nothing is; and an export of it says what it is.
func TestState_ADamagedJournal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatal(errs)
	}
	path := filepath.Join(h.dir, "data", "state", "nova_cli.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[bytes.LastIndex(data, []byte(`"kind":"like"`)):], `"kind":"like_`)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"pause", "settle 1 --done"} {
		code, out, errs := h.imagined(line)
		if code != exitUsage || out != "" || !strings.Contains(errs, "imagined state restore nova_cli") {
			t.Errorf("%s: exit %d: %s%s", line, code, out, errs)
		}
	}
	code, out, errs := h.imagined("state export")
	if code != exitFailed || !strings.Contains(errs, "state import will refuse it") || !strings.Contains(out, `"bucket":"keys"`) {
		t.Errorf("export: exit %d: %s", code, errs)
	}
	code, _, errs = h.imagined("state export nova_cli @export.jsonl")
	if info, err := os.Stat(filepath.Join(h.dir, "export.jsonl")); code != exitFailed || err != nil || info.Size() == 0 {
		t.Errorf("export to a file: exit %d, %v: %s", code, err, errs)
	}
	if code, _, errs = h.imagined("state import other @export.jsonl"); code != exitFailed {
		t.Errorf("import: exit %d: %s", code, errs)
	}
}

// TestState_RestoreAfterAClockThatWasAhead: the newest snapshot is not the one
// that a wrong clock has dated years ahead.
func TestState_RestoreAfterAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	folder := filepath.Join(h.dir, "data", "state", "snapshots")
	path := filepath.Join(h.dir, "data", "state", "nova_cli.db")
	shots := []string{"20380119T031408Z", time.Now().Add(-time.Minute).UTC().Format("20060102T150405Z")}
	for _, at := range shots {
		if code, _, errs := h.imagined(once); code != exitOK {
			t.Fatal(errs)
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := state.Backup(path, filepath.Join(folder, "nova_cli-"+at+".db")); err != nil {
			t.Fatal(err)
		}
	}
	if code, out, errs := h.imagined("state restore"); code != exitOK || !strings.Contains(out, shots[1]) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if err := os.Truncate(filepath.Join(folder, "nova_cli-"+shots[1]+".db"), 5000); err != nil {
		t.Fatal(err)
	}
	if shot, err := newestSound(filepath.Join(h.dir, "data"), "nova_cli", time.Now()); err != nil || !strings.Contains(shot, shots[0]) {
		t.Errorf("with no other that is sound: %s, %v", shot, err)
	}
}

// TestState_CheckLooksAtAll: a journal that cannot be read does not stand before
// the others.
func TestState_CheckLooksAtAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatal(errs)
	}
	if err := os.Mkdir(filepath.Join(h.dir, "data", "state", "anna.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	code, out, errs := h.imagined("state check")
	if code != exitFailed || !strings.Contains(out, "nova_cli  sound") || !strings.Contains(errs, "journal of anna") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// TestRun_OneJournalIsLost: a journal that cannot even be opened ends one life,
// not those of the others.
func TestRun_OneJournalIsLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, handle := range []string{"nova_one", "nova_two"} {
		h.write(handle+".yaml", strings.Replace(novaFile, "nova_cli", handle, 1))
	}
	const line = "run @nova_one.yaml @nova_two.yaml --sandbox --once --data @box"
	if code, _, errs := h.imagined(line); code != exitOK {
		t.Fatal(errs)
	}
	path := filepath.Join(h.dir, "box", "state", "nova_one.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[:2*os.Getpagesize()])
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := h.imagined(line)
	if code != exitUsage || !strings.Contains(out, "@nova_two lived") || !strings.Contains(errs, "@nova_one: journal "+path+" is damaged") {
		t.Errorf("exit %d: %s\n%s", code, out, errs)
	}
	if code, out, errs = h.imagined("run @nova_one.yaml --sandbox --once --data @box"); code != exitUsage || strings.Contains(out, "lived") {
		t.Errorf("alone: exit %d: %s\n%s", code, out, errs)
	}
}

// TestState_OneJournalIsLost: what cannot be read of one persona keeps nobody
// from seeing the others.
func TestState_OneJournalIsLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code, _, errs := h.imagined(once); code != exitOK {
		t.Fatal(errs)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "data", "state", "another.db"), bytes.Repeat([]byte("lost "), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{"log": "like", "log --json": `"kind":"like"`, "status": "nova_cli", "insights": "nova_cli"} {
		code, out, errs := h.imagined(line)
		if code == exitOK || !strings.Contains(out, want) || !strings.Contains(errs, "journal of another") {
			t.Errorf("%s: exit %d: %s\n%s", line, code, errs, out)
		}
	}
	if code, out, errs := h.imagined("approvals"); code == exitOK || out != "" || !strings.Contains(errs, "journal of another") {
		t.Errorf("approvals: exit %d: %s\n%s", code, errs, out)
	}
}
