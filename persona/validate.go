package persona

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"imagined/contract"
)

// checker looks at what the values mean. It goes on after a fault, so that one
// run names them all.
type checker struct {
	*decoder
	persona *Persona
}

// Lengths that the platform does not document, in characters.
const (
	maxName  = 100
	maxWord  = 100 // a topic, a keyword, a skill, a model
	maxStyle = 2000
	maxURL   = 2000
)

var (
	handleForm   = regexp.MustCompile(contract.HandlePattern)
	avatarForm   = regexp.MustCompile(`^[^./\\:*?"<>|][^/\\:*?"<>|]*\.([jJ][pP][eE]?[gG]|[pP][nN][gG]|[gG][iI][fF]|[wW][eE][bB][pP])$`)
	mediaForm    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*$`)
	websiteForm  = regexp.MustCompile(`^https?://[^\s/?#@]+([/?#][^\s]*)?$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	hashtagForm  = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_]+$`)
	hostForm     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)
)

func (c *checker) check() {
	c.profile()
	c.voice()
	c.interests()
	c.rhythm()
	c.limits()
	c.acts()
	c.oneOf("approval", c.persona.Approval, Kinds)
	for i, host := range c.persona.Links {
		if !hostForm.MatchString(host) || len(host) > 253 {
			c.fault(index("links", i), quote(host)+" is not a bare host name", "write it in lower case without scheme, port or path, such as example.com")
		}
	}
	c.llm()
	c.generation()
	c.market()
	c.messages()
}

func (c *checker) profile() {
	p := c.persona
	switch {
	case !c.given("handle"):
		c.fault("handle", "is missing", "add a line such as handle: nova_curator")
	case !handleForm.MatchString(p.Handle):
		c.fault("handle", quote(p.Handle)+" is not a handle", "write 3 to 30 of a-z, 0-9 and _, beginning with a letter, without @")
	}
	switch {
	case !c.given("name"):
		c.fault("name", "is missing", "add a line such as name: Nova")
	case strings.TrimSpace(p.Name) != p.Name || p.Name == "" || strings.Contains(p.Name, "\n"):
		c.fault("name", quote(p.Name)+" is not a name", "write one line without blanks around it")
	}
	c.atMost("name", p.Name, maxName)
	c.atMost("bio", p.Bio, contract.MaxBio)
	if p.AgentType != "" || c.given("agent_type") {
		c.one("agent_type", p.AgentType, contract.AgentTypes)
	}
	if p.Website != "" && !webAddress(p.Website) {
		c.fault("website", quote(p.Website)+" is not a web address", "write all of it, such as https://example.com")
	}
	if p.Avatar != "" && (!avatarForm.MatchString(p.Avatar) || length(p.Avatar) > maxWord) {
		c.fault("avatar", quote(p.Avatar)+" is not the name of an image beside this file", "write a plain file name that ends in .jpg, .png, .gif or .webp")
	}
	if c.given("profile") {
		c.one("profile", p.Profile, choices["profile"])
	}
	c.ties()
	if c.given("learn") {
		c.one("learn", p.Learn, choices["learn"])
	}
	if p.Media != "" && (!mediaForm.MatchString(p.Media) || length(p.Media) > maxWord) {
		c.fault("media", quote(p.Media)+" is not the name of a folder beside this file", "write a plain name of letters, digits, _ and -, such as media")
	}
	c.texts("capabilities.skills", p.Capabilities.Skills, maxWord)
	c.texts("capabilities.apis", p.Capabilities.APIs, maxWord)
	c.atMost("capabilities.response_time", p.Capabilities.ResponseTime, maxWord)
	for i, language := range p.Capabilities.Languages {
		if !languageForm.MatchString(language) {
			c.fault(index("capabilities.languages", i), quote(language)+" is not a language code", "write a code such as en, zh or pt-BR")
		}
	}
}

func (c *checker) voice() {
	v := c.persona.Voice
	c.atMost("voice.style", v.Style, maxStyle)
	c.texts("voice.do", v.Do, contract.MaxPost)
	c.texts("voice.never", v.Never, contract.MaxPost)
	c.texts("voice.examples", v.Examples, contract.MaxPost)
	for i, line := range v.Lines {
		c.template(index("voice.lines", i), line, maxLine, "{topic}", "{author}")
	}
}

func (c *checker) interests() {
	for i, in := range c.persona.Interests {
		at := index("interests", i)
		if in.Topic == "" && !c.bad[at] && !c.bad[at+".topic"] && !c.bad[at+".keywords"] && !c.bad[at+".hashtags"] {
			c.fault(at, "draws to nothing", "give it a topic, keywords or hashtags")
		}
		c.atMost(at+".topic", in.Topic, maxWord)
		c.texts(at+".keywords", in.Keywords, maxWord)
		for j, tag := range in.Hashtags {
			if !hashtagForm.MatchString(tag) || length(tag) > maxWord {
				c.fault(index(at+".hashtags", j), quote(tag)+" is not a hashtag", "write letters, digits and _ only, without #")
			}
		}
		if in.Weight <= 0 || in.Weight > 10 {
			c.fault(at+".weight", fmt.Sprintf("%v is out of range", in.Weight), "write a number above 0, up to 10")
		}
	}
	c.texts("avoid.keywords", c.persona.Avoid.Keywords, maxWord)
	for i, agent := range c.persona.Avoid.Agents {
		if !handleForm.MatchString(agent) {
			c.fault(index("avoid.agents", i), quote(agent)+" is not a handle", "write 3 to 30 of a-z, 0-9 and _, beginning with a letter, without @")
		}
	}
}

// rhythm checks when the persona is awake and what it does then.
func (c *checker) rhythm() {
	p := c.persona
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" || p.Timezone == "Local" {
		c.fault("timezone", quote(p.Timezone)+" is not a time zone", "write an IANA name such as Europe/Paris or UTC")
	}
	if from, to, ok := quietHours(p.QuietHours); p.QuietHours != "" && (!ok || from == to) {
		c.fault("quiet_hours", quote(p.QuietHours)+" is not a span of the day", `write it as "23:00-07:00", with two different times`)
	}
	for name, job := range p.Schedule {
		at := join("schedule", name)
		if !slices.Contains(JobNames, name) {
			c.faultKey(at, "is not a job", c.suggest(name, JobNames))
			continue
		}
		c.job(at, name, job)
	}
}

func (c *checker) job(at, name string, job Job) {
	cronAt := at
	if c.given(at + ".cron") {
		cronAt = at + ".cron"
	}
	fix := `write five cron fields such as "0 9,18 * * *", "@every 20m" or off`
	schedule, err := ParseSchedule(job.Cron)
	switch {
	case err != nil:
		c.fault(cronAt, fmt.Sprintf("%s is not a schedule (%v)", quote(job.Cron), err), fix)
	case name == "poll" && schedule != nil && tooFast(schedule):
		c.fault(cronAt, fmt.Sprintf("%s asks the platform too often", quote(job.Cron)), `write "@every 5s" or slower`)
	}
	if job.Jitter > 24*time.Hour {
		c.fault(at+".jitter", job.Jitter.String()+" is more than a day", "write 24h or less")
	}
	if job.MaxLate > 7*24*time.Hour {
		c.fault(at+".max_late", job.MaxLate.String()+" is more than a week", "write 168h or less")
	}
	if c.given(at + ".missed") {
		c.one(at+".missed", job.Missed, []string{"skip", "once"})
	}
}

func (c *checker) limits() {
	for name, limit := range c.persona.Limits {
		at := join("limits", name)
		switch {
		case name == "author":
			c.caps(at, limit, "day")
		case name == "thread":
			c.caps(at, limit, "total")
		case slices.Contains(Kinds, name), name == "topic":
			c.caps(at, limit, "hour", "day")
		default:
			c.faultKey(at, "is not a kind of action", c.suggest(name, append([]string{"author", "thread", "topic"}, Kinds...)))
		}
	}
}

// caps checks one limit, which may use the caps named.
func (c *checker) caps(at string, limit Limit, names ...string) {
	all := []struct {
		name   string
		value  *int
		most   int
		reason string
	}{
		{"hour", limit.Hour, MaxPerHour, fmt.Sprintf("the platform allows (%d writes a minute for everything; one kind may take %d an hour)", contract.Limits[contract.TierWrite], MaxPerHour)},
		{"day", limit.Day, MaxPerDay, "one kind may take a day"},
		{"total", limit.Total, MaxPerDay, "a thread may take"},
	}
	none := c.given(at) && !c.bad[at]
	for _, one := range all {
		path := at + "." + one.name
		none = none && !c.given(path)
		switch {
		case one.value == nil:
		case !slices.Contains(names, one.name):
			c.fault(path, "does not count here", "remove it; this limit takes "+strings.Join(names, " and "))
		case *one.value < 0:
			c.fault(path, fmt.Sprintf("%d is below zero", *one.value), "write 0 to forbid, or a number above")
		case *one.value > one.most:
			c.fault(path, fmt.Sprintf("%d is more than %s", *one.value, one.reason), fmt.Sprintf("write %d or less", one.most))
		}
	}
	if none {
		c.fault(at, "limits nothing", "write "+strings.Join(names, " or ")+" with a number, such as {"+names[0]+": 3}")
	}
}

// atMost checks a text's length.
func (c *checker) atMost(path, s string, most int) {
	if n := length(s); n > most {
		c.fault(path, fmt.Sprintf("has %d characters", n), fmt.Sprintf("write %d or fewer", most))
	}
}

// texts checks a list of texts, none of them empty.
func (c *checker) texts(path string, list []string, most int) {
	for i, s := range list {
		if strings.TrimSpace(s) == "" {
			c.fault(index(path, i), "is empty", "write a text or remove the item")
		}
		c.atMost(index(path, i), s, most)
	}
}

// template checks a text with placeholders, which must fit when they are
// filled in with the longest that can stand there.
func (c *checker) template(path, s string, most int, placeholders ...string) {
	if strings.TrimSpace(s) == "" {
		c.fault(path, "is empty", "write a text or remove it")
		return
	}
	rest, filled := s, s
	for _, p := range placeholders {
		rest = strings.ReplaceAll(rest, p, "")
		filled = strings.ReplaceAll(filled, p, strings.Repeat("x", c.longest(p)))
	}
	if i := strings.IndexAny(rest, "{}"); i >= 0 {
		c.fault(path, "has a placeholder that is not known, near "+quote(clip(rest[i:], 20)), "use only "+strings.Join(placeholders, " and ")+", and no other braces")
		return
	}
	if n := length(filled); n > most {
		c.fault(path, fmt.Sprintf("can grow to %d characters with its placeholders filled in", n), fmt.Sprintf("write %d or fewer", most))
	}
}

func (c *checker) longest(placeholder string) int {
	if placeholder == "{author}" {
		return maxHandle
	}
	return c.persona.longestTopic()
}

// one checks a word against the words known.
func (c *checker) one(path, word string, known []string) {
	if !slices.Contains(known, word) {
		c.fault(path, quote(word)+" is not known", c.suggest(word, known))
	}
}

func (c *checker) oneOf(path string, words, known []string) {
	for i, word := range words {
		c.one(index(path, i), word, known)
	}
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Hostname() != "" && len(s) <= maxURL && websiteForm.MatchString(s)
}

// length counts as the stricter of the two ways in which the platform may
// count: UTF-16 units are never fewer than code points.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
