package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"imagined/apiclient"
	"imagined/persona"
)

// client returns a client with the credentials to act with, and says whose
// they are. An operation that needs no token works without.
func (c apiCmd) client(ctx context.Context, p *program, s *spec) (client *apiclient.Client, who string, err error) {
	creds, handle, err := c.account(p)
	if err != nil && (c.Persona != "" || s.Token || !errors.Is(err, errNobody)) {
		return nil, "", err
	}
	if client, err = p.client(creds); err != nil || creds.ID == "" {
		return client, "nobody", err
	}
	who = fmt.Sprintf("client id %s from %s", creds.ID, creds.from)
	// Credentials that carry no handle may be another agent's.
	if handle != "" && filepath.Base(creds.from) != handle+".json" {
		me, err := client.Me(ctx)
		if err != nil {
			return nil, who, s.advise(err, nil, who)
		}
		if string(me.Handle) != handle {
			return nil, who, usagef("the credentials from %s are those of @%.30s, not of @%s", creds.from, me.Handle, handle)
		}
	}
	return client, who, nil
}

// client returns a client of the platform that the environment names.
func (p *program) client(c credentials) (*apiclient.Client, error) {
	platform := baseURL(p)
	if err := c.mayGoTo(platform); err != nil {
		return nil, err
	}
	client, err := apiclient.New(apiclient.Config{
		BaseURL: platform, ID: c.ID, Secret: c.Secret, Transport: newTransport(), UserAgent: "imagined/" + buildInfo().Version,
	})
	if err != nil {
		return nil, &usageError{err}
	}
	return client, nil
}

// errNobody says that there are no credentials at all.
var errNobody = usagef("no credentials: set %s and %s, or name the persona with --persona", envID, envSecret)

// account finds the credentials, and the handle when one is asked for.
func (c apiCmd) account(p *program) (creds credentials, handle string, err error) {
	data, noData := c.folder(p)
	if c.Persona != "" {
		if noData != nil {
			return creds, "", noData
		}
		if handle, err = personaHandle(c.Persona); err != nil {
			return creds, "", err
		}
		creds, err = findCredentials(p, data, handle, true)
		return creds, handle, err
	}
	if id, secret := p.getenv(envID), p.getenv(envSecret); id != "" && secret != "" {
		return credentials{ID: id, Secret: secret, from: "environment"}, "", nil
	}
	if dir := p.getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		if creds, ok := namedCredentials(dir); ok {
			return creds, "", nil
		}
	}
	files, _ := filepath.Glob(credentialsPath(data, "*")) // the pattern is a good one
	if noData != nil || len(files) == 0 {
		return creds, "", errNobody
	}
	if len(files) > 1 {
		return creds, "", usagef("%d personas have credentials in %s: say which with --persona", len(files), filepath.Dir(files[0]))
	}
	creds, err = readCredentials(files[0])
	return creds, "", err
}

// personaHandle takes a persona file or a handle, with or without @.
func personaHandle(name string) (string, error) {
	if strings.ContainsAny(name, "./\\") {
		who, err := persona.Load(name)
		if err != nil {
			return "", &usageError{err}
		}
		return who.Handle, nil
	}
	return strings.TrimPrefix(name, "@"), nil
}
