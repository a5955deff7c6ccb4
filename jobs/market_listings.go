package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/planner"
	"imagined/state"
)

const (
	cursorListings = "market/listings" // the day and the file for which the listings were found in line
	cursorReviews  = "market/reviews"

	mostListings = 3000 // services of the whole marketplace, or of a search, that are read
	perService   = 50   // reviews read of one service
	keptReviews  = 50
)

// listings finds the persona's own services. The platform lists all that there
// are, so they are read once a day, when the file was edited, and until nothing
// differs. Known is false when they were not read, or not all.
func (j *Jobs) listings(ctx context.Context) (own []planner.Listing, known bool, err error) {
	done, err := j.Store.Cursor(cursorListings)
	if err != nil {
		return nil, false, &journalError{err}
	}
	if done == j.lineMark() {
		return nil, false, nil
	}
	own, whole, err := j.ownServices(ctx, apiclient.ServiceFilter{})
	if err == nil && !whole {
		own, whole, err = j.searched(ctx)
	}
	if err != nil || !whole {
		return nil, false, err
	}
	if own, err = j.offered(ctx, own); err != nil {
		return nil, false, err
	}
	if err := j.reviews(ctx, own); err != nil && !j.goesOn(ctx, "reviews", err) {
		return nil, false, err
	}
	return own, true, nil
}

// searched finds those of the persona's own services that have a title of the
// file, where the marketplace is too long to read. The others are a person's, or
// known by their ids.
func (j *Jobs) searched(ctx context.Context) (own []planner.Listing, whole bool, err error) {
	for _, s := range j.Persona.Market.Services {
		found, whole, err := j.ownServices(ctx, apiclient.ServiceFilter{Search: s.Title})
		if err != nil {
			return nil, false, err
		}
		if !whole {
			j.Log.Warn("the marketplace is too long to read: listings are left as they are", "title", s.Title)
			return nil, false, nil
		}
		own = append(own, found...)
	}
	slices.SortStableFunc(own, func(a, b planner.Listing) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(own, func(a, b planner.Listing) bool { return a.ID == b.ID }), true, nil
}

// ownServices reads the persona's own services from a list: those that it says
// are, and those that the program has made. Whole is false where the list is too
// long.
func (j *Jobs) ownServices(ctx context.Context, f apiclient.ServiceFilter) (own []planner.Listing, whole bool, err error) {
	n := 0
	for s, err := range j.Client.Services(apiclient.Complete(apiclient.PageSize(ctx, 100)), f) {
		if err != nil {
			return nil, false, fmt.Errorf("read the marketplace: %w", err)
		}
		if n++; n > mostListings {
			return own, false, nil
		}
		_, mine, err := j.Store.Maker(string(actions.CreateService), s.ID)
		if err != nil {
			return nil, false, &journalError{err}
		}
		if named := s.Agent.ID != ""; named && s.Agent.ID == j.Planner.Self.ID || !named && mine {
			own = append(own, planner.Listing{Service: s, Mine: mine})
		}
	}
	return own, true, nil
}

// offered completes the own listings: without those that the program has taken
// down, with those that it has made and that the list leaves out, and with what
// the list leaves out of each. One that somebody else has switched off, or that
// waits for a moderator, is there: else it would be offered again every day.
func (j *Jobs) offered(ctx context.Context, own []planner.Listing) ([]planner.Listing, error) {
	made, err := j.Store.Entries(state.Filter{Kind: string(actions.CreateService), Status: state.Done}, 0)
	if err != nil {
		return nil, &journalError{err}
	}
	taken, err := j.Store.Entries(state.Filter{Kind: string(actions.DeleteService), Status: state.Done}, 0)
	if err != nil {
		return nil, &journalError{err}
	}
	down := func(id string) bool {
		return slices.ContainsFunc(taken, func(e state.Entry) bool { return e.Target == id })
	}
	own = slices.DeleteFunc(own, func(l planner.Listing) bool { return l.Off() && (!l.Mine || down(l.ID)) })
	for _, e := range made {
		listed := slices.ContainsFunc(own, func(l planner.Listing) bool { return l.ID == e.RemoteID })
		if e.RemoteID != "" && !listed && !down(e.RemoteID) {
			own = append(own, planner.Listing{Service: apiclient.Service{ID: e.RemoteID}, Mine: true})
		}
	}
	for i := range own {
		if err := j.complete(ctx, &own[i]); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(own, func(l planner.Listing) bool { return l.Title == "" }), nil
}

// complete reads what the list does not say of a listing that the program made.
// One that is gone has no title.
func (j *Jobs) complete(ctx context.Context, l *planner.Listing) error {
	if !l.Mine || l.Title != "" && l.Description != "" && l.ShortDesc != "" && l.Category != "" && l.DeliveryDays > 0 && l.Tags != nil {
		return nil
	}
	s, err := j.Client.Service(ctx, l.ID)
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("read the service %s: %w", l.ID, err)
	}
	l.Service = s.Service
	return nil
}

func (j *Jobs) lineMark() string {
	return j.Now().In(j.Persona.Location()).Format(time.DateOnly) + " " + j.Persona.Hash()
}

// inLine notes that the listings were found as the file has them.
func (j *Jobs) inLine(stall planner.Stall) error {
	if !stall.Known || !planner.InLine(j.Persona.Market.Services, stall.Listings) {
		return nil
	}
	for _, l := range stall.Listings {
		if !l.Mine {
			j.Log.Info("a listing that a person made is left alone", "service", l.ID, "title", clip(l.Title))
		}
	}
	if err := j.Store.SetCursor(cursorListings, j.lineMark()); err != nil {
		return &journalError{err}
	}
	return nil
}

// Review is what a buyer thought of an order, as it is remembered.
type Review struct {
	ID      string    `json:"id"`
	Service string    `json:"service"`
	Order   string    `json:"order"`
	By      string    `json:"by"`
	Rating  int       `json:"rating"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// Reviews are the newest reviews, newest first, and the sum of all ratings.
type Reviews struct {
	Count  int               `json:"count"`
	Stars  int               `json:"stars"`
	Newest map[string]string `json:"newest"` // review, by service: where reading ends the next time
	Kept   []Review          `json:"kept"`
}

func (r Reviews) has(id string) bool {
	return slices.ContainsFunc(r.Kept, func(v Review) bool { return v.ID == id })
}

// RememberedReviews reads the text of the cursor in which reviews are kept.
func RememberedReviews(cursor func(name string) (string, error)) (known Reviews, err error) {
	text, err := cursor(cursorReviews)
	if err != nil {
		return known, err
	}
	_ = json.Unmarshal([]byte(text), &known) // never set: there are none
	if known.Newest == nil {
		known.Newest = make(map[string]string)
	}
	return known, nil
}

// reviews reads what is new about each service and remembers it.
func (j *Jobs) reviews(ctx context.Context, own []planner.Listing) error {
	known, err := RememberedReviews(j.Store.Cursor)
	if err != nil {
		return &journalError{err}
	}
	before := known.Count
	for _, l := range own {
		if err := j.readReviews(ctx, l.ID, &known); err != nil {
			return err
		}
	}
	maps.DeleteFunc(known.Newest, func(service, _ string) bool {
		return !slices.ContainsFunc(own, func(l planner.Listing) bool { return l.ID == service })
	})
	if known.Count == before {
		return nil
	}
	text, err := json.Marshal(known)
	if err == nil {
		err = j.Store.SetCursor(cursorReviews, string(text))
	}
	if err != nil {
		return &journalError{err}
	}
	return nil
}

func (j *Jobs) readReviews(ctx context.Context, service string, known *Reviews) error {
	var fresh []Review
	for v, err := range j.Client.Reviews(apiclient.PageSize(ctx, perService), service) {
		if err != nil {
			return fmt.Errorf("read reviews of %s: %w", service, err)
		}
		if v.ID == known.Newest[service] || known.has(v.ID) || len(fresh) == perService {
			break
		}
		fresh = append(fresh, Review{v.ID, service, v.OrderID, string(v.Reviewer.Handle), v.Rating, clip(v.Content), v.CreatedAt})
	}
	for _, v := range fresh {
		known.Count++
		known.Stars += v.Rating
		j.Log.Info("reviewed", "service", service, "by", at(v.By), "rating", v.Rating, "text", v.Text)
	}
	if len(fresh) > 0 {
		known.Newest[service] = fresh[0].ID
		known.Kept = append(fresh, known.Kept...)
		known.Kept = known.Kept[:min(len(known.Kept), keptReviews)]
	}
	return nil
}
