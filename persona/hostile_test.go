package persona_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"imagined/persona"
)

// Hostile files must be refused, with a list of faults that a person can read.
// They are not timed; quadratic work on them would stall the test run.
func TestParse_Hostile(t *testing.T) {
	t.Parallel()
	const head = "handle: nova\nname: Nova\n"
	tests := []struct{ name, data, want string }{
		{"alias bomb", bomb(), "anchors (&"},
		{"alias loop", "handle: &a [*a]\n", "aliases (*a)"},
		{"100,000 keys", head + lines(100_000, "k%d:"), "the file is larger"},
		{"as many keys as fit", lines(28_000, "k%d:"), "more faults from here on"},
		{"as many limits as fit", head + "limits:\n" + lines(20_000, " k%d: {}"), "is not a kind of action"},
		{"as many bad items as fit", head + "approval: [" + strings.Repeat("x,", 100_000) + "x]\n", `approval[0]: "x" is not known`},
		{"one key many times", head + strings.Repeat("bio: x\n", 30_000), "is given twice"},
		{"open brackets", head + "market: " + strings.Repeat("[", 10_000), "not YAML"},
		{"nested brackets", head + "market: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), "nested too deeply"},
		{"nested mappings", head + "voice: " + strings.Repeat("{a: ", 9_000) + strings.Repeat("}", 9_000), "nested too deeply"},
		{"deep indentation", stairs(500), "nested too deeply"},
		{"tags everywhere", head + "links: [" + strings.Repeat("!!str a, ", 20_000) + "]\n", "tags (!!str)"},
		{"merge keys everywhere", head + strings.Repeat("<<: {a: b}\n", 20_000), "merge keys"},
		{"100 KB of text", head + "bio: " + strings.Repeat("x", 100_000), "has 100000 characters"},
		{"100 KB of braces", head + "voice: {lines: ['" + strings.Repeat("{", 100_000) + "']}", "placeholder"},
		{"100 KB of a handle", "name: Nova\nhandle: " + strings.Repeat("a", 100_000), "is not a handle"},
		{"100 KB of a schedule", head + "schedule: {post: '" + strings.Repeat("* ", 50_000) + "'}", "longer than 100"},
		{"100 KB of secrets", head + "bio: '" + strings.Repeat("sk-abcdefghijklmnop ", 5_000) + "'", "looks like a secret"},
		{"100 KB of a key", head + strings.Repeat("k", 100_000) + ": 1\n", "is not a key of this file"},
		{"huge number", head + "generation: {per_day: 1e400}", "must be a whole number"},
		{"not a number", head + "interests: [{topic: a, weight: .nan}]", "must be a number"},
		{"infinity", head + "llm: {price: {input: .inf, output: 0}}", "must be a number"},
		{"parser panic", head + "schedule: {post: TZ=UTC}", "is not a schedule"},
		{"time zone path", head + "timezone: ../../etc/passwd", "is not a time zone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := persona.Parse("x.yaml", []byte(tt.data))
			faults, ok := errors.AsType[persona.Errors](err)
			if !ok {
				t.Fatalf("err = %v, want Errors", err)
			}
			text := err.Error()
			if !strings.Contains(text, tt.want) {
				t.Errorf("faults %.300q do not say %q", text, tt.want)
			}
			if len(faults) > 101 || len(text) > 64<<10 {
				t.Errorf("%d faults in %d bytes; nobody reads that", len(faults), len(text))
			}
			for _, fault := range faults {
				if len(fault.Excerpt()) > 2<<10 {
					t.Errorf("excerpt of %d bytes", len(fault.Excerpt()))
				}
			}
		})
	}
}

// bomb would be 10^9 items long if its aliases were followed.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return b.String()
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i)
	}
	return b.String()
}

func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
