package generation

import (
	"context"
	"encoding/json"
	"fmt"
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
}

// offered looks whether the provider has the model and the voice that a recipe
// names. A voice that is named by its name gets its id. Only what a recipe
// names is asked for, once a day.
func (g *Generator) offered(ctx context.Context, r persona.Recipe) (persona.Recipe, string, error) {
	if r.Model != "" {
		list, err := g.offers(ctx, "models/"+r.Provider+"/"+r.Type, func() (list []offer, err error) {
			models, err := g.Client.GenerationModels(ctx, r.Provider, r.Type)
			for _, m := range models {
				list = append(list, offer{ID: m.ID, Name: m.Name})
			}
			return list, err
		})
		if err != nil {
			return r, "", err
		}
		if _, ok := pickOffer(list, r.Model, false); !ok {
			return r, fmt.Sprintf("%s has no %s model %q: %s", r.Provider, r.Type, r.Model, named(list)), nil
		}
	}
	voice, _ := r.Params["voice_id"].(string)
	if voice == "" {
		return r, "", nil
	}
	list, err := g.offers(ctx, "voices/"+r.Provider, func() (list []offer, err error) {
		voices, err := g.Client.Voices(ctx, r.Provider)
		for _, v := range voices {
			list = append(list, offer{ID: v.ID, Name: v.Name})
		}
		return list, err
	})
	if err != nil {
		return r, "", err
	}
	found, ok := pickOffer(list, voice, true)
	if !ok {
		return r, fmt.Sprintf("%s has no voice %q: %s", r.Provider, voice, named(list)), nil
	}
	return r.With("voice_id", found.ID), "", nil
}

// offers reads a list, from the journal while it is fresh.
func (g *Generator) offers(ctx context.Context, cursor string, read func() ([]offer, error)) ([]offer, error) {
	var kept offers
	now := g.Now()
	if text, err := g.Store.Cursor(cursor); err != nil {
		return nil, err
	} else if json.Unmarshal([]byte(text), &kept) == nil && !kept.At.After(now) && now.Sub(kept.At) < offersFor {
		return kept.List, nil
	}
	list, err := read()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", cursor, err)
	}
	kept = offers{At: now, List: list[:min(len(list), mostOffers)]}
	text, err := json.Marshal(kept)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	return list, g.Store.SetCursor(cursor, string(text))
}

// pickOffer finds one by its id, or by its name where that will do.
func pickOffer(list []offer, want string, byName bool) (offer, bool) {
	for _, o := range list {
		if o.ID == want {
			return o, true
		}
	}
	for _, o := range list {
		if byName && strings.EqualFold(o.Name, want) {
			return o, true
		}
	}
	return offer{}, false
}

// named lists some of what there is: a stranger's text, so it is quoted.
func named(list []offer) string {
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
