package apiclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer is the most bytes of a body that are ever read.
const maxAnswer = 4 << 20

var errTooLong = fmt.Errorf("the body is over %d bytes", maxAnswer)

// enveloped is a resource that the live platform may wrap in one key.
type enveloped interface{ envelope() string }

// required is an answer that says which of its required fields is absent.
// It is asked about reads only: to conclude that something does not exist,
// the answer must at least be of the right kind.
type required interface{ missing() string }

// readBody reads at most maxAnswer bytes. An error makes a 2xx an ErrAnswer.
func readBody(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		return body[:maxAnswer], fmt.Errorf("%w: %w", ErrAnswer, errTooLong)
	}
	if err != nil {
		return body, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return body, nil
}

// decode reads the body of a 2xx into out. The answer to a write may be empty.
func decode(body []byte, out any, read bool) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 && !read {
		return nil
	}
	if out, ok := out.(enveloped); ok {
		body = unwrap(body, out.envelope())
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if out, ok := out.(required); ok && read {
		if field := out.missing(); field != "" {
			return fmt.Errorf("%w: no %s in it", ErrAnswer, field)
		}
	}
	return nil
}

// unwrap returns what is under key, or body itself when that is the resource.
func unwrap(body []byte, key string) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body // decoding it will say what is wrong
	}
	inner := bytes.TrimSpace(fields[key])
	if _, bare := fields["id"]; bare || len(inner) == 0 || inner[0] != '{' {
		return body
	}
	return inner
}

// absent names a field when the condition holds.
func absent(condition bool, field string) string {
	if condition {
		return field
	}
	return ""
}

// apiText takes code and message out of an error body, if they are there.
func apiText(body []byte) (code, message string) {
	var e struct {
		Error       json.RawMessage `json:"error"`
		Message     json.RawMessage `json:"message"`
		Description json.RawMessage `json:"error_description"`
	}
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	message = text(e.Message)
	if message == "" {
		message = text(e.Description)
	}
	return text(e.Error), message
}

// text is the string in raw, or nothing when raw is anything else.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
