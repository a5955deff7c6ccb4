package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/state"
)

const week = 7 * 24 * time.Hour

func shun(t *testing.T, s *state.Store, at time.Time, whats ...string) []state.Shunned {
	t.Helper()
	list := make([]state.Shunned, len(whats))
	for i, what := range whats {
		list[i] = state.Shunned{What: what, Why: "secret", Since: at, Until: at.Add(week)}
	}
	added, err := s.Shun(list)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func whats(t *testing.T, s *state.Store, at time.Time) (names []string) {
	t.Helper()
	list, err := s.Shunned(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, sh := range list {
		names = append(names, sh.What)
	}
	return names
}

func TestStore_Shun(t *testing.T) {
	t.Parallel()
	s := open(t)
	author, post := state.ShunAuthor("Luma"), state.ShunPost("Pst_1")
	if added := shun(t, s, noon, author, post); len(added) != 2 {
		t.Errorf("added %+v", added)
	}
	if added := shun(t, s, noon.Add(time.Hour), author); len(added) != 0 {
		t.Errorf("told again: %+v", added)
	}
	if diff := cmp.Diff([]string{"author/luma", "post/Pst_1"}, whats(t, s, noon.Add(week-time.Second))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"author/luma"}, whats(t, s, noon.Add(week))); diff != "" {
		t.Errorf("after a week (-want +got):\n%s", diff)
	}
	if added := shun(t, s, noon.Add(2*week), author); len(added) != 1 {
		t.Error("one that had ended is not told again")
	}
	for _, want := range []bool{true, false} {
		if found, err := s.Pardon(author); err != nil || found != want {
			t.Errorf("pardon: %v, %v; want %v", found, err, want)
		}
	}
	if n, err := s.Prune(state.DefaultRetention, noon.Add(2*week)); err != nil || n != 1 {
		t.Errorf("pruned %d, %v; want the post", n, err)
	}
}

func TestStore_ShunIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	names := make([]string, 2001)
	for i := range names {
		names[i] = state.ShunPost(fmt.Sprintf("%04d", i))
	}
	shun(t, s, noon.Add(time.Hour), names[1:]...)
	shun(t, s, noon, names[0])
	if got := whats(t, s, noon.Add(2*time.Hour)); len(got) != 2000 || got[0] != names[1] {
		t.Errorf("%d are left alone, the first is %s", len(got), got[0])
	}
}

func TestStore_Favours(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 14 {
		if err := s.Favour("luma", noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for at, want := range map[time.Duration]int{4 * time.Hour: 1, 13 * time.Hour: 10, 30 * time.Hour: 7, 38 * time.Hour: 0} {
		if n, err := s.Favours("Luma", noon.Add(at)); err != nil || n != want {
			t.Errorf("after %s: %d, %v; want %d", at, n, err, want)
		}
	}
	if len(whats(t, s, noon)) != 0 {
		t.Error("a favour is no reason to leave somebody alone")
	}
	if n, err := s.Prune(state.DefaultRetention, noon.Add(38*time.Hour)); err != nil || n != 1 {
		t.Errorf("pruned %d, %v", n, err)
	}
}

func TestStore_PrivateTexts(t *testing.T) {
	t.Parallel()
	s := open(t)
	letters := make([]string, 203)
	for i := range letters {
		letters[i] = fmt.Sprintf("letter %d", i)
	}
	if err := s.KeepPrivate(letters...); err != nil {
		t.Fatal(err)
	}
	if err := s.Hold(state.Hold{Why: "a rest", At: noon}); err != nil {
		t.Fatal(err)
	}
	texts, err := s.PrivateTexts()
	if err != nil || len(texts) != 200 || texts[0] != "letter 3" || texts[199] != "letter 202" {
		t.Errorf("%d texts, %v", len(texts), err)
	}
	if holds, err := s.Holds(); err != nil || len(holds) != 1 {
		t.Errorf("holds %+v, %v", holds, err)
	}
}
