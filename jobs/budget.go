package jobs

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

const (
	cursorPersona = "persona" // the persona as it lives, for those who only look at the journal
	cursorBudgets = "budgets" // when which budget was said to be almost or all gone
	budgetsKept   = 48 * time.Hour

	almost, gone = "80", "100" // per cent of a budget
)

// enter begins to live by the persona: the journal's clock is moved on while
// the platform's time is fresh, and the persona is kept beside what it does.
func (j *Jobs) enter() error {
	if err := j.Store.Tick(j.Now()); err != nil {
		return err
	}
	return Keep(j.Store, j.Persona)
}

// Keep writes the persona into the journal that it lives by. It holds no
// secret.
func Keep(store *state.Store, who *persona.Persona) error {
	text, err := json.Marshal(who)
	if err != nil {
		return fmt.Errorf("keep persona %s: %w", who.Handle, err)
	}
	before, err := store.Cursor(cursorPersona)
	if err != nil || before == string(text) {
		return err
	}
	return store.SetCursor(cursorPersona, string(text))
}

// Living is the persona that Keep wrote last; nil when it never did.
func Living(store *state.Store) (*persona.Persona, error) {
	text, err := store.Cursor(cursorPersona)
	if err != nil || text == "" {
		return nil, err
	}
	var who persona.Persona
	if err := json.Unmarshal([]byte(text), &who); err != nil {
		return nil, fmt.Errorf("read the persona in the journal: %w", err)
	}
	return &who, nil
}

// logBudgets says which budgets are almost gone and which all: each once in a
// window, whatever restarts there are. A budget of the model is gone when it
// does not allow a call.
func (j *Jobs) logBudgets(broke string) error {
	now := j.Now()
	budgets, err := j.Planner.Budgets(now)
	if err != nil {
		return &journalError{err}
	}
	said, err := j.budgetsSaid(now)
	if err != nil {
		return &journalError{err}
	}
	news := false
	for _, b := range budgets {
		level := almost
		if b.Part() >= 1 || b.Group == planner.GroupModel && b.Name == broke {
			level = gone
		}
		if level == almost && b.Part() < 0.8 || said.before(b, level) {
			continue
		}
		said.note(b, level)
		j.logBudget(level, b)
		news = true
	}
	if !news {
		return nil
	}
	text, err := json.Marshal(said.When)
	if err != nil {
		return fmt.Errorf("keep what was said of budgets: %w", err)
	}
	if err := j.Store.SetCursor(cursorBudgets, string(text)); err != nil {
		return &journalError{err}
	}
	return nil
}

// said is what was said of budgets, and when on the journal's clock: a clock
// that is set makes nothing be said twice.
type said struct {
	When map[string]time.Time
	at   time.Time
	day  string // of the model
}

// budgetsSaid forgets what no window needs any more.
func (j *Jobs) budgetsSaid(now time.Time) (s said, err error) {
	s.When = make(map[string]time.Time)
	if s.at, err = j.Store.BudgetTime(now); err != nil {
		return s, err
	}
	if s.day, _, err = j.Store.Day(now, j.Persona.Location()); err != nil {
		return s, err
	}
	text, err := j.Store.Cursor(cursorBudgets)
	if err != nil {
		return s, err
	}
	if json.Unmarshal([]byte(text), &s.When) != nil || s.When == nil {
		s.When = make(map[string]time.Time) // none yet, or unreadable: then it is said once more
	}
	maps.DeleteFunc(s.When, func(_ string, when time.Time) bool { return s.at.Sub(when) > budgetsKept })
	return s, nil
}

func (s said) key(b planner.Budget, level string) string {
	window := b.Window
	if b.Group == planner.GroupModel {
		window = s.day
	}
	return strings.Join([]string{b.Group, b.Name, window, level}, "/")
}

// before reports whether it was said in this window.
func (s said) before(b planner.Budget, level string) bool {
	when, was := s.When[s.key(b, level)]
	switch {
	case !was:
		return false
	case b.Group == planner.GroupModel:
		return true
	case b.Window == "hour":
		return s.at.Sub(when) < time.Hour
	case b.Window == "day":
		return s.at.Sub(when) < 24*time.Hour
	}
	return true
}

// note also passes over what is less.
func (s said) note(b planner.Budget, level string) {
	s.When[s.key(b, level)] = s.at
	if level == gone {
		s.When[s.key(b, almost)] = s.at
	}
}

func (j *Jobs) logBudget(level string, b planner.Budget) {
	name, log := b.Name, j.Log.Info
	switch b.Group {
	case planner.GroupModel:
		log = j.Log.Warn
	case planner.GroupPeople: // to have said enough to somebody is no news
		name, log = "@"+name, j.Log.Debug
	case planner.GroupThreads:
		name, log = "thread "+name, j.Log.Debug
	}
	attrs := []any{"budget", name, "per", b.Window, "used", rounded(b.Used + b.Reserved), "cap", b.Cap}
	if !b.Returns.IsZero() {
		attrs = append(attrs, "returns", b.Returns.In(j.Persona.Location()).Format("Mon 15:04"))
	}
	if level == gone {
		log("budget spent", attrs...)
		return
	}
	log("budget almost spent", attrs...)
}

// rounded keeps money to a hundredth of a cent.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }
