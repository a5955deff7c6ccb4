package state

import (
	"encoding/json"
	"strconv"
	"time"
)

// Status is where an entry stands. The names are part of the command line's
// output.
type Status string

// The statuses. Waiting, intent, sending and unknown are open: something is
// still to be done or found out. The others have ended and never change.
const (
	Waiting Status = "waiting" // for a person's approval
	Intent  Status = "intent"  // decided and paid for, not sent
	Sending Status = "sending" // a request is or was on its way
	Unknown Status = "unknown" // sent, and the answer is lost
	Done    Status = "done"    // took effect, once
	Refused Status = "refused" // the platform said no
	Dropped Status = "dropped" // we said no; never sent
	Parked  Status = "parked"  // cannot be found out; never sent again
)

// Open reports whether the status is not an end.
func (s Status) Open() bool {
	return s == Waiting || s == Intent || s == Sending || s == Unknown
}

// Entry is one intended action and what became of it.
type Entry struct {
	ID       uint64 `json:"id"`
	Persona  string `json:"persona"`
	Job      string `json:"job"`    // job that planned it
	Kind     string `json:"kind"`   // action kind
	Target   string `json:"target"` // the platform's id of what it acts on; may be empty
	Status   Status `json:"status"`
	Text     string `json:"text,omitempty"` // exactly what is sent
	Why      string `json:"why,omitempty"`
	RemoteID string `json:"remote_id,omitempty"` // the platform's id of what it made
	Attempts int    `json:"attempts"`            // requests that left or may have left
	Error    string `json:"error,omitempty"`

	PlannedAt time.Time `json:"planned_at"`
	DoneAt    time.Time `json:"done_at,omitzero"` // when it ended

	Key    string `json:"key,omitempty"`    // dedupe key
	Slot   string `json:"slot,omitempty"`   // tells repeatable actions apart
	Author string `json:"author,omitempty"` // handle of the counterpart
	// Decision is the one that led to it; 0 when it came another way.
	Decision uint64   `json:"decision,omitempty"`
	Thread   string   `json:"thread,omitempty"` // post whose thread it belongs to
	Post     string   `json:"post,omitempty"`   // post that led to it, where that is not the target
	Topic    string   `json:"topic,omitempty"`  // interest that it is about
	Media    *Request `json:"media,omitempty"`  // what to generate
	// Body is what is sent beside the text, as the action's kind defines it.
	// It never holds a secret.
	Body json.RawMessage `json:"body,omitempty"`

	ChargedAt time.Time `json:"charged_at,omitzero"` // when its counters were charged, on the journal's clock
	// ServerAt is the platform's time when the intent was written: what an
	// action made cannot be older, but for the clocks' slack.
	ServerAt   time.Time `json:"server_at,omitzero"`
	ApprovedAt time.Time `json:"approved_at,omitzero"` // when a person let it go
	NotBefore  time.Time `json:"not_before,omitzero"`  // an intent is not sent before
	// SettleAt is when an unknown may be read back. It is a point in time,
	// not a length, so that restarts do not move it.
	SettleAt time.Time `json:"settle_at,omitzero"`
	// SettleBoot is the same point on the clock of the boot BootID, which
	// nobody can set.
	SettleBoot time.Duration `json:"settle_boot,omitempty"`
	BootID     string        `json:"boot_id,omitempty"`
	AbsentAt   time.Time     `json:"absent_at,omitzero"` // first complete read-back that found nothing
	Scans      int           `json:"scans,omitempty"`    // read-backs that could not be completed
	// Baseline lists items that looked like this action's before it was first
	// sent: they are not its effect. nil: not looked at.
	Baseline []string `json:"baseline,omitempty"`
}

// Request is what a generation asks for.
type Request struct {
	Provider string         `json:"provider"`
	Type     string         `json:"type"`
	Model    string         `json:"model,omitempty"`
	Prompt   string         `json:"prompt"`
	Params   map[string]any `json:"params,omitempty"`
	Cents    int            `json:"cents,omitempty"` // what it costs, in US cents; 0 when that is not known
}

// Event is one change of an entry, as it was written at that moment.
type Event struct {
	Seq    uint64    `json:"seq"`
	Entry  uint64    `json:"entry"`
	At     time.Time `json:"at"`
	Status Status    `json:"status"`
	Note   string    `json:"note,omitempty"` // error or reason
}

// OwnText is something the persona wrote in public.
type OwnText struct {
	Entry  uint64    `json:"entry"`
	Kind   string    `json:"kind"`
	Thread string    `json:"thread,omitempty"`
	Topic  string    `json:"topic,omitempty"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
	Author string    `json:"author,omitempty"` // whom it answered
}

// FormatID and ParseID turn entry ids into what operators type.
func FormatID(id uint64) string { return strconv.FormatUint(id, 10) }

// ParseID is the reverse of FormatID.
func ParseID(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }
