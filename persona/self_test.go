package persona_test

import "testing"

// TestParse_ByteNeedsAFolder: films are shown when there is a folder for them,
// unless the file says otherwise.
func TestParse_ByteNeedsAFolder(t *testing.T) {
	t.Parallel()
	const base = "handle: nova\nname: Nova\n"
	tests := []struct{ name, data, want string }{
		{"no folder", "", "off"},
		{"no folder, other jitter", "schedule: {byte: {jitter: 1m}}\n", "off"},
		{"folder", "media: films\n", "10 15 * * 3"},
		{"folder, other jitter", "media: films\nschedule: {byte: {jitter: 1m}}\n", "10 15 * * 3"},
		{"folder, but off", "media: films\nschedule: {byte: off}\n", "off"},
		{"no folder, yet a time", "schedule: {byte: '0 8 * * *'}\n", "0 8 * * *"},
	}
	for _, tt := range tests {
		if got := parse(t, base+tt.data).Schedule["byte"].Cron; got != tt.want {
			t.Errorf("%s: byte runs %q, want %q", tt.name, got, tt.want)
		}
	}
}
