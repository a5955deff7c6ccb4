package generation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
	"imagined/state"
)

// Usable returns the recipes that can be started now, with what they name by
// name looked up. When there are none, why says so for each. A provider whose
// lists cannot be read is an error only where no other's recipe is left.
func (g *Generator) Usable(ctx context.Context, recipes []persona.Recipe) (usable []persona.Recipe, why string, err error) {
	if len(recipes) == 0 {
		return nil, "the persona has no recipes", nil
	}
	following, err := g.Store.Following()
	if err != nil {
		return nil, "", err
	}
	if len(following) >= contract.MaxGenerations { // one whose start is not settled counts too
		return nil, fmt.Sprintf("%d generations are under way, the most the platform allows", len(following)), nil
	}
	services, err := g.Client.ConnectedServices(ctx)
	if err != nil {
		return nil, "", err
	}
	var reasons []string
	var failed []error
	for _, r := range recipes {
		r, reason, err := g.usable(ctx, r, services)
		_, unread := errors.AsType[*listError](err)
		switch {
		case unread && ctx.Err() == nil:
			failed = append(failed, err)
		case err != nil:
			return nil, "", err
		case reason == "":
			usable = append(usable, r)
		case !slices.Contains(reasons, reason):
			reasons = append(reasons, reason)
		}
	}
	if len(usable) == 0 {
		return nil, strings.Join(reasons, "; "), errors.Join(failed...)
	}
	return g.room(ctx, usable)
}

// usable says why a recipe cannot be started now; what costs a request comes
// last.
func (g *Generator) usable(ctx context.Context, r persona.Recipe, services []apiclient.ConnectedService) (persona.Recipe, string, error) {
	if err := r.Check(); err != nil {
		return r, err.Error(), nil //nolint:nilerr // the reason
	}
	i := slices.IndexFunc(services, func(s apiclient.ConnectedService) bool { return s.Provider == r.Provider })
	switch {
	case i < 0:
		return r, r.Provider + " is not connected: imagined api connectService", nil
	case !services[i].IsActive:
		return r, r.Provider + " is connected and switched off: imagined api updateConnectedService", nil
	}
	if reason, err := g.resting(r.Provider, services[i].UpdatedAt); err != nil || reason != "" {
		return r, reason, err
	}
	if reason, err := actions.Unaffordable(g.Store, g.Performer.Persona, r.Cents(), g.Now()); err != nil || reason != "" {
		return r, reason, err
	}
	return g.offered(ctx, r)
}

// Room is how many more generations can be started now: those whose start is
// not settled count, and those that somebody else's hand started.
func (g *Generator) Room(ctx context.Context) (int, error) {
	following, err := g.Store.Following()
	if err != nil {
		return 0, err
	}
	jobs, err := g.Client.PendingGenerations(ctx)
	if err != nil {
		return 0, err
	}
	return max(0, contract.MaxGenerations-max(len(following), running(jobs))), nil
}

// room looks how many jobs run on the platform: some may have been started by
// somebody else's hand.
func (g *Generator) room(ctx context.Context, usable []persona.Recipe) ([]persona.Recipe, string, error) {
	jobs, err := g.Client.PendingGenerations(ctx)
	if err != nil {
		return nil, "", err
	}
	if n := running(jobs); n >= contract.MaxGenerations {
		return nil, fmt.Sprintf("%d generations run on the platform, the most that it allows", n), nil
	}
	return usable, "", nil
}

// running counts the jobs that have not ended.
func running(jobs []apiclient.GenerationJob) (n int) {
	for _, j := range jobs {
		if j.Status != state.MediaCompleted && j.Status != statusFailed {
			n++
		}
	}
	return n
}

// statusFailed is the platform's word for a job that can be retried.
const statusFailed = "failed"

// Fix is what an operator can do about media that failed; empty when there is
// nothing to say.
func Fix(m state.Media) string {
	if m.Cause == "" {
		return ""
	}
	return Cause(m.Cause).row().fix
}
