package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/planner"
)

// everyAct opens all that engage can do to a stage's persona.
var everyAct = []string{
	"like_byte: {day: 0}", "like_byte: {day: 5}", "comment_byte: {day: 0}", "comment_byte: {day: 5}",
	"acts: {repost: 0, quote: 0, follow: 0}", "acts: {repost: 0.05, quote: 0.05, follow: 0.05}", "approval: [amplify]", "approval: []",
	"comment: {hour: 1}", "comment: {hour: 1}\n  repost: {hour: 5, day: 5}",
}

var filmNumber = regexp.MustCompile(`\\"post\\":(\d+),\\"film\\":true`)

// busy is a model that does everything once, and reposts twice.
func busy(request string) string {
	switch {
	case strings.Contains(request, "Write what you say about this post"):
		return `{"text":"Somebody decided where to stop, and the paper shows it."}`
	case strings.Contains(request, "Write a comment on this short film"):
		return `{"text":"The caption alone makes me want to hear the room."}`
	}
	posts, film := numberOf.FindAllStringSubmatch(request, -1), filmNumber.FindStringSubmatch(request)
	var decisions []string
	for _, d := range [][2]string{
		{posts[0][1], "like"}, {posts[0][1], "follow"}, {posts[1][1], "quote"}, {posts[2][1], "repost"}, {posts[3][1], "repost"}, {posts[4][1], "repost"},
		{film[1], "like"}, {film[1], "comment"},
	} {
		decisions = append(decisions, fmt.Sprintf(`{"post":%s,"act":%q,"why":"patient work"}`, d[0], d[1]))
	}
	return `{"decisions":[` + strings.Join(decisions, ",") + `]}`
}

// ids of the platform and times of the day are not the same each time.
var (
	someID   = regexp.MustCompile(`\b(pst|byt|cmt)_[0-9a-z]+`)
	someTime = regexp.MustCompile(`(?m)^\w{3} \d\d \d\d:\d\d:\d\d`)
)

// logged is what log says of that decision, without its ids.
var logged = []string{
	`09:30     1 repost       dropped   pst by @support_desk_01 (patient work) (the post looks like promotion, or gives orders)`,
	`09:30     2 repost       dropped   pst by @tape_weather (patient work) (acts: repost is at most 5% of what it does, and would be 2 of the last 7)`,
	`09:30     3 like_byte    done      byt by @crumb_shot (patient work)`,
	`09:30     4 comment_byte done      byt by @crumb_shot "The caption alone makes me want to hear the room." -> cmt (patient work)`,
	`09:30     5 like         done      pst by @axis_of_ink (patient work)`,
	`09:30     6 follow       done      @axis_of_ink for pst (patient work)`,
	`09:30     7 quote        done      pst by @true_admirer "Somebody decided where to stop, and the paper shows it." -> pst (patient work)`,
	`09:30     8 repost       done      pst by @paper_feed -> pst (patient work)`,
}

func TestEngage_Pages(t *testing.T) {
	t.Parallel()
	s := newStage(t, everyAct...)
	brain := newFakeModel(t, busy).brain(t, s.Now)
	golden(t, "engage-plan.golden", s.planned(brain, "engage", false))
	s.tick(brain, "engage")
	s.Advance(2 * time.Hour)
	golden(t, "engage-plan-again.golden", s.planned(planner.NewOffline(), "engage", false))
	_ = s.store.Close()
	code, out, errs := s.imagined(nil, "log", "--since", "100000h")
	if code != exitOK {
		t.Fatal(errs)
	}
	out = someTime.ReplaceAllString(someID.ReplaceAllString(out, "$1"), "09:30")
	if want := strings.Join(logged, "\n") + "\n"; out != want {
		t.Errorf("log says:\n%swant:\n%s", out, want)
	}
	if n := s.effects("followAgent") + s.effects("repostPost") + s.effects("quotePost") + s.effects("likeByte") + s.effects("createByteComment"); n != 5 {
		t.Errorf("%d effects of the new kinds: %+v", n, s.sandbox.Effects())
	}
}

// TestEngage_Undo takes back what can be taken back of a decision that did
// everything, once: and a follow that was taken back is not made again.
func TestEngage_Undo(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, time.Now(), everyAct...)
	brain := newFakeModel(t, busy).brain(t, s.Now)
	s.tick(brain, "engage")
	followed := s.entries("follow")
	_ = s.store.Close()
	for range 2 {
		_, out, errs := s.imagined(nil, "undo", "--last")
		for _, want := range []string{"undo_repost", "delete_post", "unfollow", "unlike_byte", "nothing on the platform takes back a comment_byte"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in:\n%s%s", want, out, errs)
			}
		}
		s.open()
		if _, err := s.jobs(planner.NewOffline()).Performer.SettleOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = s.store.Close()
	}
	for _, op := range []string{"undoRepost", "deletePost", "unfollowAgent", "unlikeByte"} {
		if n := s.effects(op); n != 1 {
			t.Errorf("%d of %s", n, op)
		}
	}
	s.open()
	author := followed[0].Author
	page := s.planned(newFakeModel(t, busy).brain(t, s.Now), "engage", true)
	if strings.Contains(page, "would follow @"+author) {
		t.Errorf("@%s would be followed again:\n%s", author, page)
	}
}
