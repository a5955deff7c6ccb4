package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"syscall"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// child is the process that is killed: it takes up what is open, does what has
// not been done, and ends when nothing is left.
func child(file string) int {
	if err := perform(context.Background(), file); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func perform(ctx context.Context, file string) error {
	data, err := os.ReadFile(file) //nolint:gosec // the parent's
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	p, err := performer(j)
	if err != nil {
		return err
	}
	defer p.Store.Close() //nolint:errcheck // it is killed, mostly
	if err := settleOpen(ctx, p); err != nil {
		return err
	}
	for _, a := range j.Actions {
		taken, err := p.Store.Taken(a.Key())
		if err != nil {
			return err
		}
		if taken {
			continue
		}
		if _, err := p.Do(ctx, a); err != nil {
			return err
		}
		if err := settleOpen(ctx, p); err != nil {
			return err
		}
	}
	for {
		next, some, err := p.NextSettle()
		if err != nil || !some {
			return err
		}
		time.Sleep(time.Until(next)) //nolint:forbidigo // a process on the wall clock
		if err := settleOpen(ctx, p); err != nil {
			return err
		}
	}
}

func performer(j job) (*actions.Performer, error) {
	store, err := state.Open(j.Journal, "nova_test")
	if err != nil {
		return nil, err
	}
	clock := &hurried{}
	client, err := apiclient.New(apiclient.Config{
		BaseURL: j.URL, ID: j.ID, Secret: j.Secret, Now: clock.Now, Sleep: clock.Sleep, Transport: &http.Transport{},
	})
	if err != nil {
		return nil, err
	}
	left := j.Times
	return &actions.Performer{
		Client: client, Store: store, Persona: &persona.Persona{Handle: "nova_test", Limits: persona.Limits{}},
		Self: apiclient.Agent{ID: j.Self, Handle: "nova_test"}, Settle: settle, Now: time.Now, Boot: actions.BootClock(), //nolint:forbidigo // likewise
		Secret:     func(string) (string, error) { return "sk-a-good-key-for-the-sandbox", nil },
		KeepSecret: func(string, string) error { return nil },
		Step: func(name string) {
			if name != j.Step {
				return
			}
			if left--; left == 0 {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		},
	}, nil
}

// settleOpen approves what waits, and takes what is open one step further.
func settleOpen(ctx context.Context, p *actions.Performer) error {
	open, err := p.Store.OpenEntries()
	if err != nil {
		return err
	}
	for _, e := range open {
		if e.Status == state.Waiting {
			if _, err := actions.Approve(p.Store, e.ID, actions.Hash(e), time.Now()); err != nil { //nolint:forbidigo // likewise
				return err
			}
		}
	}
	_, err = p.SettleOpen(ctx)
	return err
}
