package persona_test

import (
	"regexp"
	"testing"

	"imagined/persona"
)

func TestPersona_YAML(t *testing.T) {
	t.Parallel()
	all := append(files(t, "good"), examples(t)...)
	for _, file := range all {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			p, err := persona.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, p)
		})
	}
}

func TestPersona_Hash(t *testing.T) {
	t.Parallel()
	const base = "handle: nova\nname: Nova\n"
	hash := parse(t, base).Hash()
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(hash) {
		t.Errorf("hash = %q", hash)
	}
	tests := []struct {
		name, data string
		same       bool
	}{
		{"comment and order", "# hello\nname: Nova\nhandle: nova\n", true},
		{"default spelled out", base + "timezone: UTC\nlimits: {like: {hour: 20}}\n", true},
		{"no jitter", base + "schedule: {post: {jitter: 0s}}\n", false},
		{"other limit", base + "limits: {like: {hour: 21}}\n", false},
		{"no cap against cap of zero", base + "llm: {max_usd_per_day: 0, price: {input: 0, output: 0}}\n", false},
	}
	for _, tt := range tests {
		if got := parse(t, tt.data).Hash() == hash; got != tt.same {
			t.Errorf("%s: same hash = %v, want %v", tt.name, got, tt.same)
		}
	}
}
