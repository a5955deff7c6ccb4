package state_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"imagined/state"
)

const many = 100_000

// large makes a journal of 100,000 entries once a benchmark.
func large(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "nova.db")
	s, err := state.OpenWith(path, "nova", state.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Fill(many, noon); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkOpen is what a start needs before it can work.
func BenchmarkOpen(b *testing.B) {
	path := large(b)
	for b.Loop() {
		s, err := state.Open(path, "nova")
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = s.Close()
		b.StartTimer()
	}
}

// BenchmarkCheck reads the whole file.
func BenchmarkCheck(b *testing.B) {
	path := large(b)
	for b.Loop() {
		report, err := state.Check(path)
		if err != nil || len(report.Faults) > 0 || report.Records["entries"] != many {
			b.Fatal(report, err)
		}
		b.ReportMetric(float64(report.Bytes)/(1<<20), "MiB")
	}
}

// BenchmarkTaken looks a dedupe key up.
func BenchmarkTaken(b *testing.B) {
	s, err := state.Open(large(b), "nova")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // benchmark
	i := 0
	for b.Loop() {
		i = (i + 7919) % many
		if taken, err := s.Taken(fmt.Sprintf("like/pst_%06d", i)); !taken || err != nil {
			b.Fatal(taken, err)
		}
	}
}

// BenchmarkAction is one journalled action, three commits on the disk, in a
// journal of 100,000 entries.
func BenchmarkAction(b *testing.B) {
	s, err := state.Open(large(b), "nova")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // benchmark
	i := 0
	for b.Loop() {
		i++
		at := noon.Add(time.Duration(i) * time.Minute)
		charges := []state.Charge{{Counter: "kind/like"}, {Counter: "author/luma"}}
		e, err := s.Plan(like(fmt.Sprint("pst_bench_", i), at), charges)
		if err != nil {
			b.Fatal(err)
		}
		e.Status, e.Attempts = state.Sending, 1
		if e, err = s.Send(e, charges, at); err != nil {
			b.Fatal(err)
		}
		e.Status = state.Done
		if _, err = s.Record(e, at); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAction_RawBolt is what three commits of one record cost in bbolt
// itself.
func BenchmarkAction_RawBolt(b *testing.B) {
	db, err := bolt.Open(large(b), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // benchmark
	i := 0
	for b.Loop() {
		for range 3 {
			i++
			err := db.Update(func(tx *bolt.Tx) error {
				return tx.Bucket([]byte("entries")).Put(fmt.Appendf(nil, "%08d", i), make([]byte, 400))
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
