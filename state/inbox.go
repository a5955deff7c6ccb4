package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Command is what an operator asks of a persona.
type Command struct {
	Verb   string    `json:"verb"`           // "pause", "resume", "trust", "settle", "approve", "reject", "undo", "forget", "pardon", "unlearn", "generate" or "ask"
	Kind   string    `json:"kind,omitempty"` // action kind; empty for every kind
	ID     uint64    `json:"id,omitempty"`   // entry
	Done   bool      `json:"done,omitempty"` // of settle: it took effect
	Why    string    `json:"why,omitempty"`
	Hash   string    `json:"hash,omitempty"`   // of approve: names the bytes that were approved
	Handle string    `json:"handle,omitempty"` // of forget and pardon: another agent; of pardon also a post
	Recipe int       `json:"recipe,omitempty"` // of generate: its number, from 1; 0: any
	At     time.Time `json:"at"`

	// Of ask: what to do, as an action has it. Never a secret.
	Target string          `json:"target,omitempty"`
	Text   string          `json:"text,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// Inbox is the folder <handle>.inbox beside the journal. The journal belongs to
// the process that holds it, so commands to it are files: each is written in
// full, appears in one step, and is removed when it has been carried out. They
// outlive both sides. Those that root leaves belong to the journal's owner, who
// has to take them.
type Inbox struct{ dir, journal string }

// InboxOf is the inbox of a journal.
func InboxOf(journal string) Inbox {
	return Inbox{dir: strings.TrimSuffix(journal, ".db") + ".inbox", journal: journal}
}

// Post leaves a command and returns its name.
func (b Inbox) Post(c Command) (name string, err error) {
	if err := makeFolder(b.dir); err != nil {
		return "", err
	}
	if err := giveFolder(b.dir, b.journal); err != nil {
		return "", err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(b.dir, ".command-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // after the rename it is not there
	_, err = f.Write(data)
	if err = errors.Join(err, giveFile(f, b.journal), f.Sync(), f.Close()); err != nil {
		return "", err
	}
	name = fmt.Sprintf("%020d-%s.json", c.At.UnixNano(), strings.TrimPrefix(filepath.Base(f.Name()), ".command-"))
	return name, os.Rename(f.Name(), filepath.Join(b.dir, name))
}

// Waits reports whether a command has not been taken yet.
func (b Inbox) Waits(name string) bool {
	_, err := os.Stat(filepath.Join(b.dir, name))
	return err == nil
}

// Take carries the commands out, oldest first, and removes each after it. A
// command that cannot be read is set aside with the ending .bad. It stops at
// the first error of do, and the command is taken again the next time: so do
// must be one that may be repeated.
func (b Inbox) Take(do func(Command) error) error {
	files, err := os.ReadDir(b.dir) // sorted by name
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	for _, f := range files {
		path := filepath.Join(b.dir, f.Name())
		if !strings.HasSuffix(f.Name(), ".json") || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(path) //nolint:gosec // in a folder of our own
		if err != nil {
			return err
		}
		var c Command
		if err := json.Unmarshal(data, &c); err != nil {
			if err := os.Rename(path, path+".bad"); err != nil {
				return err
			}
			continue
		}
		if err := do(c); err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
