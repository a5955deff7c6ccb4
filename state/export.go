package state

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// exported is one line of an export: a record, or the sequence of a bucket. A
// key stands as text where it is printable, else in hex; a value as the JSON
// that it holds, else in hex.
type exported struct {
	Bucket   string          `json:"bucket"`
	Key      string          `json:"key,omitempty"`
	KeyHex   string          `json:"key_hex,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	ValueHex *string         `json:"value_hex,omitempty"`
	Sequence *uint64         `json:"sequence,omitempty"`
}

// Export writes every record of the journal, one JSON object a line.
func (s *Store) Export(w io.Writer) error {
	out := json.NewEncoder(w)
	return s.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			sequence := b.Sequence()
			if err := out.Encode(exported{Bucket: string(name), Sequence: &sequence}); err != nil {
				return err
			}
			return b.ForEach(func(k, v []byte) error { return out.Encode(line(name, k, v)) })
		})
	})
}

func line(bucket, key, value []byte) exported {
	e := exported{Bucket: string(bucket)}
	if printable(key) {
		e.Key = string(key)
	} else {
		e.KeyHex = hex.EncodeToString(key)
	}
	if payload, err := unframe(value); err == nil {
		e.Value = payload
	} else {
		text := hex.EncodeToString(value)
		e.ValueHex = &text
	}
	return e
}

func printable(key []byte) bool {
	for _, b := range key {
		if b < ' ' || b == 0x7f {
			return false
		}
	}
	return utf8.Valid(key)
}

// Import makes a new journal of an export. A journal that is there already is
// left alone. What was read must be what its seal says, so a line that is
// missing or changed is an error, and no journal is made. The next Open finds
// no sequence file and makes the persona cautious.
func Import(journal, persona string, r io.Reader) error {
	if _, err := os.Lstat(journal); err == nil {
		return fmt.Errorf("import: journal %s exists: move it away first", journal)
	}
	err := replaceJournal(journal, func(f *os.File) error {
		db, err := bolt.Open(f.Name(), 0o600, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType})
		if err != nil {
			return err
		}
		db.AllocSize = allocSize
		return errors.Join(db.Update(func(tx *bolt.Tx) error { return fill(tx, persona, r) }), db.Close())
	})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

func fill(tx *bolt.Tx, persona string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	n := 0
	for lines.Scan() {
		n++
		var e exported
		err := json.Unmarshal(lines.Bytes(), &e)
		if err == nil {
			err = e.store(tx)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	meta := tx.Bucket(bucketMeta)
	switch {
	case meta == nil:
		return errors.New("it is no export of a journal")
	case string(meta.Get(keyPersona)) != persona:
		return fmt.Errorf("it is the journal of %.40q, not of %s", meta.Get(keyPersona), persona)
	}
	return nil
}

func (e exported) store(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists([]byte(e.Bucket))
	if err != nil {
		return err
	}
	if e.Sequence != nil {
		return b.SetSequence(*e.Sequence)
	}
	key := []byte(e.Key)
	if e.KeyHex != "" {
		if key, err = hex.DecodeString(e.KeyHex); err != nil {
			return err
		}
	}
	if e.ValueHex == nil {
		return b.Put(key, frame(e.Value))
	}
	value, err := hex.DecodeString(*e.ValueHex)
	if err != nil {
		return err
	}
	return b.Put(key, value)
}
