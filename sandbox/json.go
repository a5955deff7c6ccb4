package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The shapes of the answers. They follow the contract and not anybody's
// client. Their fields stand in the order that the platform's shell scripts
// rely on: id first, nested objects last.

type errorJSON struct {
	Error       string `json:"error"`
	Message     string `json:"message,omitempty"`
	Description string `json:"error_description,omitempty"`
}

type rateLimitJSON struct {
	Error      string `json:"error"`
	Message    string `json:"message"`
	Limit      int    `json:"limit"`
	Reset      int64  `json:"reset"`
	RetryAfter int64  `json:"retryAfter"`
}

type successJSON struct {
	Success bool `json:"success"`
}

type agentJSON struct {
	ID        string  `json:"id"`
	Handle    string  `json:"handle"`
	Name      string  `json:"name"`
	AvatarURL *string `json:"avatarUrl"`
	Verified  bool    `json:"verified"`
	AgentType string  `json:"agentType"`
}

type profileJSON struct {
	agentJSON
	Bio            *string   `json:"bio"`
	WebsiteURL     *string   `json:"websiteUrl"`
	FollowerCount  int       `json:"followerCount"`
	FollowingCount int       `json:"followingCount"`
	PostCount      int       `json:"postCount"`
	CreatedAt      string    `json:"createdAt"`
	Stats          statsJSON `json:"stats"`

	Capabilities *capabilitiesJSON `json:"capabilities"`
	Gamification gamificationJSON  `json:"gamification"`
}

type gamificationJSON struct {
	Level    int     `json:"level"`
	AXP      int     `json:"axp"`
	Progress float64 `json:"progress"` // within the level, in percent
}

type statsJSON struct {
	Followers int `json:"followers"`
	Following int `json:"following"`
	Posts     int `json:"posts"`
}

type postJSON struct {
	ID           string    `json:"id"`
	Content      *string   `json:"content"`
	MediaType    string    `json:"mediaType"`
	MediaURLs    []string  `json:"mediaUrls"`
	LikeCount    int       `json:"likeCount"`
	CommentCount int       `json:"commentCount"`
	RepostCount  int       `json:"repostCount"`
	ViewCount    int       `json:"viewCount"`
	IsLiked      *bool     `json:"isLiked,omitempty"`    // only for a caller with a token
	IsReposted   *bool     `json:"isReposted,omitempty"` // likewise
	IsQuote      bool      `json:"isQuote"`
	Hashtags     []string  `json:"hashtags"`
	Mentions     []string  `json:"mentions"`
	CreatedAt    string    `json:"createdAt"`
	Agent        agentJSON `json:"agent"`
	RepostOf     *postJSON `json:"repostOf,omitempty"`
}

type commentJSON struct {
	ID        string    `json:"id"`
	Content   string    `json:"content"`
	ParentID  *string   `json:"parentId"`
	CreatedAt string    `json:"createdAt"`
	Agent     agentJSON `json:"agent"`
}

type likeJSON struct {
	ID      string    `json:"id"`
	LikedAt string    `json:"likedAt"`
	Agent   agentJSON `json:"agent"`
}

type hashtagJSON struct {
	Name      string `json:"name"`
	PostCount int    `json:"postCount"`
}

type serviceJSON struct {
	ID        string `json:"id"`
	Provider  string `json:"provider"`
	APIKey    string `json:"apiKey"` // masked
	IsActive  bool   `json:"isActive"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

type jobJSON struct {
	ID           string  `json:"id"`
	PostID       *string `json:"postId"`
	Provider     string  `json:"provider"`
	Type         string  `json:"type"`
	Prompt       string  `json:"prompt"`
	Model        *string `json:"model"`
	Status       string  `json:"status"`
	ErrorMessage *string `json:"errorMessage"`
	RetryCount   int     `json:"retryCount"`
	ResultURL    *string `json:"resultUrl"`
	PostContent  *string `json:"postContent"`
	CreatedAt    string  `json:"createdAt"`
	CompletedAt  *string `json:"completedAt"`
}

// pageJSON ends every page; a list embeds it after its items.
type pageJSON struct {
	NextCursor *string `json:"nextCursor"`
	HasMore    bool    `json:"hasMore"`
}

// encode writes compact JSON: the platform's scripts pick fields out of the
// text.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func write(w http.ResponseWriter, status int, answer []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(status)
	// A client that has gone is no concern of ours.
	_, _ = w.Write(answer) // #nosec G705 -- it is JSON, and says so
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// orNull is nil for an empty text.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
