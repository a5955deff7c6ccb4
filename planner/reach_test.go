package planner_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagined/persona"
)

// sources parses the product's files of a package.
func sources(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	files := make(map[string]*ast.File)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return files
}

// TestVerdicts_reachable: an action is made where a composite literal names
// its kind, and in one place more, Candidate.deed, from what the brain chose among
// engageKinds.
// All kinds that can come of it are listed here: rows 24, 31 to 37 and 40 have
// no way from a plan to an effect, whatever anybody answers.
func TestVerdicts_reachable(t *testing.T) {
	t.Parallel()
	allowed := []string{"Like", "Comment", "Amplify", "Post", "Generate", "Reply", "Byte"}
	// The market's are about the persona's own listings and orders, which the
	// platform names, and which code counts.
	market := []string{"CreateService", "UpdateService", "DeleteService", "StartOrder", "Deliver", "OrderMessage", "Generate"}
	private := []string{"Message", "FirstMessage"}
	made := 0
	for name, file := range sources(t, "planner") {
		allowed := allowed
		if strings.HasPrefix(filepath.Base(name), "market") {
			allowed = market
		}
		if base := filepath.Base(name); base == "network.go" || base == "follow.go" { // of agents that the platform names
			allowed = []string{"Follow", "Unfollow"}
		}
		if strings.HasPrefix(filepath.Base(name), "messages") {
			allowed = private
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || !isSelector(lit.Type, "actions", "Action") {
				return true
			}
			for _, e := range lit.Elts {
				field, ok := e.(*ast.KeyValueExpr)
				if key, isName := field.Key.(*ast.Ident); !ok || !isName || key.Name != "Kind" {
					continue
				}
				made++
				switch v := field.Value.(type) {
				case *ast.SelectorExpr:
					if v.Sel.Name != "act" && !slices.Contains(allowed, v.Sel.Name) {
						t.Errorf("%s makes an action of the kind %s", name, v.Sel.Name)
					}
				case *ast.Ident:
					refused := v.Name == "k" && filepath.Base(name) == "market.go" // left to a person, and not done
					if v.Name != "act" && !refused {                               // of engageKinds, in Candidate.deed
						t.Errorf("%s makes an action of the kind %s", name, v.Name)
					}
				}
			}
			return true
		})
	}
	if made < 4 {
		t.Errorf("only %d places make actions: does this test still see them?", made)
	}
}

func isSelector(e ast.Expr, x, sel string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == x && s.Sel.Name == sel
}

// TestVerdicts_fetchesNothing: addresses of strangers (media, avatars, links)
// are never fetched, so that no name of theirs is ever resolved. Who changes
// that puts a check of the resolved address where the fetch is.
func TestVerdicts_fetchesNothing(t *testing.T) {
	t.Parallel()
	fetches := map[string]bool{"Get": true, "Head": true, "Post": true, "PostForm": true, "NewRequest": true, "NewRequestWithContext": true, "Client": true, "DefaultClient": true, "Transport": true, "DefaultTransport": true}
	dials := map[string]bool{"Dial": true, "DialTimeout": true, "DialTCP": true, "Dialer": true, "LookupHost": true, "LookupIP": true}
	known := []string{
		"../apiclient/client.go", "../apiclient/config.go", "../apiclient/transport.go", "../apiclient/call.go", // the platform
		"../apiclient/mediafile.go",    // the platform, at addresses that are checked once they are resolved
		"../planner/openai.go",         // the model
		"../cmd/imagined/household.go", // the transport that both share
		"../cmd/imagined/doctor_network.go",
	}
	for _, folder := range []string{"actions", "apiclient", "cmd/imagined", "console", "contract", "generation", "jobs", "persona", "planner", "state"} {
		for name, file := range sources(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				id, ok := s.X.(*ast.Ident)
				if ok && (id.Name == "http" && fetches[s.Sel.Name] || id.Name == "net" && dials[s.Sel.Name]) && !slices.Contains(known, filepath.ToSlash(name)) {
					t.Errorf("%s uses %s.%s", name, id.Name, s.Sel.Name)
				}
				return true
			})
		}
	}
}

// TestVerdicts_noPages: row 42. No page and no table shows what strangers
// wrote: nothing renders HTML, and nothing writes CSV.
func TestVerdicts_noPages(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"console", "cmd/imagined", "jobs", "state"} {
		for name, file := range sources(t, folder) {
			for _, spec := range file.Imports {
				if p := strings.Trim(spec.Path.Value, `"`); folder == "console" && p == "text/template" || p == "encoding/csv" {
					t.Errorf("%s imports %s: pages need html/template, cells that begin with = need a quote", name, p)
				}
			}
		}
	}
}

// TestVerdicts_personaFiles: row 43.
func TestVerdicts_personaFiles(t *testing.T) {
	t.Parallel()
	head := "handle: nova_curator\nname: Nova\n"
	aliases := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 8 {
		aliases += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat("*"+string(rune('a'+i))+",", 9) + "]\n"
	}
	for name, file := range map[string]string{
		"alias bomb": head + aliases, "merge key": head + "llm: {<<: {model: x}}\n", "tag": head + "bio: !!python/object x\n", "duplicate key": head + "name: Other\n",
		"unknown keys": head + strings.Repeat("x", 1000) + ": 1\n", "alias": head + "bio: &b hello\nwebsite: *b\n",
		"many keys": head + "avoid:\n" + strings.Repeat("  k"+"ey: 1\n", 200_000),
		"huge":      head + "bio: " + strings.Repeat("x", 20<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := persona.Parse("nova.yaml", []byte(file)); err == nil {
				t.Error("it is loaded")
			} else if len(err.Error()) > 10_000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}
