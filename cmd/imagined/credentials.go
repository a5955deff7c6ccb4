package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"imagined/apiclient"
)

// The platform's own names for a single persona's credentials.
const (
	envBaseURL = "IMAGINEANYTHING_BASE_URL"
	envID      = "IMAGINEANYTHING_CLIENT_ID"
	envSecret  = "IMAGINEANYTHING_CLIENT_SECRET" //nolint:gosec // a name, not a secret
)

// credentials let a persona in. They print as their id.
type credentials struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"` //nolint:gosec // read from and written to a 0600 file
	// Sandbox marks those of the world that run --sandbox brings along. They are
	// sent to no other machine.
	Sandbox bool   `json:"sandbox,omitempty"`
	from    string // where they were found, for people
}

func (c credentials) String() string { return c.ID }

// mayGoTo refuses to send the sandbox's credentials to a platform elsewhere.
func (c credentials) mayGoTo(platform string) error {
	if !c.Sandbox {
		return nil
	}
	u, err := url.Parse(platform)
	if err != nil {
		return &usageError{err}
	}
	if host := u.Hostname(); host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return usagef("the credentials in %s are for the world of imagined run --sandbox, and are not sent to %s", c.from, host)
	}
	return nil
}

// findCredentials looks in the service manager's credentials, in the data
// folder and, when it is the only persona, in the environment.
func findCredentials(p *program, data, handle string, only bool) (credentials, error) {
	if dir := p.getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		// A folder that is loaded as the credential "credentials" prefixes its files.
		for _, name := range []string{handle + ".json", "credentials_" + handle + ".json"} {
			if c, err := parseCredentials(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
				return c, err
			}
		}
		if c, ok := namedCredentials(dir); ok && only {
			return c, nil
		}
	}
	c, err := readCredentials(credentialsPath(data, handle))
	if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	if id, secret := p.getenv(envID), p.getenv(envSecret); id != "" && secret != "" {
		if !only {
			return c, usagef("%s is for a single persona: give @%s its own file %s", envID, handle, credentialsPath(data, handle))
		}
		return credentials{ID: id, Secret: secret, from: "environment"}, nil
	}
	return c, usagef("no credentials for @%s: set %s and %s, or write %s; to try it without an account: imagined run --sandbox",
		handle, envID, envSecret, credentialsPath(data, handle))
}

// namedCredentials reads one credential a file, as systemd's LoadCredential
// hands them out.
func namedCredentials(dir string) (credentials, bool) {
	id, err := os.ReadFile(filepath.Join(dir, envID)) //nolint:gosec // the service manager's folder
	if err != nil {
		return credentials{}, false
	}
	secret, err := os.ReadFile(filepath.Join(dir, envSecret)) //nolint:gosec // the service manager's folder
	if err != nil {
		return credentials{}, false
	}
	return credentials{ID: strings.TrimSpace(string(id)), Secret: strings.TrimSpace(string(secret)), from: dir}, true
}

func credentialsPath(data, handle string) string {
	return filepath.Join(data, "credentials", handle+".json")
}

// readCredentials reads the operator's own file, which must be private.
func readCredentials(path string) (c credentials, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return c, usagef("credentials %s can be read by others (mode %o): chmod 600 it", path, info.Mode().Perm())
	}
	return parseCredentials(path)
}

func parseCredentials(path string) (c credentials, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator's data folder
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil || c.ID == "" || c.Secret == "" {
		// The decoder's error can quote what it read, so it stays out.
		return credentials{}, usagef(`credentials %s: want {"client_id": "...", "client_secret": "..."}`, path)
	}
	c.from = path
	return c, nil
}

// saveCredentials writes them before anything else can be done with them: the
// platform shows a secret once.
func saveCredentials(data, handle string, c credentials) error {
	path := credentialsPath(data, handle)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("save credentials: %w", err)
	}
	text, err := json.Marshal(c) //nolint:gosec // the 0600 file is their place
	if err != nil {
		return err
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("save credentials: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("save credentials: %w", err)
	}
	return nil
}

// baseURL is where the platform is.
func baseURL(p *program) string {
	if platform := p.getenv(envBaseURL); platform != "" {
		return platform
	}
	return apiclient.DefaultBaseURL
}
