package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
)

type registerCmd struct {
	dataFlag
	File       string `arg:"" help:"Persona file."`
	ShowSecret bool   `help:"Print the secret too. It is kept in the data folder either way."`
}

// Run registers the agent, keeps its secret before anything else can go wrong,
// and makes the profile what the file says.
func (c registerCmd) Run(ctx context.Context, p *program) error {
	who, err := persona.Load(c.File)
	if err != nil {
		excerpts(p.errs, err)
		return usagef("persona %s cannot be used", c.File)
	}
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	if err := roomForCredentials(data, who.Handle); err != nil {
		return err
	}
	nobody, err := p.client(credentials{})
	if err != nil {
		return err
	}
	// Stopped in the middle, the answer and with it the secret would be lost.
	agent, err := nobody.Register(context.WithoutCancel(ctx), apiclient.NewAgent{
		Handle: who.Handle, Name: who.Name, Bio: who.Bio, AgentType: who.AgentType, WebsiteURL: who.Website,
	})
	if err == nil && (agent.ClientID == "" || agent.ClientSecret == "") {
		err = fmt.Errorf("%w: no credentials in it", apiclient.ErrAnswer)
	}
	if err != nil {
		return c.explain(err, data, who)
	}
	creds := credentials{ID: agent.ClientID, Secret: agent.ClientSecret}
	kept, err := keep(data, who.Handle, creds)
	if err == nil || kept != "" {
		_, _ = fmt.Fprintf(p.out, "registered @%s at %s\ncredentials: client id %s, secret in %s\n", who.Handle, baseURL(p), plain(creds.ID), kept)
	}
	if c.ShowSecret {
		_, _ = fmt.Fprintf(p.out, "%s=%s\n%s=%s\n", envID, plain(creds.ID), envSecret, plain(creds.Secret))
	}
	if err != nil {
		return err
	}
	return c.present(ctx, p, who, creds)
}

// roomForCredentials makes sure that a secret can be kept, and replaces none:
// the platform shows it once.
func roomForCredentials(data, handle string) error {
	path := credentialsPath(data, handle)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return noRoom(err)
	}
	if _, err := os.Lstat(path); err == nil {
		return usagef("@%s has credentials already, in %s: it is registered. To register anew, move that file away first", handle, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return noRoom(err)
	}
	if err := tryWriting(dir); err != nil {
		return noRoom(err)
	}
	return nil
}

func noRoom(err error) error {
	return fmt.Errorf("nothing was sent: the credentials could not be kept: %w; give a folder that can be written with --data", err)
}

// tryWriting writes a small file in the folder and removes it.
func tryWriting(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// keep saves the credentials so that they outlive a power cut, and says where.
// When the data folder fails after all, a temporary file takes them.
func keep(data, handle string, creds credentials) (path string, err error) {
	path = credentialsPath(data, handle)
	err = saveCredentials(data, handle, creds)
	if err == nil {
		return path, errors.Join(syncFile(path), syncFile(filepath.Dir(path)))
	}
	text, _ := json.Marshal(creds)                                //nolint:gosec // two strings; the 0600 file is their place
	f, tempErr := os.CreateTemp("", "imagined-"+handle+"-*.json") // mode 0600
	if tempErr != nil {
		return "", errors.Join(err, tempErr, errors.New("the secret is lost: register under another handle"))
	}
	if tempErr = errors.Join(write(f, text), f.Sync(), f.Close()); tempErr != nil {
		return "", errors.Join(err, tempErr, errors.New("the secret is lost: register under another handle"))
	}
	return f.Name(), fmt.Errorf("%w; the secret is in %s: move it to %s", err, f.Name(), path)
}

func write(f *os.File, text []byte) error {
	_, err := f.Write(append(text, '\n'))
	return err
}

// syncFile makes a file or a folder durable.
func syncFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // in the data folder
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// explain says what a failed registration means. Only some failures leave
// nothing behind.
func (c registerCmd) explain(err error, data string, who *persona.Persona) error {
	look := fmt.Sprintf("look with: imagined api getAgent handle=%s; if it is there and new, the handle is lost to us: change handle in %s and register again", who.Handle, c.File)
	var answer *apiclient.APIError
	switch {
	case errors.Is(err, apiclient.ErrConflict):
		return &usageError{fmt.Errorf(`%w
  the handle is taken: change handle in %s; if the agent is yours, write {"client_id": "...", "client_secret": "..."} to %s, mode 0600`, err, c.File, credentialsPath(data, who.Handle))}
	case errors.Is(err, apiclient.ErrRateLimited) && errors.As(err, &answer):
		return fmt.Errorf("%w\n  not registered: try again %s", err, when(answer))
	case errors.As(err, &answer) && answer.Status < 500:
		return fmt.Errorf("%w\n  not registered", err)
	case errors.Is(err, apiclient.ErrAnswer):
		return fmt.Errorf("%w\n  @%s may now exist without us knowing its secret, which the platform shows once; %s", err, who.Handle, look)
	case apiclient.NotSent(err):
		return fmt.Errorf("%w\n  nothing was sent: is %s right, and the network up?", err, envBaseURL)
	}
	return fmt.Errorf("%w\n  the answer is lost: @%s may now exist without us knowing its secret; %s", err, who.Handle, look)
}

// present makes profile, avatar and capabilities what the file says, as far as
// they differ. One that fails does not stop the others.
func (c registerCmd) present(ctx context.Context, p *program, who *persona.Persona, creds credentials) error {
	client, err := p.client(creds)
	if err != nil {
		return err
	}
	failed := 0
	for _, step := range []struct {
		name, byHand string
		do           func(context.Context, *apiclient.Client, *persona.Persona) (string, error)
	}{
		{"profile", "updateProfile bio=...", presentProfile},
		{"avatar", "uploadAvatar file=@...", c.presentAvatar},
		{"capabilities", "updateCapabilities skills=...", presentCapabilities},
	} {
		did, err := step.do(ctx, client, who)
		if err != nil {
			failed++
			did = fmt.Sprintf("not set: %v; by hand: imagined api --persona %s %s", err, c.File, step.byHand)
		}
		_, _ = fmt.Fprintf(p.out, "%s: %s\n", step.name, did)
	}
	if failed > 0 {
		return fmt.Errorf("@%s is registered, but %d of 3 parts of its profile are not set", who.Handle, failed)
	}
	return nil
}

func presentProfile(ctx context.Context, client *apiclient.Client, who *persona.Persona) (string, error) {
	me, err := client.Me(ctx)
	if err != nil {
		return "", err
	}
	changes := make(map[string]any)
	for name, pair := range map[string][2]string{
		"name": {me.Name, who.Name}, "bio": {me.Bio, who.Bio}, "agentType": {me.AgentType, who.AgentType}, "websiteUrl": {me.WebsiteURL, who.Website},
	} {
		if pair[1] != "" && pair[0] != pair[1] {
			changes[name] = pair[1]
		}
	}
	return change(ctx, client, "updateProfile", changes)
}

func (c registerCmd) presentAvatar(ctx context.Context, client *apiclient.Client, who *persona.Persona) (string, error) {
	if who.Avatar == "" {
		return "none in the file", nil
	}
	path := filepath.Join(filepath.Dir(c.File), who.Avatar)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("there is no file %s: going on without; later: imagined api uploadAvatar --persona %s file=@%s", path, c.File, path), nil
	}
	_, err := callByID(ctx, client, "uploadAvatar", apiclient.Call{File: &apiclient.Upload{Path: path}})
	return "set from " + path, err
}

func presentCapabilities(ctx context.Context, client *apiclient.Client, who *persona.Persona) (string, error) {
	raw, err := callByID(ctx, client, "getCapabilities", apiclient.Call{})
	if err != nil {
		return "", err
	}
	var now struct {
		Skills       []string `json:"skills"`
		APIs         []string `json:"apis"`
		ResponseTime string   `json:"responseTime"`
		Languages    []string `json:"languages"`
	}
	if err := json.Unmarshal(raw, &now); err != nil {
		return "", fmt.Errorf("read capabilities: %w", err)
	}
	changes, want := make(map[string]any), who.Capabilities
	for name, pair := range map[string][2][]string{
		"skills": {now.Skills, want.Skills}, "apis": {now.APIs, want.APIs}, "languages": {now.Languages, want.Languages},
	} {
		if len(pair[1]) > 0 && !slices.Equal(pair[0], pair[1]) {
			changes[name] = pair[1]
		}
	}
	if want.ResponseTime != "" && now.ResponseTime != want.ResponseTime {
		changes["responseTime"] = want.ResponseTime
	}
	return change(ctx, client, "updateCapabilities", changes)
}

// change sends what differs, if anything does.
func change(ctx context.Context, client *apiclient.Client, id string, changes map[string]any) (string, error) {
	if len(changes) == 0 {
		return "as in the file", nil
	}
	body, err := json.Marshal(changes)
	if err != nil {
		return "", err
	}
	_, err = callByID(ctx, client, id, apiclient.Call{Body: body})
	return "set from the file", err
}

func callByID(ctx context.Context, client *apiclient.Client, id string, call apiclient.Call) (json.RawMessage, error) {
	op, ok := contract.Lookup(id)
	if !ok {
		return nil, fmt.Errorf("the contract has no operation %s", id)
	}
	return client.Call(ctx, op, call)
}
