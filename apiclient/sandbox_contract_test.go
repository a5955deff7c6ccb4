package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"imagined/apiclient"
	"imagined/contract"
)

// act is a call under test: with ctx, once. What it needs it makes without.
type act func(ctx context.Context, s *scene) error

// failure is a call that the platform refuses.
type failure struct {
	status int
	call   act
}

// play is one operation on a real sandbox: how it works and how it fails.
type play struct {
	op    string
	works act
	fails []failure
}

var plays = slices.Concat(authPlays, postPlays, agentPlays, talkPlays, findPlays, marketPlays, mediaPlays, makePlays)

// generous limits let a scene be prepared without waiting.
var generous = map[contract.Tier]int{contract.TierAuth: 10, contract.TierRead: 100, contract.TierWrite: 30, contract.TierUpload: 10}

// crowded limits make every request wait for the one before.
var crowded = map[contract.Tier]int{contract.TierAuth: 1, contract.TierRead: 1, contract.TierWrite: 1, contract.TierUpload: 1}

// Every operation of the contract, by its method, against a real sandbox: it
// works, and it fails with each error that the contract names for it. Nothing
// on the wire breaks the contract but what is meant to.
func TestSandbox_Contract(t *testing.T) {
	t.Parallel()
	played := map[string]int{}
	for _, p := range plays {
		played[p.op]++
		t.Run(p.op, func(t *testing.T) {
			t.Parallel()
			p.run(t)
		})
	}
	for _, op := range contract.Operations {
		if played[op.ID] != 1 {
			t.Errorf("%s is played %d times, want once", op.ID, played[op.ID])
		}
	}
	if len(played) != len(contract.Operations) {
		t.Errorf("%d operations are played, the contract has %d", len(played), len(contract.Operations))
	}
}

func (p play) run(t *testing.T) {
	op, ok := contract.Lookup(p.op)
	if !ok {
		t.Fatal("not in the contract")
	}
	p.scene(t, "works", &trial{op: op}, generous, p.works)
	statuses := documented(t, op)
	tried := p.usual(t, op, slices.Contains(statuses, http.StatusBadRequest))
	for i, f := range p.fails {
		p.scene(t, fmt.Sprintf("%d %d", f.status, i+1), &trial{op: op, loose: f.status == http.StatusBadRequest, want: f.status}, generous, f.call)
		tried = append(tried, f.status)
	}
	slices.Sort(tried)
	slices.Sort(statuses)
	if diff := cmp.Diff(statuses, slices.Compact(tried)); diff != "" {
		t.Errorf("errors that the contract names and that were brought about (-contract +test):\n%s", diff)
	}
}

// usual brings about the errors that every operation has in the same way.
func (p play) usual(t *testing.T, op contract.Operation, takes400 bool) (tried []int) {
	p.scene(t, "429", &trial{op: op, crowd: true, want: http.StatusTooManyRequests}, crowded, p.works)
	tried = append(tried, http.StatusTooManyRequests)
	if op.Token {
		p.scene(t, "401", &trial{op: op, stranger: true, want: http.StatusUnauthorized}, generous, p.works)
		tried = append(tried, http.StatusUnauthorized)
	}
	if takes400 && breakable(t, op) {
		p.scene(t, "400", &trial{op: op, spoil: true, loose: true, want: http.StatusBadRequest}, generous, p.works)
		tried = append(tried, http.StatusBadRequest)
	}
	return tried
}

// scene plays one call in a world of its own.
func (p play) scene(t *testing.T, name string, trial *trial, limits map[contract.Tier]int, call act) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		s := newScene(t, limits)
		err := call(trial.context(t.Context()), s)
		if trial.want != 0 {
			err = refused(err, trial.op, trial.want)
		}
		if err != nil {
			t.Error(err)
		}
		if trial.sent == 0 {
			t.Errorf("%s was not asked for", p.op)
		}
		if broken := s.wire.broken(); broken != "" {
			t.Error(broken)
		}
	})
}

// refused says how an error is not the platform's refusal with that status.
func refused(err error, op contract.Operation, status int) error {
	e, ok := errors.AsType[*apiclient.APIError](err)
	sentinels := map[int]error{
		401: apiclient.ErrUnauthorized, 403: apiclient.ErrForbidden, 404: apiclient.ErrNotFound, 409: apiclient.ErrConflict, 429: apiclient.ErrRateLimited,
	}
	switch {
	case !ok || e.Status != status:
		return fmt.Errorf("got %w, want status %d", orNone(err), status)
	case e.Method != op.Method || e.Code == "" || e.Message == "":
		return fmt.Errorf("got %w, want the method, a code and a message", e)
	case sentinels[status] != nil && !errors.Is(err, sentinels[status]):
		return fmt.Errorf("%w is not %w", err, sentinels[status])
	case status == http.StatusTooManyRequests && (e.RetryAfter <= 0 || e.Reset.IsZero()):
		return fmt.Errorf("got %w, want to know when to try again", e)
	case apiclient.NotSent(err):
		return fmt.Errorf("%w is said not to be sent", err)
	}
	return nil
}

func orNone(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

// described is the operation in the document.
func described(t *testing.T, op contract.Operation) *openapi3.Operation {
	t.Helper()
	doc, err := contractDocument()
	if err != nil {
		t.Fatal(err)
	}
	return doc.Paths.Find(op.Path).GetOperation(op.Method)
}

// documented lists the errors that the contract names for an operation.
func documented(t *testing.T, op contract.Operation) (statuses []int) {
	t.Helper()
	for code := range described(t, op).Responses.Map() {
		status, err := strconv.Atoi(code)
		if err != nil {
			t.Fatalf("%s: status %q", op.ID, code)
		}
		if status >= 400 {
			statuses = append(statuses, status)
		}
	}
	return statuses
}

// breakable reports whether the operation has a schema beyond its path.
func breakable(t *testing.T, op contract.Operation) bool {
	t.Helper()
	d := described(t, op)
	return d.RequestBody != nil || slices.ContainsFunc(d.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" })
}
