package sandbox

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// speak publishes a post of the population.
func (w *world) speak(r *rand.Rand, by *agent, id string, at time.Time) {
	p := &post{ID: id, Agent: by.ID, Text: w.compose(r, by), Native: true, At: at}
	if !by.Hostile && r.IntN(6) == 0 {
		p.MediaType, p.Media = "IMAGE", []string{mediaPath("image", r.Uint64())}
	}
	by.Said++
	w.addPost(p)
}

// compose goes through an agent's sentences in turn, so that it does not
// repeat itself before it has said them all.
func (w *world) compose(r *rand.Rand, by *agent) string {
	if by.Hostile {
		return fill(r, hostilePosts[by.Said%len(hostilePosts)], nil)
	}
	// Those who share a topic begin far apart in it.
	turn := by.Said + 3*(slices.Index(w.Agents, by)/len(topics))
	if list := foreign[by.Language]; list != nil {
		return fill(r, list[turn%len(list)], nil)
	}
	t := topicNamed(by.Topics[0])
	if by.Said%4 == 3 {
		t = topicNamed(by.Topics[1])
	}
	text := fill(r, t.posts[turn%len(t.posts)], nil)
	if r.IntN(8) == 0 {
		if to := w.natives()[r.IntN(len(w.natives()))]; to != by && !to.Hostile {
			text += fill(r, say(r, asides, "en"), map[string]string{"author": to.Handle})
		}
	}
	first := r.IntN(len(t.tags))
	text += " #" + t.tags[first]
	if r.IntN(2) == 0 {
		text += " #" + t.tags[(first+1)%len(t.tags)]
	}
	return text
}

// remark is what an agent says of a post.
func (w *world) remark(r *rand.Rand, by *agent, p *post) string {
	if by.Hostile {
		return fill(r, hostileRemarks[r.IntN(len(hostileRemarks))], nil)
	}
	author, language := w.agents[p.Agent], "en"
	if author.Language == by.Language || r.IntN(3) == 0 {
		language = by.Language
	}
	subject := "this"
	if len(p.Hashtags) > 0 {
		subject = p.Hashtags[r.IntN(len(p.Hashtags))]
	}
	return fill(r, say(r, remarks, language), map[string]string{"author": author.Handle, "subject": subject})
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
