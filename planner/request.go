package planner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"imagined/state"
)

const (
	minRest = 30 * time.Second // after a request that no model answered
	maxRest = 15 * time.Minute
	// reasoning is what models that think before they answer may spend on it.
	reasoning = 3000
)

// complete asks the models in order until one answers, and returns the
// content of its answer.
func (o *OpenAI) complete(ctx context.Context, a ask, messages []openai.ChatCompletionMessage) (string, error) {
	if until := o.restUntil(); o.now().Before(until) {
		return "", fmt.Errorf("no model answered lately: next try after %s", until.UTC().Format(time.RFC3339))
	}
	var last *failure
	for _, model := range o.models {
		content, err := o.try(ctx, a, model, messages)
		if errors.Is(err, errStore) {
			return "", err
		}
		if !errors.As(err, &last) {
			if err == nil {
				o.answered()
			}
			return content, err
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if !last.elsewhere {
			break
		}
	}
	until := o.rest(last.after)
	return "", fmt.Errorf("%w; next try after %s", last, until.UTC().Format(time.RFC3339))
}

// try asks one model, in JSON mode when the server does not know schemas.
func (o *OpenAI) try(ctx context.Context, a ask, model string, messages []openai.ChatCompletionMessage) (string, error) {
	plain := o.inJSONMode()
	content, err := o.send(ctx, a, model, messages, plain)
	var f *failure
	if !plain && errors.As(err, &f) && f.noSchema {
		o.useJSONMode()
		return o.send(ctx, a, model, messages, true)
	}
	return content, err
}

// send is one request, paid for.
func (o *OpenAI) send(ctx context.Context, a ask, model string, messages []openai.ChatCompletionMessage, plain bool) (string, error) {
	req, most := request(a, model, messages, plain)
	input := estimate(quote(req.Messages)) + estimate(string(a.schema))
	reserved, err := a.meter.reserve(input, most)
	if err != nil {
		return "", err
	}
	attempt, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	start := o.now()
	resp, err := o.client.CreateChatCompletion(attempt, req)
	o.log.DebugContext(ctx, "model request", slog.String("model", model), slog.Int("prompt", PromptVersion), slog.Duration("took", o.now().Sub(start)), slog.Bool("ok", err == nil))
	kept := state.Exchange{
		Purpose: a.purpose, Target: a.target, Model: model, System: a.system, User: messages[len(messages)-1].Content,
	}
	defer func() { a.meter.keep(kept, a.canary) }()
	if err != nil {
		f := o.failure(model, err, resp.Header())
		kept.Error = f.text
		if !f.free { // the server may have worked, and may ask for its pay
			return "", errors.Join(f, a.meter.settle(reserved, input, most))
		}
		return "", errors.Join(f, a.meter.settle(reserved, 0, 0))
	}
	content, err := contentOf(resp)
	kept.Answer = content
	if err != nil {
		kept.Error = err.Error()
	}
	in, out := resp.Usage.PromptTokens, resp.Usage.CompletionTokens
	if !sane(in, input) {
		in = input
	}
	if said := estimate(content); out < said/4 || out <= 0 || out > 4*most {
		out = min(most, said)
	}
	kept.Input, kept.Output = in, out
	return content, errors.Join(err, a.meter.settle(reserved, in, out))
}

// request also returns how many tokens the answer may have.
func request(a ask, model string, messages []openai.ChatCompletionMessage, plain bool) (openai.ChatCompletionRequest, int) {
	req := openai.ChatCompletionRequest{Model: model, Messages: messages}
	req.ResponseFormat = &openai.ChatCompletionResponseFormat{
		Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: a.name, Schema: a.schema, Strict: true},
	}
	if plain {
		req.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	if thinks(model) { // these refuse max_tokens and count their thoughts
		req.MaxCompletionTokens, req.ReasoningEffort = a.output+reasoning, "low"
		return req, req.MaxCompletionTokens
	}
	req.MaxTokens = a.output  //nolint:staticcheck // the only name that many other servers know
	return req, req.MaxTokens //nolint:staticcheck // as above
}

func thinks(model string) bool {
	for _, prefix := range []string{"gpt-5", "gpt-6", "o1", "o3", "o4"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

func contentOf(resp openai.ChatCompletionResponse) (string, error) {
	if len(resp.Choices) == 0 {
		return "", fmt.Errorf("%w: no choices in it", ErrAnswer)
	}
	choice := resp.Choices[0]
	switch {
	case choice.Message.Refusal != "":
		return "", errSilence
	case choice.FinishReason != openai.FinishReasonStop:
		return "", fmt.Errorf("%w: finish_reason is %q, not \"stop\"", ErrAnswer, cut(string(choice.FinishReason), 40))
	}
	return choice.Message.Content, nil
}

// failure is a request without an answer.
type failure struct {
	text      string        // safe to show
	after     time.Duration // what the server asks to wait; 0 when it does not say
	elsewhere bool          // another model may do better
	free      bool          // the server refused and did no work
	noSchema  bool          // the server does not know JSON Schema
}

func (f *failure) Error() string { return f.text }

// failure reads an error of go-openai. Its own text may hold the whole body
// of an answer, which is a stranger's text: it is cut and quoted.
func (o *OpenAI) failure(model string, err error, header http.Header) *failure {
	var api *openai.APIError
	var raw *openai.RequestError
	status, said := 0, ""
	switch {
	case errors.As(err, &api):
		status, said = api.HTTPStatusCode, api.Message
	case errors.As(err, &raw):
		status, said = raw.HTTPStatusCode, string(raw.Body)
	}
	if status == 0 {
		return &failure{text: fmt.Sprintf("model %s: %s", model, o.wireFault(err)), elsewhere: errors.Is(err, errInside)}
	}
	lower := strings.ToLower(said)
	return &failure{
		text:      fmt.Sprintf("model %s: status %d: %q", model, status, cut(o.secrets.redact(said), 200)),
		after:     retryAfter(header),
		elsewhere: status == http.StatusNotFound || status == http.StatusTooManyRequests || status >= 500,
		free:      true,
		noSchema:  status == http.StatusBadRequest && (strings.Contains(lower, "response_format") || strings.Contains(lower, "json_schema")),
	}
}

// wireFault puts what went wrong below HTTP into our own words.
func (o *OpenAI) wireFault(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %s", o.timeout)
	case errors.Is(err, errInside), errors.Is(err, errTooBig), errors.Is(err, errRedirect):
		return errors.Unwrap(err).Error()
	case errors.As(err, &dns), errors.As(err, &op):
		return fmt.Sprintf("cannot be reached, check llm.base_url: %q", cut(o.secrets.redact(err.Error()), 200))
	}
	return fmt.Sprintf("unusable answer: %q", cut(o.secrets.redact(err.Error()), 200))
}

func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(header.Get("Retry-After")))
	if err != nil || seconds <= 0 || seconds > int(maxRest/time.Second) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func (o *OpenAI) restUntil() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.until
}

// rest keeps the models alone for a while, longer with each failure in a row.
func (o *OpenAI) rest(asked time.Duration) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	pause := min(minRest<<min(o.failures, 5), maxRest)
	o.failures++
	o.until = o.now().Add(max(pause, asked))
	return o.until
}

func (o *OpenAI) answered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failures, o.until = 0, time.Time{}
}

func (o *OpenAI) inJSONMode() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.jsonMode
}

func (o *OpenAI) useJSONMode() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.jsonMode = true
}
