package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"imagined/apiclient"
)

// input is what a command line gives for one operation: every key once, as
// decoded JSON.
type input struct {
	spec   *spec
	values map[string]map[string]any // by place (path, query, body), then by name
	file   string
}

// read lays the arguments over the body that --json gave, and checks
// everything against the contract.
func (s *spec) read(args []string, body []byte) (*input, error) {
	in := &input{spec: s, values: map[string]map[string]any{"path": {}, "query": {}, "body": {}}}
	if len(body) > 0 {
		if err := in.setBody(body); err != nil {
			return nil, s.usage(err)
		}
	}
	given := make(map[string]bool)
	for _, arg := range args {
		if err := in.set(arg, given); err != nil {
			return nil, s.usage(err)
		}
	}
	if err := in.check(); err != nil {
		return nil, s.usage(err)
	}
	return in, nil
}

// usage adds to an error the line that would have been right.
func (s *spec) usage(err error) error {
	return usagef("%s: %w\n  for example: %s", s.ID, err, s.exampleLine())
}

func (in *input) setBody(text []byte) error {
	if in.spec.body == nil || in.spec.upload {
		return errors.New("it takes no JSON body: leave --json out")
	}
	value, err := decodeJSON(text)
	if err != nil {
		return fmt.Errorf("--json: %w", err)
	}
	body, ok := value.(map[string]any)
	if !ok {
		return errors.New("--json: want an object")
	}
	in.values["body"] = body
	return nil
}

// set takes one argument: key=value, key:=JSON or key.part=value.
func (in *input) set(arg string, given map[string]bool) error {
	name, value, ok := strings.Cut(arg, "=")
	if !ok {
		return fmt.Errorf("%s: write it as key=value, key:=JSON or, for a file, file=@path", plain(arg))
	}
	name, raw := strings.CutSuffix(name, ":")
	top, part, nested := strings.Cut(name, ".")
	k, ok := in.spec.key(top)
	if !ok {
		return in.spec.unknown(top)
	}
	if secretInputs[k.name] {
		return fmt.Errorf("%s: a secret does not belong on a command line, which others can read: hand it over in --json FILE or --json -", k.name)
	}
	place := in.values[k.in]
	target := k.schema
	if nested {
		var err error
		if place, target, err = in.inside(k, part); err != nil {
			return err
		}
		name = k.name + "." + part
	} else {
		name, part = k.name, k.name
	}
	if target.Format == "binary" {
		return in.setFile(name, value, given)
	}
	decoded, err := in.spec.doc.convert(name, target, value, raw)
	if err != nil {
		return err
	}
	if before, again := place[part].([]any); again && given[name] && !raw {
		more, _ := decoded.([]any)
		decoded = append(before, more...)
	} else if given[name] {
		return fmt.Errorf("%s is given twice", name)
	}
	given[name] = true
	place[part] = decoded
	return nil
}

// inside returns the object that key.part=value writes into, and what the part
// may be; a part that the contract does not know is a text.
func (in *input) inside(k key, part string) (map[string]any, *schema, error) {
	if k.schema.Type != "object" || part == "" || strings.Contains(part, ".") {
		return nil, nil, fmt.Errorf("%s: %s has no parts; give it as %s=value or %s:=JSON", k.name+"."+part, k.name, k.name, k.name)
	}
	object, ok := in.values[k.in][k.name].(map[string]any)
	if !ok {
		object = make(map[string]any)
		in.values[k.in][k.name] = object
	}
	if property, ok := k.schema.Properties[part]; ok {
		return object, in.spec.doc.resolve(property), nil
	}
	return object, &schema{Type: "string"}, nil
}

func (in *input) setFile(name, value string, given map[string]bool) error {
	path, ok := strings.CutPrefix(value, "@")
	switch _, err := os.Stat(path); {
	case !ok:
		return fmt.Errorf("%s: write it as %s=@path", name, name)
	case given[name]:
		return fmt.Errorf("%s is given twice", name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no file %s", name, path)
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	given[name] = true
	in.file = path
	in.values["body"][name] = path // so that it is not missing
	return nil
}

// unknown says which keys there are.
func (s *spec) unknown(name string) error {
	if len(s.keys) == 0 {
		return fmt.Errorf("%s: it takes no keys", plain(name))
	}
	return fmt.Errorf("there is no key %s%s; the keys are %s", plain(name), didYouMean(name, s.names()), strings.Join(s.names(), ", "))
}

// convert makes a value of the type that the contract wants out of a text.
func (d *document) convert(name string, s *schema, text string, raw bool) (any, error) {
	wrong := func() (any, error) { return nil, fmt.Errorf("%s: %.60q: want %s", name, text, s.want()) }
	switch {
	case raw:
		value, err := decodeJSON([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %.60q is not JSON: %w", name, text, err)
		}
		return value, nil
	case s.Type == "boolean":
		if text != "true" && text != "false" {
			return wrong()
		}
		return text == "true", nil
	case s.Type == "integer" || s.Type == "number":
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) { // Infinity and 0x1 are no JSON
			return wrong()
		}
		return json.Number(text), nil
	case s.Type == "array":
		return d.convertList(name, s, text)
	case s.Type == "object":
		return nil, fmt.Errorf("%s is an object: write it as %s:='{...}' or in parts as %s.part=value", name, name, name)
	}
	return text, nil
}

// convertList splits at commas; nothing is the empty list.
func (d *document) convertList(name string, s *schema, text string) (any, error) {
	items := []any{}
	if text == "" {
		return items, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		item, err := d.convert(name, d.resolve(s.Items), part, false)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func (in *input) check() error {
	for _, k := range in.spec.keys {
		if k.in == "body" {
			continue // the body is checked as a whole
		}
		value, given := in.values[k.in][k.name]
		if !given {
			if k.required {
				return fmt.Errorf("%s is missing: want %s", k.name, k.schema.want())
			}
			continue
		}
		if err := in.spec.doc.check(k.name, k.schema, value); err != nil {
			return err
		}
	}
	if in.spec.body == nil {
		return nil
	}
	return in.spec.doc.checkObject("", in.spec.body, in.spec.body, in.values["body"])
}

// call is the request in the client's words.
func (in *input) call() (apiclient.Call, error) {
	call := apiclient.Call{Path: make(map[string]string), Query: make(url.Values)}
	for name, value := range in.values["path"] {
		call.Path[name] = word(value)
	}
	for name, value := range in.values["query"] {
		call.Query.Set(name, word(value))
	}
	body := in.values["body"]
	switch {
	case in.spec.upload:
		call.File = &apiclient.Upload{Path: in.file}
		call.File.Purpose, _ = body["purpose"].(string)
		call.File.Folder, _ = body["folder"].(string)
	case in.spec.body != nil:
		text, err := json.Marshal(body)
		if err != nil {
			return call, err
		}
		call.Body = text
	}
	return call, nil
}

// word writes a value as a path or a query wants it; lists are joined by
// commas, as the contract's query parameters are.
func word(value any) string {
	items, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	words := make([]string, 0, len(items))
	for _, item := range items {
		words = append(words, word(item))
	}
	return strings.Join(words, ",")
}

// didYouMean is ": did you mean x?" when something close to the word exists.
func didYouMean(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, name := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// distance is how many letters must be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, before[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
