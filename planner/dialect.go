package planner

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// ladder are the ways to make a server answer with one JSON object, strictest
// first. Servers that call themselves compatible know some of them.
var ladder = []string{formSchema, formObject, formTool, formRequired, formText}

const (
	formSchema   = "json_schema" // structured outputs: the server holds the model to the schema
	formObject   = "json_object" // JSON mode: some JSON object
	formTool     = "tool"        // a call of one function whose parameters are the answer
	formRequired = "tool_any"    // the same for servers that do not take a function's name
	formText     = "text"        // nothing forces the model: the object is taken out of its text
)

// dialect is how one model at one server is asked.
type dialect struct {
	form   string
	known  bool // an answer came in this form; until then every doubt speaks against it
	room   bool // the model thinks before it answers, and its thoughts count
	newCap bool // the cap on tokens is called max_completion_tokens
	effort bool // reasoning_effort is sent
}

func firstDialect(model string) dialect {
	t := thinks(model)
	return dialect{form: formSchema, room: t, newCap: t, effort: t}
}

func thinks(model string) bool {
	for _, prefix := range []string{"gpt-5", "gpt-6", "o1", "o3", "o4"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// otherwise is what to try after a refusal of this one; false when nothing is
// left. Each step goes one way only, so that a search ends.
func (d dialect) otherwise(c cure) (dialect, bool) {
	switch c {
	case askOtherwise, guess:
		if c == guess && d.known { // what worked is not what the server means
			return d, false
		}
		i := slices.Index(ladder, d.form) + 1
		if i == len(ladder) {
			return d, false
		}
		d.form, d.known = ladder[i], false
		return d, true
	case renameCap:
		ok := !d.newCap
		d.newCap = true
		return d, ok
	case dropEffort:
		ok := d.effort
		d.effort = false
		return d, ok
	case giveRoom:
		ok := !d.room
		d.room = true
		return d, ok
	default:
		return d, false
	}
}

// A dialect that is not the strictest one is looked for again after this
// time: servers learn.
const dialectLife = 30 * 24 * time.Hour

// String is a dialect as the journal remembers it, with the day.
func (d dialect) String(now time.Time) string {
	words := []string{d.form}
	for _, option := range []struct {
		name string
		on   bool
	}{{"room", d.room}, {"max_completion_tokens", d.newCap}, {"reasoning_effort", d.effort}} {
		if option.on {
			words = append(words, option.name)
		}
	}
	return strings.Join(append(words, now.UTC().Format(time.DateOnly)), " ")
}

// parseDialect reads what String wrote; false when it is of no use any more.
func parseDialect(s string, now time.Time) (dialect, bool) {
	words := strings.Fields(s)
	if len(words) < 2 || !slices.Contains(ladder, words[0]) {
		return dialect{}, false
	}
	day, err := time.Parse(time.DateOnly, words[len(words)-1])
	if err != nil || words[0] != formSchema && now.Sub(day) > dialectLife {
		return dialect{}, false
	}
	return dialect{
		form: words[0], known: true, room: slices.Contains(words, "room"),
		newCap: slices.Contains(words, "max_completion_tokens"), effort: slices.Contains(words, "reasoning_effort"),
	}, true
}

// reasoning is what models that think before they answer may spend on it.
const reasoning = 3000

// request puts a question into this dialect. It also returns how many tokens
// the answer may have.
func (d dialect) request(a *ask, model string, messages []openai.ChatCompletionMessage) (openai.ChatCompletionRequest, int) {
	req := openai.ChatCompletionRequest{Model: model, Messages: messages}
	switch d.form {
	case formSchema:
		req.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: a.name, Schema: a.schema, Strict: true},
		}
	case formObject:
		req.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	case formTool, formRequired:
		req.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: a.name, Description: "Give the answer.", Parameters: a.schema,
		}}}
		req.ToolChoice = openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: a.name}}
		if d.form == formRequired {
			req.ToolChoice = "required"
		}
	}
	most := a.output
	if d.room {
		most += reasoning
	}
	if d.effort {
		req.ReasoningEffort = openai.ReasoningEffortLow
	}
	if d.newCap {
		req.MaxCompletionTokens = most
	} else {
		req.MaxTokens = most //nolint:staticcheck // the only name that many other servers know
	}
	return req, most
}

// answerIn takes the answer out of a response, and the text as it came. The
// error is a kind of failure.
func (d dialect) answerIn(resp openai.ChatCompletionResponse, name string) (answer, text, kind string) {
	if len(resp.Choices) == 0 {
		return "", "", kindNoChoices
	}
	choice := resp.Choices[0]
	text = textOf(choice.Message)
	call, called := callIn(choice.Message, name)
	if called {
		text = call
	}
	switch finish := choice.FinishReason; {
	case choice.Message.Refusal != "":
		return "", choice.Message.Refusal, kindRefusal
	case finish == openai.FinishReasonContentFilter:
		return "", text, kindFilter
	case finish == openai.FinishReasonLength:
		return "", text, kindLength
	case called && (finish == openai.FinishReasonStop || finish == openai.FinishReasonToolCalls || finish == openai.FinishReasonFunctionCall):
		return call, text, ""
	case finish != openai.FinishReasonStop:
		return "", text, kindFinish
	}
	answer = afterThoughts(text)
	if d.form == formText {
		answer = onlyObject(answer)
	}
	return answer, text, ""
}

// textOf is a message's content, which some gateways send in parts.
func textOf(m openai.ChatCompletionMessage) string {
	if len(m.MultiContent) == 0 {
		return m.Content
	}
	var text strings.Builder
	for _, part := range m.MultiContent {
		if part.Type == openai.ChatMessagePartTypeText {
			text.WriteString(part.Text)
		}
	}
	return text.String()
}

// callIn finds the call that was asked for, or that a server makes of a schema
// unasked. A call of anything else is no answer.
func callIn(m openai.ChatCompletionMessage, name string) (arguments string, ok bool) {
	switch {
	case len(m.ToolCalls) == 1 && m.ToolCalls[0].Function.Name == name:
		return m.ToolCalls[0].Function.Arguments, true
	case m.FunctionCall != nil && m.FunctionCall.Name == name:
		return m.FunctionCall.Arguments, true
	}
	return "", false
}

// afterThoughts drops what a model thought aloud before its answer. The
// opening tag may stand in the server's own template.
func afterThoughts(text string) string {
	if len(text) > maxAnswer { // to be refused as it is
		return text
	}
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return text
	}
	if _, after, ok := strings.Cut(text, "</think>"); ok {
		return strings.TrimSpace(after)
	}
	return text
}

// onlyObject takes the JSON object out of a text that holds exactly one. Of
// two, one may be quoted from a post.
func onlyObject(text string) string {
	start, depth, inString, found := 0, 0, false, ""
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case depth > 0 && c == '"':
			inString = !inString
		case inString:
		case c == '{':
			if depth == 0 {
				start = i
			}
			depth++
		case c == '}' && depth > 0:
			if depth--; depth > 0 {
				continue
			}
			if found != "" {
				return text
			}
			found = text[start : i+1]
		}
	}
	if found == "" || depth > 0 {
		return text
	}
	return found
}

// unforced reports an answer that nothing held to JSON.
func unforced(answer string) bool { return !json.Valid([]byte(answer)) }
