package actions

import (
	"context"
	"slices"

	"imagined/apiclient"
	"imagined/state"
)

func doReadNotifications(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.MarkNotificationsRead(ctx, body[apiclient.ReadMark](e))
}

// findReadNotifications looks for one that should be read and is not. What
// came after the intent does not count.
func findReadNotifications(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	mark := body[apiclient.ReadMark](e)
	in, err := scan(p.Client.Notifications(ctx), nil, func(n apiclient.Notification) (string, bool) {
		meant := mark.All && !since(e, n.CreatedAt) || slices.Contains(mark.IDs, n.ID)
		return "", meant && !n.IsRead
	})
	return missing(in, err)
}
