package sandbox

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"imagined/contract"
)

// sentence is something to say, with the tags that go under it.
type sentence struct {
	text string
	tags []string // none when they stand in the text
}

// speak publishes a post of the population, unless the agent has nothing new
// to say.
func (w *world) speak(r *rand.Rand, by *agent, id string, at time.Time) bool {
	text := w.compose(r, by, at)
	if text == "" {
		return false
	}
	p := &post{ID: id, Agent: by.ID, Text: text, Native: true, At: at}
	if !by.Hostile && r.IntN(6) == 0 {
		p.MediaType, p.Media = "IMAGE", []string{mediaPath("image", r.Uint64())}
	}
	by.Said++
	w.addPost(p)
	return true
}

// compose makes a post that nobody of the population has said for a day: of a
// sentence that nobody used for a day, as long as there is one. Hostile agents
// say in turn what they were given to say.
func (w *world) compose(r *rand.Rand, by *agent, at time.Time) string {
	if by.Hostile && len(w.Attacks) > 0 && by.Said%2 == 1 {
		first := by.Said/2 + 17*slices.Index(w.Agents, by)
		return w.unheard(at, true, func(try int) string { return w.Attacks[(first+try)%len(w.Attacks)] })
	}
	list, own := stock(by)
	chosen, used := w.leastUsed(list, own, by.Said, at)
	text := w.unheard(at, true, func(int) string { return w.phrase(r, by, chosen, used && !by.Hostile) })
	if text != "" {
		w.Told[chosen.key()] = at
	}
	return text
}

// phrase makes a post of a sentence. One that was used before is put in other
// words.
func (w *world) phrase(r *rand.Rand, by *agent, chosen sentence, used bool) string {
	text := fill(r, chosen.text, map[string]string{"friend": w.accomplice(by).Handle})
	if used {
		text = fill(r, say(r, openers, by.Language), nil) + text
	}
	if len(chosen.tags) == 0 {
		return text
	}
	if r.IntN(8) == 0 {
		if to := w.natives()[r.IntN(len(w.natives()))]; to != by && !to.Hostile {
			text += fill(r, say(r, asides, "en"), map[string]string{"author": to.Handle})
		}
	}
	first := r.IntN(len(chosen.tags))
	text += " #" + chosen.tags[first]
	if r.IntN(2) == 0 {
		text += " #" + chosen.tags[(first+1)%len(chosen.tags)]
	}
	return text
}

// stock lists what an agent can say; the first of them, as many as own, are on
// what it likes best.
func stock(by *agent) (out []sentence, own int) {
	if by.Hostile {
		for _, text := range hostilePosts[by.Role] {
			out = append(out, sentence{text: text})
		}
		return out, len(out)
	}
	first, second := topicNamed(by.Topics[0]), topicNamed(by.Topics[1])
	if by.Said%4 == 3 {
		first, second = second, first
	}
	native := foreign[by.Language]
	for i, t := range append([]topic{first, second}, topics...) {
		for _, text := range native[t.name] {
			out = append(out, sentence{text: text})
		}
		if native == nil && i < 2 {
			for _, text := range t.posts {
				out = append(out, sentence{text, t.tags})
			}
		}
		if i == 0 {
			own = len(out)
		}
	}
	return out, own
}

func (s sentence) key() string { return strconv.FormatUint(fingerprint(s.text), 36) }

// leastUsed picks the first sentence that was not used for a day, or else the
// one that was used longest ago. The agent's own come first, from its turn on.
func (w *world) leastUsed(list []sentence, own, turn int, at time.Time) (chosen sentence, used bool) {
	var oldest time.Time
	for i, s := range list {
		if i < own {
			s = list[(turn+i)%own]
		}
		last, ever := w.Told[s.key()]
		if !ever || at.Sub(last) >= day24 {
			return s, false
		}
		if i == 0 || last.Before(oldest) {
			chosen, oldest = s, last
		}
	}
	return chosen, true
}

// remark is what an agent says of a post.
func (w *world) remark(r *rand.Rand, by *agent, p *post, try int) string {
	author, subject := w.agents[p.Agent], "writing"
	if len(p.Hashtags) > 0 {
		subject = p.Hashtags[r.IntN(len(p.Hashtags))]
	}
	given := map[string]string{"author": author.Handle, "subject": subject, "friend": w.accomplice(by).Handle}
	if by.Hostile {
		return hostileLine(r, by, given)
	}
	language := "en"
	if author.Language == by.Language || r.IntN(3) == 0 {
		language = by.Language
	}
	return double(r, remarks, language, given, try)
}

// answer is what an agent says to whom commented.
func (w *world) answer(r *rand.Rand, by, to *agent, try int) string {
	given := map[string]string{"author": to.Handle, "friend": w.accomplice(by).Handle}
	if by.Hostile {
		return hostileLine(r, by, given)
	}
	return double(r, replies, by.Language, given, try)
}

// quip is what an agent says above a post that it quotes.
func (w *world) quip(r *rand.Rand, by *agent, p *post) string {
	given := map[string]string{"author": w.agents[p.Agent].Handle, "friend": w.accomplice(by).Handle}
	if by.Hostile {
		return hostileLine(r, by, given)
	}
	return fill(r, say(r, quips, by.Language), given)
}

// callOut is a post that speaks to a client.
func (w *world) callOut(r *rand.Rand, by, client *agent) string {
	given := map[string]string{"author": client.Handle, "friend": w.accomplice(by).Handle}
	if by.Hostile {
		return "@" + client.Handle + " " + hostileLine(r, by, given)
	}
	return fill(r, say(r, callOuts, by.Language), given) + " #" + topicNamed(by.Topics[0]).tags[0]
}

// whisper is a direct message: the n-th of a conversation, or an answer in it.
func (w *world) whisper(r *rand.Rand, by *agent, reply bool, n int) string {
	list := whispers
	if reply {
		list = whisperReplies
	}
	if by.Hostile {
		own := hostileWhispers[by.Role]
		return fill(r, own[n%len(own)], map[string]string{"friend": w.accomplice(by).Handle})
	}
	return fill(r, say(r, list, by.Language), map[string]string{"subject": by.Topics[0]})
}

func hostileLine(r *rand.Rand, by *agent, given map[string]string) string {
	own := hostileLines[by.Role]
	return fill(r, own[r.IntN(len(own))], given)
}

// accomplice is another hostile agent of the same kind, or the agent itself.
func (w *world) accomplice(of *agent) *agent {
	natives := w.natives()
	at := slices.Index(natives, of)
	for i := range natives {
		if a := natives[(at+1+i)%len(natives)]; a.Hostile && of.Hostile && a.Role == of.Role {
			return a
		}
	}
	return of
}

// double says one sentence of a list, and two once that was not enough to be
// new.
func double(r *rand.Rand, lists map[string][]string, language string, given map[string]string, try int) string {
	first, second := say(r, lists, language), say(r, lists, language)
	text := fill(r, first, given)
	if try >= 3 && first != second {
		text += " " + fill(r, second, given)
	}
	return text
}

func knownTopic(name string) bool {
	return slices.ContainsFunc(topics, func(t topic) bool { return t.name == name })
}

func topicNamed(name string) topic {
	return topics[slices.IndexFunc(topics, func(t topic) bool { return t.name == name })]
}

// say draws a sentence in a language, or in English when there is none.
func say(r *rand.Rand, lists map[string][]string, language string) string {
	list := lists[language]
	if list == nil {
		list = lists["en"]
	}
	return list[r.IntN(len(list))]
}

// usable makes texts of a corpus fit for posts: valid, not empty and short
// enough in both units in which the platform may count.
func usable(texts []string) (out []string) {
	for _, text := range texts {
		text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
		units := 0
		for i, c := range text {
			if units += utf16.RuneLen(c); units > contract.MaxPost {
				text = text[:i]
				break
			}
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

var slot = regexp.MustCompile(`\{([a-z]+)\}`)

// fill puts words in the slots of a sentence: given ones, a number, or one of
// the slot's own list.
func fill(r *rand.Rand, sentence string, given map[string]string) string {
	return slot.ReplaceAllStringFunc(sentence, func(s string) string {
		name := strings.Trim(s, "{}")
		switch {
		case given[name] != "":
			return given[name]
		case name == "number":
			return strconv.Itoa(3 + r.IntN(94))
		}
		return slots[name][r.IntN(len(slots[name]))]
	})
}
