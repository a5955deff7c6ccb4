package sandbox

import "testing"

// BenchmarkReadContract is inside the package because New reads the contract
// only once in a process, and that time would not show.
func BenchmarkReadContract(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readContract(); err != nil {
			b.Fatal(err)
		}
	}
}
