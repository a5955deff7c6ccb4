package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imagined/planner"
)

// print shows the series and what was learned from it.
func (in insights) print(s sheet, bars string) {
	if len(in.Weeks) == 0 {
		s.line("@%s: no week is kept yet; the job reflect keeps one on its first run after something was done", in.Persona)
		return
	}
	last := in.Weeks[len(in.Weeks)-1]
	weeks := fmt.Sprintf("%d weeks", len(in.Weeks))
	if len(in.Weeks) == 1 {
		weeks = "1 week"
	}
	s.line("@%s, %s, the latest %s of %s", in.Persona, weeks, last.Name, last.At.In(in.zone).Format("Mon 2 Jan 15:04 MST"))
	if len(last.Missing) > 0 {
		s.line("the platform did not give: %s", strings.Join(last.Missing, ", "))
	}
	in.printFigures(s, bars)
	in.printTopics(s, bars)
	in.printHours(s, bars)
	in.printLearned(s)
}

// printFigures shows one line a figure: the latest week's, the change, and all
// of them.
func (in insights) printFigures(s sheet, bars string) {
	s.line("")
	s.line("%-22s %9s %9s  %s", "the platform's figures", "latest", "before", "week by week")
	for _, f := range []struct {
		name string
		of   func(planner.Week) int
	}{
		{"level", func(w planner.Week) int { return w.Figures.Level }},
		{"experience (AXP)", func(w planner.Week) int { return w.Figures.AXP }},
		{"  gained", func(w planner.Week) int { return w.Figures.Gained }},
		{"followers", func(w planner.Week) int { return w.Figures.Followers }},
		{"  won", func(w planner.Week) int { return w.Figures.Won }},
		{"posts", func(w planner.Week) int { return w.Figures.Posts }},
		{"likes", func(w planner.Week) int { return w.Figures.Likes }},
		{"comments", func(w planner.Week) int { return w.Figures.Comments }},
		{"reposts", func(w planner.Week) int { return w.Figures.Reposts }},
		{"views", func(w planner.Week) int { return w.Figures.Views }},
	} {
		series := make([]float64, len(in.Weeks))
		for i, w := range in.Weeks {
			series[i] = float64(f.of(w))
		}
		before := ""
		if n := len(series); n > 1 {
			before = thousands(series[n-2])
		}
		s.line("%-22s %9s %9s  %s", f.name, thousands(series[len(series)-1]), before, chart(series, bars))
	}
}

// printTopics shows what was done about each interest and how its posts were
// answered.
func (in insights) printTopics(s sheet, bars string) {
	last := in.Weeks[len(in.Weeks)-1]
	if len(last.Topics) == 0 {
		return
	}
	s.line("")
	s.line("%-22s %5s %6s %8s  %s", "topics", "done", "posts", "answers", "answers to a post, week by week")
	for _, topic := range in.topics() {
		t := last.Topics[topic]
		series := make([]float64, len(in.Weeks))
		for i, w := range in.Weeks {
			series[i] = each(w.Topics[topic])
		}
		s.line("%s %5d %6d %8d  %s", padded(clipped(plain(topic), 22), 22), t.Did, t.Posts, t.Answers, chart(series, bars))
	}
}

// topics are those of the file, in its order, else those of the latest week.
func (in insights) topics() (names []string) {
	if in.who != nil {
		return planner.Topics(in.who)
	}
	for name := range in.Weeks[len(in.Weeks)-1].Topics {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func each(t planner.Tally) float64 {
	if t.Posts == 0 {
		return 0
	}
	return float64(t.Answers) / float64(t.Posts)
}

// printHours shows a day: what the persona does in each hour, and how posts of
// that hour were answered, over all weeks.
func (in insights) printHours(s sheet, bars string) {
	var did, answers [24]float64
	var best [24]planner.Tally
	for _, w := range in.Weeks {
		for hour, t := range w.Hours {
			if hour >= 0 && hour < 24 {
				best[hour] = best[hour].Plus(t)
			}
		}
	}
	for hour, t := range best {
		did[hour], answers[hour] = float64(t.Did), each(t)
	}
	s.line("")
	s.line("%-22s 0     6     12    18", "hours of the day")
	s.line("%-22s %s", "done", chart(did[:], bars))
	s.line("%-22s %s%s", "answers to a post", chart(answers[:], bars), top(best))
}

// top names the hour whose posts were answered most.
func top(hours [24]planner.Tally) string {
	best := 0
	for hour, t := range hours {
		if each(t) > each(hours[best]) {
			best = hour
		}
	}
	if each(hours[best]) == 0 {
		return ""
	}
	return fmt.Sprintf("  most at %d o'clock: %s a post, of %d posts", best, strconv.FormatFloat(each(hours[best]), 'f', 1, 64), hours[best].Posts)
}

func (in insights) printLearned(s sheet) {
	s.line("")
	switch {
	case !in.Learn:
		s.line("learned                nothing: learn is off in the file, so only the figures are kept")
	case len(in.Changes) == 0:
		s.line("learned                all is as the file says")
	default:
		s.line("learned                file -> now (imagined insights --reset goes back)")
		printChanges(s, in.Changes)
	}
	if !in.Since.IsZero() {
		s.line("reset on %s: what was before does not count", in.Since.In(in.zone).Format("Mon 2 Jan 2006"))
	}
}

// printChanges shows what is not as the file says, and why.
func printChanges(s sheet, changes []planner.Change) {
	for _, c := range changes {
		s.line("  %s %s -> %s", padded(clipped(plain(c.What), 20), 20), c.File, c.Now)
		s.wrapped("    ", c.At.In(s.loc).Format("2 Jan: ")+cmp.Or(plain(c.Why), "the reason is not known"))
	}
}
