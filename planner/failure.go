package planner

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// cure is what to do about a request that brought no answer.
type cure int

const (
	later        cure = iota // the server rests
	elsewhere                // the model rests, the next one is asked
	askOtherwise             // at once, in the next form
	guess                    // the same while no form is known to work, else later
	renameCap                // at once, with max_completion_tokens
	dropEffort               // at once, without reasoning_effort
	giveRoom                 // at once, with room for thoughts; paid twice
	shorten                  // at once, about half of the posts
	decline                  // silence: the model, or who stands before it, will not
	operator                 // nobody else can mend it: the server rests for long
)

// Kinds of failures that are no status.
const (
	kindTimeout     = "timeout"
	kindUnreachable = "unreachable"
	kindCertificate = "certificate"
	kindRedirect    = "redirect"
	kindTooBig      = "too big"
	kindUnsent      = "unsent"  // go-openai refused to send it
	kindGarbage     = "garbage" // not what the API answers, or broken off
	kindNoChoices   = "no choices"
	kindLength      = "length"
	kindFilter      = "content_filter"
	kindRefusal     = "refusal"
	kindFinish      = "finish"
)

// rule is a row of the table of failures: the first one that matches counts.
type rule struct {
	from, to int      // status, both included; 0 for any
	kind     string   // of a failure without status
	words    []string // one of them must stand in the error; none: anything
	cure     cure
	fix      string // for the operator
}

const payFix = "add credit or raise the limit at the model's provider"

var rules = []rule{
	{from: 200, to: 599, words: []string{
		"insufficient_quota", "exceeded your current quota", "credit_balance_exhausted", "spend_limit_exceeded", "usage_limit_exceeded",
		"billing_hard_limit", "billing_not_active", "insufficient credits", "insufficient balance",
	}, cure: operator, fix: payFix},
	{from: 401, to: 401, cure: operator, fix: "set OPENAI_API_KEY to a key that the server knows"},
	{from: 402, to: 402, cure: operator, fix: payFix},
	{from: 408, to: 409, cure: elsewhere},
	{from: 429, to: 429, cure: elsewhere},
	{from: 400, to: 422, words: []string{
		"content_filter", "content_policy", "content management policy", "responsibleai", "moderation", "flagged",
	}, cure: decline},
	{from: 400, to: 404, words: []string{
		"model_not_found", "access to model", "not a valid model", "invalid model", "model not found", "no such model",
	}, cure: elsewhere, fix: modelFix},
	{from: 403, to: 403, cure: operator, fix: "see what the key may do at the model's provider: models, project, region"},
	{from: 400, to: 500, words: []string{
		"context_length", "context length", "context size", "context window", "exceed_context", "context_exceeded", "prompt is too long", "too many tokens",
	}, cure: shorten, fix: contextFix},
	{from: 413, to: 413, cure: shorten, fix: contextFix},
	{from: 400, to: 422, words: []string{"max_completion_tokens"}, cure: renameCap},
	{from: 400, to: 422, words: []string{"reasoning_effort"}, cure: dropEffort},
	{from: 400, to: 501, words: []string{
		"response_format", "response format", "json_schema", "json_object", "json mode", "structured output", "grammar",
		"tool_choice", "tools", "tool use", "tool calling", "function call", "requested parameters",
	}, cure: askOtherwise},
	{from: 404, to: 404, cure: elsewhere, fix: modelFix},
	{from: 400, to: 400, cure: guess},
	{from: 422, to: 422, cure: guess},
	{from: 500, to: 599, cure: elsewhere},
	{from: 200, to: 200, cure: elsewhere}, // with an error inside
	{kind: kindTimeout, cure: elsewhere},
	{kind: kindUnreachable, cure: later, fix: "check llm.base_url"},
	{kind: kindCertificate, cure: operator, fix: "check llm.base_url and the certificate there"},
	{kind: kindRedirect, cure: operator, fix: "put the final address into llm.base_url"},
	{kind: kindUnsent, cure: askOtherwise},
	{kind: kindNoChoices, cure: elsewhere},
	{kind: kindLength, cure: giveRoom},
	{kind: kindFilter, cure: decline},
	{kind: kindRefusal, cure: decline},
	{kind: kindFinish, cure: elsewhere},
	{cure: later},
}

const (
	modelFix   = "check llm.model and llm.base_url"
	contextFix = "give the model a context of 8192 tokens or more"
)

func (r rule) matches(status int, kind, words string) bool {
	switch {
	case r.kind != "" && r.kind != kind, r.from != 0 && (status < r.from || status > r.to):
		return false
	case len(r.words) == 0:
		return true
	}
	return slices.ContainsFunc(r.words, func(w string) bool { return strings.Contains(words, w) })
}

// ruleFor always finds one: the last row takes everything.
func ruleFor(status int, kind, words string) rule {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.matches(status, kind, words) })
	return rules[i]
}

// failure is a request without a usable answer.
type failure struct {
	rule
	text  string        // safe to show
	after time.Duration // what the server asks to wait; 0 when it does not say
	unmet bool          // the server refused or was not reached: no work, no pay
	is    error         // ErrAnswer, errSilence or nil
}

func (f *failure) Error() string {
	if f.fix != "" {
		return f.text + "; the fix: " + f.fix
	}
	return f.text
}

func (f *failure) Is(target error) bool { return f.is != nil && target == f.is }

// failed reads an error of a request.
func (o *OpenAI) failed(model string, err error) *failure {
	var refused *statusError
	if !errors.As(err, &refused) {
		kind, text := o.wireFault(err)
		unmet := slices.Contains([]string{kindUnreachable, kindCertificate, kindRedirect, kindUnsent}, kind)
		return &failure{rule: ruleFor(0, kind, ""), text: fmt.Sprintf("model %s: %s", model, text), unmet: unmet}
	}
	words, said := wordsOf(refused.body)
	said = cut(o.secrets.redact(said), 200)
	f := &failure{after: refused.after(o.now()), unmet: refused.status != http.StatusOK}
	if f.unmet {
		f.text = fmt.Sprintf("model %s: status %d: %q", model, refused.status, said)
	} else {
		f.text = fmt.Sprintf("model %s: status 200 with an error inside: %q", model, said)
	}
	f.rule = ruleFor(refused.meant(), "", words)
	if f.cure == decline {
		f.is, f.text = errSilence, errSilence.Error()+": "+f.text
	}
	return f
}

// unusable is the failure of a response that came but holds no answer.
func unusable(kind, finish string) *failure {
	f := &failure{rule: ruleFor(0, kind, ""), is: ErrAnswer}
	switch {
	case f.cure == decline:
		f.is, f.text = errSilence, errSilence.Error()+": "+kind
	case kind == kindNoChoices:
		f.text = ErrAnswer.Error() + ": no choices in it"
	default:
		f.text = fmt.Sprintf("%s: finish_reason is %q, not \"stop\"", ErrAnswer.Error(), cut(finish, 40))
	}
	return f
}

// wireFault puts what went wrong below the API into our own words. An error of
// go-openai may hold the whole body of an answer, a stranger's text: it is cut
// and quoted.
func (o *OpenAI) wireFault(err error) (kind, text string) {
	var dns *net.DNSError
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	quoted := fmt.Sprintf("%q", cut(o.secrets.redact(err.Error()), 200))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return kindTimeout, fmt.Sprintf("no answer within %s", o.timeout)
	case errors.Is(err, errTooBig):
		return kindTooBig, errTooBig.Error()
	case errors.Is(err, errRedirect):
		return kindRedirect, errRedirect.Error()
	case errors.As(err, &certificate):
		return kindCertificate, "its certificate is not good: " + quoted
	case errors.Is(err, openai.ErrReasoningToolsRequireResponses):
		return kindUnsent, quoted
	case errors.As(err, &dns), errors.As(err, &op) && op.Op == "dial":
		return kindUnreachable, "cannot be reached: " + quoted
	}
	return kindGarbage, "unusable answer: " + quoted
}

// statusError is a response that says of itself that it is none: by its status,
// or by an error inside.
type statusError struct {
	status int
	header http.Header
	body   []byte
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d", e.status) }

// meant is the status that a gateway may put into the body of a 200.
func (e *statusError) meant() int {
	var inside struct {
		Error struct {
			Code json.Number `json:"code"`
		} `json:"error"`
	}
	if e.status == http.StatusOK && json.Unmarshal(e.body, &inside) == nil {
		if code, err := strconv.Atoi(inside.Error.Code.String()); err == nil && code >= 400 && code < 600 {
			return code
		}
	}
	return e.status
}

// maxAsked is the longest wait that a server may ask for.
const maxAsked = 6 * time.Hour

// after is how long the server asks to wait: in milliseconds, in seconds, or
// until a date by its own clock.
func (e *statusError) after(now time.Time) time.Duration {
	asked := strings.TrimSpace(e.header.Get("Retry-After"))
	wait := 0.0
	if ms, err := strconv.ParseFloat(strings.TrimSpace(e.header.Get("Retry-After-Ms")), 64); err == nil {
		wait = ms / 1000
	} else if seconds, err := strconv.ParseFloat(asked, 64); err == nil {
		wait = seconds
	} else if date, err := http.ParseTime(asked); err == nil {
		if theirs, err := http.ParseTime(e.header.Get("Date")); err == nil {
			now = theirs
		}
		wait = date.Sub(now).Seconds()
	}
	if !(wait > 0) { // NaN, too
		return 0
	}
	return time.Duration(min(wait, maxAsked.Seconds()) * float64(time.Second))
}

// telling are the keys of error bodies that say what is wrong. Others may echo
// the request, and with it a stranger's post.
var telling = []string{"error", "errors", "message", "type", "code", "param", "metadata", "raw", "detail", "msg", "loc"}

// wordsOf is what an error body says: all of it in lower case for the table,
// and the part to show.
func wordsOf(body []byte) (words, shown string) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		shown = cut(string(body), 500)
		return strings.ToLower(shown), shown
	}
	var all []string
	message := ""
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range telling {
				walk(key, v[key])
			}
		case []any:
			for _, item := range v {
				walk(key, item)
			}
		case string:
			all = append(all, v)
			if slices.Contains([]string{"error", "message", "raw", "msg"}, key) && len(v) > len(message) {
				message = v
			}
		}
	}
	walk("", v)
	if message == "" {
		message = string(body)
	}
	return strings.ToLower(strings.Join(all, " ")), message
}
