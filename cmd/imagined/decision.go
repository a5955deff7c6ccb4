package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"imagined/actions"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

// deed is one act that a decision came to, or that it was kept from.
type deed struct {
	Status string         `json:"status"` // "would", "refused", or that of the entry
	Kind   string         `json:"kind"`
	Target string         `json:"target,omitempty"`
	Post   string         `json:"post,omitempty"` // that led to it, where that is not the target
	Author string         `json:"author,omitempty"`
	Text   string         `json:"text,omitempty"`
	Media  *state.Request `json:"media,omitempty"`
	Why    string         `json:"why,omitempty"`
	Reason string         `json:"reason,omitempty"` // why it was refused or failed
	Waits  bool           `json:"waits,omitempty"`  // it would wait for a person
	Entry  uint64         `json:"entry,omitempty"`
}

// deedsOf is what a plan would do, best post first, and what it refuses.
func deedsOf(who *persona.Persona, plan planner.Plan) (deeds []deed) {
	for _, a := range plan.Actions {
		deeds = append(deeds, deed{
			Status: "would", Kind: string(a.Kind), Target: a.Target, Post: a.Post, Author: a.Author, Text: a.Text, Media: a.Media, Why: a.Why,
			Waits: actions.NeedsApproval(a.Kind) || slices.Contains(who.Approval, string(a.Kind)),
		})
	}
	for _, r := range plan.Refused {
		a := r.Action
		deeds = append(deeds, deed{
			Status: "refused", Kind: string(a.Kind), Target: a.Target, Post: a.Post, Author: a.Author, Text: a.Text, Media: a.Media, Why: a.Why, Reason: r.Reason,
		})
	}
	return deeds
}

// deedsDone is what the journal knows of a decision.
func deedsDone(entries []state.Entry) (deeds []deed) {
	for _, e := range entries {
		if e.Kind == "plan" { // a run that came to nothing
			continue
		}
		deeds = append(deeds, deed{
			Status: string(e.Status), Kind: e.Kind, Target: e.Target, Post: e.Post, Author: e.Author, Text: e.Text, Media: e.Media, Why: e.Why, Reason: e.Error, Entry: e.ID,
		})
	}
	return deeds
}

func about(deeds []deed, post string) (found []deed) {
	for _, d := range deeds {
		if cmp.Or(d.Post, d.Target) == post {
			found = append(found, d)
		}
	}
	return found
}

// candidates shows the posts that a brain was asked about, each with what came
// of it, and then what is about none of them.
func (s sheet) candidates(shown []state.Considered, deeds []deed) {
	posts := make(map[string]bool)
	for i, c := range shown {
		posts[c.Post] = true
		s.candidate(i+1, c)
		mine := about(deeds, c.Post)
		for _, d := range mine {
			s.deed(d)
		}
		if len(mine) == 0 {
			s.line("        -- left alone")
		}
	}
	for _, d := range deeds {
		if !posts[cmp.Or(d.Post, d.Target)] {
			s.line("")
			s.deed(d)
		}
	}
}

func (s sheet) candidate(place int, c state.Considered) {
	what := plain(c.Post) + " by @" + plain(c.Author)
	switch {
	case c.Film:
		what = plain(c.Post) + " a film by @" + plain(c.Author)
	case c.Post == c.Author: // an agent, not a post
		what = "@" + plain(c.Author)
	}
	s.line("\n%3d. %5.2f %s, found in %s", place, c.Score, what, plain(cmp.Or(c.Source, "the feed")))
	s.line("           %s", inQuotes(c.Text, sheetWidth-11))
	s.line("           %s", partsOf(c.Parts))
}

func partsOf(parts []state.Part) string {
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = fmt.Sprintf("%s %+.2f", plain(part.Name), part.Value)
	}
	return strings.Join(names, ", ")
}

// deed shows an act: its text in full, since that is what will be read.
func (s sheet) deed(d deed) {
	head := "        -> " + d.Status + " " + d.Kind
	if d.Post != "" { // it is about somebody
		head += " @" + plain(d.Target)
	}
	if d.Entry != 0 {
		head += fmt.Sprintf(", entry %d", d.Entry)
	}
	if d.Waits {
		head += ", after your approval"
	}
	if d.Media != nil {
		head += ", " + plain(strings.TrimSpace(d.Media.Provider+" "+d.Media.Type+" "+d.Media.Model))
	}
	word, because := "why: ", d.Why
	if d.Reason != "" {
		word, because = "because: ", d.Reason
	}
	if d.Text == "" && d.Media == nil && because != "" {
		s.wrapped(head+": ", plain(because))
		return
	}
	s.line("%s", head)
	if d.Media != nil {
		s.wrapped("           prompt ", inQuotes(d.Media.Prompt, 0))
	}
	if d.Text != "" {
		s.wrapped("           ", inQuotes(d.Text, 0))
	}
	if because != "" {
		s.wrapped("           "+word, plain(because))
	}
}

// held shows which acts their share held back.
func (s sheet) held(reasons []string) {
	if len(reasons) > 0 {
		s.line("\nheld back")
	}
	for _, reason := range reasons {
		s.wrapped("     ", plain(reason))
	}
}

// gone shows which posts fell away before the brain was asked, by the reason.
func (s sheet) gone(gone map[string]string) {
	byReason := make(map[string][]string)
	for post, reason := range gone {
		byReason[reason] = append(byReason[reason], plain(post))
	}
	reasons := slices.SortedFunc(maps.Keys(byReason), func(a, b string) int {
		return cmp.Or(len(byReason[b])-len(byReason[a]), cmp.Compare(a, b))
	})
	if len(reasons) > 0 {
		s.line("\nfell away before that")
	}
	for _, reason := range reasons {
		slices.Sort(byReason[reason])
		head := fmt.Sprintf("%4d %s", len(byReason[reason]), plain(reason))
		s.wrapped(padded(head, 26)+"  ", strings.Join(byReason[reason], " "))
	}
}

// cost is what a decision's requests came to.
type cost struct {
	Calls  int     `json:"calls"`
	Input  int     `json:"input"`
	Output int     `json:"output"`
	USD    float64 `json:"usd"`
}

func costOf(exchanges []state.Exchange) (c cost) {
	for _, x := range exchanges {
		c.Calls++
		c.Input += x.Input
		c.Output += x.Output
		c.USD += x.USD
	}
	return c
}

func (c cost) String() string {
	text := fmt.Sprintf("%d %s, %d tokens in, %d tokens out", c.Calls, plural(c.Calls, "call"), c.Input, c.Output)
	if c.USD > 0 {
		text += fmt.Sprintf(", $%.4f", c.USD)
	}
	return text
}

// tokens is what one request cost.
func tokens(x state.Exchange) string {
	text := fmt.Sprintf("%d tokens in, %d out", x.Input, x.Output)
	if x.USD > 0 {
		text += fmt.Sprintf(", $%.4f", x.USD)
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// asked says whom a decision asked, and what that cost.
func asked(d state.Decision) string {
	switch d.Brain {
	case planner.OfflineName:
		return "the offline brain; no model was asked"
	case "":
		return "nobody was asked"
	}
	return fmt.Sprintf("%s, %s", plain(d.Brain), costOf(d.Exchanges))
}

// exchanges shows what the model was asked and answered; full shows the prompts
// and the answers whole.
func (s sheet) exchanges(xs []state.Exchange, full bool) {
	if len(xs) > 0 {
		s.line("\nasked")
	}
	for _, x := range xs {
		s.exchange(x, full)
	}
}

func (s sheet) exchange(x state.Exchange, full bool) {
	target := ""
	if x.Target != "" {
		target = " for " + plain(x.Target)
	}
	s.line("  %s%s: %s, %s", plain(x.Purpose), target, plain(x.Model), tokens(x))
	if full {
		s.block("system", x.System)
		s.block("user", x.User)
		s.block("answer", x.Answer)
	} else if x.Answer != "" {
		s.line("    answered %s", clipped(compact(x.Answer), sheetWidth-13))
	}
	if x.Error != "" {
		s.wrapped("    failed   ", plain(x.Error))
	}
}

// block shows a prompt as it is, each line under a bar.
func (s sheet) block(name, text string) {
	if text == "" {
		return
	}
	s.line("    %s", name)
	for line := range strings.Lines(printable(text)) {
		s.line("    | %s", strings.TrimRight(line, "\n"))
	}
}

// compact puts an answer that is JSON on one line.
func compact(answer string) string {
	var v json.RawMessage
	if json.Unmarshal([]byte(answer), &v) != nil {
		return answer
	}
	text, err := json.Marshal(v)
	if err != nil {
		return answer
	}
	return string(text)
}
