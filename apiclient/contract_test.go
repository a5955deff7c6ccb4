package apiclient_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"imagined/contract"
)

var contractDocument = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract.Document)
	if err != nil {
		return nil, err
	}
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			if op.RequestBody != nil && op.RequestBody.Value.Content["multipart/form-data"] != nil {
				op.RequestBody.Value.Content["multipart/form-data"].Encoding = nil // the validator knows one type a part, not lists
			}
		}
	}
	return doc, nil
})

// validated are the options under which a request to an operation is held
// against the contract: a body only where there is one.
func validated(op *openapi3.Operation) *openapi3filter.Options {
	return &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: op.RequestBody == nil,
	}
}

var contractRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := contractDocument()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// checkContract holds a request against the contract: its path, its query and
// its body.
func checkContract(t *testing.T, r request) {
	t.Helper()
	router, err := contractRouter()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(r.Method, "https://imagineanything.com"+r.Path+"?"+r.Query, strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.Header
	route, params, err := router.FindRoute(req)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route, Options: validated(route.Operation),
	}
	if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
		t.Errorf("the contract does not allow %s %s?%s with %q: %v", r.Method, r.Path, r.Query, r.Body, err)
	}
}

// boundary stands in expected multipart bodies for the random one.
const boundary = "BOUNDARY"

var randomBoundary = regexp.MustCompile(`boundary=([0-9a-f]+)$`)

// withoutBoundary puts boundary in the place of a request's own.
func withoutBoundary(r request) request {
	m := randomBoundary.FindStringSubmatch(r.Header.Get("Content-Type"))
	if m == nil {
		return r
	}
	r.Body = strings.ReplaceAll(r.Body, m[1], boundary)
	r.Header = r.Header.Clone()
	r.Header.Set("Content-Type", strings.ReplaceAll(r.Header.Get("Content-Type"), m[1], boundary))
	return r
}

// multipartText is the body that uploads content, after the given fields.
func multipartText(kind, name, content string, fields ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(fields); i += 2 {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i+1] + "\r\n")
	}
	b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: " + kind + "\r\n\r\n")
	b.WriteString(content + "\r\n--" + boundary + "--\r\n")
	return b.String()
}

// paged reports whether the operation takes a cursor.
func paged(t *testing.T, spec contract.Operation) bool {
	t.Helper()
	doc, err := contractDocument()
	if err != nil {
		t.Fatal(err)
	}
	return doc.Paths.Find(spec.Path).GetOperation(spec.Method).Parameters.GetByInAndName("query", "cursor") != nil
}
