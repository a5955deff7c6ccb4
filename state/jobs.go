package state

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// JobState is what the schedule remembers of one job.
type JobState struct {
	Spec     string    `json:"spec"`             // schedule that Next was computed from
	Next     time.Time `json:"next,omitzero"`    // when it is due
	Slot     string    `json:"slot,omitempty"`   // what the schedule calls that run
	Started  time.Time `json:"started,omitzero"` // last start, written before the work
	Finished time.Time `json:"finished,omitzero"`
	OK       time.Time `json:"ok,omitzero"` // last end without an error
	Error    string    `json:"error,omitempty"`
	Runs     int       `json:"runs"`
}

// Job returns what is known of a job; a zero JobState when it never ran.
func (s *Store) Job(name string) (j JobState, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		j, err = get[JobState](tx.Bucket(bucketJobs), []byte(name))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return JobState{}, nil
	}
	return j, err
}

// SaveJob remembers a job.
func (s *Store) SaveJob(name string, j JobState) error {
	return s.update(func(tx *txn) error { return tx.put(bucketJobs, []byte(name), j) })
}

// Begin records that the run of a job for a slot begins, before it does
// anything, and saves the job with it. ErrDuplicate means that the slot was
// begun before: then nothing has changed, and it must not run again.
func (s *Store) Begin(name, slot string, j JobState) error {
	return s.update(func(tx *txn) error {
		key := runKey(name, slot)
		if tx.Bucket(bucketRuns).Get(key) != nil {
			return ErrDuplicate
		}
		return errors.Join(tx.put(bucketRuns, key, j.Started), tx.put(bucketJobs, []byte(name), j))
	})
}

func runKey(job, slot string) []byte { return []byte(job + "\x00" + slot) }

// Cursor returns a named position, empty when it was never set.
func (s *Store) Cursor(name string) (value string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		value, err = get[string](tx.Bucket(bucketCursors), []byte(name))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return value, err
}

// SetCursor remembers a named position.
func (s *Store) SetCursor(name, value string) error {
	return s.update(func(tx *txn) error { return tx.put(bucketCursors, []byte(name), value) })
}
