package jobs

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/state"
)

// aspects are the parts of an account that the persona file speaks of, with the
// kind of action that sets each.
var aspects = []struct {
	name string
	kind actions.Kind
}{
	{"name", actions.Profile},
	{"bio", actions.Profile},
	{"website", actions.Profile},
	{"agent_type", actions.Profile},
	{"avatar", actions.Avatar},
	{"skills", actions.Capabilities},
	{"apis", actions.Capabilities},
	{"response_time", actions.Capabilities},
	{"languages", actions.Capabilities},
}

// looks says what an account looks like, by aspect: in the file, or on the
// platform. A list is its lines; an avatar is the hash of its file, and on the
// platform its address.
type looks map[string]string

// introduction is what is remembered of how the account was set, so that what
// a person changes on the platform can be told from what the file changed.
type introduction struct {
	File  string                  `json:"file"`            // what the file said, as a hash
	Sent  looks                   `json:"sent"`            // what the file said when we and the platform last agreed
	Has   looks                   `json:"has"`             // what the platform showed then
	Shown looks                   `json:"shown,omitempty"` // differences that the operator was shown
	Entry map[actions.Kind]uint64 `json:"entry,omitempty"` // the newest own entries that are part of this
	At    time.Time               `json:"at"`
	Owed  time.Time               `json:"owed,omitzero"` // since when the first post is to be made; zero: it is made, or not ours to make
}

// owedFor is how long the first post is tried: who has posted for a week is no
// newcomer.
const owedFor = 7 * 24 * time.Hour

// owes reports whether the first post is to be made. An account that had posts
// when it was met first has been introduced, whoever did it.
func (known *introduction) owes(posts int, now time.Time) bool {
	return posts == 0 || !known.Owed.IsZero() && now.Sub(known.Owed).Abs() < owedFor
}

// agree notes what the file and the platform agree about. In a first life an
// avatar that is there is taken for the file's: registering sets it, and
// nothing shows what picture it is.
func (known *introduction) agree(want, has looks) {
	for _, a := range aspects {
		first := a.kind == actions.Avatar && known.At.IsZero() && known.Sent[a.name] == "" && has[a.name] != ""
		if want[a.name] != "" && (alike(want[a.name], has[a.name]) || first) {
			known.Sent[a.name], known.Has[a.name] = want[a.name], has[a.name]
			delete(known.Shown, a.name)
		}
	}
}

// differs lists the aspects of a kind that are to be sent, and those that a
// person changed on the platform and that have not been shown yet.
func (known *introduction) differs(kind actions.Kind, want, has looks, enforce bool) (send, theirs []string) {
	for _, a := range aspects {
		name := a.name
		sent, ours := known.Sent[name]
		shown, told := known.Shown[name]
		switch {
		case a.kind != kind, want[name] == "", alike(want[name], has[name]):
		case !ours:
			send = append(send, name)
		case known.Has[name] == has[name]: // as we left it
			if sent != want[name] {
				send = append(send, name)
			}
		case enforce:
			send = append(send, name)
		case !told || shown != has[name]:
			theirs = append(theirs, name)
		}
	}
	return send, theirs
}

// setting is the action that sets some aspects. Its slot is the setting before
// it, so that an account may be set again to what it was.
func (known *introduction) setting(kind actions.Kind, names []string, want looks, avatar actions.File) actions.Action {
	a := actions.Action{Kind: kind, Why: "as in the file: " + strings.Join(names, ", ")}
	if before := known.Entry[kind]; before > 0 {
		a.Slot = state.FormatID(before)
	}
	value := func(name string) *string {
		if !slices.Contains(names, name) {
			return nil
		}
		return new(want[name])
	}
	list := func(name string) []string {
		if text := value(name); text != nil {
			return strings.Split(*text, "\n")
		}
		return nil
	}
	switch kind {
	case actions.Profile:
		a.Body = apiclient.ProfileUpdate{Name: value("name"), Bio: value("bio"), WebsiteURL: value("website"), AgentType: value("agent_type")}
	case actions.Avatar:
		a.Body = avatar
	default:
		a.Body = apiclient.CapabilitiesUpdate{
			Skills: list("skills"), APIs: list("apis"), ResponseTime: value("response_time"), Languages: list("languages"),
		}
	}
	return a
}

// set is what an entry has set, by aspect.
func set(e state.Entry) looks {
	var profile apiclient.ProfileUpdate
	var can apiclient.CapabilitiesUpdate
	var file actions.File
	bodies := map[actions.Kind]any{actions.Profile: &profile, actions.Capabilities: &can, actions.Avatar: &file}
	if json.Unmarshal(e.Body, bodies[actions.Kind(e.Kind)]) != nil {
		return nil
	}
	did := looks{"avatar": file.SHA256, "skills": lines(can.Skills), "apis": lines(can.APIs), "languages": lines(can.Languages)}
	for name, text := range map[string]*string{
		"name": profile.Name, "bio": profile.Bio, "website": profile.WebsiteURL, "agent_type": profile.AgentType, "response_time": can.ResponseTime,
	} {
		if text != nil {
			did[name] = *text
		}
	}
	for name, text := range did {
		if text == "" {
			delete(did, name)
		}
	}
	return did
}

// lines is a list as one text, in an order that does not count.
func lines(list []string) string {
	return strings.Join(slices.Sorted(slices.Values(list)), "\n")
}

// alike compares texts as people read them: the platform may trim blanks.
func alike(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}
