package jobs

import (
	"fmt"

	"imagined/persona"
	"imagined/planner"
)

// Change is an edited persona file. A nil Persona means that nothing changed.
type Change struct {
	Persona *persona.Persona
	Brain   planner.Brain // the one to ask from now on
}

// reload takes an edited persona over between two runs. A file that is wrong
// changes nothing; its fault is said once.
func (j *Jobs) reload() bool {
	if j.Reload == nil {
		return false
	}
	change, err := j.Reload()
	if err == nil && change.Persona != nil {
		err = j.fits(change.Persona)
	}
	if err != nil {
		if fault := err.Error(); fault != j.badFile {
			j.badFile = fault
			j.Log.Error("the edited persona is not taken over; the one before goes on", "err", err)
		}
		return false
	}
	j.badFile = ""
	if change.Persona == nil {
		return false
	}
	j.Persona, j.Performer.Persona, j.Planner.Persona = change.Persona, change.Persona, change.Persona
	if change.Brain != nil {
		j.Planner.Brain = change.Brain
	}
	j.Log.Info("the edited persona is taken over", "hash", change.Persona.Hash())
	return true
}

// fits refuses an edit that this persona cannot live by.
func (j *Jobs) fits(edited *persona.Persona) error {
	if edited.Handle != j.Persona.Handle {
		return fmt.Errorf("the handle was %s and is %s now: a persona keeps its handle", j.Persona.Handle, edited.Handle)
	}
	for _, row := range j.table() {
		if _, err := place(row, edited, j.Now()); err != nil {
			return err
		}
	}
	return nil
}
