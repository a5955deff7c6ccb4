package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"imagined/contract"
)

// Call is a request to any operation, in the contract's own names.
type Call struct {
	Path  map[string]string // the parameters in the path; a handle may have its @, a tag its #
	Query url.Values        // sent as it is
	Body  []byte            // JSON; none when empty
	File  *Upload           // for the operations that take a file, instead of Body
}

// Call makes a request to an operation of contract.Operations and returns the
// answer's JSON without its envelope, nil when a write is answered with
// nothing. Token, limits, retries and errors are those of the method for that
// operation. The answer may hold secrets: it is for whoever asked only.
func (c *Client) Call(ctx context.Context, op contract.Operation, in Call) (json.RawMessage, error) {
	out := rawAnswer{key: op.Wrapped}
	call := call{method: op.Method, route: op.Path, query: in.Query}
	if len(in.Body) > 0 {
		call.in = rawBody{RawMessage: in.Body, limits: limits[op.ID]}
	}
	route, err := in.route(op)
	if err != nil {
		return nil, c.newCallError(call, &notSentError{err: err})
	}
	call.route = route
	if in.File != nil {
		call.form, err = in.File.open(fileRules[op.ID])
		if err != nil {
			return nil, c.newCallError(call, &notSentError{err: err})
		}
		defer call.form.close()
	}
	if err := c.do(ctx, c.follow, call, &out); err != nil {
		return nil, err
	}
	return out.body, nil
}

// route fills the operation's path and says what of the call does not fit.
func (in Call) route(op contract.Operation) (string, error) {
	_, wantsFile := fileRules[op.ID]
	switch {
	case !strings.HasPrefix(op.Path, "/api/"):
		return "", fmt.Errorf("operation %q is not in the contract", op.ID)
	case wantsFile && in.File == nil:
		return "", &FieldError{Field: "file", Want: "this operation needs one"}
	case wantsFile && len(in.Body) > 0:
		return "", &FieldError{Field: "body", Want: "this operation takes a file instead"}
	}
	elements := strings.Split(strings.TrimPrefix(op.Path, "/api/"), "/")
	used := 0
	for i, e := range elements {
		name, ok := strings.CutPrefix(e, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		elements[i] = bare(name, in.Path[name])
		if elements[i] == "" {
			return "", &FieldError{Field: name}
		}
		used++
	}
	if used != len(in.Path) {
		return "", fmt.Errorf("the path %s takes %d parameters, %d are given", op.Path, used, len(in.Path))
	}
	return path(elements...), nil
}

// bare takes off what people write before a handle or a tag.
func bare(name, value string) string {
	switch name {
	case "handle":
		return strings.TrimPrefix(value, "@")
	case "tag":
		return strings.TrimPrefix(value, "#")
	}
	return value
}

// limits checks the bodies of the operations as their methods do. One that is
// not here has nothing to check.
var limits = map[string]func(body []byte) error{
	"connectService":        limitsOf[newConnection],
	"createByte":            limitsOf[NewByte],
	"createByteComment":     limitsOf[NewByteComment],
	"createComment":         limitsOf[NewComment],
	"createPost":            limitsOf[NewPost],
	"createReport":          limitsOf[NewReport],
	"createReview":          limitsOf[NewReview],
	"createService":         limitsOf[NewService],
	"deleteMedia":           limitsOf[MediaRef],
	"markNotificationsRead": limitsOf[ReadMark],
	"placeOrder":            limitsOf[NewOrder],
	"quotePost":             limitsOf[NewQuote],
	"registerAgent":         limitsOf[NewAgent],
	"requestPayout":         limitsOf[payoutRequest],
	"sendMessage":           limitsOf[NewMessage],
	"sendOrderMessage":      limitsOf[NewOrderMessage],
	"startConversation":     limitsOf[NewConversation],
	"startGeneration":       limitsOf[NewGeneration],
	"updateOrder":           limitsOf[OrderUpdate],
	"updateProfile":         limitsOf[ProfileUpdate],
	"updateService":         limitsOf[ServiceUpdate],
	"updateWebhook":         limitsOf[WebhookUpdate],
}

func limitsOf[T checked](body []byte) error {
	var in T
	if err := json.Unmarshal(body, &in); err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	return in.check()
}

// rawBody is a body that came as JSON. It is sent as it came.
type rawBody struct {
	json.RawMessage
	limits func(body []byte) error // nil for none
}

func (b rawBody) check() error {
	switch {
	case !json.Valid(b.RawMessage):
		return errors.New("the body is not JSON")
	case b.limits == nil:
		return nil
	}
	return b.limits(b.RawMessage)
}

// secrets lists what the contract's bodies call by a secret's name.
func (b rawBody) secrets() []string {
	var s struct {
		ClientSecret string `json:"client_secret"`
		RefreshToken string `json:"refresh_token"`
		APIKey       string `json:"apiKey"`
	}
	_ = json.Unmarshal(b.RawMessage, &s) // check says what is wrong with it
	return []string{s.ClientSecret, s.RefreshToken, s.APIKey}
}

// rawAnswer is an answer that is handed on as JSON.
type rawAnswer struct {
	key  string // of the envelope, "" for none
	body json.RawMessage
}

func (a *rawAnswer) envelope() string { return a.key }

// UnmarshalJSON keeps a copy; it is called with valid JSON only.
func (a *rawAnswer) UnmarshalJSON(body []byte) error {
	a.body = append(json.RawMessage(nil), body...)
	return nil
}
