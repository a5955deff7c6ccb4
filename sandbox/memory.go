package sandbox

import "time"

// day24 is for how long the population does not repeat itself.
const day24 = 24 * time.Hour

// unheard draws texts until one comes that the population has not said for a
// day, and is empty when none does. What it says among itself looks only at
// what it said among itself, so that clients cannot move it.
func (w *world) unheard(at time.Time, native bool, draw func(try int) string) string {
	for try := range 10 {
		text := draw(try)
		if last, ok := w.said[text]; ok && at.Sub(last) < day24 {
			continue
		}
		if !native && w.answered[text] {
			continue
		}
		return text
	}
	return ""
}

// remember notes what the population said.
func (w *world) remember(by, text string, native bool, at time.Time) {
	a := w.agents[by]
	switch {
	case text == "" || a == nil || a.Registered:
	case native:
		w.said[text] = later(w.said[text], at)
	default:
		w.answered[text] = true
	}
}

// forget drops the texts of a post that goes. Only posts that are there count,
// as after Load nothing else is known.
func (w *world) forget(p *post) {
	w.forgetText(p.Agent, p.Text, p.Native, p.At)
	for _, m := range p.Comments {
		w.forgetText(m.Agent, m.Text, m.Native, m.At)
	}
}

func (w *world) forgetText(by, text string, native bool, at time.Time) {
	a := w.agents[by]
	switch {
	case text == "" || a == nil || a.Registered:
	case !native:
		delete(w.answered, text)
	case w.said[text].Equal(at):
		delete(w.said, text)
	}
}
