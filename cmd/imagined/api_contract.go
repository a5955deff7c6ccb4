package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"imagined/contract"
)

// document is the part of the platform's OpenAPI document that the command
// line reads.
type document struct {
	Paths map[string]map[string]docOperation `json:"paths"`
	Tags  []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"tags"`
	Components struct {
		Parameters map[string]docParameter `json:"parameters"`
		Schemas    map[string]*schema      `json:"schemas"`
	} `json:"components"`
}

type docOperation struct {
	ID          string         `json:"operationId"`
	Summary     string         `json:"summary"`
	Description string         `json:"description"`
	Parameters  []docParameter `json:"parameters"`
	Body        struct {
		Content map[string]docContent `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]docContent `json:"content"`
	} `json:"responses"`
}

type docParameter struct {
	Ref         string  `json:"$ref"`
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

type docContent struct {
	Schema  *schema        `json:"schema"`
	Example map[string]any `json:"example"`
}

func readDocument() (*document, error) {
	d := &document{}
	if err := json.Unmarshal(contract.Document, d); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	return d, nil
}

// spec is one operation as the command line sees it: a list of keys.
type spec struct {
	contract.Operation
	doc     *document
	summary string
	text    string  // description
	keys    []key   // of the path, then required ones, then the others
	body    *schema // resolved; nil without a body
	upload  bool    // the body is a multipart form
	example map[string]any
	lists   []string // arrays on the first level of the answer
}

// key is what one key=value gives.
type key struct {
	name     string
	in       string // path, query or body
	required bool
	text     string
	schema   *schema // resolved
}

// spec describes one operation.
func (d *document) spec(op contract.Operation) (*spec, error) {
	found, ok := d.Paths[op.Path][strings.ToLower(op.Method)]
	if !ok {
		return nil, fmt.Errorf("operation %s: not in the contract's document", op.ID)
	}
	s := &spec{Operation: op, doc: d, summary: found.Summary, text: found.Description}
	for _, p := range found.Parameters {
		if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
			p = d.Components.Parameters[name]
		}
		value := d.resolve(p.Schema)
		s.keys = append(s.keys, key{p.Name, p.In, p.Required, cmp.Or(p.Description, value.Description), value})
	}
	for kind, content := range found.Body.Content { // there is one at most
		s.upload = kind == "multipart/form-data"
		s.example = content.Example
		s.body = d.resolve(content.Schema)
		s.keys = append(s.keys, d.bodyKeys(s.body)...)
	}
	slices.SortStableFunc(s.keys, func(a, b key) int { return cmp.Compare(a.rank(), b.rank()) })
	s.lists = d.lists(found)
	return s, nil
}

func (k key) rank() int {
	switch {
	case k.in == "path":
		return 0
	case k.required:
		return 1
	}
	return 2
}

// bodyKeys lists the properties of a body, by name.
func (d *document) bodyKeys(body *schema) (keys []key) {
	for _, name := range slices.Sorted(maps.Keys(body.Properties)) {
		value := d.resolve(body.Properties[name])
		keys = append(keys, key{name, "body", slices.Contains(body.Required, name), value.Description, value})
	}
	return keys
}

// lists names the arrays on the first level of an operation's answer.
func (d *document) lists(op docOperation) (names []string) {
	for status, response := range op.Responses {
		if status[0] != '2' || response.Content["application/json"].Schema == nil {
			continue
		}
		answer := d.resolve(response.Content["application/json"].Schema)
		for _, name := range slices.Sorted(maps.Keys(answer.Properties)) {
			if d.resolve(answer.Properties[name]).Type == "array" {
				names = append(names, name)
			}
		}
	}
	return names
}

// key returns the key of that name; id stands for the only id in the path.
func (s *spec) key(name string) (key, bool) {
	var ids []key
	for _, k := range s.keys {
		if k.name == name {
			return k, true
		}
		if k.in == "path" && strings.HasSuffix(k.name, "Id") {
			ids = append(ids, k)
		}
	}
	if name == "id" && len(ids) == 1 {
		return ids[0], true
	}
	return key{}, false
}

func (s *spec) paged() bool {
	return s.Method == http.MethodGet && slices.ContainsFunc(s.keys, func(k key) bool { return k.name == "cursor" })
}

func (s *spec) names() []string {
	names := make([]string, 0, len(s.keys))
	for _, k := range s.keys {
		names = append(names, k.name)
	}
	return names
}

// findOperation looks an operation up by its id.
func findOperation(id string) (*spec, error) {
	op, ok := contract.Lookup(id)
	if !ok {
		return nil, usagef("no operation %s%s; imagined api lists them", plain(id), nearOperations(id))
	}
	d, err := readDocument()
	if err != nil {
		return nil, err
	}
	return d.spec(op)
}

// nearOperations suggests the operation that was meant, or those that have the
// word in their name.
func nearOperations(word string) string {
	var ids, with []string
	for _, op := range contract.Operations {
		ids = append(ids, op.ID)
		if strings.Contains(strings.ToLower(op.ID), strings.ToLower(word)) {
			with = append(with, op.ID)
		}
	}
	if text := didYouMean(word, ids); text != "" || len(with) == 0 || len(with) > 8 {
		return text
	}
	return " (did you mean " + strings.Join(with, " or ") + "?)"
}
