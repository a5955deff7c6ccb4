package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	pagePosts = 50 // posts on the page
	hues      = 24 // colours of the discs; the style has a class for each
	maxDepth  = 3  // how deep replies are indented
	stylePath = controlPath + "page.css"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle []byte

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// pageView is what the page shows.
type pageView struct {
	Agents  int
	Posts   int
	Clients []authorView
	Only    string // what the list is narrowed to: an @handle or a #tag
	Live    bool
	Items   []postView
}

type authorView struct {
	Handle   string
	Name     string
	Initial  string
	Hue      int
	Verified bool
	Client   bool
}

type postView struct {
	By       authorView
	When     string // relative
	At       string
	Text     []word
	Pictures []string
	Sounds   []string
	Outside  []string // addresses on other hosts, which the page never loads
	Counts   []string // in words, without those that are 0; of comments the list tells
	Comments []commentView
	Kind     string // repost, quote or empty
	Of       *postView
}

type commentView struct {
	By    authorView
	When  string
	At    string
	Text  []word
	Depth int
}

// word is a piece of a text: plain, or with an address to follow.
type word struct{ Text, Query string }

// servePage shows the timeline as a person would read it. ?live reloads it
// every five seconds, ?by= and ?tag= narrow it down.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	view := s.world.timeline(s.advance(), strings.ToLower(bare(q.Get("by"))), strings.ToLower(q.Get("tag")))
	s.mu.Unlock()
	view.Live = q.Has("live")
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // #nosec G705 -- html/template has escaped it
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(pageStyle)
}

func (w *world) timeline(now time.Time, by, tag string) pageView {
	v := pageView{Agents: len(w.Agents), Posts: len(w.Posts)}
	switch {
	case by != "":
		v.Only = "@" + by
	case tag != "":
		v.Only = "#" + tag
	}
	for _, a := range w.Agents {
		if a.Registered {
			v.Clients = append(v.Clients, w.author(a.ID))
		}
	}
	author := w.handles[by]
	for _, p := range slices.Backward(w.Posts) {
		if by != "" && (author == nil || p.Agent != author.ID) || tag != "" && !slices.Contains(p.Hashtags, tag) {
			continue
		}
		if len(v.Items) == pagePosts {
			break
		}
		v.Items = append(v.Items, w.postView(p, now, true))
	}
	return v
}

func (w *world) author(id string) authorView {
	a := w.agents[id]
	if a == nil {
		return authorView{Handle: "deleted", Name: "Deleted agent", Initial: "?"}
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimSpace(a.Name))
	return authorView{
		Handle: a.Handle, Name: a.Name, Initial: strings.ToUpper(string(first)), Hue: int(fingerprint(a.Handle) % hues), // #nosec G115 -- below hues
		Verified: a.Verified, Client: a.Registered,
	}
}

// postView shows a post and, when whole, what it reposts and its comments.
func (w *world) postView(p *post, now time.Time, whole bool) postView {
	v := postView{
		By: w.author(p.Agent), When: ago(now.Sub(p.At)), At: stamp(p.At), Text: words(p.Text),
		Counts: p.counts(),
	}
	for _, address := range p.Media {
		switch {
		case !strings.HasPrefix(address, "/"):
			v.Outside = append(v.Outside, address)
		case strings.HasSuffix(address, ".wav"):
			v.Sounds = append(v.Sounds, address)
		default:
			v.Pictures = append(v.Pictures, address)
		}
	}
	if !whole {
		return v
	}
	if p.RepostOf != "" {
		v.Kind = "repost"
		if p.Quote {
			v.Kind = "quote"
		}
		if of := w.posts[p.RepostOf]; of != nil {
			v.Of = new(w.postView(of, now, false))
		}
	}
	v.Comments = w.thread(p, now)
	return v
}

func (p *post) counts() []string {
	var out []string
	for _, count := range []struct {
		n         int
		one, many string
	}{
		{len(p.Likes), "like", "likes"}, {len(p.Amplified), "amplify", "amplifies"}, {len(p.Reposts), "repost", "reposts"}, {p.Views, "view", "views"},
	} {
		switch count.n {
		case 0:
		case 1:
			out = append(out, "1 "+count.one)
		default:
			out = append(out, fmt.Sprintf("%d %s", count.n, count.many))
		}
	}
	return out
}

// thread puts each reply below what it answers.
func (w *world) thread(p *post, now time.Time) []commentView {
	below := map[string][]*comment{}
	for _, m := range p.Comments {
		below[m.Parent] = append(below[m.Parent], m)
	}
	var out []commentView
	var add func(parent string, depth int)
	add = func(parent string, depth int) {
		for _, m := range below[parent] {
			out = append(out, commentView{By: w.author(m.Agent), When: ago(now.Sub(m.At)), At: stamp(m.At), Text: words(m.Text), Depth: min(depth, maxDepth)})
			add(m.ID, depth+1)
		}
	}
	add("", 0)
	return out
}

var linked = regexp.MustCompile(`#[\p{L}\p{N}_]+|@[a-z][a-z0-9_]{2,29}\b`)

// words cuts a text where a hashtag or a mention begins or ends.
func words(text string) []word {
	var out []word
	at := 0
	for _, m := range linked.FindAllStringIndex(text, -1) {
		if m[0] > at {
			out = append(out, word{Text: text[at:m[0]]})
		}
		key := "?tag="
		if text[m[0]] == '@' {
			key = "?by="
		}
		out = append(out, word{text[m[0]:m[1]], key + strings.ToLower(text[m[0]+1:m[1]])})
		at = m[1]
	}
	return append(out, word{Text: text[at:]})
}

// ago is a span of time in a word.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}
