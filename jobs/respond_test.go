package jobs_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/planner"
	"imagined/sandbox"
	"imagined/state"
)

// neighbours is a still world in which nova only responds, and others come by.
func neighbours(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(c *sandbox.Config) { c.Pace = -1 })
	w.persona.Schedule = map[string]persona.Job{
		"respond": {Cron: "*/5 * * * *"}, "engage": {Cron: "off"}, "post": {Cron: "off"}, "generate": {Cron: "off"}, "poll": {Cron: "off"},
	}
	return w
}

// neighbour registers another agent.
func (w *world) neighbour(handle string) *apiclient.Client {
	w.t.Helper()
	agent, err := w.newClient("", "").Register(w.t.Context(), apiclient.NewAgent{Handle: handle, Name: handle})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.others == nil {
		w.others = make(map[string]*apiclient.Client)
	}
	w.others[handle] = w.newClient(agent.ClientID, agent.ClientSecret)
	return w.others[handle]
}

func (w *world) says(c *apiclient.Client, text string) apiclient.Post {
	w.t.Helper()
	p, err := c.CreatePost(w.t.Context(), apiclient.NewPost{Content: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) comments(c *apiclient.Client, post, parent, text string) apiclient.Comment {
	w.t.Helper()
	m, err := c.CreateComment(w.t.Context(), post, apiclient.NewComment{Content: text, ParentID: parent})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// answers lists what nova said below a post: "parent: text".
func (w *world) answers(post string) (all []string) {
	w.t.Helper()
	for c, err := range w.client.Comments(w.t.Context(), post) {
		if err != nil {
			w.t.Fatal(err)
		}
		if c.Agent.Handle == w.self.Handle {
			all = append(all, c.ParentID+": "+c.Content)
		}
	}
	return all
}

func (w *world) unread() int {
	w.t.Helper()
	n, err := w.client.UnreadNotifications(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// distinct is a model that writes another text each time, and chooses nothing.
func distinct(t *testing.T) *model {
	t.Helper()
	var n atomic.Int64
	return newModel(t, func(request string) (int, string) {
		if strings.Contains(request, `"decisions"`) {
			return 200, says(`{"decisions":[]}`)
		}
		return 200, says(`{"text":"` + novel(n.Add(1)) + `"}`)
	})
}

// novel is a text unlike the others.
func novel(n int64) string {
	r := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // a test's
	var words []string
	for range 8 {
		word := ""
		for range 2 + r.IntN(3) {
			word += string("bdfgklmnprstvz"[r.IntN(14)]) + string("aeiou"[r.IntN(5)])
		}
		words = append(words, word)
	}
	return strings.Join(words, " ") + "."
}

// TestRespond: who is answered and who is not, each notification marked as read
// after its outcome stands in the journal, and nothing is answered twice.
func TestRespond(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma, brio := w.neighbour("luma_test"), w.neighbour("brio_test")
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	theirs := w.says(luma, "Look at this, @nova_test: the pen ran dry at the crest.")
	quiet := w.says(luma, "Nothing about anybody.")
	question := w.comments(luma, own.ID, "", "How long did the ninth wave take?")
	w.Advance(time.Second)
	first := w.comments(brio, own.ID, "", "The seventh one leans.")
	thanks := w.comments(brio, own.ID, "", "Thank you so much for this!")
	emoji := w.comments(luma, own.ID, "", "\U0001F64F\U0001F64F")
	w.comments(luma, quiet.ID, "", "Nobody is asked here?")
	if _, err := brio.LikePost(t.Context(), own.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := brio.Follow(t.Context(), "nova_test"); err != nil {
		t.Fatal(err)
	}
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 11*time.Minute)

	got := w.answers(own.ID)
	if len(got) != 2 || !strings.HasPrefix(got[0], first.ID) || !strings.HasPrefix(got[1], question.ID) {
		t.Errorf("answers %q, want one to %s and one to %s", got, question.ID, first.ID)
	}
	if got := w.answers(theirs.ID); len(got) != 1 || !strings.HasPrefix(got[0], ": ") {
		t.Errorf("answers to the mention %q", got)
	}
	if n := w.unread(); n != 0 || m.count() != 3 {
		t.Errorf("%d unread, %d requests to the model, want 0 and 3", n, m.count())
	}
	why := make(map[string]string)
	for _, e := range w.entries() {
		why[e.Slot] += e.Error
	}
	for _, id := range []string{thanks.ID, emoji.ID} {
		if why[id] != "it needs no answer" {
			t.Errorf("%s: %q", id, why[id])
		}
	}
	p, err := w.store.Person("brio_test")
	if err != nil || p.Theirs["like"] != 1 || p.Theirs["follow"] != 1 || p.Theirs["comment"] != 2 || p.Ours["reply"] != 1 || p.Mood() != state.MoodWarm {
		t.Errorf("memory %+v, %v", p, err)
	}
	before := len(w.sandbox.Effects())
	w.live(w.jobs(m.brain(t)), 3*time.Hour) // nothing is new
	if n := len(w.sandbox.Effects()) - before; n != 0 || m.count() != 3 {
		t.Errorf("%d more effects, %d requests", n, m.count())
	}
}

// TestRespond_OldestFirstAndNoneLost: more than one hour allows is answered
// later, in its order, also when the process is a new one each time.
func TestRespond_OldestFirstAndNoneLost(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.persona.Limits["reply"] = persona.Limit{Hour: new(2), Day: new(30)}
	w.persona.Limits["thread"] = persona.Limit{Total: new(3)}
	var asked []string
	for i := range 7 {
		w.Advance(time.Minute)
		post := w.says(w.client, fmt.Sprintf("Wave %d is drawn.", i))
		asked = append(asked, w.comments(w.neighbour(fmt.Sprintf("asker_%d", i)), post.ID, "", "Which pen was it?").ID)
	}
	m := distinct(t)
	for range 5 {
		w.live(w.jobs(m.brain(t)), time.Hour)
	}
	var order []string
	for _, e := range w.entries() {
		if e.Kind == string(actions.Reply) && e.Status == state.Done {
			order = append(order, e.Slot)
		}
	}
	if strings.Join(order, " ") != strings.Join(asked, " ") || w.unread() != 0 {
		t.Errorf("answered %v, want %v; %d unread", order, asked, w.unread())
	}
	checkWindows(t, w.entries(), "reply", 2, 30)
}

// TestRespond_DiesBeforeTheMark: a process that ends between an answer and the
// mark that it was read does not answer again, and counts nothing twice.
func TestRespond_DiesBeforeTheMark(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma := w.neighbour("luma_test")
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.comments(luma, own.ID, "", "How long did it take?")
	w.sandbox.SetFaults(sandbox.Fault{Op: "markNotificationsRead", Kind: sandbox.NotApplied, Rate: 1})
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 6*time.Minute)
	if n := w.unread(); n != 1 {
		t.Fatalf("%d unread, want 1: the fault did not happen", n)
	}
	w.live(w.jobs(m.brain(t)), 30*time.Minute)
	w.sandbox.SetFaults()
	w.live(w.jobs(m.brain(t)), 2*time.Hour)
	p, err := w.store.Person("luma_test")
	if got := w.answers(own.ID); len(got) != 1 || m.count() != 1 || p.Theirs["comment"] != 1 || w.unread() != 0 {
		t.Errorf("answers %q, %d requests, memory %+v, %v, %d unread", got, m.count(), p, err, w.unread())
	}
}

// TestRespond_ModelFails: while the model does not answer nothing is lost, and
// an answer that is nonsense is not asked for again.
func TestRespond_ModelFails(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma := w.neighbour("luma_test")
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.comments(luma, own.ID, "", "How long did it take?")
	status, body := 500, `{"error":{"message":"oops"}}`
	m := newModel(t, func(string) (int, string) { return status, body })
	w.live(w.jobs(m.brain(t)), 20*time.Minute)
	if n := w.unread(); n != 1 || m.count() == 0 {
		t.Fatalf("%d unread after %d requests", n, m.count())
	}
	status, body = 200, says("no JSON at all")
	before := m.count()
	w.live(w.jobs(m.brain(t)), time.Hour)
	if n := m.count() - before; n != 2 || w.unread() != 0 || len(w.answers(own.ID)) != 0 {
		t.Errorf("%d requests, want one and its repair; %d unread", n, w.unread())
	}
}

// TestRespond_Offline: without a model a persona answers with lines that speak
// to somebody, or not at all.
func TestRespond_Offline(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma := w.neighbour("luma_test")
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.comments(luma, own.ID, "", "How long did it take?")
	w.live(w.jobs(planner.NewOffline()), 11*time.Minute)
	got := w.answers(own.ID)
	if len(got) != 1 || !strings.Contains(got[0], "@luma_test") {
		t.Errorf("answers %q", got)
	}
	w.comments(luma, own.ID, "", "And which paper?")
	w.live(w.jobs(planner.NewOffline()), 11*time.Minute)
	if got := w.answers(own.ID); len(got) != 1 || w.unread() != 0 {
		t.Errorf("answers %q, %d unread: the same line twice to one agent", got, w.unread())
	}
}

// TestRespond_Never: with a limit of 0 nothing waits for better times.
func TestRespond_Never(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	w.persona.Limits["reply"] = persona.Limit{Day: new(0)}
	luma := w.neighbour("luma_test")
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.comments(luma, own.ID, "", "How long did it take?")
	w.live(w.jobs(distinct(t).brain(t)), 11*time.Minute)
	if got := w.answers(own.ID); len(got) != 0 || w.unread() != 0 {
		t.Errorf("answers %q, %d unread", got, w.unread())
	}
	if e := w.entries(); len(e) == 0 || e[0].Error != "its limit is 0" {
		t.Errorf("entries %+v", e)
	}
}

// TestRespond_QuietNightAndPause: notifications wait for the morning, and for
// the operator.
func TestRespond_QuietNightAndPause(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma := w.neighbour("luma_test")
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	w.Advance(15*time.Hour + time.Minute) // 23:01
	w.comments(luma, own.ID, "", "How long did it take?")
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 7*time.Hour)
	if n := len(w.answers(own.ID)); n != 0 {
		t.Fatalf("%d answers in the night", n)
	}
	if err := w.store.Hold(state.Hold{Kind: "reply", Why: "paused by the operator", At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	w.live(w.jobs(m.brain(t)), 2*time.Hour)
	if n := len(w.answers(own.ID)); n != 0 || w.unread() != 1 {
		t.Fatalf("%d answers while paused, %d unread", n, w.unread())
	}
	if err := actions.Resume(w.store, "reply", w.Now()); err != nil {
		t.Fatal(err)
	}
	w.live(w.jobs(m.brain(t)), 10*time.Minute)
	if n := len(w.answers(own.ID)); n != 1 {
		t.Errorf("%d answers in the end", n)
	}
}

// TestRespond_DiesAfterTheAnswer: an answer that stands in the journal is the
// only one to that comment, whatever the model would say the next time.
func TestRespond_DiesAfterTheAnswer(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	question := w.comments(w.neighbour("luma_test"), own.ID, "", "How long did it take?")
	m := distinct(t)
	j := w.jobs(m.brain(t))
	e, err := j.Performer.Do(t.Context(), actions.Action{ // as before the kill
		Kind: actions.Reply, Target: own.ID, Author: "luma_test", Slot: question.ID, Job: "respond", Text: "About an hour.",
		Body: actions.ReplyTo{ParentID: question.ID},
	})
	if err != nil || e.Status != state.Done {
		t.Fatalf("%+v, %v", e, err)
	}
	w.live(j, time.Hour)
	if got := w.answers(own.ID); len(got) != 1 || m.count() != 0 || w.unread() != 0 {
		t.Errorf("answers %q, %d requests, %d unread", got, m.count(), w.unread())
	}
}

// TestRespond_AfterFavours: whose posts were liked as often as the day allows is
// answered all the same, when there is room again.
func TestRespond_AfterFavours(t *testing.T) {
	t.Parallel()
	w := neighbours(t)
	luma := w.neighbour("luma_test")
	for i := range 3 {
		post := w.says(luma, fmt.Sprintf("Sheet %d is dry.", i))
		like := actions.Action{Kind: actions.Like, Target: post.ID, Author: "luma_test", Job: "engage"}
		if e, err := w.jobs(distinct(t).brain(t)).Performer.Do(t.Context(), like); err != nil || e.Status != state.Done {
			t.Fatal(e.Status, err)
		}
	}
	own := w.says(w.client, "A plotter drew the same wave nine times.")
	thanks := w.comments(luma, own.ID, "", "Thank you so much for this!")
	asked := w.comments(luma, own.ID, "", "How long did the ninth wave take?")
	later := w.says(w.client, "And once more in blue.")
	w.Advance(time.Minute)
	w.comments(w.neighbour("brio_test"), later.ID, "", "Which blue was it?")
	m := distinct(t)
	w.live(w.jobs(m.brain(t)), 11*time.Minute)
	if got := w.answers(later.ID); len(got) != 1 || len(w.answers(own.ID)) != 0 || w.unread() != 1 {
		t.Errorf("answers %q and %q, %d unread: brio has an answer, luma waits", got, w.answers(own.ID), w.unread())
	}
	w.live(w.jobs(m.brain(t)), 26*time.Hour)
	if got := w.answers(own.ID); len(got) != 1 || !strings.HasPrefix(got[0], asked.ID) || m.count() != 2 || w.unread() != 0 {
		t.Errorf("answers %q with %d requests, %d unread; thanks were %s", got, m.count(), w.unread(), thanks.ID)
	}
	checkWindows(t, w.entries(), "reply", 2, 2)
}
