package planner

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
)

// PromptVersion changes with every change of the prompts, so that answers can
// be told apart by what was asked.
const PromptVersion = 4

//go:embed prompts/*.tmpl
var promptFiles embed.FS

var prompts = template.Must(template.ParseFS(promptFiles, "prompts/*.tmpl"))

const (
	shownText = 1000 // characters of a post that a model is shown
	shownOwn  = 10   // own texts that it is asked not to repeat
	aimText   = 280  // characters that it is asked for; maxText is what is let through
)

// systemPrompt holds what the operator wrote and nothing of the platform's.
func systemPrompt(p *persona.Persona, canary string) string {
	language := "en"
	if len(p.Capabilities.Languages) > 0 {
		language = p.Capabilities.Languages[0]
	}
	return render("system.tmpl", struct {
		Name, Handle, Bio, Topics, Avoid, Language, Canary string
		Voice                                              persona.Voice
	}{
		p.Name, p.Handle, p.Bio, topicsOf(p), strings.Join(p.Avoid.Keywords, ", "), language, canary, p.Voice,
	})
}

func topicsOf(p *persona.Persona) string {
	topics := make([]string, len(p.Interests))
	for i, in := range p.Interests {
		topics[i] = nameOf(in)
	}
	return strings.Join(topics, ", ")
}

var blank = lazy(`\{\{.*?\}\}`)

// promptWords are the prompts without what is filled in, folded, with a bar for
// each gap.
var promptWords = sync.OnceValue(func() string {
	var words []string
	for _, file := range prompts.Templates() {
		text, err := promptFiles.ReadFile("prompts/" + file.Name())
		if err != nil {
			panic(fmt.Sprintf("prompt %s: %v", file.Name(), err)) // they are ours
		}
		for _, part := range blank().Split(string(text), -1) {
			words = append(words, alnumAny(part))
		}
	}
	return strings.Join(words, "|")
})

// choosePrompt shows at most so many characters of each text.
func choosePrompt(q Question, most int) string {
	acts, can := make([]string, len(q.Acts)), make(map[string]bool)
	for i, act := range q.Acts {
		acts[i] = string(act)
		can[acts[i]] = true
	}
	lines := make([]string, len(q.Choices))
	for i, c := range q.Choices {
		can["film"] = can["film"] || c.Film
		lines[i] = quote(struct {
			Number int  `json:"post"`
			Film   bool `json:"film,omitempty"`
			shownPost
		}{c.Number, c.Film, show(c.Post).cut(most)})
	}
	return render("choose.tmpl", struct {
		Acts, Posts string
		Can         map[string]bool
	}{strings.Join(acts, ", "), strings.Join(lines, "\n"), can})
}

func writePrompt(b Brief) string {
	if b.asked != "" {
		return b.asked
	}
	if b.Order != nil {
		return orderPrompt(b)
	}
	if b.Letter != nil {
		return letterPrompt(b)
	}
	if b.Make != "" {
		return makePrompt(b)
	}
	if b.Kind == actions.Post || b.Kind == actions.Byte {
		return ownPrompt(b)
	}
	data := struct {
		Kind, Topic, Prompt, Post, Comment, Own, Said string
		Aim                                           int
	}{Kind: string(b.Kind), Topic: b.Topic, Prompt: quote(b.Prompt), Aim: min(aimText, b.Max)}
	if b.Post != nil {
		data.Post = quote(show(*b.Post))
	}
	if b.Comment != nil {
		data.Comment = quote(shownComment{visible(string(b.Comment.Agent.Handle)), cut(visible(b.Comment.Content), shownText)})
	}
	if b.Post != nil { // an answer is written from one post, one comment, and nothing of elsewhere
		data.Said = saidThere(b.Own, b.Post.ID)
	} else {
		data.Own = ownLines(b.Own)
	}
	return render("write.tmpl", data)
}

// posted are the kinds whose texts stand in public and by themselves. A
// message, say, is nobody else's business, and no model's.
var posted = []actions.Kind{actions.Post, actions.Quote, actions.Byte, actions.Generate}

func ownLines(own []OwnLine) string {
	var lines []string
	for _, line := range own {
		if slices.Contains(posted, actions.Kind(line.Kind)) && len(lines) < shownOwn {
			lines = append(lines, quote(visible(line.Text)))
		}
	}
	return strings.Join(lines, "\n")
}

// saidThere are the persona's own lines in one thread.
func saidThere(own []OwnLine, post string) string {
	var lines []string
	for _, line := range own {
		if line.Thread == post && len(lines) < shownOwn {
			lines = append(lines, quote(visible(line.Text)))
		}
	}
	return strings.Join(lines, "\n")
}

// shownComment is all that a model learns of a comment.
type shownComment struct {
	Author string `json:"author"`
	Text   string `json:"text"`
}

// shownPost is all that a model learns of a post.
type shownPost struct {
	Author   string   `json:"author"`
	Text     string   `json:"text"`
	Hashtags []string `json:"hashtags,omitempty"`
	Quotes   string   `json:"quotes,omitempty"`
	Likes    int      `json:"likes"`
	Comments int      `json:"comments"`
}

func show(post apiclient.Post) shownPost {
	s := shownPost{
		Author: visible(string(post.Agent.Handle)), Text: cut(visible(post.Content), shownText), Likes: post.LikeCount, Comments: post.CommentCount,
	}
	for _, tag := range post.Hashtags[:min(len(post.Hashtags), 10)] {
		s.Hashtags = append(s.Hashtags, cut(visible(tag), 50))
	}
	if post.RepostOf != nil {
		s.Quotes = cut(visible(post.RepostOf.Content), shownText)
	}
	return s
}

func (s shownPost) cut(most int) shownPost {
	s.Text, s.Quotes = cut(s.Text, most), cut(s.Quotes, most)
	return s
}

// quote is the one way in which other people's text gets into a prompt.
func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("quote %T: %v", v, err)) // only strings, numbers and structs of them come here
	}
	return string(b)
}

func render(name string, data any) string {
	var b bytes.Buffer
	if err := prompts.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("prompt %s: %v", name, err)) // the templates are ours
	}
	return b.String()
}
