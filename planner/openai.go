package planner

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// OpenAIConfig says which model to ask and how.
type OpenAIConfig struct {
	BaseURL   string            // with its version, for example https://api.openai.com/v1
	Key       string            // may be empty for servers that want none; sent in the Authorization header only
	Model     string            // asked first
	Fallback  []string          // asked in this order when a model is missing, busy or broken
	Timeout   time.Duration     // of one request, answer included; default 60s
	Transport http.RoundTripper // default: a clone of http.DefaultTransport
	Now       func() time.Time  // default: the wall clock
	Log       *slog.Logger      // debug: one line a request, without its text; may be nil
}

// OpenAI asks any server that speaks OpenAI's chat completions. It may be
// shared by goroutines.
type OpenAI struct {
	client  *openai.Client
	models  []string
	timeout time.Duration
	now     func() time.Time
	log     *slog.Logger
	secrets secrets

	mu       sync.Mutex
	jsonMode bool      // the server does not know JSON Schema
	failures int       // requests in a row that no model answered
	until    time.Time // no request before
}

// NewOpenAI checks the configuration; it does not connect.
func NewOpenAI(c OpenAIConfig) (*OpenAI, error) {
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, fmt.Errorf("model base URL %q: want a whole address such as https://api.openai.com/v1", c.BaseURL)
	case u.User != nil || u.RawQuery != "":
		return nil, fmt.Errorf("model base URL of %s: leave credentials and query out, the key goes into OPENAI_API_KEY", u.Host)
	case c.Model == "":
		return nil, errors.New("no model: set llm.model")
	}
	if c.Transport == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		c.Transport = transport
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of a field
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	config := openai.DefaultConfig(c.Key)
	config.BaseURL = strings.TrimRight(c.BaseURL, "/")
	config.HTTPClient = &http.Client{Transport: wire{c.Transport}, CheckRedirect: sameHost}
	return &OpenAI{
		client: openai.NewClientWithConfig(config), models: append([]string{c.Model}, c.Fallback...),
		timeout: c.Timeout, now: c.Now, log: c.Log, secrets: newSecrets([]string{c.Key}),
	}, nil
}

// Name is the model that is asked first.
func (o *OpenAI) Name() string { return o.models[0] }

// Choose asks the model what to do.
func (o *OpenAI) Choose(ctx context.Context, _ *rand.Rand, q Question) (answer Answer, err error) {
	err = o.ask(ctx, ask{
		purpose: "choose", canary: q.canary,
		system: systemPrompt(q.Persona, q.canary), user: choosePrompt(q), name: "decisions", schema: chooseSchema(q),
		output: 1200, meter: q.meter,
		read: func(content []byte) (err error) { answer, err = decodeAnswer(content); return err },
	})
	if errors.Is(err, errSilence) {
		return nil, nil
	}
	return answer, err
}

// Write asks the model for a text.
func (o *OpenAI) Write(ctx context.Context, _ *rand.Rand, b Brief) (text string, err error) {
	target := ""
	if b.Post != nil {
		target = b.Post.ID
	}
	if b.Order != nil {
		target = b.Order.ID
	}
	err = o.ask(ctx, ask{
		purpose: "write", target: target, canary: b.canary,
		system: systemPrompt(b.Persona, b.canary), user: writePrompt(b), name: "text", schema: json.RawMessage(textSchema),
		output: b.tokens(), meter: b.meter,
		read: func(content []byte) (err error) { text, err = decodeText(content); return err },
	})
	if errors.Is(err, errSilence) {
		return "", nil
	}
	return text, err
}

// errSilence is a model that declines to answer: its right.
var errSilence = errors.New("the model declined")

// ask is one question with the form of its answer.
type ask struct {
	purpose      string // "choose" or "write"
	target       string // post that a text is for; may be empty
	canary       string
	system, user string
	name         string // of the schema
	schema       json.RawMessage
	output       int // most tokens of an answer, without reasoning
	meter        *meter
	read         func(content []byte) error
}

// ask gets one usable answer. An answer that breaks the form may be repaired
// once.
func (o *OpenAI) ask(ctx context.Context, a ask) error {
	messages := []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleSystem, Content: a.system},
		{Role: openai.ChatMessageRoleUser, Content: a.user},
	}
	content, err := o.complete(ctx, a, messages)
	if err != nil {
		return err
	}
	fault := a.read([]byte(content))
	if fault == nil {
		return nil
	}
	messages = append(messages,
		openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: cut(content, shownText)},
		openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: "That answer cannot be used: " + fault.Error() +
			". Answer again with only the JSON object."})
	if content, err = o.complete(ctx, a, messages); err != nil {
		return err
	}
	if fault = a.read([]byte(content)); fault != nil {
		return fmt.Errorf("%w: twice not the asked form: %w", ErrAnswer, fault)
	}
	return nil
}

const textSchema = `{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}`

// chooseSchema stays in the subset of JSON Schema that strict servers take:
// every key required, nothing additional, no lengths.
func chooseSchema(q Question) json.RawMessage {
	numbers := make([]int, len(q.Choices))
	for i, c := range q.Choices {
		numbers[i] = c.Number
	}
	return json.RawMessage(`{"type":"object","properties":{"decisions":{"type":"array","items":{"type":"object","properties":{` +
		`"post":{"type":"integer","enum":` + quote(numbers) + `},"act":{"type":"string","enum":` + quote(q.Acts) + `},` +
		`"why":{"type":"string","description":"at most 200 characters"}},` +
		`"required":["post","act","why"],"additionalProperties":false}}},"required":["decisions"],"additionalProperties":false}`)
}
