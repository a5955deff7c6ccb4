package persona_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imagined/persona"
)

// FuzzParse shows that no bytes make Parse panic, that a refusal always has a
// place and a fix, and that the effective configuration means the same as the
// file it was made from.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"testdata/good", "testdata/bad", "testdata/semantic", "../personas"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			f.Fatal(err)
		}
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".yaml") {
				continue
			}
			data, err := os.ReadFile(folder + "/" + entry.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := persona.Parse("x.yaml", data)
		if err != nil {
			checkFaults(t, err)
			return
		}
		checkRoundTrip(t, p)
	})
}

func checkFaults(t *testing.T, err error) {
	t.Helper()
	faults, ok := errors.AsType[persona.Errors](err)
	if !ok || len(faults) == 0 {
		t.Fatalf("err = %#v, want Errors", err)
	}
	for _, fault := range faults {
		if fault.Line < 1 || fault.Column < 1 || fault.Problem == "" || fault.Fix == "" {
			t.Errorf("incomplete fault %+v", fault)
		}
		_ = fault.Excerpt()
	}
}

func checkRoundTrip(t *testing.T, p *persona.Persona) {
	t.Helper()
	out, err := p.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := persona.Parse("effective.yaml", out)
	if err != nil {
		t.Fatalf("effective configuration is refused: %v\n%s", err, out)
	}
	if diff := cmp.Diff(p, again); diff != "" {
		t.Errorf("effective configuration differs (-want +got):\n%s\n%s", diff, out)
	}
	if p.Hash() != again.Hash() {
		t.Errorf("hash changed from %s to %s", p.Hash(), again.Hash())
	}
}
