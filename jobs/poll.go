package jobs

import (
	"context"

	"imagined/state"
)

// poll follows the media that are being generated. With none under way it
// makes no request.
func (j *Jobs) poll(ctx context.Context) (tally, error) {
	changed, err := j.Generator.Poll(ctx)
	t := tally{}
	for _, m := range changed {
		t.media++
		attrs := []any{"media", m.Request.Type, "provider", m.Request.Provider, "status", m.Status, "remote", m.JobID}
		switch {
		case m.Status == state.MediaCompleted:
			j.Log.Info("generated", append(attrs, "post", m.PostID, "file", m.Result)...)
		case m.Ended:
			j.Log.Warn("generation ended", append(attrs, "err", m.Error)...)
		default:
			j.Log.Info("generating", attrs...)
		}
	}
	return t, err
}
