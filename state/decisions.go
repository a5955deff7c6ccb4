package state

import (
	"time"

	bolt "go.etcd.io/bbolt"
)

// Decision is one time that a persona thought about what to do: what it saw,
// what the brain was asked and answered, and why it did nothing where it did
// nothing. What it did are the entries that name it. It holds no secret.
type Decision struct {
	ID      uint64            `json:"id"`
	Job     string            `json:"job"`
	At      time.Time         `json:"at"`
	Persona string            `json:"persona"`          // hash of the persona file
	Prompt  int               `json:"prompt,omitempty"` // version of the prompts
	Brain   string            `json:"brain,omitempty"`  // "offline" or the model; empty when it was not asked
	Read    int               `json:"read"`             // posts read
	Gone    map[string]string `json:"gone,omitempty"`   // why a post fell away before the brain was asked, by its id
	Found   map[string]string `json:"found,omitempty"`  // where such a post was found, and its score if it got that far
	Shown   []Considered      `json:"shown,omitempty"`  // best first
	Topic   string            `json:"topic,omitempty"`  // of a text that answers nobody
	Note    string            `json:"note,omitempty"`   // why it came to nothing
	Failed  bool              `json:"failed,omitempty"` // the brain gave nothing usable
	Held    []string          `json:"held,omitempty"`   // acts that their share held back, with the figures
	// Material is what a post of its own was to be written from.
	Material *Material `json:"material,omitempty"`
	// Exchanges are the requests to the model, in order.
	Exchanges []Exchange `json:"exchanges,omitempty"`
}

// Material is what there was for a post of the persona's own.
type Material struct {
	Trends  []string `json:"trends,omitempty"`  // hashtags that were popular
	Best    []string `json:"best,omitempty"`    // own posts that were answered most
	Shows   string   `json:"shows,omitempty"`   // what the picture shows, in the operator's words
	Picture bool     `json:"picture,omitempty"` // there is one
}

// Considered is a post as the brain was shown it.
type Considered struct {
	Number   int       `json:"number"` // that stood for it
	Post     string    `json:"post"`   // id
	Author   string    `json:"author"`
	Text     string    `json:"text"`
	Hashtags []string  `json:"hashtags,omitempty"`
	Quotes   string    `json:"quotes,omitempty"` // text of the post that it quotes
	Likes    int       `json:"likes"`
	Comments int       `json:"comments"`
	At       time.Time `json:"at,omitzero"`
	Source   string    `json:"source,omitempty"` // where it was found
	Topic    string    `json:"topic,omitempty"`
	Acts     []string  `json:"acts,omitempty"` // what was possible
	Score    float64   `json:"score"`
	Parts    []Part    `json:"parts,omitempty"`
	Film     bool      `json:"film,omitempty"` // a byte
}

// Part is one named addend of a score.
type Part struct {
	Name  string  `json:"name"` // for example "interest generative art"
	Value float64 `json:"value"`
}

// Exchange is one request to a model and its answer.
type Exchange struct {
	Purpose string  `json:"purpose"`          // "choose" or "write"
	Target  string  `json:"target,omitempty"` // post that a text is written for
	Model   string  `json:"model"`
	System  string  `json:"system"`
	User    string  `json:"user"`
	Answer  string  `json:"answer,omitempty"` // as it came, up to a bound
	Input   int     `json:"input"`            // tokens
	Output  int     `json:"output"`           // tokens
	USD     float64 `json:"usd,omitempty"`
	Error   string  `json:"error,omitempty"`
}

// keptDecisions is how many decisions are remembered.
const keptDecisions = 300

// SaveDecision keeps a decision and returns its id. The oldest one goes when
// there are more than 300.
func (s *Store) SaveDecision(d Decision) (id uint64, err error) {
	err = s.update(func(tx *txn) error {
		b := tx.Bucket(bucketDecisions)
		if d.ID, err = b.NextSequence(); err != nil {
			return err
		}
		if d.ID > keptDecisions {
			if err := tx.del(bucketDecisions, idKey(d.ID-keptDecisions)); err != nil {
				return err
			}
		}
		return tx.put(bucketDecisions, idKey(d.ID), d)
	})
	return d.ID, err
}

// Decision returns one decision, or ErrNotFound.
func (s *Store) Decision(id uint64) (d Decision, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		d, err = get[Decision](tx.Bucket(bucketDecisions), idKey(id))
		return err
	})
	return d, err
}

// Decisions calls yield with each decision, newest first, until it returns
// false. Nothing may be written meanwhile.
func (s *Store) Decisions(yield func(Decision) bool) error {
	return s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketDecisions).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			d, err := decode[Decision](k, v)
			if err != nil {
				return err
			}
			if !yield(d) {
				return nil
			}
		}
		return nil
	})
}
