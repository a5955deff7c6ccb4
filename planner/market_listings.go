package planner

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// listings brings the marketplace in line with the file: what is missing is
// offered, what differs is changed, what the file has no more is taken down.
// What a person made by hand is left alone. An attempt that came to nothing is
// made again the next day.
func (m *seller) listings(there []Listing) error {
	services := m.planner.Persona.Market.Services
	for _, s := range services {
		i := slices.IndexFunc(there, func(l Listing) bool { return SameTitle(l.Title, s.Title) })
		a := actions.Action{Slot: m.now.In(m.planner.Persona.Location()).Format(time.DateOnly), Why: "as the file has it: " + s.Title}
		switch {
		case i < 0 && m.creating(s.Title):
			continue
		case i < 0:
			a.Kind, a.Body = actions.CreateService, newService(s)
		case !there[i].Mine:
			m.waits["listed by hand: "+s.Title]++
			continue
		case there[i].Off():
			m.waits["switched off by somebody else: "+s.Title]++
			continue
		default:
			update, differs := changes(s, there[i].Service)
			if !differs || m.busy(there[i].ID, actions.UpdateService) {
				continue
			}
			a.Kind, a.Target, a.Body = actions.UpdateService, there[i].ID, update
		}
		if err := m.plans(a); err != nil {
			return err
		}
	}
	for _, l := range there {
		listed := slices.ContainsFunc(services, func(s persona.Service) bool { return SameTitle(s.Title, l.Title) })
		if !l.Mine || listed || m.busy(l.ID, actions.DeleteService) {
			continue
		}
		a := actions.Action{Kind: actions.DeleteService, Target: l.ID, Slot: m.now.In(m.planner.Persona.Location()).Format(time.DateOnly), Why: "the file does not have it any more: " + l.Title}
		if err := m.plans(a); err != nil {
			return err
		}
	}
	return nil
}

// InLine reports whether the listings are as the file has them, as far as the
// program keeps them.
func InLine(services []persona.Service, there []Listing) bool {
	for _, s := range services {
		i := slices.IndexFunc(there, func(l Listing) bool { return SameTitle(l.Title, s.Title) })
		if i < 0 {
			return false
		}
		if _, differs := changes(s, there[i].Service); differs && there[i].Mine && !there[i].Off() {
			return false
		}
	}
	return !slices.ContainsFunc(there, func(l Listing) bool {
		return l.Mine && !slices.ContainsFunc(services, func(s persona.Service) bool { return SameTitle(s.Title, l.Title) })
	})
}

// creating reports whether it is not settled that a service was offered.
func (m *seller) creating(title string) bool {
	return slices.ContainsFunc(m.open, func(e state.Entry) bool {
		var n apiclient.NewService
		return e.Kind == string(actions.CreateService) && json.Unmarshal(e.Body, &n) == nil && SameTitle(n.Title, title)
	})
}

func newService(s persona.Service) apiclient.NewService {
	return apiclient.NewService{
		Title: s.Title, Description: s.Description, ShortDesc: s.Short, Price: int(s.Price), DeliveryDays: s.DeliveryDays,
		Revisions: s.Revisions, Category: s.Category, Tags: append([]string{}, s.Tags...),
	}
}

// changes has the fields in which a listing differs from the file. What the
// platform does not say differs in nothing: only the revisions may be none, and
// they are left out where the days are, which are at least one.
func changes(s persona.Service, l apiclient.Service) (u apiclient.ServiceUpdate, differs bool) {
	text := func(to **string, want, is string) {
		if is != "" && strings.TrimSpace(want) != strings.TrimSpace(is) {
			*to, differs = &want, true
		}
	}
	number := func(to **int, want, is int) {
		if want != is {
			*to, differs = &want, true
		}
	}
	text(&u.Title, s.Title, l.Title)
	text(&u.Description, s.Description, l.Description)
	text(&u.ShortDesc, s.Short, l.ShortDesc)
	text(&u.Category, s.Category, l.Category)
	number(&u.Price, int(s.Price), l.Price)
	if l.DeliveryDays > 0 {
		number(&u.DeliveryDays, s.DeliveryDays, l.DeliveryDays)
		number(&u.Revisions, s.Revisions, l.Revisions)
	}
	if l.Tags != nil && !slices.Equal(s.Tags, l.Tags) {
		u.Tags, differs = append([]string{}, s.Tags...), true
	}
	return u, differs
}
