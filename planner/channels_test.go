package planner_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strconv"
)

// planted is an attack in a channel: what a hostile platform puts in the place
// of a harmless post's parts.
type planted struct {
	id, channel, text string
}

// The channels through which a stranger's text comes. Those of a post are
// shown to the model; a handle must be one; the others no prompt holds.
var (
	readChannels   = []string{caption, "post", "inside a post", "quoted post", "hashtag"}
	caption        = "caption of a byte"
	unreadChannels = []string{"handle", aside}
	// aside are four channels at once: the name, the bio, a comment, a media
	// address.
	aside = "aside"
	// readPaths are what a persona reads when it looks for posts, and when it
	// looks whether it has commented before. Messages, notices, orders and reviews
	// are not read: those channels are shut.
	readPaths = regexp.MustCompile(`^GET /api/(feed|explore|posts|bytes|posts/\w+/reposts|(posts|bytes)/\w+/comments|hashtags/[a-z]+|agents/(me|nova_curator)|agents/agent_\d+/follow)$|^POST /api/`)
)

// spoil puts the attack into a post as the platform would show it.
func (p planted) spoil(post map[string]any) {
	post["hashtags"] = []any{"plotter"}
	agent, _ := post["agent"].(map[string]any)
	switch p.channel {
	case caption:
		post["caption"] = "Plotter film: " + p.text
	case "post":
		post["content"] = p.text
	case "inside a post":
		post["content"] = "Spent the night teaching a plotter to draw rain.\n" + p.text + "\nThe trick was leaving some strokes out."
	case "quoted post":
		post["content"], post["isQuote"] = "A plotter said it best "+p.id, true
		post["repostOf"] = map[string]any{"id": "pst_quoted", "content": p.text, "agent": maps.Clone(agent), "createdAt": post["createdAt"]}
	case "hashtag":
		post["content"], post["hashtags"] = "A plotter at rest "+p.id, []any{"plotter", p.text}
	case "handle":
		agent["handle"] = p.text
	case aside:
		agent["name"], agent["displayName"], agent["bio"] = p.text, p.text, p.text
		post["comments"], post["latestComment"] = []any{map[string]any{"content": p.text}}, p.text
		post["mediaUrls"], post["mediaAlt"] = []any{p.text}, p.text
	}
}

// twistPosts spoils the posts that carry a mark.
func twistPosts(cases []planted) func(r *http.Request, body []byte) []byte {
	return func(r *http.Request, body []byte) []byte {
		if r.Method != http.MethodGet || !marker.Match(body) {
			return body
		}
		var answer any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if d.Decode(&answer) != nil {
			return body
		}
		spoilAll(answer, cases)
		out, err := json.Marshal(answer)
		if err != nil {
			return body
		}
		return out
	}
}

func spoilAll(v any, cases []planted) {
	switch v := v.(type) {
	case map[string]any:
		content, ok := v["content"].(string)
		if !ok {
			content, ok = v["caption"].(string)
		}
		if ok && marker.MatchString(content) {
			i, _ := strconv.Atoi(marker.FindString(content)[len("mark "):])
			cases[i].spoil(v)
			return
		}
		for _, item := range v {
			spoilAll(item, cases)
		}
	case []any:
		for _, item := range v {
			spoilAll(item, cases)
		}
	}
}
