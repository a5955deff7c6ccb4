package persona

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// maxShown is how many known names an error lists.
const maxShown = 30

// maxDepth is deeper than any persona file needs to nest.
const maxDepth = 12

var (
	jobType      = reflect.TypeFor[Job]()
	durationType = reflect.TypeFor[time.Duration]()
	durationForm = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$`)
	plainKey     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
)

// decoder copies a YAML tree into a Persona and remembers where each value
// stood. It does not use the library's own decoding, which turns numbers into
// text, compares the keys of a mapping in quadratic time and stops before the
// meaning of a value can be checked.
type decoder struct {
	file   string
	nodes  map[string]*yaml.Node // values, by YAML path
	keys   map[string]*yaml.Node // keys, by YAML path
	bad    map[string]bool       // paths that have a fault
	faults Errors

	dropped int // faults beyond maxKept
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, nodes: map[string]*yaml.Node{}, keys: map[string]*yaml.Node{}, bad: map[string]bool{}}
}

func (d *decoder) add(line, column int, path, problem, fix string) {
	if len(d.faults) == maxKept {
		d.dropped++
		return
	}
	d.faults = append(d.faults, &Error{File: d.file, Line: line, Column: column, Path: path, Problem: problem, Fix: fix})
}

// refuse records everything in the tree that a persona file may not use.
func (d *decoder) refuse(n *yaml.Node, depth int) {
	switch {
	case depth > maxDepth:
		d.add(n.Line, n.Column, "", "this is nested too deeply", "no key of a persona file needs so many levels")
		return
	case n.Kind == yaml.AliasNode:
		d.add(n.Line, n.Column, "", "aliases (*"+clip(n.Value, 40)+") are not allowed", "write the value out")
	case n.Anchor != "":
		d.add(n.Line, n.Column, "", "anchors (&"+clip(n.Anchor, 40)+") are not allowed", "remove the anchor and write values out where they are needed")
	case n.Style&yaml.TaggedStyle != 0:
		d.add(n.Line, n.Column, "", "tags ("+clip(n.Tag, 40)+") are not allowed", "remove the tag; put text in quotes when it looks like a number")
	case n.ShortTag() == "!!merge":
		d.add(n.Line, n.Column, "", "merge keys (<<) are not allowed", "write the values out")
	}
	for _, child := range n.Content {
		d.refuse(child, depth+1)
	}
}

// mapping decodes the whole document into p, on top of what p holds.
func (d *decoder) mapping(root *yaml.Node, p *Persona) {
	d.value(root, "", reflect.ValueOf(p).Elem())
}

// value decodes n into v. Mappings are laid over what v holds, lists and
// single values replace it.
func (d *decoder) value(n *yaml.Node, path string, v reflect.Value) {
	d.nodes[path] = n
	if n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 {
		d.bad[path] = true // refused already
		return
	}
	if v.Type() == jobType && n.Kind == yaml.ScalarNode {
		v = v.FieldByName("Cron")
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, path, v.Elem())
	case reflect.Struct:
		d.fields(n, path, v)
	case reflect.Map:
		d.entries(n, path, v)
	case reflect.Slice:
		d.items(n, path, v)
	default:
		d.scalar(n, path, v)
	}
}

func (d *decoder) fields(n *yaml.Node, path string, v reflect.Value) {
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		fields[name] = i
		names = append(names, name)
	}
	for key, child := range d.pairs(n, path) {
		at := join(path, key)
		if i, known := fields[key]; known {
			d.value(child, at, v.Field(i))
			continue
		}
		problem, fix := "is not a key of this file", d.suggest(key, names)
		if secretKeys.MatchString(key) {
			problem, fix = "looks like the name of a secret", secretFix
		}
		d.faultKey(at, problem, fix)
	}
}

func (d *decoder) entries(n *yaml.Node, path string, v reflect.Value) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for key, child := range d.pairs(n, path) {
		element := reflect.New(v.Type().Elem()).Elem()
		if old := v.MapIndex(reflect.ValueOf(key)); old.IsValid() {
			element.Set(old)
		}
		d.value(child, join(path, key), element)
		v.SetMapIndex(reflect.ValueOf(key), element)
	}
	if v.Len() == 0 {
		v.SetZero()
	}
}

func (d *decoder) items(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.fault(path, "must be a list, not "+describe(n), "write [first, second], or one \"- item\" on each line below")
		return
	}
	v.SetZero()
	for i, child := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(child, index(path, i), element)
		v.Set(reflect.Append(v, element))
	}
}

// pairs walks the keys of a mapping in the order of the file, without the
// second of two equal ones.
func (d *decoder) pairs(n *yaml.Node, path string) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.fault(path, "must be a mapping, not "+describe(n), "write \"key: value\" lines, indented below it")
			return
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			at := join(path, k.Value)
			if k.Kind == yaml.AliasNode || k.ShortTag() == "!!merge" {
				continue // refused already
			}
			if k.Kind != yaml.ScalarNode {
				d.add(k.Line, k.Column, path, "a key must be one word, not "+describe(k), "remove the ? or the brackets")
				continue
			}
			if line := seen[k.Value]; line > 0 {
				d.add(k.Line, k.Column, at, fmt.Sprintf("is given twice, first on line %d", line), "keep one of them")
				continue
			}
			seen[k.Value] = k.Line
			d.keys[at] = k
			if !yield(k.Value, n.Content[i+1]) {
				return
			}
		}
	}
}

func (d *decoder) scalar(n *yaml.Node, path string, v reflect.Value) {
	switch {
	case v.Type() == durationType:
		d.duration(n, path, v)
	case v.Type() == centsType:
		d.cents(n, path, v)
	case v.Kind() == reflect.String:
		d.text(n, path, v)
	case v.Kind() == reflect.Int:
		if x, ok := number(n); ok && x == float64(int64(x)) && x > -1e15 && x < 1e15 {
			v.SetInt(int64(x))
			return
		}
		d.fault(path, "must be a whole number, not "+describe(n), "write digits only, without quotes")
	case v.Kind() == reflect.Float64:
		if x, ok := number(n); ok && x > -1e15 && x < 1e15 { // neither infinite nor NaN
			v.SetFloat(x)
			return
		}
		d.fault(path, "must be a number, not "+describe(n), "write digits, without quotes")
	case v.Kind() == reflect.Bool:
		if n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false") && n.ShortTag() == "!!bool" {
			v.SetBool(n.Value == "true")
			return
		}
		d.fault(path, "must be true or false, not "+describe(n), "write true or false, without quotes")
	case v.Kind() == reflect.Interface:
		if x := loose(n); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	}
}

// choices are the words that may stand at a path.
var choices = map[string][]string{
	"profile": {"respect", "enforce"}, "learn": {"on", "off"}, "follow_back": {"always", "relevant", "never"}, "unfollow": {"never", "silent"},
}

func (d *decoder) text(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		fix := "write one line of text"
		if n.Kind == yaml.ScalarNode && !empty(n) {
			fix = "put it in quotes: " + strconv.Quote(clip(n.Value, 40))
		}
		if words := choices[path]; words != nil {
			fix = "write " + strings.Join(words, " or ")
		}
		d.fault(path, "must be text, not "+describe(n), fix)
		return
	}
	if i := strings.IndexFunc(n.Value, control); i >= 0 {
		d.fault(path, "holds a control character", "remove the escape that makes it")
		return
	}
	v.SetString(n.Value)
}

func (d *decoder) duration(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && durationForm.MatchString(n.Value) {
		if t, err := time.ParseDuration(n.Value); err == nil {
			v.SetInt(int64(t))
			return
		}
	}
	d.fault(path, "must be a duration, not "+describe(n), "write it with its unit, such as 90s, 3m or 1h30m")
}

// number returns the value of a YAML number.
func number(n *yaml.Node) (float64, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" && n.ShortTag() != "!!float" {
		return 0, false
	}
	var x float64
	err := n.Decode(&x)
	return x, err == nil
}

// loose returns a value whose type depends on its name: a string, an int or a
// float64 with a fraction, and nil for everything else.
func loose(n *yaml.Node) any {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && !strings.ContainsFunc(n.Value, control) {
		return n.Value
	}
	x, ok := number(n)
	switch {
	case !ok || x <= -1e15 || x >= 1e15 || x != x:
		return nil
	case x == float64(int(x)):
		return int(x)
	}
	return x
}

// describe names what stands at n for a reader who does not know YAML.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.ShortTag() == "!!null":
		return "nothing"
	case n.ShortTag() == "!!int", n.ShortTag() == "!!float":
		return "the number " + clip(n.Value, 60)
	case n.ShortTag() == "!!str":
		return "the text " + quote(n.Value)
	}
	return clip(n.Value, 60)
}

// fault records a fault of the value at path, once.
func (d *decoder) fault(path, problem, fix string) {
	if d.bad[path] {
		return
	}
	d.bad[path] = path != "" // the whole file may have several
	n := d.nearest(path)
	d.add(n.Line, n.Column, path, problem, fix)
}

// faultKey records a fault of the key at path.
func (d *decoder) faultKey(path, problem, fix string) {
	k := d.keys[path]
	d.add(k.Line, k.Column, path, problem, fix)
}

// given reports whether the file has a value at path.
func (d *decoder) given(path string) bool {
	return d.nodes[path] != nil
}

// nearest returns the node at path or at the closest path above it that the
// file has.
func (d *decoder) nearest(path string) *yaml.Node {
	for path != "" {
		if n := d.nodes[path]; n != nil {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return d.nodes[""]
}

func join(path, key string) string {
	if !plainKey.MatchString(key) {
		key = quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string {
	return fmt.Sprintf("%s[%d]", path, i)
}

// suggest says what to do about an unknown name.
func (d *decoder) suggest(name string, known []string) string {
	if len(d.faults) == maxKept {
		return "remove it" // nobody will read it
	}
	best, distance := "", 3
	for _, k := range known {
		if n := edits(strings.ToLower(name), strings.ToLower(k), distance); n < distance && n < len(k) {
			best, distance = k, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) > maxShown {
		return "remove it; imagined schema lists what is known here"
	}
	return "remove it; known here: " + strings.Join(known, ", ")
}

// edits returns the edit distance of two words, or limit when it is not less.
func edits(a, b string, limit int) int {
	if len(a) > len(b)+limit || len(b) > len(a)+limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
