package jobs_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// newcomer is an account that knows nothing of its persona file yet.
func newcomer(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.Bio, w.persona.AgentType, w.persona.Website = "I plot slow lines.", "CREATIVE", "https://example.com"
	w.persona.Avatar = "nova.png"
	w.persona.Capabilities = persona.Capabilities{Skills: []string{"curation", "plotting"}, APIs: []string{"openai"}, ResponseTime: "fast", Languages: []string{"en"}}
	w.lay(map[string]string{"nova.png": pngFile + "a face"})
	w.only("introduce")
	w.persona.Schedule["introduce"] = persona.Job{Cron: "0 */4 * * *"}
	return w
}

// ops are the operations that took effect at the sandbox since a moment.
func (w *world) ops(since int) (ops []string) {
	for _, e := range w.sandbox.Effects()[since:] {
		ops = append(ops, e.Op)
	}
	return ops
}

func (w *world) me() apiclient.Profile {
	w.t.Helper()
	me, err := w.client.Me(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return me
}

// TestWorkflow_IntroduceYourself is the guide's first workflow, step by step,
// with a model that writes the post.
func TestWorkflow_IntroduceYourself(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	m := newModel(t, func(string) (int, string) {
		return 200, says(`{"text":"Hello, I am Nova. I draw with pens that nobody holds."}`)
	})
	before := len(w.sandbox.Effects())
	w.live(w.jobs(m.brain(t)), 10*time.Minute)
	effects := w.sandbox.Effects()[before:]
	if got := strings.Join(w.ops(before), " "); got != "updateProfile uploadAvatar updateCapabilities createPost" {
		t.Fatalf("in this order: %s; log:\n%s", got, w.log)
	}
	me := w.me()
	// 1. Update your profile with a descriptive bio and your agent type
	if effects[0].Text != "I plot slow lines." || me.Bio != "I plot slow lines." || me.AgentType != "CREATIVE" || me.WebsiteURL != "https://example.com" || me.Name != "Nova" {
		t.Errorf("step 1: %+v, %+v", effects[0], me)
	}
	// 2. Upload an avatar image
	if effects[1].Text != "nova.png" || me.AvatarURL == "" {
		t.Errorf("step 2: %+v, avatar %q", effects[1], me.AvatarURL)
	}
	// 3. Set your capabilities (skills, APIs, languages)
	can, err := w.client.Capabilities(t.Context())
	if err != nil || !slices.Equal(can.Skills, []string{"curation", "plotting"}) || !slices.Equal(can.APIs, []string{"openai"}) ||
		!slices.Equal(can.Languages, []string{"en"}) || can.ResponseTime != "fast" {
		t.Errorf("step 3: %+v, %v", can, err)
	}
	// 4. Create your first post introducing yourself and what you do
	post, err := w.client.Post(t.Context(), effects[3].ID)
	if err != nil || !strings.HasPrefix(post.Content, "Hello, I am Nova. I draw with pens that nobody holds.") {
		t.Errorf("step 4: %+v, %v", post, err)
	}
	// 5. Use relevant hashtags like #NewAgent #Introduction
	if strings.ToLower(strings.Join(post.Hashtags, " ")) != "newagent introduction plotter" {
		t.Errorf("step 5: %q", post.Hashtags)
	}
	if m.count() != 1 {
		t.Errorf("%d requests to the model, want 1", m.count())
	}

	// And then never again: not by the schedule, not by a restart.
	after := len(w.sandbox.Effects())
	w.live(w.jobs(m.brain(t)), 3*24*time.Hour)
	if ops := w.ops(after); len(ops) != 0 || m.count() != 1 {
		t.Errorf("later: %v, %d requests to the model", ops, m.count())
	}
}

// TestIntroduce_OldAccount: what has posts has been introduced; what is as in
// the file is not sent.
func TestIntroduce_OldAccount(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.persona.Avatar = ""
	ctx := t.Context()
	if _, err := w.client.CreatePost(ctx, apiclient.NewPost{Content: "I have been here for a while."}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.UpdateProfile(ctx, apiclient.ProfileUpdate{Bio: new("I plot  slow lines.\n"), AgentType: new("CREATIVE")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.UpdateCapabilities(ctx, apiclient.CapabilitiesUpdate{Skills: []string{"plotting", "curation"}, APIs: []string{"openai"}, ResponseTime: new("fast"), Languages: []string{"en"}}); err != nil {
		t.Fatal(err)
	}
	before := len(w.sandbox.Effects())
	w.live(w.jobs(planner.NewOffline()), 30*time.Hour)
	if ops := w.ops(before); len(ops) != 1 || ops[0] != "updateProfile" {
		t.Errorf("effects %v, want the website alone", ops)
	}
	if e := w.entriesOf("profile"); len(e) != 1 || string(e[0].Body) != `{"websiteUrl":"https://example.com"}` {
		t.Errorf("entries %+v", e)
	}
}

// TestIntroduce_AnEdit: an edit is sent at once, what it changed and nothing
// else; so is one that returns to what was.
func TestIntroduce_AnEdit(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
	before := len(w.sandbox.Effects())
	w.persona.Bio = "I plot slower lines."
	w.lay(map[string]string{"nova.png": pngFile + "another face"})
	w.persona.Capabilities.Skills = []string{"patience"}
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute) // at once, not at the next slot
	if got := strings.Join(w.ops(before), " "); got != "updateProfile uploadAvatar updateCapabilities" {
		t.Errorf("effects %s; log:\n%s", got, w.log)
	}
	if e := w.entriesOf("profile"); string(e[len(e)-1].Body) != `{"bio":"I plot slower lines."}` {
		t.Errorf("entry %+v", e[len(e)-1])
	}
	before = len(w.sandbox.Effects())
	w.persona.Bio = "I plot slow lines." // as it was: that is an edit, too
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
	if got := strings.Join(w.ops(before), " "); got != "updateProfile" || w.me().Bio != "I plot slow lines." {
		t.Errorf("effects %s, bio %q; log:\n%s", got, w.me().Bio, w.log)
	}
}

// TestIntroduce_RespectAndEnforce: what a person changed on the platform is
// said once and left alone, or set again where the file says so.
func TestIntroduce_RespectAndEnforce(t *testing.T) {
	t.Parallel()
	for _, enforce := range []bool{false, true} {
		w := newcomer(t)
		if enforce {
			w.persona.Profile = "enforce"
		}
		w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
		ctx := t.Context()
		if _, err := w.client.UpdateProfile(ctx, apiclient.ProfileUpdate{Bio: new("A person wrote this.")}); err != nil {
			t.Fatal(err)
		}
		if err := w.client.DeleteAvatar(ctx); err != nil {
			t.Fatal(err)
		}
		before := len(w.sandbox.Effects())
		w.live(w.jobs(planner.NewOffline()), 3*24*time.Hour)
		w.persona.Name = "Nova the Second" // an edit of something else
		w.live(w.jobs(planner.NewOffline()), 24*time.Hour)
		got, said := strings.Join(w.ops(before), " "), strings.Count(w.log.String(), "on the platform")
		want, saidWant := "updateProfile", 2 // the name; said of the bio and of the avatar
		if enforce {
			want, saidWant = "updateProfile uploadAvatar updateProfile", 0
		}
		if got != want || said != saidWant {
			t.Errorf("enforce %t: effects %s, said %d times; log:\n%s", enforce, got, said, w.log)
		}
		if bio := w.me().Bio; (bio == "I plot slow lines.") != enforce {
			t.Errorf("enforce %t: bio %q", enforce, bio)
		}
		if enforce { // a second time, too
			if _, err := w.client.UpdateProfile(ctx, apiclient.ProfileUpdate{Bio: new("A person wrote that.")}); err != nil {
				t.Fatal(err)
			}
			w.live(w.jobs(planner.NewOffline()), 24*time.Hour)
			if bio := w.me().Bio; bio != "I plot slow lines." {
				t.Errorf("the second time: bio %q", bio)
			}
		}
	}
}

// TestIntroduce_CrashAtEachStep: killed at every step, the account ends as the
// file says, nothing of it is taken for a person's change, and there is one
// first post.
func TestIntroduce_CrashAtEachStep(t *testing.T) {
	t.Parallel()
	for at := 1; ; at++ {
		w := newcomer(t)
		j := w.jobs(planner.NewOffline())
		n, died := 0, ""
		j.Performer.Step = func(name string) {
			if n++; n >= at { // nothing more is done after it
				died = cmp.Or(died, name)
				panic("killed")
			}
		}
		func() {
			defer func() { _ = recover() }()
			_ = j.Once(t.Context())
		}()
		if died == "" {
			t.Logf("%d steps", at-1)
			if at <= 20 {
				t.Errorf("only %d steps in four actions", at-1)
			}
			return
		}
		if err := w.store.Close(); err != nil {
			t.Fatal(err)
		}
		w.open()
		w.live(w.jobs(planner.NewOffline()), 15*time.Hour)
		me := w.me()
		if me.Bio != "I plot slow lines." || me.AvatarURL == "" || len(w.effects("createPost")) != 1 || strings.Contains(w.log.String(), "was changed on the platform") {
			t.Errorf("killed at step %d, %s: %+v, effects %v; log:\n%s", at, died, me, w.ops(2), w.log)
		}
		if can, err := w.client.Capabilities(t.Context()); err != nil || len(can.Skills) != 2 {
			t.Errorf("killed at step %d, %s: %+v, %v", at, died, can, err)
		}
		if n := len(w.effects("updateProfile")); n > 2 {
			t.Errorf("killed at step %d, %s: %d profile updates", at, died, n)
		}
	}
}

// TestIntroduce_AvatarFile: one that is not there, is a link, is something else
// inside or is too large is said once; the rest goes on.
func TestIntroduce_AvatarFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, why string
		lay       func(path string) error
	}{
		{"not there", "there is no file nova.png beside the persona file", func(string) error { return nil }},
		{"a link", "is a link", func(path string) error { return os.Symlink("/etc/hostname", path) }},
		{"something else", "it is text/plain inside, and its name says image/png", func(path string) error { return os.WriteFile(path, []byte("<svg onload=x>"), 0o600) }},
		{"too large", "it has 5000001 bytes", func(path string) error {
			if err := os.WriteFile(path, []byte(pngFile), 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 5_000_001)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newcomer(t)
			path := filepath.Join(w.folder, "nova.png")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := tt.lay(path); err != nil {
				t.Fatal(err)
			}
			w.live(w.jobs(planner.NewOffline()), 30*time.Hour)
			if n := strings.Count(w.log.String(), tt.why); n != 1 {
				t.Errorf("said %d times: %q; log:\n%s", n, tt.why, w.log)
			}
			if len(w.effects("uploadAvatar")) != 0 || len(w.effects("updateProfile")) != 1 || len(w.effects("createPost")) != 1 {
				t.Errorf("effects %v", w.ops(2))
			}
		})
	}
}

// TestIntroduce_RefusedOnce: what the platform does not take is not sent again
// until the file says something else.
func TestIntroduce_RefusedOnce(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.persona.AgentType = "WIZARD"
	w.live(w.jobs(planner.NewOffline()), 3*24*time.Hour)
	refused := w.entriesOf("profile")
	if len(refused) != 1 || refused[0].Status != state.Refused {
		t.Errorf("entries %+v", refused)
	}
	w.persona.AgentType = "OTHER"
	w.live(w.jobs(planner.NewOffline()), 10*time.Minute)
	if me := w.me(); me.AgentType != "OTHER" || me.Bio != "I plot slow lines." {
		t.Errorf("profile %+v", me)
	}
}

// TestIntroduce_Preview writes nothing.
func TestIntroduce_Preview(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	before := len(w.sandbox.Effects())
	plan, err := w.jobs(planner.NewOffline()).Preview(t.Context(), "introduce")
	if err != nil || len(plan.Actions) != 4 || len(w.entries()) != 0 || len(w.ops(before)) != 0 {
		t.Errorf("plan %+v, %v; effects %v", plan, err, w.ops(before))
	}
	if text, err := w.store.Cursor("introduction"); err != nil || text != "" {
		t.Errorf("remembered %q, %v", text, err)
	}
}

// TestIntroduce_RefusedAtFirst: another job's post does not take the place of
// the first one, whose text was refused.
func TestIntroduce_RefusedAtFirst(t *testing.T) {
	t.Parallel()
	w := newcomer(t)
	w.persona.Schedule["post"] = persona.Job{Cron: "0 10 * * *"}
	n := int64(0)
	m := newModel(t, func(string) (int, string) {
		if w.Now().Before(time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)) {
			return 200, says(`{"text":"Find me at http://nova.example, all of you."}`)
		}
		n++
		return 200, says(`{"text":"` + novel(n) + `"}`)
	})
	before := len(w.sandbox.Effects())
	w.live(w.jobs(m.brain(t)), 6*time.Hour)
	w.live(w.jobs(m.brain(t)), 30*time.Hour)
	var slots []string
	for _, e := range w.entries() {
		if e.Kind == "post" && e.Status == state.Done {
			slots = append(slots, e.Slot)
		}
	}
	if want := []string{"", planner.Introduction, ""}; !slices.Equal(slots, want) {
		t.Errorf("posts %q, want %q; %v\n%s", slots, want, w.ops(before), w.log)
	}
}
