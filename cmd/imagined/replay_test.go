package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/planner"
	"imagined/state"
)

// otherFile writes the persona file with pairs of texts replaced in it.
func (s *stage) otherFile(edits ...string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "new.yaml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(edits...).Replace(stageFile)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// heard are the requests that reached the model.
func (m *fakeModel) heard() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.asked)
}

func (m *fakeModel) env() map[string]string {
	return map[string]string{envModelKey: "model-key-of-the-test", envModelURL: m.url}
}

// replayed is the page of replay, with its times in UTC.
func (s *stage) replayed(env map[string]string, args ...string) string {
	s.t.Helper()
	code, out, errs := s.imagined(env, append([]string{"replay"}, args...)...)
	if code != exitOK {
		s.t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	out = regexp.MustCompile(`with \S+new\.yaml`).ReplaceAllString(out, "with new.yaml")
	return regexp.MustCompile(`[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d`).ReplaceAllString(out, "Mar 02 09:30:00")
}

// replayStage has one decision of a model, which is asked again later.
func replayStage(t *testing.T) (*stage, *fakeModel) {
	t.Helper()
	s, model := newStage(t), newFakeModel(t, chooser)
	s.tick(model.brain(t, s.Now), "engage")
	return s, model
}

func TestReplay_Pages(t *testing.T) {
	t.Parallel()
	s, model := replayStage(t)
	golden(t, "replay-same.golden", s.replayed(model.env(), "d1", "--persona", s.otherFile("nova_stage", "nova_other")))
	other := s.otherFile("weight: 3", "weight: 1", "weight: 2", "weight: 4", "[airdrop]", "[instructions]", "[plotter, generative,", "[generative,")
	golden(t, "replay-other.golden", s.replayed(model.env(), "d1", "--persona", other))
	golden(t, "replay-offline.golden", s.replayed(nil, "d1", "--offline", "--persona", other))
}

// TestReplay_AsksOnlyWhatIsNew: the answers of then are taken where the prompt
// is the same, a model is asked where it is not, and nothing is written.
func TestReplay_AsksOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	s, model := replayStage(t)
	before, err := os.ReadFile(s.store.Path())
	if err != nil {
		t.Fatal(err)
	}
	effects, asked := len(s.sandbox.Effects()), model.heard()
	tests := []struct {
		name  string
		edits []string
		env   map[string]string
		asks  int
		says  string
	}{
		{"same", nil, model.env(), 0, "the same would be done: 3 acts"},
		{"same, without a key", nil, nil, 0, "the same would be done: 3 acts"},
		{"other weights, same order", []string{"weight: 3", "weight: 3.5"}, model.env(), 0, "the same would be done: 3 acts"},
		{"other voice", []string{"name: Nova", "name: Nova Prime"}, model.env(), 2, "the same would be done: 3 acts"},
		{"no comments", []string{"comment: {hour: 1}", "comment: {hour: 0}"}, model.env(), 1, "- comment \"The margin"},
		{"other voice, without a key", []string{"name: Nova", "name: Nova Prime"}, nil, 0, planner.ErrNoBrain.Error()},
		{"all avoided", []string{"[airdrop]", "[a, the, i, on, is]"}, nil, 0, "avoided now"},
	}
	for _, tt := range tests {
		page := s.replayed(tt.env, "d1", "--persona", s.otherFile(tt.edits...))
		if !strings.Contains(page, tt.says) {
			t.Errorf("%s: no %q in:\n%s", tt.name, tt.says, page)
		}
		if n := model.heard() - asked; n != tt.asks {
			t.Errorf("%s: %d requests, want %d", tt.name, n, tt.asks)
		}
		asked = model.heard()
	}
	after, err := os.ReadFile(s.store.Path())
	if err != nil || string(after) != string(before) || len(s.sandbox.Effects()) != effects {
		t.Errorf("something was written: %v", err)
	}
}

// TestReplay_Posts decides the text of a post again, as if it had not been said.
func TestReplay_Posts(t *testing.T) {
	t.Parallel()
	s, model := newStage(t), newFakeModel(t, chooser)
	s.tick(model.brain(t, s.Now), "post")
	if page := s.replayed(model.env(), "1", "--persona", s.otherFile()); !strings.Contains(page, "= post \"A seed is only luck") || !strings.Contains(page, "the same would be done: 1 act") {
		t.Errorf("page:\n%s", page)
	}
	if page := s.replayed(nil, "d1", "--offline", "--persona", s.otherFile()); !strings.Contains(page, "- post \"A seed is only luck") || !strings.Contains(page, "1 act then, 1 now; 2 only then or only now") {
		t.Errorf("page:\n%s", page)
	}
}

// comments has a new agent say something below a post.
func (s *stage) comments(handle, post, text string) {
	s.t.Helper()
	client := func(id, secret string) *apiclient.Client {
		c, err := apiclient.New(apiclient.Config{BaseURL: s.url, ID: id, Secret: secret, Now: s.Now, Sleep: s.Sleep})
		if err != nil {
			s.t.Fatal(err)
		}
		return c
	}
	agent, err := client("", "").Register(s.t.Context(), apiclient.NewAgent{Handle: handle, Name: handle})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := client(agent.ClientID, agent.ClientSecret).CreateComment(s.t.Context(), post, apiclient.NewComment{Content: text}); err != nil {
		s.t.Fatal(err)
	}
}

// TestReplay_Answers decides the answers to two comments on one post again.
func TestReplay_Answers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	model := newFakeModel(t, func(request string) string {
		if strings.Contains(request, "Which pen") {
			return `{"text":"A blue one, and it leaked all afternoon."}`
		}
		return `{"text":"About as long as the rain took."}`
	})
	post := s.do(actions.Action{Kind: actions.Post, Text: "A plotter drew the same wave nine times."})
	s.comments("asks_long", post.RemoteID, "How long did it take?")
	s.comments("asks_pen", post.RemoteID, "Which pen is that?")
	s.Advance(time.Minute)
	s.tick(model.brain(t, s.Now), "respond")
	page := s.replayed(model.env(), "d1", "--persona", s.otherFile("avoid: {", "avoid: {agents: [asks_long], "))
	page = strings.ReplaceAll(page, post.RemoteID, "pst_own")
	golden(t, "replay-answers.golden", page)
}

func TestReplay_Faults(t *testing.T) {
	t.Parallel()
	s, model := replayStage(t)
	if _, err := s.store.SaveDecision(state.Decision{Job: "engage", At: s.Now(), Gone: map[string]string{"p": "repost"}}); err != nil {
		t.Fatal(err)
	}
	file := s.otherFile()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no file", []string{"replay", "d1"}, exitUsage, "--persona"},
		{"a file that is not there", []string{"replay", "d1", "--persona", "none.yaml"}, exitUsage, "none.yaml"},
		{"a post", []string{"replay", "pst_1", "--persona", file}, exitUsage, "neither a decision"},
		{"no such decision", []string{"replay", "d77", "--persona", file}, exitFailed, "not in the journal"},
		{"no such persona", []string{"replay", "d1", "luma", "--persona", file}, exitFailed, "nova_stage"},
		{"nothing was shown", []string{"replay", "d2", "--persona", file}, exitFailed, "nothing in it can be decided again"},
	}
	for _, tt := range tests {
		if code, out, errs := s.imagined(model.env(), tt.args...); code != tt.code || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%s: exit %d: %s%s", tt.name, code, out, errs)
		}
	}
	code, out, errs := s.imagined(model.env(), "replay", "d1", "--json", "--persona", file)
	var got replay
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK || got.Recalled != 2 || len(got.Did) != 4 || len(got.Would) != 4 {
		t.Errorf("exit %d: %v: %s%s", code, err, out, errs)
	}
}

// TestRewind_OnlyCopies: a journal in use never forgets.
func TestRewind_OnlyCopies(t *testing.T) {
	t.Parallel()
	s, _ := replayStage(t)
	if err := s.store.Rewind(time.Time{}); err == nil {
		t.Error("the journal itself was rewound")
	}
}
