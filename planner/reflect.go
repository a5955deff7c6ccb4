package planner

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"imagined/persona"
)

const (
	evidenceWeeks = 8    // that count
	leastPosts    = 4    // of a topic or an hour; of fewer nothing is learned
	weightStep    = 0.05 // of the file's weight: the most that one week moves
	doubt         = 5.0  // posts of the usual kind that each topic is credited with
	deadBand      = 0.1  // of the usual: less of a difference is chance
	hourReach     = 3    // how many hours before and after are compared with one
	hourGain      = 1.25 // of what an hour gets, and half an answer: what another must get
)

// Learn moves weights and hours by what the weeks say, the latest of them last.
// It is arithmetic and asks nobody. A week that it was given before is counted
// anew instead of twice.
func Learn(who *persona.Persona, weeks []Week, before Learned, now time.Time) Learned {
	if !who.Learns() || len(weeks) == 0 {
		return before
	}
	latest := weeks[len(weeks)-1]
	after := Learned{Week: latest.Name, Since: before.Since, Base: before.Now}
	if before.Week == latest.Name {
		after.Base = before.Base
	}
	e := evidenceOf(Topics(who), weeks, before.Since)
	after.Now = Moves{Weights: e.weigh(who, after.Base, now), Post: e.place(who, after.Base, now)}
	return after
}

// evidence is what the latest weeks come to.
type evidence struct {
	weeks  int
	topics map[string]Tally
	hours  map[int]Tally
	usual  float64 // marks of a post of any topic
}

func evidenceOf(topics []string, weeks []Week, since time.Time) evidence {
	e := evidence{topics: make(map[string]Tally), hours: make(map[int]Tally)}
	all := Tally{}
	for _, w := range weeks[max(0, len(weeks)-evidenceWeeks):] {
		if w.From.Before(since) {
			continue
		}
		e.weeks++
		for _, topic := range topics {
			e.topics[topic] = e.topics[topic].Plus(w.Topics[topic])
			all = all.Plus(w.Topics[topic])
		}
		for hour, t := range w.Hours {
			e.hours[hour] = e.hours[hour].Plus(t)
		}
	}
	e.usual = all.each()
	return e
}

// Plus is the sum of both.
func (t Tally) Plus(u Tally) Tally {
	return Tally{Did: t.Did + u.Did, Posts: t.Posts + u.Posts, Answers: t.Answers + u.Answers, Marks: t.Marks + u.Marks}
}

// each is what one post was marked, on average.
func (t Tally) each() float64 {
	if t.Posts == 0 {
		return 0
	}
	return float64(t.Marks) / float64(t.Posts)
}

// weigh moves each weight one step towards what the answers say, between half
// and double, or back to the file where they say nothing.
func (e evidence) weigh(who *persona.Persona, base Moves, now time.Time) map[string]Move {
	moves := make(map[string]Move)
	for _, in := range who.Interests {
		topic, file := nameOf(in), weightOf(in)
		if _, twice := moves[topic]; twice {
			continue
		}
		m := Move{File: file, Now: file}
		if before, known := base.Weights[topic]; known && before.File == file {
			m = before
		}
		target, figures := e.target(topic, file)
		step := min(max(target-m.Now, -weightStep*file), weightStep*file)
		next := math.Round((m.Now+step)*1e4) / 1e4
		next = min(max(next, file/2), file*2)
		if next != m.Now {
			m.Why, m.At = figures+": "+way(m.Now, next)+" from "+plainNumber(m.Now)+" to "+plainNumber(next), now
			m.Now = next
		}
		moves[topic] = m
	}
	return moves
}

// target is where a weight belongs by the answers, with the figures that say so.
func (e evidence) target(topic string, file float64) (weight float64, figures string) {
	t := e.topics[topic]
	of := fmt.Sprintf("%d posts in %d weeks", t.Posts, e.weeks)
	if e.weeks == 1 {
		of = fmt.Sprintf("%d posts in a week", t.Posts)
	}
	figures = fmt.Sprintf("%s were answered %.1f times each, posts of all topics %.1f times", of, t.each(), e.usual)
	if t.Posts < leastPosts {
		return file, of + " are too few to tell"
	}
	if e.usual == 0 {
		return file, figures
	}
	ratio := (float64(t.Marks) + doubt*e.usual) / (float64(t.Posts) + doubt) / e.usual
	if math.Abs(ratio-1) < deadBand {
		return file, figures
	}
	return file * ratio, figures
}

func way(from, to float64) string {
	if to > from {
		return "up"
	}
	return "down"
}

// place moves at most one hour of the posts by one hour, towards hours near it
// whose posts were answered more. It needs posts there: of the generations, the
// films, or the other hours.
func (e evidence) place(who *persona.Persona, base Moves, now time.Time) *HourMove {
	cron := who.Schedule["post"].Cron
	file, ok := hoursOf(cron)
	if !ok {
		return nil
	}
	m := HourMove{File: cron, Now: slices.Clone(file)}
	if before := base.Post; before != nil && before.File == cron && len(before.Now) == len(file) {
		m.Now, m.Why, m.At = slices.Clone(before.Now), before.Why, before.At
	}
	minute, _, _ := strings.Cut(cron, " ")
	today := now.In(who.Location()).Hour()
	for i, hour := range m.Now {
		step, why := e.better(hour)
		next := hour + step
		others := slices.Delete(slices.Clone(m.Now), i, i+1)
		close := func(other int) bool { return other-next < 2 && next-other < 2 }
		switch {
		case step == 0, !near(next, file[i]), quietAt(who, next, minute), slices.ContainsFunc(others, close):
		case hour <= today && next >= today: // it would come a second time today
		default:
			m.Now[i], m.Why, m.At = next, why, now
			return &m
		}
	}
	return &m
}

// better says whether the hours after one were answered more, or those before
// it: 1, -1, or 0.
func (e evidence) better(hour int) (step int, why string) {
	own := e.hours[hour]
	if own.Posts < leastPosts {
		return 0, ""
	}
	best := Tally{}
	for _, way := range []int{1, -1} {
		t := Tally{}
		for i := 1; i <= hourReach; i++ {
			t = t.Plus(e.hours[hour+way*i])
		}
		if t.Posts >= leastPosts && t.each() >= own.each()*hourGain+0.5 && t.each() > best.each() {
			best, step = t, way
		}
	}
	if step == 0 {
		return 0, ""
	}
	from, to := min(hour+step, hour+step*hourReach), max(hour+step, hour+step*hourReach)
	return step, fmt.Sprintf("%d posts from %d to %d o'clock were answered %.1f times each, %d at %d o'clock %.1f times: %d becomes %d",
		best.Posts, max(from, 0), min(to, 23), best.each(), own.Posts, hour, own.each(), hour, hour+step)
}
