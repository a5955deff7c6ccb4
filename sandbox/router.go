package sandbox

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"imagined/contract"
)

// router finds the operation of a request and checks it against its schema.
// It never changes, so all servers share one.
type router struct {
	mux     routers.Router
	success map[string]int // status of success, by operation
}

// contractRouter reads the contract once: it takes longer than all the rest.
var contractRouter = sync.OnceValues(readContract)

func readContract() (*router, error) {
	doc, success, err := requestDocument()
	if err != nil {
		return nil, err
	}
	allowLoopbackWebhooks(doc)
	mux, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	for _, op := range contract.Operations {
		item := doc.Paths.Value(op.Path)
		if item == nil || item.GetOperation(op.Method) == nil || success[op.ID] == 0 {
			return nil, errors.New("no " + op.Method + " " + op.Path)
		}
	}
	return &router{mux: mux, success: success}, nil
}

// find fills in the operation and the path parameters of the call.
func (r *router) find(req *http.Request, c *call) (*routers.Route, error) {
	route, params, err := r.mux.FindRoute(req)
	if errors.Is(err, routers.ErrMethodNotAllowed) {
		return nil, &refusal{http.StatusMethodNotAllowed, "method_not_allowed", req.Method + " is not possible here"}
	}
	if err != nil {
		return nil, notFound("Path")
	}
	op, ok := contract.Lookup(route.Operation.OperationID)
	if !ok {
		return nil, notFound("Operation")
	}
	c.op, c.path = op, map[string]string{}
	for name, value := range params {
		plain, err := url.PathUnescape(value)
		if err != nil {
			return nil, badRequest(name, "is not properly escaped")
		}
		c.path[name] = plain
	}
	return route, nil
}

// validate checks parameters and body; the error names the first bad field.
func (r *router) validate(req *http.Request, c *call, route *routers.Route) error {
	req.Body = io.NopCloser(bytes.NewReader(c.body))
	err := openapi3filter.ValidateRequest(req.Context(), &openapi3filter.RequestValidationInput{
		Request: req, PathParams: c.path, QueryParams: c.query, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc, // tokens are checked before
			SkipSettingDefaults: true,
		},
	})
	if err == nil {
		return nil
	}
	return badRequest(problem(err))
}

// problem finds the name of the field in a validation error, and what is
// wrong with it.
func problem(err error) (field, reason string) {
	field, reason = "body", "does not satisfy the contract"
	var re *openapi3filter.RequestError
	if errors.As(err, &re) {
		if re.Parameter != nil {
			field = re.Parameter.Name
		}
		if re.Reason != "" {
			reason = re.Reason
		}
		if re.Err != nil {
			reason = re.Err.Error()
		}
	}
	var se *openapi3.SchemaError
	if errors.As(err, &se) {
		if at := se.JSONPointer(); len(at) > 0 {
			field = strings.Join(at, ".")
		}
		reason = se.Reason
	}
	return field, reason
}
