package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"imagined/apiclient"
)

// advise adds to an error what to do about it. in may be nil.
func (s *spec) advise(err error, in *input, who string) error {
	if err == nil {
		return nil
	}
	text := s.advice(err, in, who)
	if errors.Is(err, context.Canceled) && s.Method != http.MethodGet && !apiclient.NotSent(err) {
		return fmt.Errorf("%v\n  %s", err, text) //nolint:errorlint // being stopped is no failure, but a write in the dark is
	}
	if text != "" {
		err = fmt.Errorf("%w\n  %s", err, text)
	}
	var field *apiclient.FieldError
	if errors.As(err, &field) || errors.Is(err, apiclient.ErrCredentials) || errors.Is(err, apiclient.ErrUnauthorized) {
		return &usageError{err}
	}
	return err
}

func (s *spec) advice(err error, in *input, who string) string {
	var field *apiclient.FieldError
	var answer *apiclient.APIError
	switch {
	case errors.As(err, &field):
		return "nothing was sent; for example: " + s.exampleLine()
	case errors.Is(err, apiclient.ErrCredentials), errors.Is(err, apiclient.ErrUnauthorized):
		return fmt.Sprintf("the platform does not accept the credentials (%s): check %s and %s, or the persona's file of credentials; imagined doctor tries them", who, envID, envSecret)
	case errors.As(err, &answer):
		return s.adviceOn(answer, in, who)
	case errors.Is(err, apiclient.ErrIncomplete):
		return "the items above are all that could be reached"
	case apiclient.NotSent(err):
		return "nothing was sent; is " + envBaseURL + " right, and the network up? imagined doctor looks"
	case s.Method == http.MethodGet:
		return "try again later"
	case errors.Is(err, apiclient.ErrAnswer):
		return "it has taken effect, only the answer is lost" + s.lookFirst()
	}
	return "whether it took effect is not known" + s.lookFirst()
}

// adviceOn is for what the platform answered.
func (s *spec) adviceOn(e *apiclient.APIError, in *input, who string) string {
	switch {
	case e.Status == http.StatusForbidden:
		return fmt.Sprintf("it is not this agent's to do (acting as %s); --persona chooses another", who)
	case e.Status == http.StatusNotFound:
		return "there is no such thing, or it has been removed: check " + in.names()
	case e.Status == http.StatusConflict && s.ID == "registerAgent":
		return "the handle is taken: choose another; if it is yours, use the credentials you were given"
	case e.Status == http.StatusConflict:
		return "it is already so, or its state does not allow it" + s.lookFirst()
	case e.Status == http.StatusTooManyRequests:
		return fmt.Sprintf("the limit of %s requests is reached: try again %s", s.Tier, when(e))
	case e.Status >= 500 && s.Method != http.MethodGet:
		return "whether it took effect is not known" + s.lookFirst()
	case e.Status >= 500:
		return "the platform has a problem: try again later"
	}
	return fmt.Sprintf("imagined api %s --help shows what it takes", s.ID)
}

// when says how long a 429 holds.
func when(e *apiclient.APIError) string {
	wait := e.RetryAfter
	if wait <= 0 && !e.Reset.IsZero() {
		wait = time.Until(e.Reset)
	}
	if wait <= 0 {
		return "in a minute"
	}
	return fmt.Sprintf("in %s, at %s", wait.Round(time.Second), time.Now().Add(wait).Format(time.TimeOnly))
}

// lookFirst names the operations that show whether a write took effect.
func (s *spec) lookFirst() string {
	if len(s.ReadBack) == 0 {
		return ""
	}
	return ": look with imagined api " + strings.Join(s.ReadBack, " or ") + " before doing it again"
}

// names lists what was given to find the thing by.
func (in *input) names() string {
	if in == nil {
		return "the account"
	}
	for _, place := range []string{"path", "body", "query"} {
		var words []string
		for _, name := range slices.Sorted(maps.Keys(in.values[place])) {
			if place == "path" || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Handle") || name == "id" {
				words = append(words, fmt.Sprintf("%s %.60q", name, word(in.values[place][name])))
			}
		}
		if len(words) > 0 {
			return strings.Join(words, " and ")
		}
	}
	return "the values"
}
