package state

import (
	"errors"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	keptPeople = 2000 // other agents that are known; the oldest go
	keptTexts  = 8    // of a conversation with somebody
	keptWords  = 160  // characters of each
	keptTopics = 8    // subjects of somebody
)

// Person is what is known of another agent. All of it is counted by code; no
// model has a say in it.
type Person struct {
	Handle string         `json:"handle"`
	Ours   map[string]int `json:"ours,omitempty"`   // what the persona did to them, by kind of action
	Theirs map[string]int `json:"theirs,omitempty"` // what they did to the persona, by what it was
	First  time.Time      `json:"first"`
	Last   time.Time      `json:"last"`
	Texts  []Said         `json:"texts,omitempty"`  // the latest between the two, oldest first
	Warm   int            `json:"warm,omitempty"`   // likes and friendly texts of theirs
	Cold   int            `json:"cold,omitempty"`   // unfriendly texts of theirs
	Topics map[string]int `json:"topics,omitempty"` // interests of the persona that came up
}

// Said is a text between the persona and others, cut.
type Said struct {
	Own  bool      `json:"own,omitempty"`
	By   string    `json:"by,omitempty"`   // handle, where it is not the persona's own
	Text string    `json:"text,omitempty"` // empty: it was not read
	Post string    `json:"post,omitempty"`
	At   time.Time `json:"at"`
}

// Mood is how somebody is towards the persona.
type Mood string

// The moods.
const (
	MoodUnknown Mood = "unknown"
	MoodWarm    Mood = "warm"
	MoodNeutral Mood = "neutral"
	MoodCold    Mood = "cold"
)

// Mood is told by their likes and their words.
func (p Person) Mood() Mood {
	switch {
	case p.Cold > p.Warm:
		return MoodCold
	case p.Warm >= 2 && p.Warm > 2*p.Cold:
		return MoodWarm
	case len(p.Theirs) == 0:
		return MoodUnknown
	}
	return MoodNeutral
}

// Heard is something that another agent did to the persona.
type Heard struct {
	Notice string // the platform's id of the notification
	Handle string
	Kind   string // "follow", "like", "comment", "repost", "quote", "mention" or "reply"
	Post   string // may be empty
	Text   string // empty where there is none, or where it was not read
	Topic  string
	Mood   int // 1 friendly, -1 unfriendly
	At     time.Time
}

// talk reports whether it has words.
func (h Heard) talk() bool {
	return slices.Contains([]string{"comment", "quote", "mention", "reply"}, h.Kind)
}

// Hear remembers what others did, each notification once.
func (s *Store) Hear(heard []Heard, now time.Time) error {
	return s.update(func(tx *txn) error {
		for _, h := range heard {
			key := noticeKey(h.Notice)
			if _, known := lookup(tx.Bucket(bucketSeen), key); known {
				continue
			}
			if h.At.IsZero() || h.At.After(now) {
				h.At = now // what comes from tomorrow would be kept for ever
			}
			if err := errors.Join(tx.put(bucketSeen, key, Seen{At: now}), hear(tx, h)); err != nil {
				return err
			}
		}
		return nil
	})
}

// HeardBefore returns which of these notifications are remembered.
func (s *Store) HeardBefore(notices []string) (map[string]bool, error) {
	known := make(map[string]bool)
	err := s.view(func(tx *bolt.Tx) error {
		for _, id := range notices {
			if _, found := lookup(tx.Bucket(bucketSeen), noticeKey(id)); found {
				known[id] = true
			}
		}
		return nil
	})
	return known, err
}

// noticeKey cannot be the id of a post, which has no slash.
func noticeKey(id string) []byte { return []byte("notice/" + id) }

func hear(tx *txn, h Heard) error {
	said := Said{By: h.Handle, Text: clip(h.Text), Post: h.Post, At: h.At}
	err := meet(tx, h.Handle, h.At, func(p *Person) {
		p.Theirs = count(p.Theirs, h.Kind)
		p.Topics = topic(p.Topics, h.Topic)
		p.Warm += max(h.Mood, 0)
		p.Cold += max(-h.Mood, 0)
		if h.talk() {
			p.Texts = say(p.Texts, said, keptTexts)
		}
	})
	if slices.Contains(favourKinds, h.Kind) {
		err = errors.Join(err, favour(tx, h.Handle, h.At))
	}
	if err != nil || !h.talk() || h.Post == "" {
		return err
	}
	return enter(tx, h.Post, h.At, func(t *Thread) {
		t.Theirs = count(t.Theirs, h.Kind)
		t.Topics = topic(t.Topics, h.Topic)
		t.Texts = say(t.Texts, said, keptTurns)
	})
}

// learn remembers an action of the persona that took effect.
func learn(tx *txn, e Entry) error {
	at := e.ChargedAt
	if at.IsZero() {
		at = e.PlannedAt
	}
	said := Said{Own: true, Text: clip(e.Text), Post: e.Thread, At: at}
	if e.Author != "" {
		err := meet(tx, e.Author, at, func(p *Person) {
			p.Ours = count(p.Ours, e.Kind)
			p.Topics = topic(p.Topics, e.Topic)
			if e.Thread != "" && e.Text != "" {
				p.Texts = say(p.Texts, said, keptTexts)
			}
		})
		if err != nil {
			return err
		}
	}
	if e.Thread == "" {
		return nil
	}
	return enter(tx, e.Thread, at, func(t *Thread) {
		t.Ours = count(t.Ours, e.Kind)
		t.Topics = topic(t.Topics, e.Topic)
		t.Texts = say(t.Texts, said, keptTurns)
	})
}

// meet changes what is known of somebody.
func meet(tx *txn, handle string, at time.Time, change func(*Person)) error {
	key := personKey(handle)
	if len(key) == 0 {
		return nil
	}
	p, err := get[Person](tx.Bucket(bucketPeople), key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	p.Handle = string(key)
	p.First, p.Last = widened(p.First, p.Last, at)
	change(&p)
	return tx.put(bucketPeople, key, p)
}

func personKey(handle string) []byte { return []byte(strings.ToLower(strings.TrimPrefix(handle, "@"))) }

// Person returns what is known of an agent, or ErrNotFound.
func (s *Store) Person(handle string) (p Person, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		p, err = get[Person](tx.Bucket(bucketPeople), personKey(handle))
		return err
	})
	return p, err
}

// People returns everybody who is known, by handle.
func (s *Store) People() (people []Person, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketPeople).ForEach(func(k, v []byte) error {
			p, err := decode[Person](k, v)
			people = append(people, p)
			return err
		})
	})
	return people, err
}

// Forget removes what is known of an agent, its words in threads included.
// ErrNotFound means that nothing was known.
func (s *Store) Forget(handle string) error {
	return s.update(func(tx *txn) error {
		key := personKey(handle)
		if _, known := lookup(tx.Bucket(bucketPeople), key); !known {
			return ErrNotFound
		}
		if err := tx.del(bucketPeople, key); err != nil {
			return err
		}
		return silence(tx, string(key))
	})
}

// widened widens a time by a moment.
func widened(first, last, at time.Time) (from, to time.Time) {
	if first.IsZero() || at.Before(first) {
		first = at
	}
	if at.After(last) {
		last = at
	}
	return first, last
}

func count(counts map[string]int, what string) map[string]int {
	if counts == nil {
		counts = make(map[string]int)
	}
	counts[what]++
	return counts
}

// topic counts a subject. There are only as many as the persona has interests,
// but those change with its file: the rarest goes.
func topic(topics map[string]int, name string) map[string]int {
	if name == "" {
		return topics
	}
	topics = count(topics, name)
	for len(topics) > keptTopics {
		rarest := ""
		for t, n := range topics {
			if t != name && (rarest == "" || n < topics[rarest] || n == topics[rarest] && t < rarest) {
				rarest = t
			}
		}
		delete(topics, rarest)
	}
	return topics
}

// say adds a text in the order of time and keeps the latest.
func say(texts []Said, said Said, keep int) []Said {
	at := len(texts)
	for at > 0 && texts[at-1].At.After(said.At) {
		at--
	}
	texts = slices.Insert(texts, at, said)
	return texts[max(0, len(texts)-keep):]
}

func clip(text string) string {
	if r := []rune(text); len(r) > keptWords {
		return string(r[:keptWords-1]) + "\u2026"
	}
	return text
}

// Acquaintances returns what is known of these agents, by the handle as it was
// given; strangers are left out.
func (s *Store) Acquaintances(handles []string) (map[string]Person, error) {
	known := make(map[string]Person)
	err := s.view(func(tx *bolt.Tx) error {
		for _, handle := range handles {
			p, err := get[Person](tx.Bucket(bucketPeople), personKey(handle))
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			known[handle] = p
		}
		return nil
	})
	return known, err
}
