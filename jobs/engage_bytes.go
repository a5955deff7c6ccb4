package jobs

import (
	"context"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/planner"
)

const perBytes = 20 // bytes read in one run

// films reads the newest bytes, unless the limits forbid all that could be
// done about them.
func (j *Jobs) films(ctx context.Context) (films []planner.Candidate, err error) {
	if !j.may(actions.LikeByte) && !j.may(actions.CommentByte) {
		return nil, nil
	}
	for b, err := range j.Client.Bytes(apiclient.PageSize(ctx, perBytes)) {
		if err != nil {
			return nil, err
		}
		if films = append(films, planner.Film(b)); len(films) == perBytes {
			break
		}
	}
	return films, nil
}

// may says whether the persona's limits allow a kind at all.
func (j *Jobs) may(k actions.Kind) bool {
	limit := j.Persona.Limits[string(k)]
	forbids := func(most *int) bool { return most != nil && *most == 0 }
	return !forbids(limit.Hour) && !forbids(limit.Day)
}

// filmComments are comments of a byte, as comments are of a post.
func (j *Jobs) filmComments(ctx context.Context, film string) ([]apiclient.Comment, error) {
	return newest(j.Client.ByteComments(apiclient.PageSize(ctx, contract.MaxPage), film))
}

func (j *Jobs) follows(ctx context.Context, handle string) (bool, error) {
	status, err := j.Client.FollowStatus(ctx, handle)
	return status.Following, err
}
