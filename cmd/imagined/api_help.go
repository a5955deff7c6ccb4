package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"imagined/contract"
)

// printHelp is kong's help, but for `imagined api OPERATION --help`, which
// comes from the contract.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if node := ctx.Selected(); node != nil && node.Name == "api" {
		for _, step := range ctx.Path {
			if step.Positional == nil || step.Positional.Name != "operation" {
				continue
			}
			s, err := findOperation(ctx.Value(step).String())
			if err != nil {
				return err
			}
			return s.help(ctx.Stdout)
		}
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// listOperations prints every operation under its tag.
func listOperations(w io.Writer) error {
	d, err := readDocument()
	if err != nil {
		return err
	}
	for _, tag := range d.Tags {
		_, _ = fmt.Fprintf(w, "%s: %s\n", tag.Name, tag.Description)
		for _, op := range contract.Operations {
			if op.Tag != tag.Name {
				continue
			}
			s, err := d.spec(op)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-22s  %-42s  %s", op.ID, s.summary, s.need()), " "))
		}
		_, _ = fmt.Fprintln(w)
	}
	_, err = fmt.Fprintln(w, "imagined api OPERATION --help shows the keys; for example imagined api likePost --help")
	return err
}

// need lists the keys that must be given.
func (s *spec) need() string {
	var names []string
	for _, k := range s.keys {
		if k.required {
			names = append(names, k.name)
		}
	}
	return strings.Join(names, " ")
}

// help prints everything the contract says about an operation.
func (s *spec) help(w io.Writer) error {
	_, _ = fmt.Fprintf(w, "%s: %s\n\n", s.ID, s.summary)
	_, _ = fmt.Fprintf(w, "  %s %s\n", s.Method, s.Path)
	_, _ = fmt.Fprintf(w, "  limit:     %s, %d a minute\n", s.Tier, contract.Limits[s.Tier])
	_, _ = fmt.Fprintf(w, "  token:     %s\n", map[bool]string{true: "needed", false: "not needed"}[s.Token])
	if text := s.repeating(); text != "" {
		_, _ = fmt.Fprintf(w, "  repeating: %s\n", text)
	}
	if s.text != "" {
		_, _ = fmt.Fprintf(w, "\n%s\n", wrap(s.text, "  "))
	}
	if len(s.keys) > 0 {
		_, _ = fmt.Fprintln(w, "\nkeys:")
	}
	for _, k := range s.keys {
		printKey(w, s.doc, k)
	}
	if s.paged() {
		_, _ = fmt.Fprintln(w, "\n--all walks all pages and prints one item a line.")
	}
	if s.takesSecret() {
		_, _ = fmt.Fprintln(w, "\nHand secrets over in --json FILE or --json -: other users can read the command line.")
	}
	_, err := fmt.Fprintf(w, "\nexample:\n  %s\n", s.exampleLine())
	return err
}

// repeating says what sending a write again does, and where to look first.
func (s *spec) repeating() string {
	text := map[contract.Repeat]string{
		contract.RepeatHarmless:   "harmless, the state is the same as after once",
		contract.RepeatRefused:    "refused, without a second effect",
		contract.RepeatDuplicates: "acts again",
	}[s.Repeat]
	if text != "" && len(s.ReadBack) > 0 {
		text += "; " + strings.Join(s.ReadBack, " and ") + " can show whether it took effect"
	}
	return text
}

func printKey(w io.Writer, d *document, k key) {
	facts := []string{strings.TrimPrefix(strings.TrimPrefix(k.schema.want(), "an "), "a ")}
	if k.required {
		facts = append(facts, "required")
	}
	if k.schema.Default != nil {
		facts = append(facts, fmt.Sprintf("default %v", k.schema.Default))
	}
	_, _ = fmt.Fprintf(w, "  %-23s  %s\n", k.name, strings.Join(facts, ", "))
	if k.text != "" {
		_, _ = fmt.Fprintln(w, wrap(k.text, strings.Repeat(" ", 27)))
	}
	if k.schema.Type != "object" {
		return
	}
	for _, part := range d.bodyKeys(k.schema) {
		part.name = k.name + "." + part.name
		printKey(w, d, part)
	}
}

// exampleLine is a command line that the contract's own example would be.
func (s *spec) exampleLine() string {
	words := []string{"imagined", "api", s.ID}
	for _, k := range s.keys {
		value, shown := s.example[k.name]
		switch {
		case secretInputs[k.name]:
			continue
		case shown:
			words = append(words, assign(k, value))
		case k.schema.Format == "binary":
			words = append(words, k.name+"=@"+map[bool]string{true: "clip.mp4", false: "picture.png"}[s.ID == "uploadVideo"])
		case k.required || s.upload && k.name == "purpose":
			words = append(words, k.name+"="+sample(k))
		}
	}
	if s.takesSecret() {
		words = append(words, "--json", "FILE")
	}
	return strings.Join(words, " ")
}

func (s *spec) takesSecret() bool {
	return slices.ContainsFunc(s.keys, func(k key) bool { return secretInputs[k.name] })
}

// sample is a value for a key that has no example.
func sample(k key) string {
	if len(k.schema.Enum) > 0 {
		return k.schema.Enum[0]
	}
	known := map[string]string{"handle": "luma", "tag": "harbour", "q": "harbour", "purpose": "post"}
	return cmp.Or(known[k.name], strings.ToUpper(strings.TrimSuffix(k.name, "Id"))+"_ID")
}

// assign writes key=value for a shell.
func assign(k key, value any) string {
	switch v := value.(type) {
	case []any:
		return k.name + "=" + quote(word(v))
	case map[string]any:
		text, err := json.Marshal(v)
		if err != nil {
			return k.name + "=..." // cannot be: it was decoded from JSON
		}
		return k.name + ":=" + quote(string(text))
	}
	return k.name + "=" + quote(fmt.Sprint(value))
}

var shellSafe = regexp.MustCompile(`^[A-Za-z0-9_./:@,+-]+$`)

func quote(s string) string {
	if shellSafe.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// wrap breaks paragraphs at 96 columns; tables and indented lines stay.
func wrap(text, indent string) string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		for cut := 96 - len(indent); len(line) > cut && !strings.HasPrefix(line, "|"); {
			at := strings.LastIndexByte(line[:cut], ' ')
			if at <= 0 {
				break
			}
			out = append(out, indent+line[:at])
			line = line[at+1:]
		}
		out = append(out, strings.TrimRight(indent+line, " "))
	}
	return strings.Join(out, "\n")
}
