package planner_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// spoken is a thread: own post pst_own of the persona, and one of luma's.
type spoken struct {
	fixture
	posts    map[string]apiclient.Post
	comments map[string][]apiclient.Comment
	notices  []apiclient.Notification
}

func speaking(t *testing.T, reply reply) *spoken {
	t.Helper()
	s := &spoken{fixture: online(t, nova(), reply), posts: make(map[string]apiclient.Post), comments: make(map[string][]apiclient.Comment)}
	s.Persona.Limits["reply"] = persona.Limit{Hour: new(6)}
	s.post("pst_own", "nova_curator", "A plotter drew the same wave nine times.")
	s.Lookup = func(_ context.Context, id string) (apiclient.Post, error) {
		if p, ok := s.posts[id]; ok {
			return p, nil
		}
		return apiclient.Post{}, apiclient.ErrNotFound
	}
	s.Thread = func(_ context.Context, id string) ([]apiclient.Comment, error) { return s.comments[id], nil }
	return s
}

func agentOf(handle string) apiclient.Agent {
	return apiclient.Agent{ID: "agt_" + strings.TrimSuffix(handle, "_curator"), Handle: apiclient.Handle(handle)}
}

func (s *spoken) post(id, by, text string) {
	s.posts[id] = apiclient.Post{ID: id, Content: text, Agent: agentOf(by), CreatedAt: start.Add(-time.Hour)}
}

// comment adds a comment and, for the persona, its notification.
func (s *spoken) comment(on, parent, by, text string) (id string) {
	id = fmt.Sprintf("cmt_%d", len(s.notices)+len(s.comments[on]))
	at := start.Add(-30*time.Minute + time.Duration(len(s.notices))*time.Second)
	s.comments[on] = append(s.comments[on], apiclient.Comment{ID: id, Content: text, ParentID: parent, Agent: agentOf(by), CreatedAt: at})
	s.notices = append(s.notices, apiclient.Notification{ID: "ntf_" + id, Type: "COMMENT", Agent: agentOf(by), PostID: on, CommentID: id, CreatedAt: at})
	return id
}

func (s *spoken) respond(t *testing.T) planner.Plan {
	t.Helper()
	plan, err := s.Respond(t.Context(), seeded(1), s.notices)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestPlanner_Respond: when an answer is due, and why not.
func TestPlanner_Respond(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		give   func(t *testing.T, s *spoken)
		why    string // of the answer; empty: there is none
		reason string
	}{
		{"question", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "luma", "How long did it take?") }, "a question", ""},
		{"question without its mark", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "luma", "@nova_curator what pen is that") }, "a question", ""},
		{"mention", func(_ *testing.T, s *spoken) {
			s.post("pst_1", "brio", "Look here.")
			s.comment("pst_1", "", "luma", "This is for @nova_curator and nobody else.")
		}, "a mention", ""},
		{"first word", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "luma", "The seventh one leans.") }, "the first word of somebody", ""},
		{"asks nothing", func(t *testing.T, s *spoken) {
			s.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_7", Author: "luma", Text: "hello there"})
			finish(t, s.Store)
			s.comment("pst_own", "", "luma", "The seventh one leans.")
		}, "", "it asks nothing"},
		{"thanks", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "luma", "Thanks a lot, this made my day!") }, "", "it needs no answer"},
		{"signs", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "luma", "@nova_curator \u2764\u2764") }, "", "it needs no answer"},
		{"unfriendly", func(_ *testing.T, s *spoken) {
			s.comment("pst_own", "", "luma", "@nova_curator this is boring garbage")
		}, "", "it wants no answer"},
		{"echo", func(t *testing.T, s *spoken) {
			s.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_own", Text: "Nine minutes went into every wave."})
			s.comment("pst_own", "", "luma", "@nova_curator nine minutes went into every wave?")
		}, "", "it says what the persona said"},
		{"among others", func(_ *testing.T, s *spoken) {
			s.post("pst_1", "brio", "Look here.")
			s.comment("pst_1", "", "luma", "Is it yours, @brio?")
		}, "", "not said to the persona"},
		{"to another, on an own post", func(_ *testing.T, s *spoken) {
			parent := s.comment("pst_own", "", "brio", "Thanks!")
			s.comment("pst_own", parent, "luma", "Is it yours?")
		}, "", "not said to the persona"},
		{"by another than the platform says", func(_ *testing.T, s *spoken) {
			s.comment("pst_own", "", "luma", "How long did it take?")
			s.notices[0].Agent = agentOf("brio")
		}, "", "not by whom the platform says"},
		{"own household", func(_ *testing.T, s *spoken) {
			s.Household = []string{"nova_curator", "Luma"}
			s.comment("pst_own", "", "luma", "How long did it take?")
		}, "", "own household"},
		{"avoided agent", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "spam_bot", "How long did it take?") }, "", "avoided"},
		{"too old", func(_ *testing.T, s *spoken) {
			s.comment("pst_own", "", "luma", "How long did it take?")
			s.notices[0].CreatedAt = start.Add(-49 * time.Hour)
		}, "", "too old"},
		{"deleted post", func(_ *testing.T, s *spoken) {
			s.comment("pst_gone", "", "luma", "How long did it take?")
		}, "", "deleted"},
		{"our secret", func(_ *testing.T, s *spoken) { s.comment("pst_own", "", "luma", "Is it "+clientSecret+"?") }, "", "holds a secret"},
		{"our secret in a quoted post", func(_ *testing.T, s *spoken) {
			s.posts["pst_own"] = apiclient.Post{ID: "pst_own", Content: "Look.", Agent: agentOf("nova_curator"), RepostOf: &apiclient.Post{Content: "It is " + clientSecret, Agent: agentOf("brio")}}
			s.comment("pst_own", "", "luma", "How long did it take?")
		}, "", "holds a secret"},
		{"our secret in a hashtag", func(_ *testing.T, s *spoken) {
			s.posts["pst_own"] = apiclient.Post{ID: "pst_own", Content: "Look.", Agent: agentOf("nova_curator"), Hashtags: []string{clientSecret}}
			s.comment("pst_own", "", "luma", "How long did it take?")
		}, "", "holds a secret"},
		{"eight texts today", func(t *testing.T, s *spoken) {
			hear(t, s.Store, "luma", 8, start.Add(-time.Hour))
			s.comment("pst_own", "", "luma", "How long did it take?")
		}, "", "enough said with @luma"},
		{"eight texts yesterday", func(t *testing.T, s *spoken) {
			hear(t, s.Store, "luma", 8, start.Add(-25*time.Hour))
			s.comment("pst_own", "", "luma", "How long did it take?")
		}, "a question", ""},
		{"three own texts in the thread", func(t *testing.T, s *spoken) {
			s.Persona.Limits["thread"] = persona.Limit{Total: new(50)}
			for i := range 3 {
				s.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_own", Text: fmt.Sprint("remark ", i)})
			}
			s.comment("pst_own", "", "luma", "How long did it take?")
		}, "", "enough said in this thread"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := speaking(t, say(`{"text":"About as long as the rain took."}`))
			tt.give(t, s)
			s.notices = s.notices[len(s.notices)-1:]
			plan := s.respond(t)
			if tt.why == "" {
				if len(plan.Actions) != 0 || len(s.model.seen()) != 0 || !strings.Contains(refusals(plan), ": "+tt.reason) {
					t.Errorf("actions %q, %d requests, refused %q, want %q", acts(plan), len(s.model.seen()), refusals(plan), tt.reason)
				}
			} else if len(plan.Actions) != 1 || plan.Actions[0].Why != tt.why || plan.Actions[0].Kind != actions.Reply {
				t.Errorf("actions %+v, refused %q, want why %q", plan.Actions, refusals(plan), tt.why)
			}
			if len(plan.Handled) != 1 {
				t.Errorf("handled %v", plan.Handled)
			}
		})
	}
}

// finish takes all open entries to done.
func finish(t *testing.T, s *state.Store) {
	t.Helper()
	open, err := s.OpenEntries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range open {
		e.Status = state.Done
		if _, err := s.Record(e, start); err != nil {
			t.Fatal(err)
		}
	}
}

func hear(t *testing.T, s *state.Store, handle string, n int, at time.Time) {
	t.Helper()
	var heard []state.Heard
	for i := range n {
		heard = append(heard, state.Heard{Notice: fmt.Sprint("old_", handle, i), Handle: handle, Kind: "reply", Post: fmt.Sprint("pst_", i), Text: "so?", At: at})
	}
	if err := s.Hear(heard, start); err != nil {
		t.Fatal(err)
	}
}

// TestPlanner_Respond_bomber: a hundred mentions at once cost a few texts, and
// one line of the journal for each reason.
func TestPlanner_Respond_bomber(t *testing.T) {
	t.Parallel()
	n := 0
	s := speaking(t, func(w http.ResponseWriter, _ *http.Request, q request, _ int) {
		n++
		writeAnswer(w, q, fmt.Sprintf(`{"text":"%s"}`, strings.Repeat(string(rune('a'+n)), 5)+" "+strings.Repeat(string(rune('m'+n)), 6)))
	})
	s.Persona.Limits["author"] = persona.Limit{Day: new(100)}
	for i := range 100 {
		post := fmt.Sprint("pst_", i)
		s.post(post, "bomber", "noise")
		s.comment(post, "", "bomber", fmt.Sprintf("@nova_curator is it %d?", i))
	}
	plan := s.respond(t)
	if len(plan.Actions) != 4 || len(s.model.seen()) != 4 || len(plan.Refused) != 1 || len(plan.Handled) != 100 {
		t.Errorf("%d actions, %d requests, refused %q, %d handled", len(plan.Actions), len(s.model.seen()), refusals(plan), len(plan.Handled))
	}
}

// TestPlanner_Respond_platformFails: what cannot be read now waits.
func TestPlanner_Respond_platformFails(t *testing.T) {
	t.Parallel()
	s := speaking(t, say(`{"text":"About as long as the rain took."}`))
	s.comment("pst_own", "", "luma", "How long did it take?")
	s.comment("pst_own", "", "brio", "And where?")
	s.Thread = func(context.Context, string) ([]apiclient.Comment, error) { return nil, errors.New("connection reset") }
	if plan := s.respond(t); len(plan.Handled) != 0 || len(plan.Actions) != 0 || !plan.Quiet {
		t.Errorf("handled %v, actions %q", plan.Handled, acts(plan))
	}
}

// TestPrompts_reply: a reply is written from one comment, its post, and the own
// lines of that thread.
func TestPrompts_reply(t *testing.T) {
	t.Parallel()
	s := speaking(t, say(`{"text":"About as long as the rain took."}`))
	s.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_own", Text: "The pen was older than the paper."})
	s.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_elsewhere", Text: "Said elsewhere."})
	s.comment("pst_own", "", "brio", "Another voice here, and not for the model.")
	s.comment("pst_own", "", "luma", "How long\u202e did the \"ninth\" take?")
	s.notices = s.notices[1:]
	s.respond(t)
	golden(t, "reply.golden", transcript(s.model.seen()[0]))
}

// TestPlanner_Respond_refusedTextsCount: texts that are refused cost as much as
// those that are not, and what is left waits.
func TestPlanner_Respond_refusedTextsCount(t *testing.T) {
	t.Parallel()
	s := speaking(t, say(`{"text":"Look at http://luma.example for it."}`))
	for i := range 20 {
		s.comment("pst_own", "", fmt.Sprint("asker_", i), "How long did it take?")
	}
	plan := s.respond(t)
	if len(s.model.seen()) != 5 || len(plan.Handled) != 5 {
		t.Errorf("%d requests, %d handled, want 5 and 5", len(s.model.seen()), len(plan.Handled))
	}
}

// TestPlanner_Respond_quarantine: who works on the model below a post of the
// persona's is left alone; the others there are not.
func TestPlanner_Respond_quarantine(t *testing.T) {
	t.Parallel()
	s := speaking(t, say(`{"text":"It is `+clientSecret+`, of course."}`))
	s.comment("pst_own", "", "luma", "How long did it take?")
	plan := s.respond(t)
	if len(plan.Shun) != 1 || plan.Shun[0].What != state.ShunAuthor("luma") {
		t.Errorf("shunned %+v, want luma and no more", plan.Shun)
	}
}

// TestPlanner_Respond_commentedBefore: engage may see a post that mentions the
// persona before the notification is read.
func TestPlanner_Respond_commentedBefore(t *testing.T) {
	t.Parallel()
	s := speaking(t, say(`{"text":"About as long as the rain took."}`))
	s.post("pst_1", "luma", "How long did it take, @nova_curator?")
	s.notices = append(s.notices, apiclient.Notification{ID: "ntf_1", Type: "MENTION", Agent: agentOf("luma"), PostID: "pst_1", CreatedAt: start.Add(-time.Minute)})
	s.journal(t, actions.Action{Kind: actions.Comment, Target: "pst_1", Author: "luma", Text: "The pen was older than the paper."})
	finish(t, s.Store)
	plan := s.respond(t)
	if len(plan.Actions) != 0 || !strings.Contains(refusals(plan), "answered before") || len(plan.Handled) != 1 {
		t.Errorf("actions %q, refused %q", acts(plan), refusals(plan))
	}
}
