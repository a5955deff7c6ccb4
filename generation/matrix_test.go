package generation_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/contract"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// pair is something that a provider makes, as the contract's table has it.
type pair struct{ provider, kind string }

func (p pair) String() string { return p.provider + " " + p.kind }

func pairs(t *testing.T) (all []pair) {
	t.Helper()
	kinds := make(map[string]bool)
	for _, provider := range slices.Sorted(maps.Keys(contract.Capabilities)) {
		for _, kind := range slices.Sorted(maps.Keys(contract.Capabilities[provider])) {
			all, kinds[kind] = append(all, pair{provider, kind}), true
		}
	}
	if len(contract.Capabilities) != 4 || len(kinds) != 5 {
		t.Fatalf("%d providers, %d types: the contract has four and five", len(contract.Capabilities), len(kinds))
	}
	return all
}

// each runs a test for every provider and type, in a studio of its own.
func each(t *testing.T, config sandbox.Config, key string, test func(t *testing.T, s *studio, p pair)) {
	t.Helper()
	for _, p := range pairs(t) {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			s := newStudioWith(t, config)
			s.plug(p, key)
			test(t, s, p)
		})
	}
}

func (s *studio) plug(p pair, key string) {
	s.t.Helper()
	if _, err := s.client.ConnectService(s.t.Context(), p.provider, key); err != nil {
		s.t.Fatal(err)
	}
}

const goodKey = "a-key-for-the-sandbox"

func (s *studio) begin(p pair, slot string) state.Entry {
	s.t.Helper()
	e, err := s.generator.Performer.Do(s.t.Context(), actions.Action{
		Kind: actions.Generate, Slot: slot, Text: "From the desk, " + slot + ".",
		Media: &state.Request{Provider: p.provider, Type: p.kind, Prompt: p.kind + " of fog, " + slot},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// once checks the one piece of media that a test made.
func (s *studio) once(status string, retries int) state.Media {
	s.t.Helper()
	ms := s.media()
	if len(ms) != 1 {
		s.t.Fatalf("%d media", len(ms))
	}
	m := ms[0]
	if m.Status != status || m.Retries != retries || !m.Ended {
		s.t.Errorf("media %+v, want %s after %d retries", m, status, retries)
	}
	if n := s.effects("startGeneration"); n != 1 {
		s.t.Errorf("%d starts, want 1", n)
	}
	if n := s.effects("retryGeneration"); n != retries {
		s.t.Errorf("%d retries at the sandbox, want %d", n, retries)
	}
	return m
}

// TestMatrix_Completed: every provider and type ends in a post with its text,
// and the file behind it is of its kind.
func TestMatrix_Completed(t *testing.T) {
	t.Parallel()
	files := map[string]string{"image": "image/png", "video": "image/gif", "voice": "audio/wav", "sound_effect": "audio/wav", "music": "audio/wav"}
	each(t, sandbox.Config{}, goodKey, func(t *testing.T, s *studio, p pair) {
		s.begin(p, "noon")
		if seen := strings.Join(s.follow(2*time.Minute), " "); seen != "generating uploading completed" {
			t.Errorf("saw %q", seen)
		}
		m := s.once(state.MediaCompleted, 0)
		if !strings.HasPrefix(m.Seen, files[p.kind]+", ") || !strings.HasSuffix(m.Seen, "; in its post") || m.Fault != "" {
			t.Errorf("seen %q, fault %q", m.Seen, m.Fault)
		}
		post, err := s.client.Post(t.Context(), m.PostID)
		if err != nil || post.Content != "From the desk, noon." || len(post.MediaURLs) != 1 || post.MediaURLs[0] != m.Result {
			t.Errorf("post %+v, %v", post, err)
		}
	})
}

// TestMatrix_FailedAndRetried: a provider without quota is given time before
// each retry; once the account is in order, the same job ends in its post.
func TestMatrix_FailedAndRetried(t *testing.T) {
	t.Parallel()
	each(t, sandbox.Config{}, "key-without-quota", func(t *testing.T, s *studio, p pair) {
		s.begin(p, "noon")
		s.follow(2 * time.Minute)
		m := s.media()[0]
		if m.Status != "failed" || m.Cause != "quota" || m.Ended || !m.RetryAt.After(s.Now()) {
			t.Fatalf("media %+v", m)
		}
		s.plug(p, goodKey)
		s.follow(2 * time.Minute)
		if n := s.effects("retryGeneration"); n != 0 {
			t.Errorf("%d retries before their time", n)
		}
		s.follow(5 * time.Minute)
		if m := s.once(state.MediaCompleted, 1); m.PostID == "" || m.Error != "" || m.Cause != "" {
			t.Errorf("media %+v", m)
		}
	})
}

// TestMatrix_AutoFailed: a job that takes longer than five minutes is failed by
// the platform; it is retried three times and then given up.
func TestMatrix_AutoFailed(t *testing.T) {
	t.Parallel()
	each(t, sandbox.Config{GenerationTime: 20 * time.Minute}, goodKey, func(t *testing.T, s *studio, p pair) {
		s.begin(p, "noon")
		s.follow(4 * time.Minute)
		if m := s.media()[0]; m.Ended || m.Retries != 0 {
			t.Fatalf("media %+v after four minutes", m)
		}
		s.follow(40 * time.Minute)
		if m := s.once(state.MediaGivenUp, 3); m.Cause != "timeout" || m.Error != "failed after 3 retries: Timed out after 5 minutes" {
			t.Errorf("media %+v", m)
		}
	})
}

// TestMatrix_GivenUp: a failure without a known cause is retried three times,
// one that a retry cannot mend not once.
func TestMatrix_GivenUp(t *testing.T) {
	t.Parallel()
	each(t, sandbox.Config{FailGenerations: 1}, goodKey, func(t *testing.T, s *studio, p pair) {
		s.begin(p, "noon")
		s.follow(20 * time.Minute)
		if m := s.once(state.MediaGivenUp, 3); m.Cause != "unknown" {
			t.Errorf("media %+v", m)
		}
	})
	each(t, sandbox.Config{}, "an-invalid-key", func(t *testing.T, s *studio, p pair) {
		s.begin(p, "noon")
		s.follow(20 * time.Minute)
		if m := s.once(state.MediaGivenUp, 0); m.Cause != "key" || m.Error != "Invalid API key" {
			t.Errorf("media %+v", m)
		}
	})
}

// TestMatrix_RestartedInEachState: the process ends, and its journal is opened
// again, in each state of a job; each time the one job ends in its post.
func TestMatrix_RestartedInEachState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state  string
		polled bool // the process has seen the state
		fault  sandbox.FaultKind
	}{
		{"pending", false, ""}, {"pending", false, sandbox.AppliedReset}, {"pending", false, sandbox.Truncated},
		{"generating", true, ""}, {"generating", false, ""}, {"uploading", true, ""}, {"uploading", false, ""},
		{"failed", true, ""}, {"failed", false, ""}, {"completed", true, ""}, {"completed", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.state+" "+string(tt.fault), func(t *testing.T) {
			t.Parallel()
			each(t, sandbox.Config{}, goodKey, func(t *testing.T, s *studio, p pair) {
				retries := 0
				if tt.state == "failed" {
					s.plug(p, "key-without-quota")
					retries = 1
				}
				if tt.fault != "" {
					s.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: tt.fault, Rate: 1})
				}
				s.begin(p, "noon")
				s.sandbox.SetFaults()
				s.until(tt.state, tt.polled)
				s.reopen()
				s.plug(p, goodKey)
				s.follow(20 * time.Minute)
				if m := s.once(state.MediaCompleted, retries); m.PostID == "" || m.Fault != "" {
					t.Errorf("media %+v", m)
				}
				if n := s.posts(); n != 1 {
					t.Errorf("%d posts, want 1", n)
				}
			})
		})
	}
}

// until lets time pass until the platform's only job is in a state.
func (s *studio) until(status string, polled bool) {
	s.t.Helper()
	for range 60 {
		for j, err := range s.client.GenerationHistory(s.t.Context()) {
			if err != nil {
				s.t.Fatal(err)
			}
			if j.Status == status {
				return
			}
		}
		if polled {
			if _, err := s.generator.Poll(s.t.Context()); err != nil {
				s.t.Fatal(err)
			}
		}
		s.Advance(5 * time.Second)
	}
	s.t.Fatalf("the job is never %s", status)
}

// reopen is a restart: nothing is left but the journal.
func (s *studio) reopen() {
	s.t.Helper()
	path := s.store.Path()
	if err := s.store.Close(); err != nil {
		s.t.Fatal(err)
	}
	var err error
	if s.store, err = state.Open(path, "nova_test"); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.store.Close() })
	s.client = s.connect(s.url, s.id, s.secret)
	s.restart()
}

// posts counts the agent's posts at the sandbox.
func (s *studio) posts() (n int) {
	s.t.Helper()
	me, err := s.client.Me(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return me.PostCount
}

// TestMatrix_AtMostThreeAtOnce: whatever is wanted, three jobs run at once, and
// none is asked for that the platform would refuse.
func TestMatrix_AtMostThreeAtOnce(t *testing.T) {
	t.Parallel()
	s := newStudioWith(t, sandbox.Config{FailGenerations: 0.4})
	all := pairs(t)
	var recipes []persona.Recipe
	for _, p := range all {
		s.plug(p, goodKey)
		recipes = append(recipes, persona.Recipe{Provider: p.provider, Type: p.kind, Prompt: "fog"})
	}
	most, started := 0, 0
	for i := range 240 { // ten seconds each
		usable, _, err := s.generator.Usable(t.Context(), recipes)
		if err != nil {
			t.Fatal(err)
		}
		for len(usable) > 0 { // as many as it says
			r := usable[i%len(usable)]
			s.begin(pair{r.Provider, r.Type}, s.Now().Format(time.TimeOnly)+" "+string(rune('a'+started%26)))
			started++
			if usable, _, err = s.generator.Usable(t.Context(), recipes); err != nil {
				t.Fatal(err)
			}
		}
		jobs, err := s.client.PendingGenerations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, j := range jobs {
			if j.Status != "failed" {
				n++
			}
		}
		most = max(most, n)
		s.follow(10 * time.Second)
	}
	if most != contract.MaxGenerations || started < 50 || s.effects("startGeneration") != started {
		t.Errorf("%d at once, want %d; %d started, %d at the sandbox", most, contract.MaxGenerations, started, s.effects("startGeneration"))
	}
	if refused, err := s.store.Entries(state.Filter{Status: state.Refused}, 0); err != nil || len(refused) > 0 {
		t.Errorf("%d were refused, %v: %+v", len(refused), err, refused)
	}
}

// TestMatrix_NoStartPaidTwice: whatever becomes of the answer, the sandbox has
// begun one job, and its post is there once.
func TestMatrix_NoStartPaidTwice(t *testing.T) {
	t.Parallel()
	kinds := []sandbox.FaultKind{
		sandbox.AppliedReset, sandbox.AppliedError, sandbox.Applied500, sandbox.Applied502, sandbox.Applied504,
		sandbox.Truncated, sandbox.HTML, sandbox.NotApplied, sandbox.TooMany, sandbox.Expired,
	}
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			each(t, sandbox.Config{}, goodKey, func(t *testing.T, s *studio, p pair) {
				s.sandbox.SetFaults(sandbox.Fault{Op: "startGeneration", Kind: kind, Once: true})
				s.begin(p, "noon")
				s.follow(40 * time.Minute)
				if m := s.once(state.MediaCompleted, 0); m.PostID == "" || s.posts() != 1 {
					t.Errorf("media %+v, %d posts", m, s.posts())
				}
			})
		})
	}
}

// TestMatrix_ParamsArrive: what the contract lets a recipe say is what the
// platform is sent, type for type.
func TestMatrix_ParamsArrive(t *testing.T) {
	t.Parallel()
	each(t, sandbox.Config{}, goodKey, func(t *testing.T, s *studio, p pair) {
		var sent string
		s.client = s.listening(func(r *http.Request, body string) {
			if r.URL.Path == "/api/generate" {
				sent = body
			}
		})
		s.restart()
		params, want := map[string]any{}, []string{}
		for name, param := range contract.Capabilities[p.provider][p.kind] {
			switch {
			case name == "referenceImage":
			case name == "voice_id":
				params[name] = "Sarah"
				want = append(want, `"voice_id":"EXAVITQu4vr4xnSDxMaL"`)
			case len(param.Enum) > 0:
				params[name] = param.Enum[0]
				want = append(want, `"`+name+`":"`+param.Enum[0]+`"`)
			case param.Type == "string":
				params[name] = param.Default
				want = append(want, `"`+name+`":"`+param.Default+`"`)
			default:
				params[name] = 7
				want = append(want, `"`+name+`":7`)
			}
		}
		usable, why, err := s.generator.Usable(t.Context(), []persona.Recipe{{Provider: p.provider, Type: p.kind, Prompt: "fog", Params: params}})
		if err != nil || len(usable) != 1 {
			t.Fatalf("%q, %v", why, err)
		}
		e, err := s.generator.Performer.Do(t.Context(), actions.Action{
			Kind: actions.Generate, Slot: "noon", Text: "Fog.",
			Media: &state.Request{Provider: p.provider, Type: p.kind, Prompt: "fog", Params: usable[0].Params},
		})
		if err != nil || e.Status != state.Done {
			t.Fatalf("entry %+v, %v", e, err)
		}
		for _, w := range want {
			if !strings.Contains(sent, w) {
				t.Errorf("sent %s, without %s", sent, w)
			}
		}
	})
}
