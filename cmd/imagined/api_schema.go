package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// schema is the part of a JSON Schema that the contract's requests use.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	MinLength   int                `json:"minLength"`
	MaxLength   int                `json:"maxLength"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	MinItems    int                `json:"minItems"`
	MaxItems    int                `json:"maxItems"`
	Items       *schema            `json:"items"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	AllOf       []*schema          `json:"allOf"`
	OneOf       []*schema          `json:"oneOf"`
	AnyOf       []*schema          `json:"anyOf"` // in requests: sets of required properties
	Default     any                `json:"default"`
	Nullable    bool               `json:"nullable"`
}

// resolve follows a reference and merges allOf and oneOf. What is inside, the
// properties and items, stays as it is.
func (d *document) resolve(s *schema) *schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.resolve(d.Components.Schemas[name])
	}
	if len(s.AllOf)+len(s.OneOf) == 0 {
		return s
	}
	whole := *s
	whole.Properties = maps.Clone(s.Properties)
	for _, part := range s.AllOf {
		whole.add(d.resolve(part))
	}
	for i, part := range s.OneOf {
		either := d.resolve(part)
		required := either.Required
		if i > 0 { // only what every one of them requires
			required = slices.DeleteFunc(slices.Clone(whole.Required), func(name string) bool { return !slices.Contains(either.Required, name) })
		}
		whole.add(either)
		whole.Required = required
	}
	return &whole
}

// add merges another schema in; what is there stays, but enums grow.
func (s *schema) add(part *schema) {
	s.Type, s.Format, s.Pattern = cmp.Or(s.Type, part.Type), cmp.Or(s.Format, part.Format), cmp.Or(s.Pattern, part.Pattern)
	s.MinLength, s.MaxLength = cmp.Or(s.MinLength, part.MinLength), cmp.Or(s.MaxLength, part.MaxLength)
	s.Minimum, s.Maximum = cmp.Or(s.Minimum, part.Minimum), cmp.Or(s.Maximum, part.Maximum)
	s.Items, s.Description = cmp.Or(s.Items, part.Items), cmp.Or(s.Description, part.Description)
	s.Enum = append(slices.Clone(s.Enum), part.Enum...)
	s.Required = append(slices.Clone(s.Required), part.Required...)
	if s.Properties == nil {
		s.Properties = make(map[string]*schema)
	}
	for name, property := range part.Properties {
		if before, ok := s.Properties[name]; ok {
			both := *before
			both.Enum = append(slices.Clone(before.Enum), property.Enum...)
			property = &both
		}
		s.Properties[name] = property
	}
}

// check says what is wrong with a decoded value, whose numbers are
// json.Number. Its errors start with the key.
func (d *document) check(name string, s *schema, value any) error {
	whole := d.resolve(s)
	if value == nil && whole.Nullable {
		return nil
	}
	switch v := value.(type) {
	case string:
		return whole.checkString(name, v)
	case json.Number:
		return whole.checkNumber(name, v)
	case bool:
		return whole.checkType(name, "boolean")
	case []any:
		return d.checkArray(name, whole, v)
	case map[string]any:
		return d.checkObject(name, s, whole, v)
	}
	return fmt.Errorf("%s: want %s, got null", name, whole.want())
}

func (s *schema) checkType(name, got string) error {
	if s.Type == got || s.Type == "number" && got == "integer" {
		return nil
	}
	return fmt.Errorf("%s: want %s, got a value of type %s", name, s.want(), got)
}

func (s *schema) checkString(name, v string) error {
	if err := s.checkType(name, "string"); err != nil {
		return err
	}
	// The platform does not say whether it counts code points or UTF-16 units.
	n := max(utf8.RuneCountInString(v), len(utf16.Encode([]rune(v))))
	switch {
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, v):
		return fmt.Errorf("%s: %.40q is not one of %s%s", name, v, strings.Join(s.Enum, ", "), didYouMean(v, s.Enum))
	case n < s.MinLength && n == 0:
		return fmt.Errorf("%s is empty", name)
	case n < s.MinLength:
		return fmt.Errorf("%s: %d characters long, want %s", name, n, s.want())
	case s.MaxLength > 0 && n > s.MaxLength:
		return fmt.Errorf("%s: %d characters long, at most %d are allowed", name, n, s.MaxLength)
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v): // the contract's patterns compile; a test says so
		return fmt.Errorf("%s: %.60q does not match %s", name, v, s.Pattern)
	case s.Format == "uri" && !wholeAddress(v):
		return fmt.Errorf("%s: %.60q is not a whole address such as https://example.com/x", name, v)
	case s.Format == "email" && !bareEmail(v):
		return fmt.Errorf("%s: %.60q is not an email address", name, v)
	}
	return nil
}

func wholeAddress(v string) bool {
	u, err := url.Parse(v)
	return err == nil && u.Scheme != "" && u.Host != ""
}

func bareEmail(v string) bool {
	a, err := mail.ParseAddress(v)
	return err == nil && a.Address == v
}

func (s *schema) checkNumber(name string, v json.Number) error {
	kind := "number"
	if _, err := v.Int64(); err == nil {
		kind = "integer"
	}
	if err := s.checkType(name, kind); err != nil {
		return err
	}
	f, err := v.Float64()
	if err != nil || s.Minimum != nil && f < *s.Minimum || s.Maximum != nil && f > *s.Maximum {
		return fmt.Errorf("%s: %s is out of range, want %s", name, v, s.want())
	}
	return nil
}

func (d *document) checkArray(name string, s *schema, items []any) error {
	if err := s.checkType(name, "array"); err != nil {
		return err
	}
	if len(items) < s.MinItems || s.MaxItems > 0 && len(items) > s.MaxItems {
		return fmt.Errorf("%s: %d items, want %s", name, len(items), s.want())
	}
	for i, item := range items {
		if err := d.check(fmt.Sprintf("%s[%d]", name, i), s.Items, item); err != nil {
			return err
		}
	}
	return nil
}

// checkObject lets keys that the contract does not know pass: the platform
// may know them. A name of "" stands for the whole body.
func (d *document) checkObject(name string, s, whole *schema, fields map[string]any) error {
	if err := whole.checkType(name, "object"); err != nil {
		return err
	}
	if strict := d.variant(s, fields); strict != nil {
		whole = strict
	}
	for _, k := range slices.Sorted(maps.Keys(whole.Properties)) {
		value, given := fields[k]
		at := strings.TrimPrefix(name+"."+k, ".")
		if !given {
			if slices.Contains(whole.Required, k) {
				return fmt.Errorf("%s is missing: want %s", at, d.resolve(whole.Properties[k]).want())
			}
			continue
		}
		if err := d.check(at, whole.Properties[k], value); err != nil {
			return err
		}
	}
	return whole.checkAnyOf(fields)
}

// variant returns the schema of a oneOf that the object's own values choose,
// such as the one whose grant_type it has.
func (d *document) variant(s *schema, fields map[string]any) *schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = d.Components.Schemas[name]
	}
	for _, part := range s.OneOf {
		either := d.resolve(part)
		for name, property := range either.Properties {
			if v, ok := fields[name].(string); ok && slices.Contains(property.Enum, v) {
				return either
			}
		}
	}
	return nil
}

func (s *schema) checkAnyOf(fields map[string]any) error {
	var names []string
	for _, either := range s.AnyOf {
		if !slices.ContainsFunc(either.Required, func(name string) bool { _, ok := fields[name]; return !ok }) {
			return nil
		}
		names = append(names, strings.Join(either.Required, " with "))
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("give at least one of %s", strings.Join(names, ", "))
}

// want describes the values that are allowed, on one line.
func (s *schema) want() string {
	switch {
	case len(s.Enum) > 0:
		return "one of " + strings.Join(s.Enum, ", ")
	case s.Format == "binary":
		return "a file, as @path"
	case s.Type == "array":
		what := cmp.Or(s.Items.Type, "value") + "s"
		if s.Items.Format == "uri" {
			what = "addresses"
		}
		return "a list of " + what + between(" of ", s.MinItems, s.MaxItems, " items")
	case s.Type == "string" && s.Format == "uri":
		return "an address"
	case s.Type == "string" && s.Format == "email":
		return "an email address"
	case s.Type == "string" && s.Pattern != "":
		return "a text that matches " + s.Pattern
	case s.Type == "string":
		return "a text" + between(" of ", s.MinLength, s.MaxLength, " characters")
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "object":
		return "an object"
	}
	return map[bool]string{true: "a whole number", false: "a number"}[s.Type == "integer"] + s.bounds()
}

func (s *schema) bounds() string {
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf(" from %v to %v", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		return fmt.Sprintf(" of at least %v", *s.Minimum)
	case s.Maximum != nil:
		return fmt.Sprintf(" of at most %v", *s.Maximum)
	}
	return ""
}

func between(before string, least, most int, after string) string {
	switch {
	case least > 0 && most > 0:
		return fmt.Sprintf("%s%d to %d%s", before, least, most, after)
	case most > 0:
		return fmt.Sprintf("%sat most %d%s", before, most, after)
	case least > 1:
		return fmt.Sprintf("%sat least %d%s", before, least, after)
	}
	return ""
}

// decodeJSON decodes exactly one JSON value, keeping numbers as written.
func decodeJSON(text []byte) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, errors.New("there is something after the value")
	}
	return value, nil
}
