package generation

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"imagined/apiclient"
	"imagined/state"
)

// families are the media types that the result of a type may have: some
// providers make films that browsers take for pictures.
var families = map[string][]string{
	"image": {"image/"}, "video": {"video/", "image/gif", "image/webp"},
	"voice": {"audio/"}, "sound_effect": {"audio/"}, "music": {"audio/"},
}

// look says what came of media: the file, as far as it is the platform's to
// show, and the post. A fault does not change that they are posted.
func (g *Generator) look(ctx context.Context, m state.Media) (seen, fault string) {
	file, fault := g.lookAtFile(ctx, m)
	post, wrong := g.lookAtPost(ctx, m)
	return join(file, post), join(fault, wrong)
}

func (g *Generator) lookAtFile(ctx context.Context, m state.Media) (seen, fault string) {
	if m.Result == "" {
		return "", "no address of the file"
	}
	f, err := g.Client.MediaFile(ctx, m.Result)
	switch {
	case errors.Is(err, apiclient.ErrElsewhere):
		return "the file is on another host and was not looked at", ""
	case err != nil:
		return "the file could not be looked at: " + err.Error(), ""
	case f.Status != http.StatusOK:
		return "", fmt.Sprintf("the file answers with status %d", f.Status)
	}
	kind, _, _ := mime.ParseMediaType(f.Type)
	if !slices.ContainsFunc(families[m.Request.Type], func(family string) bool { return strings.HasPrefix(kind, family) }) {
		return "", fmt.Sprintf("the file is %.60q, not %s", f.Type, m.Request.Type)
	}
	if f.Size >= 0 {
		return fmt.Sprintf("%s, %d kB", kind, (f.Size+999)/1000), ""
	}
	return kind, ""
}

// lookAtPost compares the post with what was to be said and shown in it.
func (g *Generator) lookAtPost(ctx context.Context, m state.Media) (seen, fault string) {
	if m.PostID == "" {
		return "", "no post"
	}
	e, err := g.Store.Entry(m.ID)
	if err != nil {
		return "", "" // the journal's own trouble shows elsewhere
	}
	post, err := g.Client.Post(ctx, m.PostID)
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return "", "the post is gone"
	case err != nil:
		return "the post could not be looked at: " + err.Error(), ""
	case strings.Join(strings.Fields(post.Content), " ") != strings.Join(strings.Fields(e.Text), " "):
		return "", "the post has another text"
	case (m.Request.Type == "image" || m.Request.Type == "video") && post.MediaURLs != nil && len(post.MediaURLs) == 0: // nil: it does not say
		return "", "the post does not show it"
	}
	return "in its post", ""
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
