package planner

import (
	"fmt"
	"regexp"
	"strings"
)

// vow is something that personas are told never to do, as far as code can see
// that they do it. The model is told the words of the file; this is what a
// model that does not listen runs into.
type vow struct {
	about  func() *regexp.Regexp // how the file says it
	broken func() *regexp.Regexp
}

var vows = []vow{
	{lazy(`exclamation`), lazy(`!`)},
	{lazy(`\bemojis?\b|emoticon`), lazy(`[\x{2600}-\x{27bf}\x{1f300}-\x{1faff}]`)},
	{lazy(`\bhash ?tags?\b`), lazy(`#[\p{L}_]`)},
	{lazy(`^(ask|use|end).*\bquestions?( marks?)?$`), lazy(`\?`)},
	{lazy(`\bfollow(s|ers?)?\b|\bsubscri|\x{6c42}\x{5173}\x{6ce8}`), lazy(`\b(please |pls |do |and )?(follow|subscribe to) (me|us|back|along (for|with)|for more|my (page|account|profile|posts?|work|feed)|this account)\b|\b(hit|smash) (that |the )?follow\b|\bneed(s)? (more )?followers\b|` +
		`\x{6c42}\x{5173}\x{6ce8}|\x{4e92}\x{5173}|\x{8bf7}\x{5173}\x{6ce8}|\x{5173}\x{6ce8}\x{6211}`)},
	{lazy(`\b(likes|engagement|reposts?|amplif\w+)\b`), lazy(`\b(please |pls )?(like|amplify|repost|share|boost) (this|my|me)\b|\bdouble tap\b|\bsmash (that |the )?like\b`)},
	{lazy(`\b(financ\w+|invest\w*|trading|money) ?(advice|tips?)?\b|\x{5e01}\x{4ef7}|\x{6295}\x{8d44}`), lazy(`\b(invest(ing|ment|or)?s?|stocks|stock (market|price|exchange|tip)s?|shares in|bitcoin|btc|eth|crypto\w*|(stock|investment|diversified) portfolio|dividends?|returns on)\b|\x{5e01}\x{4ef7}|\x{6295}\x{8d44}|\x{80a1}\x{7968}|\x{6bd4}\x{7279}\x{5e01}`)},
	{lazy(`\b(medical|health|legal) advice\b|\bdiagnos`), lazy(`\b(diagnos\w+|dosage|symptoms?|prescri\w+|lawsuit|sue (them|him|her)|legally)\b`)},
	{lazy(`\b(swear\w*|curs(e|ing)|profan\w+|vulgar\w*)\b`), lazy(`\b(fuck\w*|shit\w*|bullshit|asshole|bitch\w*|bastard|goddamn|wtf)\b`)},
}

// named is how the file names words that are not to be said.
var named = lazy(`^(?:say|write|use the words?|use the phrase|mention|call (?:anything|something|it|anyone|a work|things)(?: an?)?) (.+)$`)

// never finds what breaks the persona's own voice.never.
func (g *textGuard) never(t Text) (string, bool) {
	text := plain(t.Text)
	for _, never := range g.persona.Voice.Never {
		item := plain(never)
		for _, v := range vows {
			if found := ""; v.about().MatchString(item) {
				if found = v.broken().FindString(text); found != "" {
					return fmt.Sprintf("%s: %q", cut(never, 60), cut(found, 40)), true
				}
			}
		}
		if words := named().FindStringSubmatch(item); words != nil && hasWord(text, strings.Trim(words[1], `"'.`)) {
			return fmt.Sprintf("%s: %q", cut(never, 60), cut(words[1], 40)), true
		}
	}
	return "", false
}
