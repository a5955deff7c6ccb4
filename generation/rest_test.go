package generation_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/persona"
	"imagined/sandbox"
	"imagined/state"
)

// TestRest_EachCause: what providers say leads to a cause, and that to whether
// the job is retried and the provider rests.
func TestRest_EachCause(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says    string
		cause   string
		retries int
		rests   bool // after one that was given up
	}{
		{"Incorrect API key provided: sk-...", "key", 0, true},
		{"The key lacks the permission", "key", 0, true},
		{"You exceeded your current quota, please check your plan and billing details.", "quota", 3, true},
		{"Your request was rejected as a result of our safety system.", "policy", 0, false},
		{"Prompt flagged by moderation", "policy", 0, false},
		{"Rate limit reached for images per minute", "busy", 3, true},
		{"The model is currently overloaded", "busy", 3, true},
		{"Timed out after 5 minutes", "timeout", 3, false},
		{"Something odd", "unknown", 3, false},
		{"", "unknown", 3, false},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, 1)
			s.client = s.through(func(body string) string {
				return strings.ReplaceAll(body, `"errorMessage":"The provider could not generate this"`, `"errorMessage":"`+tt.says+`"`)
			})
			s.restart()
			s.start("noon", "fog")
			s.follow(40 * time.Minute)
			m := s.media()[0]
			if m.Cause != tt.cause || m.Status != state.MediaGivenUp || s.effects("retryGeneration") != tt.retries || !strings.Contains(m.Error, tt.says) {
				t.Errorf("%d retries, media %+v", s.effects("retryGeneration"), m)
			}
			_, why, err := s.generator.Usable(t.Context(), openai)
			if err != nil || (why != "") != tt.rests || tt.rests && !strings.Contains(why, "OPENAI rests until 2026-03-01T") {
				t.Errorf("why %q, %v", why, err)
			}
		})
	}
}

var openai = []persona.Recipe{{Provider: "OPENAI", Type: "image", Prompt: "fog"}}

// TestRest_GrowsAndEnds: a provider that keeps failing rests for longer each
// time, over restarts; one that works, or is connected anew, is asked again.
func TestRest_GrowsAndEnds(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 1)
	rested := func() time.Duration {
		t.Helper()
		for d := time.Duration(0); d < 48*time.Hour; d += 10 * time.Minute {
			_, why, err := s.generator.Usable(t.Context(), openai)
			if err != nil {
				t.Fatal(err)
			}
			if why == "" {
				return d
			}
			s.Advance(10 * time.Minute)
		}
		return 48 * time.Hour
	}
	var got []time.Duration
	for _, slot := range []string{"1", "2", "3", "4"} {
		s.start(slot, "fog "+slot)
		s.follow(5 * time.Minute)
		s.reopen()
		got = append(got, rested())
	}
	for i, want := range []time.Duration{0, time.Hour, 2 * time.Hour, 4 * time.Hour} {
		if off := want - got[i]; off < 0 || off > 10*time.Minute {
			t.Errorf("rested %v; want about 0, 1, 2 and 4 hours", got)
			break
		}
	}
	s.start("5", "fog 5")
	s.follow(5 * time.Minute)
	if _, err := s.client.ConnectService(t.Context(), "OPENAI", "another-key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	if d := rested(); d != 0 {
		t.Errorf("rests for %s after it was connected anew", d)
	}
}

// TestRest_SuccessEndsTheRow: failures with a success between them are not in
// a row.
func TestRest_SuccessEndsTheRow(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	var says string
	s.client = s.through(func(body string) string {
		if says == "" {
			return body
		}
		return strings.NewReplacer(`"status":"completed"`, `"status":"failed","errorMessage":"`+says+`"`, `"errorMessage":null`, `"ignored":null`).Replace(body)
	})
	s.restart()
	for i, failing := range []bool{true, false, true, false} {
		says = ""
		if failing {
			says = "odd"
		}
		s.start(string(rune('1'+i)), "fog "+string(rune('1'+i)))
		s.follow(25 * time.Minute)
		if _, why, err := s.generator.Usable(t.Context(), openai); err != nil || why != "" {
			t.Errorf("after %d: %q, %v; media %+v", i+1, why, err, s.media()[i])
		}
	}
}

// TestOffers_AreAskedOnceADay: a recipe that names a model or a voice is
// compared with what the provider has, and the list is kept.
func TestOffers_AreAskedOnceADay(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.plug(pair{"ELEVENLABS", "voice"}, goodKey)
	asked := 0
	s.client = s.listening(func(r *http.Request, _ string) {
		if strings.HasPrefix(r.URL.Path, "/api/generate/models") || strings.HasPrefix(r.URL.Path, "/api/generate/voices") {
			asked++
		}
	})
	s.restart()
	check := func(r persona.Recipe, says string, requests int) {
		t.Helper()
		asked = 0
		usable, why, err := s.generator.Usable(t.Context(), []persona.Recipe{r})
		if err != nil || (len(usable) == 1) != (says == "") || !strings.Contains(why, says) || asked != requests {
			t.Errorf("%+v: %d usable, %q, %v, %d requests, want %d", r, len(usable), why, err, asked, requests)
		}
	}
	image, voice := persona.Recipe{Provider: "OPENAI", Type: "image"}, persona.Recipe{Provider: "ELEVENLABS", Type: "voice"}
	check(image, "", 0)
	check(voice, "", 0)
	image.Model = "gpt-image-1"
	check(image, "", 1)
	check(image, "", 0)
	image.Model = "dall-e-9"
	check(image, `OPENAI has no image model "dall-e-9": use one of "gpt-image-1" ("GPT Image 1"), "gpt-image-1-mini"`, 0)
	voice.Params = map[string]any{"voice_id": "night tram"}
	check(voice, "", 1)
	voice.Params = map[string]any{"voice_id": "Nobody"}
	check(voice, `ELEVENLABS has no voice "Nobody": use one of "21m00Tcm4TlvDq8ikWAM" ("Rachel")`, 0)
	s.reopen()
	s.client = s.listening(func(r *http.Request, _ string) {
		if strings.HasPrefix(r.URL.Path, "/api/generate/models") {
			asked++
		}
	})
	s.restart()
	image.Model = "gpt-image-1"
	check(image, "", 0)
	s.Advance(24*time.Hour + time.Minute)
	check(image, "", 1)
}

// TestOffers_LongList: a model far down a long list is there the second time, too.
func TestOffers_LongList(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	var many strings.Builder
	for i := range 400 {
		fmt.Fprintf(&many, `{"id":"m-%d","name":"M %d"},`, i, i)
	}
	s.client = s.through(func(body string) string {
		return strings.Replace(body, `"models":[`, `"models":[`+many.String(), 1)
	})
	s.restart()
	for _, model := range []string{"m-1", "m-350", "m-350", "gpt-image-1", "m-350"} {
		r := persona.Recipe{Provider: "OPENAI", Type: "image", Model: model}
		if usable, why, err := s.generator.Usable(t.Context(), []persona.Recipe{r}); err != nil || len(usable) != 1 {
			t.Errorf("%s: %q, %v", model, why, err)
		}
	}
	r := persona.Recipe{Provider: "OPENAI", Type: "image", Model: "m-500"}
	if usable, _, err := s.generator.Usable(t.Context(), []persona.Recipe{r}); err != nil || len(usable) != 0 {
		t.Errorf("a model that is not there: %d, %v", len(usable), err)
	}
}

// TestUsable_ChecksTheContract: a recipe that did not come from a checked file
// is not started.
func TestUsable_ChecksTheContract(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	bad := persona.Recipe{Provider: "OPENAI", Type: "image", Params: map[string]any{"width": 5}}
	if usable, why, err := s.generator.Usable(t.Context(), []persona.Recipe{bad}); err != nil || len(usable) != 0 || why != "param width is not one of OPENAI image" {
		t.Errorf("%d usable, %q, %v", len(usable), why, err)
	}
}

// TestDo_ChecksParams: whoever wants media, what the contract does not allow is
// refused before anything is sent.
func TestDo_ChecksParams(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	for i, m := range []state.Request{
		{Provider: "OPENAI", Type: "video", Prompt: "fog"},
		{Provider: "OPENAI", Type: "image", Prompt: "fog", Params: map[string]any{"width": 5}},
		{Provider: "RUNWARE", Type: "video", Prompt: "fog", Params: map[string]any{"referenceImage": "https://example.com/a.png"}},
	} {
		e, err := s.generator.Performer.Do(t.Context(), actions.Action{Kind: actions.Generate, Slot: string(rune('1' + i)), Text: "Fog.", Media: &m})
		if err != nil || e.Status != state.Refused || e.Error == "" {
			t.Errorf("%+v: entry %+v, %v", m, e, err)
		}
	}
	if n := s.effects("startGeneration"); n != 0 {
		t.Errorf("%d starts", n)
	}
}

// TestUsable_OthersJobsCount: jobs that somebody else started with the same
// account take places, too.
func TestUsable_OthersJobsCount(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	for _, prompt := range []string{"a", "b", "c"} {
		s.byHand(t.Context(), prompt)
	}
	if _, why, err := s.generator.Usable(t.Context(), openai); err != nil || !strings.Contains(why, "3 generations run on the platform") {
		t.Errorf("%q, %v", why, err)
	}
}

// TestPoll_RetryWaitsForAPlace: a failed job is not retried while others fill
// the platform's three places; a refused retry would be the end of it.
func TestPoll_RetryWaitsForAPlace(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	if _, err := s.client.ConnectService(t.Context(), "OPENAI", "key-without-quota"); err != nil {
		t.Fatal(err)
	}
	s.start("noon", "fog")
	s.follow(time.Minute)
	if _, err := s.client.ConnectService(t.Context(), "OPENAI", goodKey); err != nil {
		t.Fatal(err)
	}
	s.follow(4*time.Minute + 20*time.Second) // nearly time for the retry
	for _, prompt := range []string{"a", "b", "c"} {
		s.byHand(t.Context(), prompt)
	}
	s.follow(50 * time.Second)
	if n := s.effects("retryGeneration"); n != 0 {
		t.Errorf("%d retries without a place", n)
	}
	s.follow(5 * time.Minute)
	if m := s.media()[0]; m.Status != state.MediaCompleted || m.Retries != 1 {
		t.Errorf("media %+v", m)
	}
}

func (s *studio) byHand(ctx context.Context, prompt string) {
	s.t.Helper()
	if _, err := s.client.Call(ctx, operation(s.t, "startGeneration"), body(`{"provider":"OPENAI","generationType":"image","prompt":"`+prompt+`"}`)); err != nil {
		s.t.Fatal(err)
	}
}

// TestPoll_MoneyStopsRetries: a retry may be charged for, so it counts.
func TestPoll_MoneyStopsRetries(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 1)
	s.generator.Performer.Persona = &persona.Persona{Generation: persona.Generation{MaxUSDPerDay: new(0.10)}}
	do := func(slot string) state.Entry {
		e, err := s.generator.Performer.Do(t.Context(), actions.Action{
			Kind: actions.Generate, Slot: slot, Text: "Fog " + slot,
			Media: &state.Request{Provider: "OPENAI", Type: "image", Prompt: "fog " + slot, Cents: 4},
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	do("1")
	s.follow(20 * time.Minute)
	m := s.media()[0]
	if m.Retries != 1 || m.Status != state.MediaGivenUp ||
		!strings.Contains(m.Error, "no retry: limit reached: media for $0.08 were made in 24 hours, generation.max_usd_per_day is $0.10") {
		t.Errorf("media %+v", m)
	}
	if e := do("2"); e.Status != state.Dropped || !strings.Contains(e.Error, "limit reached") {
		t.Errorf("entry %+v", e)
	}
	if n := s.effects("startGeneration") + s.effects("retryGeneration"); n != 2 {
		t.Errorf("%d paid for, want 2", n)
	}
	s.Advance(24 * time.Hour)
	if e := do("3"); e.Status != state.Done {
		t.Errorf("a day later: %+v", e)
	}
}

// TestLook: what is wrong with a result is said; that it is posted stays true.
func TestLook(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		change      *strings.Replacer
		seen, fault string
	}{
		{"another host", strings.NewReplacer(`"resultUrl":"http://127.0.0.1`, `"resultUrl":"http://169.254.169.254/x#`), "the file is on another host and was not looked at; in its post", ""},
		{"missing file", strings.NewReplacer("/media/image-", "/media/imagg-"), "in its post", "the file answers with status 404"},
		{"wrong kind", strings.NewReplacer("/media/image-", "/media/music-", ".png", ".wav"), "in its post", `the file is "audio/wav", not image`},
		{"another text", strings.NewReplacer("From the desk.", "From elsewhere."), "", "the post has another text"},
		{"not shown", strings.NewReplacer(`"mediaUrls":[`, `"mediaUrls":[],"ignored":[`), "", "the post does not show it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, 0)
			s.client = s.through(tt.change.Replace)
			s.restart()
			s.start("noon", "fog")
			s.follow(2 * time.Minute)
			m := s.media()[0]
			if m.Status != state.MediaCompleted || !m.Ended || !strings.Contains(m.Seen, tt.seen) || m.Fault != tt.fault {
				t.Errorf("media %+v", m)
			}
		})
	}
}

// TestLook_LostIsNoFailure: a platform that shows neither file nor post at that
// moment changes nothing.
func TestLook_LostIsNoFailure(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.start("noon", "fog")
	s.sandbox.SetFaults(sandbox.Fault{Op: "getPost", Kind: sandbox.NotApplied, Rate: 1})
	s.follow(2 * time.Minute)
	if m := s.media()[0]; m.Status != state.MediaCompleted || !strings.Contains(m.Seen, "could not be looked at") || m.Fault != "" {
		t.Errorf("media %+v", m)
	}
}

// TestUsable_ListsThatFail: a provider whose list cannot be read keeps its own
// recipe waiting, and no other. Where none is left, that is a failure.
func TestUsable_ListsThatFail(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.plug(pair{"ELEVENLABS", "voice"}, goodKey)
	s.sandbox.SetFaults(sandbox.Fault{Op: "listVoices", Kind: sandbox.NotApplied, Rate: 1})
	image := persona.Recipe{Provider: "OPENAI", Type: "image"}
	voice := persona.Recipe{Provider: "ELEVENLABS", Type: "voice", Params: map[string]any{"voice_id": "Sarah"}}
	usable, why, err := s.generator.Usable(t.Context(), []persona.Recipe{voice, image})
	if err != nil || why != "" || len(usable) != 1 || usable[0].Provider != "OPENAI" {
		t.Errorf("%+v usable, %q, %v; want the picture", usable, why, err)
	}
	if _, why, err := s.generator.Usable(t.Context(), []persona.Recipe{voice}); err == nil || !strings.Contains(err.Error(), "read voices/ELEVENLABS") {
		t.Errorf("%q, %v; want the list that cannot be read", why, err)
	}
}

// TestRest_ClockIsOff: whether a provider was connected anew is told by the
// platform's clock, wherever the wall clock stands.
func TestRest_ClockIsOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-25 * time.Minute, 25 * time.Minute} {
		s := newStudio(t, 1)
		wall := func() time.Time { return s.Now().Add(off) }
		s.plug(pair{provider: "OPENAI"}, "an-invalid-key")
		s.generator.Now, s.generator.Performer.Now = wall, wall
		s.start("noon", "fog")
		s.follow(10 * time.Minute)
		if _, why, err := s.generator.Usable(t.Context(), openai); err != nil || !strings.Contains(why, "OPENAI rests") {
			t.Errorf("%v: %q, %v; want it to rest", off, why, err)
		}
		s.plug(pair{provider: "OPENAI"}, goodKey)
		if _, why, err := s.generator.Usable(t.Context(), openai); err != nil || why != "" {
			t.Errorf("%v: %q, %v; it was connected anew", off, why, err)
		}
	}
}

// TestLook_PostSaysLittle: a post that does not list what it shows shows it for
// all that is known.
func TestLook_PostSaysLittle(t *testing.T) {
	t.Parallel()
	s := newStudio(t, 0)
	s.client = s.through(func(body string) string { return strings.ReplaceAll(body, `"mediaUrls":`, `"ignored":`) })
	s.restart()
	s.start("noon", "fog")
	s.follow(5 * time.Minute)
	if m := s.media()[0]; m.Status != state.MediaCompleted || m.Fault != "" {
		t.Errorf("%+v", m)
	}
}
