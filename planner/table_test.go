package planner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"imagined/planner"
)

// table is every row that a plan, a text or a feed can play.
func table() []hostile {
	return slices.Concat(aboutTexts(), aboutForm(), aboutPosts(), aboutTwoTexts(), unreachable(), aboutMedia(), aboutTheRest(), aboutEngage())
}

// elsewhere are the rows that have tests of their own.
var elsewhere = map[int]string{42: "TestVerdicts_noPages", 43: "TestVerdicts_personaFiles"}

// faults says in what the outcome is not the verdict.
func (h hostile) faults(s *stage) (faults []string) {
	counts := make(map[string]int)
	for _, e := range s.effects() {
		counts[e.Op]++
	}
	var did []string
	for op, n := range counts {
		did = append(did, fmt.Sprint(op, " ", n))
	}
	sort.Strings(did)
	if got := strings.Join(did, ", "); got != h.effects {
		faults = append(faults, fmt.Sprintf("effects %q, want %q", got, h.effects))
	}
	refused := s.refused()
	if !slices.EqualFunc(refused, h.refused, strings.HasPrefix) {
		faults = append(faults, fmt.Sprintf("refused %q, want %q", refused, h.refused))
	}
	if got := s.held(); got != h.held || got != strings.Contains(s.log.String(), "level=ERROR msg=\"all writing is stopped") {
		faults = append(faults, fmt.Sprintf("held %v, want %v", got, h.held))
	}
	if got := len(s.shunned()) > 0; h.check == nil && got != h.shunned {
		faults = append(faults, fmt.Sprintf("shunned %q, want %v", s.shunned(), h.shunned))
	}
	if h.check != nil {
		if fault := h.check(s); fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults
}

// TestVerdicts plays every row of the table and counts at the sandbox; then
// it plays each row again without the rule that holds it, and must see it.
func TestVerdicts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector")
	}
	t.Parallel()
	rows, shown, harmful := make(map[int]bool), make(map[string]bool), make(map[string]bool)
	cases := 0
	for _, h := range table() {
		cases++
		rows[h.row] = true
		t.Run(fmt.Sprintf("%d/%s", h.row, h.name), func(t *testing.T) {
			s := newStage(t)
			h.play(s)
			for _, fault := range h.faults(s) {
				t.Error(fault)
			}
			if h.rule == "" {
				return
			}
			allowed := len(s.effects())
			s = newStage(t)
			s.remove(h.rule)
			h.play(s)
			shown[h.rule] = shown[h.rule] || len(h.faults(s)) > 0
			harmful[h.rule] = harmful[h.rule] || len(s.effects()) > allowed
		})
	}
	for row := 1; row <= 46; row++ {
		if !rows[row] && elsewhere[row] == "" {
			t.Errorf("row %d is not in the table", row)
		}
	}
	for _, rule := range append(planner.Rules(), strictForm) {
		if !shown[rule] {
			t.Errorf("nobody sees that the rule %q is removed", rule)
		}
		if held := slices.Contains(twofold, rule); harmful[rule] == held {
			t.Errorf("without the rule %q a forbidden effect: %v", rule, harmful[rule])
		}
	}
	t.Logf("%d cases of %d rows, %d rules removed in turn", cases, len(rows), len(shown))
}

// twofold are the rules whose break the journal refuses, too: it takes no
// action over a limit.
var twofold = []string{"limits"}

// strictForm is the rule about the form of an answer. Without it a brain takes
// what it can get.
const strictForm = "strict form"

func (s *stage) remove(rule string) {
	if rule != strictForm {
		s.planner.Without(rule)
		return
	}
	s.planner.Brain = loose{Brain: s.planner.Brain, s: s}
}

// loose is a brain that reads answers as many do.
type loose struct {
	planner.Brain
	s *stage
}

func (l loose) Choose(_ context.Context, _ *rand.Rand, q planner.Question) (answer planner.Answer, err error) {
	ask := request{Messages: []struct{ Role, Content string }{{}, {Content: "Pick the posts that deserve"}}}
	for _, c := range q.Choices {
		ask.numbers = append(ask.numbers, c.Number)
	}
	content := l.s.model(ask)
	for i, n := range ask.numbers {
		content = strings.ReplaceAll(content, fmt.Sprint("$", i+1), fmt.Sprint(n))
	}
	var found struct {
		Decisions []struct {
			Post any
			Act  string
		}
	}
	if i := strings.Index(content, `{"decisions"`); i >= 0 {
		_ = json.NewDecoder(strings.NewReader(content[i:])).Decode(&found)
	}
	for _, d := range found.Decisions {
		n, _ := d.Post.(float64)
		number := int(n)
		if !slices.Contains(ask.numbers, number) {
			number = ask.numbers[0]
		}
		answer = append(answer, planner.Decision{Number: number, Act: d.Act})
	}
	return answer, nil
}
