package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"imagined/persona"
	"imagined/state"
)

// Free space below which the journal is at risk, or soon will be.
const (
	littleSpace = 200 << 20
	noSpace     = 16 << 20
)

// checkFolder looks at the data folder. One that is not there yet is fine when
// it can be made.
func checkFolder(data string) []finding {
	const check = "data folder"
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []finding{checkParent(data)}
	case err != nil:
		return []finding{bad(check, "make it a folder that this user can read", "%v", err)}
	case !info.IsDir():
		return []finding{bad(check, "give another with --data", "%s is not a folder", data)}
	}
	if err := tryWriting(data); err != nil {
		return []finding{bad(check, fmt.Sprintf("let this user write there, or give another with --data (user id %d)", os.Getuid()), "%v", err)}
	}
	found := []finding{fine(check, "%s, mode %04o, can be written", data, info.Mode().Perm())}
	if info.Mode().Perm()&0o022 != 0 {
		found[0] = poor(check, "chmod go-w "+data, "%s can be written by others (mode %04o)", data, info.Mode().Perm())
	}
	return append(found, checkSpace(data))
}

// checkParent looks for the nearest folder above that exists.
func checkParent(data string) finding {
	dir := filepath.Dir(data)
	for info, err := os.Stat(dir); err != nil || !info.IsDir(); info, err = os.Stat(dir) {
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		break
	}
	if err := tryWriting(dir); err != nil {
		return bad("data folder", "make it, or give another with --data", "%s is not there and cannot be made: %v", data, err)
	}
	return fine("data folder", "%s is not there yet; the first run makes it", data)
}

// checkBeside looks for what the persona file names beside itself: what is not
// there is only said once, in a long log.
func checkBeside(who *persona.Persona, folder string) (found []finding) {
	for _, beside := range [][2]string{{"avatar", who.Avatar}, {"media", who.Media}} {
		key, name := beside[0], beside[1]
		if name == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			found = append(found, poor(key, "put it there, or take "+key+" out of the file", "there is no %s beside the persona file, in %s", name, folder))
		}
	}
	return found
}

func checkSpace(data string) finding {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(data, &disk); err != nil {
		return poor("free space", "look with df "+data, "it cannot be told: %v", err)
	}
	free := int64(disk.Bavail) * int64(disk.Bsize) //nolint:gosec,unconvert // types differ between systems
	switch {
	case free < noSpace:
		return bad("free space", "make room, or give another folder with --data", "%d MiB free in %s", free>>20, data)
	case free < littleSpace:
		return poor("free space", "make room", "%d MiB free in %s", free>>20, data)
	}
	return fine("free space", "%d MiB", free>>20)
}

// residents lists everybody who has a journal or credentials in the folder.
func residents(data string) (patients []patient) {
	found, _ := handles(data) // a folder that cannot be read has its own line
	files, _ := filepath.Glob(credentialsPath(data, "*"))
	for _, file := range files {
		found = append(found, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	slices.Sort(found)
	for _, handle := range slices.Compact(found) {
		patients = append(patients, patient{handle: handle})
	}
	return patients
}

// checkJournal reads a copy of the journal and counts.
func (d *checkup) checkJournal(handle string) finding {
	const check = "journal"
	path := journalPath(d.data, handle)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fine(check, "none yet: nothing has lived there")
	}
	if err != nil {
		return bad(check, "let this user read it", "%v", err)
	}
	checked, err := checkJournal(d.data, handle)
	if err == nil && !checked.Sound {
		return bad(check, "imagined state restore "+handle+"; without a snapshot move the file away", "it is damaged: %s", checked.Faults[0])
	}
	store, done, err := openCopy(d.data, handle)
	switch {
	case errors.Is(err, state.ErrNewer):
		return bad(check, "use the newer program", "%v", err)
	case errors.Is(err, state.ErrBusy):
		return poor(check, "try again", "%v", err)
	case err != nil:
		return bad(check, "stop the program and put a copy from before in its place: "+path, "%v", err)
	}
	defer done()
	open, err := store.OpenEntries()
	if err != nil {
		return bad(check, "stop the program and put a copy from before in its place: "+path, "%v", err)
	}
	parked, err := store.Entries(state.Filter{Status: state.Parked}, 0)
	if err != nil {
		return bad(check, "stop the program and put a copy from before in its place: "+path, "%v", err)
	}
	facts := fmt.Sprintf("sound, format %d, %d KiB, %d entries open, %d parked", checked.Format, info.Size()>>10, len(open), len(parked))
	if checked.Snapshot != nil {
		facts += ", last snapshot " + checked.Snapshot.Local().Format(time.DateTime)
	}
	if holds, err := store.Holds(); err == nil && len(holds) > 0 {
		return poor(check, "imagined resume "+handle, "%s; held: %s", facts, holds[0].Why)
	}
	if caution, cautious, err := store.Caution(time.Now()); err == nil && cautious {
		return poor(check, "wait, or imagined run --trust", "%s; cautious until %s: %s", facts, caution.Until.Local().Format(time.DateTime), caution.Why)
	}
	if len(parked) > 0 {
		return poor(check, "imagined log --status parked --persona "+handle, "%s: nobody knows what became of those", facts)
	}
	return fine(check, "%s", facts)
}
