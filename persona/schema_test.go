package persona_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"imagined/contract"
	"imagined/persona"
)

func document(t *testing.T) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(persona.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(persona.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("persona.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("persona.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance reads a YAML file as an editor does.
func instance(t *testing.T, file string) any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Load(data, &tree); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSchema_AgreesWithParse(t *testing.T) {
	t.Parallel()
	s := compile(t)
	tests := []struct {
		files []string
		good  bool
	}{
		{append(files(t, "good"), examples(t)...), true},
		{files(t, "bad"), false},
	}
	for _, tt := range tests {
		for _, file := range tt.files {
			_, byCode := persona.Load(file)
			bySchema := s.Validate(instance(t, file))
			if (byCode == nil) != tt.good || (bySchema == nil) != tt.good {
				t.Errorf("%s: good should be %v\nParse: %v\nschema: %v", file, tt.good, byCode, bySchema)
			}
		}
	}
}

// Every fault that Parse finds in testdata/bad must be one that the schema
// finds too, or a file with two faults would hide the one that it misses.
func TestSchema_FindsEachFault(t *testing.T) {
	t.Parallel()
	s := compile(t)
	for _, file := range files(t, "bad") {
		_, err := persona.Load(file)
		faults, _ := errors.AsType[persona.Errors](err)
		invalid, ok := errors.AsType[*jsonschema.ValidationError](s.Validate(instance(t, file)))
		if !ok || len(faults) == 0 {
			t.Errorf("%s: not refused by both", file)
			continue
		}
		found := locations(invalid)
		for _, fault := range faults {
			path := strings.FieldsFunc(fault.Path, func(r rune) bool { return strings.ContainsRune(".[]", r) })
			near := func(place []string) bool {
				n := min(len(place), len(path))
				return len(place) >= len(path)-1 && slices.Equal(place[:n], path[:n])
			}
			if !slices.ContainsFunc(found, near) {
				t.Errorf("%s: the schema does not see %v; it complains about %v", file, fault, found)
			}
		}
	}
}

// locations returns the places of the innermost faults.
func locations(e *jsonschema.ValidationError) [][]string {
	if len(e.Causes) == 0 {
		return [][]string{e.InstanceLocation}
	}
	var all [][]string
	for _, cause := range e.Causes {
		all = append(all, locations(cause)...)
	}
	return all
}

// keys returns every key of the format, "a.b", lists and maps with "[]".
func keys(v reflect.Type, path string, add func(string)) {
	switch v.Kind() {
	case reflect.Pointer:
		keys(v.Elem(), path, add)
	case reflect.Slice:
		keys(v.Elem(), path+"[]", add)
	case reflect.Map:
		for _, name := range names(path) {
			add(path + "." + name)
			keys(v.Elem(), path+"."+name, add)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Field(i).Tag.Get("yaml"), ",")
			at := strings.TrimPrefix(path+"."+name, ".")
			if !unused(at) {
				add(at)
				keys(v.Field(i).Type, at, add)
			}
		}
	}
}

// names lists the keys of the maps whose keys are fixed.
func names(path string) []string {
	switch path {
	case "schedule":
		return persona.JobNames
	case "acts":
		return persona.ActNames
	case "limits":
		return append([]string{"author", "thread", "topic"}, persona.Kinds...)
	}
	return nil
}

// unused reports the caps that one struct has for three forms of limit.
func unused(path string) bool {
	switch path {
	case "limits.author.hour", "limits.author.total", "limits.thread.hour", "limits.thread.day":
		return true
	case "limits.thread.total":
		return false
	}
	return strings.HasPrefix(path, "limits.") && strings.HasSuffix(path, ".total")
}

func structKeys() []string {
	var all []string
	keys(reflect.TypeFor[persona.Persona](), "", func(k string) { all = append(all, k) })
	slices.Sort(all)
	return all
}

// schemaKeys walks the properties of the schema, through its references.
func schemaKeys(t *testing.T, doc, node map[string]any, path string, add func(string)) {
	t.Helper()
	if ref, ok := node["$ref"].(string); ok {
		defs := doc["$defs"].(map[string]any)
		node = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if items, ok := node["items"].(map[string]any); ok {
		schemaKeys(t, doc, items, path+"[]", add)
	}
	if one, ok := node["oneOf"].([]any); ok {
		for _, branch := range one {
			schemaKeys(t, doc, branch.(map[string]any), path, add)
		}
	}
	properties, _ := node["properties"].(map[string]any)
	if properties != nil && node["additionalProperties"] != false {
		t.Errorf("%s takes unknown keys", path)
	}
	for name, p := range properties {
		at := strings.TrimPrefix(path+"."+name, ".")
		add(at)
		property := p.(map[string]any)
		if text, _ := property["description"].(string); len(text) < 5 {
			t.Errorf("%s has no description", at)
		}
		schemaKeys(t, doc, property, at, add)
	}
}

func TestSchema_KeysAreThoseOfTheStruct(t *testing.T) {
	t.Parallel()
	doc := document(t)
	var got []string
	schemaKeys(t, doc, doc, "", func(k string) { got = append(got, k) })
	slices.Sort(got)
	if diff := cmp.Diff(structKeys(), got); diff != "" {
		t.Errorf("keys (-struct +schema):\n%s", diff)
	}
	if len(got) < 90 {
		t.Errorf("only %d keys were compared", len(got))
	}
}

// at walks into a JSON document.
func at(t *testing.T, doc any, path ...string) any {
	t.Helper()
	for _, key := range path {
		m, ok := doc.(map[string]any)
		if !ok || m[key] == nil {
			t.Fatalf("schema has no %s", strings.Join(path, "/"))
		}
		doc = m[key]
	}
	return doc
}

func TestSchema_RepeatsTheContract(t *testing.T) {
	t.Parallel()
	properties := at(t, document(t), "properties")
	recipe := at(t, properties, "generation", "properties", "recipes", "items")
	tests := []struct {
		name      string
		got, want any
	}{
		{"handle", at(t, properties, "handle", "pattern"), contract.HandlePattern},
		{"handles to avoid", at(t, properties, "avoid", "properties", "agents", "items", "pattern"), contract.HandlePattern},
		{"bio", at(t, properties, "bio", "maxLength"), float64(contract.MaxBio)},
		{"lines", at(t, properties, "voice", "properties", "lines", "items", "maxLength"), float64(contract.MaxPost)},
		{"prompt", at(t, recipe, "properties", "prompt", "maxLength"), float64(contract.MaxPrompt)},
		{"agent types", at(t, properties, "agent_type", "enum"), list(contract.AgentTypes)},
		{"approval", at(t, properties, "approval", "items", "enum"), list(persona.Kinds)},
		{"an hour", at(t, document(t), "$defs", "limit", "properties", "hour", "maximum"), float64(persona.MaxPerHour)},
		{"a day", at(t, document(t), "$defs", "limit", "properties", "day", "maximum"), float64(persona.MaxPerDay)},
		{"media a day", at(t, properties, "generation", "properties", "per_day", "maximum"), float64(persona.MaxGenerationsPerDay)},
		{"pairs", pairs(t, recipe), capabilities()},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-code +schema):\n%s", tt.name, diff)
		}
	}
}

func list(words []string) []any {
	var all []any
	for _, word := range words {
		all = append(all, word)
	}
	return all
}

// pairs returns "PROVIDER type option:type" for every option in the schema.
func pairs(t *testing.T, recipe any) []string {
	t.Helper()
	var all []string
	for _, branch := range at(t, recipe, "anyOf").([]any) {
		pair := fmt.Sprint(at(t, branch, "properties", "provider", "const"), " ", at(t, branch, "properties", "type", "const"))
		for name, option := range at(t, branch, "properties", "params", "properties").(map[string]any) {
			all = append(all, fmt.Sprint(pair, " ", name, ":", option.(map[string]any)["type"], option.(map[string]any)["enum"]))
		}
	}
	slices.Sort(all)
	return all
}

func capabilities() []string {
	var all []string
	for provider, types := range contract.Capabilities {
		for kind, params := range types {
			for name, p := range params {
				if name == "referenceImage" {
					continue // an address; never taken from a file
				}
				form := fmt.Sprint(any(p.Type), any(nil))
				if p.Enum != nil {
					form = fmt.Sprint(any(nil), list(p.Enum))
				}
				all = append(all, provider+" "+kind+" "+name+":"+form)
			}
		}
	}
	slices.Sort(all)
	return all
}

// The defaults that editors show are the ones that Parse fills in.
func TestSchema_DefaultsAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	properties := at(t, document(t), "properties")
	want := persona.Defaults()
	for name, job := range want.Schedule {
		shown := at(t, properties, "schedule", "properties", name, "default").(map[string]any)
		jitter, err := time.ParseDuration(shown["jitter"].(string))
		if err != nil || shown["cron"] != job.Cron || jitter != job.Jitter || shown["missed"] != job.Missed {
			t.Errorf("schedule.%s: schema shows %v, Parse fills in %+v", name, shown, job)
		}
	}
	for name, limit := range want.Limits {
		if name == "generate" {
			continue // depends on generation.per_day
		}
		var shown map[string]int
		for key, n := range at(t, properties, "limits", "properties", name, "default").(map[string]any) {
			shown = add(shown, key, int(n.(float64)))
		}
		var filled map[string]int
		for key, n := range map[string]*int{"hour": limit.Hour, "day": limit.Day, "total": limit.Total} {
			if n != nil {
				filled = add(filled, key, *n)
			}
		}
		if !maps.Equal(shown, filled) {
			t.Errorf("limits.%s: schema shows %v, Parse fills in %v", name, shown, filled)
		}
	}
	for name, share := range want.Acts {
		if shown := at(t, properties, "acts", "properties", name, "default"); shown != share {
			t.Errorf("acts.%s: schema shows %v, Parse fills in %v", name, shown, share)
		}
	}
	for path, value := range map[string]any{
		"model": want.LLM.Model, "base_url": want.LLM.BaseURL, "max_tokens_per_day": float64(*want.LLM.MaxTokensPerDay),
	} {
		if shown := at(t, properties, "llm", "properties", path, "default"); shown != value {
			t.Errorf("llm.%s: schema shows %v, Parse fills in %v", path, shown, value)
		}
	}
	if shown := at(t, properties, "timezone", "default"); shown != want.Timezone {
		t.Errorf("timezone: schema shows %v", shown)
	}
}

func add(m map[string]int, key string, n int) map[string]int {
	if m == nil {
		m = map[string]int{}
	}
	m[key] = n
	return m
}

func TestSchema_IsACopy(t *testing.T) {
	t.Parallel()
	clear(persona.Schema())
	if !json.Valid(persona.Schema()) {
		t.Error("a caller can overwrite the schema")
	}
}

func examples(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", "personas", "*.yaml"))
	if err != nil || len(found) < 3 {
		t.Fatalf("examples: %v, %v", found, err)
	}
	return found
}
