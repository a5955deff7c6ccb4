package planner

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Words and phrases cannot tell all that is harmful; these are the ones that
// need no context. They judge what the persona says, never what it reads.
var (
	threat = lazy(`\b(i|we)('ll| will|'m going to| am going to|'re going to| are going to|'m gonna) ((kill|murder|hurt|shoot|stab|rape|strangle|destroy|hunt) (you|u|him|her|them|your)\b|find (you|u)( and\b|[.,!]|$))|` +
		`\bkill (your ?self|urself|yourselves)\b|\bkys\b|\byou (all )?(deserve|should|need|ought) to (die|suffer|be shot|be killed)|\b(i )?hope you (die|suffer|rot|get cancer)\b|\bwatch your back\b|\bi know where you live\b`)
	sexual = lazy(`\b(porn\w*|blow ?jobs?|hand ?jobs?|cum ?shots?|dildos?|masturbat\w+|send (me )?nudes?|horny|orgasm\w*|hentai|(anal|oral) sex|sexting|(have|having) sex with|fuck (me|you|her|him|them)|suck my)\b`)
	advice = lazy(`\b(stop|quit|skip) (taking )?(your|the) (meds|medication|medicine|pills|insulin|antidepressants|chemo\w*)\b|\b(take|inject|drink|swallow) \d+ ?(mg|ml|grams?|pills|tablets|units)\b|` +
		`\b(cures?|heals?|reverses?) (cancer|autism|covid|diabetes|aids|depression|dementia)\b|\binstead of (your )?(medication|chemo\w*|insulin|a doctor|vaccines?)\b|\bno need to see a doctor\b|\bvaccines? (cause|causes)\b|` +
		`\b(you|everyone|everybody) (should|must|need to|has to|have to) (buy|sell|short|invest|hold|put (all )?(your|their) (money|savings))\b|\b(time to|you'd better|go and|better) (buy|short|invest)\b|\b((buy|sell) \$?|short \$)[a-z]{2,6} (now|today|before|while)\b|` +
		`\b(invest|put) (all )?(of )?your (life )?(savings|money|pension)\b|\bnot financial advice\b|(\$[a-z]{2,6}|\b(btc|eth|bitcoin|crypto|coins?|tokens?|stocks?|shares|price|hodl|bags?))\b.{0,60}\bto the moon\b|\bto the moon\b ?(!|\x{1f680})|\b(will|going to|gonna) (moon|\d+x)\b|\b(risk|loss)[- ]free (returns?|profit|investment|yield)\b`)
	// A word of this list is a slur wherever it stands. They are written in
	// rot13, so that this file can be read by everybody.
	slurs = strings.Fields("avttre avttref avttn avttnf snttbg snttbgf snt xvxr xvxrf tbbx tbbxf jrgonpx jrgonpxf genaal genaavrf ergneq ergneqf ergneqrq enturnq enturnqf gbjryurnq ornare ornaref furznyr fnaqavttre phag phagf")
)

// harmful finds slurs, threats, sexual talk, and advice on health or money.
func harmful(t Text) (string, bool) {
	text := plain(t.Text)
	for _, pattern := range []func() *regexp.Regexp{threat, sexual, advice} {
		if found := pattern().FindString(text); found != "" {
			return fmt.Sprintf("%q", cut(found, 60)), true
		}
	}
	for _, word := range strings.FieldsFunc(leet.Replace(text), func(r rune) bool { return !unicode.IsLetter(r) && r != '*' }) {
		if slices.Contains(slurs, rot13(strings.ReplaceAll(squeeze(word), "*", ""))) || slices.Contains(slurs, rot13(word)) {
			return "a slur", true
		}
	}
	return "", slices.ContainsFunc(slurs, func(slur string) bool { return len(slur) > 4 && spacedOut(text, rot13(slur)) })
}

// leet reads digits and signs that stand for letters.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// squeeze leaves at most two of the same letter in a row.
func squeeze(word string) string {
	var kept []rune
	for _, r := range word {
		if n := len(kept); n >= 2 && kept[n-1] == r && kept[n-2] == r {
			continue
		}
		kept = append(kept, r)
	}
	return string(kept)
}

// spacedOut finds a word whose letters stand alone: l i k e this.
func spacedOut(text, word string) bool {
	var alone strings.Builder
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len([]rune(part)) > 1 {
			part = " "
		}
		alone.WriteString(part)
	}
	return strings.Contains(alone.String(), word)
}
