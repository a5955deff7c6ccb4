package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"imagined/state"
)

type stateCmd struct {
	Check   stateCheckCmd   `cmd:"" help:"Read whole journals and say whether they are sound. Works beside a running daemon."`
	Backup  stateBackupCmd  `cmd:"" help:"Copy a journal to a file. Works beside a running daemon."`
	Restore stateRestoreCmd `cmd:"" help:"Put a copy in the place of a journal; the daemon must be stopped."`
	Compact stateCompactCmd `cmd:"" help:"Write a journal anew without its free pages; the daemon must be stopped."`
	Export  stateExportCmd  `cmd:"" help:"Write every record of a journal as JSON lines."`
	Import  stateImportCmd  `cmd:"" help:"Make a new journal of an export."`
}

// snapshotFolder is where the daemon keeps its snapshots.
func snapshotFolder(data string) string { return filepath.Join(data, "state", "snapshots") }

// one is the data folder and the persona that was named, or the only one there.
func (d dataFlag) one(p *program, named string) (data, handle string, err error) {
	if data, err = d.folder(p); err != nil {
		return "", "", err
	}
	if named = strings.TrimPrefix(named, "@"); named != "" {
		return data, named, nil
	}
	names, err := handles(data)
	switch {
	case err != nil:
		return "", "", err
	case len(names) == 0:
		return "", "", usagef("no journal in %s: name a persona", data)
	case len(names) > 1:
		return "", "", usagef("name one of the personas in %s: %s", data, strings.Join(names, " "))
	}
	return data, names[0], nil
}

type stateCheckCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; without it every journal of the data folder."`
	JSON   bool   `help:"Print one JSON object a journal." name:"json"`
}

// checkedJournal is one line of state check.
type checkedJournal struct {
	Handle string `json:"handle"`
	Sound  bool   `json:"sound"`
	state.Report
	Snapshot *time.Time `json:"snapshot"` // newest
}

// Run checks copies, so that a daemon may go on writing.
func (c stateCheckCmd) Run(p *program) error {
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	names := []string{strings.TrimPrefix(c.Handle, "@")}
	if c.Handle == "" {
		if names, err = handles(data); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("no journal in %s: nothing has lived there yet", data)
	}
	var checked []checkedJournal
	var failed []error
	for _, name := range names {
		one, err := checkJournal(data, name)
		if err != nil { // the others are looked at all the same
			failed = append(failed, fmt.Errorf("journal of %s: %w", name, err))
			continue
		}
		checked = append(checked, one)
		if !one.Sound {
			failed = append(failed, &state.DamagedError{Path: journalPath(data, name), Handle: name, Faults: one.Faults})
		}
	}
	return errors.Join(append(failed, c.print(p.out, checked))...)
}

func checkJournal(data, name string) (checkedJournal, error) {
	dir, remove, err := tempFolder(data)
	if err != nil {
		return checkedJournal{}, err
	}
	defer remove()
	file := filepath.Join(dir, name+".db")
	if err := state.Copy(journalPath(data, name), file); err != nil {
		return checkedJournal{}, err
	}
	report, err := state.Check(file)
	if err != nil {
		return checkedJournal{}, err
	}
	one := checkedJournal{Handle: name, Report: report, Sound: len(report.Faults) == 0}
	shots, err := state.Snapshots(snapshotFolder(data), name)
	if len(shots) > 0 {
		one.Snapshot = &shots[len(shots)-1].At
	}
	return one, err
}

func (c stateCheckCmd) print(w io.Writer, checked []checkedJournal) error {
	if c.JSON {
		enc := json.NewEncoder(w)
		for _, one := range checked {
			if err := enc.Encode(one); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "journal\tverdict\tentries\tKiB\tformat\tlast snapshot")
	for _, one := range checked {
		verdict, last := "sound", "none"
		if !one.Sound {
			verdict = "DAMAGED"
		}
		if one.Snapshot != nil {
			last = one.Snapshot.Local().Format(time.DateTime)
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\n", one.Handle, verdict, one.Records["entries"], one.Bytes>>10, one.Format, last)
		for _, fault := range one.Faults {
			_, _ = fmt.Fprintf(t, "\t%s\n", plain(fault))
		}
	}
	return t.Flush()
}

type stateBackupCmd struct {
	dataFlag
	Handle string `arg:"" help:"Persona."`
	File   string `arg:"" help:"File to write." type:"path"`
	Force  bool   `help:"Replace the file if it exists."`
}

// Run copies the journal and checks the copy.
func (c stateBackupCmd) Run(p *program) error {
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil && !c.Force {
		return usagef("%s exists: name another file, or give --force", c.File)
	}
	name := strings.TrimPrefix(c.Handle, "@")
	if err := state.Backup(journalPath(data, name), c.File); err != nil {
		return fmt.Errorf("back up the journal of %s: %w", name, err)
	}
	_, _ = fmt.Fprintf(p.out, "%s holds the journal of %s; it was read back and is sound\n", c.File, name)
	return nil
}

type stateRestoreCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	File   string `arg:"" optional:"" help:"Copy to restore (default: the newest snapshot that is sound)." type:"path"`
}

// Run restores a copy.
func (c stateRestoreCmd) Run(p *program) error {
	data, name, err := c.one(p, c.Handle)
	if err != nil {
		return err
	}
	source := c.File
	if source == "" {
		if source, err = newestSound(data, name, time.Now()); err != nil {
			return err
		}
	}
	aside, err := state.Restore(journalPath(data, name), name, source, time.Now())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "the journal of %s is now %s\n", name, source)
	if aside != "" {
		_, _ = fmt.Fprintf(p.out, "the one before is kept as %s\n", aside)
	}
	_, _ = fmt.Fprintln(p.out, "the persona will be cautious for a day: it reads back before it acts, leaves older posts alone and spends no money; imagined run --trust ends that")
	return nil
}

// newestSound is the newest snapshot that is not damaged itself.
func newestSound(data, name string, now time.Time) (string, error) {
	shots, err := state.Snapshots(snapshotFolder(data), name)
	if err != nil {
		return "", err
	}
	for _, shot := range slices.Backward(state.ByAge(shots, now)) {
		if report, err := state.Check(shot.Path); err == nil && len(report.Faults) == 0 {
			return shot.Path, nil
		}
	}
	return "", fmt.Errorf("no sound snapshot of %s in %s: name a backup, or move the journal away to begin a new one", name, snapshotFolder(data))
}

type stateCompactCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
}

// Run compacts a journal.
func (c stateCompactCmd) Run(p *program) error {
	data, name, err := c.one(p, c.Handle)
	if err != nil {
		return err
	}
	before, after, err := state.Compact(journalPath(data, name), name)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "the journal of %s: %d KiB before, %d KiB now\n", name, before>>10, after>>10)
	return nil
}

type stateExportCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; may be left out when there is one journal."`
	File   string `arg:"" optional:"" help:"File to write (default: standard output)." type:"path"`
}

// Run exports a copy, so that a daemon may go on writing.
func (c stateExportCmd) Run(p *program) (err error) {
	data, name, err := c.one(p, c.Handle)
	if err != nil {
		return err
	}
	if _, err := os.Stat(journalPath(data, name)); err != nil {
		return fmt.Errorf("journal of %s: %w", name, err)
	}
	store, done, err := openCopy(data, name)
	if err != nil {
		return err
	}
	defer done()
	defer func() {
		if damage := store.Verify(); err == nil && damage != nil {
			err = fmt.Errorf("the export holds what can be read of the journal of %s, and state import will refuse it: %w", name, damage)
		}
	}()
	if c.File == "" {
		return store.Export(p.out)
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(store.Export(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File)) // half an export is none
	}
	return nil
}

type stateImportCmd struct {
	dataFlag
	Handle string `arg:"" help:"Persona."`
	File   string `arg:"" help:"Export to read." type:"existingfile"`
}

// Run makes a journal of an export.
func (c stateImportCmd) Run(p *program) error {
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	name := strings.TrimPrefix(c.Handle, "@")
	path := journalPath(data, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := state.Import(path, name, f); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "%s is made and sound; the persona will be cautious for a day\n", path)
	return nil
}
