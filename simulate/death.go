package simulate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"imagined/state"
)

// Deaths kill the residents' processes so often in each job, around one of its
// requests, before it arrives or after.
type Deaths struct {
	Jobs  []string       // in which they die
	Each  int            // times
	Count map[string]int // so far, by job
	Edit  func(r *Resident, life int)

	rand *rand.Rand
}

// NewDeaths makes deaths in these jobs.
func NewDeaths(seed uint64, each int, jobs ...string) *Deaths {
	return &Deaths{Jobs: jobs, Each: each, Count: make(map[string]int), rand: rand.New(rand.NewPCG(seed, 3))} //nolint:gosec // chance, not secrecy
}

// Least is the count of the job that died least.
func (d *Deaths) Least() (least int) {
	least = d.Count[d.Jobs[0]]
	for _, job := range d.Jobs {
		least = min(least, d.Count[job])
	}
	return least
}

// due reports whether a process may die in a job.
func (d *Deaths) due(job string) bool {
	return slices.Contains(d.Jobs, job) && d.Count[job] < d.Each
}

// death is the one that a process meets.
type death struct {
	of    *Deaths
	job   string
	fuse  int // requests of the jobs that are due until it dies
	after bool
	kept  string // the journal as it was then; empty: the process lives
	stop  context.CancelFunc
}

var errDead = errors.New("the process is dead")

// past lets a request by, or kills the process on one side of it.
func (d *death) past(r *Resident, req *http.Request, way http.RoundTripper) (*http.Response, error) {
	if d.kept != "" {
		return nil, errDead
	}
	if d.job = r.at.Running(); !d.of.due(d.job) {
		return way.RoundTrip(req)
	}
	if d.fuse--; d.fuse > 0 {
		return way.RoundTrip(req)
	}
	if d.after {
		if resp, err := way.RoundTrip(req); err == nil {
			_ = resp.Body.Close()
		}
	}
	if err := d.keep(r); err != nil {
		r.town.wrong("@%s: %w", r.Persona.Handle, err)
	}
	d.of.Count[d.job]++
	d.stop()
	return nil, errDead
}

// keep copies the journal as it is at this moment: what the process still
// writes on its way out is thrown away.
func (d *death) keep(r *Resident) error {
	path := r.Store.Path()
	d.kept = path + ".dead"
	if err := state.Copy(path, d.kept); err != nil {
		return err
	}
	seq, err := os.ReadFile(sequence(path))
	if err != nil {
		return err
	}
	return os.WriteFile(sequence(d.kept), seq, 0o600) //nolint:gosec // beside the journal
}

func sequence(journal string) string { return strings.TrimSuffix(journal, ".db") + ".seq" }

// rise puts the journal back as it was at the death, and opens it.
func (d *death) rise(r *Resident) (err error) {
	path := r.Store.Path()
	_ = r.Store.Close()
	for from, to := range map[string]string{d.kept: path, sequence(d.kept): sequence(path)} {
		if err := os.Rename(from, to); err != nil {
			return err
		}
	}
	if err := state.Sound(path, r.Persona.Handle); err != nil {
		return fmt.Errorf("after a death in %s: %w", d.job, err)
	}
	r.Store, err = state.OpenWith(path, r.Persona.Handle, state.Options{NoSync: true, Now: r.town.Now})
	return err
}

// live is a persona's life of many processes.
func (d *Deaths) live(ctx context.Context, r *Resident, sleep func(context.Context, time.Duration) error) {
	for life := 0; ctx.Err() == nil; life++ {
		if d.Edit != nil {
			d.Edit(r, life)
		}
		err := d.process(ctx, r, sleep)
		if err == nil {
			err = sleep(ctx, 5*time.Second) // a service manager starts it again
		}
		if err != nil && ctx.Err() == nil {
			r.town.wrong("@%s: %w", r.Persona.Handle, err)
			_ = sleep(ctx, time.Hour)
		}
	}
}

func (d *Deaths) process(ctx context.Context, r *Resident, sleep func(context.Context, time.Duration) error) error {
	alive, stop := context.WithCancel(ctx)
	defer stop()
	door := &door{resident: r}
	client, err := r.town.client(r.id, r.secret, sleep, door)
	if err != nil {
		return err
	}
	if r.at, err = r.jobs(client, sleep); err != nil {
		return err
	}
	door.death = &death{of: d, fuse: 1 + d.rand.IntN(8), after: d.rand.IntN(2) == 0, stop: stop}
	err = r.at.Run(alive)
	if door.death.kept == "" {
		return err
	}
	return door.death.rise(r) // whatever a dead process says
}

// door is the way out of a resident's house.
type door struct {
	resident *Resident
	death    *death // nil: it lives on
}

func (d *door) RoundTrip(r *http.Request) (*http.Response, error) {
	way := d.resident.town.Server.Transport()
	var resp *http.Response
	var err error
	if d.death == nil {
		resp, err = way.RoundTrip(r)
	} else {
		resp, err = d.death.past(d.resident, r, way)
	}
	if c := d.resident.cost(); c != nil {
		c.Requests++
	}
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		d.resident.Limited++
	}
	return resp, err
}
