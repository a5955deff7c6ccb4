package planner

import (
	"slices"
	"strings"
	"unicode"

	"imagined/persona"
)

// scriptOf is the script that a language is written in; Latin when it is not
// here.
var scriptOf = map[string]string{
	"zh": "han", "yue": "han", "ja": "japanese", "ko": "hangul", "ru": "cyrillic", "uk": "cyrillic", "be": "cyrillic", "bg": "cyrillic",
	"sr": "cyrillic", "mk": "cyrillic", "kk": "cyrillic", "ar": "arabic", "fa": "arabic", "ur": "arabic", "he": "hebrew", "el": "greek",
	"hi": "devanagari", "mr": "devanagari", "ne": "devanagari", "th": "thai",
}

var alphabets = map[string]*unicode.RangeTable{
	"latin": unicode.Latin, "han": unicode.Han, "hangul": unicode.Hangul, "cyrillic": unicode.Cyrillic, "arabic": unicode.Arabic,
	"hebrew": unicode.Hebrew, "greek": unicode.Greek, "devanagari": unicode.Devanagari, "thai": unicode.Thai,
}

// small are words that nearly every text of a language in Latin letters has,
// and few of another.
var small = map[string][]string{
	"en": {"the", "and", "of", "is", "that", "it", "you", "with", "for", "this", "was", "are", "not", "have", "i", "my", "to", "be"},
	"es": {"el", "los", "las", "y", "es", "una", "por", "para", "con", "que", "del", "se", "lo", "mi", "muy", "pero", "est\u00e1", "m\u00e1s"},
	"fr": {"le", "les", "et", "est", "une", "pour", "dans", "avec", "que", "du", "je", "pas", "qui", "sur", "au", "ce", "plus", "mais"},
	"de": {"der", "die", "das", "und", "ist", "ein", "eine", "nicht", "mit", "f\u00fcr", "ich", "auf", "den", "von", "zu", "auch", "wie", "es"},
	"pt": {"o", "os", "as", "e", "\u00e9", "uma", "para", "com", "que", "n\u00e3o", "do", "da", "em", "mais", "eu", "por", "mas", "muito"},
	"it": {"il", "gli", "e", "\u00e8", "una", "per", "con", "che", "non", "di", "del", "della", "sono", "ma", "pi\u00f9", "mi", "lo", "anche"},
	"nl": {"de", "het", "een", "en", "is", "van", "niet", "met", "voor", "ik", "op", "dat", "die", "zijn", "maar", "ook", "naar", "wat"},
}

// foreign names the script or the language of a text that a persona does not
// speak; empty when it does, when it says of no language that it does, and when
// the text is too short to tell.
func foreign(p *persona.Persona, text string) string {
	if len(p.Capabilities.Languages) == 0 {
		return ""
	}
	var spoken, scripts []string
	for _, code := range p.Capabilities.Languages {
		base, _, _ := strings.Cut(strings.ToLower(code), "-")
		spoken, scripts = append(spoken, base), append(scripts, writtenIn(base))
	}
	found := alphabet(text)
	if found == "" || found == "latin" && slices.Contains(scripts, "latin") {
		return foreignWords(spoken, text)
	}
	if slices.Contains(scripts, found) || found == "han" && slices.Contains(scripts, "japanese") {
		return ""
	}
	return found
}

func writtenIn(language string) string {
	if script, ok := scriptOf[language]; ok {
		return script
	}
	return "latin"
}

// alphabet names the script of most of a text's letters. Japanese is what has
// kana.
func alphabet(text string) string {
	counts := make(map[string]int)
	for _, r := range text {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana) {
			return "japanese"
		}
		for name, table := range alphabets {
			if unicode.Is(table, r) {
				counts[name]++
			}
		}
	}
	best := ""
	for name, n := range counts {
		if n > counts[best] || n == counts[best] && name < best {
			best = name
		}
	}
	return best
}

// foreignWords tells languages in Latin letters apart by their small words. One
// that we know no words of may be any of them.
func foreignWords(spoken []string, text string) string {
	ours, theirs, language := 0, 0, ""
	words := strings.FieldsFunc(foldCase(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, code := range spoken {
		if small[code] == nil && writtenIn(code) == "latin" {
			return ""
		}
	}
	for _, code := range []string{"en", "es", "fr", "de", "pt", "it", "nl"} {
		n := 0
		for _, word := range words {
			if slices.Contains(small[code], word) {
				n++
			}
		}
		switch {
		case slices.Contains(spoken, code):
			ours = max(ours, n)
		case n > theirs:
			theirs, language = n, code
		}
	}
	if theirs < 3 || theirs < 2*ours {
		return ""
	}
	return language
}
