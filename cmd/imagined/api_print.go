package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// secretNames are the keys of answers whose values let somebody in. apiKey is
// not one: the platform masks it.
var secretNames = map[string]bool{"clientSecret": true, "access_token": true, "refresh_token": true, "webhookSecret": true}

// secretInputs are the same of requests.
var secretInputs = map[string]bool{"client_secret": true, "refresh_token": true, "apiKey": true}

// printer prints answers: indented on a terminal, compact elsewhere.
type printer struct {
	to     io.Writer
	pretty bool
	show   bool // secrets
}

// answer prints one answer. There is none after a write that the platform
// acknowledges without a body.
func (p printer) answer(raw json.RawMessage) error {
	if len(raw) == 0 {
		if p.pretty {
			_, err := fmt.Fprintln(p.to, "done (the platform answers without a body)")
			return err
		}
		return nil
	}
	var out bytes.Buffer
	text, err := p.clean(raw)
	if err == nil && p.pretty {
		err = json.Indent(&out, text, "", "  ")
	} else if err == nil {
		err = json.Compact(&out, text)
	}
	if err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	out.WriteByte('\n')
	_, err = p.to.Write(out.Bytes())
	return err
}

func (p printer) clean(raw []byte) ([]byte, error) {
	raw = visible(raw)
	if p.show {
		return raw, nil
	}
	return blankSecrets(raw)
}

// blankSecrets replaces the values of secret keys at any depth and leaves
// everything else, order included, as it is.
func blankSecrets(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var inside []bool // per open bracket: whether it is an object
	isKey, done := false, int64(0)
	for {
		token, err := dec.Token()
		if err == io.EOF { //nolint:errorlint // Token returns io.EOF itself
			break
		}
		if err != nil {
			return nil, err
		}
		if name, ok := token.(string); ok && isKey && secretNames[name] {
			out.Write(raw[done:dec.InputOffset()])
			var value json.RawMessage
			if err := dec.Decode(&value); err != nil {
				return nil, err
			}
			done = dec.InputOffset()
			out.WriteString(`:` + hidden(value))
			continue // the next token is a key again, or a bracket
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			inside = append(inside, token == json.Delim('{'))
			isKey = inside[len(inside)-1]
			continue
		case json.Delim('}'), json.Delim(']'):
			inside = inside[:len(inside)-1]
			isKey = false // it closed a value
		}
		isKey = !isKey && len(inside) > 0 && inside[len(inside)-1]
	}
	out.Write(raw[done:])
	return out.Bytes(), nil
}

func hidden(value json.RawMessage) string {
	if string(value) == "null" || string(value) == `""` {
		return string(value)
	}
	return `"[secret]"`
}

// visible escapes the characters of a JSON text that would command a terminal
// or turn its writing direction; outside of strings there are none.
func visible(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r >= 0x7f && r < 0xa0, r == utf8.RuneError && size == 1, turnsDirection(r):
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, raw[:size]...)
		}
		raw = raw[size:]
	}
	return out
}

func turnsDirection(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x61c
}
