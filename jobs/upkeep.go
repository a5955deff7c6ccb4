package jobs

import (
	"errors"
	"runtime/debug"
	"time"

	"imagined/state"
)

// Upkeep is how a journal is looked after.
type Upkeep struct {
	Every  time.Duration // between two snapshots
	Folder string        // of the snapshots; empty: none are made
	Keep   int           // snapshots
}

const (
	cursorUpkeep = "upkeep"
	upkeepAgain  = time.Hour // after one that failed
)

// upkeep prunes the journal and makes a snapshot, which checks every record.
// Damage ends the life: nothing may be done on a journal that lies.
func (j *Jobs) upkeep() error {
	now := j.Now()
	// A time further ahead than any is set was set by a clock that was ahead.
	waits := now.Before(j.upkeepAt) && j.upkeepAt.Sub(now) <= max(j.Upkeep.Every, upkeepAgain)
	if j.Upkeep.Folder == "" || waits {
		return nil
	}
	if j.upkeepAt.IsZero() {
		text, err := j.Store.Cursor(cursorUpkeep)
		if err != nil {
			return err
		}
		last, _ := time.Parse(time.RFC3339, text) // never, or unreadable: now
		if due := last.Add(j.Upkeep.Every); now.Before(due) && !last.After(now) {
			j.upkeepAt = due
			return nil
		}
	}
	j.upkeepAt = now.Add(upkeepAgain)
	for {
		n, err := j.Store.Prune(state.DefaultRetention, now)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	shot, err := j.Store.Snapshot(j.Upkeep.Folder, j.Upkeep.Keep, now)
	if errors.Is(err, state.ErrDamaged) {
		return err
	}
	if err != nil {
		j.Log.Warn("no snapshot could be made", "err", err, "again", j.upkeepAt)
		return nil
	}
	debug.FreeOSMemory() // a snapshot reads everything, once a day
	j.upkeepAt = now.Add(j.Upkeep.Every)
	j.Log.Info("snapshot", "file", shot.Path, "KiB", shot.Bytes>>10)
	return j.Store.SetCursor(cursorUpkeep, now.Format(time.RFC3339))
}
