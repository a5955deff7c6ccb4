package jobs

import (
	"errors"
	"sync"
	"time"

	"imagined/state"
)

// Health is how a persona is, at one moment.
type Health struct {
	Handle  string         `json:"handle"`
	Healthy bool           `json:"healthy"`
	Why     string         `json:"why,omitempty"` // the first thing that is wrong
	Turn    time.Time      `json:"turn"`          // latest round of the loop
	Jobs    []JobHealth    `json:"jobs"`
	Disk    string         `json:"disk"` // "ok", or what is wrong
	Clock   string         `json:"clock"`
	Token   string         `json:"token"`
	Holds   []state.Hold   `json:"holds,omitempty"`
	Caution *state.Caution `json:"caution,omitempty"`
	Entries map[string]int `json:"open_entries"` // by status
}

// JobHealth is how one job is. It is late when two of its own runs have gone by
// without one that succeeded.
type JobHealth struct {
	Name     string    `json:"name"`
	Schedule string    `json:"schedule"`
	Next     time.Time `json:"next,omitzero"`
	Started  time.Time `json:"started,omitzero"`
	OK       time.Time `json:"ok,omitzero"` // latest run without an error
	Error    string    `json:"error,omitempty"`
	Runs     int       `json:"runs"`     // of this process
	Failures int       `json:"failures"` // of this process
	Panics   int       `json:"panics"`   // of this process
	Late     bool      `json:"late"`
	Running  bool      `json:"running"`

	deadline time.Time // when the next success is overdue
}

const (
	grace   = 5 * time.Minute // beyond two runs of a job and its deadline
	maxSkew = 2 * time.Minute // between our clock and the platform's
	maxTurn = longestSleep + grace
)

// vitals is what the loop notes for others to read.
type vitals struct {
	mu     sync.Mutex
	turn   time.Time
	limit  time.Duration // how long the present turn may take
	disk   string
	handle string
	jobs   []*JobHealth
}

// beat notes that the loop turns.
func (j *Jobs) beat(limit time.Duration) {
	j.vitals.mu.Lock()
	defer j.vitals.mu.Unlock()
	j.vitals.turn, j.vitals.limit, j.vitals.handle = j.Now(), limit, j.Persona.Handle
}

// note changes what is known of a job.
func (j *Jobs) note(name string, change func(h *JobHealth)) {
	j.vitals.mu.Lock()
	defer j.vitals.mu.Unlock()
	for _, h := range j.vitals.jobs {
		if h.Name == name {
			change(h)
			return
		}
	}
	h := &JobHealth{Name: name}
	change(h)
	j.vitals.jobs = append(j.vitals.jobs, h)
}

// Running names the job that works at this moment; empty between jobs.
func (j *Jobs) Running() string {
	j.vitals.mu.Lock()
	defer j.vitals.mu.Unlock()
	for _, h := range j.vitals.jobs {
		if h.Running {
			return h.Name
		}
	}
	return ""
}

// noteEnd notes how a run ended.
func (j *Jobs) noteEnd(s *scheduled, failure error) {
	var panicked *panicError
	j.note(s.name, func(h *JobHealth) {
		h.Running, h.Next, h.Error = false, s.state.Next, s.state.Error
		h.Runs++
		switch {
		case failure == nil && s.state.OK.Equal(s.state.Finished):
			h.OK, h.deadline = s.state.OK, s.overdue(s.state.OK)
		case failure == nil: // stopped in the middle
		case errors.As(failure, &panicked):
			h.Panics++
			fallthrough
		default:
			h.Failures++
		}
	})
}

// noteSettle notes that settling panicked, or that it is in order again. It is
// no job, and shows among them only then.
func (j *Jobs) noteSettle(failure error) {
	j.note("settle", func(h *JobHealth) {
		h.Runs++
		if failure == nil {
			h.OK, h.Error, h.deadline = j.Now(), "", time.Time{}
			return
		}
		h.Error = failure.Error()
		h.Failures++
		h.Panics++
		if h.deadline.IsZero() {
			h.deadline = j.Now().Add(grace)
		}
	})
}

// forget drops the jobs of an earlier schedule, but for what they counted.
func (j *Jobs) forget() {
	j.vitals.mu.Lock()
	defer j.vitals.mu.Unlock()
	for _, h := range j.vitals.jobs {
		h.Schedule, h.Next, h.deadline = "off", time.Time{}, time.Time{}
	}
}

// overdue is when a job without a success from now on counts as late.
func (s *scheduled) overdue(now time.Time) time.Time {
	ahead := *s
	at := now
	for range 2 {
		if !ahead.advance(at) {
			break
		}
		at = ahead.state.Next
	}
	return at.Add(s.limit + grace)
}

// Alive reports whether the loop turns: it is what a watchdog is fed from. A
// run that is within its deadline counts as turning.
func (j *Jobs) Alive() bool {
	j.vitals.mu.Lock()
	defer j.vitals.mu.Unlock()
	return j.vitals.turn.IsZero() || j.Now().Sub(j.vitals.turn) <= j.vitals.limit+maxTurn
}

// Health looks at the persona. It may be called from any goroutine.
func (j *Jobs) Health() Health {
	now := j.Now()
	h := Health{Disk: "ok", Clock: "ok", Token: "ok", Entries: make(map[string]int)}
	alive := j.Alive()
	j.vitals.mu.Lock()
	h.Turn, h.Handle = j.vitals.turn, j.vitals.handle
	if j.vitals.disk != "" {
		h.Disk = j.vitals.disk
	}
	for _, job := range j.vitals.jobs {
		one := *job
		one.Late = !one.deadline.IsZero() && now.After(one.deadline)
		h.Jobs = append(h.Jobs, one)
	}
	j.vitals.mu.Unlock()

	if j.Client.Refused() {
		h.Token = "the platform refuses the credentials"
	}
	if server := j.Client.ServerTime(); server.Sub(now).Abs() > maxSkew {
		h.Clock = "it differs from the platform's by " + server.Sub(now).Round(time.Second).String()
	}
	var journal error
	if h.Holds, journal = j.Store.Holds(); journal == nil {
		var caution state.Caution
		var cautious bool
		if caution, cautious, journal = j.Store.Caution(now); cautious {
			h.Caution = &caution
		}
	}
	open, err := j.Store.OpenEntries()
	for _, e := range open {
		h.Entries[string(e.Status)]++
	}
	h.Why = h.wrong(alive, firstError(journal, err))
	h.Healthy = h.Why == ""
	return h
}

// wrong names the first thing that is wrong.
func (h Health) wrong(alive bool, journal error) string {
	switch {
	case !alive:
		return "the loop has stopped turning"
	case journal != nil:
		return "journal: " + journal.Error()
	case h.Disk != "ok":
		return "disk: " + h.Disk
	case h.Token != "ok":
		return "token: " + h.Token
	case h.Clock != "ok":
		return "clock: " + h.Clock
	}
	for _, job := range h.Jobs {
		if job.Late {
			return "job " + job.Name + " has not succeeded in time: " + job.Error
		}
	}
	return ""
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
