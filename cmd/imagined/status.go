package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"imagined/actions"
	"imagined/jobs"
	"imagined/persona"
	"imagined/planner"
	"imagined/state"
)

type statusCmd struct {
	dataFlag
	Handle string `arg:"" optional:"" help:"Persona; without it every one that has a journal in the data folder."`
	All    bool   `help:"Show the budgets that nothing was taken from, too."`
	JSON   bool   `help:"Print one JSON object a persona." name:"json"`
}

// Run shows how the personas are. It works beside a running daemon, and asks
// nobody but the journal.
func (c statusCmd) Run(p *program) error {
	data, names, err := c.journals(p, c.Handle)
	if err != nil {
		return err
	}
	return eachJournal(names, func(i int, name string) error {
		s, err := statusIn(data, name, time.Now())
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(p.out).Encode(s)
		}
		if i > 0 {
			_, _ = fmt.Fprintln(p.out)
		}
		s.print(p.out, c.All)
		return nil
	})
}

// status is how one persona is, as far as its journal tells.
type status struct {
	Persona string           `json:"persona"`
	At      time.Time        `json:"at"`
	Alive   bool             `json:"alive"`             // a process has the journal
	Process string           `json:"process,omitempty"` // which
	Holds   []state.Hold     `json:"holds"`
	Caution *state.Caution   `json:"caution"`
	Jobs    []jobStatus      `json:"jobs"`
	Entries map[string]int   `json:"entries"` // open ones and parked ones, by status
	Waiting []entryJSON      `json:"waiting"` // for a person
	Model   modelStatus      `json:"model"`
	Budgets []planner.Budget `json:"budgets"` // null: the journal does not say by which limits it lives
	Latest  []entryJSON      `json:"latest"`

	zone *time.Location
}

type jobStatus struct {
	Name  string    `json:"name"`
	Next  time.Time `json:"next,omitzero"`    // zero: off, or not known
	Began time.Time `json:"started,omitzero"` // the latest run; zero: never
	OK    time.Time `json:"ok,omitzero"`      // the latest run without an error
	Error string    `json:"error,omitempty"`  // of the latest run
	Runs  int       `json:"runs"`
}

// modelStatus is what the model was asked on this local day.
type modelStatus struct {
	Calls  int     `json:"calls"`
	Input  int     `json:"input"`
	Output int     `json:"output"`
	USD    float64 `json:"usd"`
}

const latestShown = 5

func statusIn(data, name string, now time.Time) (status, error) {
	process, alive := state.InUse(journalPath(data, name))
	store, done, err := openCopy(data, name)
	if err != nil {
		return status{}, err
	}
	defer done()
	boot := actions.BootClock()
	store.SetClocks(func() state.Clocks {
		c := state.Clocks{Platform: now} // nobody is asked; the wall clock shows what there is
		if boot != nil {
			c.Boot, c.Since = boot()
		}
		return c
	})
	s, err := statusOf(store, name, now)
	s.Alive, s.Process = alive, process
	return s, err
}

func statusOf(store *state.Store, name string, now time.Time) (s status, err error) {
	s = status{Persona: name, At: now, zone: time.Local, Entries: make(map[string]int)}
	who, err := jobs.Living(store)
	if err != nil {
		return s, err
	}
	if who != nil {
		s.zone = who.Location()
	}
	if s.Holds, err = store.Holds(); err != nil {
		return s, err
	}
	caution, cautious, err := store.Caution(now)
	if err != nil {
		return s, err
	}
	if cautious {
		s.Caution = &caution
	}
	for _, add := range []func(*state.Store) error{s.addJobs, s.addEntries, s.addModel} {
		if err := add(store); err != nil {
			return s, err
		}
	}
	if who != nil {
		s.Budgets, err = budgetsOf(store, who, now)
	}
	return s, err
}

func budgetsOf(store *state.Store, who *persona.Persona, now time.Time) ([]planner.Budget, error) {
	return (&planner.Planner{Persona: who, Store: store}).Budgets(now)
}

func (s *status) addJobs(store *state.Store) error {
	for _, name := range jobs.Names() {
		j, err := store.Job(name)
		if err != nil {
			return err
		}
		if j.Runs == 0 && j.Next.IsZero() {
			continue // off, or one that keeps no record
		}
		s.Jobs = append(s.Jobs, jobStatus{Name: name, Next: j.Next, Began: j.Started, OK: j.OK, Error: j.Error, Runs: j.Runs})
	}
	return nil
}

func (s *status) addEntries(store *state.Store) error {
	open, err := store.OpenEntries()
	if err != nil {
		return err
	}
	parked, err := store.Entries(state.Filter{Status: state.Parked}, 0)
	if err != nil {
		return err
	}
	for _, e := range slices.Concat(open, parked) {
		s.Entries[string(e.Status)]++
		if e.Status == state.Waiting {
			s.Waiting = append(s.Waiting, newEntryJSON(e))
		}
	}
	latest, err := store.Entries(state.Filter{}, latestShown)
	for _, e := range latest {
		s.Latest = append(s.Latest, newEntryJSON(e))
	}
	return err
}

func (s *status) addModel(store *state.Store) error {
	day, _, err := store.Day(s.At, s.zone)
	if err != nil {
		return err
	}
	u, err := store.UsageOf(day)
	s.Model = modelStatus{Calls: u.Calls, Input: u.Input, Output: u.Output, USD: u.USD}
	return err
}
