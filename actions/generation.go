package actions

import (
	"context"
	"strconv"

	"imagined/apiclient"
	"imagined/state"
)

func doGenerate(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	started, err := p.Client.StartGeneration(ctx, apiclient.NewGeneration{
		Provider: e.Media.Provider, Type: e.Media.Type, Model: e.Media.Model,
		Prompt: e.Media.Prompt, Params: e.Media.Params, Content: e.Text,
	})
	return started.JobID, err
}

// findGeneration looks for a job with this prompt that no other entry started,
// among the pending ones and then in the history.
func findGeneration(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	ours := func(j apiclient.GenerationJob) (string, bool) { return j.ID, p.started(e, j) }
	pending, err := p.Client.PendingGenerations(ctx)
	if err != nil {
		return finding{}, err
	}
	for _, j := range pending {
		if id, ok := ours(j); ok {
			return finding{found: true, remoteID: id}, nil
		}
	}
	older := func(j apiclient.GenerationJob) bool { return older(e, j.CreatedAt) }
	return scan(p.Client.GenerationHistory(ctx), older, ours)
}

func doRetry(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.RetryGeneration(ctx, e.Target)
	return "", err
}

// findRetry reads the job's retry count; the slot is the number of the retry.
func findRetry(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	want, err := strconv.Atoi(e.Slot)
	if err != nil {
		return finding{}, err
	}
	retried := func(j apiclient.GenerationJob) finding {
		return finding{found: j.RetryCount >= want, complete: true}
	}
	pending, err := p.Client.PendingGenerations(ctx)
	if err != nil {
		return finding{}, err
	}
	for _, j := range pending {
		if j.ID == e.Target {
			return retried(j), nil
		}
	}
	var job apiclient.GenerationJob
	in, err := scan(p.Client.GenerationHistory(ctx), nil, func(j apiclient.GenerationJob) (string, bool) {
		job = j
		return j.ID, j.ID == e.Target
	})
	if err != nil || !in.found {
		return finding{}, err // in neither list: it cannot be told
	}
	return retried(job), nil
}

// started reports whether a job is the one that the entry was to start.
func (p *Performer) started(e state.Entry, j apiclient.GenerationJob) bool {
	if j.Provider != e.Media.Provider || j.Type != e.Media.Type || fold(j.Prompt) != fold(e.Media.Prompt) {
		return false
	}
	return p.fresh(e, j.ID, j.CreatedAt)
}
