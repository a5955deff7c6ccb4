package planner

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)

// fillers look like nothing and are letters or marks to Unicode.
const fillers = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0\ufffc\ufffd"

// hidden finds a character that a reader would not see, or that changes how
// the others are read. Zero-width joiners stay where emoji and the scripts
// that need them are.
func hidden(text string) (rune, bool) {
	rs := []rune(text)
	for i, r := range rs {
		if hides(rs, i, r) {
			return r, true
		}
	}
	return 0, !utf8.ValidString(text)
}

func hides(rs []rune, i int, r rune) bool {
	var before, after rune
	if i > 0 {
		before = rs[i-1]
	}
	if i+1 < len(rs) {
		after = rs[i+1]
	}
	switch {
	case r == '\n', r == ' ', r == '\u00a0', r == '\u2009', r == '\u202f', r == '\u3000':
		return false
	case r == '\ufe0e', r == '\ufe0f':
		keycap := strings.ContainsRune("0123456789#*", before) && after == '\u20e3'
		return !keycap && !pictorial(before)
	case r == zwj:
		return !joins(before, after)
	case r == zwnj:
		return !joinScript(before) || !joinScript(after) || unicode.IsMark(after)
	case strings.ContainsRune(fillers, r), unicode.In(r, unicode.Variation_Selector):
		return true
	case unicode.Is(unicode.Zs, r):
		return true
	}
	return !unicode.IsGraphic(r) // controls, formats, private and unassigned
}

func joins(before, after rune) bool {
	emoji := (pictorial(before) || before == '\ufe0f') && pictorial(after)
	return emoji || joinScript(before) && (joinScript(after) || after == 0 || !unicode.IsLetter(after))
}

// pictorial is what emoji are made of.
func pictorial(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk) || strings.ContainsRune("\u00a9\u00ae\u203c\u2049\u3030", r)
}

// joinScripts use the joiners in their spelling, and stack marks.
var joinScripts = []*unicode.RangeTable{
	unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
	unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Thai, unicode.Lao, unicode.Tibetan,
	unicode.Myanmar, unicode.Khmer, unicode.Mongolian,
}

func joinScript(r rune) bool { return unicode.IsOneOf(joinScripts, r) }

// piled reports marks heaped on one character: more than two in a row, or
// four in scripts that need them. It also reports marks that strike letters
// out and marks on nothing.
func piled(text string) bool {
	most, n, last := 2, 0, ' '
	for _, r := range norm.NFC.String(text) {
		overlay := r >= '\u0334' && r <= '\u0338'
		if overlay || unicode.IsMark(r) && unicode.IsSpace(last) {
			return true
		}
		last = r
		if !unicode.IsMark(r) || unicode.Is(unicode.Variation_Selector, r) {
			n, most = 0, 2
			if joinScript(r) {
				most = 4
			}
			continue
		}
		if n++; n > most {
			return true
		}
	}
	return false
}

// disguised finds a word that is not spelled as it looks: letters of
// look-alike scripts in one word, or letters that are drawn for something
// else, such as mathematical alphabets.
func disguised(text string) string {
	for _, r := range text {
		if fancy(r) {
			return string(r)
		}
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if mixed(word) {
			return word
		}
	}
	return ""
}

// lookAlikes are the scripts with letters that pass for each other's.
var lookAlikes = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Coptic, unicode.Lisu}

func mixed(word string) bool {
	found := -1
	rs := []rune(word)
	for at, r := range rs {
		if strings.ContainsRune("\u0394\u03bb\u03bc\u03c0\u03c3", r) && (at == 0 || at == len(rs)-1) {
			continue // delta-v, a wavelength: at the end of a word it is a sign
		}
		for i, script := range lookAlikes {
			if !unicode.Is(script, r) {
				continue
			}
			if found >= 0 && found != i {
				return true
			}
			found = i
		}
	}
	return false
}

// fancy letters are Latin letters in costume. The ones listed are common
// signs and emoji.
func fancy(r rune) bool {
	if r < 0x80 || strings.ContainsRune("\u00aa\u00ba\u207f\u2116\u2122\u2139\u24c2\U0001f170\U0001f171\U0001f17e\U0001f17f", r) {
		return false
	}
	smallCapital := r >= 0x1d00 && r <= 0x1d2b || strings.ContainsRune("\u0251\u0261\u0262\u026a\u0274\u0280\u028f\u0299\u029c\u029f", r)
	squared := r >= 0x1f130 && r <= 0x1f189
	if smallCapital || squared {
		return true
	}
	if r >= 0x3371 && r <= 0x33df || r >= 0x2160 && r <= 0x217f { // units and Roman numbers of East Asian fonts
		return false
	}
	plain := norm.NFKC.String(string(r))
	return plain != string(r) && strings.Trim(strings.ToLower(plain), "abcdefghijklmnopqrstuvwxyz") == ""
}

// longest is the length of a text in code points or UTF-16 units, whichever
// is more: the platform does not say which one it counts.
func longest(text string) int {
	return max(utf8.RuneCountInString(text), len(utf16.Encode([]rune(text))))
}

// cut shortens a text to at most n characters.
func cut(text string, n int) string {
	rs := []rune(text)
	if len(rs) <= n {
		return text
	}
	return string(rs[:n])
}

// visible drops the characters that a reader would not see.
func visible(text string) string {
	rs := []rune(strings.ToValidUTF8(text, ""))
	kept := make([]rune, 0, len(rs))
	for i, r := range rs {
		switch {
		case unicode.IsSpace(r) && r != '\n':
			kept = append(kept, ' ')
		case !hides(rs, i, r):
			kept = append(kept, r)
		}
	}
	return string(kept)
}

func codePoint(r rune) string { return fmt.Sprintf("U+%04X", r) }
