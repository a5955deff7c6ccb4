package planner

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

const (
	minSecret = 8  // shorter secrets would match by chance
	window    = 16 // so many characters of a secret in a row give it away
	shard     = 8  // and as many in all, in pieces of this length that hold a digit
	digits    = "0123456789"
)

// secrets knows the live secrets in every spelling that a text may use.
type secrets struct {
	exact  []string
	forms  []string // letters and digits of each form, lower case
	folded []string // the parts of the forms that give them away
}

func newSecrets(live []string) secrets {
	var s secrets
	for _, secret := range live {
		if len(secret) < minSecret {
			continue
		}
		s.exact = append(s.exact, secret)
		for _, form := range forms(secret) {
			if len(form) < minSecret {
				continue
			}
			for _, way := range []string{form, reverse(form)} {
				s.forms = append(s.forms, way)
				s.folded = append(s.folded, windows(way)...)
			}
		}
	}
	return s
}

// forms are a secret's spellings, folded, each of which may be read backwards,
// too: as it is, rot13, hex and base64 at each of the three alignments.
func forms(secret string) []string {
	plain := alnum(secret)
	fs := []string{plain, rot13(plain), hex.EncodeToString([]byte(secret))}
	for _, raw := range []string{secret, reverse(secret)} {
		for pad := range 3 {
			coded := base64.RawURLEncoding.EncodeToString(append(make([]byte, pad), raw...))
			// The characters at both ends also depend on the neighbours.
			from, to := (pad*8+5)/6, len(coded)
			if (pad+len(raw))%3 != 0 {
				to--
			}
			fs = append(fs, alnum(coded[from:to]))
		}
	}
	return fs
}

// windows are the parts of a form that give it away.
func windows(form string) []string {
	if len(form) <= window {
		return []string{form}
	}
	parts := make([]string, 0, len(form)-window+1)
	for i := 0; i+window <= len(form); i++ {
		parts = append(parts, form[i:i+window])
	}
	return parts
}

// in names what gives a secret away in a text; empty for nothing.
func (s secrets) in(text string) string {
	for _, secret := range s.exact {
		if strings.Contains(text, secret) {
			return "one of ours"
		}
	}
	if s.inFolded(bare(text)) {
		return "one of ours in disguise"
	}
	return ""
}

func (s secrets) inFolded(letters string) bool {
	return slices.ContainsFunc(s.folded, func(part string) bool { return strings.Contains(letters, part) }) ||
		strings.ContainsAny(letters, digits) && slices.ContainsFunc(s.forms, func(form string) bool { return scattered(form, letters) >= window })
}

// scattered is how much of a form stands in a text in pieces, with other words
// between them. A piece without a digit may be a word like any other.
func scattered(form, letters string) (n int) {
	for i := 0; i+shard <= len(form); {
		end := i + shard
		if piece := form[i:end]; !strings.ContainsAny(piece, digits) || !strings.Contains(letters, piece) {
			i++
			continue
		}
		for end < len(form) && strings.Contains(letters, form[i:end+1]) {
			end++
		}
		n += end - i
		i = end
	}
	return n
}

// split reports a secret that only shows when the text is read on from
// earlier ones, oldest first.
func (s secrets) split(earlier []string, text string) bool {
	before := bare(strings.Join(earlier, ""))
	return !s.inFolded(before) && s.inFolded(before+bare(text))
}

// redact replaces live secrets, for notes that quote other people's text.
func (s secrets) redact(text string) string {
	for _, secret := range s.exact {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	if s.inFolded(bare(text)) {
		return "[held back: it holds a secret]"
	}
	return text
}

// keyShape is what keys look like, whoever they belong to. iat_ and iar_ are
// the platform's access and refresh tokens.
var keyShape = lazy(`\bsk-[A-Za-z0-9_-]{8,}|\b(iat|iar|ias)_[A-Za-z0-9]{4,}|\bgh[pousr]_[A-Za-z0-9]{10,}|\bgithub_pat_\w{10,}|` +
	`\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{20,}|\bxox[abeprs]-[\w-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.|-----BEGIN |(?i:\bbearer\s+[a-z0-9._~+/=-]{16,})`)

var longToken = lazy(`[A-Za-z0-9+/=_-]{32,}`)

// looksLikeKey reports a text that holds something shaped like a secret.
func looksLikeKey(text string) bool {
	if keyShape().MatchString(text) {
		return true
	}
	for _, token := range longToken().FindAllString(text, -1) {
		if strings.ContainsAny(token, "0123456789") && entropy(token) >= 3 {
			return true
		}
	}
	return false
}

// entropy is in bits per character.
func entropy(s string) float64 {
	counts := make(map[rune]int)
	for _, r := range s {
		counts[r]++
	}
	bits := 0.0
	for _, n := range counts {
		share := float64(n) / float64(len(s))
		bits -= share * math.Log2(share)
	}
	return bits
}

// bare are the letters and digits of a text without their accents, and as JSON
// is read.
func bare(text string) string {
	text = jsonEscape().ReplaceAllStringFunc(text, func(escape string) string {
		code, _ := strconv.ParseInt(escape[2:], 16, 32) // four hex digits
		return string(rune(code))
	})
	return alnum(norm.NFKD.String(text))
}

var jsonEscape = lazy(`\\u[0-9A-Fa-f]{4}`)

func alnum(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= regionalA && r < regionalA+26:
			return r - regionalA + 'a'
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}

// regionalA is the first of the letters that flags are made of.
const regionalA = '\U0001f1e6'

func reverse(s string) string {
	rs := []rune(s)
	slices.Reverse(rs)
	return string(rs)
}

func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return 'a' + (r-'a'+13)%26
		}
		return r
	}, s)
}
