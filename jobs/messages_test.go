package jobs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// letterbox is a still world in which nova only answers messages.
func letterbox(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.Schedule = map[string]persona.Job{"messages": {Cron: "*/10 * * * *"}}
	w.persona.QuietHours = ""
	return w
}

// writes sends nova a message, in the conversation that there is or a new one.
func (w *world) writes(c *apiclient.Client, text string) (conversation string) {
	w.t.Helper()
	talk, err := c.StartConversation(w.t.Context(), apiclient.NewConversation{Participant: "nova_test", Message: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return talk.ID
}

// wrote lists what nova wrote in a conversation, oldest first.
func (w *world) wrote(conversation string) (all []string) {
	w.t.Helper()
	for m, err := range w.client.Messages(w.t.Context(), conversation) {
		if err != nil {
			w.t.Fatal(err)
		}
		if m.Sender.ID == w.self.ID {
			all = append([]string{m.Content}, all...)
		}
	}
	return all
}

func (w *world) unreadMessages() int {
	w.t.Helper()
	n, err := w.client.UnreadMessages(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// declined are the reasons of what was not answered, by conversation.
func (w *world) declined() map[string]string {
	why := make(map[string]string)
	for _, e := range w.entries() {
		if e.Kind == string(actions.Message) && e.Status == state.Dropped {
			why[e.Target] += e.Error
		}
	}
	return why
}

// TestMessages: who is answered and who is not, each conversation marked as
// read after its outcome stands in the journal, and nothing answered twice.
func TestMessages(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	luma, brio, tide := w.neighbour("luma_test"), w.neighbour("brio_test"), w.neighbour("tide_test")
	asked := w.writes(luma, "Which pen do you use for the long lines?")
	w.Advance(time.Second)
	thanked := w.writes(brio, "Thank you so much!")
	w.Advance(time.Second)
	greeted := w.writes(tide, "I have seen your waves and my neighbour has the ninth one on her door.")
	w.writes(tide, "It leans a little.")
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 21*time.Minute)

	for conversation, want := range map[string]int{asked: 1, thanked: 0, greeted: 1} {
		if got := w.wrote(conversation); len(got) != want {
			t.Errorf("%s: wrote %q, want %d", conversation, got, want)
		}
	}
	if n := w.unreadMessages(); n != 0 || m.count() != 2 {
		t.Errorf("%d unread, %d requests to the model, want 0 and 2", n, m.count())
	}
	if why := w.declined(); why[thanked] != "it needs no answer" {
		t.Errorf("declined %q", why)
	}
	var kinds []string
	for _, e := range w.entries() {
		if e.Status == state.Done {
			kinds = append(kinds, e.Kind+" "+e.Author)
		}
	}
	want := "message luma_test,message tide_test,read_conversation ,read_conversation ,read_conversation "
	if got := strings.Join(kinds, ","); got != want {
		t.Errorf("done %q, want %q: answers come before the marks, the oldest first", got, want)
	}
	before := len(w.sandbox.Effects())
	w.live(w.jobs(m.brain(t)), 3*time.Hour) // nothing is new
	if n := len(w.sandbox.Effects()) - before; n != 0 || m.count() != 2 {
		t.Errorf("%d more effects, %d requests", n, m.count())
	}
	p, err := w.store.Person("tide_test")
	if err != nil || p.Theirs["message"] != 2 || p.Ours["message"] != 1 || len(p.Texts) != 0 {
		t.Errorf("memory %+v, %v: counts, and no words", p, err)
	}
}

// TestMessages_WrittenMeanwhile: what comes while the model writes, and what
// comes between the reading and the mark, is marked as read unseen, and answered
// all the same.
func TestMessages_WrittenMeanwhile(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	luma := w.neighbour("luma_test")
	asked := w.writes(luma, "Which pen do you use for the long lines?")
	n := 0
	m := newModel(t, func(string) (int, string) {
		if n++; n == 1 {
			w.writes(luma, "And which paper do you put below it?")
		}
		return 200, says(`{"text":"` + novel(int64(n)) + `"}`)
	})
	w.live(w.jobs(m.brain(t)), 11*time.Minute)
	if got := w.wrote(asked); len(got) != 1 || w.unreadMessages() != 0 {
		t.Fatalf("wrote %q, %d unread: the second question did not fall into the gap", got, w.unreadMessages())
	}
	w.live(w.jobs(m.brain(t)), 20*time.Minute) // another process
	if got := w.wrote(asked); len(got) != 2 || !strings.Contains(m.requests()[1], "which paper") {
		t.Errorf("wrote %q", got)
	}
	w.live(w.jobs(m.brain(t)), 2*time.Hour)
	if got := w.wrote(asked); len(got) != 2 || m.count() != 2 {
		t.Errorf("wrote %q, asked %d times", got, m.count())
	}
}

// TestMessages_OldestFirstAndNoneLost: more than one hour allows is answered
// later, in its order, also when the process is a new one each time.
func TestMessages_OldestFirstAndNoneLost(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	w.persona.Limits["message"] = persona.Limit{Hour: new(2), Day: new(30)}
	var asked []string
	var first *apiclient.Client
	for i := range 7 {
		w.Advance(time.Minute)
		asker := w.neighbour(fmt.Sprintf("asker_%d", i))
		asked = append(asked, w.writes(asker, "Which pen was it?"))
		if i == 0 {
			first = asker
		}
	}
	w.writes(first, "Or was it a brush?") // who writes twice does not wait longer for it
	m := distinct(t)
	for range 5 {
		w.live(w.jobs(m.brain(t)), time.Hour)
	}
	var order []string
	for _, e := range w.entries() {
		if e.Kind == string(actions.Message) && e.Status == state.Done {
			order = append(order, e.Target)
		}
	}
	if strings.Join(order, " ") != strings.Join(asked, " ") || w.unreadMessages() != 0 {
		t.Errorf("answered %v, want %v; %d unread", order, asked, w.unreadMessages())
	}
	checkWindows(t, w.entries(), "message", 2, 30)
}

// TestMessages_DiesBeforeTheMark: a process that ends between an answer and the
// mark, at any moment, does not answer again and counts nothing twice.
func TestMessages_DiesBeforeTheMark(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"sending", "answered", "recorded", "intended"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := letterbox(t)
			asked := w.writes(w.neighbour("luma_test"), "Which pen do you use?")
			m := distinct(t)
			j := w.jobs(m.brain(t))
			ctx, stop := context.WithCancelCause(t.Context())
			j.Performer.Step = func(name string) {
				if name == step { // as if killed: nothing after this is done or written
					_ = w.store.Close()
					stop(nil)
				}
			}
			j.Sleep = w.Sleep
			if err := j.Run(ctx); err == nil && ctx.Err() == nil {
				t.Fatal("it lives")
			}
			w.open()
			w.live(w.jobs(m.brain(t)), 3*time.Hour)
			p, err := w.store.Person("luma_test")
			if got := w.wrote(asked); len(got) != 1 || m.count() != 1 || w.unreadMessages() != 0 || err != nil || p.Theirs["message"] != 1 {
				t.Errorf("wrote %q, %d requests, %d unread, memory %+v, %v", got, m.count(), w.unreadMessages(), p, err)
			}
		})
	}
}

// TestMessages_MarkFails: a mark that does not get through costs no answer, and
// is made when it can be.
func TestMessages_MarkFails(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	asked := w.writes(w.neighbour("luma_test"), "Which pen do you use?")
	w.sandbox.SetFaults(sandbox.Fault{Op: "markConversationRead", Kind: sandbox.NotApplied, Rate: 1})
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 11*time.Minute)
	if n := w.unreadMessages(); n != 1 {
		t.Fatalf("%d unread, want 1: the fault did not happen", n)
	}
	w.live(w.jobs(m.brain(t)), time.Hour)
	w.sandbox.SetFaults()
	w.live(w.jobs(m.brain(t)), 3*time.Hour)
	if got := w.wrote(asked); len(got) != 1 || m.count() != 1 || w.unreadMessages() != 0 {
		t.Errorf("wrote %q, %d requests, %d unread", got, m.count(), w.unreadMessages())
	}
}

// TestMessages_Loops: two agents that answer everything end, though each asks
// another question each time; and what is said when it rests is in the journal.
func TestMessages_Loops(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	w.persona.Limits["message"] = persona.Limit{Hour: new(600), Day: new(5000)}
	luma := w.neighbour("luma_test")
	m := distinct(t)
	var conversation string
	for i := range 40 {
		conversation = w.writes(luma, fmt.Sprintf("And what about number %d of your waves?", i))
		w.live(w.jobs(m.brain(t)), 30*time.Minute)
	}
	if got := w.wrote(conversation); len(got) != 6 {
		t.Errorf("wrote %d in 20 hours, want 6", len(got))
	}
	if why := w.declined()[conversation]; why != "enough said with @luma_test" {
		t.Errorf("declined %q, want it once", why)
	}
	if n := w.unreadMessages(); n != 0 {
		t.Errorf("%d unread", n)
	}
	w.Advance(24 * time.Hour)
	w.writes(luma, "Are you rested now?")
	w.live(w.jobs(m.brain(t)), 30*time.Minute)
	if got := w.wrote(conversation); len(got) != 7 {
		t.Errorf("wrote %d after the rest, want 7", len(got))
	}
	for range 10 { // and thanks are answered by nobody
		w.writes(luma, "Thanks!")
		w.live(w.jobs(m.brain(t)), 30*time.Minute)
	}
	if got := w.wrote(conversation); len(got) != 7 {
		t.Errorf("wrote %d, thanks included", len(got))
	}
}

// TestMessages_ByHand: what a person has answered is not answered again.
func TestMessages_ByHand(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	asked := w.writes(w.neighbour("luma_test"), "Which pen do you use?")
	if _, err := w.client.SendMessage(t.Context(), asked, apiclient.NewMessage{Content: "A plain one."}); err != nil {
		t.Fatal(err)
	}
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), time.Hour)
	if got := w.wrote(asked); len(got) != 1 || m.count() != 0 || w.unreadMessages() != 0 {
		t.Errorf("wrote %q, %d requests, %d unread", got, m.count(), w.unreadMessages())
	}
}

// TestMessages_Offline: without a model it answers with the lines that are for
// that, each once in a conversation, or not at all.
func TestMessages_Offline(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	luma := w.neighbour("luma_test")
	asked := w.writes(luma, "Which pen do you use?")
	w.live(w.jobs(planner.NewOffline()), 11*time.Minute)
	if got := w.wrote(asked); len(got) != 0 || w.unreadMessages() != 0 || !strings.Contains(w.declined()[asked], "no model") {
		t.Errorf("wrote %q, %d unread, declined %q", got, w.unreadMessages(), w.declined())
	}
	w.persona.Messages.Lines = []string{"I read everything and answer slowly, @{author}."}
	for range 3 {
		w.writes(luma, "And which paper?")
		w.live(w.jobs(planner.NewOffline()), 11*time.Minute)
	}
	if got := w.wrote(asked); len(got) != 1 || got[0] != "I read everything and answer slowly, @luma_test." {
		t.Errorf("wrote %q, declined %q", got, w.declined())
	}
}

// TestMessages_Cold: nobody is written to first unless the file allows it; then
// one agent a day, of those whose words were exchanged in public, each once.
func TestMessages_Cold(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{false, true} {
		t.Run(fmt.Sprint(allowed), func(t *testing.T) {
			t.Parallel()
			w := letterbox(t)
			w.persona.Messages.Cold = allowed
			w.persona.Limits["author"] = persona.Limit{Day: new(50)}
			for _, handle := range []string{"luma_test", "brio_test", "cold_test", "once_test"} {
				w.neighbour(handle)
				mood, n := 1, 3
				if handle == "cold_test" {
					mood = -1
				}
				if handle == "once_test" {
					n = 1
				}
				w.acquainted(handle, n, mood)
			}
			m := distinct(t)
			w.live(w.jobs(m.brain(t)), 25*time.Minute)
			first := w.sentTo()
			w.live(w.jobs(m.brain(t)), 4*24*time.Hour)
			if all := w.sentTo(); !allowed && (len(all) != 0 || m.count() != 0) {
				t.Errorf("wrote to %v", all)
			} else if allowed && (len(first) != 1 || strings.Join(all, " ") != "brio_test luma_test" || m.count() != 2) {
				t.Errorf("wrote to %v, then %v, %d requests", first, all, m.count())
			}
			for _, request := range m.requests() {
				if strings.Contains(request, "a word of theirs") {
					t.Errorf("asked with a stranger's words: %s", request)
				}
			}
		})
	}
}

// acquainted lets the persona and somebody have talked n times each.
func (w *world) acquainted(handle string, n, mood int) {
	w.t.Helper()
	var heard []state.Heard
	for i := range n {
		id := fmt.Sprintf("%s_%d", handle, i)
		heard = append(heard, state.Heard{Notice: id, Handle: handle, Kind: "comment", Post: "pst_1", Text: "a word of theirs", Topic: "generative art", Mood: mood, At: w.Now()})
		e, err := w.store.Plan(state.Entry{Kind: "reply", Author: handle, Target: "pst_1", Thread: "pst_1", Slot: id, Text: "Word " + id, Key: id, PlannedAt: w.Now()}, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		e.Status = state.Done
		if _, err := w.store.Record(e, w.Now()); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.store.Hear(heard, w.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// sentTo lists whom nova wrote to first.
func (w *world) sentTo() (handles []string) {
	for _, e := range w.entries() {
		if e.Kind == string(actions.FirstMessage) && e.Status == state.Done {
			handles = append(handles, e.Target)
		}
	}
	return handles
}

// TestMessages_ReadByHand: what somebody read on the platform and left at that is
// not answered when something new comes.
func TestMessages_ReadByHand(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	luma := w.neighbour("luma_test")
	talk := w.writes(luma, "Which pen do you use for the long lines?")
	if err := w.client.MarkConversationRead(t.Context(), talk); err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Hour)
	w.writes(luma, "And which paper do you put below it?")
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 2*time.Hour)
	if got := w.wrote(talk); len(got) != 1 || m.count() != 1 {
		t.Errorf("wrote %q", got)
	}
}

// TestMessages_TooOld: what nobody could answer for a week is in the journal.
func TestMessages_TooOld(t *testing.T) {
	t.Parallel()
	w := letterbox(t)
	asked := w.writes(w.neighbour("luma_test"), "Which pen do you use for the long lines?")
	w.Advance(8 * 24 * time.Hour)
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), time.Hour)
	if why := w.declined()[asked]; why != "too old" || w.unreadMessages() != 0 || m.count() != 0 {
		t.Errorf("declined %q, %d unread, %d requests", why, w.unreadMessages(), m.count())
	}
}
