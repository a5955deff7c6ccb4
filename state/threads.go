package state

import (
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	keptThreads = 2000 // threads that are known; the oldest go
	keptTurns   = 12   // texts of a thread between the persona and others
)

// Thread is what is known of the talk under a post: what the persona said
// there, and what was said to it.
type Thread struct {
	Post   string         `json:"post"`
	Ours   map[string]int `json:"ours,omitempty"`   // by kind of action
	Theirs map[string]int `json:"theirs,omitempty"` // by what it was
	First  time.Time      `json:"first"`
	Last   time.Time      `json:"last"`
	Texts  []Said         `json:"texts,omitempty"` // the latest, oldest first
	Topics map[string]int `json:"topics,omitempty"`
}

// Thread returns what is known of the talk under a post, or ErrNotFound.
func (s *Store) Thread(post string) (t Thread, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err = get[Thread](tx.Bucket(bucketThreads), []byte(post))
		return err
	})
	return t, err
}

// enter changes what is known of a thread.
func enter(tx *txn, post string, at time.Time, change func(*Thread)) error {
	t, err := get[Thread](tx.Bucket(bucketThreads), []byte(post))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	t.Post = post
	t.First, t.Last = widened(t.First, t.Last, at)
	change(&t)
	return tx.put(bucketThreads, []byte(post), t)
}

// silence takes somebody's words out of every thread.
func silence(tx *txn, handle string) error {
	var changed []Thread
	err := tx.Bucket(bucketThreads).ForEach(func(k, v []byte) error {
		t, err := decode[Thread](k, v)
		if err != nil {
			return err
		}
		n := len(t.Texts)
		t.Texts = slices.DeleteFunc(t.Texts, func(s Said) bool { return !s.Own && string(personKey(s.By)) == handle })
		if len(t.Texts) < n {
			changed = append(changed, t)
		}
		return nil
	})
	for _, t := range changed {
		err = errors.Join(err, tx.put(bucketThreads, []byte(t.Post), t))
	}
	return err
}
