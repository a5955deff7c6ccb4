package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"imagined/planner"
	"imagined/state"
)

const (
	barWidth  = 14
	lineWidth = 80
	mostShown = 5 // of people, of threads and of what waits
)

// print shows the persona in 80 columns.
func (s status) print(w io.Writer, all bool) {
	line := func(format string, args ...any) {
		_, _ = fmt.Fprintln(w, strings.TrimRight(fit(fmt.Sprintf(format, args...), lineWidth), " "))
	}
	line("%-55s %24s", "@"+s.Persona, s.At.In(s.zone).Format("Mon 2 Jan 15:04 MST"))
	for i, text := range s.mood() {
		line("%-9s %s", heading("life", i), text)
	}
	for i, j := range s.Jobs {
		line("%-9s %-9s next %-22s last %s", heading("jobs", i), j.Name, s.next(j), s.last(j))
		for _, why := range folded(plain(j.Error), lineWidth-20, 3) {
			line("%19s %s", "", why)
		}
	}
	for i, text := range s.actions() {
		line("%-9s %s", heading("actions", i), text)
	}
	line("%-9s %s", "model", s.asked())
	s.printBudgets(line, all)
	kind := 8
	for _, e := range s.Latest {
		kind = max(kind, len(e.Kind))
	}
	for i, e := range s.Latest {
		line("%-9s %s", heading("latest", i), s.entry(e, kind))
	}
}

// heading stands before the first line of a part only.
func heading(text string, i int) string {
	if i > 0 {
		return ""
	}
	return text
}

// mood is what the persona may do at all.
func (s status) mood() []string {
	lines := []string{"not running"}
	if s.Alive {
		lines[0] = "alive, in " + s.Process
	}
	for _, h := range s.Holds {
		lines = append(lines, fmt.Sprintf("held since %s, %s: %s", s.when(h.At), cmp.Or(h.Kind, "everything"), plain(h.Why)))
	}
	if s.Caution != nil {
		lines = append(lines, fmt.Sprintf("cautious until %s: %s", s.when(s.Caution.Until), plain(s.Caution.Why)))
	}
	return lines
}

func (s status) next(j jobStatus) string {
	if j.Next.IsZero() {
		return "off"
	}
	if late := s.At.Sub(j.Next); late > 0 {
		return s.when(j.Next) + ", due"
	}
	return s.when(j.Next) + ", in " + span(j.Next.Sub(s.At))
}

func (s status) last(j jobStatus) string {
	switch {
	case j.Began.IsZero():
		return "never"
	case j.Error != "":
		return s.when(j.Began) + " failed"
	}
	return s.when(j.Began) + " ok"
}

// actions counts what has not ended and what nobody knows, and names what waits
// for a person.
func (s status) actions() (lines []string) {
	var parts []string
	for _, part := range []struct {
		status state.Status
		text   string
	}{
		{state.Waiting, "waiting for you"}, {state.Intent, "not sent yet"}, {state.Sending, "being sent"},
		{state.Unknown, "to be read back"}, {state.Parked, "parked"},
	} {
		if n := s.Entries[string(part.status)]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+part.text)
		}
	}
	if len(parts) == 0 {
		return []string{"none open, none parked"}
	}
	lines = append(lines, strings.Join(parts, ", "))
	for i, e := range s.Waiting {
		if i == mostShown {
			lines = append(lines, fmt.Sprintf("and %d more: imagined log --status waiting", len(s.Waiting)-i))
			break
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s waits: %s %s", e.ID, e.Kind, quoted(e.Text)), " "),
			"   imagined approve "+e.ID+" --persona "+s.Persona+", or reject")
	}
	if s.Entries[string(state.Parked)] > 0 {
		lines = append(lines, "parked: imagined log --status parked --persona "+s.Persona)
	}
	return lines
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

func (s status) asked() string {
	if s.Model.Calls == 0 {
		return "0 calls today"
	}
	text := fmt.Sprintf("%d %s today, %s tokens in, %s out", s.Model.Calls, plural(s.Model.Calls, "call"), thousands(float64(s.Model.Input)), thousands(float64(s.Model.Output)))
	if s.Model.USD > 0 {
		text += fmt.Sprintf(", $%.4f", s.Model.USD)
	}
	return text
}

func (s status) printBudgets(line func(string, ...any), all bool) {
	if s.Budgets == nil {
		line("")
		line("budgets   not known: this journal was last lived by an older version")
		line("")
		return
	}
	line("")
	line("%-17s %-5s %-16s %17s %9s  %s", "budget", "per", "", "used/cap", "left", "returns")
	shown, hidden := make(map[string]int), 0
	for _, b := range s.Budgets {
		few := b.Group == planner.GroupPeople || b.Group == planner.GroupThreads
		if !all && (b.Used+b.Reserved == 0 && b.Group != planner.GroupModel || few && (shown[b.Group] == mostShown || b.Part() < 0.8)) {
			hidden++
			continue
		}
		shown[b.Group]++
		line("%-17s %-5s [%s] %17s %9s  %s", fit(budgetName(b), 17), b.Window, bar(b), amount(b, b.Used+b.Reserved)+"/"+amount(b, b.Cap), amount(b, b.Left), s.returns(b))
	}
	if hidden > 0 {
		line("%d more, of which little or nothing was taken: --all", hidden)
	}
	line("")
}

func budgetName(b planner.Budget) string {
	switch {
	case b.Group == planner.GroupPeople:
		return "@" + plain(b.Name)
	case b.Name == "usd" && b.Group == planner.GroupMedia:
		return "media money"
	case b.Name == "usd":
		return "money"
	}
	return plain(b.Name)
}

// bar draws what is used (#), reserved (+) and left (.). What is begun shows,
// and it is only full when nothing is left.
func bar(b planner.Budget) string {
	cells := func(x float64) int {
		if b.Cap <= 0 || x <= 0 {
			return 0
		}
		n := int(math.Round(min(x/b.Cap, 1) * barWidth))
		if b.Left > 0 {
			n = min(n, barWidth-1)
		}
		return max(n, 1)
	}
	gone := cells(b.Used + b.Reserved)
	used := min(cells(b.Used), gone)
	return strings.Repeat("#", used) + strings.Repeat("+", gone-used) + strings.Repeat(".", barWidth-gone)
}

func amount(b planner.Budget, x float64) string {
	if b.Name == "usd" {
		return fmt.Sprintf("$%.2f", x)
	}
	return thousands(x)
}

// thousands writes a whole number so that it can be read.
func thousands(x float64) string {
	digits := strconv.FormatInt(int64(x), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func (s status) returns(b planner.Budget) string {
	switch {
	case b.Window == "total" && b.Left == 0:
		return "never"
	case b.Returns.IsZero():
		return ""
	}
	return s.when(b.Returns)
}

// when is a time near now, in the persona's zone.
func (s status) when(t time.Time) string {
	t, now := t.In(s.zone), s.At.In(s.zone)
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04")
	case t.Sub(now).Abs() < 6*24*time.Hour:
		return t.Format("Mon 15:04")
	}
	return t.Format(time.DateOnly)
}

// span is how long, in its two largest units.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m"
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return strconv.Itoa(int(d.Hours()/24)) + "d"
}

func (s status) entry(e entryJSON, kind int) string {
	parts := []string{fmt.Sprintf("%-9s %5s", s.when(e.PlannedAt), e.ID)}
	if e.Kind == "plan" { // a run that came to nothing
		parts = append(parts, fmt.Sprintf("%-*s quiet", kind, e.Job))
	} else {
		parts = append(parts, fmt.Sprintf("%-*s %-7s", kind, e.Kind, e.Status))
	}
	if e.Target != "" {
		parts = append(parts, plain(e.Target))
	}
	switch {
	case e.Text != "":
		parts = append(parts, fmt.Sprintf("%q", e.Text))
	case e.Error != "":
		parts = append(parts, "("+plain(e.Error)+")")
	case e.Why != "":
		parts = append(parts, "("+plain(e.Why)+")")
	}
	return strings.Join(parts, " ")
}

// folded breaks a text between its words into lines of a width, so many at most.
func folded(text string, width, most int) (lines []string) {
	for _, word := range strings.Fields(text) {
		if n := len(lines) - 1; n >= 0 && (len(lines) == most || utf8.RuneCountInString(lines[n]+word) < width) {
			lines[n] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	for i := range lines {
		lines[i] = fit(lines[i], width)
	}
	return lines
}

// fit cuts a text to a width in characters.
func fit(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:width-2]) + ".."
	}
	return text
}
