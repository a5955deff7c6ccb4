package planner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	maxAnswer = 64 << 10 // bytes of an answer
	maxDepth  = 8        // nested values in it
	maxWhy    = 500      // characters of a reason
)

// decodeAnswer reads what choose.tmpl asks for and nothing else. The standard
// decoder alone would take a duplicate key, a key in other letters, a null.
func decodeAnswer(data []byte) (Answer, error) {
	object, err := strictObject(data, "decisions")
	if err != nil {
		return nil, err
	}
	list, ok := object["decisions"].([]any)
	if !ok {
		return nil, errors.New("decisions is not an array")
	}
	answer := make(Answer, len(list))
	for i, v := range list {
		if answer[i], err = decodeDecision(v); err != nil {
			return nil, fmt.Errorf("decisions[%d]: %w", i, err)
		}
	}
	return answer, nil
}

func decodeDecision(v any) (d Decision, err error) {
	object, ok := v.(map[string]any)
	if !ok {
		return d, errors.New("not an object")
	}
	if err := onlyKeys(object, "post", "act", "why"); err != nil {
		return d, err
	}
	number, isNumber := object["post"].(json.Number)
	act, isAct := object["act"].(string)
	why, isWhy := object["why"].(string)
	switch {
	case !isNumber:
		return d, errors.New("post is not a number")
	case !isAct:
		return d, errors.New("act is not a string")
	case !isWhy:
		return d, errors.New("why is not a string")
	case utf8.RuneCountInString(why) > maxWhy:
		return d, fmt.Errorf("why is longer than %d characters", maxWhy)
	}
	n, err := strconv.Atoi(number.String())
	if err != nil {
		return d, fmt.Errorf("post is not a whole number: %s", cut(number.String(), 20))
	}
	return Decision{Number: n, Act: act, Why: why}, nil
}

// decodeText reads what write.tmpl asks for.
func decodeText(data []byte) (string, error) {
	object, err := strictObject(data, "text")
	if err != nil {
		return "", err
	}
	text, ok := object["text"].(string)
	if !ok {
		return "", errors.New("text is not a string")
	}
	return text, nil
}

// strictObject reads one JSON object that has exactly these keys.
func strictObject(data []byte, keys ...string) (map[string]any, error) {
	switch {
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("%d bytes, more than %d", len(data), maxAnswer)
	case !utf8.Valid(data):
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := strictValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON object")
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return object, onlyKeys(object, keys...)
}

func strictValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	switch token {
	case json.Delim('{'):
		return strictFields(d, depth)
	case json.Delim('['):
		return strictItems(d, depth)
	}
	return token, nil
}

func strictFields(d *json.Decoder, depth int) (any, error) {
	object := make(map[string]any)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
		key, _ := token.(string)
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("key %q comes twice", cut(key, 40))
		}
		if object[key], err = strictValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	return object, closed(d)
}

func strictItems(d *json.Decoder, depth int) (any, error) {
	items := []any{}
	for d.More() {
		v, err := strictValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return items, closed(d)
}

// closed reads the end of an object or an array.
func closed(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return nil
}

func onlyKeys(object map[string]any, keys ...string) error {
	for _, key := range keys {
		if _, ok := object[key]; !ok {
			return fmt.Errorf("key %q is missing", key)
		}
	}
	if len(object) == len(keys) {
		return nil
	}
	for key := range object {
		known := false
		for _, k := range keys {
			known = known || k == key
		}
		if !known {
			return fmt.Errorf("key %q is not known", cut(key, 40))
		}
	}
	return nil
}
