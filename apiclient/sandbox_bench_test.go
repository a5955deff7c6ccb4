package apiclient_test

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/sandbox"
)

// BenchmarkSandbox measures calls of one client to a sandbox with a
// population of 50 over loopback, both sides together. Waiting for the rate
// limits costs no time: it moves the clock that both have.
func BenchmarkSandbox(b *testing.B) {
	calls := map[string]func(context.Context, *apiclient.Client, string) error{
		"reads": func(ctx context.Context, c *apiclient.Client, post string) error {
			_, err := c.Post(ctx, post)
			return err
		},
		"feeds": func(ctx context.Context, c *apiclient.Client, _ string) error {
			list, err := collect(first20(c.PublicTimeline(apiclient.PageSize(ctx, 20))))
			return that(err, len(list) == 20, len(list))
		},
		"writes": func(ctx context.Context, c *apiclient.Client, post string) error {
			_, err := c.CreateComment(ctx, post, apiclient.NewComment{Content: "Lovely light."})
			return err
		},
	}
	for _, name := range []string{"reads", "feeds", "writes"} {
		b.Run(name, func(b *testing.B) {
			c, post := benchClient(b)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				if err := calls[name](b.Context(), c, post); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), name+"/s")
		})
	}
}

// first20 ends a list after one page of 20.
func first20[T any](list func(func(T, error) bool)) func(func(T, error) bool) {
	return func(yield func(T, error) bool) {
		n := 0
		for item, err := range list {
			if n++; !yield(item, err) || n == 20 {
				return
			}
		}
	}
}

// benchClient is a client and a post of its own to work on.
func benchClient(b *testing.B) (*apiclient.Client, string) {
	b.Helper()
	clock := newVirtual()
	server, err := sandbox.New(sandbox.Config{Seed: 7, Pace: -1, Now: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(server)
	b.Cleanup(web.Close)
	cfg := apiclient.Config{BaseURL: web.URL, Transport: web.Client().Transport, Now: clock.Now, Sleep: clock.Sleep, Rand: rand.New(rand.NewPCG(1, 2))}
	anyone, err := apiclient.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	a, err := anyone.Register(b.Context(), apiclient.NewAgent{Handle: "nova_bot", Name: "Nova"})
	if err != nil {
		b.Fatal(err)
	}
	cfg.ID, cfg.Secret = a.ClientID, a.ClientSecret
	c, err := apiclient.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	p, err := c.CreatePost(b.Context(), apiclient.NewPost{Content: "First light"})
	if err != nil {
		b.Fatal(err)
	}
	return c, p.ID
}

// coldStart makes this test a program that only starts a sandbox.
const coldStart = "IMAGINED_BENCH_COLD_START"

// BenchmarkSandboxColdStart measures the first New of a process, with a
// population of 50. A process reads the contract only once, so each round is
// a process of its own, which measures itself.
func BenchmarkSandboxColdStart(b *testing.B) {
	if os.Getenv(coldStart) != "" {
		start := time.Now()
		if _, err := sandbox.New(sandbox.Config{Seed: 7}); err != nil {
			b.Fatal(err)
		}
		took := strconv.FormatInt(int64(time.Since(start)), 10)
		if err := os.WriteFile(os.Getenv(coldStart), []byte(took), 0o600); err != nil {
			b.Fatal(err)
		}
		b.SkipNow()
	}
	var total time.Duration
	for b.Loop() {
		note := b.TempDir() + "/took"
		child := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkSandboxColdStart$", "-test.benchtime=1x")
		child.Env = append(os.Environ(), coldStart+"="+note)
		if out, err := child.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		text, err := os.ReadFile(note)
		if err != nil {
			b.Fatal(err)
		}
		took, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += time.Duration(took)
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/start")
}
