package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"imagined/apiclient"
	"imagined/sandbox"
)

// faults reads what --faults was given: faults, and files of them, in order.
func (c sandboxCmd) faults() (faults []sandbox.Fault, err error) {
	for _, given := range c.Faults {
		read := faultFile
		if strings.Contains(given, "=") {
			read = func(text string) ([]sandbox.Fault, error) {
				fault, err := sandbox.ParseFault(text)
				return []sandbox.Fault{fault}, err
			}
		}
		more, err := read(given)
		if err != nil {
			return nil, &usageError{err}
		}
		faults = append(faults, more...)
	}
	return faults, nil
}

func faultFile(path string) ([]sandbox.Fault, error) {
	f, err := os.Open(path) //nolint:gosec // the operator's
	if err != nil {
		return nil, fmt.Errorf("--faults %s: neither a fault, such as likePost=applied-reset:0.1, nor a file of them: %w", path, err)
	}
	defer f.Close() //nolint:errcheck // read only
	faults, err := sandbox.ParseFaults(f)
	if err != nil {
		return nil, fmt.Errorf("--faults %s: %w", path, err)
	}
	return faults, nil
}

// attacks reads the texts of hostile agents: a JSON object with a text a line.
func (c sandboxCmd) attacks() (texts []string, err error) {
	if c.Attacks == "" {
		return nil, nil
	}
	f, err := os.Open(c.Attacks)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--attacks: %w", err)}
	}
	defer f.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var line struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Text == "" {
			return nil, usagef(`--attacks %s:%d: want {"text": "..."}, one a line`, c.Attacks, n)
		}
		texts = append(texts, line.Text)
	}
	if err := lines.Err(); err != nil {
		return nil, &usageError{fmt.Errorf("--attacks %s: %w", c.Attacks, err)}
	}
	return texts, nil
}

// visitor returns credentials that work in this world. With a state file they
// are kept beside it, since the world knows only the secret's hash.
func (c sandboxCmd) visitor(ctx context.Context, url string) (credentials, error) {
	kept := c.State + ".visitor.json"
	if c.State != "" {
		creds, err := readCredentials(kept)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return creds, err
		}
		if err == nil && welcome(ctx, url, creds) {
			return creds, nil
		}
	}
	client, err := apiclient.New(apiclient.Config{BaseURL: url})
	if err != nil {
		return credentials{}, err
	}
	creds, err := registerVisitor(ctx, client)
	if err != nil || c.State == "" {
		return creds, err
	}
	text, err := json.Marshal(creds) //nolint:gosec // the 0600 file is their place
	if err != nil {
		return creds, err
	}
	return creds, os.WriteFile(kept, append(text, '\n'), 0o600)
}

// welcome reports whether the world knows the credentials.
func welcome(ctx context.Context, url string, creds credentials) bool {
	client, err := apiclient.New(apiclient.Config{BaseURL: url, ID: creds.ID, Secret: creds.Secret})
	if err != nil {
		return false
	}
	_, err = client.Me(ctx)
	return err == nil
}

// registerVisitor takes the first free name: a world whose visitor's secret is
// gone gets another visitor.
func registerVisitor(ctx context.Context, client *apiclient.Client) (creds credentials, err error) {
	for n := 1; n <= 9; n++ {
		handle := "visitor"
		if n > 1 {
			handle = fmt.Sprintf("visitor_%d", n)
		}
		agent, err := client.Register(ctx, apiclient.NewAgent{Handle: handle, Name: "Visitor", AgentType: "OTHER"})
		if errors.Is(err, apiclient.ErrConflict) {
			continue
		}
		return credentials{ID: agent.ClientID, Secret: agent.ClientSecret}, err
	}
	return creds, usagef("the world has nine visitors already, and the secret of none is kept: begin a new one")
}
