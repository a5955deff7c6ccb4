package generation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagined/persona"
)

const (
	offersFor  = 24 * time.Hour // how long a list is believed
	mostOffers = 300            // of a list that are kept
	saidOffers = 8              // of them that an error names
)

// offer is a model or a voice.
type offer struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// offers is what a provider has, under the cursor "models/<provider>/<type>" or
// "voices/<provider>".
type offers struct {
	At   time.Time `json:"at"`
	List []offer   `json:"list"`
	Cut  bool      `json:"cut,omitempty"` // there are more
}

// listError is the error of a list that a provider, or the platform for it, does
// not give.
type listError struct {
	list string
	err  error
}

func (e *listError) Error() string { return fmt.Sprintf("read %s: %v", e.list, e.err) }
func (e *listError) Unwrap() error { return e.err }

// offered looks whether the provider has the model and the voice that a recipe
// names. A voice that is named by its name gets its id. Only what a recipe
// names is asked for, once a day.
func (g *Generator) offered(ctx context.Context, r persona.Recipe) (persona.Recipe, string, error) {
	if r.Model != "" {
		list, err := g.offers(ctx, "models/"+r.Provider+"/"+r.Type, want{r.Model, false}, func() (list []offer, err error) {
			models, err := g.Client.GenerationModels(ctx, r.Provider, r.Type)
			for _, m := range models {
				list = append(list, offer{ID: m.ID, Name: m.Name})
			}
			return list, err
		})
		if err != nil {
			return r, "", err
		}
		if _, ok := pickOffer(list, want{r.Model, false}); !ok {
			return r, fmt.Sprintf("%s has no %s model %q: %s", r.Provider, r.Type, r.Model, some(list)), nil
		}
	}
	voice, _ := r.Params["voice_id"].(string)
	if voice == "" {
		return r, "", nil
	}
	list, err := g.offers(ctx, "voices/"+r.Provider, want{voice, true}, func() (list []offer, err error) {
		voices, err := g.Client.Voices(ctx, r.Provider)
		for _, v := range voices {
			list = append(list, offer{ID: v.ID, Name: v.Name})
		}
		return list, err
	})
	if err != nil {
		return r, "", err
	}
	found, ok := pickOffer(list, want{voice, true})
	if !ok {
		return r, fmt.Sprintf("%s has no voice %q: %s", r.Provider, voice, some(list)), nil
	}
	return r.With("voice_id", found.ID), "", nil
}

// offers reads a list, from the journal while it is fresh. Of a long one the
// journal has the beginning, and what was asked for.
func (g *Generator) offers(ctx context.Context, cursor string, wanted want, read func() ([]offer, error)) ([]offer, error) {
	var kept offers
	now := g.Now()
	if text, err := g.Store.Cursor(cursor); err != nil {
		return nil, err
	} else if json.Unmarshal([]byte(text), &kept) == nil && !kept.At.After(now) && now.Sub(kept.At) < offersFor {
		if _, ok := pickOffer(kept.List, wanted); ok || !kept.Cut {
			return kept.List, nil
		}
	}
	list, err := read()
	if err != nil {
		return nil, &listError{cursor, err}
	}
	kept = offers{At: now, List: list, Cut: len(list) > mostOffers}
	if kept.Cut {
		kept.List = slices.Clone(list[:mostOffers])
		if o, ok := pickOffer(list, wanted); ok {
			kept.List[mostOffers-1] = o
		}
	}
	text, err := json.Marshal(kept)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	return list, g.Store.SetCursor(cursor, string(text))
}

// want is what a recipe calls for: an id, or a name where that will do.
type want struct {
	text   string
	byName bool
}

// pickOffer finds it in a list.
func pickOffer(list []offer, w want) (offer, bool) {
	for _, o := range list {
		if o.ID == w.text {
			return o, true
		}
	}
	for _, o := range list {
		if w.byName && strings.EqualFold(o.Name, w.text) {
			return o, true
		}
	}
	return offer{}, false
}

// some lists some of what there is: a stranger's text, so it is quoted.
func some(list []offer) string {
	if len(list) == 0 {
		return "it offers none"
	}
	var names []string
	for _, o := range list[:min(len(list), saidOffers)] {
		name := fmt.Sprintf("%.60q", o.ID)
		if o.Name != "" {
			name += fmt.Sprintf(" (%.40q)", o.Name)
		}
		names = append(names, name)
	}
	if n := len(list) - len(names); n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	return "use one of " + strings.Join(names, ", ")
}
