package apiclient_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imagined/contract"
)

// The pattern of a method: it names its operation, has at most six lines and
// is tested above. Together the methods are the contract: all of its
// operations and no other.
func TestMethods(t *testing.T) {
	t.Parallel()
	template := regexp.MustCompile(`\n\n(GET|POST|PATCH|PUT|DELETE) (/api/\S+)\n$`)
	plumbing := []string{"ServerTime", "Timeout", "UploadTimeout", "Refused", "Secrets", "String", "GoString", "LogValue", "Call", "MediaFile"}
	methods := map[string]int{} // by operation
	for name, method := range clientMethods(t) {
		m := template.FindStringSubmatch(method.doc)
		if slices.Contains(plumbing, name) {
			continue
		}
		if m == nil {
			t.Errorf("%s: the last line of its comment is not METHOD /api/path", name)
			continue
		}
		i := slices.IndexFunc(contract.Operations, func(o contract.Operation) bool { return o.Method == m[1] && o.Path == m[2] })
		if i < 0 {
			t.Errorf("%s: %s %s is not in the contract", name, m[1], m[2])
			continue
		}
		methods[contract.Operations[i].ID]++
		if method.lines > 6 {
			t.Errorf("%s: its body has %d lines, at most 6 are wanted", name, method.lines)
		}
	}
	rows := map[string]int{}
	for _, o := range operations {
		rows[o.op]++
	}
	if diff := cmp.Diff(methods, rows); diff != "" {
		t.Errorf("rows of TestOperations for each operation (-methods +rows):\n%s", diff)
	}
	for _, spec := range contract.Operations {
		if methods[spec.ID] == 0 {
			t.Errorf("%s: no method for %s %s", spec.ID, spec.Method, spec.Path)
		}
	}
}

type method struct {
	doc   string
	lines int
}

// clientMethods reads the exported methods of Client from the source.
func clientMethods(t *testing.T) map[string]method {
	t.Helper()
	set := token.NewFileSet()
	noTests := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	packages, err := parser.ParseDir(set, ".", noTests, parser.ParseComments) //nolint:staticcheck // no build tags here
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string]method{}
	for _, file := range packages["apiclient"].Files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() {
				continue
			}
			star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
			if !ok || star.X.(*ast.Ident).Name != "Client" {
				continue
			}
			lines := set.Position(f.Body.Rbrace).Line - set.Position(f.Body.Lbrace).Line - 1
			methods[f.Name.Name] = method{"\n\n" + strings.TrimSpace(f.Doc.Text()) + "\n", lines}
		}
	}
	return methods
}
