package planner

import (
	"fmt"
	"time"
)

const (
	minRest  = 30 * time.Second // after a failure
	maxRest  = 15 * time.Minute
	longRest = time.Hour // when only the operator can mend it
)

// rest is the pause that a server or a model gets after failures, longer with
// each in a row.
type rest struct {
	failures int
	until    time.Time
	why      string
}

func (r *rest) fail(f *failure, now time.Time) {
	pause := min(minRest<<min(r.failures, 5), maxRest)
	if f.fix != "" && f.cure != later {
		pause = longRest
	}
	r.failures++
	r.until, r.why = now.Add(max(pause, f.after)), f.Error()
}

// modelState is what is known of one model.
type modelState struct {
	name    string
	rest    rest // its cool-down
	dialect dialect
	looked  bool    // in the journal for its dialect
	saved   string  // as the journal has it
	ratio   float64 // of its tokens to our estimate
}

// until is the time before which no request is of use: the server's rest, or
// that of the model that comes back first.
func (o *OpenAI) until() (time.Time, string) {
	until, why := o.models[0].rest.until, o.models[0].rest.why
	for _, m := range o.models[1:] {
		if m.rest.until.Before(until) {
			until, why = m.rest.until, m.rest.why
		}
	}
	if until.Before(o.server.until) {
		return o.server.until, o.server.why
	}
	return until, why
}

// resting is the error of a time in which nobody is asked; nil outside.
func (o *OpenAI) resting() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	until, why := o.until()
	if !o.now().Before(until) {
		return nil
	}
	return fmt.Errorf("no model answered lately (%s): next try after %s", why, until.UTC().Format(time.RFC3339))
}

func (o *OpenAI) cooling(m *modelState) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now().Before(m.rest.until)
}

// fail gives the model or the server its rest.
func (o *OpenAI) fail(m *modelState, f *failure) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.nextModel() {
		m.rest.fail(f, o.now())
		return
	}
	o.server.fail(f, o.now())
}

// nextModel says whether another model of the same server may do better.
func (f *failure) nextModel() bool { return f.cure != later && f.cure != operator && f.cure != guess }

func (o *OpenAI) answered(m *modelState) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.server, m.rest = rest{}, rest{}
}

// dialectOf is how to ask the model: as the journal has it, or from the top
// when that is unknown or long ago.
func (o *OpenAI) dialectOf(m *modelState, meter *meter) (dialect, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, fresh := parseDialect(m.saved, o.now()); m.saved != "" && !fresh {
		m.dialect, m.saved = firstDialect(m.name), ""
	}
	if m.looked || meter == nil {
		return m.dialect, nil
	}
	saved, err := meter.recall(o.dialectKey(m))
	if err != nil {
		return m.dialect, err
	}
	m.looked = true
	if d, ok := parseDialect(saved, o.now()); ok && !m.dialect.known {
		m.dialect, m.saved = d, saved
	}
	return m.dialect, nil
}

// speak changes how the model is asked from now on.
func (o *OpenAI) speak(m *modelState, d dialect) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.dialect = d
}

// lower asks in the next form after an answer that nothing held to JSON; a
// form that has worked before stays.
func (o *OpenAI) lower(m *modelState) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.dialect, _ = m.dialect.otherwise(guess)
}

// learn remembers the dialect in which the model has answered, over restarts.
func (o *OpenAI) learn(m *modelState, meter *meter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.dialect.known = true
	d, ok := parseDialect(m.saved, o.now())
	if meter == nil || ok && d == m.dialect {
		return nil
	}
	saved := m.dialect.String(o.now())
	if err := meter.learn(o.dialectKey(m), saved); err != nil {
		return err
	}
	m.saved = saved
	return nil
}

func (o *OpenAI) dialectKey(m *modelState) string { return "dialect/" + o.host + "/" + m.name }

// expect corrects our estimate by what the model's server reported before. It
// only grows: a server that reports too little must not widen the budget.
func (o *OpenAI) expect(m *modelState, estimated int) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return int(float64(estimated) * max(m.ratio, 1))
}

// reported takes a believable count into the correction.
func (o *OpenAI) reported(m *modelState, tokens, estimated int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := float64(tokens) / float64(estimated)
	m.ratio = 0.75*max(m.ratio, 1) + 0.25*seen // at most 4: more is not believed
}
