package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/state"
)

func doReport(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	n := body[apiclient.NewReport](e)
	n.Description = e.Text
	r, err := p.Client.CreateReport(ctx, n)
	return r.ID, err
}
