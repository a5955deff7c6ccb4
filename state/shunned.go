package state

import (
	"bytes"
	"errors"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Shunned is an author or a post that the persona leaves alone for a while,
// because of what its text made a brain answer.
type Shunned struct {
	What  string    `json:"what"` // author/<handle> or post/<id>
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// ShunAuthor and ShunPost name what is left alone.
func ShunAuthor(handle string) string { return shunAuthor + strings.ToLower(handle) }

// ShunPost names a post by its id.
func ShunPost(id string) string { return shunPost + id }

const (
	shunAuthor = "author/"
	shunPost   = "post/"
	favours    = "favours/"

	keptShunned = 2000 // authors and posts; the one that ends first makes room
	keptFavours = 10   // of one author
	favourAge   = 24 * time.Hour
)

// Shun leaves authors and posts alone. It returns those that were not left
// alone before: they are to be told. One that is already stays until the later
// of the two ends.
func (s *Store) Shun(list []Shunned) (added []Shunned, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	err = s.update(func(tx *txn) error {
		for _, sh := range list {
			before, err := get[Shunned](tx.Bucket(bucketShunned), []byte(sh.What))
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if before.Until.After(sh.Since) {
				sh.Since, sh.Why = before.Since, before.Why
				if !sh.Until.After(before.Until) {
					continue
				}
			} else {
				added = append(added, sh)
			}
			if err := tx.put(bucketShunned, []byte(sh.What), sh); err != nil {
				return err
			}
		}
		return shunRoom(tx)
	})
	return added, err
}

// shunRoom lets what ends first go when there are too many.
func shunRoom(tx *txn) error {
	all, err := shunned(tx.Tx)
	for err == nil && len(all) > keptShunned {
		first := 0
		for i, sh := range all {
			if sh.Until.Before(all[first].Until) {
				first = i
			}
		}
		err = tx.del(bucketShunned, []byte(all[first].What))
		all = append(all[:first], all[first+1:]...)
	}
	return err
}

// Shunned lists what is left alone at that time: authors by handle, then posts
// by id.
func (s *Store) Shunned(now time.Time) (list []Shunned, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		all, err := shunned(tx)
		for _, sh := range all {
			if now.Before(sh.Until) {
				list = append(list, sh)
			}
		}
		return err
	})
	return list, err
}

func shunned(tx *bolt.Tx) (all []Shunned, err error) {
	for _, prefix := range []string{shunAuthor, shunPost} {
		c := tx.Bucket(bucketShunned).Cursor()
		for k, v := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
			sh, err := decode[Shunned](k, v)
			if err != nil {
				return all, err
			}
			all = append(all, sh)
		}
	}
	return all, nil
}

// Pardon ends it before its time, and reports whether there was anything to
// end.
func (s *Store) Pardon(what string) (found bool, err error) {
	err = s.update(func(tx *txn) error {
		_, found = lookup(tx.Bucket(bucketShunned), []byte(what))
		if !found {
			return nil
		}
		return tx.del(bucketShunned, []byte(what))
	})
	return found, err
}

// favourKinds are the notifications that are favours.
var favourKinds = []string{"like", "repost", "follow"}

// Favour remembers that an author liked, amplified or followed the persona:
// who does it often, and is paid back each time, is in a ring.
func (s *Store) Favour(handle string, at time.Time) error {
	return s.update(func(tx *txn) error { return favour(tx, handle, at) })
}

func favour(tx *txn, handle string, at time.Time) error {
	key := favoursKey(handle)
	times, err := get[[]time.Time](tx.Bucket(bucketShunned), key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	times = append(times, at)
	if len(times) > keptFavours {
		times = times[len(times)-keptFavours:]
	}
	return tx.put(bucketShunned, key, times)
}

// Favours counts those of the day before that time, up to a bound.
func (s *Store) Favours(handle string, now time.Time) (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		times, err := get[[]time.Time](tx.Bucket(bucketShunned), favoursKey(handle))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		for _, at := range times {
			if at.After(now.Add(-favourAge)) && !at.After(now) {
				n++
			}
		}
		return err
	})
	return n, err
}

func favoursKey(handle string) []byte { return []byte(favours + strings.ToLower(handle)) }

// forgotten reports whether a record of the bucket has no further use.
func forgotten(k, v []byte, now time.Time) (bool, error) {
	if bytes.HasPrefix(k, []byte(favours)) {
		times, err := decode[[]time.Time](k, v)
		return len(times) == 0 || times[len(times)-1].Before(now.Add(-favourAge)), err
	}
	sh, err := decode[Shunned](k, v)
	return !now.Before(sh.Until), err
}
