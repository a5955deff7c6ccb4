package planner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody is how much of an answer is read: the rest is nobody's plan.
const maxBody = 4 << 20

var (
	errTooBig   = fmt.Errorf("the answer has more than %d MiB", maxBody>>20)
	errRedirect = errors.New("redirected to another host")
)

// wire guards go-openai, which reads bodies without a limit, takes an error
// under status 200 for an empty answer, and drops what gateways say about the
// error of the server behind them.
type wire struct{ next http.RoundTripper }

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	_ = resp.Body.Close() // read as far as wanted
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, errTooBig
	}
	var inside struct {
		Error json.RawMessage `json:"error"`
	}
	hidden := resp.StatusCode < 300 && json.Unmarshal(body, &inside) == nil && len(inside.Error) > 0 && string(inside.Error) != "null"
	if hidden || resp.StatusCode >= 400 {
		return nil, &statusError{status: resp.StatusCode, header: resp.Header, body: body}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// sameHost lets redirects happen within one host only: the request carries
// the key and the persona.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if req.URL.Host != first.Host || req.URL.Scheme != first.Scheme || len(via) > 3 {
		return errRedirect
	}
	return nil
}
