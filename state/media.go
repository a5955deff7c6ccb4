package state

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Media is the life of one generation: from the entry that starts it to the
// post that it became. Its id is that entry's.
type Media struct {
	ID        uint64    `json:"id"`
	Request   Request   `json:"request"`
	JobID     string    `json:"job_id,omitempty"`  // the platform's, once started
	Status    string    `json:"status"`            // the platform's status, or one of the Media constants
	PostID    string    `json:"post_id,omitempty"` // the post it became
	Result    string    `json:"result,omitempty"`  // address of the file
	Error     string    `json:"error,omitempty"`
	Cause     string    `json:"cause,omitempty"` // of the latest failure, in one word
	Seen      string    `json:"seen,omitempty"`  // what a look at the result showed
	Fault     string    `json:"fault,omitempty"` // what is wrong with the result, though it is posted
	Retries   int       `json:"retries,omitempty"`
	Ended     bool      `json:"ended"`
	PlannedAt time.Time `json:"planned_at"`
	StartedAt time.Time `json:"started_at,omitzero"` // start or latest retry known to have been made
	EndedAt   time.Time `json:"ended_at,omitzero"`
	RetryAt   time.Time `json:"retry_at,omitzero"` // a failed one is not retried before
}

// Statuses of media beside the platform's own.
const (
	MediaStarting   = "starting"    // the start is not settled yet
	MediaNotStarted = "not started" // the start was refused, dropped or parked
	MediaGivenUp    = "given up"    // failed, and no retry is left or worth it
	MediaCompleted  = "completed"   // the platform's word: it is posted
)

// follow begins to follow the media that an entry starts.
func follow(tx *txn, e Entry) error {
	if e.Media == nil {
		return nil
	}
	return saveMedia(tx, Media{ID: e.ID, Request: *e.Media, Status: MediaStarting, PlannedAt: e.PlannedAt})
}

// SaveMedia writes where the media stand; ended ones are not followed any more.
func (s *Store) SaveMedia(m Media) error {
	return s.update(func(tx *txn) error { return saveMedia(tx, m) })
}

// Following returns the media that have not ended, oldest first.
func (s *Store) Following() (ms []Media, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketFollowing).ForEach(func(k, _ []byte) error {
			m, err := get[Media](tx.Bucket(bucketMedia), k)
			ms = append(ms, m)
			return err
		})
	})
	return ms, err
}

// MediaOf returns the media that an entry starts, or ErrNotFound.
func (s *Store) MediaOf(entry uint64) (m Media, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		m, err = get[Media](tx.Bucket(bucketMedia), idKey(entry))
		return err
	})
	return m, err
}

// MediaCents is what media cost in the last 24 hours, in US cents: starts and
// retries that were charged to their counters then, on the journal's clock. A
// retry counts like a start, as some providers charge for what failed; what
// the platform refused costs nothing.
func (s *Store) MediaCents(now time.Time) (cents int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := s.tick(tx, now)
		if err != nil {
			return err
		}
		since := t.At.Add(-24 * time.Hour)
		for _, counter := range []string{"kind/generate", "kind/retry_generation"} {
			for _, row := range spent(tx, counter, since, t.At) {
				cost, err := centsOf(tx, row.id)
				if err != nil {
					return err
				}
				cents += cost
			}
		}
		return nil
	})
	return cents, err
}

// centsOf is what the start, or the retry, of an entry cost.
func centsOf(tx *bolt.Tx, id []byte) (int, error) {
	e, err := get[Entry](tx.Bucket(bucketEntries), id)
	if errors.Is(err, ErrNotFound) || err == nil && (e.Status == Refused || e.Status == Dropped) {
		return 0, nil
	}
	if err != nil || e.Media != nil {
		return cost(e.Media), err
	}
	start := tx.Bucket(bucketRemote).Get(remoteKey("generate", e.Target))
	if start == nil {
		return 0, nil
	}
	m, err := get[Media](tx.Bucket(bucketMedia), start)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return cost(&m.Request), err
}

func cost(r *Request) int {
	if r == nil {
		return 0
	}
	return r.Cents
}

// MediaSince returns the media planned at or after a time, oldest first.
func (s *Store) MediaSince(t time.Time) (ms []Media, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMedia).ForEach(func(k, v []byte) error {
			m, err := decode[Media](k, v)
			if err == nil && !m.PlannedAt.Before(t) {
				ms = append(ms, m)
			}
			return err
		})
	})
	return ms, err
}

func saveMedia(tx *txn, m Media) error {
	if err := tx.put(bucketMedia, idKey(m.ID), m); err != nil {
		return err
	}
	if m.JobID != "" {
		if err := tx.set(bucketRemote, remoteKey("generate", m.JobID), idKey(m.ID)); err != nil {
			return err
		}
	}
	if m.PostID != "" { // the platform made the post, but it is ours
		if err := tx.set(bucketRemote, remoteKey("post", m.PostID), idKey(m.ID)); err != nil {
			return err
		}
	}
	if m.Ended {
		return tx.del(bucketFollowing, idKey(m.ID))
	}
	return tx.set(bucketFollowing, idKey(m.ID), nil)
}
