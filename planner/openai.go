package planner

import (
	"cmp"
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
	Deadline  time.Duration     // of all requests of one decision; default 5m
	Transport http.RoundTripper // default: a clone of http.DefaultTransport
	Now       func() time.Time  // default: the wall clock
	Log       *slog.Logger      // debug: one line a request, without its text; may be nil
}

// OpenAI asks any server that speaks OpenAI's chat completions. It may be
// shared by goroutines.
type OpenAI struct {
	client   *openai.Client
	host     string
	timeout  time.Duration
	deadline time.Duration
	now      func() time.Time
	log      *slog.Logger
	secrets  secrets

	mu     sync.Mutex
	models []*modelState // in the order in which they are asked
	server rest
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
	c.Timeout, c.Deadline = cmp.Or(c.Timeout, time.Minute), cmp.Or(c.Deadline, 5*time.Minute)
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of a field
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	config := openai.DefaultConfig(c.Key)
	config.BaseURL = strings.TrimRight(c.BaseURL, "/")
	config.HTTPClient = &http.Client{Transport: wire{c.Transport}, CheckRedirect: sameHost}
	o := &OpenAI{
		client: openai.NewClientWithConfig(config), host: u.Host, timeout: c.Timeout, deadline: c.Deadline,
		now: c.Now, log: c.Log, secrets: newSecrets([]string{c.Key}),
	}
	for _, name := range append([]string{c.Model}, c.Fallback...) {
		o.models = append(o.models, &modelState{name: name, dialect: firstDialect(name)})
	}
	return o, nil
}

// Name is the model that is asked first.
func (o *OpenAI) Name() string { return o.models[0].name }

// Choose asks the model what to do. A server that says that the question is
// too long is asked once more, about the better half of the posts.
func (o *OpenAI) Choose(ctx context.Context, _ *rand.Rand, q Question) (Answer, error) {
	answer, err := o.choose(ctx, &q)
	var f *failure
	if errors.As(err, &f) && f.cure == shorten && len(q.Choices) > 1 {
		q.Choices = q.Choices[:len(q.Choices)/2]
		answer, err = o.choose(ctx, &q)
	}
	if err == nil || errors.Is(err, errSilence) {
		q.meter.fewer(len(q.Choices))
	}
	if errors.Is(err, errSilence) {
		q.meter.declined(err)
		return nil, nil
	}
	return answer, err
}

// choose asks about as many of the posts as fit.
func (o *OpenAI) choose(ctx context.Context, q *Question) (answer Answer, err error) {
	a := ask{
		purpose: "choose", canary: q.canary, system: systemPrompt(q.Persona, q.canary), name: "decisions", output: 1200, meter: q.meter,
		read: func(content []byte) (err error) { answer, err = decodeAnswer(content); return err },
	}
	a.fit(q)
	return answer, o.ask(ctx, &a)
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
	if b.Letter != nil {
		target = b.Letter.Conversation
	}
	err = o.ask(ctx, &ask{
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
	paid         int // answers so far
}

const (
	// maxQuestion is how many bytes the first request of a choice has at most:
	// a second one, which repairs an answer, stays under 16,000.
	maxQuestion = 14_000
	envelope    = 400 // of these, what is around messages and schema
	minShown    = 120 // characters of a post that must be shown
	fewShown    = 5   // posts that are shown whatever their size
)

// fit fills the question in so that the request keeps its bound: texts are cut
// first, then the last posts stay away.
func (a *ask) fit(q *Question) {
	for most := shownText; ; most = most * 4 / 5 {
		if most < minShown && len(q.Choices) > fewShown {
			most, q.Choices = shownText, q.Choices[:len(q.Choices)*3/4]
		}
		a.user, a.schema = choosePrompt(*q, most), chooseSchema(*q)
		if len(quote(a.system))+len(quote(a.user))+len(a.schema)+envelope <= maxQuestion || most < minShown {
			return
		}
	}
}

// repairs begins what a model is told whose answer cannot be used.
const repairs = "That answer cannot be used: "

// maxRepaired is how many characters of an unusable answer go back.
const maxRepaired = 150

// ask gets one usable answer. An answer that breaks the form may be repaired
// once; one that was not even JSON is repaired in another form.
func (o *OpenAI) ask(ctx context.Context, a *ask) error {
	messages := []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleSystem, Content: a.system},
		{Role: openai.ChatMessageRoleUser, Content: a.user},
	}
	content, m, err := o.complete(ctx, a, messages)
	if err != nil {
		return err
	}
	fault := a.read([]byte(content))
	if fault == nil {
		return o.learn(m, a.meter)
	}
	if unforced(content) {
		o.lower(m)
	}
	if a.paid >= maxPaid {
		return fmt.Errorf("%w: not the asked form: %w", ErrAnswer, fault)
	}
	messages = append(messages,
		// Some servers refuse a message without content.
		openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: cmp.Or(cut(content, maxRepaired), "(nothing)")},
		openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: repairs + fault.Error() +
			". Answer again with only the JSON object."})
	if content, m, err = o.complete(ctx, a, messages); err != nil {
		return err
	}
	if fault = a.read([]byte(content)); fault != nil {
		if unforced(content) {
			o.lower(m)
		}
		return fmt.Errorf("%w: twice not the asked form: %w", ErrAnswer, fault)
	}
	return o.learn(m, a.meter)
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
