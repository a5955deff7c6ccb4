package sandbox

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagined/contract"
)

// FaultKind names what goes wrong, as ParseFault reads it.
type FaultKind string

// The kinds of fault. After those that say "applied" the effect has happened
// whatever the client was told.
const (
	AppliedReset   FaultKind = "applied-reset"   // applied, then the connection is reset
	AppliedError   FaultKind = "applied-error"   // applied, then 503
	Applied500     FaultKind = "applied-500"     // applied, then 500
	Applied502     FaultKind = "applied-502"     // applied, then 502 with a gateway's web page
	Applied504     FaultKind = "applied-504"     // applied, then 504 without a body
	NotApplied     FaultKind = "not-applied"     // 503 with Retry-After, and nothing else
	LateApply      FaultKind = "late-apply"      // reset at once, applied after Delay
	Slow           FaultKind = "slow"            // applied, answered after Delay
	TooMany        FaultKind = "too-many"        // 429, not applied
	Storm          FaultKind = "storm"           // 429 for this and the next four that match, with odd Retry-After
	Expired        FaultKind = "expired"         // 401, not applied, and the token is dead from then on
	RefusedRefresh FaultKind = "refused-refresh" // 401 to a refresh, and the refresh token is dead from then on
	Truncated      FaultKind = "truncated"       // applied, the answer breaks off in the middle
	HTML           FaultKind = "html"            // applied, the answer is 200 with a web page
	Huge           FaultKind = "huge"            // applied, the answer comes after 64 MiB of white space
	Stale          FaultKind = "stale"           // a read shows nothing that was made in the last Delay
	LoopingCursor  FaultKind = "looping-cursor"  // a page of a list leads back to itself
	Pass           FaultKind = "pass"            // nothing; for a Fault that strikes once, to let one request through
)

var faultKinds = []FaultKind{
	AppliedReset, AppliedError, Applied500, Applied502, Applied504, NotApplied, LateApply, Slow, TooMany, Storm,
	Expired, RefusedRefresh, Truncated, HTML, Huge, Stale, LoopingCursor, Pass,
}

// Fault makes an operation go wrong, some of the time or once.
//
// Those that strike once form a script: the first of them waits for a request
// that matches, then it is the next one's turn. A request that no step of the
// script takes goes to the others, of which the first that strikes is the one
// that does. Requests count once they have passed authentication and schema.
// One that is refused after that (404, 409 ...) gets that answer and not one
// of an applied kind, and uses up its step; only LateApply breaks off before
// it is known whether a like, say, is a repeated one.
type Fault struct {
	Op    string // operationId, or "*" for every write but those of the auth tier; for Stale and LoopingCursor every read
	Kind  FaultKind
	Rate  float64       // probability for each request, above 0 up to 1; 0 when it strikes once
	Delay time.Duration // of LateApply, Slow and Stale
	Once  bool
}

// ParseFault reads a fault from text: operation=kind:rate or
// operation=kind:rate:delay, as in likePost=applied-reset:0.1 and
// *=late-apply:0.05:150ms. Without a rate, as in likePost=applied-reset and
// likePost=slow:2s, it strikes once.
func ParseFault(text string) (Fault, error) {
	op, rest, ok := strings.Cut(text, "=")
	parts := strings.Split(rest, ":")
	if !ok || rest == "" || len(parts) > 3 {
		return Fault{}, fmt.Errorf("fault %q: write it as operation=kind:rate, operation=kind:rate:delay, operation=kind or operation=kind:delay, for example likePost=applied-reset:0.1", text)
	}
	f := Fault{Op: op, Kind: FaultKind(parts[0])}
	delay := ""
	switch len(parts) {
	case 1:
		f.Once = true
	case 2:
		if f.Rate, ok = number(parts[1]); !ok {
			f.Once, delay = true, parts[1]
		}
	case 3:
		if f.Rate, ok = number(parts[1]); !ok {
			return Fault{}, fmt.Errorf("fault %q: write the rate as a number up to 1, for example 0.1", text)
		}
		delay = parts[2]
	}
	if delay != "" {
		var err error
		if f.Delay, err = time.ParseDuration(delay); err != nil {
			return Fault{}, fmt.Errorf("fault %q: write a rate as a number up to 1, for example 0.1, and a delay with its unit, for example 150ms", text)
		}
	}
	return f, f.check()
}

func number(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// ParseFaults reads one fault a line. Empty lines and what follows a # are
// left out. The error names the line.
func ParseFaults(r io.Reader) ([]Fault, error) {
	var faults []Fault
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		f, err := ParseFault(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		faults = append(faults, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	return faults, nil
}

// String writes a fault as ParseFault reads it.
func (f Fault) String() string {
	text := f.Op + "=" + string(f.Kind)
	if !f.Once {
		text += ":" + strconv.FormatFloat(f.Rate, 'g', -1, 64)
	}
	if f.Delay > 0 {
		text += ":" + f.Delay.String()
	}
	return text
}

func (f Fault) check() error {
	op, ok := contract.Lookup(f.Op)
	rate := f.Rate
	if f.Once {
		rate = 1
	}
	switch {
	case !ok && f.Op != "*":
		return fmt.Errorf("fault on %q: no such operation; use an operationId of the contract, for example likePost, or * for all writes", f.Op)
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("fault on %s: no such kind %q; use one of %v", f.Op, f.Kind, faultKinds)
	case !(rate > 0 && rate <= 1):
		return fmt.Errorf("fault on %s: rate %v; use a number above 0 up to 1", f.Op, f.Rate)
	case f.Once && f.Rate != 0:
		return fmt.Errorf("fault on %s: it strikes once, so it has no rate; leave one of the two out", f.Op)
	case f.Kind == Pass && !f.Once:
		return fmt.Errorf("fault on %s: %s is a step of a script; leave the rate out", f.Op, f.Kind)
	case ok && f.ofReads() && op.Method != http.MethodGet:
		return fmt.Errorf("fault on %s: %s is for reads; use an operation that is a GET, for example listPosts", f.Op, f.Kind)
	case ok && f.Kind == RefusedRefresh && f.Op != "createToken":
		return fmt.Errorf("fault on %s: %s is for createToken; write createToken=%s", f.Op, f.Kind, f.Kind)
	case (f.Kind == LateApply || f.Kind == Slow || f.Kind == Stale) && f.Delay <= 0:
		return fmt.Errorf("fault on %s: %s needs a delay; add one, for example %s:%v:150ms", f.Op, f.Kind, f.Kind, rate)
	}
	return nil
}

// ofReads tells whether the kind makes sense for reads only.
func (f Fault) ofReads() bool { return f.Kind == Stale || f.Kind == LoopingCursor }

// matches tells whether a request is one that the fault is for.
func (f Fault) matches(c *call) bool {
	read := c.op.Method == http.MethodGet
	switch {
	case f.Kind == RefusedRefresh:
		return c.op.ID == "createToken" && c.refreshes()
	case f.Op != "*":
		return f.Op == c.op.ID
	case f.ofReads():
		return read
	}
	return !read && c.op.Tier != contract.TierAuth
}

// refreshes tells whether the body asks for new tokens by a refresh token.
func (c *call) refreshes() bool {
	var b struct {
		GrantType string `json:"grant_type"`
	}
	return json.Unmarshal(c.body, &b) == nil && b.GrantType == "refresh_token"
}
