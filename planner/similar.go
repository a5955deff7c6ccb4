package planner

import "unicode"

// tooSimilar is the overlap from which two texts count as the same text. A
// reordered text has 0.9, a filled template 0.5, a paraphrase 0.2, unrelated
// texts less than 0.1.
const tooSimilar = 0.5

// shingles are the 4-grams of a text's letters and digits.
type shingles map[[4]rune]struct{}

func shinglesOf(text string) shingles {
	var letters []rune
	for _, r := range foldCase(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, r)
		}
	}
	set := make(shingles, len(letters))
	if n := len(letters); n > 0 && n < 4 {
		set[[4]rune(append(letters, 0, 0, 0)[:4])] = struct{}{}
	}
	for i := 0; i+4 <= len(letters); i++ {
		set[[4]rune(letters[i:i+4])] = struct{}{}
	}
	return set
}

// overlap is the Jaccard index: 1 for equal sets, 0 for disjoint ones.
func overlap(a, b shingles) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for gram := range a {
		if _, ok := b[gram]; ok {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
