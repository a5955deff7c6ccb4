package simulate

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

//go:embed books/*.txt
var books embed.FS

// Author stands in for a model: it answers the program's requests in the words
// of a phrase book that was written for one persona. It says each line once;
// when there is none left, it has nothing to say, unless it is Endless. It is for one goroutine.
type Author struct {
	Calls  int // requests so far
	Tokens int // a quarter of the characters that were asked and said
	// Asked sees each request; may be nil.
	Asked func(request string)
	// Endless: it goes on in a language of its own when the book is over.
	Endless bool

	rand *rand.Rand
	book map[string][]string // what is left, by the kind of text
}

// NewAuthor opens the book of a persona.
func NewAuthor(handle string) (*Author, error) {
	text, err := books.ReadFile("books/" + handle + ".txt")
	if err != nil {
		return nil, fmt.Errorf("no phrase book: %w", err)
	}
	a := &Author{rand: rand.New(rand.NewPCG(seedOf(handle), 7)), book: make(map[string][]string)} //nolint:gosec // chance, not secrecy
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			a.book[section] = append(a.book[section], line)
		}
	}
	return a, nil
}

// RoundTrip answers as a server that speaks OpenAI's chat completions.
func (a *Author) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	a.Calls++
	if a.Asked != nil {
		a.Asked(string(body))
	}
	var asked struct {
		Messages []struct{ Content string }
	}
	if err := json.Unmarshal(body, &asked); err != nil || len(asked.Messages) < 2 {
		return nil, fmt.Errorf("the request is not understood: %s: %w", body, err)
	}
	prompt := asked.Messages[1].Content
	content := a.answer(prompt)
	in, said := len(body)/4, len(content)/4
	a.Tokens += in + said
	out, err := json.Marshal(map[string]any{
		"id": fmt.Sprintf("c%d", a.Calls), "object": "chat.completion",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content}}},
		"usage":   map[string]any{"prompt_tokens": in, "completion_tokens": said, "total_tokens": in + said},
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(out)), Request: r,
	}, nil
}

// occasions tell from its first words what a prompt asks for.
var occasions = []struct{ begins, section string }{
	{"Write a comment on this post", "comment"},
	{"Answer this comment", "reply"},
	{"Write the caption for something you made", "caption"},
	{"Write your first post here", "intro"},
	{"Write a post of your own", "post"},
	{"Write the caption of a short film", "film"},
	{"Describe ", "make"},
	{"Write what you say aloud", "spoken"},
	{"Somebody has ordered something", "prompt"},
	{"Somebody has ordered a text", "deliver"},
	{"Somebody has ordered something from you, and it is made", "note"},
	{"A buyer has written to you", "order"},
	{"An agent has written to you", "message"},
	{"You may write to an agent", "message"},
	{"Write what you say about this post", "quote"},
	{"Write a comment on this short film", "comment"},
}

func (a *Author) answer(prompt string) string {
	if strings.HasPrefix(prompt, "Pick the posts") {
		return a.choose(prompt)
	}
	section := ""
	for _, o := range occasions {
		if strings.HasPrefix(prompt, o.begins) {
			section = o.section // the last that fits is the most exact
		}
	}
	out, err := json.Marshal(map[string]string{"text": a.write(section, prompt)})
	if err != nil {
		panic(err) // strings always encode
	}
	return string(out)
}

var mention = regexp.MustCompile(`@[a-z0-9_]+`)

// about is the subject that a prompt names.
var about = regexp.MustCompile(`(?:about|its subject is|Its subject:) ([^:;.\n]+)`)

// write takes a line from the book: one of the section with the subject where
// there is one, else of the section.
func (a *Author) write(section, prompt string) string {
	heard := mention.ReplaceAllString(strangers(prompt), "")
	if suspicious(heard) {
		return ""
	}
	if strings.Contains(prompt, "comes with it shows") && len(a.book["picture"]) > 0 {
		section = "picture"
	}
	if m := about.FindStringSubmatch(prompt); m != nil && len(a.book[section+" "+m[1]]) > 0 {
		section += " " + m[1]
	}
	lines := a.book[section]
	switch {
	case len(lines) == 0 && a.Endless:
		return a.babble()
	case len(lines) == 0:
		return ""
	}
	phrase, i := a.phrase(heard), a.rand.IntN(len(lines))
	for n := 0; phrase == "" && strings.Contains(lines[i], "{phrase}"); n++ {
		if n == len(lines) {
			return ""
		}
		i = (i + 1) % len(lines)
	}
	line := lines[i]
	a.book[section] = slices.Delete(lines, i, i+1)
	return strings.NewReplacer("{phrase}", phrase, `\n`, "\n").Replace(line)
}

// babble is a sentence in no language.
func (a *Author) babble() string {
	var words []string
	for range 8 {
		word := ""
		for range 2 + a.rand.IntN(3) {
			word += string("bdfgklmnprstvz"[a.rand.IntN(14)]) + string("aeiou"[a.rand.IntN(5)])
		}
		words = append(words, word)
	}
	return strings.Join(words, " ") + "."
}

// texts are the JSON strings of strangers in a prompt.
var texts = regexp.MustCompile(`"text":("(?:[^"\\]|\\.)*")`)

// strangers is what the prompt shows of others: the last of a conversation,
// else the first text.
func strangers(prompt string) string {
	all := texts.FindAllStringSubmatch(prompt, -1)
	if len(all) == 0 {
		return ""
	}
	m := all[0]
	if strings.HasPrefix(prompt, "An agent has written") {
		m = all[len(all)-1]
	}
	var text string
	_ = json.Unmarshal([]byte(m[1]), &text) // it matched
	return text
}

// suspicious is what this author does not answer.
func suspicious(text string) bool {
	return bait.MatchString(text)
}

var bait = regexp.MustCompile(`(?i)https?:|ignore|instruction|prompt|token|password|api.key|wallet|airdrop|guaranteed|follow|free |amplify|DM open|day \d+ of|case \d+|number \d+ of my|worth reading`)

// weak are words at which no phrase begins or ends.
var weak = strings.Fields("a an the and or of to in on at by for from with is it its was were be been that this than then as if so but not no have has i you we he she they my your our had did do does am are what how who why when where which there here")

// phrase takes two to five words in a row out of a text.
func (a *Author) phrase(text string) string {
	var clauses []string
	for clause := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return strings.ContainsRune(".,;:!?/()\"\u201c\u201d\n\u3002\uff0c\u3001\uff1b\uff1f", r)
	}) {
		clause = strings.TrimSpace(clause)
		words := strings.Fields(clause)
		switch {
		case strings.ContainsAny(clause, "@#{}<>[]|"):
		case len(words) >= 2 && len(words) <= 5, len(words) == 1 && unicode.Is(unicode.Han, []rune(clause)[0]) && len([]rune(clause)) >= 4 && len([]rune(clause)) <= 12:
			clauses = append(clauses, lower(clause))
		case len(words) > 5:
			at := a.rand.IntN(len(words) - 3)
			words = words[at : at+4]
			for len(words) > 0 && slices.Contains(weak, strings.ToLower(words[0])) {
				words = words[1:]
			}
			for len(words) > 0 && slices.Contains(weak, strings.ToLower(words[len(words)-1])) {
				words = words[:len(words)-1]
			}
			if len(words) >= 2 {
				clauses = append(clauses, lower(strings.Join(words, " ")))
			}
		}
	}
	if len(clauses) == 0 {
		return ""
	}
	return clauses[a.rand.IntN(len(clauses))]
}

func lower(s string) string {
	rs := []rune(s)
	if len(rs) > 1 && unicode.IsLower(rs[1]) {
		rs[0] = unicode.ToLower(rs[0])
	}
	return string(rs)
}

var (
	shown = regexp.MustCompile(`(?m)^\{"post":(\d+),.*$`)
	acts  = regexp.MustCompile(`(?m)^What you can do: (.*)\.$`)
)

// choose likes some posts, and says something about fewer.
func (a *Author) choose(prompt string) string {
	type decision struct {
		Post int    `json:"post"`
		Act  string `json:"act"`
		Why  string `json:"why"`
	}
	decisions := []decision{}
	var possible []string
	if m := acts.FindStringSubmatch(prompt); m != nil {
		possible = strings.Split(m[1], ", ")
	}
	for _, line := range shown.FindAllString(prompt, -1) {
		var post struct {
			Post int
			Text string
		}
		if err := json.Unmarshal([]byte(line), &post); err != nil || suspicious(post.Text) || a.rand.IntN(3) > 0 || len(decisions) > 4 {
			continue
		}
		phrase := a.phrase(post.Text)
		if phrase == "" {
			continue
		}
		if slices.Contains(possible, "like") {
			decisions = append(decisions, decision{post.Post, "like", "for \u201c" + phrase + "\u201d"})
		}
		if act := possible[a.rand.IntN(len(possible))]; act != "like" && a.rand.IntN(2) == 0 {
			decisions = append(decisions, decision{post.Post, act, "more than a like for \u201c" + phrase + "\u201d"})
		}
	}
	out, err := json.Marshal(map[string]any{"decisions": decisions})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return string(out)
}
