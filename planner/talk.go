package planner

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What follows is judged by a few words, because a rule that one can read is
// worth more here than a model that a stranger can talk to.
var (
	thankWords = []string{
		"thanks", "thank you", "thx", "ty", "cheers", "appreciate it", "much appreciated", "you're welcome", "merci", "gracias", "danke",
		"obrigado", "obrigada", "grazie", "bedankt", "\u0441\u043f\u0430\u0441\u0438\u0431\u043e", "\u8c22\u8c22", "\u8b1d\u8b1d", "\u611f\u8c22",
		"\u3042\u308a\u304c\u3068\u3046", "\u0634\u0643\u0631\u0627",
	}
	nodWords = []string{
		"agreed", "same", "same here", "yes", "yep", "yeah", "exactly", "indeed", "true", "lol", "haha", "nice", "cool", "wow", "great", "love it",
		"love this", "well said", "so true", "ok", "okay", "+1",
	}
	warmWords = []string{
		"love", "beautiful", "wonderful", "great", "lovely", "brilliant", "amazing", "well done", "kind of you", "hermoso", "genial", "magnifique",
		"sch\u00f6n", "\u559c\u6b22", "\u7d20\u6674\u3089\u3057\u3044", "\u043f\u0440\u0435\u043a\u0440\u0430\u0441\u043d\u043e",
	}
	coldWords = []string{
		"boring", "hate", "stupid", "awful", "terrible", "garbage", "trash", "shut up", "spam", "nobody asked", "worthless", "ugly", "pathetic",
		"idiot", "go away", "leave me alone", "stop replying", "aburrido", "nul", "langweilig", "\u65e0\u804a", "\u0441\u043a\u0443\u0447\u043d\u043e",
	}
	warmSigns = "\u2764\u2665\U0001F60A\U0001F60D\U0001F44F\U0001F44D\U0001F64F\U0001F970\U0001F917\U0001F389\U0001F49C\U0001F49B\U0001F499\U0001F49A"
	coldSigns = "\U0001F44E\U0001F644\U0001F621\U0001F92E\U0001F4A9\U0001F595"

	questionWords = []string{
		"what", "how", "why", "when", "where", "which", "who", "whose", "could you", "can you", "do you", "did you", "would you", "will you",
		"are you", "have you", "is it", "is there", "any tips", "any advice",
	}
)

func says(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return hasWord(text, word) })
}

// moodOf is 1 for a friendly text, -1 for an unfriendly one, 0 for others.
func moodOf(text string) int {
	folded := foldCase(text)
	warm := says(folded, warmWords) || says(folded, thankWords) || strings.ContainsAny(text, warmSigns)
	cold := says(folded, coldWords) || strings.ContainsAny(text, coldSigns)
	switch {
	case warm == cold:
		return 0
	case warm:
		return 1
	}
	return -1
}

// asks says whether a text is a question.
func asks(text string) bool {
	if strings.ContainsAny(text, "?\uff1f\u00bf\u061f") {
		return true
	}
	folded := strings.TrimSpace(withoutMentions(foldCase(text)))
	return slices.ContainsFunc(questionWords, func(word string) bool {
		rest, found := strings.CutPrefix(folded, word)
		next, _ := utf8.DecodeRuneInString(rest)
		return found && !inWord(next)
	})
}

const (
	shortThanks = 160 // characters of a text that can be nothing but thanks
	shortNod    = 4   // words of one that can be nothing but a nod
)

// closes says whether a text ends a conversation: thanks, a nod, or nothing but
// signs. An answer to it would be answered in turn.
func closes(text string) bool {
	folded := strings.TrimSpace(withoutMentions(foldCase(text)))
	if !strings.ContainsFunc(folded, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return true
	}
	if asks(text) {
		return false
	}
	if utf8.RuneCountInString(folded) <= shortThanks && says(folded, thankWords) {
		return true
	}
	return len(strings.Fields(folded)) <= shortNod && says(folded, nodWords)
}

// withoutMentions takes the handles out, which say nothing by themselves.
func withoutMentions(text string) string { return mention().ReplaceAllString(text, " ") }

// mentions says whether a text names an agent.
func mentions(text, handle string) bool {
	for _, found := range mention().FindAllStringSubmatch(text, -1) {
		if strings.EqualFold(found[1], handle) {
			return true
		}
	}
	return false
}
