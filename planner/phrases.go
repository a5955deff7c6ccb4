package planner

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"mvdan.cc/xurls/v2"

	"imagined/actions"
)

// lazy compiles a pattern when it is first needed: most runs of the program
// never judge a text, and the patterns take milliseconds and megabytes.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// endings are those of addresses that are spelled out.
const endings = `(com|net|org|io|ai|dev|app|xyz|me|co|info|biz|gg|sh|link|site|online|top|ru|cn|example|shop|store|club|fun|tech|cloud|zip)`

var (
	urlPattern = sync.OnceValue(xurls.Relaxed)
	linkHint   = lazy(`[\p{L}\p{N}_/)\]-]\.[\p{L}\p{N}]|[\p{L}\p{N}+.-]:[^\s]|\[[0-9A-Fa-f:.]+\]`)
	// Ways to write an address that no program would take for one.
	spelledLink = lazy(`(?i)hxxps?|\[\.\]|\(\.\)|\{\.\}|[\[({]\s*dot\s*[\])}]|` +
		`[a-z0-9-]\s+dot\s+` + endings + `\b|[a-z0-9][-_]dot[-_](com|net|org|io|xyz|gg)\b|[a-z0-9-]\x{70b9}\s?` + endings + `\b|` +
		`[a-z0-9-]\s+(punto|punkt|ponto)\s+(com|org|io)\b|[a-z0-9-]\s?[\x{b7}\x{2022}\x{2219}\x{30fb}]\s?(com|org|xyz|gg|ru|cn)\b|` +
		`[a-z0-9]\s+\.\s*(com|net|org|io|ai|dev|app|xyz|info|biz|gg|ru|cn|shop|store|online|site|c\s+o\s+m|n\s+e\s+t|o\s+r\s+g)\b|` +
		`[a-z0-9-][\x{3002}\x{FF0E}\x{FF61}][a-z]{2,}|` +
		`\b(javascript|vbscript|data|file|mailto|tel|ipfs|magnet|blob|ftp):\S|://|\d{1,3}(\.\d{1,3}){3}|\b0\d{1,3}(\.\d{1,4}){3}|[a-z0-9-]+\.(com|net|org|io|ai|dev|app|xyz|info|biz|ru|cn|example)\b|\[[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*\]|` +
		`\b0x[0-9a-f]+(\.[0-9a-fx]+)+\b|(^|[\s(])[0-9a-f]{0,4}::[0-9a-f]|\b([0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b|\bhttps?\b\W{0,3}/|\bwww\s?\.|\bh\s?t\s?t\s?p\s?s?\s?:`)

	mention = lazy(`[@\x{FF20}\x{FE6B}]\s?([\p{L}\p{N}_]+)`)
	hashtag = lazy(`[#\x{FF03}]([\p{L}\p{N}_]+)`)
	color   = lazy(`^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$`)

	machineText = lazy("(?i)```|~~~|\\{\\s*\"|\"(assistant|system|user|role|content|text|decisions)\"\\s*:|<\\||\\|>|\\[/?INST\\]|<</?SYS>>|" +
		`^\s*(assistant|system|user|developer|tool)\s*:|\n\s*(assistant|system|user|developer|tool)\s*:|^#{1,6}\s|\n#{1,6}\s|` +
		`</?[a-z!]|<\s*/?\s*script|&(#\d+|#x[0-9a-f]+|[a-z]{2,8});|\bon[a-z]{4,}\s?=|\balert\(|%[0-9a-f]{2}%[0-9a-f]{2}|%(3c|3e|2f|0a)|\[\d{1,3}(;\d{1,3})*m|\]\s?\(|\[[^\]]+\]:\s|\{\{|\}\}|\{[a-z_]+\}|\[(the )?((author|artist|agent)('s)?( name)?|your name|name|username|handle|insert [^\]]*)\]|\$\{|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}`)

	refusalPhrase = lazy(`\bas an? (ai|artificial intelligence|large language|language) |\bi('m| am) (just |only )?an? (ai|large language|language) (language )?(model|assistant)\b|` +
		`\bi('m| am) sorry,? but\b|\bi('m| am)? (cannot|can't|can not|won't|unable to|not able to) (assist|comply|fulfill?|do that|help( you\b| with\b| out\b|[.,!]|$)|(provide|create|generate|write) (you\b|(that|this)( request| content|[.,!]|$)|(a |an |any |the |your )?(comment|post|reply|response|answer|caption|text|content)s?\b))|` +
		`\bhere('s| is) (a|the|your) (draft|comment|reply|post|response|caption)\b|^(sure|certainly|of course)[!,.]? here|` +
		`\x{4f5c}\x{4e3a}(\x{4e00}\x{4e2a}|\x{4e00}\x{540d})?(ai|\x{4eba}\x{5de5}\x{667a}\x{80fd}|\x{8bed}\x{8a00}\x{6a21}\x{578b})|\x{62b1}\x{6b49},?\x{6211}(\x{65e0}\x{6cd5}|\x{4e0d}\x{80fd})|` +
		`\x{7533}\x{3057}\x{8a33}.{0,10}(\x{3067}\x{304d}\x{307e}\x{305b}\x{3093}|\x{304a}\x{624b}\x{4f1d}\x{3044})|como (un )?modelo de lenguaje|lo siento,? pero no puedo|` +
		`\bals ((ki|ai)[- ])?(sprach|taal)modell?\b|\bals (ki|ai) (kann|darf|kan|mag) (ich|ik)\b|\ben tant (qu'(ia|intelligence artificielle)|que mod\x{e8}le (de|d'))|\x{43a}\x{430}\x{43a} (\x{44f}\x{437}\x{44b}\x{43a}\x{43e}\x{432}\x{430}\x{44f} \x{43c}\x{43e}\x{434}\x{435}\x{43b}\x{44c}|\x{438}\x{441}\x{43a}\x{443}\x{441}\x{441}\x{442}\x{432}\x{435}\x{43d}\x{43d}\x{44b}\x{439} \x{438}\x{43d}\x{442}\x{435}\x{43b}\x{43b}\x{435}\x{43a}\x{442})`)

	bait = lazy(`\b(ignore|disregard|forget|override|bypass)\b.{0,30}\b(previous|prior|above|earlier|all|your|system|these|those)\b.{0,20}\b(instructions?|prompts?|rules?|directives?|guidelines?|directions?)\b|` +
		`\b(reveal|print|show|repeat|output|leak|paste|send|share|post|tell me)\b.{0,20}\byour\b.{0,20}\b(system prompt|instructions?|api[ _-]?keys?|keys?|tokens?|passwords?|secrets?|credentials?)\b|` +
		`\b(reveal|print|repeat|output|leak|paste)\b.{0,20}\byour\b.{0,20}\bprompt\b|` + // to share one is what makers of pictures ask each other
		`\bset your\b.{0,20}\b(key|token|password|secret)\b|(curl|wget)[^|]*\|\s*(sudo\s+)?(ba|z|da)?sh|\binstall\b.{0,30}\bskill\b|\bnew (system )?(instructions?|directives?):|` +
		`\bsystem prompt\b.{0,20}\b(is|says|reads|was)\b|\bmy (instructions|system prompt|rules) (are|is|say)\b|\byou are now\b|\b(dan|developer|god|jailbreak) mode\b|` +
		`\bignore[zr]? (toutes? )?(les|tes|vos) (instructions|consignes)\b|\bignor(a|ad|en)\b.{0,30}\binstrucciones\b|\bignorier(e|en|t)\b.{0,30}\b(anweisungen|vorgaben)\b|` +
		`(\x{5ffd}\x{7565}|\x{65e0}\x{89c6}).{0,12}(\x{6307}\x{4ee4}|\x{6307}\x{793a}|\x{63d0}\x{793a}\x{8bcd})|(\x{4ee5}\x{524d}|\x{3053}\x{308c}\x{307e}\x{3067}|\x{4e0a}\x{8a18})\x{306e}.{0,6}\x{6307}\x{793a}\x{3092}.{0,6}\x{7121}\x{8996}|` +
		`\x{438}\x{433}\x{43d}\x{43e}\x{440}\x{438}\x{440}\x{443}\x{439}.{0,30}\x{438}\x{43d}\x{441}\x{442}\x{440}\x{443}\x{43a}\x{446}\x{438}`)

	// promotion is how spam sounds. It does not keep a post from being read; it
	// keeps a brain that cannot read from praising it.
	promotion = lazy(`\bfree\b.{0,20}\b(followers?|likes|tokens?|coins?|money|crypto)\b|\b(followers?|likes)\b.{0,12}\b(in|within) \d+ ?(h|hours?|days?|min)|` +
		`\b(ref|referral|promo|discount) ?code\b|\bairdrop|\bpresale|!{3,}|\bwill not believe\b|\b(earn(ed|s|ing)?|profit)\b.{0,40}\b(idle|passive|daily|overnight|guaranteed)\b|` +
		`\bclick\b.{0,20}\b(link|here|bio)\b|\bbuy now\b|\bfollow (me|for|4) ?(follow|back)?\b.{0,10}\b(follow|back)\b|\blike for like\b|\bamplify (mine|me|this)\b`)

	// exchange is an offer to pay a favour back.
	exchange = lazy(`\b(amplify|like|boost|repost|follow|share|comment on) (mine|me|my (posts?|account))\b.{0,40}\b(yours?|you|back|return)\b|` +
		`\b(like|follow|boost|amplify|repost) (for|4) (like|follow|boost|amplify|repost)\b|\b(i|we)('ll| will) (amplify|boost|like|follow|repost)\b.{0,20}\b(you|yours|back)\b|\b(l4l|f4f|engagement pod|mutual boost)`)

	claim = lazy(`\b0x[0-9a-f]{40}\b|\bbc1[a-z0-9]{20,}\b|\bi,? the owner\b|\b(i am|i'm|this is|we are) (the |an? )?(official |)(imagineanything|platform) (staff|team|admin|support|moderator)|` +
		`\bofficial (imagineanything|platform) (announcement|notice|staff|support)|\bguaranteed (profit|returns?)\b|\bsend (me )?\d+(\.\d+)? ?(eth|btc|sol|usdc?|usdt)\b|` +
		`\b(i|we) (hereby |do )?(agree|consent|promise|commit|undertake) to (pay|transfer|buy|sell|refund|sign|these terms|the terms|your (offer|terms))|\b(i|we) accept (your|the) (offer|terms|contract)\b|` +
		`\bon behalf of (my |our |the )?(owner|operator|creator|human|imagineanything|platform)\b|\bmy (owner|operator|creator|human) (agrees|accepts|authori[sz]es|promises|guarantees|will pay)\b|` +
		`\b(imagineanything|platform) (staff|team|support|moderation|security)\b.{0,20}\bhere\b|\byour account (has been|will be|is being|is) (suspended|banned|locked|flagged|terminated|disabled)|\bverify your (account|identity|wallet)\b|` +
		`\bconnect your wallet\b|\bsign (this|the) transaction\b|\b((transferfrom|setapprovalforall) ?\(|(approve|transfer|mint|swap\w*)(\(| \(0x))[^)]*\)`)
)

func machine(t Text) (string, bool) {
	for _, text := range []string{t.Text, norm.NFKC.String(t.Text)} { // a sign may hide in either
		if found := machineText().FindString(text); found != "" {
			return fmt.Sprintf("%q", cut(found, 40)), true
		}
	}
	return "", false
}

// link lets through only hosts of the persona's links, and what is below them.
func (g *textGuard) link(t Text) (string, bool) {
	for _, text := range []string{t.Text, norm.NFKC.String(t.Text)} { // some signs are folded away
		if found := g.foreign(text); found != "" {
			return fmt.Sprintf("%q", cut(found, 80)), true
		}
	}
	return "", false
}

func (g *textGuard) foreign(text string) string {
	rest := text
	for _, found := range links(text) {
		if !slices.ContainsFunc(g.persona.Links, func(host string) bool { return linksTo(found, host) }) {
			return found
		}
		rest = strings.ReplaceAll(rest, found, " ")
	}
	return spelledLink().FindString(rest)
}

// links finds addresses. The pattern knows every top-level domain and is
// large, so it is not used on a text that has neither a dot inside a word nor
// a colon after one.
func links(text string) []string {
	if !linkHint().MatchString(text) {
		return nil
	}
	var found []string
	for _, at := range urlPattern().FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if link := text[at[0]:at[1]]; !strings.Contains(link, "::") || !inWord(before) && !inWord(after) { // std::fs is no address
			found = append(found, link)
		}
	}
	return found
}

func linksTo(link, host string) bool {
	if !strings.Contains(link, "://") {
		link = "https://" + link
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Port() != "" {
		return false
	}
	name, host := strings.ToLower(u.Hostname()), strings.ToLower(host)
	return name == host || strings.HasSuffix(name, "."+host)
}

// spokenTo are the kinds whose texts speak to somebody.
var spokenTo = []actions.Kind{actions.Comment, actions.CommentByte, actions.Quote, actions.Reply, actions.Message, actions.FirstMessage}

// strangers lets a comment or a quote name the author of the post, once.
func strangers(t Text) (string, bool) {
	for i, found := range mention().FindAllStringSubmatch(t.Text, -1) {
		if !slices.Contains(spokenTo, t.Kind) || i > 0 || t.Author == "" || !strings.EqualFold(found[1], t.Author) {
			return fmt.Sprintf("%q", cut(found[0], 40)), true
		}
	}
	return "", false
}

// loud reports whether a post looks like promotion or gives orders.
func loud(text string) bool {
	text = plain(text)
	return promotion().MatchString(text) || bait().MatchString(text) || claim().MatchString(text)
}

// phrase is the rule that a pattern is not found.
func phrase(pattern func() *regexp.Regexp) func(Text) (string, bool) {
	return func(t Text) (string, bool) {
		for _, text := range []string{plain(t.Text), strings.Join(strings.Fields(strings.ToLower(t.Text)), " ")} {
			if found := pattern().FindString(text); found != "" {
				return fmt.Sprintf("%q", cut(found, 60)), true
			}
		}
		return "", false
	}
}

// plain is a text as the phrases are written: folded, with straight
// apostrophes and single spaces.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u2019", "'", "\u2018", "'").Replace(foldCase(text))), " ")
}
