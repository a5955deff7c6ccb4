package persona

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A hostile file could hold tens of thousands of faults: maxFaults is how many
// one Errors lists, and maxKept how many are kept to find the first of them.
const (
	maxFaults = 100
	maxKept   = 1000
)

// Error is one fault in a persona file. Its fields are safe to print: control
// characters are quoted and anything that looks like a secret is blanked.
type Error struct {
	File    string
	Line    int    // from 1
	Column  int    // from 1, in characters
	Path    string // YAML path such as "limits.like.hour"; empty for the file as a whole
	Problem string // what is wrong
	Fix     string // what to write instead

	lines []string // the file, blanked, for Excerpt
}

// Error returns "file:line:column: path: problem: fix" on one line.
func (e *Error) Error() string {
	where := fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
	if e.Path != "" {
		where += e.Path + ": "
	}
	return where + e.Problem + ": " + e.Fix
}

// Excerpt returns the line before, the line itself with a caret below its
// column, and the line after, for terminals. It ends in a newline and is empty
// when there is nothing to show.
func (e *Error) Excerpt() string {
	if e.Line < 1 || e.Line > len(e.lines) {
		return ""
	}
	var b strings.Builder
	for i := max(e.Line-1, 1); i <= min(e.Line+1, len(e.lines)); i++ {
		line := clip(e.lines[i-1], 120)
		fmt.Fprintf(&b, "%5d | %s\n", i, line)
		if i == e.Line {
			fmt.Fprintf(&b, "      | %s^\n", padding(line, e.Column-1))
		}
	}
	return b.String()
}

// Errors is every fault of one persona file, in the order of their positions.
// It is never empty when it is returned.
type Errors []*Error

// Error returns one line for each fault.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.AsType find the single faults.
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// finish sorts the faults, keeps the first of too many, blanks secrets in all
// that they quote and gives each the lines of the file.
func (es Errors) finish(lines []string, dropped int) Errors {
	slices.SortStableFunc(es, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if len(es) > maxFaults {
		more := *es[maxFaults]
		more.Path, more.Problem, more.Fix = "", fmt.Sprintf("%d more faults from here on", len(es)-maxFaults+dropped), "repair the first ones and check again"
		es = append(es[:maxFaults:maxFaults], &more)
	}
	for _, e := range es {
		e.Path, e.Problem, e.Fix, e.lines = blank(e.Path), blank(e.Problem), blank(e.Fix), lines
	}
	return es
}

// printable returns the lines of a file as a terminal may see them.
func printable(data string) []string {
	lines := strings.Split(strings.TrimPrefix(data, "\ufeff"), "\n")
	for i, line := range lines {
		lines[i] = blank(strings.Map(visible, strings.TrimSuffix(line, "\r")))
	}
	return lines
}

func visible(r rune) rune {
	if r == '\t' {
		return ' '
	}
	if !unicode.IsGraphic(r) {
		return '?'
	}
	return r
}

// quote returns a value as it may stand in a message.
func quote(s string) string {
	return fmt.Sprintf("%q", clip(s, 60))
}

// clip cuts a text to at most n characters and marks the cut.
func clip(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "..."
		}
		count++
	}
	return s
}

// padding returns blanks as wide as the first n characters of a line. East
// Asian characters take two columns of a terminal.
func padding(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n == 0 {
			break
		}
		n--
		b.WriteByte(' ')
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xff60 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
