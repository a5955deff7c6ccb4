package actions

import (
	"context"
	"errors"
	"fmt"

	"imagined/apiclient"
	"imagined/state"
)

// doConnect gets the provider's key at the last moment: it is in no journal.
func doConnect(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	if p.Secret == nil {
		return "", &apiclient.FieldError{Field: "apiKey", Want: "there is nowhere to get it from"}
	}
	key, err := p.Secret(e.Target)
	if err != nil {
		return "", &apiclient.FieldError{Field: "apiKey", Want: "get it: " + err.Error()}
	}
	s, err := p.Client.ConnectService(ctx, e.Target, key)
	return s.ID, err
}

// findConnect looks for a connection that was made or changed since: the key
// itself is masked.
func findConnect(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	s, connected, err := p.connection(ctx, e.Target)
	if err != nil || !connected {
		return absent, err
	}
	if s.IsActive && (since(e, s.UpdatedAt) || since(e, s.CreatedAt)) {
		return finding{found: true, remoteID: s.ID}, nil
	}
	return absent, nil
}

// connection reads one of the connected services; they come all at once.
func (p *Performer) connection(ctx context.Context, provider string) (s apiclient.ConnectedService, connected bool, err error) {
	all, err := p.Client.ConnectedServices(ctx)
	for _, s := range all {
		if s.Provider == provider {
			return s, true, nil
		}
	}
	return s, false, err
}

func doUpdateConnection(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.UpdateConnectedService(ctx, e.Target, body[apiclient.ConnectedServiceUpdate](e))
	return "", err
}

func findUpdateConnection(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	s, connected, err := p.connection(ctx, e.Target)
	switch {
	case err != nil:
		return finding{}, err
	case !connected:
		return finding{gone: true}, nil
	}
	return holds(s.IsActive == body[apiclient.ConnectedServiceUpdate](e).IsActive, nil)
}

func doDisconnect(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	return "", p.Client.DisconnectService(ctx, e.Target)
}

func findDisconnect(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	_, connected, err := p.connection(ctx, e.Target)
	return own(!connected, err)
}

// doTestConnection ends refused when the provider refuses the key: the answer
// is all there is to a test.
func doTestConnection(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	result, err := p.Client.TestConnectedService(ctx, e.Target)
	switch {
	case err != nil:
		return "", errNoAnswer(err)
	case result == (apiclient.TestResult{}):
		return "", errors.New("the answer does not say how the test went")
	case !result.Success:
		return "", &apiclient.FieldError{Field: "apiKey", Want: fmt.Sprintf("%s refuses it: %q", e.Target, result.Message)}
	}
	return "", nil
}
