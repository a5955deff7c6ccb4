package planner

import "unicode"

// estimate guesses how many tokens a text is, on the high side: about four
// bytes a token, and fewer characters where scripts pack more into each.
func estimate(text string) int {
	tokens := 0.0
	for _, r := range text {
		switch {
		case r < 0x80:
			tokens += 1.0 / 4
		case isSpaceless(r):
			tokens += 1 / 1.5
		case unicode.IsLetter(r) || unicode.IsMark(r):
			tokens += 1.0 / 2
		default:
			tokens++ // emoji and symbols
		}
	}
	return int(tokens*1.3) + 1
}

// sane says whether what a server reports can be true; its word decides what
// we believe to have spent.
func sane(reported, estimated int) bool {
	return reported > 0 && reported <= 4*estimated && 4*reported >= estimated
}
