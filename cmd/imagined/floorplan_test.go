package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors lists the packages from the roof down. A package may import what is
// on a lower floor.
var floors = [][]string{
	{"cmd/imagined"},
	{"crash", "simulate"},
	{"console"},
	{"jobs"},
	{"planner", "generation", "actions/actionstest"},
	{"actions"},
	{"apiclient", "state", "persona", "personas"},
	{"contract"},
}

// TestFloorPlan reads the imports of the product's files: no unknown folder,
// no arrow that points up or sideways. The sandbox stands beside the house: it
// imports contract only, and only main, the simulation and what prepares it for
// tests import it; the latter is imported by tests alone.
func TestFloorPlan(t *testing.T) {
	checked := 0
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "tools" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel("../..", filepath.Dir(file))
		if err != nil {
			return err
		}
		from := filepath.ToSlash(rel)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		checked++
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if to, ours := strings.CutPrefix(name, "imagined/"); ours && !allowed(from, to) {
				t.Errorf("%s: %s may not import %s", path.Base(file), from, to)
			}
		}
		if from != "sandbox" && floor(from) < 0 {
			t.Errorf("%s: the floor plan has no room %q", path.Base(file), from)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 40 {
		t.Errorf("only %d files were checked", checked)
	}
}

func allowed(from, to string) bool {
	switch {
	case from == "sandbox":
		return to == "contract"
	case to == "sandbox":
		return from == "cmd/imagined" || from == "simulate" || from == "actions/actionstest"
	case to == "actions/actionstest":
		return false
	}
	return floor(from) >= 0 && floor(from) < floor(to)
}

func floor(name string) int {
	return slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, name) })
}

func TestFloorPlan_CanFail(t *testing.T) {
	for _, arrow := range [][2]string{
		{"state", "actions"}, {"planner", "generation"}, {"sandbox", "apiclient"}, {"jobs", "sandbox"}, {"util", "contract"}, {"jobs", "util"}, {"cmd/imagined", "actions/actionstest"},
	} {
		if allowed(arrow[0], arrow[1]) {
			t.Errorf("%s -> %s is allowed", arrow[0], arrow[1])
		}
	}
}
