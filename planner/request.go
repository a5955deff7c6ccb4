package planner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"imagined/state"
)

// maxPaid is how many answers may be paid for to get one.
const maxPaid = 2

// complete asks the models in order until one answers, and returns its answer
// and which model it was.
func (o *OpenAI) complete(ctx context.Context, a *ask, messages []openai.ChatCompletionMessage) (string, *modelState, error) {
	if err := o.resting(); err != nil {
		return "", nil, err
	}
	var last *failure
	for _, m := range o.models {
		if o.cooling(m) {
			continue
		}
		answer, err := o.try(ctx, a, m, messages)
		switch {
		case err == nil:
			o.answered(m)
			return answer, m, nil
		case errors.Is(err, errStore) || !errors.As(err, &last):
			return "", nil, err
		case ctx.Err() != nil:
			return "", nil, ctx.Err()
		case last.cure == decline:
			o.answered(m)
			return "", nil, err
		case last.cure == shorten: // the model is well
			return "", nil, err
		}
		o.fail(m, last)
		if !last.nextModel() || a.paid >= maxPaid {
			break
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if until, _ := o.until(); until.After(o.now()) {
		return "", nil, fmt.Errorf("%w; next try after %s", last, until.UTC().Format(time.RFC3339))
	}
	return "", nil, last
}

// try asks one model, in other words when the server does not understand.
func (o *OpenAI) try(ctx context.Context, a *ask, m *modelState, messages []openai.ChatCompletionMessage) (string, error) {
	for {
		d, err := o.dialectOf(m, a.meter)
		if err != nil {
			return "", err
		}
		answer, err := o.send(ctx, a, m, d, messages)
		var f *failure
		if errors.Is(err, errStore) || !errors.As(err, &f) || ctx.Err() != nil {
			return answer, err
		}
		next, ok := d.otherwise(f.cure)
		switch {
		case ok && (f.unmet || a.paid < maxPaid):
			o.speak(m, next)
		case ok: // for the next question
			o.speak(m, next)
			return "", err
		case d.form == formText && (f.cure == askOtherwise || f.cure == guess):
			// It was not the form. Nothing that was tried here will do until
			// somebody looks at it.
			o.speak(m, firstDialect(m.name))
			f.cure, f.fix = operator, "ask the server's operator what it does not take; "+modelFix
			return "", err
		default:
			return "", err
		}
	}
}

// send is one request, paid for.
func (o *OpenAI) send(ctx context.Context, a *ask, m *modelState, d dialect, messages []openai.ChatCompletionMessage) (string, error) {
	patience := min(o.timeout, a.meter.left(o.now(), o.deadline))
	if patience <= 0 {
		return "", fmt.Errorf("the decision took longer than %s", o.deadline)
	}
	req, most := d.request(a, m.name, messages)
	estimated := estimate(quote(req.Messages)) + estimate(string(a.schema))
	input := o.expect(m, estimated)
	reserved, err := a.meter.reserve(input, most)
	if err != nil {
		return "", err
	}
	attempt, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resp, err := o.call(attempt, req, d)
	kept := state.Exchange{
		Purpose: a.purpose, Target: a.target, Model: m.name, System: a.system, User: messages[len(messages)-1].Content,
	}
	defer func() { a.meter.keep(kept, a.canary) }()
	if err != nil {
		f := o.failed(m.name, err)
		kept.Error = f.text
		if f.unmet {
			input, most = 0, 0
		} else {
			a.paid++ // the server may have worked, and may ask for its pay
		}
		kept.Input, kept.Output = input, most
		return "", errors.Join(f, a.meter.settle(reserved, input, most))
	}
	a.paid++
	answer, text, kind := d.answerIn(resp, a.name)
	kept.Answer = text
	kept.Input, kept.Output = o.believed(m, resp.Usage, estimated, text, most)
	settled := a.meter.settle(reserved, kept.Input, kept.Output)
	if kind == "" {
		return answer, settled
	}
	f := unusable(kind, finishOf(resp))
	kept.Error = f.text
	return "", errors.Join(f, settled)
}

// call sends a request and logs that it did, without its text.
func (o *OpenAI) call(ctx context.Context, req openai.ChatCompletionRequest, d dialect) (openai.ChatCompletionResponse, error) {
	start := o.now()
	resp, err := o.client.CreateChatCompletion(ctx, req)
	o.log.DebugContext(ctx, "model request", slog.String("model", req.Model), slog.String("form", d.form), slog.Int("prompt", PromptVersion),
		slog.Duration("took", o.now().Sub(start)), slog.Bool("ok", err == nil))
	return resp, err
}

// believed is what a request has cost: the server's count, where it can be
// true, else ours.
func (o *OpenAI) believed(m *modelState, said openai.Usage, estimated int, text string, most int) (input, output int) {
	input, output = said.PromptTokens, said.CompletionTokens
	if sane(input, estimated) {
		o.reported(m, input, estimated)
	} else {
		input = o.expect(m, estimated)
	}
	if shown := estimate(text); output < shown/4 || output <= 0 || output > 4*most {
		output = min(most, shown)
	}
	return input, output
}

func finishOf(resp openai.ChatCompletionResponse) string {
	if len(resp.Choices) == 0 {
		return ""
	}
	return string(resp.Choices[0].FinishReason)
}
