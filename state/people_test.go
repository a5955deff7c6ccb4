package state_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/state"
)

// reply is an entry that answers somebody, taken to its end.
func reply(t *testing.T, s *state.Store, n int, author, post string, end state.Status, at time.Time) {
	t.Helper()
	e := mustPlan(t, s, state.Entry{
		Kind: "reply", Target: post, Thread: post, Author: author, Topic: "maps", Text: fmt.Sprint("answer ", n), Key: fmt.Sprint("reply/", n), PlannedAt: at,
	})
	e.Status = end
	if _, err := s.Record(e, at); err != nil {
		t.Fatal(err)
	}
}

// TestStore_RemembersPeople: what took effect and what was heard is counted on
// both sides, each notification once; what did not take effect is not.
func TestStore_RemembersPeople(t *testing.T) {
	t.Parallel()
	s := open(t)
	heard := []state.Heard{
		{Notice: "n1", Handle: "Luma", Kind: "mention", Post: "pst_1", Text: "what do you think?", Topic: "maps", At: noon},
		{Notice: "n2", Handle: "luma", Kind: "like", Post: "pst_9", Mood: 1, At: noon.Add(time.Minute)},
		{Notice: "n3", Handle: "luma", Kind: "reply", Post: "pst_1", Text: "thank you", Mood: 1, At: noon.Add(time.Hour)},
		{Notice: "n4", Handle: "grump", Kind: "comment", Post: "pst_1", Text: "boring", Mood: -1, At: noon.Add(400 * 24 * time.Hour)},
	}
	for range 2 { // a crash may come before the platform knows that they were read
		check(t, s.Hear(heard, noon.Add(2*time.Hour)))
	}
	reply(t, s, 1, "luma", "pst_1", state.Done, noon.Add(30*time.Minute))
	reply(t, s, 2, "luma", "pst_1", state.Refused, noon.Add(40*time.Minute))
	reply(t, s, 3, "luma", "pst_1", state.Parked, noon.Add(50*time.Minute))

	p, err := s.Person("@Luma")
	check(t, err)
	want := state.Person{
		Handle: "luma", Ours: map[string]int{"reply": 1}, Theirs: map[string]int{"mention": 1, "like": 1, "reply": 1}, Warm: 2,
		First: noon, Last: noon.Add(time.Hour), Topics: map[string]int{"maps": 2},
		Texts: []state.Said{
			{By: "Luma", Text: "what do you think?", Post: "pst_1", At: noon},
			{Own: true, Text: "answer 1", Post: "pst_1", At: noon.Add(30 * time.Minute)},
			{By: "luma", Text: "thank you", Post: "pst_1", At: noon.Add(time.Hour)},
		},
	}
	if diff := cmp.Diff(want, p); diff != "" || p.Mood() != state.MoodWarm {
		t.Errorf("mood %s (-want +got):\n%s", p.Mood(), diff)
	}
	if p, err := s.Person("grump"); err != nil || p.Mood() != state.MoodCold || p.Last.After(noon.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", p, err)
	}
	thread, err := s.Thread("pst_1")
	if err != nil || len(thread.Texts) != 4 || thread.Ours["reply"] != 1 || thread.Theirs["comment"] != 1 {
		t.Errorf("%+v, %v", thread, err)
	}
	known, err := s.HeardBefore([]string{"n1", "n5"})
	if err != nil || !known["n1"] || known["n5"] {
		t.Errorf("%v, %v", known, err)
	}
	check(t, s.Verify())
}

// TestStore_ResolvedByHandIsLearned: the operator's word counts, too.
func TestStore_ResolvedByHandIsLearned(t *testing.T) {
	t.Parallel()
	s := open(t)
	reply(t, s, 1, "luma", "pst_1", state.Parked, noon)
	_, err := s.Resolve(1, state.Done, "seen there", noon)
	check(t, err)
	if p, err := s.Person("luma"); err != nil || p.Ours["reply"] != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestStore_MemoryIsBounded: texts are cut and few, and of people and threads
// the oldest go.
func TestStore_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	var heard []state.Heard
	for i := range 2050 {
		heard = append(heard, state.Heard{
			Notice: fmt.Sprint("n", i), Handle: fmt.Sprintf("agent_%04d", i), Kind: "mention", Post: fmt.Sprint("pst_", i),
			Text: "hello", At: noon.Add(time.Duration(i) * time.Second),
		})
	}
	for i := range 50 {
		heard = append(heard, state.Heard{
			Notice: fmt.Sprint("m", i), Handle: "agent_2049", Kind: "mention", Post: "pst_2049",
			Text: strings.Repeat("x", 1000), Topic: fmt.Sprint("topic ", i), At: noon.Add(time.Hour),
		})
	}
	check(t, s.Hear(heard, noon.Add(time.Hour)))
	for n := 1; n > 0; {
		var err error
		n, err = s.Prune(state.DefaultRetention, noon.Add(time.Hour))
		check(t, err)
	}
	people, err := s.People()
	if err != nil || len(people) != 2000 || people[0].Handle != "agent_0050" {
		t.Errorf("%d people from %s on, %v", len(people), people[0].Handle, err)
	}
	if _, err := s.Thread("pst_49"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("the oldest thread: %v", err)
	}
	if _, err := s.Thread("pst_50"); err != nil {
		t.Error(err)
	}
	last := people[len(people)-1]
	if len(last.Texts) != 8 || len([]rune(last.Texts[0].Text)) != 160 || len(last.Topics) > 8 || last.Topics["topic 49"] == 0 {
		t.Errorf("%d texts, %d topics: %+v", len(last.Texts), len(last.Topics), last.Topics)
	}
	check(t, s.Verify())
}

func TestStore_Forget(t *testing.T) {
	t.Parallel()
	s := open(t)
	check(t, s.Hear([]state.Heard{
		{Notice: "n1", Handle: "luma", Kind: "mention", Post: "pst_1", Text: "hello", At: noon},
		{Notice: "n2", Handle: "brio", Kind: "mention", Post: "pst_1", Text: "me too", At: noon},
	}, noon))
	check(t, s.Forget("@LUMA"))
	if _, err := s.Person("luma"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("person: %v", err)
	}
	if thread, err := s.Thread("pst_1"); err != nil || len(thread.Texts) != 1 || thread.Texts[0].By != "brio" {
		t.Errorf("thread %+v, %v", thread, err)
	}
	if err := s.Forget("luma"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	check(t, s.Verify())
}
