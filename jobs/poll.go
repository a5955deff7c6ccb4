package jobs

import (
	"context"

	"imagined/generation"
	"imagined/state"
)

// poll follows the media that are being generated. With none under way it
// makes no request.
func (j *Jobs) poll(ctx context.Context) (tally, error) {
	changed, err := j.Generator.Poll(ctx)
	t := tally{}
	for _, m := range changed {
		t.media++
		j.logMedia(m)
	}
	return t, err
}

func (j *Jobs) logMedia(m state.Media) {
	attrs := []any{"media", m.Request.Type, "provider", m.Request.Provider, "status", m.Status, "remote", m.JobID}
	switch {
	case m.Status == state.MediaCompleted:
		attrs = append(attrs, "post", m.PostID, "file", m.Result, "seen", m.Seen)
		if m.Fault != "" {
			j.Log.Warn("generated, but", append(attrs, "fault", m.Fault)...)
			return
		}
		j.Log.Info("generated", attrs...)
	case m.Ended:
		j.Log.Warn("generation ended", append(attrs, "cause", m.Cause, "err", m.Error, "fix", generation.Fix(m))...)
	case m.Cause != "":
		j.Log.Warn("generation failed", append(attrs, "cause", m.Cause, "err", m.Error, "retry", m.RetryAt)...)
	default:
		j.Log.Info("generating", attrs...)
	}
}
