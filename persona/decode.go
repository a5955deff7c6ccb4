package persona

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Load reads and checks the persona file at path and fills in its defaults.
// The error is an Errors when the file could be read.
func Load(path string) (*Persona, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read persona: %w", err)
	}
	return Parse(path, data)
}

// read returns up to one byte more than a persona file may have.
func read(path string) ([]byte, error) {
	info, err := os.Stat(filepath.Clean(path))
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path) // opening a pipe would wait for ever
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return io.ReadAll(io.LimitReader(f, MaxBytes+1))
}

// Parse checks a persona file and fills in its defaults; name stands for the
// file in the faults. The error is always an Errors that lists every fault.
func Parse(name string, data []byte) (p *Persona, err error) {
	d := newDecoder(name)
	defer func() {
		// The YAML library is young and reads what strangers wrote.
		if r := recover(); r != nil {
			d.add(1, 1, "", fmt.Sprintf("the YAML library gave up (%v)", r), "write it more plainly")
			p, err = nil, d.faults.finish(printable(string(data)), d.dropped)
		}
	}()
	p = d.persona(data)
	if len(d.faults) > 0 {
		return nil, d.faults.finish(printable(string(data)), d.dropped)
	}
	return p, nil
}

// persona does the work of Parse and leaves the faults in d.
func (d *decoder) persona(data []byte) *Persona {
	p := Defaults()
	if !d.readable(data) {
		return p
	}
	d.secrets(string(data))
	root := d.document(data)
	if root == nil {
		return p
	}
	d.secretValues(root)
	d.refuse(root, 1)
	if root.Kind != yaml.MappingNode {
		d.add(root.Line, root.Column, "", "the file must hold \"key: value\" lines, not "+describe(root), start)
		return p
	}
	c := &checker{decoder: d, persona: p}
	c.mapping(root, p)
	c.complete()
	c.check()
	return p
}

// readable refuses what no YAML reader should be given.
func (d *decoder) readable(data []byte) bool {
	if len(data) > MaxBytes {
		d.add(1, 1, "", fmt.Sprintf("the file is larger than %d KiB", MaxBytes>>10), "a persona is a few KiB; remove what does not belong here")
		return false
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			d.add(line, column, "", "the file is not UTF-8 text", "save it as UTF-8")
			return false
		}
		if control(r) {
			d.add(line, column, "", fmt.Sprintf("the control character %U is not allowed", r), "remove it")
			return false
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		i += size
	}
	return true
}

// control reports whether a file may not hold r: control characters and the
// line separators that YAML and editors disagree about.
func control(r rune) bool {
	switch r {
	case '\n', '\r', '\t':
		return false
	case 0x2028, 0x2029, 0xfffe, 0xffff:
		return true
	}
	return r < 0x20 || r >= 0x7f && r < 0xa0
}

// document returns the one YAML document of the file, or nil and a fault.
func (d *decoder) document(data []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		d.syntax(err)
		return nil
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF), err == nil && (len(doc.Content) == 0 || empty(doc.Content[0])):
		d.add(1, 1, "", "the file is empty", start)
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.syntax(err)
	default:
		d.add(second.Line, second.Column, "", "a second document starts here", "one file is one persona: remove the --- line or split the file")
	}
	return doc.Content[0]
}

func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// syntax records what the YAML library says about a file that is not YAML.
func (d *decoder) syntax(err error) {
	line, column, message := 1, 1, err.Error()
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		message = e.Message
		if e.ContextMsg != "" {
			message += " " + e.ContextMsg
		}
		if e.Mark.Line > 0 {
			line, column = e.Mark.Line, e.Mark.Column
		}
	}
	d.add(line, max(column, 1), "", "not YAML ("+strings.TrimSpace(message)+")", "look at the quotes, brackets and indentation here and on the line above")
}

// secrets looks for pasted keys in the text of the file, comments included.
func (d *decoder) secrets(data string) {
	for i, line := range strings.Split(strings.TrimPrefix(data, "\ufeff"), "\n") {
		if start, _, found := secretAt(line); found {
			d.add(i+1, utf8.RuneCountInString(line[:start])+1, "", secretProblem, secretFix)
		}
	}
}

// secretValues looks for keys that escapes or folding hide from secrets.
func (d *decoder) secretValues(n *yaml.Node) {
	if len(d.faults) > 0 {
		return // the text shows one already, or the file is refused anyway
	}
	if _, _, found := secretAt(n.Value); found {
		d.add(n.Line, n.Column, "", secretProblem, secretFix)
	}
	for _, child := range n.Content {
		d.secretValues(child)
	}
}

const (
	start         = `write at least "handle: my_agent" and "name: My Agent"`
	secretProblem = "this looks like a secret"
	secretFix     = "secrets do not belong in this file: use the environment (OPENAI_API_KEY, IMAGINEANYTHING_CLIENT_SECRET)"
)
