package sandbox_test

import (
	"testing"

	"imagined/sandbox"
)

// BenchmarkNew measures a new world of 50 agents. The contract is read only
// once in a process; BenchmarkReadContract measures that. A start is both.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sandbox.New(sandbox.Config{Seed: 1, Agents: 50}); err != nil {
			b.Fatal(err)
		}
	}
}
