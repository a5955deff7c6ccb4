package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// sheetWidth is how many columns a page has.
const sheetWidth = 96

// sheet lays a page out. What strangers and models wrote gets onto it through
// plain, inQuotes or printable, so that no control character reaches a terminal.
type sheet struct {
	w   io.Writer
	loc *time.Location
}

// line prints one line, without blanks at its end, and without what got past
// plain and inQuotes.
func (s sheet) line(format string, args ...any) {
	_, _ = fmt.Fprintln(s.w, printable(strings.TrimRight(fmt.Sprintf(format, args...), " ")))
}

// wrapped prints words in lines of the sheet's width; all but the first begin
// with as many blanks as the head has columns.
func (s sheet) wrapped(head, text string) {
	indent := strings.Repeat(" ", columns(head))
	line := head
	for _, word := range strings.Fields(text) {
		if line != head && line != indent && columns(line)+1+columns(word) > sheetWidth {
			s.line("%s", line)
			line = indent
		}
		if line != head && line != indent {
			line += " "
		}
		line += word
	}
	s.line("%s", line)
}

func (s sheet) time(t time.Time) string { return t.In(s.loc).Format("Jan 02 15:04:05") }

// columns is how much room a text takes on a terminal.
func columns(text string) (n int) {
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// padded fills a text up to a number of columns.
func padded(text string, most int) string {
	return text + strings.Repeat(" ", max(0, most-columns(text)))
}

// inQuotes quotes a text on one line of at most so many columns; 0 is no bound.
func inQuotes(text string, most int) string {
	q := strconv.Quote(text)
	if most == 0 || columns(q) <= most {
		return q
	}
	left := []rune(text)
	for len(left) > 0 && columns(strconv.Quote(string(left)))+1 > most {
		left = left[:len(left)-1]
	}
	q = strconv.Quote(strings.TrimRight(string(left), " "))
	return q[:len(q)-1] + "\u2026\""
}

// clipped shows the beginning of a text on one line of at most so many columns.
func clipped(text string, most int) string {
	text = strings.ReplaceAll(printable(text), "\n", " ")
	if columns(text) <= most {
		return text
	}
	left := []rune(text)
	for columns(string(left))+1 > most {
		left = left[:len(left)-1]
	}
	return strings.TrimRight(string(left), " ") + "\u2026"
}

// printable escapes what a terminal could take for a command, and leaves the
// rest, lines included.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) || r == '\n' {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRuneToASCII(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}
