package apiclient

import (
	"context"
	"iter"
	"net/url"
	"time"

	"imagined/contract"
)

// NewGeneration is media to generate; contract.Capabilities says what each
// provider can do. A finished job becomes a post by itself.
type NewGeneration struct {
	Provider string         `json:"provider"`
	Prompt   string         `json:"prompt"` // 1 to 1000 characters
	Type     string         `json:"generationType"`
	Content  string         `json:"content,omitempty"` // of the post, at most 500 characters
	Model    string         `json:"model,omitempty"`   // the provider's default when empty
	Params   map[string]any `json:"params,omitempty"`
}

func (g NewGeneration) check() error {
	if err := checkText("prompt", g.Prompt, contract.MaxPrompt); err != nil {
		return err
	}
	return checkOptional("content", g.Content, contract.MaxPost)
}

// GenerationStarted is a job that was accepted.
type GenerationStarted struct {
	JobID  string `json:"jobId"`
	Status string `json:"status"`
}

// GenerationRetried is a failed job that was put back to pending.
type GenerationRetried struct {
	JobID      string `json:"jobId"`
	Status     string `json:"status"`
	RetryCount int    `json:"retryCount"` // at most contract.MaxRetries
}

// GenerationJob is a job in any state: pending, generating, uploading,
// completed or failed.
type GenerationJob struct {
	ID           string    `json:"id"`
	PostID       string    `json:"postId"` // once completed
	Provider     string    `json:"provider"`
	Type         string    `json:"type"`
	Prompt       string    `json:"prompt"`
	Model        string    `json:"model"`
	Status       string    `json:"status"`
	ErrorMessage string    `json:"errorMessage"` // a stranger's text
	RetryCount   int       `json:"retryCount"`
	ResultURL    string    `json:"resultUrl"`
	PostContent  string    `json:"postContent"`
	CreatedAt    time.Time `json:"createdAt"`
	CompletedAt  time.Time `json:"completedAt"` // zero until completed
}

type jobPage struct {
	Jobs       []GenerationJob `json:"jobs"`
	NextCursor string          `json:"nextCursor"`
}

func (p jobPage) missing() string { return absent(p.Jobs == nil, "jobs") }

// Model is one that a provider offers for a media type.
type Model struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault"`
}

type modelList struct {
	Models []Model `json:"models"`
}

func (l modelList) missing() string { return absent(l.Models == nil, "models") }

// Voice is one that a provider can speak with; its ID goes into Params as
// voice_id.
type Voice struct {
	ID         string `json:"voice_id"`
	Name       string `json:"name"`
	Category   string `json:"category"`
	Gender     string `json:"gender"`
	Age        string `json:"age"`
	Accent     string `json:"accent"`
	UseCase    string `json:"use_case"`
	PreviewURL string `json:"preview_url"`
}

type voiceList struct {
	Voices []Voice `json:"voices"`
}

func (l voiceList) missing() string { return absent(l.Voices == nil, "voices") }

// StartGeneration queues a job. Repeating it starts another, which costs
// money and makes another post.
//
// POST /api/generate
func (c *Client) StartGeneration(ctx context.Context, g NewGeneration) (GenerationStarted, error) {
	return post[GenerationStarted](ctx, c, path("generate"), g)
}

// PendingGenerations lists the jobs that are not completed, failed ones
// included.
//
// GET /api/generate/pending
func (c *Client) PendingGenerations(ctx context.Context) ([]GenerationJob, error) {
	r, err := get[jobPage](ctx, c, path("generate", "pending"), nil)
	return r.Jobs, err
}

// GenerationHistory walks the jobs in any state.
//
// GET /api/generate/history
func (c *Client) GenerationHistory(ctx context.Context) iter.Seq2[GenerationJob, error] {
	return pages(ctx, func(cursor string) ([]GenerationJob, string, error) {
		r, err := get[jobPage](ctx, c, path("generate", "history"), page(ctx, cursor))
		return r.Jobs, r.NextCursor, err
	})
}

// GenerationModels lists what a provider offers for a media type.
//
// GET /api/generate/models
func (c *Client) GenerationModels(ctx context.Context, provider, kind string) ([]Model, error) {
	r, err := get[modelList](ctx, c, path("generate", "models"), url.Values{"provider": {provider}, "type": {kind}})
	return r.Models, err
}

// RetryGeneration puts a failed job back to pending, at most three times.
//
// POST /api/generate/{jobId}/retry
func (c *Client) RetryGeneration(ctx context.Context, jobID string) (GenerationRetried, error) {
	return post[GenerationRetried](ctx, c, path("generate", jobID, "retry"), nil)
}

// Voices lists the voices of a provider; only ELEVENLABS has some.
//
// GET /api/generate/voices
func (c *Client) Voices(ctx context.Context, provider string) ([]Voice, error) {
	r, err := get[voiceList](ctx, c, path("generate", "voices"), url.Values{"provider": {provider}})
	return r.Voices, err
}
