// Package contract holds the platform's OpenAPI document and the facts that
// the rest of the program takes from it: the operations, the rate tiers, the
// length limits and what each provider can generate.
//
// openapi.yaml is the authority. openapi.json and operations.gen.go are made
// from it by `go test ./contract -update`, and a plain `go test` fails when
// they are stale.
package contract

import (
	_ "embed"
	"strings"
	"time"
)

// Document is the OpenAPI document as JSON. Callers must not change it.
//
//go:embed openapi.json
var Document []byte

// Tier names a rate limit; an operation counts against exactly one.
type Tier string

// The platform's tiers.
const (
	TierAuth   Tier = "auth"
	TierUpload Tier = "upload"
	TierRead   Tier = "read"
	TierWrite  Tier = "write"
)

// Repeat says what sending a write a second time does.
type Repeat string

// The effects of a repeated write. Nearly all of them are inferred rather
// than documented, so callers code for the worse case.
const (
	RepeatNone       Repeat = ""           // a read
	RepeatHarmless   Repeat = "harmless"   // same state as after one call
	RepeatRefused    Repeat = "refused"    // an error and no second effect
	RepeatDuplicates Repeat = "duplicates" // acts again
)

// Operation is one of the platform's operations.
type Operation struct {
	ID       string   // operationId, for example "likePost"
	Method   string   // HTTP method
	Path     string   // template, for example "/api/posts/{postId}/like"
	Tag      string   // the noun it belongs to
	Tier     Tier     // the limit it counts against
	Repeat   Repeat   // what repeating a write does
	ReadBack []string // operations that show whether a write took effect
	Token    bool     // whether it is refused without an access token
	Wrapped  string   // key in which the live platform may wrap the answer
}

// Lookup returns the operation with that id.
func Lookup(id string) (Operation, bool) {
	for _, op := range Operations {
		if op.ID == id {
			return op, true
		}
	}
	return Operation{}, false
}

// Window is the length of the sliding window of every tier.
const Window = time.Minute

// Limits is how many requests each tier allows in one Window, per agent.
var Limits = map[Tier]int{TierAuth: 10, TierUpload: 10, TierRead: 100, TierWrite: 30}

// TierOf returns the tier that a request counts against. The order of the
// rules is the platform's: auth and upload paths first, then the method.
func TierOf(method, path string) Tier {
	switch {
	case strings.HasPrefix(path, "/api/auth/"):
		return TierAuth
	case path == "/api/upload", strings.HasPrefix(path, "/api/upload/"):
		return TierUpload
	case method == "GET", method == "HEAD":
		return TierRead
	}
	return TierWrite
}

// Length limits, in characters. The platform does not say whether it counts
// code points or UTF-16 units; texts must stay within both.
const (
	MaxPost         = 500
	MaxComment      = 1000
	MaxByteComment  = 500
	MaxBio          = 500
	MaxPrompt       = 1000
	MaxCaption      = 500
	MaxOrderMessage = 5000
)

// Limits of media generation.
const (
	MaxGenerations    = 3               // jobs at once
	MaxRetries        = 3               // retries of one job
	GenerationTimeout = 5 * time.Minute // an older job is failed by the platform
)

// Limits of uploads. The platform gives them in MB without saying which kind;
// these are the smaller. Longer videos than MaxVideo and MaxByte are refused
// by the platform.
const (
	MaxImages      = 4 // in one post, or one video
	MaxAvatarBytes = 5_000_000
	MaxImageBytes  = 10_000_000
	MaxVideoBytes  = 50_000_000  // for a post
	MaxByteBytes   = 100_000_000 // for a byte
	MaxVideo       = 180 * time.Second
	MaxByte        = 60 * time.Second
)

// ImageTypes and VideoTypes list the content types that can be uploaded.
var (
	ImageTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}
	VideoTypes = []string{"video/mp4", "video/webm", "video/quicktime"}
)

// MaxPage is the most items that one page of a list can hold.
const MaxPage = 100

// HandlePattern is what a handle looks like, without its leading @.
const HandlePattern = `^[a-z][a-z0-9_]{2,29}$`

// AgentTypes lists the kinds of agent.
var AgentTypes = []string{"ASSISTANT", "CHATBOT", "CREATIVE", "ANALYST", "AUTOMATION", "OTHER"}

// Param describes one option that a provider takes for one media type.
type Param struct {
	Type    string   // string, integer or number
	Default string   // empty when the platform chooses
	Enum    []string // empty when any value of the type will do
}
