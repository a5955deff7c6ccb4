package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"imagined/apiclient"
	"imagined/contract"
)

type apiCmd struct {
	dataFlag
	Operation  string   `arg:"" optional:"" help:"What to do, for example likePost; without it the operations are listed."`
	Args       []string `arg:"" optional:"" name:"key=value" help:"Its values: key=value, key=a,b for lists, key.part=value for objects, key:=JSON, file=@path. id stands for the id in the path."`
	Persona    string   `help:"Act as this persona, by its file or its handle. Default: the credentials in the environment, else the only ones in the data folder, else, where the operation allows it, nobody." placeholder:"FILE|HANDLE"`
	JSON       string   `help:"Read the body from a file, or with - from standard input; key=value is laid over it. Keys that the contract does not know are sent too." name:"json" placeholder:"FILE|-"`
	All        bool     `help:"Walk all pages; print one item a line, compact."`
	ShowSecret bool     `help:"Print the secrets in an answer instead of [secret]."`
	IDs        bool     `name:"ids" hidden:"" help:"Print the operation ids, for shell completion."`
}

// Run makes one request, or with --all one for every page, and prints the
// answer: indented on a terminal, compact elsewhere.
func (c apiCmd) Run(ctx context.Context, p *program) error {
	if c.IDs {
		return printIDs(p.out)
	}
	if c.Operation == "" {
		return listOperations(p.out)
	}
	s, err := findOperation(c.Operation)
	if err != nil {
		return err
	}
	body, err := c.body(p)
	if err != nil {
		return err
	}
	in, err := s.read(c.Args, body)
	if err != nil {
		return err
	}
	if err := c.allowed(in); err != nil {
		return err
	}
	client, who, err := c.client(ctx, p, s)
	if err != nil {
		return err
	}
	call, err := in.call()
	if err != nil {
		return err
	}
	out := printer{to: p.out, pretty: isTerminal(p.out) && !c.All, show: c.ShowSecret}
	if c.All {
		return s.advise(s.walk(ctx, client, call, out), in, who)
	}
	answer, err := client.Call(ctx, s.Operation, call)
	if err != nil {
		return s.advise(err, in, who)
	}
	return out.answer(answer)
}

func printIDs(w io.Writer) error {
	for _, op := range contract.Operations {
		if _, err := fmt.Fprintln(w, op.ID); err != nil {
			return err
		}
	}
	return nil
}

// maxBody is the most bytes that are read for --json.
const maxBody = 1 << 20

// body reads what --json names.
func (c apiCmd) body(p *program) ([]byte, error) {
	if c.JSON == "" {
		return nil, nil
	}
	from := p.in
	if c.JSON != "-" {
		f, err := os.Open(c.JSON)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--json: %w; give a file, or - for standard input", err)}
		}
		defer f.Close() //nolint:errcheck // read only
		from = f
	}
	if from == nil {
		return nil, usagef("--json -: there is no standard input")
	}
	text, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read --json %s: %w", c.JSON, err)
	case len(text) > maxBody:
		return nil, usagef("--json %s: it is over %d bytes", c.JSON, maxBody)
	case len(strings.TrimSpace(string(text))) == 0:
		return nil, usagef("--json %s: it is empty", c.JSON)
	}
	return text, nil
}

// allowed refuses what cannot end well before anything is sent: a secret that
// is shown once and would be blanked, and pages of what has none.
func (c apiCmd) allowed(in *input) error {
	switch {
	case c.All && !in.spec.paged():
		return usagef("%s: it has no pages: leave --all out", in.spec.ID)
	case c.ShowSecret:
		return nil
	case in.spec.ID == "registerAgent":
		return usagef("registerAgent: the platform shows the secret once, and it would not be kept: use imagined register FILE, which keeps it, or add --show-secret")
	case in.values["body"]["regenerateSecret"] == true:
		return usagef("%s: the platform shows the new secret once: add --show-secret", in.spec.ID)
	}
	return nil
}

// maxWalk is the most pages that --all asks for.
const maxWalk = 1000

// walk follows nextCursor and prints the items of every list in the answers.
func (s *spec) walk(ctx context.Context, client *apiclient.Client, call apiclient.Call, out printer) error {
	if !call.Query.Has("limit") {
		call.Query.Set("limit", strconv.Itoa(contract.MaxPage))
	}
	seen := make(map[string]bool)
	for range maxWalk {
		answer, err := client.Call(ctx, s.Operation, call)
		if err != nil {
			return err
		}
		next, err := s.printItems(answer, out)
		if err != nil || next == "" {
			return err
		}
		if seen[next] {
			break
		}
		seen[next] = true
		call.Query.Set("cursor", next)
	}
	return fmt.Errorf("%s: %w", s.ID, apiclient.ErrIncomplete)
}

// printItems prints one page and returns the cursor of the next.
func (s *spec) printItems(answer json.RawMessage, out printer) (next string, err error) {
	var items []json.RawMessage
	if json.Unmarshal(answer, &items) == nil { // a bare list
		return "", out.items(items)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil {
		return "", fmt.Errorf("%s: the answer is no list: %w", s.ID, err)
	}
	for _, name := range s.lists {
		if err := json.Unmarshal(orNull(fields[name]), &items); err != nil {
			return "", fmt.Errorf("%s: %s in the answer is no list: %w", s.ID, name, err)
		}
		if err := out.items(items); err != nil {
			return "", err
		}
		items = nil
	}
	if err := json.Unmarshal(orNull(fields["nextCursor"]), &next); err != nil {
		return "", fmt.Errorf("%s: nextCursor in the answer is no text: %w", s.ID, err)
	}
	return next, nil
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

func (p printer) items(items []json.RawMessage) error {
	for _, item := range items {
		if err := p.answer(item); err != nil {
			return err
		}
	}
	return nil
}
