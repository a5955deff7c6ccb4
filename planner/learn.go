package planner

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagined/persona"
)

// Week is what is kept of one week of a persona: figures, and no words but the
// topics of its file.
type Week struct {
	Name string    `json:"week"` // "2026-W10", as ISO counts
	At   time.Time `json:"at"`   // when it was written

	// The platform's figures. Those that it did not give are in Missing.
	Figures Figures  `json:"figures"`
	Missing []string `json:"missing,omitempty"`

	Did map[string]int `json:"did,omitempty"` // what the persona did, by kind, by its journal

	// Own posts are counted once, when they are a day old, so that each had
	// the same time to be answered: those made from From until before To.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`

	Topics map[string]Tally `json:"topics,omitempty"`
	Hours  map[int]Tally    `json:"hours,omitempty"` // by local hour

	Weights   map[string]float64 `json:"weights,omitempty"`    // of the topics from then on
	PostHours []int              `json:"post_hours,omitempty"` // local hours of its posts from then on
}

// Figures are the platform's: sums of seven days, and where it stands.
type Figures struct {
	AXP       int `json:"axp"`
	Level     int `json:"level"`
	Gained    int `json:"gained"` // AXP since the week before
	Followers int `json:"followers"`
	Won       int `json:"won"` // followers in seven days
	Posts     int `json:"posts"`
	Likes     int `json:"likes"`
	Comments  int `json:"comments"`
	Reposts   int `json:"reposts"`
	Views     int `json:"views"`
}

// Tally is about one topic, or one hour of the day.
type Tally struct {
	Did     int `json:"did"`     // what the persona did
	Posts   int `json:"posts"`   // own posts that are counted
	Answers int `json:"answers"` // likes, comments and reposts of these
	Marks   int `json:"marks"`   // the same, at most MostMarks of one post
}

// MostMarks is what one post may count: neither one lucky post nor a crowd of
// bots below it is to decide what a persona is about.
const MostMarks = 10

// Learned is how far weights and hours have moved from what the file says.
// Texts, limits and all else of the file are never moved.
type Learned struct {
	Week  string    `json:"week"`           // the latest that counted
	Since time.Time `json:"since,omitzero"` // of the latest reset: what was before does not count
	Base  Moves     `json:"base"`           // before that week, so that it counts once however often it is looked at
	Now   Moves     `json:"now"`
}

// Moves are the weights by topic, and the hours for posting.
type Moves struct {
	Weights map[string]Move `json:"weights,omitempty"`
	Post    *HourMove       `json:"post,omitempty"`
}

// Move is one weight. It holds as long as the file says File: another value in
// the file is a new beginning.
type Move struct {
	File float64   `json:"file"`
	Now  float64   `json:"now"`
	Why  string    `json:"why"` // of the latest change, with its figures
	At   time.Time `json:"at"`
}

// HourMove is the hours of the schedule of post. It holds as long as the file
// has that schedule.
type HourMove struct {
	File string    `json:"file"` // the schedule
	Now  []int     `json:"now"`  // hours, in the order of the file's
	Why  string    `json:"why"`
	At   time.Time `json:"at"`
}

// Effective is the persona with what was learned: the same one where nothing
// was, or where it is not to learn. The persona handed in is not changed.
func (l Learned) Effective(who *persona.Persona) *persona.Persona {
	if !who.Learns() {
		return who
	}
	moved := *who
	weights := l.weigh(&moved)
	hours := l.place(&moved)
	if !weights && !hours {
		return who
	}
	return &moved
}

// weigh sets the weights that were moved. Where the file lists its interests by
// weight, they are so again: the first ones are read and named first.
func (l Learned) weigh(who *persona.Persona) (moved bool) {
	falls := func(a, b persona.Interest) int { return cmp.Compare(weightOf(b), weightOf(a)) }
	sorted := slices.IsSortedFunc(who.Interests, falls)
	interests := slices.Clone(who.Interests)
	for i, in := range interests {
		if m, known := l.Now.Weights[nameOf(in)]; known && m.File == weightOf(in) && m.Now != m.File {
			interests[i].Weight, moved = m.bounded(), true
		}
	}
	if sorted {
		slices.SortStableFunc(interests, falls)
	}
	who.Interests = interests
	return moved
}

// bounded holds a weight between half and double of the file's, whatever the
// record says.
func (m Move) bounded() float64 { return min(max(m.Now, m.File/2), m.File*2) }

// place sets the hours that were moved, unless one of them has become a quiet
// one.
func (l Learned) place(who *persona.Persona) (moved bool) {
	m, job := l.Now.Post, who.Schedule["post"]
	hours, ok := hoursOf(job.Cron)
	if m == nil || !ok || m.File != job.Cron || len(m.Now) != len(hours) || slices.Equal(m.Now, hours) {
		return false
	}
	minute, _, _ := strings.Cut(job.Cron, " ")
	for i, h := range m.Now {
		if !near(h, hours[i]) || quietAt(who, h, minute) {
			return false
		}
	}
	job.Cron = minute + " " + hourList(m.Now) + " * * *"
	who.Schedule = maps.Clone(who.Schedule)
	who.Schedule["post"] = job
	return true
}

// dailyForm is the only form of a schedule whose hours are moved: a minute, and
// hours of every day.
var dailyForm = regexp.MustCompile(`^([0-9]{1,2}) ([0-9]{1,2}(?:,[0-9]{1,2})*) \* \* \*$`)

// hoursOf are the hours of a schedule that can be moved.
func hoursOf(cron string) (hours []int, ok bool) {
	m := dailyForm.FindStringSubmatch(cron)
	if m == nil {
		return nil, false
	}
	for field := range strings.SplitSeq(m[2], ",") {
		h, err := strconv.Atoi(field)
		if err != nil || h > 23 {
			return nil, false
		}
		hours = append(hours, h)
	}
	return hours, true
}

func hourList(hours []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(hours), " ", ","), "[]")
}

// mostHours is how far an hour may be from the file's.
const mostHours = 2

func near(now, file int) bool {
	return now >= 0 && now <= 23 && now-file <= mostHours && file-now <= mostHours
}

// quietAt says whether a post of that local hour could come in the quiet hours;
// on a day without a change of clocks, which is all but two.
func quietAt(who *persona.Persona, hour int, minute string) bool {
	m, _ := strconv.Atoi(minute)
	at := time.Date(2026, 1, 15, hour, m, 0, 0, who.Location())
	_, early := who.Quiet(at)
	_, late := who.Quiet(at.Add(who.Schedule["post"].Jitter))
	return early || late
}

// PostHours are the local hours of a persona's posts; nil where its schedule is
// of another form.
func PostHours(who *persona.Persona) []int {
	hours, _ := hoursOf(who.Schedule["post"].Cron)
	return hours
}

// MovedAt says what was moved at that time.
func (l Learned) MovedAt(at time.Time) (changes []Change) {
	for _, topic := range slices.Sorted(maps.Keys(l.Now.Weights)) {
		if m := l.Now.Weights[topic]; m.At.Equal(at) {
			before := m.File
			if b, known := l.Base.Weights[topic]; known && b.File == m.File {
				before = b.Now
			}
			changes = append(changes, Change{What: topic, File: plainNumber(before), Now: plainNumber(m.Now), Why: m.Why})
		}
	}
	if m := l.Now.Post; m != nil && m.At.Equal(at) {
		file, _ := hoursOf(m.File)
		if l.Base.Post != nil && l.Base.Post.File == m.File {
			file = l.Base.Post.Now
		}
		changes = append(changes, Change{What: "hours of post", File: hourList(file), Now: hourList(m.Now), Why: m.Why})
	}
	return changes
}

// Changes says in one line each what is not as the file says, in the order of
// the file, and why.
func (l Learned) Changes(who *persona.Persona) (lines []Change) {
	if !who.Learns() {
		return nil
	}
	effective := l.Effective(who)
	for _, in := range who.Interests {
		m, known := l.Now.Weights[nameOf(in)]
		if known && m.File == weightOf(in) && m.Now != m.File {
			lines = append(lines, Change{What: nameOf(in), File: plainNumber(m.File), Now: plainNumber(m.bounded()), Why: m.Why, At: m.At})
		}
	}
	file, now := who.Schedule["post"].Cron, effective.Schedule["post"].Cron
	if file != now {
		before, _ := hoursOf(file)
		lines = append(lines, Change{What: "hours of post", File: hourList(before), Now: hourList(l.Now.Post.Now), Why: l.Now.Post.Why, At: l.Now.Post.At})
	}
	return lines
}

// Change is one difference between the file and what the persona lives by.
type Change struct {
	What string    `json:"what"`
	File string    `json:"file"`
	Now  string    `json:"now"`
	Why  string    `json:"why"`
	At   time.Time `json:"at"` // of the latest move
}

// String is the change in one line, without the reason.
func (c Change) String() string { return c.What + " " + c.File + " -> " + c.Now }

// plainNumber writes a weight with two decimals at most.
func plainNumber(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}

// Weights are those of a persona's interests, by topic.
func Weights(who *persona.Persona) map[string]float64 {
	weights := make(map[string]float64)
	for _, in := range who.Interests {
		if _, twice := weights[nameOf(in)]; !twice {
			weights[nameOf(in)] = weightOf(in)
		}
	}
	return weights
}

// Topics names the interests of a persona, in the order of its file, each once.
func Topics(who *persona.Persona) (names []string) {
	for _, in := range who.Interests {
		if name := nameOf(in); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
