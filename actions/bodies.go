package actions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
	"imagined/state"
)

// guarded has every row look at its entry before anything leaves: what does not
// fit is refused, with an *apiclient.FieldError that names the field. And where
// doing it again does no harm, a list that is too long is no reason to give up:
// what was not seen is done again.
func guarded(rows map[Kind]row) map[Kind]row {
	for kind, r := range rows {
		send, seek := r.do, r.find
		harmless := r.repeat() == contract.RepeatHarmless
		r.do = func(ctx context.Context, p *Performer, e state.Entry) (string, error) {
			if err := r.fits(e); err != nil {
				return "", err
			}
			return send(ctx, p, e)
		}
		if seek != nil {
			r.find = func(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
				if r.fits(e) != nil {
					return absent, nil //nolint:nilerr // it never left, and will not
				}
				in, err := seek(ctx, p, e)
				if err == nil && harmless && !in.found && !in.gone {
					in.complete = true
				}
				return in, err
			}
		}
		rows[kind] = r
	}
	return rows
}

// fits says what is wrong with an entry.
func (r row) fits(e state.Entry) error {
	if r.target != "" && e.Target == "" {
		return &apiclient.FieldError{Field: "target", Want: "name the " + r.target}
	}
	if r.check == nil {
		return bare(e)
	}
	return r.check(e)
}

// takes asks for a body of type T with no other fields.
func takes[T any](e state.Entry) error {
	if len(e.Body) == 0 {
		return &apiclient.FieldError{Field: "body", Want: fmt.Sprintf("%s needs one, of type %T", e.Kind, *new(T))}
	}
	return may[T](e)
}

// may allows a body of type T.
func may[T any](e state.Entry) error {
	_, err := read[T](e)
	if err == nil {
		return nil
	}
	want := fmt.Sprintf("%s takes one of type %T: %v", e.Kind, *new(T), err)
	return &apiclient.FieldError{Field: "body", Want: want}
}

// read decodes the body; without one it is zero.
func read[T any](e state.Entry) (T, error) {
	var body T
	if len(e.Body) == 0 {
		return body, nil
	}
	d := json.NewDecoder(bytes.NewReader(e.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return body, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return body, errors.New("something follows it")
	}
	return body, nil
}

// body is read for an entry that was found to fit.
func body[T any](e state.Entry) T {
	in, _ := read[T](e)
	return in
}

// bodyJSON is the journal's form of an action's body. What the kind does not
// take is not kept, only that it was there: it could be anything, a secret
// included.
func bodyJSON(a Action) json.RawMessage {
	if a.Body == nil {
		return nil
	}
	if rows[a.Kind].check == nil {
		return json.RawMessage(`"not kept"`)
	}
	out, err := json.Marshal(a.Body)
	if err != nil {
		return json.RawMessage(strconv.Quote("it cannot be written as JSON")) // a string fits no kind
	}
	return out
}

// slotted asks for a slot and no body.
func slotted(e state.Entry) error {
	if e.Slot == "" {
		return &apiclient.FieldError{Field: "slot", Want: "name the comment"}
	}
	return bare(e)
}

// numbered asks for a number as slot.
func numbered(e state.Entry) error {
	if _, err := strconv.Atoi(e.Slot); err != nil {
		return &apiclient.FieldError{Field: "slot", Want: "give the number of the retry"}
	}
	return bare(e)
}

// hasMedia asks for what is to be generated.
func hasMedia(e state.Entry) error {
	if e.Media == nil {
		return &apiclient.FieldError{Field: "media", Want: "say what to generate"}
	}
	recipe := persona.Recipe{Provider: e.Media.Provider, Type: e.Media.Type, Params: e.Media.Params}
	if err := recipe.Check(); err != nil {
		return &apiclient.FieldError{Field: "media", Want: err.Error()}
	}
	return bare(e)
}

// bare refuses a body.
func bare(e state.Entry) error {
	if len(e.Body) > 0 {
		return &apiclient.FieldError{Field: "body", Want: e.Kind + " takes none"}
	}
	return nil
}
